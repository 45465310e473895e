//! Findings for programs: one object, versioned schema.

use super::finding::Row;
use super::{Exit, Finding, Place, without_passwords};
use serde::Serialize;
use std::borrow::Cow;

/// A module of the build and what is known about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JsonModule {
    /// Module path.
    pub path: String,
    /// Version, `v…`.
    pub version: String,
    /// What replaces it: `path@version`, or a directory; null if nothing does.
    pub replace: Option<String>,
    /// The `h1:` hash that go.sum holds for its content; null if there is none.
    pub h1: Option<String>,
    /// On what its files were verified: `list`, `zip`, `lock`, `dir`, or `none` when no byte of
    /// it was checked.
    pub evidence: &'static str,
    /// Number of vendored files verified; null when none was looked at.
    pub files: Option<u64>,
}

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    profile: &'a str,
    findings: Vec<CheckFinding<'a>>,
    modules: &'a [JsonModule],
    exit: u8,
}

/// A finding of `check`. The report of a run has what stands in rows in fields of its own.
#[derive(Serialize)]
struct CheckFinding<'a> {
    #[serde(flatten)]
    finding: JsonFinding<'a>,
    /// What else is known, as labelled lines; the files of a finding about several are among them.
    rows: Vec<JsonRow<'a>>,
}

#[derive(Serialize)]
struct JsonRow<'a> {
    label: &'a str,
    text: Cow<'a, str>,
}

#[derive(Serialize)]
pub(super) struct JsonFinding<'a> {
    code: &'a str,
    level: &'a str,
    message: Cow<'a, str>,
    cause: Option<Cow<'a, str>>,
    help: Option<Cow<'a, str>>,
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    module: Option<&'a str>,
    version: Option<&'a str>,
}

/// The `check --format json` object, with a final newline.
///
/// # Errors
/// Never in practice: every value is a string or a number.
pub fn json(
    profile: &str,
    findings: &[Finding],
    modules: &[JsonModule],
    exit: Exit,
) -> serde_json::Result<String> {
    let report = Report {
        schema: 1,
        profile,
        findings: findings.iter().map(CheckFinding::of).collect(),
        modules,
        exit: exit.code(),
    };
    let mut text = serde_json::to_string_pretty(&report)?;
    text.push('\n');
    Ok(text)
}

impl<'a> CheckFinding<'a> {
    fn of(finding: &'a Finding) -> Self {
        let row = |row: &'a Row| JsonRow { label: row.label, text: without_passwords(&row.text) };
        let rows = finding.rows.iter().map(row).collect();
        CheckFinding { finding: JsonFinding::of(finding), rows }
    }
}

impl<'a> JsonFinding<'a> {
    pub(super) fn of(finding: &'a Finding) -> Self {
        let place = finding.places.first();
        let at = place.and_then(Place::line_column);
        let said = |text: &'a str| (!text.is_empty()).then(|| without_passwords(text));
        JsonFinding {
            code: finding.code,
            level: finding.level.name(),
            message: without_passwords(&finding.message),
            cause: said(&finding.cause),
            help: said(&finding.help),
            file: place.map(|place| place.path().to_string_lossy().into_owned()),
            line: at.map(|(line, _)| line),
            column: at.map(|(_, column)| column),
            module: finding.module.as_ref().map(|(path, _)| path.as_str()),
            version: finding
                .module
                .as_ref()
                .map(|(_, version)| version.as_str())
                .filter(|v| !v.is_empty()),
        }
    }
}
