//! What is wrong with a go-offline.toml, and where.

use super::ConfigFile;
use crate::gomod::{Span, line_col};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// One mistake in a settings file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// What is wrong: lower case, no final stop.
    pub message: String,
    /// A few words beside the caret; may be empty.
    pub label: String,
    /// What mends it; may be empty.
    pub help: String,
    /// The file as it is shown.
    pub shown: PathBuf,
    /// Its whole text.
    pub text: Arc<str>,
    /// The bytes at fault.
    pub span: Span,
}

impl ConfigError {
    pub(in crate::profile) fn at(
        file: &ConfigFile,
        span: &Span,
        message: impl Into<String>,
    ) -> Self {
        ConfigError {
            message: message.into(),
            label: String::new(),
            help: String::new(),
            shown: file.shown.clone(),
            text: Arc::clone(&file.text),
            span: span.clone(),
        }
    }

    pub(in crate::profile) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(in crate::profile) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

/// One line, for those who have no excerpt to show.
impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = line_col(&self.text, self.span.start);
        write!(f, "{}:{line}:{column}: {}", self.shown.display(), self.message)
    }
}

impl std::error::Error for ConfigError {}
