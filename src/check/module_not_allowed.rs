//! `module-not-allowed`: the build uses a module that no rule allows.

use super::Facts;
use super::module_policy::{Verdict, rule_place, used, verdict};
use crate::report::{Code, Finding, Level};

pub(super) const CODE: Code = Code {
    name: "module-not-allowed",
    level: Level::Deny,
    what: "the project uses a module that no pattern of `[modules] allow` matches",
    why: "Where there is a list of what is allowed, everything else has to be looked at first.",
    fix: "Look at the module and add it to `allow` in go-offline.toml, or do without it. `go-offline mod why -m MODULE` says who needs it.",
    example: "allow = [\"github.com/acme/**\"], and go.mod requires github.com/google/uuid",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for used in used(facts) {
        // What is really built decides; a directory of the project is the project.
        let Some(source) = &used.source else {
            continue;
        };
        for policy in facts.policies {
            if !matches!(verdict(policy, &source.path), Verdict::NotAllowed) {
                continue;
            }
            let mut finding = Finding::new(
                CODE.name,
                CODE.level,
                format!("module {} is not allowed", source.path),
            )
            .with_place(used.place(""));
            if let Some(rule) = policy.table.allow.first() {
                finding = finding.with_place(rule_place(
                    &policy.file,
                    &rule.pattern.span,
                    "only these are",
                ));
            }
            findings.push(
                finding
                    .with_cause("no pattern of `[modules] allow` matches its path")
                    .with_help(format!(
                        "add `\"{}\"` to `allow` in {}",
                        source.path,
                        policy.file.shown.display()
                    ))
                    .with_module(&used.module.path, &used.module.version),
            );
        }
    }
    findings
}
