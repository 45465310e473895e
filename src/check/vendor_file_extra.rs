//! `vendor-file-extra`: a file in vendor/ that `go mod vendor` would not put there.

use super::Facts;
use super::vendored_files::{Files, grouped, source};
use crate::profile::quote;
use crate::report::{Code, Finding, Level};
use crate::vendoring::{Difference, What, dir_and_base};

pub(super) const CODE: Code = Code {
    name: "vendor-file-extra",
    level: Level::Deny,
    what: "vendor/ holds a file that `go mod vendor` does not put there",
    why: "go compiles every Go file of a package's directory, whoever put it there, and its `init` runs in your program; a C header, an object file or an embedded file comes in the same way. A file that go does not take, or one that the module has as well, byte for byte, is a warning: build files of other tools, protos, tests copied by hand.",
    fix: "Remove it, or let `go-offline mod vendor` make vendor/ anew. What another tool needs there is silenced by `[lints] vendor-file-extra = \"warn\"`, and a file that belongs to a known patch by `[[carry]]`.",
    example: "vendor/github.com/pkg/errors/zz_init.go, which github.com/pkg/errors does not have",
};

/// Files named in a warning before the rest is only counted.
const NAMED: usize = 8;

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(files) = Files::of(facts) else {
        return Vec::new();
    };
    let extra: Vec<&Difference> = files
        .bytes
        .differences
        .iter()
        .filter(|difference| matches!(difference.what, What::Extra { .. }))
        .filter(|difference| {
            files.carried(difference).is_none() && !is_of_unlisted(files, difference)
        })
        .collect();
    let (used, unused): (Vec<&Difference>, Vec<&Difference>) =
        extra.into_iter().partition(|difference| difference.is_code);
    let mut findings: Vec<Finding> =
        used.into_iter().map(|difference| denied(files, difference)).collect();
    findings.extend(warned(files, &unused));
    findings
}

/// A module's own Go file in a directory that is no listed package has a finding of its own:
/// `vendor-package-unlisted`.
fn is_of_unlisted(files: Files<'_>, difference: &Difference) -> bool {
    let dir = dir_and_base(&difference.path).0;
    matches!(difference.what, What::Extra { is_genuine: true, .. })
        && difference.path.ends_with(".go")
        && files.facts.tree.is_some_and(|tree| tree.unlisted.iter().any(|one| one.package == dir))
}

fn denied(files: Files<'_>, difference: &Difference) -> Finding {
    let shown = files.shown(&difference.path);
    let of = match (files.module(difference).map(source), &difference.what) {
        (Some(of), What::Extra { is_genuine: true, .. }) => {
            format!("{of} has it, and `go mod vendor` does not copy it")
        }
        (Some(of), What::Extra { is_altered: true, .. }) => format!("{of} has it with other bytes"),
        (Some(of), _) => format!("{of} has no such file"),
        (None, _) => "no vendored module has such a file".to_owned(),
    };
    let message = format!("{} should not be there: {of}", shown.display());
    let cause = if difference.path.ends_with("_test.go") {
        "`go test` of the package, as of `all`, compiles and runs it"
    } else {
        "go compiles, links or embeds a file of this name in this place"
    };
    files.finding(CODE.name, CODE.level, difference, message).with_cause(cause).with_help(format!(
        "`rm {}`, or {}",
        quote(shown.as_os_str()),
        files.help()
    ))
}

/// One finding for the files of a module that no build takes.
fn warned(files: Files<'_>, unused: &[&Difference]) -> Vec<Finding> {
    let keyed = unused.iter().map(|difference| {
        let what = match difference.what {
            What::Extra { is_genuine, is_altered } => (is_genuine, is_altered),
            _ => (false, false),
        };
        ((difference.module, what), *difference)
    });
    let groups = grouped(keyed).into_iter();
    groups.filter_map(|((_, what), group)| warning(files, what, &group)).collect()
}

fn warning(
    files: Files<'_>,
    (is_genuine, is_altered): (bool, bool),
    group: &[&Difference],
) -> Option<Finding> {
    let first = group.first()?;
    let of = files.module(first).map(source);
    let shown = files.shown(&first.path);
    let message = match group.len() {
        1 => format!("{} is not there by `go mod vendor`", shown.display()),
        count => match &of {
            Some(of) => format!("{count} files in {of} are not there by `go mod vendor`"),
            None => format!("{count} files outside of any module are not there by `go mod vendor`"),
        },
    };
    let them = if group.len() == 1 { "it" } else { "them" };
    let doubt = files.module(first).map(|module| module.doubt.as_str()).unwrap_or_default();
    let cause = match (is_genuine, of) {
        (true, Some(of)) if !doubt.is_empty() => format!(
            "{of} has {them}, with these bytes: somebody has copied more than go needs, or a test embeds {them}, which nothing at hand tells: {doubt}"
        ),
        (true, Some(of)) => {
            format!("{of} has {them}, with these bytes: somebody has copied more than go needs")
        }
        (false, Some(of)) if is_altered => {
            format!("{of} has {them} with other bytes; go does not compile, link or embed {them}")
        }
        _ => format!("no vendored module has {them}; go does not compile, link or embed {them}"),
    };
    let finding = files.finding(CODE.name, Level::Warn, first, message);
    let finding = files.with_files(finding, group, NAMED);
    let help = "`go-offline mod vendor` leaves them out; `[lints] vendor-file-extra = \"allow\"` silences this, and what go would take with it";
    Some(finding.with_cause(cause).with_help(help))
}
