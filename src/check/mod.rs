//! The rules: facts about a project in, findings out.
//!
//! One file is one rule: its code, its documentation and its function. Everything here is pure;
//! whoever calls has read the files. A rule that go has too gives go's verdict, in go's words.

mod bytes;
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

mod module_denied;
mod module_not_allowed;
mod module_policy;
mod private_leak;

mod config_executes;
mod flag_leaves_profile;
mod goenv_override;
mod sumdb_off;

mod vendored_files;

mod vendor_file_extra;
mod vendor_file_missing;
mod vendor_file_modified;
mod vendor_line_endings;
mod vendor_symlink;
mod vendor_unverified;

mod modcache_polluted;

mod carry_expired;
mod carry_unneeded;
mod lock_mismatch;
mod lock_stale;

pub use bytes::{
    Bad, BadEvidence, Bytes, Evidence, GitCauses, Irregular, ListsFacts, LockFacts, VerifiedModule,
};
pub use facts::{Carried, CommandFacts, Facts, LeavingFlag, ModulePolicy, SumdbOff, summed_as};
pub use levels::{Levels, UnknownCode};

pub use lock_stale::{GONE, lock_is_stale};

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
    Rule { code: &vendor_file_modified::CODE, run: vendor_file_modified::run },
    Rule { code: &vendor_file_missing::CODE, run: vendor_file_missing::run },
    Rule { code: &vendor_file_extra::CODE, run: vendor_file_extra::run },
    Rule { code: &vendor_symlink::CODE, run: vendor_symlink::run },
    Rule { code: &vendor_line_endings::CODE, run: vendor_line_endings::run },
    Rule { code: &vendor_unverified::CODE, run: vendor_unverified::run },
    Rule { code: &modcache_polluted::CODE, run: modcache_polluted::run },
    Rule { code: &lock_stale::CODE, run: lock_stale::run },
    Rule { code: &lock_mismatch::CODE, run: lock_mismatch::run },
    Rule { code: &carry_unneeded::CODE, run: carry_unneeded::run },
    Rule { code: &carry_expired::CODE, run: carry_expired::run },
    Rule { code: &module_denied::CODE, run: module_denied::run },
    Rule { code: &module_not_allowed::CODE, run: module_not_allowed::run },
    Rule { code: &private_leak::CODE, run: private_leak::run },
    Rule { code: &config_executes::CODE, run: config_executes::run },
    Rule { code: &flag_leaves_profile::CODE, run: flag_leaves_profile::run },
    Rule { code: &toolchain_switch::CODE, run: toolchain_switch::run },
    Rule { code: &sumdb_off::CODE, run: sumdb_off::run },
    Rule { code: &goenv_override::CODE, run: goenv_override::run },
];

/// Codes that belong to the contract and that no rule of this version has yet: a settings file that
/// names one is one for a later version, and no mistake.
pub const RESERVED: &[&str] =
    &["cache-in-tree", "proxy-direct-fallback", "replace-local", "replace-outside"];

/// Runs every rule, applies the levels, and sorts by file and position.
pub fn check(facts: &Facts<'_>, levels: &Levels) -> Vec<Finding> {
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| (rule.run)(facts)).collect();
    for finding in &mut findings {
        finding.level = levels.level(finding.code, finding.level);
    }
    Finding::sort(&mut findings);
    findings
}
