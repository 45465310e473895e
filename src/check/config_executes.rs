//! `config-executes`: a settings file of the project sets what only its user may.

use super::Facts;
use crate::profile::ConfigError;
use crate::report::{Code, Finding, Level, Place, SourceText};
use std::sync::Arc;

pub(super) const CODE: Code = Code {
    name: "config-executes",
    level: Level::Deny,
    what: "a go-offline.toml that comes with the checkout sets a variable or flag that can run a program",
    why: "A project's file comes from whoever wrote the checkout. With CC, -toolexec or GOCACHEPROG it would run that writer's program on your machine, before anybody has read a line of the code. It is not set; the build is stopped so that nobody takes it for the build that was meant.",
    fix: "Remove the line. If you want it on your machine, set it in your own file ($XDG_CONFIG_HOME/go-offline/config.toml, `[profile.NAME.env]` of the same name), in the environment, or on the command line.",
    example: "[profile.ci.env] CC = \"./tools/cc\" in go-offline.toml",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    facts.command.refused.iter().map(finding).collect()
}

fn finding(refused: &ConfigError) -> Finding {
    let source = SourceText { path: refused.shown.clone(), text: Arc::clone(&refused.text) };
    let place =
        Place::Text { source: Arc::new(source), span: refused.span.clone(), label: String::new() };
    Finding::new(CODE.name, CODE.level, refused.message.as_str())
        .with_place(place)
        .with_cause(refused.label.as_str())
        .with_help("remove the line, or set it in your own $XDG_CONFIG_HOME/go-offline/config.toml")
}
