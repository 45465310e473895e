//! What modules.txt never looks like when `go mod vendor` has written it, and go does not look at
//! (`cmd/go/internal/modcmd/vendor.go`). What would make go compile something else is denied;
//! what go passes over is worth a warning, since somebody meant something by it.

use super::{CODE, Consistency, place, vendor_help};
use crate::gomod::{ModuleVersion, Span, VendoredModule, go_version};
use crate::report::{Finding, Level};
use std::collections::{HashMap, HashSet};

impl Consistency<'_> {
    /// A package that cannot be the module's: go does not look, and takes it for the module's.
    pub(super) fn strange_packages(&self, findings: &mut Vec<Finding>) {
        let mut listed: HashMap<&str, &ModuleVersion> = HashMap::new();
        for entry in &self.vendored.list.entries {
            let module = &entry.module;
            if let (true, Some(first)) =
                (self.vendored.project.is_main(&module.path), entry.packages.first())
            {
                let says = format!(
                    "package {} is listed under {module}, which is built from its own directory, not from vendor/",
                    first.value
                );
                findings.push(self.strange(entry, &first.span, says));
            }
            // go takes the highest version for all: the files of a lower one would pass for its.
            let highest = self.vendored.list.vendor_version(&module.path);
            if let (Some(first), Some(highest)) =
                (entry.packages.first(), highest.filter(|highest| *highest != module.version))
            {
                let says = format!(
                    "package {} is listed under {module}, while {highest} of it is vendored as well",
                    first.value
                );
                findings.push(self.strange(entry, &first.span, says));
            }
            for package in &entry.packages {
                let below = package.value.strip_prefix(module.path.as_str());
                if !below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
                    let says = format!(
                        "package {} is listed under module {module}, which cannot contain it",
                        package.value
                    );
                    findings.push(self.strange(entry, &package.span, says));
                }
                let first = *listed.entry(&package.value).or_insert(module);
                if first != module {
                    let says = format!(
                        "package {} is listed under {first} and again under {module}",
                        package.value
                    );
                    findings.push(self.strange(entry, &package.span, says));
                }
            }
        }
    }

    /// Lines that nothing comes of, and annotations that cannot be true.
    pub(super) fn strange_lines(&self, running: Option<&str>, findings: &mut Vec<Finding>) {
        let list = self.vendored.list;
        for entry in &list.entries {
            let go = entry.go_version.as_ref();
            if let Some(go) = go.filter(|go| !go_version::is_valid(&go.value)) {
                let says = format!(
                    "{} is listed with go `{}`, which is no version",
                    entry.module, go.value
                );
                findings.push(self.strange(entry, &go.span, says));
            }
        }
        for ignored in &list.ignored {
            let says = format!("go passes over this line: {}", ignored.value);
            findings.push(self.odd(&ignored.span, &says));
        }
        self.unneeded_modules(findings);
        self.go_newer_than_main(running, findings);
    }

    /// A module stands in the list because it is required, because it has packages, or because it
    /// is replaced; and it stands there once.
    fn unneeded_modules(&self, findings: &mut Vec<Finding>) {
        let required = self.required_versions();
        let mut seen = HashSet::new();
        for entry in &self.vendored.list.entries {
            let module = &entry.module;
            if !seen.insert(module) {
                findings.push(self.odd(&entry.span, &format!("{module} is listed twice")));
            } else if entry.packages.is_empty()
                && !required.contains(module)
                && (entry.explicit || entry.replacement.is_none())
            {
                let says =
                    format!("{module} is listed, but nothing requires it and it has no package");
                findings.push(self.odd(&entry.span, &says));
            }
        }
    }

    /// From go 1.21 on, a module's go line is at least that of each module it requires.
    fn go_newer_than_main(&self, running: Option<&str>, findings: &mut Vec<Finding>) {
        let project = self.vendored.project;
        let Some(main) = project.go_version().filter(|_| !project.is_workspace()) else {
            return;
        };
        if go_version::compare(main, "1.21").is_lt() {
            return;
        }
        for entry in &self.vendored.list.entries {
            let Some(go) = &entry.go_version else {
                continue;
            };
            // One that is even newer than the go that runs is denied for that.
            let is_denied =
                running.is_some_and(|go_runs| go_version::compare(&go.value, go_runs).is_gt());
            if !is_denied && go_version::compare(&go.value, main).is_gt() {
                let says = format!(
                    "{} is listed with go {}, which is more than the go {main} of go.mod",
                    entry.module, go.value
                );
                findings.push(self.odd(&go.span, &says));
            }
        }
    }

    fn strange(&self, entry: &VendoredModule, span: &Span, says: String) -> Finding {
        Finding::new(CODE.name, CODE.level, says)
            .with_module(&entry.module.path, &entry.module.version)
            .with_place(place(self.vendored.file, span, ""))
            .with_cause("a line of the list was added, removed or changed")
            .with_help(vendor_help(self.vendored.project))
    }

    fn odd(&self, span: &Span, says: &str) -> Finding {
        Finding::new(CODE.name, Level::Warn, format!("{}: {says}", self.vendored.name()))
            .with_place(place(self.vendored.file, span, ""))
            .with_cause(
                "go does not write this; the list was edited, or go.mod was changed after it",
            )
            .with_help(vendor_help(self.vendored.project))
    }
}
