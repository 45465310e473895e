//! The rules: facts about a project in, findings out.
//!
//! One file is one rule: its code, its documentation and its function. Everything here is pure;
//! whoever calls has read the files. A rule that go has too gives go's verdict, in go's words.

mod facts;
mod levels;

mod mod_malformed;
mod mod_refused;
mod toolchain_switch;

mod vendor_ignored;
mod vendor_inconsistent;
mod vendor_missing;
mod vendor_package_missing;
mod vendor_package_unlisted;

mod sum_conflict;
mod sum_malformed;
mod sum_missing;

mod flag_leaves_profile;
mod goenv_override;
mod vendor_unverified;

pub use facts::{CommandFacts, Facts, LeavingFlag};
pub use levels::{Levels, UnknownCode};

use crate::report::{Code, Finding};

/// One rule.
pub struct Rule {
    /// The code of its findings, with the documentation.
    pub code: &'static Code,
    /// Finds. Findings come with the code's default level.
    pub run: fn(&Facts<'_>) -> Vec<Finding>,
}

/// Every rule, in the order of `explain`.
pub const RULES: &[Rule] = &[
    Rule { code: &mod_malformed::CODE, run: mod_malformed::run },
    Rule { code: &vendor_missing::CODE, run: vendor_missing::run },
    Rule { code: &vendor_inconsistent::CODE, run: vendor_inconsistent::run },
    Rule { code: &vendor_ignored::CODE, run: vendor_ignored::run },
    Rule { code: &vendor_package_missing::CODE, run: vendor_package_missing::run },
    Rule { code: &vendor_package_unlisted::CODE, run: vendor_package_unlisted::run },
    Rule { code: &sum_missing::CODE, run: sum_missing::run },
    Rule { code: &sum_conflict::CODE, run: sum_conflict::run },
    Rule { code: &sum_malformed::CODE, run: sum_malformed::run },
    Rule { code: &vendor_unverified::CODE, run: vendor_unverified::run },
    Rule { code: &flag_leaves_profile::CODE, run: flag_leaves_profile::run },
    Rule { code: &toolchain_switch::CODE, run: toolchain_switch::run },
    Rule { code: &goenv_override::CODE, run: goenv_override::run },
];

/// Runs every rule, applies the levels, and sorts by file and position.
pub fn check(facts: &Facts<'_>, levels: &Levels) -> Vec<Finding> {
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| (rule.run)(facts)).collect();
    for finding in &mut findings {
        finding.level = levels.level(finding.code, finding.level);
    }
    Finding::sort(&mut findings);
    findings
}
