//! `vendor-package-missing`: modules.txt lists a package that vendor/ does not have.

use super::Facts;
use super::facts::{place, vendor_help};
use crate::report::{Code, Finding, Level};
use std::collections::HashSet;

pub(super) const CODE: Code = Code {
    name: "vendor-package-missing",
    level: Level::Deny,
    what: "modules.txt lists a package, and vendor/ has no directory with Go files for it",
    why: "The vendored tree is not whole. go does not notice until something imports the package, on whatever platform that is.",
    fix: "Run `go-offline mod vendor` and commit the whole vendor directory; see whether a .gitignore swallows the directory.",
    example: "golang.org/x/sys/windows is listed, vendor/golang.org/x/sys/windows was deleted to save space",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let (Some(vendored), Some(tree)) = (facts.vendored(), facts.tree) else {
        return Vec::new();
    };
    let missing: HashSet<&str> = tree.missing.iter().map(String::as_str).collect();
    let mut findings = Vec::new();
    for entry in &vendored.list.entries {
        for package in
            entry.packages.iter().filter(|package| missing.contains(package.value.as_str()))
        {
            let message = format!(
                "package {} is listed in {}, but vendor/ has no Go file of it",
                package.value,
                vendored.name()
            );
            findings.push(
                Finding::new(CODE.name, CODE.level, message)
                    .with_module(&entry.module.path, &entry.module.version)
                    .with_place(place(vendored.file, &package.span, "listed here"))
                    .with_cause(
                        "the directory was deleted or is ignored by git, or the list was edited",
                    )
                    .with_help(vendor_help(vendored.project)),
            );
        }
    }
    findings
}
