//! `carry-unneeded`: a known patch is no longer there.

use super::Facts;
use super::facts::Carried;
use super::vendored_files::Files;
use crate::report::{Code, Finding, Level, Place, SourceText};
use std::sync::Arc;

pub(super) const CODE: Code = Code {
    name: "carry-unneeded",
    level: Level::Warn,
    what: "a `[[carry]]` names a patch that vendor/ does not have",
    why: "What is allowed and not there may come back unnoticed: an entry that nobody needs is a door left open.",
    fix: "Remove the entry. If the patch should be there, apply it again; if it has changed, put its new sha256 into the entry.",
    example: "the module was updated to a version that has the fix",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(files) = Files::of(facts) else {
        return Vec::new();
    };
    let counting = facts.carries.iter().filter(|carried| carried.counts);
    let carries = counting.filter(|carried| {
        let is_used = files.bytes.differences.iter().any(|difference| {
            files.carried(difference).is_some_and(|used| used.carry == carried.carry)
        });
        !is_used && is_judged(files, carried)
    });
    carries.map(finding).collect()
}

/// Whether the files of the module were looked at one by one.
fn is_judged(files: Files<'_>, carried: &Carried) -> bool {
    let of_module =
        |module: &&super::VerifiedModule| module.module.path == carried.carry.module.value;
    files.bytes.modules.iter().find(of_module).is_none_or(|module| module.evidence.is_proof())
}

fn finding(carried: &Carried) -> Finding {
    let carry = &carried.carry;
    let message = format!("{} of {} is not patched as this says", carry.path, carry.module.value);
    Finding::new(CODE.name, CODE.level, message)
        .with_place(carry_place(carried, "no such file has these bytes"))
        .with_cause("the patch is gone, or is another by now")
        .with_help("remove the entry, or put the right sha256 into it")
}

/// The entry in its settings file.
pub(super) fn carry_place(carried: &Carried, label: &str) -> Place {
    let file = &carried.file;
    let source = SourceText { path: file.shown.clone(), text: Arc::clone(&file.text) };
    let span = carried.carry.module.span.clone();
    Place::Text { source: Arc::new(source), span, label: label.to_owned() }
}
