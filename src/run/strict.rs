//! `--strict` before a run: nothing is built from what was not checked.

use super::Failure;
use super::checks::Checked;
use super::class::Class;
use super::plan::Plan;
use super::scene::Scene;
use crate::profile::Verify;
use crate::report::Exit;

/// Why the command does not start under `--strict`; `None` if it may.
pub(super) fn unchecked(scene: &Scene, plan: &Plan, checked: &Checked) -> Option<Failure> {
    if !plan.is_strict {
        return None;
    }
    let what = match plan.class {
        Class::Build if checked.is_incomplete(true) => {
            "the modules that go.mod requires were not all checked"
        }
        // Nothing is known of the modules of a `pkg@version` before go has fetched them.
        Class::Versioned if plan.verify != Verify::Off => {
            "the modules of a package with a version are never checked"
        }
        _ => return None,
    };
    let why = match plan.class {
        Class::Build if !scene.uses_vendor() && plan.verify == Verify::Lists => format!(
            ": profile {} does not build from vendor/, so there are no lists to check; `--floor verify=bytes` checks the module cache, and `{} mod vendor` fills vendor/",
            plan.profile,
            scene.program_under("online"),
        ),
        Class::Build if plan.verify == Verify::Bytes => {
            "; `go-offline check --strict` says which".to_owned()
        }
        _ => String::new(),
    };
    let error =
        anyhow::anyhow!("--strict: {what}{why}; without --strict the command runs all the same");
    Some(Failure { exit: Exit::Unchecked, error })
}
