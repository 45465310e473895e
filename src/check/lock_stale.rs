//! `lock-stale`: go-offline.lock was made for another state of the project.

use super::Facts;
use super::vendored_files::few;
use crate::gomod::ModuleVersion;
use crate::lock::LISTS_FILE;
use crate::report::{Code, Finding, Level, Place};
use std::path::Path;

/// What is said of a file that should be there.
pub const GONE: &str = "is not there";

pub(super) const CODE: Code = Code {
    name: "lock-stale",
    level: Level::Deny,
    what: "go-offline.lock does not speak of the modules that go.sum and modules.txt name",
    why: "The lock records what `go mod vendor` copies of each module version, bound to its line in go.sum. After modules were added, removed or updated it records another project.",
    fix: "`go-offline lock`, and commit it together with go.mod and go.sum.",
    example: "`go get -u` and `go mod vendor` were run, `go-offline lock` was not",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(lock) = facts.bytes.and_then(|bytes| bytes.lock.as_ref()) else {
        return Vec::new();
    };
    let finding = |(module, how): &(ModuleVersion, String)| stale(&lock.path, Some(module), how);
    few(lock.stale.iter().map(finding).collect())
}

/// A finding about lock or lists: what they say otherwise, of one module or as a whole.
pub fn stale(path: &Path, module: Option<&ModuleVersion>, how: &str) -> Finding {
    let (is_lists, is_gone) = (path.ends_with(LISTS_FILE), how == GONE);
    let cause = match is_gone {
        true => "it was never made, or not committed",
        false => "it was made before the modules changed, or was edited",
    };
    let help = match is_lists {
        true => "run `go-offline lock --with-lists`",
        false => "run `go-offline lock`",
    };
    let finding = Finding::new(CODE.name, CODE.level, format!("{} {how}", path.display()))
        .with_place(Place::Path(path.to_path_buf()))
        .with_cause(cause)
        .with_help(help);
    match module {
        Some(module) => finding.with_module(&module.path, &module.version),
        None => finding,
    }
}
