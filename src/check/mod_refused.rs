//! What go refuses in files of which each line by itself is well-formed: `mod-malformed` too.
//!
//! The refusals are those of `cmd/go/internal/modload`: `ReadModFile`, `LoadWorkFile`,
//! `loadModFile`, `makeMainModules`, `toReplaceMap` and `replacementFrom`.

use super::facts::{Replaced, place, replaced_by_modules};
use super::mod_malformed::CODE;
use crate::gomod::module_path::check_import_path;
use crate::gomod::{ModFile, ModuleVersion, Replace, Span, WorkFile, go_version};
use crate::project::{File, Project, clean_path};
use crate::report::{Finding, Place};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

pub(super) fn run(project: &Project, findings: &mut Vec<Finding>) {
    for (_, file, value) in project.mod_files() {
        module_line(file, value, findings);
        one_file(file, &value.replace, findings);
    }
    let Some((file, work)) = work(project) else {
        return;
    };
    one_file(file, &work.replace, findings);
    uses(project, file, work, findings);
    module_paths(project, findings);
    go_lines(project, file, work, findings);
    replaced_modules(project, file, work, findings);
    across_modules(project, work, findings);
}

fn work(project: &Project) -> Option<(&File, &WorkFile)> {
    let work = project.work.as_ref()?;
    Some((&work.file, work.value.as_ref().ok()?))
}

fn finding(message: String, at: Place) -> Finding {
    Finding::new(CODE.name, CODE.level, message).with_place(at)
}

/// A go.mod must say which module it is of, and imports must be able to name it.
fn module_line(file: &File, value: &ModFile, findings: &mut Vec<Finding>) {
    let shown = file.shown.display();
    let Some(module) = &value.module else {
        findings.push(
            finding(
                format!("{shown}: missing module declaration"),
                place(file, &file.first_line(), ""),
            )
            .with_help("write it with `go-offline mod edit -module=example.com/mod`"),
        );
        return;
    };
    if let Err(error) = check_import_path(&module.value) {
        findings.push(
            finding(format!("{shown}: {error}"), place(file, &module.span, ""))
                .with_help("correct it with `go-offline mod edit -module=PATH`"),
        );
    }
}

/// One module must not have two replacements in one file.
fn one_file(file: &File, replaces: &[Replace], findings: &mut Vec<Finding>) {
    let mut first: HashMap<&ModuleVersion, &Replace> = HashMap::new();
    for replace in replaces {
        let earlier = *first.entry(&replace.old).or_insert(replace);
        if earlier.new != replace.new {
            findings.push(
                conflict(&replace.old, (file, &replace.span), (file, &earlier.span)).with_help(
                    format!(
                        "leave one of the two; `go-offline {} edit -dropreplace={}` removes both",
                        if file.shown.ends_with("go.work") { "work" } else { "mod" },
                        replace.old
                    ),
                ),
            );
        }
    }
}

fn conflict(module: &ModuleVersion, later: (&File, &Span), earlier: (&File, &Span)) -> Finding {
    finding(
        format!("conflicting replacements for {module}"),
        place(later.0, later.1, "replaced otherwise"),
    )
    .with_place(place(earlier.0, earlier.1, "replaced here"))
    .with_module(&module.path, &module.version)
}

/// Each directory may be used once, and there must be one.
fn uses(project: &Project, file: &File, work: &WorkFile, findings: &mut Vec<Finding>) {
    if work.uses.is_empty() {
        findings.push(
            finding(
                format!("{} uses no module", file.shown.display()),
                place(file, &file.first_line(), ""),
            )
            .with_help("add one with `go-offline work use DIR`"),
        );
    }
    let mut seen: HashSet<PathBuf> = HashSet::new();
    for entry in &work.uses {
        if !seen.insert(clean_path(&project.root.join(&entry.path))) {
            findings.push(
                finding(
                    format!("directory {} appears multiple times in the workspace", entry.path),
                    place(file, &entry.span, "used again"),
                )
                .with_help("remove one of the lines"),
            );
        }
    }
}

/// Two main modules must not have the same path.
fn module_paths(project: &Project, findings: &mut Vec<Finding>) {
    let mut seen: HashMap<&str, Place> = HashMap::new();
    let mut dirs = HashSet::new();
    for (main, file, value) in project.mod_files() {
        // A directory that is used twice has been reported as that.
        let (Some(module), true) = (&value.module, dirs.insert(&main.dir)) else {
            continue;
        };
        let at = place(file, &module.span, "");
        if let Some(earlier) = seen.get(module.value.as_str()) {
            findings.push(
                finding(
                    format!("module {} appears multiple times in the workspace", module.value),
                    at,
                )
                .with_place(earlier.clone())
                .with_help(format!(
                    "remove one of the two with `go-offline work edit -dropuse={}`",
                    project.shown(&main.dir).display()
                )),
            );
        } else {
            seen.insert(&module.value, at);
        }
    }
}

/// go.work must not ask for less than its modules do, from the go line 1.21 on.
fn go_lines(project: &Project, file: &File, work: &WorkFile, findings: &mut Vec<Finding>) {
    // What a go.work without a go line stands for: `gover.DefaultGoWorkVersion`.
    let of_work = work.go.as_ref().map_or("1.18", |go| go.value.as_str());
    for (_, mod_file, value) in project.mod_files() {
        let Some(go) = &value.go else {
            continue;
        };
        let is_strict = go_version::compare(&go.value, "1.21").is_ge();
        if is_strict && go_version::compare(&go.value, of_work).is_gt() {
            let at = match &work.go {
                Some(go) => place(file, &go.span, "too old for the module"),
                None => place(file, &file.first_line(), "without a go line this is 1.18"),
            };
            findings.push(
                finding(
                    format!(
                        "{} requires go >= {}, but {} says go {of_work}",
                        mod_file.shown.display(),
                        go.value,
                        file.shown.display()
                    ),
                    at,
                )
                .with_place(place(mod_file, &go.span, "required here"))
                .with_help("run `go-offline work use`, which raises the go line"),
            );
        }
    }
}

/// go.work must not replace a module of its own in every version.
fn replaced_modules(project: &Project, file: &File, work: &WorkFile, findings: &mut Vec<Finding>) {
    for replace in work.replace.iter().filter(|replace| replace.old.version.is_empty()) {
        if project.is_main(&replace.old.path) {
            findings.push(
                finding(
                    format!(
                        "workspace module {} is replaced at all versions in {}",
                        replace.old.path,
                        file.shown.display()
                    ),
                    place(file, &replace.span, ""),
                )
                .with_help(format!(
                    "remove the line with `go-offline work edit -dropreplace={}`, or name the version to replace",
                    replace.old.path
                )),
            );
        }
    }
}

/// The modules of a workspace must not replace one module by different things, unless go.work
/// decides.
fn across_modules(project: &Project, work: &WorkFile, findings: &mut Vec<Finding>) {
    let decided: HashSet<&str> =
        work.replace.iter().map(|replace| replace.old.path.as_str()).collect();
    let mut seen = HashSet::new();
    for (_, _, value) in project.mod_files() {
        let replaced = value.replace.iter().map(|replace| &replace.old);
        let required = value.require.iter().map(|require| &require.module);
        for module in replaced.chain(required) {
            if decided.contains(module.path.as_str()) || !seen.insert(module) {
                continue;
            }
            let all = replaced_by_modules(project, module);
            if let Some((later, earlier)) = contradiction(module, &all) {
                findings.push(
                    conflict(module, (later.file, later.span), (earlier.file, earlier.span))
                        .with_help(format!(
                            "decide in go.work: `go-offline work edit -replace={module}=TARGET`"
                        )),
                );
            }
        }
    }
}

/// The same line must lead to the same place; a line for one version must even be written as
/// the line before it, which go compares as text.
fn contradiction<'r, 'a>(
    module: &ModuleVersion,
    all: &'r [Replaced<'a>],
) -> Option<(&'r Replaced<'a>, &'r Replaced<'a>)> {
    all.iter().enumerate().find_map(|(index, later)| {
        let mut before = all[..index].iter();
        let as_text = !later.old.version.is_empty();
        let earlier = before.find(|earlier| {
            let elsewhere = earlier.old == later.old && earlier.canonical != later.canonical;
            elsewhere && later.old == module || as_text && earlier.written != later.written
        })?;
        Some((later, earlier))
    })
}
