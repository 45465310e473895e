//! `vendor-unverified`: bytes were asked for and could not be checked.

use super::Facts;
use super::facts::place;
use crate::profile::Verify;
use crate::report::{Code, Finding, Level, Place};

pub(super) const CODE: Code = Code {
    name: "vendor-unverified",
    level: Level::Warn,
    what: "the files of modules, vendored or not, could not be held against go.sum",
    why: "\"Not checked\" is never \"passed\". When bytes were asked for and no module could be proven, the exit code is 75.",
    fix: "This version checks lists only: ask for them with `--verify lists`.",
    example: "go-offline check --verify bytes",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(project) = facts.project_to_check().filter(|_| facts.verify == Verify::Bytes) else {
        return Vec::new();
    };
    let unverified = match facts.vendored() {
        Some(vendored) => match vendored.list.providers().count() {
            0 => return Vec::new(),
            modules => (
                format!("the vendored files of {modules} modules were not checked against go.sum"),
                Place::Path(vendored.file.shown.clone()),
            ),
        },
        None => {
            let mut required = project.mod_files().filter_map(|(_, file, value)| {
                Some(place(file, &value.require.first()?.span, "required here"))
            });
            let Some(first) = required.next() else {
                return Vec::new();
            };
            ("the files of the required modules were not checked against go.sum".to_owned(), first)
        }
    };
    let (message, at) = unverified;
    let finding = Finding::new(CODE.name, CODE.level, message)
        .with_place(at)
        .with_cause("this version of go-offline checks the lists, not yet the bytes")
        .with_help("ask for the lists alone with `--verify lists`, or GO_OFFLINE_VERIFY=lists");
    vec![finding]
}
