//! Which toolchain of a bundle runs, by the lines of go.mod or go.work. Only names are looked at here.

use crate::gomod::go_version::TOOLCHAIN_MODULE;
use crate::gomod::{ModuleVersion, go_version, platform};
use crate::project::Project;
use std::path::Path;

/// What a project asks of the go command: `cmd/go/internal/toolchain.modGoToolchain`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asks<'a> {
    /// The go line.
    pub(super) go: Option<&'a str>,
    /// The name in the toolchain line, unless that is `default`.
    toolchain: Option<&'a str>,
}

/// A toolchain for this machine that a bundle holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    /// `go1.26.8`
    pub(super) name: String,
    /// The module that it is.
    pub(super) module: ModuleVersion,
}

impl<'a> Asks<'a> {
    /// The lines of go.work where that is in force, else of go.mod.
    pub(super) fn of(project: Option<&'a Project>) -> Asks<'a> {
        let Some(project) = project else { return Asks::default() };
        let (go, toolchain) = match &project.work {
            Some(work) => match &work.value {
                Ok(work) => (&work.go, &work.toolchain),
                Err(_) => return Asks::default(),
            },
            None => match project.mod_files().next() {
                Some((_, _, value)) => (&value.go, &value.toolchain),
                None => return Asks::default(),
            },
        };
        let text = |line: &'a Option<crate::gomod::Spanned<String>>| {
            line.as_ref().map(|line| line.value.as_str())
        };
        Asks { go: text(go), toolchain: text(toolchain).filter(|name| *name != "default") }
    }

    fn accepts(&self, held: &Held) -> bool {
        self.go.is_none_or(|go| go_version::compare(held.version(), go).is_ge())
    }

    /// The name in the toolchain line, where it is newer than what the go line asks for by itself.
    fn named(&self) -> Option<&'a str> {
        let is_newer = |name: &&str| {
            let version = go_version::from_toolchain(name).unwrap_or_default();
            self.go.is_none_or(|go| go_version::compare(version, go).is_ge())
        };
        self.toolchain.filter(is_newer)
    }
}

impl Held {
    fn version(&self) -> &str {
        self.name.strip_prefix("go").unwrap_or_default()
    }
}

/// The toolchains for this machine in a bundle's tree, the newest first.
pub(super) fn held(tree: &Path) -> Vec<Held> {
    let Some((os, arch)) = platform::host() else { return Vec::new() };
    let zip = format!(".{os}-{arch}.zip");
    let Ok(entries) = std::fs::read_dir(tree.join("golang.org/toolchain/@v")) else {
        return Vec::new();
    };
    let held = entries.filter_map(|entry| {
        let name = entry.ok()?.file_name().into_string().ok()?;
        let name = name.strip_prefix("v0.0.1-")?.strip_suffix(&zip)?;
        // Nothing with a suffix of its own: a name is not to lead anywhere but to a release of Go.
        go_version::is_valid(name.strip_prefix("go")?).then_some(())?;
        let version = format!("v0.0.1-{name}.{os}-{arch}");
        let module = ModuleVersion::new(TOOLCHAIN_MODULE, &version);
        Some(Held { name: name.to_owned(), module })
    });
    let mut held: Vec<Held> = held.collect();
    held.sort_by(|a, b| go_version::compare(b.version(), a.version()));
    held
}

/// The toolchain that runs where there is no go command: the one that the toolchain line names, else
/// the newest that the go line accepts.
pub(super) fn instead_of_none(held: &[Held], asks: &Asks<'_>) -> Option<Held> {
    let named = asks.named();
    let by_name = held.iter().find(|held| Some(held.name.as_str()) == named).cloned();
    by_name.or_else(|| held.iter().find(|held| asks.accepts(held)).cloned())
}

/// The toolchain that runs in place of the go command that there is: only where the project asks for
/// a newer one. The very one that it asks for, as go would choose it; where the bundle does not hold
/// that and the go command cannot do, the newest that the go line accepts.
pub(super) fn newer(held: &[Held], asks: &Asks<'_>, running: &str) -> Option<Held> {
    let is_newer = |version: &str| go_version::compare(version, running).is_gt();
    let find = |name: &str| held.iter().find(|held| held.name == name).cloned();
    let named = asks.named().filter(|name| go_version::from_toolchain(name).is_some_and(is_newer));
    if let Some(named) = named.and_then(find) {
        return Some(named);
    }
    let go = asks.go.filter(|go| is_newer(go))?;
    find(&format!("go{}", go_version::first_release(go)))
        .or_else(|| held.iter().find(|held| asks.accepts(held)).cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(names: &[&str]) -> (tempfile::TempDir, Vec<Held>) {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("golang.org/toolchain/@v");
        std::fs::create_dir_all(&dir).unwrap();
        let (os, arch) = platform::host().unwrap();
        for name in names {
            let name = name.replace("HOST", &format!("{os}-{arch}"));
            std::fs::write(dir.join(name), "").unwrap();
        }
        let held = held(temp.path());
        (temp, held)
    }

    fn asks(go: &'static str, toolchain: &'static str) -> Asks<'static> {
        let some = |text: &'static str| (!text.is_empty()).then_some(text);
        Asks { go: some(go), toolchain: some(toolchain) }
    }

    const NAMES: &[&str] = &[
        "v0.0.1-go1.9.7.HOST.zip",
        "v0.0.1-go1.26.0.HOST.zip",
        "v0.0.1-go1.26.8.HOST.zip",
        "v0.0.1-go1.27.1.HOST.zip",
        "v0.0.1-go1.28rc1.HOST.zip",
    ];

    #[test]
    fn what_is_for_another_machine_or_no_release_is_not_held() {
        let (_temp, held) = tree(&[
            NAMES[0],
            NAMES[2],
            "v0.0.1-go1.30.0.plan9-386.zip",
            "v0.0.1-go1.30.0.HOST.mod",
            "v0.0.1-go1.30.0-custom.HOST.zip",
            "v0.0.1-gonzo.HOST.zip",
            "list",
        ]);
        let names: Vec<&str> = held.iter().map(|held| held.name.as_str()).collect();
        assert_eq!(names, ["go1.26.8", "go1.9.7"]);
        let (os, arch) = platform::host().unwrap();
        assert_eq!(held[0].module.version, format!("v0.0.1-go1.26.8.{os}-{arch}"));
        assert_eq!(super::held(Path::new("/nowhere")), []);
    }

    #[test]
    fn without_a_go_command_the_newest_runs_that_the_project_accepts() {
        let (_temp, held) = tree(NAMES);
        for (go, toolchain, wanted) in [
            ("", "", Some("go1.28rc1")),
            ("1.26", "", Some("go1.28rc1")),
            ("1.26.0", "go1.26.8", Some("go1.26.8")),
            ("1.27", "go1.26.8", Some("go1.28rc1")),
            ("1.21", "go1.26.3", Some("go1.28rc1")),
            ("1.29", "", None),
        ] {
            let found = instead_of_none(&held, &asks(go, toolchain));
            let found = found.as_ref().map(|held| held.name.as_str());
            assert_eq!(found, wanted, "{go} {toolchain}");
        }
    }

    #[test]
    fn a_go_command_gives_way_only_to_a_newer_one_that_is_asked_for() {
        let (_temp, held) = tree(NAMES);
        for (go, toolchain, running, wanted) in [
            ("1.26.8", "", "1.26.8", None),
            ("1.21", "", "1.21.0", None),
            ("1.26.8", "", "1.26.1", Some("go1.26.8")),
            ("1.26", "", "1.25.0", Some("go1.26.0")),
            ("1.21", "go1.27.1", "1.26.8", Some("go1.27.1")),
            ("1.21", "go1.27.1", "1.27.2", None),
            // A line that only suggests is no reason for another.
            ("1.21", "go1.27.5", "1.26.8", None),
            ("1.27.0", "", "1.26.8", Some("go1.28rc1")),
            ("1.27.1", "go1.27.0", "1.26.8", Some("go1.27.1")),
            ("1.99", "", "1.26.8", None),
        ] {
            let found = newer(&held, &asks(go, toolchain), running);
            let found = found.as_ref().map(|held| held.name.as_str());
            assert_eq!(found, wanted, "{go} {toolchain} on {running}");
        }
    }
}
