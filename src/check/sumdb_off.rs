//! `sumdb-off`: modules can come in, and nothing holds their checksums against the database.

use super::Facts;
use crate::profile::Origin;
use crate::report::{Code, Finding, Level};

pub(super) const CODE: Code = Code {
    name: "sumdb-off",
    level: Level::Warn,
    what: "GOSUMDB=off is in force: a module that go.sum does not know yet is believed as it comes",
    why: "go then writes whatever checksum the proxy's answer has into go.sum, and every later build agrees with it.",
    fix: "Leave GOSUMDB alone and name what is private: `[modules] private = [\"git.acme.example/**\"]` keeps those modules from the database and everything else in it.",
    example: "[profile.dev] inherits = \"online\" with GOSUMDB = \"off\"",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(off) = &facts.command.sumdb_off else {
        return Vec::new();
    };
    let finding = Finding::new(
        CODE.name,
        CODE.level,
        format!("the checksum database is off in profile {}", facts.command.profile),
    );
    let help = match off.origin {
        Origin::File { .. } => "remove the line, and name private modules in `[modules] private`",
        _ => "unset GOSUMDB, and name private modules in GONOSUMDB or in `[modules] private`",
    };
    vec![finding.with_cause(format!("GOSUMDB=off is set by {}", off.origin)).with_help(help)]
}
