//! `private-leak`: a profile would ask somebody else for a private module.

use super::Facts;
use super::module_policy::{rule_place, used};
use crate::report::{Code, Finding, Level};

pub(super) const CODE: Code = Code {
    name: "private-leak",
    level: Level::Deny,
    what: "the profile has more than one module proxy, and a private module would be asked of all of them",
    why: "go asks each proxy of the list in turn, so the name of a module that only the first one has is told to the others. A name alone can give away a customer or a product.",
    fix: "Let the profile have one proxy, the site's own, which knows where everything else is; or take private modules directly by a profile that inherits `online`, where `[modules] private` goes into GONOPROXY and GONOSUMDB.",
    example: "proxy = \"http://athens.internal:3000,http://mirror.example\" and private = [\"git.acme.example/**\"]",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let [_, others @ ..] = facts.command.proxies.as_slice() else {
        return Vec::new();
    };
    let Some(other) = others.first() else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for used in used(facts) {
        let Some(source) = &used.source else {
            continue;
        };
        let private = facts.policies.iter().find_map(|policy| {
            let mut private = policy.table.private.iter();
            Some((policy, private.find(|pattern| pattern.value.matches(&source.path))?))
        });
        let Some((policy, pattern)) = private else {
            continue;
        };
        findings.push(
            Finding::new(
                CODE.name,
                CODE.level,
                format!("private module {} would be asked of {other}", source.path),
            )
            .with_place(used.place(""))
            .with_place(rule_place(&policy.file, &pattern.span, "private"))
            .with_cause(format!(
                "profile {} has {} proxies, and go asks them in turn",
                facts.command.profile,
                others.len() + 1
            ))
            .with_help("leave one proxy in the profile: the site's own")
            .with_module(&used.module.path, &used.module.version),
        );
    }
    findings
}
