//! `vendor-missing`: the profile builds from vendor/, and its list is not there.

use super::Facts;
use super::facts::{place, vendor_help};
use crate::report::{Code, Finding, Level, Place};

pub(super) const CODE: Code = Code {
    name: "vendor-missing",
    level: Level::Deny,
    what: "go.mod requires modules, and vendor/modules.txt is not there",
    why: "Without modules.txt nothing says which module and version the vendored packages are of, so neither go nor anybody else can tell whether they are the ones that go.mod and go.sum name.",
    fix: "Run `go-offline mod vendor` (`go-offline work vendor` in a workspace) and commit the whole vendor directory; see whether a .gitignore swallows modules.txt.",
    example: "a repository whose .gitignore holds `*.txt` was cloned afresh",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let (Some(project), Some(vendor)) = (facts.project_to_check(), facts.vendor) else {
        return Vec::new();
    };
    if !facts.uses_vendor || vendor.list.is_some() {
        return Vec::new();
    }
    let first = project.mod_files().find_map(|(_, file, value)| {
        let required = value.require.first().map(|require| (file, &require.span));
        required.or_else(|| value.replace.first().map(|replace| (file, &replace.span)))
    });
    let Some((file, span)) = first else {
        return Vec::new();
    };
    let list = vendor.shown.join("modules.txt");
    let cause = if vendor.exists {
        format!("{} exists but holds no modules.txt", vendor.shown.display())
    } else {
        format!("{} does not exist", vendor.shown.display())
    };
    let finding = Finding::new(CODE.name, CODE.level, format!("{} is missing", list.display()))
        .with_place(place(file, span, "needs it"))
        .with_place(Place::Path(list))
        .with_cause(cause)
        .with_help(vendor_help(project));
    vec![finding]
}
