//! A finding: one thing about the user's tree that is not as promised.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Not shown, only counted.
    Allow,
    /// Shown; never changes the exit code.
    Note,
    /// Shown; does not change the exit code.
    Warn,
    /// Shown; the command fails with [`Exit::Findings`](super::Exit::Findings).
    Deny,
}

impl Level {
    /// The name used in output and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Level::Allow => "allow",
            Level::Note => "note",
            Level::Warn => "warn",
            Level::Deny => "deny",
        }
    }
}

/// A file as it was read, shared by everything that points into it.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceText {
    /// The path as it is shown to the user, relative to the working directory where that is shorter.
    pub path: PathBuf,
    /// The whole text.
    pub text: Arc<str>,
}

/// Where a finding stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A stretch of a text that we have read.
    Text {
        /// The file.
        source: Arc<SourceText>,
        /// Bytes of the text, not empty unless the text is.
        span: Range<usize>,
        /// A few words beside the caret; may be empty.
        label: String,
    },
    /// A file or directory without a line, such as one that is missing.
    Path(PathBuf),
}

impl Place {
    /// The path as shown.
    pub fn path(&self) -> &Path {
        match self {
            Place::Text { source, .. } => &source.path,
            Place::Path(path) => path,
        }
    }

    /// One-based line and byte column, where there is a line.
    pub fn line_column(&self) -> Option<(usize, usize)> {
        let Place::Text { source, span, .. } = self else {
            return None;
        };
        let before = &source.text.as_bytes()[..span.start.min(source.text.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count();
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        Some((line + 1, before.len() - line_start + 1))
    }

    fn order(&self) -> (&Path, usize) {
        match self {
            Place::Text { source, span, .. } => (&source.path, span.start),
            Place::Path(path) => (path, 0),
        }
    }
}

/// A labelled line of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is about; empty where it goes on with the line above.
    pub label: &'static str,
    /// The line.
    pub text: String,
}

/// One thing about the user's tree that is not as promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The stable kebab-case code, declared beside its rule.
    pub code: &'static str,
    /// How much it weighs under the policy in force.
    pub level: Level,
    /// What is wrong: lower case, no final stop.
    pub message: String,
    /// What else is known, as labelled lines below the message: people read them, and a program finds
    /// the same elsewhere in its report.
    pub rows: Vec<Row>,
    /// Why that is so, in words; may be empty.
    pub cause: String,
    /// What mends it, with the command in backticks; may be empty.
    pub help: String,
    /// Where it stands; the first place is the primary one.
    pub places: Vec<Place>,
    /// The module concerned, as `(path, version)`; the version may be empty.
    pub module: Option<(String, String)>,
}

/// The first few of many texts, and behind them how many there are more.
pub fn first_few(
    texts: impl ExactSizeIterator<Item = String>,
    most: usize,
) -> impl Iterator<Item = String> {
    let more = texts.len().saturating_sub(most);
    texts.take(most).chain((more > 0).then(|| format!("and {more} more")))
}

impl Finding {
    /// A finding without place or remedy; the `with_…` functions add them.
    pub fn new(code: &'static str, level: Level, message: impl Into<String>) -> Self {
        Finding {
            code,
            level,
            message: message.into(),
            rows: Vec::new(),
            cause: String::new(),
            help: String::new(),
            places: Vec::new(),
            module: None,
        }
    }

    /// Adds labelled lines: the label stands before the first of them.
    #[must_use]
    pub fn with_rows(
        mut self,
        label: &'static str,
        texts: impl IntoIterator<Item = String>,
    ) -> Self {
        let labels = std::iter::once(label).chain(std::iter::repeat(""));
        let rows = labels.zip(texts).map(|(label, text)| Row { label, text });
        self.rows.extend(rows);
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<String>) -> Self {
        self.cause = cause.into();
        self
    }

    /// Adds the remedy.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Adds a place; the first one added is the primary place.
    #[must_use]
    pub fn with_place(mut self, place: Place) -> Self {
        self.places.push(place);
        self
    }

    /// Names the module concerned.
    #[must_use]
    pub fn with_module(mut self, path: &str, version: &str) -> Self {
        self.module = Some((path.to_owned(), version.to_owned()));
        self
    }

    /// Sorts findings by file, then by position; findings without a place come first.
    pub fn sort(findings: &mut [Finding]) {
        findings.sort_by(|a, b| {
            a.places.first().map(Place::order).cmp(&b.places.first().map(Place::order))
        });
    }
}
