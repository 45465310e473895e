//! `--report FILE`: whatever comes of a run, an account of it is written.

use super::args::{Arguments, Own, Verb};
use super::output::Output;
use crate::report::{Exit, RunReport};
use crate::run::{Failure, Outcome, ReportFile, Surroundings, ended};
use std::path::Path;

/// What a verb that starts something has to say of it; `None` where nobody wants to know.
pub(super) type Report = Option<RunReport>;

/// Whether the options for a report fit the verb.
///
/// # Errors
/// They do not: nothing is started, or there are two files.
pub(super) fn fits(arguments: &Arguments) -> Result<(), Failure> {
    let own = match &arguments.verb {
        Verb::Own(Own::Exec(exec) | Own::Trace(exec)) => &exec.report,
        _ => &None,
    };
    let starts = match &arguments.verb {
        Verb::Own(own) => matches!(own, Own::Exec(_) | Own::Trace(_)),
        Verb::Go(_) | Verb::Other(_) => true,
        Verb::Keep(_) => false,
    };
    let wrong = if arguments.report.is_some() && own.is_some() {
        "--report is given twice"
    } else if file(arguments).is_some() && (!starts || arguments.dry_run) {
        "--report is for commands that start something"
    } else {
        return Ok(());
    };
    Err(Failure { exit: Exit::Usage, error: anyhow::anyhow!(wrong) })
}

/// The file that a report goes to.
pub(super) fn file(arguments: &Arguments) -> Option<&Path> {
    let own = match &arguments.verb {
        Verb::Own(Own::Exec(exec) | Own::Trace(exec)) => exec.report.as_deref(),
        _ => None,
    };
    own.or(arguments.report.as_deref())
}

/// Does something that is reported, if a report is wanted. A relative file starts where the command
/// does, behind `-C`, as that of `--config`.
pub(super) fn reported(
    arguments: &Arguments,
    surroundings: Surroundings,
    output: &mut Output,
    work: impl FnOnce(Surroundings, &mut Output, &mut Report) -> Result<Outcome, Failure>,
) -> Result<Outcome, Failure> {
    let Some(file) = file(arguments) else {
        return work(surroundings, output, &mut None);
    };
    let file = ReportFile::at(&surroundings.dir.join(file))?;
    let mut report = Some(RunReport::default());
    let result = work(surroundings, output, &mut report);
    let mut report = report.unwrap_or_default();
    ended(&mut report, &result);
    let written = report.json().map_err(Failure::io).and_then(|text| file.write(&text));
    match (written, &result) {
        (Ok(()), _) => result,
        // A failure before this one counts more.
        (Err(failure), Ok(outcome)) if outcome.is_success() => Err(failure),
        (Err(failure), _) => {
            output.error(&failure.error);
            result
        }
    }
}
