//! One guarded command, from the project on disk to the outcome.
//!
//! ```text
//! gather  ─► the scene: go command, project, profile, what the user has set    (reads)
//! plan    ─► what will be done: environment, arguments, checks, wall           (pure)
//! checks  ─► findings; one of level deny ends it here                          (reads)
//! execute ─► the wall, the command in it                                       (runs)
//! verdict ─► who tried to reach what, why, and what that makes of the outcome  (pure but for caches)
//! account ─► what came of it, for a report
//! ```
//!
//! Nothing here prints: findings go to the caller's [`Listener`], before the command starts and
//! after it has ended.

mod bundle;
mod bundle_tree;
mod class;
mod codes;
mod overlay;
mod scene;
mod settings;

mod doors;
mod facts;
mod git_causes;
mod leaving;
mod nesting;
mod on_path;
mod plan;
mod test_cache;

mod build_cache;
mod bytes;
mod changed;
mod checks;
mod env_write;
mod evidence;
mod execute;
mod interrupt;
mod irregular;
mod kept;
mod left_open;
mod line_ends;
mod list_cache;
mod lists_beside;
mod lock_judge;
mod locking;
mod modcache;
mod remember;
mod replaced_dir;
mod run_outside;
mod stat_cache;
mod strict;
mod transparent;
mod trust;
mod unfinished;
mod unlisted;
mod wall;

mod account;
mod blocks;
mod cause;
mod culprit;
mod leftovers;
mod verdict;

mod bundle_proofs;
mod bundling;
mod deps;
mod fetching;
mod proving;
mod sources;
mod times;
mod toolchains;
mod unbundling;

mod first_config;
mod write_new;
mod write_over;

pub use account::{Account, OF_GO_RUN, ended, run_report};
pub use bundling::{BundleRequest, Bundled, Step, Written, create_bundle};
pub use checks::{Checked, Depth, check_project};
pub use class::Class;
pub use codes::CODES;
pub use deps::{Deps, Known, compare as compare_deps, deps};
pub use execute::{Outcome, execute};
pub use facts::{command_facts, levels, lint_codes, loosened};
pub use fetching::{Fetching, Sums, fetching, sums};
pub use first_config::first_config;
pub use interrupt::{interrupted, note_signals};
pub use kept::{KEEP, keep};
pub use locking::{Lacking, Made, make_lock};
pub use nesting::check_depth;
pub use on_path::{ShimOnPath, shim_on_path};
pub use plan::{Plan, plan};
pub use proving::{Judged, SumdbRequest, prove_by_bundle, prove_sums};
pub use remember::Remember;
pub use scene::{Request, Scene, Surroundings, Target, cache_key, gather};
pub use settings::{ConfigChoice, Mistakes, Settings};
pub use transparent::{become_target, is_named_open};
pub use trust::Trust;
pub use unbundling::{
    Layout, UnpackedProject, Verified, bundle_manifest, export_bundle, unpack_bundle,
    unpacked_project, verify_bundle,
};
pub use write_new::{WriteNewError, write_new};
pub use write_over::ReportFile;

use crate::report::{Exit, Finding};

/// Whoever shows findings to the user.
pub trait Listener {
    /// Shows findings, in the order given.
    fn findings(&mut self, findings: &[Finding]);

    /// Shows one line that is no finding: a hint after a command has failed.
    fn hint(&mut self, text: &str);
}

/// An error with the exit code it leads to.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened.
    pub error: anyhow::Error,
}

impl Failure {
    /// Bad configuration.
    pub fn config(error: impl Into<anyhow::Error>) -> Failure {
        Failure { exit: Exit::Config, error: error.into() }
    }

    /// A file that cannot be read or written.
    pub fn io(error: impl Into<anyhow::Error>) -> Failure {
        Failure { exit: Exit::Io, error: error.into() }
    }
}
