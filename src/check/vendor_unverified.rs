//! `vendor-unverified`: bytes were asked for and could not be checked.

use super::Facts;
use crate::profile::Verify;
use crate::report::{Code, Finding, Level, Place};

pub(super) const CODE: Code = Code {
    name: "vendor-unverified",
    level: Level::Warn,
    what: "vendored files could not be held against go.sum",
    why: "\"Not checked\" is never \"passed\". When bytes were asked for and no module could be proven, the exit code is 75.",
    fix: "This version checks lists only: ask for them with `--verify lists`.",
    example: "go-offline check --verify bytes",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(vendored) = facts.vendored().filter(|_| facts.verify == Verify::Bytes) else {
        return Vec::new();
    };
    let modules = vendored.list.entries.iter().filter(|entry| !entry.packages.is_empty()).count();
    if modules == 0 {
        return Vec::new();
    }
    let finding = Finding::new(
        CODE.name,
        CODE.level,
        format!("the vendored files of {modules} modules were not checked against go.sum"),
    )
    .with_place(Place::Path(vendored.file.shown.clone()))
    .with_cause("this version of go-offline checks the lists, not yet the bytes")
    .with_help("ask for the lists alone with `--verify lists`");
    vec![finding]
}
