//! Whether go.mod, as it is, can be what the build list starts from:
//! `cmd/go/internal/modload/buildlist.go` (`initVendor`, `updateUnprunedRoots`) and
//! `modFileIsDirty`. Where it cannot, go says `updates to go.mod needed`.

use super::{CODE, Consistency, place};
use crate::gomod::{ModFile, ModuleVersion, Require, go_version};
use crate::project::File;
use crate::report::Finding;
use std::collections::{HashMap, HashSet};

impl Consistency<'_> {
    /// A workspace has no single list of roots, and go does not look there.
    pub(super) fn roots(&self, findings: &mut Vec<Finding>) {
        let project = self.vendored.project;
        let Some((_, file, value)) = project.mod_files().next().filter(|_| !project.is_workspace())
        else {
            return;
        };
        let mut selected = selected_roots(value);
        let is_pruned = project
            .go_version()
            .is_some_and(|version| go_version::compare(version, "1.17").is_ge());
        if is_pruned {
            // From go 1.17 on, go.mod names every module that the build takes a package from.
            for module in self.vendored.list.vendor_list() {
                if selected.get(module.path.as_str()) != Some(&module.version.as_str()) {
                    let says = "provides packages and should be required explicitly in go.mod";
                    findings.push(self.at_list(module, says));
                }
            }
        } else {
            for module in self.vendored.list.vendor_list() {
                raise(&mut selected, module);
            }
        }
        if findings.is_empty() {
            self.outdated(file, value, &selected, findings);
        }
    }

    /// Requirements that go would rewrite: of an excluded version, and of another version than
    /// the one selected.
    fn outdated(
        &self,
        file: &File,
        value: &ModFile,
        selected: &HashMap<&str, &str>,
        findings: &mut Vec<Finding>,
    ) {
        for require in &value.require {
            let module = &require.module;
            if let Some(exclude) = value.exclude.iter().find(|exclude| exclude.module == *module) {
                let says = "is required in go.mod and excluded there";
                findings.push(self.update(file, require, says).with_place(place(
                    file,
                    &exclude.span,
                    "excluded here",
                )));
            } else if selected.get(module.path.as_str()) != Some(&module.version.as_str()) {
                let says = match selected.get(module.path.as_str()) {
                    Some(&"") => {
                        "is required in go.mod, but a module without a version is selected"
                            .to_owned()
                    }
                    Some(version) => format!("is required in go.mod, but {version} is selected"),
                    None => continue,
                };
                findings.push(self.update(file, require, &says));
            }
        }
    }

    fn update(&self, file: &File, require: &Require, says: &str) -> Finding {
        let module = &require.module;
        Finding::new(CODE.name, CODE.level, format!("{module}: {says}"))
            .with_module(&module.path, &module.version)
            .with_place(place(file, &require.span, "required here"))
            .with_cause("go says no more than `updates to go.mod needed`")
            .with_help("run `go-offline mod tidy`, then `go-offline mod vendor`")
    }
}

/// The versions that go.mod selects by itself: of several requirements for one path the highest,
/// without those on an excluded version (`rootsFromModFile`).
fn selected_roots(value: &ModFile) -> HashMap<&str, &str> {
    let excluded: HashSet<&ModuleVersion> =
        value.exclude.iter().map(|exclude| &exclude.module).collect();
    let mut roots: HashMap<&str, &str> = HashMap::new();
    if let Some(main) = &value.module {
        roots.insert(&main.value, "");
    }
    for require in value.require.iter().filter(|require| !excluded.contains(&require.module)) {
        raise(&mut roots, &require.module);
    }
    roots
}

/// Takes a version for selected if it is higher than what is; none at all, as the main module has
/// it, is higher than any (`cmd/go/internal/modload.cmpVersion`).
fn raise<'a>(selected: &mut HashMap<&'a str, &'a str>, module: &'a ModuleVersion) {
    let known = selected.entry(&module.path).or_insert(&module.version);
    let is_higher = go_version::mod_compare(&module.path, known, &module.version).is_lt();
    if !known.is_empty() && (module.version.is_empty() || is_higher) {
        *known = &module.version;
    }
}
