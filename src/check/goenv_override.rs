//! `goenv-override`: a value of the user's that the profile does not let through.

use super::Facts;
use crate::report::{Code, Finding, Level};

pub(super) const CODE: Code = Code {
    name: "goenv-override",
    level: Level::Warn,
    what: "a variable of the environment or of `go env -w` says something else than the profile, and loses",
    why: "The profile closes the ways to the network and to another resolution. Whoever set the value should know that it does not count here.",
    fix: "Unset it (`go env -u NAME`, or in the environment), or choose another profile.",
    example: "GOFLAGS=-mod=mod in ~/.config/go/env, profile vendor",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .command
        .overridden
        .iter()
        .map(|lost| {
            let given = if lost.value.starts_with(&format!("{}=", lost.name)) {
                lost.value.clone()
            } else {
                format!("{}={}", lost.name, lost.value)
            };
            let wins = if lost.winner.is_empty() {
                format!("{} is unset", lost.name)
            } else {
                format!("{}={} is in force", lost.name, lost.winner)
            };
            Finding::new(
                CODE.name,
                CODE.level,
                format!("`{given}` does not count in profile {}", facts.command.profile),
            )
            .with_cause(format!("it is set by {}; {wins}", lost.origin))
            .with_help(match lost.origin {
                crate::profile::Origin::File { .. } => format!(
                    "remove it with `go env -u {}`, or choose a profile with `--profile`",
                    lost.name
                ),
                _ => format!("unset {}, or choose a profile with `--profile`", lost.name),
            })
        })
        .collect()
}
