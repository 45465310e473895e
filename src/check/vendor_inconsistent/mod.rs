//! `vendor-inconsistent`: modules.txt and go.mod contradict each other. The checks and their
//! words are those of `cmd/go/internal/modload/vendor.go` (`checkVendorConsistency`,
//! `readVendorList`) and `buildlist.go` (`initVendor`); those of `ours.rs` are ours.

mod ours;
mod roots;

use super::Facts;
use super::facts::{Replaced, Vendored, place, replacement, vendor_help};
use crate::gomod::{ModuleVersion, Require, go_version};
use crate::project::File;
use crate::report::{Code, Finding, Level};
use std::collections::HashSet;

pub(super) const CODE: Code = Code {
    name: "vendor-inconsistent",
    level: Level::Deny,
    what: "vendor/modules.txt and go.mod (or go.work) contradict each other",
    why: "The vendored packages are not of the versions that go.mod names. go refuses to build, unless -mod turns vendor/ off.",
    fix: "Run `go-offline mod vendor` (`go-offline work vendor` in a workspace) and commit go.mod, go.sum and vendor together.",
    example: "golang.org/x/text@v0.15.0: is explicitly required in go.mod, but not marked as explicit in vendor/modules.txt",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(vendored) = facts.vendored() else {
        return Vec::new();
    };
    let rule = Consistency { vendored, relaxed: is_relaxed(&vendored) };
    let mut findings = Vec::new();
    rule.requirements(&mut findings);
    rule.replacements(&mut findings);
    rule.explicit_marks(&mut findings);
    rule.replacement_marks(&mut findings);
    if findings.is_empty() {
        // As in go, which gets here only if the lists agree: it would say the same once more.
        rule.roots(&mut findings);
    }
    rule.strange_packages(&mut findings);
    rule.strange_lines(facts.go_version, &mut findings);
    if let Some(running) = facts.go_version {
        rule.go_versions(running, &mut findings);
    }
    findings
}

/// Before go 1.14 modules.txt said too little to check it (`pre114`). A missing go line counts as
/// older than any version; workspaces came later.
fn is_relaxed(vendored: &Vendored<'_>) -> bool {
    let version = vendored.project.go_version().unwrap_or_default();
    !vendored.project.is_workspace() && go_version::compare(version, "1.14").is_lt()
}

struct Consistency<'a> {
    vendored: Vendored<'a>,
    relaxed: bool,
}

impl Consistency<'_> {
    /// Each requirement must be marked as explicit.
    fn requirements(&self, findings: &mut Vec<Finding>) {
        for (_, file, value) in self.vendored.project.mod_files() {
            for require in &value.require {
                let marked =
                    self.vendored.list.meta(&require.module).is_some_and(|meta| meta.explicit);
                if !marked {
                    findings.extend(self.requirement(file, require));
                }
            }
        }
    }

    fn requirement(&self, file: &File, require: &Require) -> Option<Finding> {
        let module = &require.module;
        let listed = self.listed_version(&module.path);
        if self.relaxed {
            let version = self.vendored.list.vendor_version(&module.path)?;
            if version == module.version {
                return None;
            }
            let says = format!(
                "is explicitly required in go.mod, but {} indicates {}@{version}",
                self.vendored.name(),
                module.path
            );
            return Some(self.at_requirement(file, require, &says, listed));
        }
        let says = format!(
            "is explicitly required in {}, but not marked as explicit in {}",
            file.shown.display(),
            self.vendored.name()
        );
        let finding = self.at_requirement(file, require, &says, listed.clone());
        Some(match listed {
            Some(listed) if listed.version != module.version => finding.with_cause(format!(
                "{} lists {}: go.mod was changed after `go mod vendor`, or the list was edited",
                self.vendored.name(),
                listed.version
            )),
            Some(_) => finding.with_cause("the list has this version without `## explicit`"),
            None => finding.with_cause("the list does not have this module"),
        })
    }

    fn at_requirement(
        &self,
        file: &File,
        require: &Require,
        says: &str,
        listed: Option<ModuleVersion>,
    ) -> Finding {
        let mut finding = self.finding(&require.module, says).with_place(place(
            file,
            &require.span,
            "required here",
        ));
        if let Some(at) = listed.and_then(|listed| self.vendored.place(&listed, "listed here")) {
            finding = finding.with_place(at);
        }
        finding
    }

    /// The module as the list has it, in whatever version.
    fn listed_version(&self, path: &str) -> Option<ModuleVersion> {
        let entries = &self.vendored.list.entries;
        let entry = entries
            .iter()
            .find(|entry| entry.module.path == path && !entry.module.version.is_empty());
        entry.map(|entry| entry.module.clone())
    }

    /// Each replacement must be recorded as it is.
    fn replacements(&self, findings: &mut Vec<Finding>) {
        let project = self.vendored.project;
        let of_modules = project.mod_files().flat_map(|(_, _, value)| &value.replace);
        let of_work = project
            .work
            .iter()
            .filter_map(|work| work.value.as_ref().ok())
            .flat_map(|work| &work.replace);
        let mut seen = HashSet::new();
        for replace in of_modules.chain(of_work) {
            if !seen.insert(&replace.old) {
                continue;
            }
            let in_force = replacement(project, &replace.old);
            let recorded =
                self.vendored.list.meta(&replace.old).and_then(|meta| meta.replacement.clone());
            findings.extend(self.replacement(&replace.old, in_force, recorded));
        }
    }

    fn replacement(
        &self,
        old: &ModuleVersion,
        in_force: Option<Replaced<'_>>,
        recorded: Option<ModuleVersion>,
    ) -> Option<Finding> {
        let list = self.vendored.name();
        let Some(recorded) = recorded else {
            let replacement = in_force?;
            let version = self.vendored.list.vendor_version(&old.path);
            if self.relaxed && (old.version.is_empty() || version != Some(old.version.as_str())) {
                return None;
            }
            let says = format!(
                "is replaced in {}, but not marked as replaced in {list}",
                replacement.file.shown.display()
            );
            return Some(self.finding(old, &says).with_place(place(
                replacement.file,
                replacement.span,
                "replaced here",
            )));
        };
        // A recorded replacement of what is not replaced is another check's; so go says it twice.
        let replacement = in_force?;
        if replacement.canonical == recorded {
            return None;
        }
        let says = format!(
            "is replaced by {} in {}, but marked as replaced by {recorded} in {list}",
            replacement.written,
            replacement.file.shown.display()
        );
        let mut finding = self.finding(old, &says).with_place(place(
            replacement.file,
            replacement.span,
            "replaced here",
        ));
        if let Some(at) = self.vendored.place(old, "recorded here") {
            finding = finding.with_place(at);
        }
        Some(finding)
    }

    /// What is marked as explicit and has packages must be required.
    fn explicit_marks(&self, findings: &mut Vec<Finding>) {
        let project = self.vendored.project;
        let article = if project.is_workspace() { "a " } else { "" };
        let required = self.required_versions();
        for module in self.vendored.list.vendor_list() {
            let explicit = self.vendored.list.meta(module).is_some_and(|meta| meta.explicit);
            if explicit && !required.contains(module) {
                let says = format!(
                    "is marked as explicit in {}, but not explicitly required in {article}go.mod",
                    self.vendored.name()
                );
                findings.push(self.at_list(module, &says));
            }
        }
    }

    /// What is marked as replaced must be replaced.
    fn replacement_marks(&self, findings: &mut Vec<Finding>) {
        let project = self.vendored.project;
        let by = if project.is_workspace() { "the workspace" } else { "go.mod" };
        for module in self.vendored.list.replaced() {
            if replacement(project, module).is_none() {
                let says = format!(
                    "is marked as replaced in {}, but not replaced in {by}",
                    self.vendored.name()
                );
                findings.push(self.at_list(module, &says));
            }
        }
    }

    /// A module may ask for a newer go than the one that runs, even if nothing of it is used.
    fn go_versions(&self, running: &str, findings: &mut Vec<Finding>) {
        for entry in &self.vendored.list.entries {
            let Some(version) = &entry.go_version else {
                continue;
            };
            if go_version::compare(&version.value, running).is_gt() {
                let says = format!(
                    "in {} requires go >= {} (running go {running})",
                    self.vendored.name(),
                    version.value
                );
                let finding = Finding::new(
                    CODE.name,
                    CODE.level,
                    format!("{} {says}", entry.module.path),
                )
                .with_module(&entry.module.path, &entry.module.version)
                .with_place(place(self.vendored.file, &version.span, "asks for a newer go"))
                .with_help(format!(
                    "install go {} or newer and put it first on PATH, or name it in GO_OFFLINE_GO",
                    version.value
                ));
                findings.push(finding);
            }
        }
    }

    fn at_list(&self, module: &ModuleVersion, says: &str) -> Finding {
        let mut finding = self.finding(module, says);
        if let Some(at) = self.vendored.place(module, "") {
            finding = finding.with_place(at);
        }
        if let Some((file, require)) = self.required(&module.path) {
            finding = finding
                .with_place(place(file, &require.span, "required in this version"))
                .with_cause("go.mod was changed after `go mod vendor`, or the list was edited");
        }
        finding
    }

    /// Every version that a go.mod requires.
    fn required_versions(&self) -> HashSet<&ModuleVersion> {
        let files = self.vendored.project.mod_files();
        files.flat_map(|(_, _, value)| &value.require).map(|require| &require.module).collect()
    }

    fn required(&self, path: &str) -> Option<(&File, &Require)> {
        self.vendored.project.mod_files().find_map(|(_, file, value)| {
            let require = value.require.iter().find(|require| require.module.path == path)?;
            Some((file, require))
        })
    }

    fn finding(&self, module: &ModuleVersion, says: &str) -> Finding {
        Finding::new(CODE.name, CODE.level, format!("{module}: {says}"))
            .with_module(&module.path, &module.version)
            // go's own words for all of it: gopls offers to mend the list where it reads them.
            .with_help(format!(
                "go calls this inconsistent vendoring; {}",
                vendor_help(self.vendored.project)
            ))
    }
}
