//! The doors: argv and environment in, text and exit code out.
//!
//! The types of clap stay in here. What a command does is decided elsewhere.

mod args;
mod bundle;
mod called;
mod check;
mod explain;
mod fetch;
mod init;
mod keep;
mod lock;
mod output;
mod plugin;
mod profile;
mod progress;
mod reported;
mod shim;
mod sumdb;
mod wrapped;

use crate::profile::Environ;
use crate::report::Exit;
use crate::run::{
    Failure, OF_GO_RUN, Outcome, Surroundings, Target, become_target, interrupted, is_named_open,
};
use args::{Arguments, Own, Verb};
use called::Called;
use output::Output;
use reported::reported;
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
    let mut args = args.into_iter();
    let started_in = std::env::current_dir().ok();
    let called = Called::new(
        args.next().unwrap_or_default(),
        called::executed().as_deref(),
        started_in.as_deref(),
    );
    let arguments = match called.read(args.collect()) {
        Ok(arguments) => arguments,
        Err(exit) => return ExitCode::from(exit),
    };
    let mut output = Output::new(&arguments);
    match dispatch(&arguments, called, &mut output) {
        Ok(Outcome::Own(exit)) => ExitCode::from(exit.code()),
        Ok(Outcome::Command(ended)) => pass_on(ended),
        Ok(Outcome::Program(end)) => {
            output.of_go(&end);
            ExitCode::from(OF_GO_RUN)
        }
        Err(failure) => {
            // Nothing is left of what was begun, and who ended us knows why.
            if let Some(signal) = interrupted() {
                crate::guard::die_by_signal(signal);
            }
            output.failure(&failure.error);
            ExitCode::from(failure.exit.code())
        }
    }
}

fn dispatch(
    arguments: &Arguments,
    called: Called,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    if arguments.dry_run
        && matches!(&arguments.verb, Verb::Own(own) if !matches!(own, Own::Exec(_) | Own::Trace(_)))
    {
        let error = anyhow::anyhow!("--dry-run is for commands that start something");
        return Err(Failure { exit: Exit::Usage, error });
    }
    if arguments.strict && !is_checked(&arguments.verb) {
        let error =
            anyhow::anyhow!("--strict is for `check` and for commands that start something");
        return Err(Failure { exit: Exit::Usage, error });
    }
    reported::fits(arguments)?;
    if let Some(failure) = transparent(arguments, &called) {
        return Err(failure);
    }
    let around = || surroundings(arguments, called);
    match &arguments.verb {
        // Needs nothing of where we are: a working directory may be gone.
        Verb::Own(Own::Explain(explain)) => explain::run(explain, output),
        Verb::Own(Own::Check(check)) => check::run(arguments, check, around()?, output),
        Verb::Own(Own::Profile(profile)) => profile::run(arguments, profile, &around()?, output),
        Verb::Own(Own::Lock(lock)) => lock::run(arguments, lock, around()?, output),
        Verb::Own(Own::Bundle(bundle)) => bundle::run(arguments, bundle, around()?, output),
        Verb::Own(Own::Sumdb(sumdb)) => sumdb::run(arguments, sumdb, around()?, output),
        Verb::Own(Own::Fetch(fetch)) => fetch::run(arguments, fetch, around()?, output),
        Verb::Own(Own::Init(init)) => init::run(arguments, init, around()?, output),
        Verb::Own(Own::Shim(shim)) => shim::run(shim, &around()?, output),
        Verb::Own(Own::Exec(exec) | Own::Trace(exec)) => {
            reported(arguments, around()?, output, |around, output, report| {
                wrapped::exec(arguments, exec, around, output, report)
            })
        }
        Verb::Go(words) => reported(arguments, around()?, output, |around, output, report| {
            wrapped::go(arguments, words, around, output, report)
        }),
        Verb::Keep(words) => keep::run(words),
        Verb::Other(words) => reported(arguments, around()?, output, |around, output, report| {
            plugin::run(arguments, words, around, output, report)
        }),
    }
}

/// Whether anything is checked, or could be left behind.
fn is_checked(verb: &Verb) -> bool {
    match verb {
        Verb::Own(own) => matches!(own, Own::Check(_) | Own::Exec(_) | Own::Trace(_)),
        Verb::Go(_) | Verb::Other(_) => true,
        Verb::Keep(_) => false,
    }
}

/// What becomes of us under profile `open`: nothing that could fail or cost is done first. `None` if
/// that is not the profile, or more is to be shown or written than the command does.
fn transparent(arguments: &Arguments, called: &Called) -> Option<Failure> {
    let target = match &arguments.verb {
        Verb::Go(words) => Target::Go(words.clone()),
        Verb::Own(Own::Exec(exec)) => Target::Exec(exec.command.clone()),
        _ => return None,
    };
    let mut environ: Environ = std::env::vars_os().collect();
    if arguments.dry_run
        || arguments.verbose
        || reported::file(arguments).is_some()
        || !is_named_open(&wrapped::choice(arguments), &environ)
    {
        return None;
    }
    if let Err(failure) = change_dir(arguments) {
        return Some(failure);
    }
    let restored = crate::profile::restore(&mut environ);
    // A directory that is gone, and a /proc that is not there, are the command's own matter.
    let dir = output::working_dir(&environ, arguments.dir.as_deref()).unwrap_or_default();
    let this_program = std::env::current_exe().unwrap_or_default();
    let Called { arg0, file: called_as } = called.clone();
    let surroundings = Surroundings { environ, restored, dir, this_program, arg0, called_as };
    Some(become_target(&surroundings, &target, arguments.dir.is_some()))
}

fn surroundings(arguments: &Arguments, called: Called) -> Result<Surroundings, Failure> {
    change_dir(arguments)?;
    let mut environ: Environ = std::env::vars_os().collect();
    let restored = crate::profile::restore(&mut environ);
    let dir = output::working_dir(&environ, arguments.dir.as_deref()).map_err(Failure::io)?;
    let this_program = std::env::current_exe().map_err(Failure::io)?;
    let Called { arg0, file: called_as } = called;
    Ok(Surroundings { environ, restored, dir, this_program, arg0, called_as })
}

fn change_dir(arguments: &Arguments) -> Result<(), Failure> {
    let Some(dir) = &arguments.dir else { return Ok(()) };
    std::env::set_current_dir(dir)
        .map_err(|error| Failure::config(anyhow::anyhow!("-C {}: {error}", dir.display())))
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
