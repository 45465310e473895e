//! What the list of a module leaves open, since it was made for other packages than are vendored.

use super::evidence::ModuleEvidence;
use crate::check::{Bytes, Evidence};
use crate::vendoring::{Difference, What};
use std::collections::HashSet;

/// Marks a missing file that may be one that is not copied.
pub(super) fn mark_open(modules: &[ModuleEvidence<'_>], difference: &mut Difference) {
    let What::Missing { may_be_left_out, .. } = &mut difference.what else { return };
    let Some(module) = difference.module.map(|number| &modules[number]) else { return };
    let below = &difference.path[module.entry.module.path.len() + 1..];
    let leaves_open = || module.listed.as_ref().is_some_and(|listed| listed.leaves_open(below));
    *may_be_left_out = !module.doubt.is_empty() && leaves_open();
}

/// Whether it may be none: a file that is not copied, or one that is embedded.
fn is_open(difference: &Difference, modules: &[ModuleEvidence<'_>]) -> bool {
    let is_doubted = |number: usize| !modules[number].doubt.is_empty();
    let may_be_none = match difference.what {
        What::Missing { may_be_left_out, .. } => may_be_left_out,
        What::Extra { is_genuine, .. } => is_genuine && !difference.is_code,
        What::Modified { .. } => false,
    };
    may_be_none && difference.module.is_some_and(is_doubted)
}

/// The modules with such differences.
pub(super) fn open_modules(
    differences: &[Difference],
    modules: &[ModuleEvidence<'_>],
) -> HashSet<usize> {
    let open = differences.iter().filter(|difference| is_open(difference, modules));
    open.filter_map(|difference| difference.module).collect()
}

/// Where the lock records the files that are there, none of them is missing or too much.
pub(super) fn settle(bytes: &mut Bytes, modules: &[ModuleEvidence<'_>]) {
    let judged = &bytes.modules;
    let is_recorded = |number: usize| judged[number].evidence == Evidence::Lock;
    bytes.differences.retain(|difference| {
        !(is_open(difference, modules) && difference.module.is_some_and(is_recorded))
    });
}
