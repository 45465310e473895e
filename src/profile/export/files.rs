//! One variable as a line of a file that a program other than a shell reads, and all of them as
//! JSON. A variable to be unset is written with an empty value.

use super::refusal::{ExportError, Reason};
use super::{Format, Setting};
use std::collections::BTreeMap;
use std::ffi::OsStr;

/// A dotenv report must be smaller than this: GitLab's plan limit `dotenv_size`, in bytes. How many
/// variables it may hold is a matter of the plan (from 50 on), and is left to GitLab.
pub(super) const GITLAB_SIZE: usize = 5 * 1024;

/// docker's reader takes lines that are shorter than this: bufio.MaxScanTokenSize, in bytes.
const DOCKER_LINE: usize = 64 * 1024;

/// Variables that a step cannot set: actions/runner, `SetEnvFileCommand`.
const GITHUB_RESERVED: &[&str] = &["NODE_OPTIONS"];

/// What docker compose, python-dotenv, the dotenv and `--env-file` of Node.js, godotenv, direnv and
/// a shell that sources the file all read alike: one line, in single quotes where they can be.
///
/// In single quotes they differ on `\\` and `\'` (python-dotenv unescapes), on line breaks (direnv
/// reads by the line), and on `${…}` (python-dotenv puts in the variable, in any quotes). In double
/// quotes they differ on `\`, `$` and a backtick as well, so a value with a single quote must be
/// free of these.
pub(super) fn dotenv(name: &str, value: Option<&OsStr>) -> Result<String, Reason> {
    let value = text(value)?;
    // A tab is read as it is by all.
    if value.chars().any(|character| character.is_control() && character != '\t') {
        return Err(Reason::ControlCharacter);
    }
    let is_single = !value.contains('\'') && !value.contains(r"\\") && !value.ends_with('\\');
    let is_double = !value.contains(['"', '\\', '$', '`']);
    match (is_single && !value.contains("${"), is_double) {
        (true, _) => Ok(format!("{name}='{value}'")),
        (false, true) => Ok(format!("{name}=\"{value}\"")),
        (false, false) => Err(Reason::Unquotable),
    }
}

/// `NAME=VALUE`, or for several lines `NAME<<DELIMITER`, the value, and the delimiter on a line of
/// its own: actions/runner, `SetEnvFileCommand`. Nothing is unquoted or unescaped.
pub(super) fn github(name: &str, value: Option<&OsStr>) -> Result<String, Reason> {
    if GITHUB_RESERVED.contains(&name) {
        return Err(Reason::Reserved);
    }
    let value = text(value)?;
    if !value.contains(['\n', '\r']) {
        return Ok(format!("{name}={value}"));
    }
    let mut delimiter = "GO_OFFLINE_END".to_owned();
    while value.contains(&delimiter) {
        delimiter.push('_');
    }
    Ok(format!("{name}<<{delimiter}\n{value}\n{delimiter}"))
}

/// `NAME=VALUE` as `Ci::ParseDotenvArtifactService` of GitLab reads it: by the line, space at the
/// ends taken away, quotes kept; in the job the runner puts variables in place of `$NAME` and
/// `%NAME%`.
pub(super) fn gitlab(name: &str, value: Option<&OsStr>) -> Result<String, Reason> {
    let value = text(value)?;
    if value.contains(char::is_control) {
        return Err(Reason::ControlCharacter);
    }
    // Ruby's strip, which leaves wider spaces alone.
    if value.trim_matches(' ') != value {
        return Err(Reason::SpaceAtTheEnds);
    }
    if value.contains('$') || value.matches('%').count() > 1 {
        return Err(Reason::Expanded);
    }
    Ok(format!("{name}={value}"))
}

/// `NAME=VALUE` as docker/cli's pkg/kvfile reads it: by the line, nothing unescaped. Its newer
/// versions take away quotes around the whole value, its older ones keep them.
pub(super) fn docker(name: &str, value: Option<&OsStr>) -> Result<String, Reason> {
    let value = text(value)?;
    if value.contains(['\n', '\r']) {
        return Err(Reason::ControlCharacter);
    }
    let is_in = |quote| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote);
    if is_in('\'') || is_in('"') {
        return Err(Reason::QuotesAround);
    }
    if name.len() + value.len() + 2 >= DOCKER_LINE {
        return Err(Reason::LineTooLong);
    }
    Ok(format!("{name}={value}"))
}

/// All variables as one JSON object, keys sorted.
pub(super) fn json(settings: &[&Setting]) -> Result<String, ExportError> {
    #[derive(serde::Serialize)]
    struct Changes<'a> {
        set: BTreeMap<&'a str, &'a str>,
        unset: Vec<&'a str>,
    }
    let mut changes = Changes { set: BTreeMap::new(), unset: Vec::new() };
    for setting in settings {
        let name = setting.name.as_str();
        match setting.value.as_deref().map(OsStr::to_str) {
            Some(Some(value)) => drop(changes.set.insert(name, value)),
            Some(None) => {
                return Err(ExportError {
                    name: name.to_owned(),
                    format: Format::Json,
                    reason: Reason::NotText,
                });
            }
            None => changes.unset.push(name),
        }
    }
    changes.unset.sort_unstable();
    let text = serde_json::to_string_pretty(&changes)
        .expect("strings, and keys that are strings, can be written as JSON");
    Ok(text + "\n")
}

/// The value as text; of a variable to be unset, the empty one.
fn text(value: Option<&OsStr>) -> Result<&str, Reason> {
    value.unwrap_or_default().to_str().ok_or(Reason::NotText)
}
