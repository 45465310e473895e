//! What the rules look at, gathered by whoever may read files.

use super::bytes::{Bytes, GitCauses};
use crate::gomod::{ModFile, ModuleVersion, ModulesTxt, Replace, Span, is_directory_path};
use crate::profile::{Carry, ConfigError, ConfigFile, ModuleTable, Origin, Overridden, Verify};
use crate::project::{File, MainModule, Project, SumFile, Tree, Vendor, clean_path, relative_path};
use crate::report::{Place, SourceText};
use std::path::Path;
use std::sync::Arc;

/// Everything that is known about the project and the command.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The project; `None` outside any module.
    pub project: Option<&'a Project>,
    /// The vendor directory that counts, whether it exists or not.
    pub vendor: Option<&'a Vendor>,
    /// The nearest module's own vendor directory, where a go.work puts another in its place.
    pub own_vendor: Option<&'a Vendor>,
    /// The checksum files.
    pub sums: &'a [SumFile],
    /// vendor/ against its list; `None` where there is no list or it was not walked.
    pub tree: Option<&'a Tree>,
    /// How deep to check.
    pub verify: Verify,
    /// Whether the command builds from vendor/.
    pub uses_vendor: bool,
    /// The version of the go command, `1.26.8`; `None` if it is not known, and then nothing that
    /// depends on it is judged.
    pub go_version: Option<&'a str>,
    /// The module cache, which may hold toolchains.
    pub module_cache: Option<&'a Path>,
    /// The command line and environment.
    pub command: CommandFacts,
    /// What came of holding bytes against go.sum; `None` where that was not asked for.
    pub bytes: Option<&'a Bytes>,
    /// What git has to do with files of vendor/.
    pub git: &'a GitCauses,
    /// The known patches inside vendor/ that count.
    pub carries: &'a [Carried],
    /// The date, `YYYY-MM-DD`.
    pub today: &'a str,
    /// Which modules a build may use: the rules of each settings file, which hold side by side.
    pub policies: &'a [ModulePolicy],
}

/// `[modules]` of one settings file.
#[derive(Debug, Clone)]
pub struct ModulePolicy {
    /// The file.
    pub file: ConfigFile,
    /// What it says.
    pub table: ModuleTable,
}

/// A known patch inside vendor/, and the settings file that names it.
#[derive(Debug, Clone)]
pub struct Carried {
    /// The file.
    pub file: ConfigFile,
    /// The patch.
    pub carry: Carry,
    /// Whether it counts: where a floor is laid a project's own do not.
    pub counts: bool,
}

/// That the checksum database is off.
#[derive(Debug, Clone)]
pub struct SumdbOff {
    /// Where it is said.
    pub origin: Origin,
}

/// What the command line and the environment say.
#[derive(Debug, Clone, Default)]
pub struct CommandFacts {
    /// The name of the profile.
    pub profile: String,
    /// Whether the source of modules, and so of toolchains, is the user's own.
    pub follows_user: bool,
    /// What a settings file of the project says and may not.
    pub refused: Vec<ConfigError>,
    /// Where a settings file, or the user, switches the checksum database off; `None` if it is on
    /// or out of reach.
    pub sumdb_off: Option<SumdbOff>,
    /// The proxies of a profile with proxies, in their order.
    pub proxies: Vec<String>,
    /// Flags and arguments that would leave the profile.
    pub leaving: Vec<LeavingFlag>,
    /// Values of the user's that the profile does not let through.
    pub overridden: Vec<Overridden>,
}

/// A flag or argument that would leave the profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeavingFlag {
    /// The words, as given.
    pub words: String,
    /// Where they were given: `the command line`, or where GOFLAGS was set.
    pub origin: String,
    /// What they would do, in words.
    pub effect: String,
    /// What mends it.
    pub help: String,
}

impl<'a> Facts<'a> {
    /// The project and its vendor list, where the command builds from vendor/ and both are there
    /// and can be read. A go.mod that says nothing contradicts nothing.
    pub(super) fn vendored(&self) -> Option<Vendored<'a>> {
        let list = self.vendor?.list.as_ref()?;
        (self.uses_vendor && self.verify != Verify::Off).then_some(())?;
        let project = self.project.filter(|project| project.is_readable())?;
        Some(Vendored { project, file: &list.file, list: list.value() })
    }

    /// Whether the lists are to be checked at all.
    pub(super) fn project_to_check(&self) -> Option<&'a Project> {
        self.project.filter(|_| self.verify != Verify::Off)
    }
}

/// A project that is built from vendor/, with modules.txt.
#[derive(Clone, Copy)]
pub(super) struct Vendored<'a> {
    pub(super) project: &'a Project,
    pub(super) file: &'a File,
    pub(super) list: &'a ModulesTxt,
}

impl Vendored<'_> {
    /// modules.txt as shown.
    pub(super) fn name(&self) -> String {
        self.file.shown.display().to_string()
    }

    /// The line of a module in modules.txt.
    pub(super) fn place(&self, module: &ModuleVersion, label: &str) -> Option<Place> {
        let merged = self.list.meta(module)?;
        Some(place(self.file, &merged.span, label))
    }
}

/// A place in a file that was read.
pub(super) fn place(file: &File, span: &Span, label: &str) -> Place {
    let source = SourceText { path: file.shown.clone(), text: Arc::clone(&file.text) };
    Place::Text { source: Arc::new(source), span: span.clone(), label: label.to_owned() }
}

/// The command that makes vendor/ anew.
pub(super) fn vendor_command(project: &Project) -> String {
    if project.is_workspace() {
        "work vendor".to_owned()
    } else {
        format!("mod vendor{}", modfile_flag(project))
    }
}

/// ` -modfile=F` where F is in force instead of go.mod: a command without the flag would mend
/// another file. It may have come with the command line or with GOFLAGS.
pub(super) fn modfile_flag(project: &Project) -> String {
    let Some((_, file, _)) = project.mod_files().next().filter(|_| !project.is_workspace()) else {
        return String::new();
    };
    if file.path == project.root.join("go.mod") {
        return String::new();
    }
    format!(" -modfile={}", file.shown.display())
}

/// The help that most findings about vendor/ end in.
pub(super) fn vendor_help(project: &Project) -> String {
    let command = vendor_command(project);
    format!(
        "run `go-offline {command}`, or `go-offline --profile online {command}` if the module cache lacks a module"
    )
}

/// A replacement of a module, as one file has it.
#[derive(Debug, Clone)]
pub(super) struct Replaced<'a> {
    /// What the line replaces: a version, or all of them.
    pub(super) old: &'a ModuleVersion,
    /// By what, as it is written.
    pub(super) written: &'a ModuleVersion,
    /// With a relative directory of a go.mod rebased to go.work's, as modules.txt has it.
    pub(super) canonical: ModuleVersion,
    /// The file that holds it.
    pub(super) file: &'a File,
    /// Where it stands in the file.
    pub(super) span: &'a Span,
}

/// The replacement of a module version that is in force, by
/// `cmd/go/internal/modload.replacementFrom`: go.work's before the main modules'; of these the
/// last counts, and where they differ go refuses them.
pub(super) fn replacement<'a>(
    project: &'a Project,
    module: &ModuleVersion,
) -> Option<Replaced<'a>> {
    if module.version.is_empty() && project.is_main(&module.path) {
        return None;
    }
    if let Some(work) = &project.work
        && let Ok(value) = &work.value
        && let Some(replace) = pick(&value.replace, module)
    {
        // Relative to go.work as it is: go leaves it as it is written.
        return Some(replaced(&work.file, replace, replace.new.clone()));
    }
    replaced_by_modules(project, module).pop()
}

/// The module version whose lines in go.sum count for this one: that of its replacement, if it is replaced.
/// `None` for what has no checksum: a main module, or what a directory replaces.
pub fn summed_as(project: &Project, module: &ModuleVersion) -> Option<ModuleVersion> {
    // A workspace's own modules may be listed when others require them.
    if project.is_main(&module.path) {
        return None;
    }
    match replacement(project, module) {
        Some(replacement) if replacement.canonical.version.is_empty() => None,
        Some(replacement) => Some(replacement.canonical),
        None => Some(module.clone()),
    }
}

/// The replacements of a module version that the main modules have, one each.
pub(super) fn replaced_by_modules<'a>(
    project: &'a Project,
    module: &ModuleVersion,
) -> Vec<Replaced<'a>> {
    let of = |(main, file, value): (&'a MainModule, &'a File, &'a ModFile)| {
        let replace = pick(&value.replace, module)?;
        Some(replaced(file, replace, canonical(project, &main.dir, &replace.new)))
    };
    project.mod_files().filter_map(of).collect()
}

fn replaced<'a>(file: &'a File, replace: &'a Replace, canonical: ModuleVersion) -> Replaced<'a> {
    Replaced { old: &replace.old, written: &replace.new, canonical, file, span: &replace.span }
}

/// One for the very version comes before one for all. Of several lines for the same version the
/// last counts, as in go's index of a go.mod.
fn pick<'a>(replaces: &'a [Replace], module: &ModuleVersion) -> Option<&'a Replace> {
    let last = |version: &str| {
        replaces
            .iter()
            .rev()
            .find(|replace| replace.old.path == module.path && replace.old.version == version)
    };
    last(&module.version).or_else(|| last(""))
}

/// `cmd/go/internal/modload.canonicalizeReplacePath`.
fn canonical(project: &Project, dir: &Path, new: &ModuleVersion) -> ModuleVersion {
    if !new.version.is_empty() || !project.is_workspace() || Path::new(&new.path).is_absolute() {
        return new.clone();
    }
    let target = clean_path(&dir.join(&new.path));
    let relative = relative_path(&project.root, &target).to_string_lossy().into_owned();
    ModuleVersion {
        path: if is_directory_path(&relative) { relative } else { format!("./{relative}") },
        version: String::new(),
    }
}
