//! `mod-malformed`: go.mod or go.work does not parse.

use super::facts::place;
use super::{Facts, mod_refused};
use crate::gomod::ParseError;
use crate::project::{File, Project};
use crate::report::{Code, Finding, Level};

pub(super) const CODE: Code = Code {
    name: "mod-malformed",
    level: Level::Deny,
    what: "go.mod or go.work has a line that the go command would refuse, contradicts itself, or uses a directory without go.mod",
    why: "Nothing that rests on the file can be checked; go refuses it too.",
    fix: "Correct the line named; `go-offline mod edit -fmt` shows go's own view of the file.",
    example: "go.mod:5: unknown directive: requier",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(project) = facts.project_to_check() else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    if let Some(work) = &project.work
        && let Err(errors) = &work.value
    {
        findings.extend(errors.iter().map(|error| malformed(&work.file, error)));
    }
    for (index, module) in project.modules.iter().enumerate() {
        match &module.mod_file {
            Some(mod_file) => {
                if let Err(errors) = &mod_file.value {
                    findings.extend(errors.iter().map(|error| malformed(&mod_file.file, error)));
                }
            }
            None => findings.extend(no_go_mod(project, index)),
        }
    }
    mod_refused::run(project, &mut findings);
    findings
}

fn malformed(file: &File, error: &ParseError) -> Finding {
    Finding::new(CODE.name, CODE.level, format!("{}: {}", file.shown.display(), error.message))
        .with_place(place(file, &error.span, ""))
        .with_help("correct this line; `go-offline mod edit -fmt` or `go-offline work edit -fmt` tells whether go takes it")
}

/// A `use` line of go.work, by its number, names a directory that has no go.mod.
fn no_go_mod(project: &Project, index: usize) -> Option<Finding> {
    let work = project.work.as_ref()?;
    let entry = work.value.as_ref().ok()?.uses.get(index)?;
    let dir = project.shown(&project.modules.get(index)?.dir);
    Some(
        Finding::new(CODE.name, CODE.level, format!("{} has no go.mod", dir.display()))
            .with_place(place(&work.file, &entry.span, "used here"))
            .with_help(format!(
                "remove the line with `go-offline work edit -dropuse={}`, or add the module",
                entry.path
            )),
    )
}
