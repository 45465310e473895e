//! `vendor-file-missing`: `go mod vendor` copies a file that is not there.

use super::Facts;
use super::bytes::Evidence;
use super::vendored_files::{Files, git_name, git_place, source};
use crate::profile::quote;
use crate::report::{Code, Finding, Level};
use crate::vendoring::{Difference, What};

pub(super) const CODE: Code = Code {
    name: "vendor-file-missing",
    level: Level::Deny,
    what: "a file that `go mod vendor` copies is not in vendor/",
    why: "A file that is gone changes what is built, on this platform or another; a licence that is gone may not be. Where a .gitignore swallows a file that go neither compiles nor embeds, this is a warning: it never reached the repository, and no build misses it.",
    fix: "`go-offline mod vendor`, then `git add -f` of what a .gitignore swallows; or except vendor/ there: `!/vendor/**`.",
    example: ".gitignore has `coverage*`, and vendor/golang.org/x/text/unicode/coverage.go was never committed",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(files) = Files::of(facts) else {
        return Vec::new();
    };
    let missing = files.bytes.differences.iter().filter_map(|difference| match &difference.what {
        What::Missing { other_case, may_be_left_out } => {
            finding(files, difference, other_case.as_deref(), *may_be_left_out)
        }
        _ => None,
    });
    missing.collect()
}

fn finding(
    files: Files<'_>,
    difference: &Difference,
    other: Option<&str>,
    may_be_left_out: bool,
) -> Option<Finding> {
    let module = files.module(difference)?;
    let shown = files.shown(&difference.path);
    let ignoring = files.facts.git.ignoring.get(&difference.path);
    // Files come and go in a directory that people work in.
    let is_explained = ignoring.is_some() || module.evidence == Evidence::Dir;
    let level = match is_explained && !difference.is_code && other.is_none() {
        true => Level::Warn,
        false => CODE.level,
    };
    let message = format!("{} of {} is not there", shown.display(), source(module));
    let cause = match (other, ignoring) {
        (Some(other), _) => {
            format!("{} is there, its name in another case", files.shown(other).display())
        }
        (None, Some(line)) => format!("{} leaves it out of the repository", git_name(line)),
        (None, None) if may_be_left_out => format!(
            "it was deleted; or no build takes it and it is not copied, which nothing at hand tells: {}",
            module.doubt
        ),
        (None, None) => "it was deleted, or never committed".to_owned(),
    };
    let help = match ignoring {
        Some(_) => format!("{}, then `git add -f {}`", files.help(), quote(shown.as_os_str())),
        None if may_be_left_out => {
            format!("if vendor/ is right, run `go-offline lock`; else {}", files.help())
        }
        None => files.help(),
    };
    let finding = files.finding(CODE.name, level, difference, message);
    let finding = match ignoring {
        Some(line) => finding.with_place(git_place(line, "ignored by this line")),
        None => finding,
    };
    Some(finding.with_cause(cause).with_help(help))
}
