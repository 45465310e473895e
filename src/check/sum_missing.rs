//! `sum-missing`: a vendored module has no checksum.

use super::Facts;
use super::facts::{Vendored, modfile_flag, place, summed_as};
use crate::gomod::{ModuleVersion, Span};
use crate::project::{SumFile, sum_lines};
use crate::report::{Code, Finding, Level, Place};
use std::collections::HashSet;

pub(super) const CODE: Code = Code {
    name: "sum-missing",
    level: Level::Deny,
    what: "a module with packages in modules.txt has no h1 line in go.sum (or go.work.sum)",
    why: "Without the line nothing says which bytes the module consists of. A vendored build never reads go.sum, so go does not notice.",
    fix: "Run `go-offline mod tidy`, or `go-offline --profile online mod tidy` if the module cache lacks the module. A line that is missing only for the module's go.mod is a warning.",
    example: "go.sum has `example.com/m v1.2.3/go.mod h1:…` but not `example.com/m v1.2.3 h1:…`",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(vendored) = facts.vendored() else {
        return Vec::new();
    };
    let known = Known::of(facts.sums);
    let mut findings = Vec::new();
    for entry in vendored.list.providers() {
        let Some(summed) = summed_as(vendored.project, &entry.module) else { continue };
        let missing = if !known.content.contains(&summed) {
            Missing::Content
        } else if !known.go_mod.contains(&summed) {
            Missing::GoMod
        } else {
            continue;
        };
        findings.push(finding(facts, &vendored, &summed, &entry.span, missing));
    }
    findings
}

struct Known<'a> {
    content: HashSet<&'a ModuleVersion>,
    go_mod: HashSet<&'a ModuleVersion>,
}

impl<'a> Known<'a> {
    fn of(sums: &'a [SumFile]) -> Known<'a> {
        let mut known = Known { content: HashSet::new(), go_mod: HashSet::new() };
        for (_, line) in sum_lines(sums).filter(|(_, line)| line.is_h1()) {
            let kind = if line.go_mod { &mut known.go_mod } else { &mut known.content };
            kind.insert(&line.module);
        }
        known
    }
}

#[derive(Clone, Copy)]
enum Missing {
    Content,
    GoMod,
}

fn finding(
    facts: &Facts<'_>,
    vendored: &Vendored<'_>,
    module: &ModuleVersion,
    span: &Span,
    missing: Missing,
) -> Finding {
    let files: Vec<String> = facts.sums.iter().map(|sum| sum.shown.display().to_string()).collect();
    let files = match files.as_slice() {
        [first, _, _, ..] => format!("{first} and each module's go.sum"),
        files => files.join(" and "),
    };
    let (level, what) = match missing {
        Missing::Content => (CODE.level, "h1 line"),
        Missing::GoMod => (Level::Warn, "/go.mod h1 line"),
    };
    let exists = facts.sums.iter().any(|sum| sum.content.is_some());
    let cause =
        if exists { "the line was never written, or was removed" } else { "there is no such file" };
    let line = match missing {
        Missing::Content => format!("{} {} h1:…", module.path, module.version),
        Missing::GoMod => format!("{} {}/go.mod h1:…", module.path, module.version),
    };
    let mut finding = Finding::new(CODE.name, level, format!("{module}: no {what} in {files}"))
        .with_module(&module.path, &module.version)
        .with_place(place(vendored.file, span, &format!("needs the line `{line}`")));
    if let Some(sum) = facts.sums.first() {
        finding = finding.with_place(Place::Path(sum.shown.clone()));
    }
    finding.with_cause(cause).with_help(tidy_help(vendored))
}

fn tidy_help(vendored: &Vendored<'_>) -> String {
    let project = vendored.project;
    let command = if project.is_workspace() {
        "mod download".to_owned()
    } else {
        format!("mod tidy{}", modfile_flag(project))
    };
    format!(
        "run `go-offline {command}`, or `go-offline --profile online {command}` if the module cache lacks the module"
    )
}
