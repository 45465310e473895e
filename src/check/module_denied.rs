//! `module-denied`: the build uses a module that a rule refuses.

use super::Facts;
use super::module_policy::{Verdict, rule_place, used, verdict};
use crate::report::{Code, Finding, Level};

pub(super) const CODE: Code = Code {
    name: "module-denied",
    level: Level::Deny,
    what: "the project uses a module that `[modules] deny` names",
    why: "Somebody decided against this module. Which rule it was, and its reason, stand beside the line that requires the module.",
    fix: "Use another module, or give the one module a more specific `allow` in go-offline.toml. `go-offline mod why -m MODULE` says who needs it.",
    example: "deny = [{ path = \"github.com/evil/*\", reason = \"abandoned\" }]",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for used in used(facts) {
        for policy in facts.policies {
            let denied = used.paths().find_map(|path| match verdict(policy, path) {
                Verdict::Denied(rule) => Some((path, rule)),
                _ => None,
            });
            let Some((path, rule)) = denied else {
                continue;
            };
            let cause = match rule.reason.as_str() {
                "" => "the rule gives no reason".to_owned(),
                reason => format!("the rule says: {reason}"),
            };
            let pattern = rule.pattern.value.text();
            findings.push(
                Finding::new(
                    CODE.name,
                    CODE.level,
                    format!("module {path} is denied by `{pattern}`"),
                )
                .with_place(used.place(""))
                .with_place(rule_place(&policy.file, &rule.pattern.span, "this rule"))
                .with_cause(cause)
                .with_help(format!(
                    "run `go-offline mod why -m {}` to see who needs it",
                    used.module.path
                ))
                .with_module(&used.module.path, &used.module.version),
            );
        }
    }
    findings
}
