//! The printing sink for other programs: the environment of a profile as a text that a shell, a CI
//! service or a container reads, so that a command gets it without go-offline being there.
//!
//! It writes no value that its reader would read as another: that is an [`ExportError`]. Where a
//! format cannot unset a variable, an empty value stands for it: the go command takes an empty
//! variable for an unset one, then asks its go/env file, and GOENV=/dev/null of the same list has
//! hidden that one.

mod files;
mod refusal;
mod shells;

#[cfg(test)]
mod tests;

pub use refusal::{ExportError, Reason};

use super::goenv::Setting;
use super::policy::{UnknownWord, words};
use super::saved;

/// What only a go-offline inside of another has a use for; elsewhere it would mislead one.
const OURS: &[&str] = &[saved::NAME, "GO_OFFLINE_GO"];

words! {
    /// Who reads the text.
    Format {
        /// Any POSIX shell: `eval "$(…)"`.
        Sh = "sh",
        /// direnv's .envrc, which bash reads.
        Direnv = "direnv",
        /// fish 3 and newer: `… | source`.
        Fish = "fish",
        /// PowerShell: `… | Out-String | Invoke-Expression`.
        Powershell = "powershell",
        /// A .env file, in the subset that all its readers read alike. Cannot unset.
        Dotenv = "dotenv",
        /// Lines for the file that `$GITHUB_ENV` names. Cannot unset.
        Github = "github",
        /// A dotenv report of GitLab CI, which is less than a .env file. Cannot unset.
        Gitlab = "gitlab",
        /// A file for `docker run --env-file`. Cannot unset.
        Docker = "docker",
        /// `{"set": {NAME: VALUE}, "unset": [NAME]}`.
        Json = "json",
    }
}

/// Writes settings in a format. Each variable is one statement, in the order of the list; JSON
/// sorts them. Never among them are the variables that one go-offline leaves to another inside it.
///
/// # Errors
/// A name or value that the format cannot hold, or a text that is too long for its reader.
pub fn export<'a>(
    settings: impl IntoIterator<Item = &'a Setting>,
    format: Format,
) -> Result<String, ExportError> {
    let settings = settings.into_iter().filter(|setting| !OURS.contains(&setting.name.as_str()));
    let settings: Vec<&Setting> = settings.collect();
    for setting in &settings {
        check_name(&setting.name, format)?;
    }
    if format == Format::Json {
        return files::json(&settings);
    }
    let mut out = String::new();
    for setting in settings {
        let (name, value) = (setting.name.as_str(), setting.value.as_deref());
        let statement = match format {
            Format::Sh | Format::Direnv => Ok(shells::posix(name, value)),
            Format::Fish => Ok(shells::fish(name, value)),
            Format::Powershell => shells::powershell(name, value),
            Format::Dotenv => files::dotenv(name, value),
            Format::Github => files::github(name, value),
            Format::Gitlab => files::gitlab(name, value),
            Format::Docker | Format::Json => files::docker(name, value),
        };
        let refused = |reason| ExportError { name: name.to_owned(), format, reason };
        out.push_str(&statement.map_err(refused)?);
        out.push('\n');
        if format == Format::Gitlab && out.len() >= files::GITLAB_SIZE {
            return Err(refused(Reason::FileTooLong));
        }
    }
    Ok(out)
}

/// POSIX calls this a name, and no reader takes it for anything else.
fn check_name(name: &str, format: Format) -> Result<(), ExportError> {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let starts_well = !name.starts_with(|first: char| first.is_ascii_digit());
    if !name.is_empty() && starts_well && name.bytes().all(is_good) {
        return Ok(());
    }
    Err(ExportError { name: name.to_owned(), format, reason: Reason::Name })
}
