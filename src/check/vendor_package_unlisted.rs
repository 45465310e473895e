//! `vendor-package-unlisted`: vendor/ has a package that modules.txt does not list.

use super::Facts;
use super::facts::vendor_help;
use crate::report::{Code, Finding, Level, Place};

pub(super) const CODE: Code = Code {
    name: "vendor-package-unlisted",
    level: Level::Deny,
    what: "vendor/ has a directory of Go files that modules.txt does not list",
    why: "No module vouches for the files, so no checksum does. With a go line below 1.23 the go command compiles such a package without a word when something imports it; from 1.23 on it refuses.",
    fix: "Run `go-offline mod vendor`: it removes what is not needed and lists what is.",
    example: "vendor/evil.example/x/x.go was added by hand",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let (Some(project), Some(vendor), Some(tree)) =
        (facts.project_to_check(), facts.vendor, facts.tree)
    else {
        return Vec::new();
    };
    // Where nothing is required go builds from vendor/ without any list; `vendor-missing` says the
    // rest.
    if !facts.uses_vendor || !project.is_readable() {
        return Vec::new();
    }
    let list = vendor.shown.join("modules.txt");
    let mut findings = Vec::new();
    for unlisted in &tree.unlisted {
        let path = project.shown(&unlisted.dir.join(&unlisted.file));
        let message = format!(
            "package {} lies in vendor/, but {} does not list it",
            unlisted.package,
            list.display()
        );
        let cause = "the directory was added by hand, or the list was edited; no vendored file of a listed package embeds its files";
        let help = match facts.bytes {
            Some(_) => vendor_help(project),
            // Neither a test nor a file that no build takes is vendored, but what they embed is.
            None => format!(
                "{}; whether a test embeds them is seen with `--verify bytes`",
                vendor_help(project)
            ),
        };
        findings.push(
            Finding::new(CODE.name, CODE.level, message)
                .with_place(Place::Path(path))
                .with_cause(cause)
                .with_help(help),
        );
    }
    findings
}
