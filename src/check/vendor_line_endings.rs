//! `vendor-line-endings`: vendored files differ from their module by the ends of their lines only.

use super::Facts;
use super::vendored_files::{Files, git_name, git_place, source};
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

/// A module, and how much it weighs.
type Key = (Option<usize>, Level);

/// Files named before the rest is only counted.
const NAMED: usize = 5;

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(files) = Files::of(facts) else {
        return Vec::new();
    };
    let mut groups: Vec<(Key, Vec<&Difference>)> = Vec::new();
    for difference in &files.bytes.differences {
        let What::Modified { only_line_ends: true, is_embedded, .. } = difference.what else {
            continue;
        };
        let is_source = difference.path.ends_with(".go") && !is_embedded;
        let level = match difference.is_code && !is_source {
            true => Level::Deny,
            false => CODE.level,
        };
        let key = (difference.module, level);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, group)) => group.push(difference),
            None => groups.push((key, vec![difference])),
        }
    }
    groups.into_iter().filter_map(|((_, level), group)| finding(files, level, &group)).collect()
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
    let names = group.iter().take(NAMED).map(|one| files.shown(&one.path).display().to_string());
    let more = group.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| format!("and {more} more"));
    let built = match level {
        Level::Deny => "it goes into the build as it is",
        _ => "go drops the CR, so the same is built",
    };
    let cause = match line {
        Some(line) => format!("{} lets git change them; {built}", git_name(line)),
        None => format!(
            "no .gitattributes line speaks of them, so git's core.autocrlf decides, or an editor did it; {built}"
        ),
    };
    let finding = files.finding(CODE.name, level, first, message);
    let finding = match group.len() {
        1 => finding,
        _ => finding.with_rows("files", names.chain(more)),
    };
    let finding = match line {
        Some(line) => finding.with_place(git_place(line, "changes line ends")),
        None => finding,
    };
    let help = format!("put `/vendor/** -text` into .gitattributes, then {}", files.help());
    Some(finding.with_cause(cause).with_help(help))
}
