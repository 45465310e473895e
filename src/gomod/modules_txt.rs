//! vendor/modules.txt, as read by cmd/go/internal/modload/vendor.go `readVendorList`.
//!
//! Go keeps what it reads in maps by module version, so that the same module in two places is one.
//! [`ModulesTxt::entries`] has the file as written; the methods give Go's view of it.

use std::collections::HashMap;

use super::module_path::check_import_path;
use super::position::{Span, Spanned};
use super::{ModuleVersion, go_version, semver};

/// A vendor/modules.txt file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModulesTxt {
    /// Whether `go work vendor` wrote it.
    pub workspace: bool,
    /// The `# ` lines that Go understands, in file order, each with the lines after it.
    pub entries: Vec<VendoredModule>,
    /// The lines that Go passes over, and why; blank lines are not listed. A module line whose
    /// replacement makes no sense is listed here and in `entries`, as Go takes the module.
    pub ignored: Vec<Spanned<String>>,
    metas: HashMap<ModuleVersion, Merged>,
    /// The last entry with a package of the module path, by its number.
    versions: HashMap<String, usize>,
    /// The entry that a package belongs to.
    packages: HashMap<String, usize>,
    vendor_list: Vec<usize>,
    replaced: Vec<usize>,
}

/// One `# ` line and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendoredModule {
    /// The module; an empty version where the line replaces every version.
    pub module: ModuleVersion,
    /// What stands in for the module; a directory has an empty version.
    pub replacement: Option<ModuleVersion>,
    /// Whether go.mod requires the module.
    pub explicit: bool,
    /// The version of the module's own go directive.
    pub go_version: Option<Spanned<String>>,
    /// The packages copied, in file order.
    pub packages: Vec<Spanned<String>>,
    /// The bytes of the `# ` line.
    pub span: Span,
}

/// What all entries of one module version say together: vendor.go `vendorMetadata`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// Whether any entry is explicit.
    pub explicit: bool,
    /// The last replacement.
    pub replacement: Option<ModuleVersion>,
    /// The last Go version.
    pub go_version: Option<Spanned<String>>,
    /// The bytes of the first `# ` line.
    pub span: Span,
}

impl ModulesTxt {
    /// Parses a modules.txt file. Go refuses nothing here: what it does not understand it passes
    /// over, and so do we, with a note in [`ModulesTxt::ignored`].
    pub fn parse(text: &str) -> ModulesTxt {
        let mut txt = ModulesTxt {
            workspace: ModulesTxt::is_for_workspace(text),
            ..ModulesTxt::default()
        };
        let mut reader = Reader {
            txt: &mut txt,
            current: None,
        };
        let mut start = 0;
        for line in text.split('\n') {
            reader.line(line, start);
            start += line.len() + 1;
        }
        txt
    }

    /// Reports whether `go work vendor` wrote the file, by its first line within its first 512
    /// bytes: modload/init.go `modulesTextIsForWorkspace`.
    pub fn is_for_workspace(text: &str) -> bool {
        let head = &text.as_bytes()[..text.len().min(512)];
        let line = head.split(|&b| b == b'\n').next().unwrap_or_default();
        // The cut may go through a character; what is left of it is no part of any word.
        let line = String::from_utf8_lossy(line);
        let Some(annotations) = line.strip_prefix("## ") else {
            return false;
        };
        annotations
            .split(';')
            .any(|entry| entry.trim() == "workspace")
    }

    /// Returns what is said about a module version; `None` where no line names it.
    pub fn meta(&self, module: &ModuleVersion) -> Option<&Merged> {
        self.metas.get(module)
    }

    /// Returns the modules with packages, in order: vendor.go `vendorList`.
    ///
    /// A path is listed again only where a newer version of it has a package further down.
    pub fn vendor_list(&self) -> Vec<&ModuleVersion> {
        self.vendor_list
            .iter()
            .map(|&entry| &self.entries[entry].module)
            .collect()
    }

    /// Returns the newest version with a package of a module path: vendor.go `vendorVersion`.
    pub fn vendor_version(&self, path: &str) -> Option<&str> {
        self.versions
            .get(path)
            .map(|&entry| self.entries[entry].module.version.as_str())
    }

    /// Returns the modules with a replacement, in order, repeated ones included: `vendorReplaced`.
    pub fn replaced(&self) -> Vec<&ModuleVersion> {
        self.replaced
            .iter()
            .map(|&entry| &self.entries[entry].module)
            .collect()
    }

    /// Returns the module that a package is listed under, the last one where there are several:
    /// vendor.go `vendorPkgModule`.
    pub fn package_module(&self, package: &str) -> Option<&ModuleVersion> {
        self.packages
            .get(package)
            .map(|&entry| &self.entries[entry].module)
    }
}

struct Reader<'a> {
    txt: &'a mut ModulesTxt,
    /// The entry that the next lines belong to.
    current: Option<usize>,
}

impl Reader<'_> {
    fn line(&mut self, line: &str, start: usize) {
        if let Some(module) = line.strip_prefix("# ") {
            return self.module_line(module, span_of(line, start));
        }
        let Some(entry) = self.current else {
            let names_workspace = start == 0 && self.txt.workspace;
            if !names_workspace {
                self.ignore(span_of(line, start), "no module line before it");
            }
            return;
        };
        match line.strip_prefix("## ") {
            Some(annotations) => self.annotations(entry, line, annotations, start),
            None => self.package(entry, line, start),
        }
    }

    /// Reads the line of a module, from behind its `# `.
    fn module_line(&mut self, line: &str, span: Span) {
        let mut fields = line.split_whitespace();
        let (Some(path), Some(version)) = (fields.next(), fields.next()) else {
            // The lines after it go on to belong to the module before.
            return self.ignore(span, "a module line has a path and a version");
        };
        let (version, arrow) = match version {
            "=>" => ("", Some("=>")),
            version if semver::is_valid(version) => (version, fields.next()),
            _ => {
                self.current = None;
                return self.ignore(span, "neither a version nor `=>` after the path");
            }
        };
        let replacement = if arrow == Some("=>") {
            replacement(fields)
        } else {
            None
        };
        if arrow.is_some() && replacement.is_none() {
            self.ignore(span.clone(), "not a replacement behind the module");
        }
        self.add_entry(ModuleVersion::new(path, version), replacement, span);
    }

    fn add_entry(&mut self, module: ModuleVersion, replacement: Option<ModuleVersion>, span: Span) {
        let number = self.txt.entries.len();
        self.current = Some(number);
        let meta = self
            .txt
            .metas
            .entry(module.clone())
            .or_insert_with(|| Merged {
                explicit: false,
                replacement: None,
                go_version: None,
                span: span.clone(),
            });
        if replacement.is_some() {
            meta.replacement.clone_from(&replacement);
            self.txt.replaced.push(number);
        }
        self.txt.entries.push(VendoredModule {
            module,
            replacement,
            explicit: false,
            go_version: None,
            packages: Vec::new(),
            span,
        });
    }

    /// Reads the entries of a `## ` line; unknown ones are kept for later versions of Go.
    fn annotations(&mut self, entry: usize, line: &str, annotations: &str, start: usize) {
        let mut known = false;
        let mut at = start + line.len() - annotations.len();
        for annotation in annotations.split(';') {
            let trimmed = annotation.trim();
            if trimmed == "explicit" {
                self.set(entry, |explicit, _| *explicit = true);
                known = true;
            }
            if let Some(version) = trimmed.strip_prefix("go ") {
                let end = at + annotation.trim_end().len();
                let spanned = Spanned {
                    value: version.to_owned(),
                    span: end - version.len()..end,
                };
                self.set(entry, |_, go_version| *go_version = Some(spanned.clone()));
                known = true;
            }
            at += annotation.len() + 1;
        }
        if !known {
            self.ignore(span_of(line, start), "no annotation that Go knows");
        }
    }

    /// Sets a mark both at the entry and in Go's view.
    fn set(&mut self, entry: usize, mark: impl Fn(&mut bool, &mut Option<Spanned<String>>)) {
        let entry = &mut self.txt.entries[entry];
        mark(&mut entry.explicit, &mut entry.go_version);
        if let Some(meta) = self.txt.metas.get_mut(&entry.module) {
            mark(&mut meta.explicit, &mut meta.go_version);
        }
    }

    fn package(&mut self, entry: usize, line: &str, start: usize) {
        let mut fields = line.split_whitespace();
        let package = match (fields.next(), fields.next()) {
            (None, _) => return,
            (Some(package), None) if check_import_path(package).is_ok() => package,
            _ => return self.ignore(span_of(line, start), "not an import path"),
        };
        let module = &mut self.txt.entries[entry];
        module.packages.push(Spanned {
            value: package.to_owned(),
            span: span_of(line, start),
        });
        self.txt.packages.insert(package.to_owned(), entry);
        self.select(entry);
    }

    /// A module with a package is in the build, at the newest version that has one.
    fn select(&mut self, entry: usize) {
        let txt = &mut *self.txt;
        let module = &txt.entries[entry].module;
        let newer = match txt.versions.get(&module.path) {
            Some(&known) => go_version::mod_compare(
                &module.path,
                &txt.entries[known].module.version,
                &module.version,
            )
            .is_lt(),
            None => true,
        };
        if newer {
            txt.versions.insert(module.path.clone(), entry);
            txt.vendor_list.push(entry);
        }
    }

    fn ignore(&mut self, span: Span, reason: &str) {
        if !span.is_empty() {
            self.txt.ignored.push(Spanned {
                value: reason.to_owned(),
                span,
            });
        }
    }
}

/// Reads what follows an `=>`: a directory, or a path and a version; anything else is none.
fn replacement<'t>(mut fields: impl Iterator<Item = &'t str>) -> Option<ModuleVersion> {
    match (fields.next()?, fields.next(), fields.next()) {
        (directory, None, _) => Some(ModuleVersion::new(directory, "")),
        (path, Some(version), None) if semver::is_valid(version) => {
            Some(ModuleVersion::new(path, version))
        }
        _ => None,
    }
}

/// The bytes of a line, which starts at `start`, without space around it.
fn span_of(line: &str, start: usize) -> Span {
    let start = start + line.len() - line.trim_start().len();
    start..start + line.trim().len()
}
