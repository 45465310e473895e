//! `mod-malformed`: go.mod or go.work does not parse.

use super::Facts;
use super::facts::place;
use crate::gomod::ParseError;
use crate::project::{File, Project};
use crate::report::{Code, Finding, Level, Place};

pub(super) const CODE: Code = Code {
    name: "mod-malformed",
    level: Level::Deny,
    what: "go.mod or go.work has a line that the go command would refuse, or go.work uses a directory without go.mod",
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
    for module in &project.modules {
        match &module.mod_file {
            Some(mod_file) => {
                if let Err(errors) = &mod_file.value {
                    findings.extend(errors.iter().map(|error| malformed(&mod_file.file, error)));
                }
            }
            None => findings.extend(unused_directory(project, module.dir.as_path())),
        }
    }
    findings
}

fn malformed(file: &File, error: &ParseError) -> Finding {
    Finding::new(CODE.name, CODE.level, format!("{}: {}", file.shown.display(), error.message))
        .with_place(place(file, &error.span, ""))
        .with_help("correct this line")
}

/// go.work uses a directory that has no go.mod.
fn unused_directory(project: &Project, dir: &std::path::Path) -> Option<Finding> {
    let work = project.work.as_ref()?;
    let shown = project.shown(dir);
    let entry =
        work.value.as_ref().ok()?.uses.iter().find(|entry| dir.ends_with(clean(&entry.path)));
    let at = match entry {
        Some(entry) => place(&work.file, &entry.span, "used here"),
        None => Place::Path(work.file.shown.clone()),
    };
    Some(
        Finding::new(CODE.name, CODE.level, format!("{} has no go.mod", shown.display()))
            .with_place(at)
            .with_help(
                "remove the line with `go-offline work edit -dropuse=DIR`, or add the module",
            ),
    )
}

fn clean(path: &str) -> &str {
    path.trim_start_matches("./").trim_end_matches('/')
}
