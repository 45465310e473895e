//! `lock-stale`: go-offline.lock, or the lists beside it, were made for another state of the project.

use super::Facts;
use crate::gomod::ModuleVersion;
use crate::lock::LISTS_FILE;
use crate::report::{Code, Finding, Level, Place};
use std::path::Path;

/// What is said of a file that should be there.
pub const GONE: &str = "is not there";

pub(super) const CODE: Code = Code {
    name: "lock-stale",
    level: Level::Deny,
    what: "go-offline.lock, or go-offline.lock.lists, does not speak of what go.sum and modules.txt name",
    why: "The lock records what `go mod vendor` copies of each module version, bound to its line in go.sum, and the lists carry what tells that for the vendored packages. After modules or packages were added, removed or updated they record another project.",
    fix: "`go-offline lock`, and commit it together with go.mod and go.sum.",
    example: "`go get -u` and `go mod vendor` were run, `go-offline lock` was not",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(bytes) = facts.bytes else {
        return Vec::new();
    };
    let of_lock = bytes.lock.iter().flat_map(|lock| all(&lock.path, &lock.stale));
    let of_lists = bytes.lists.iter().flat_map(|lists| all(&lists.path, &lists.stale));
    of_lock.chain(of_lists).collect()
}

fn all<'a>(
    path: &'a Path,
    stale: &'a [(ModuleVersion, String)],
) -> impl Iterator<Item = Finding> + 'a {
    stale.iter().map(|(module, how)| lock_is_stale(path, Some(module), how))
}

/// A finding about lock or lists: what they say otherwise, of one module or as a whole.
pub fn lock_is_stale(path: &Path, module: Option<&ModuleVersion>, how: &str) -> Finding {
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
