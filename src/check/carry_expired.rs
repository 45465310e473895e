//! `carry-expired`: a known patch has outlived its date.

use super::Facts;
use super::carry_unneeded::carry_place;
use super::vendored_files::Files;
use crate::report::{Code, Finding, Level};

pub(super) const CODE: Code = Code {
    name: "carry-expired",
    level: Level::Deny,
    what: "a `[[carry]]` is past the date in its `expires`",
    why: "A patch inside vendor/ is a fork that nobody maintains. The date was set so that somebody looks again.",
    fix: "Update the module to a version that has the fix and remove the entry, or decide on a new date.",
    example: "expires = 2027-01-01, and it is 2027-01-02",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    if Files::of(facts).is_none() {
        return Vec::new();
    }
    let expired = facts.carries.iter().filter(|carried| carried.counts).filter_map(|carried| {
        // Dates of this form are in the order of their texts.
        let expires = carried.carry.expires.as_deref().filter(|date| *date <= facts.today)?;
        let carry = &carried.carry;
        let message = format!(
            "the patch of {} in {} was to be carried until {expires} and no longer",
            carry.path, carry.module.value
        );
        Some(
            Finding::new(CODE.name, CODE.level, message)
                .with_place(carry_place(carried, "expired"))
                .with_cause(format!(
                    "today is {}; it was carried because: {}",
                    facts.today, carry.reason
                ))
                .with_help("update the module and remove the entry, or give it a new date"),
        )
    });
    expired.collect()
}
