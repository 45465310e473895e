//! Where text goes: what was asked for to stdout, everything else to stderr.

use super::args::Arguments;
use crate::profile::{ConfigError, Environ, SelectError};
use crate::report::{Finding, Level, Place, SourceText, clean, few, human, without_passwords};
use crate::run::{Failure, Listener, Mistakes};
use anyhow::Context;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The two streams, with colour where it is wanted. A reader that has gone away (`| head`) is no
/// error.
pub(super) struct Output {
    least: Level,
    verbose: bool,
}

impl Output {
    pub(super) fn new(arguments: &Arguments) -> Output {
        let least = if arguments.quiet { Level::Deny } else { Level::Note };
        Output { least, verbose: arguments.verbose }
    }

    /// Text that was asked for: that it got lost must not look like success.
    pub(super) fn data(&self, text: &str) -> Result<(), Failure> {
        let mut out = anstream::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(Failure::io(anyhow::Error::new(error).context("writing to stdout")))
            }
            _ => Ok(()),
        }
    }

    /// Findings that were asked for.
    pub(super) fn found(&self, findings: &[Finding]) -> Result<(), Failure> {
        self.data(&human(&few(&self.shown(findings))))
    }

    /// A line that nobody may miss, however quiet they want it.
    pub(super) fn notice(&self, text: &str) {
        self.say(&line(text));
    }

    /// A line only for those who want to know more.
    pub(super) fn detail(&self, text: &str) {
        if self.verbose {
            self.say(&line(text));
        }
    }

    /// A failure: mistakes in settings with their lines, anything else as one line.
    pub(super) fn failure(&self, error: &anyhow::Error) {
        let mistakes = match (error.downcast_ref(), error.downcast_ref()) {
            (Some(Mistakes(mistakes)), _) | (_, Some(SelectError::Config(mistakes))) => mistakes,
            _ => return self.error(error),
        };
        for mistake in mistakes {
            self.say(&human_mistake(mistake));
        }
    }

    /// An error: what happened, and each reason behind it.
    pub(super) fn error(&self, error: &anyhow::Error) {
        self.say(&line(&format!("{error:#}")));
    }

    /// A line that go would have written, as go writes it.
    pub(super) fn of_go(&self, line: &impl std::fmt::Display) {
        self.say(&format!("{line}\n"));
    }

    fn shown(&self, findings: &[Finding]) -> Vec<Finding> {
        findings.iter().filter(|finding| finding.level >= self.least).cloned().collect()
    }

    fn say(&self, text: &str) {
        let mut err = anstream::stderr().lock();
        let _ = err.write_all(text.as_bytes());
    }
}

impl Listener for Output {
    fn findings(&mut self, findings: &[Finding]) {
        self.say(&human(&few(&self.shown(findings))));
    }

    fn hint(&mut self, text: &str) {
        if self.least < Level::Deny {
            self.say(&line(text));
        }
    }
}

/// A line of ours, safe for a terminal and for whoever reads its log.
fn line(text: &str) -> String {
    format!("go-offline: {}\n", clean(&without_passwords(text)))
}

/// A mistake in a settings file as a finding without a code looks.
fn human_mistake(mistake: &ConfigError) -> String {
    let source = SourceText { path: mistake.shown.clone(), text: Arc::clone(&mistake.text) };
    let place = Place::Text {
        source: Arc::new(source),
        span: mistake.span.clone(),
        label: mistake.label.clone(),
    };
    let finding = Finding::new("", Level::Deny, mistake.message.as_str()).with_place(place);
    human(&[finding.with_help(mistake.help.as_str())])
}

/// The working directory as its user sees it: PWD where that is the truth, as go takes it, so that
/// a path through a symbolic link stays as it is.
pub(super) fn working_dir(environ: &Environ, changed_to: Option<&Path>) -> anyhow::Result<PathBuf> {
    let real = std::env::current_dir().context("finding the working directory")?;
    let Some(pwd) = environ.get("PWD").map(PathBuf::from).filter(|pwd| pwd.is_absolute()) else {
        return Ok(real);
    };
    let seen = match changed_to {
        Some(dir) => pwd.join(dir),
        None => pwd,
    };
    let same =
        seen.canonicalize().is_ok_and(|there| real.canonicalize().is_ok_and(|here| here == there));
    Ok(if same { seen } else { real })
}
