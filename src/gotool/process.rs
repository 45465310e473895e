//! Starts a command with the caller's stdin, stdout and stderr, and waits for it.

use super::program_end::ProgramEnd;
#[cfg(unix)]
use super::signals::Forwarder;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;

/// What to start. The process environment is inherited, with these changes.
#[derive(Debug, Clone)]
pub struct Command {
    /// The file to start.
    pub program: PathBuf,
    /// Its arguments, without the program's own name.
    pub args: Vec<OsString>,
    /// Variables to set, or with `None` to unset.
    pub env: Vec<(OsString, Option<OsString>)>,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It exited with a code.
    Code(u8),
    /// A signal ended it.
    Signal(i32),
}

impl Ended {
    /// Whether it exited with 0.
    pub fn is_success(self) -> bool {
        self == Ended::Code(0)
    }
}

impl Command {
    /// Runs the command to its end on the calling thread; `prepare` sees it before it starts.
    /// Signals sent to this process meanwhile reach the command.
    ///
    /// # Errors
    /// The command cannot be started.
    pub fn run(
        &self,
        prepare: impl Fn(&mut std::process::Command) + Send + Sync + 'static,
    ) -> io::Result<Ended> {
        self.status(prepare).map(ended)
    }

    /// Runs a program that go has built, in go's place.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn run_program(
        &self,
        prepare: impl Fn(&mut std::process::Command) + Send + Sync + 'static,
    ) -> io::Result<ProgramEnd> {
        let status = self.status(prepare)?;
        Ok(ProgramEnd::of(ended(status), status))
    }

    fn status(
        &self,
        prepare: impl Fn(&mut std::process::Command) + Send + Sync + 'static,
    ) -> io::Result<ExitStatus> {
        #[cfg(unix)]
        let forwarder = Forwarder::install()?;
        // Not as a path: duct would take a bare name for a file of this directory, and PATH is to be
        // searched.
        let mut expression = duct::cmd(self.program.as_os_str(), &self.args).unchecked();
        for (name, value) in twice(std::env::vars_os()) {
            expression = expression.env(name, value);
        }
        for (name, value) in &self.env {
            expression = match value {
                Some(value) => expression.env(name, value),
                None => expression.env_remove(name),
            };
        }
        let prepared = expression.before_spawn(move |command| {
            prepare(command);
            Ok(())
        });
        let handle = Arc::new(prepared.start()?);
        #[cfg(unix)]
        forwarder.attach(&handle);
        Ok(handle.wait()?.status)
    }
}

/// Of the variables that are there twice, the first of each: for the go command it is the value, and
/// the standard library would hand on the last.
fn twice(variables: impl Iterator<Item = (OsString, OsString)>) -> Vec<(OsString, OsString)> {
    let mut first = HashMap::new();
    let mut twice = Vec::new();
    for (name, value) in variables {
        match first.entry(name) {
            Entry::Vacant(entry) => drop(entry.insert(Some(value))),
            Entry::Occupied(mut entry) => {
                let value = entry.get_mut().take();
                twice.extend(value.map(|value| (entry.key().clone(), value)));
            }
        }
    }
    twice
}

#[cfg(unix)]
fn ended(status: ExitStatus) -> Ended {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        // wait(2) hands over the low eight bits only.
        (Some(code), _) => Ended::Code(code as u8),
        (None, signal) => Ended::Signal(signal.unwrap_or_default()),
    }
}

#[cfg(not(unix))]
fn ended(status: ExitStatus) -> Ended {
    Ended::Code(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
