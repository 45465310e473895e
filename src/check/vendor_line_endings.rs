//! `vendor-line-endings`: vendored files differ from their module by the ends of their lines only.

use super::Facts;
use super::vendored_files::{Files, git_name, git_place, grouped, source};
use crate::report::{Code, Finding, Level};
use crate::vendoring::{Difference, What};

pub(super) const CODE: Code = Code {
    name: "vendor-line-endings",
    level: Level::Warn,
    what: "vendored files differ from their module only by CR at the ends of lines",
    why: "git changes line ends when it checks files out or commits them, by a .gitattributes line or core.autocrlf. go drops the CR of Go source, so those are built the same; an embedded file, a C header or assembly is not, and for them this is an error.",
    fix: "Keep git's hands off vendored files, by a line in .gitattributes: `/vendor/** -text`. Then `go-offline mod vendor` writes them as they should be, and `git add vendor` keeps them so.",
    example: "a checkout on Windows with core.autocrlf=true",
};

/// Files named before the rest is only counted.
const NAMED: usize = 5;

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(files) = Files::of(facts) else {
        return Vec::new();
    };
    let keyed = files.bytes.differences.iter().filter_map(|difference| {
        let What::Modified { line_ends: Some(_), is_embedded, .. } = difference.what else {
            return None;
        };
        let is_source = difference.path.ends_with(".go") && !is_embedded;
        let level = match difference.is_code && !is_source {
            true => Level::Deny,
            false => CODE.level,
        };
        Some(((difference.module, level), difference))
    });
    let groups = grouped(keyed).into_iter();
    groups.filter_map(|((_, level), group)| finding(files, level, &group)).collect()
}

fn finding(files: Files<'_>, level: Level, group: &[&Difference]) -> Option<Finding> {
    let has_line = |one: &&&Difference| files.facts.git.line_ends.contains_key(&one.path);
    let first = group.iter().find(has_line).or(group.first())?;
    let module = files.module(first)?;
    let line = files.facts.git.line_ends.get(&first.path);
    let what = match group.len() {
        1 => files.shown(&first.path).display().to_string(),
        count => format!("{count} files"),
    };
    let verb = if group.len() == 1 { "differs" } else { "differ" };
    let message = format!("{what} {verb} from {} by the ends of lines", source(module));
    let built = match (level, group.iter().all(|one| !one.is_code)) {
        (Level::Deny, _) => "it goes into the build as it is",
        (_, true) => "go does not compile, link or embed it",
        (_, false) => "go drops the CR of source, so the same is built",
    };
    let cause = match line {
        Some(line) => format!("{} lets git change them; {built}", git_name(line)),
        None => format!(
            "no .gitattributes line does that: git's core.autocrlf may have, or an editor; {built}"
        ),
    };
    let finding = files.finding(CODE.name, level, first, message);
    let finding = files.with_files(finding, group, NAMED);
    let finding = match line {
        Some(line) => finding.with_place(git_place(line, "changes line ends")),
        None => finding,
    };
    let help = format!("put `/vendor/** -text` into .gitattributes, then {}", files.help());
    Some(finding.with_cause(cause).with_help(help))
}
