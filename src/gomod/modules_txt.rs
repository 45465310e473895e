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
    /// The lines that Go passes over, and why; blank lines are not listed, and of a
    /// `## ` line only the annotation. A module line whose
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

impl VendoredModule {
    /// The import paths of the packages copied, in file order.
    pub fn imports(&self) -> impl Iterator<Item = &str> {
        self.packages.iter().map(|package| package.value.as_str())
    }
}

impl ModulesTxt {
    /// Parses a modules.txt file. Go refuses nothing here: what it does not understand it passes
    /// over, and so do we, with a note in [`ModulesTxt::ignored`].
    pub fn parse(text: &str) -> ModulesTxt {
        let mut txt =
            ModulesTxt { workspace: ModulesTxt::is_for_workspace(text), ..ModulesTxt::default() };
        let mut reader = Reader { txt: &mut txt, current: None };
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
        annotations.split(';').any(|entry| entry.trim() == "workspace")
    }

    /// The modules that provide packages, in file order.
    pub fn providers(&self) -> impl Iterator<Item = &VendoredModule> {
        self.entries.iter().filter(|entry| !entry.packages.is_empty())
    }

    /// Returns what is said about a module version; `None` where no line names it.
    pub fn meta(&self, module: &ModuleVersion) -> Option<&Merged> {
        self.metas.get(module)
    }

    /// Returns the modules with packages, in order: vendor.go `vendorList`.
    ///
    /// A path is listed again only where a newer version of it has a package further down.
    pub fn vendor_list(&self) -> Vec<&ModuleVersion> {
        self.vendor_list.iter().map(|&entry| &self.entries[entry].module).collect()
    }

    /// Returns the newest version with a package of a module path: vendor.go `vendorVersion`.
    pub fn vendor_version(&self, path: &str) -> Option<&str> {
        self.versions.get(path).map(|&entry| self.entries[entry].module.version.as_str())
    }

    /// Returns the modules with a replacement, in order, repeated ones included: `vendorReplaced`.
    pub fn replaced(&self) -> Vec<&ModuleVersion> {
        self.replaced.iter().map(|&entry| &self.entries[entry].module).collect()
    }

    /// Returns the module that a package is listed under, the last one where there are several:
    /// vendor.go `vendorPkgModule`.
    pub fn package_module(&self, package: &str) -> Option<&ModuleVersion> {
        self.packages.get(package).map(|&entry| &self.entries[entry].module)
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
        let replacement = if arrow == Some("=>") { replacement(fields) } else { None };
        if arrow.is_some() && replacement.is_none() {
            self.ignore(span.clone(), "not a replacement behind the module");
        }
        self.add_entry(ModuleVersion::new(path, version), replacement, span);
    }

    fn add_entry(&mut self, module: ModuleVersion, replacement: Option<ModuleVersion>, span: Span) {
        let number = self.txt.entries.len();
        self.current = Some(number);
        let meta = self.txt.metas.entry(module.clone()).or_insert_with(|| Merged {
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
        let mut at = start + line.len() - annotations.len();
        for annotation in annotations.split(';') {
            let trimmed = annotation.trim();
            if trimmed == "explicit" {
                self.set(entry, |explicit, _| *explicit = true);
            } else if let Some(version) = trimmed.strip_prefix("go ") {
                let end = at + annotation.trim_end().len();
                let spanned = Spanned { value: version.to_owned(), span: end - version.len()..end };
                self.set(entry, |_, go_version| *go_version = Some(spanned.clone()));
            } else {
                self.ignore(span_of(annotation, at), "no annotation that Go knows");
            }
            at += annotation.len() + 1;
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
        self.txt.packages.insert(package.to_owned(), entry);
        let module = &mut self.txt.entries[entry];
        module.packages.push(Spanned { value: package.to_owned(), span: span_of(line, start) });
        if module.packages.len() == 1 {
            self.select(entry);
        }
    }

    /// A module with a package is in the build, at the newest version that has one. The first
    /// package of an entry decides; the others can say nothing new.
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
            self.txt.ignored.push(Spanned { value: reason.to_owned(), span });
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

#[cfg(test)]
mod tests {
    use super::*;

    fn module(path: &str, version: &str) -> ModuleVersion {
        ModuleVersion::new(path, version)
    }

    fn values(list: &[Spanned<String>]) -> Vec<&str> {
        list.iter().map(|item| item.value.as_str()).collect()
    }

    #[test]
    fn every_form_of_line() {
        let text = "\
## workspace
# a.b/a v1.0.0
## explicit; go 1.21
a.b/a
a.b/a/x
# a.b/b v1.0.0 => ../b
## explicit
a.b/b
# a.b/c v1.0.0 => a.b/d v1.2.0
## go 1.17
a.b/c
# a.b/e v1.0.0
# a.b/c => a.b/d v1.2.0
# a.b/f v1.0.0 => ./f
";
        let txt = ModulesTxt::parse(text);
        assert!(txt.workspace);
        assert_eq!(txt.ignored, []);
        let shown: Vec<String> = txt
            .entries
            .iter()
            .map(|entry| {
                let new = entry.replacement.as_ref().map(ToString::to_string);
                let go = entry.go_version.as_ref().map(|go| &text[go.span.clone()]);
                let packages = values(&entry.packages);
                format!("{} {new:?} {} {go:?} {packages:?}", entry.module, entry.explicit)
            })
            .collect();
        assert_eq!(
            shown,
            [
                r#"a.b/a@v1.0.0 None true Some("1.21") ["a.b/a", "a.b/a/x"]"#,
                r#"a.b/b@v1.0.0 Some("../b") true None ["a.b/b"]"#,
                r#"a.b/c@v1.0.0 Some("a.b/d@v1.2.0") false Some("1.17") ["a.b/c"]"#,
                r#"a.b/e@v1.0.0 None false None []"#,
                r#"a.b/c Some("a.b/d@v1.2.0") false None []"#,
                r#"a.b/f@v1.0.0 Some("./f") false None []"#,
            ]
        );
        assert_eq!(&text[txt.entries[1].span.clone()], "# a.b/b v1.0.0 => ../b");
        assert_eq!(&text[txt.entries[0].packages[1].span.clone()], "a.b/a/x");
        let (a, b, c, f) = (
            module("a.b/a", "v1.0.0"),
            module("a.b/b", "v1.0.0"),
            module("a.b/c", "v1.0.0"),
            module("a.b/f", "v1.0.0"),
        );
        assert_eq!(txt.vendor_list(), [&a, &b, &c]);
        assert_eq!(txt.replaced(), [&b, &c, &module("a.b/c", ""), &f]);
        assert_eq!(txt.vendor_version("a.b/a"), Some("v1.0.0"));
        assert_eq!(txt.vendor_version("a.b/e"), None);
        assert_eq!(txt.package_module("a.b/a/x"), Some(&a));
        assert_eq!(txt.package_module("a.b/e"), None);
        assert!(txt.meta(&a).unwrap().explicit);
        assert_eq!(txt.meta(&module("a.b/a", "")), None);
    }

    #[test]
    fn a_module_in_two_places_is_one() {
        let text = "# a v1.0.0 => ./x\n## explicit\n# b v1.0.0\n# a v1.0.0 => ./y\n## go 1.2\n# a v1.0.0\n## go 1.3; x\n";
        let txt = ModulesTxt::parse(text);
        let meta = txt.meta(&module("a", "v1.0.0")).unwrap();
        assert!(meta.explicit);
        assert_eq!(meta.replacement, Some(module("./y", "")));
        assert_eq!(meta.go_version.as_ref().unwrap().value, "1.3");
        assert_eq!(meta.span, 0..17);
        assert_eq!(txt.replaced().len(), 2);
        assert!(!txt.entries[2].explicit);
    }

    #[test]
    fn a_newer_version_of_a_path_is_listed_again() {
        let list = |text: &str| -> Vec<String> {
            ModulesTxt::parse(text).vendor_list().iter().map(ToString::to_string).collect()
        };
        assert_eq!(
            list("# a v1.2.0\np\n# a v1.10.0\nq\n# a v1.3.0\nr\n"),
            ["a@v1.2.0", "a@v1.10.0"]
        );
        assert_eq!(list("# a => ./b\np\n# a v1.0.0\nq\n"), ["a", "a@v1.0.0"]);
        let twice = ModulesTxt::parse("# a v1.0.0\np\n# b v1.0.0\np\n");
        assert_eq!(twice.package_module("p"), Some(&module("b", "v1.0.0")));
    }

    #[test]
    fn lines_that_make_no_sense_are_passed_over() {
        let text = "\
stray
# a v1.0.0
# short
p
## unknown; x
two words
bad!
##explicit
# a v1.0.0 => x y z
# a v1.0.0 junk
# a => x v1 y
# b =>
q
# c latest
r
";
        let txt = ModulesTxt::parse(text);
        let ignored: Vec<(&str, &str)> = txt
            .ignored
            .iter()
            .map(|line| (&text[line.span.clone()], line.value.as_str()))
            .collect();
        assert_eq!(
            ignored,
            [
                ("stray", "no module line before it"),
                ("# short", "a module line has a path and a version"),
                ("unknown", "no annotation that Go knows"),
                ("x", "no annotation that Go knows"),
                ("two words", "not an import path"),
                ("bad!", "not an import path"),
                ("##explicit", "not an import path"),
                ("# a v1.0.0 => x y z", "not a replacement behind the module"),
                ("# a v1.0.0 junk", "not a replacement behind the module"),
                ("# a => x v1 y", "not a replacement behind the module"),
                ("# b =>", "not a replacement behind the module"),
                ("# c latest", "neither a version nor `=>` after the path"),
                ("r", "no module line before it"),
            ]
        );
        assert_eq!(txt.package_module("p"), Some(&module("a", "v1.0.0")));
        assert_eq!(txt.package_module("q"), Some(&module("b", "")));
        assert_eq!(txt.package_module("r"), None);
        assert_eq!(txt.replaced(), [] as [&ModuleVersion; 0]);
    }

    #[test]
    fn carriage_returns_and_spaces_do_not_matter() {
        let text =
            "## workspace\r\n# a  v1.0.0\t=> b v1.0.0 \r\n## go  1.2 ;explicit\r\n p \r\n\r\n";
        let txt = ModulesTxt::parse(text);
        assert!(txt.workspace);
        assert_eq!(txt.ignored, []);
        let entry = &txt.entries[0];
        assert_eq!(entry.replacement, Some(module("b", "v1.0.0")));
        assert!(entry.explicit);
        // Go cuts `go ` off and keeps the rest as it is.
        let go = entry.go_version.as_ref().unwrap();
        assert_eq!((go.value.as_str(), &text[go.span.clone()]), (" 1.2", " 1.2"));
        assert_eq!(&text[entry.packages[0].span.clone()], "p");
    }

    #[test]
    fn the_first_line_tells_a_workspace() {
        let long = |tail: &str| format!("## {};{tail}", "x".repeat(512 - "## ;workspace".len()));
        let yes = [
            "## workspace",
            "## workspace\n",
            "## a; workspace ;b\n",
            &long("workspace"),
            &long("workspacex"),
        ];
        let no = [
            "",
            "\n## workspace\n",
            "##workspace\n",
            "# workspace\n",
            "## Workspace\n",
            "## work",
            "a\n",
            &long("xworkspace"),
            "\u{feff}## workspace\n",
        ];
        for text in yes {
            assert!(ModulesTxt::is_for_workspace(text), "{text}");
        }
        for text in no {
            assert!(!ModulesTxt::is_for_workspace(text), "{text}");
        }
        // The cut goes through a character: Go sees a word that goes on.
        let cut = format!("## {};workspaceé", "x".repeat(511 - "## ;workspace".len()));
        assert!(!ModulesTxt::is_for_workspace(&cut));
    }
}
