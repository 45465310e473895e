//! The doors: argv and environment in, text and exit code out.
//!
//! The types of clap stay in here. What a command does is decided elsewhere.

mod args;
mod check;
mod explain;
mod init;
mod lock;
mod output;
mod profile;
mod wrapped;

use crate::profile::Environ;
use crate::report::Exit;
use crate::run::{Failure, Outcome, Surroundings};
use args::{Arguments, Own, Verb};
use output::Output;
use std::ffi::OsString;
use std::process::ExitCode;

/// The program as `main` calls it: the process's own arguments.
pub fn main() -> ExitCode {
    run(std::env::args_os())
}

/// The program with the arguments given, its own name first. Ends the process itself if the
/// command it ran was ended by a signal.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    report_bugs();
    let arguments = match Arguments::parse(args) {
        Ok(arguments) => arguments,
        Err(exit) => return ExitCode::from(exit),
    };
    let mut output = Output::new(&arguments);
    match dispatch(&arguments, &mut output) {
        Ok(Outcome::Own(exit)) => ExitCode::from(exit.code()),
        Ok(Outcome::Command(ended)) => pass_on(ended),
        Err(failure) => {
            output.failure(&failure.error);
            ExitCode::from(failure.exit.code())
        }
    }
}

fn dispatch(arguments: &Arguments, output: &mut Output) -> Result<Outcome, Failure> {
    let starts_something = matches!(arguments.verb, Verb::Go(_) | Verb::Own(Own::Exec(_)));
    if arguments.dry_run && !starts_something {
        let error = anyhow::anyhow!("--dry-run is for commands that start something");
        return Err(Failure { exit: Exit::Usage, error });
    }
    let around = || surroundings(arguments);
    match &arguments.verb {
        // Needs nothing of where we are: a working directory may be gone.
        Verb::Own(Own::Explain(explain)) => explain::run(explain, output),
        Verb::Own(Own::Check(check)) => check::run(arguments, check, around()?, output),
        Verb::Own(Own::Profile(profile)) => profile::run(arguments, profile, around()?, output),
        Verb::Own(Own::Lock(lock)) => lock::run(arguments, lock, around()?, output),
        Verb::Own(Own::Init(init)) => init::run(arguments, init, around()?, output),
        Verb::Own(Own::Exec(exec)) => wrapped::exec(arguments, exec, around()?, output),
        Verb::Go(words) => wrapped::go(arguments, words, around()?, output),
    }
}

fn surroundings(arguments: &Arguments) -> Result<Surroundings, Failure> {
    if let Some(dir) = &arguments.dir {
        std::env::set_current_dir(dir)
            .map_err(|error| Failure::config(anyhow::anyhow!("-C {}: {error}", dir.display())))?;
    }
    let mut environ: Environ = std::env::vars_os().collect();
    let restored = crate::profile::restore(&mut environ);
    let dir = output::working_dir(&environ, arguments.dir.as_deref()).map_err(Failure::io)?;
    let this_program = std::env::current_exe().map_err(Failure::io)?;
    Ok(Surroundings { environ, restored, dir, this_program })
}

/// Ends as the command did.
fn pass_on(ended: crate::gotool::Ended) -> ExitCode {
    match ended {
        crate::gotool::Ended::Code(code) => ExitCode::from(code),
        crate::gotool::Ended::Signal(signal) => crate::guard::die_by_signal(signal),
    }
}

/// A panic is a bug of ours, and has an exit code of its own.
fn report_bugs() {
    std::panic::set_hook(Box::new(|panic| {
        eprintln!("go-offline: this is a bug: {panic}");
        std::process::exit(Exit::Bug.code().into());
    }));
}
