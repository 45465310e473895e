//! `flag-leaves-profile`: a flag or argument that would take the command out of its profile.

use super::Facts;
use crate::report::{Code, Finding, Level};

pub(super) const CODE: Code = Code {
    name: "flag-leaves-profile",
    level: Level::Deny,
    what: "a flag or argument would make go build from something else than what the profile names and the checks have looked at",
    why: "With -mod=mod on the command line go ignores vendor/ without a word; an overlay can replace any file after it was checked.",
    fix: "Leave the flag away, or choose a profile that means it: `go-offline --profile online build -mod=mod`.",
    example: "go-offline build -mod=mod ./...",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let profile = &facts.command.profile;
    facts
        .command
        .leaving
        .iter()
        .map(|flag| {
            let message = format!("`{}` leaves profile {profile}: {}", flag.words, flag.effect);
            Finding::new(CODE.name, CODE.level, message)
                .with_cause(format!("it is given by {}", flag.origin))
                .with_help(flag.help.as_str())
        })
        .collect()
}
