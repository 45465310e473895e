//! go's verdict on a world and ours, and what it means that they agree.

use std::collections::BTreeSet;

use go_offline::check::{CommandFacts, Facts, Levels, check};
use go_offline::gomod::go_version;
use go_offline::profile::Verify;
use go_offline::project::{GoWork, Lookup, locate};
use go_offline::report::{Finding, Level};

use super::go::Go;
use crate::txtar::World;

/// How go took a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// It lists every package.
    Sound,
    /// `inconsistent vendoring`.
    Inconsistent,
    /// `vendored module … should be required explicitly in go.mod`.
    Roots,
    /// A vendored module asks for a newer go.
    NewerGo,
    /// go.mod or go.work itself asks for a newer go.
    NewerMain,
    /// A package cannot be loaded, for what its source imports.
    Imports,
    /// Anything else that ends go: a file that does not parse, `updates to go.mod needed`, …
    Refused,
}

/// What go said.
pub(crate) struct Theirs {
    pub(crate) kind: Kind,
    pub(crate) stderr: String,
    /// The lines about modules, in go's words.
    lines: BTreeSet<String>,
}

/// What we say.
pub(crate) struct Ours(Vec<Finding>);

impl std::fmt::Debug for Ours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let said = |finding: &Finding| format!("{} {}", finding.code, finding.message);
        f.debug_list().entries(self.0.iter().map(said)).finish()
    }
}

impl Ours {
    fn denies(&self) -> bool {
        self.0.iter().any(|finding| finding.level == Level::Deny)
    }

    /// Whether there is nothing but the warning that an old go line earns.
    pub(crate) fn is_silent(&self) -> bool {
        let is_old =
            |finding: &Finding| finding.code == "vendor-ignored" && finding.level == Level::Warn;
        self.0.iter().all(is_old)
    }

    fn has(&self, code: &str) -> bool {
        self.0.iter().any(|finding| finding.code == code)
    }

    /// Our findings in go's words.
    fn in_go_words(&self, wanted: impl Fn(&str) -> bool) -> BTreeSet<String> {
        let inconsistent = self.0.iter().filter(|finding| {
            finding.code == "vendor-inconsistent" && finding.level == Level::Deny
        });
        inconsistent.map(as_go_says).filter(|line| wanted(line)).collect()
    }
}

/// go says `go.mod` even where there are several, or where the file has another name.
fn as_go_says(finding: &Finding) -> String {
    let message = &finding.message;
    let place = finding.places.first().map(|place| place.path().display().to_string());
    let file = format!("is explicitly required in {},", place.unwrap_or_default());
    message.replace(&file, "is explicitly required in go.mod,")
}

pub(crate) fn of_go(go: &Go, world: &World) -> Theirs {
    let patterns: &[&str] = if world.path("go.work").exists() {
        &["list", "-mod=vendor", "-deps", "./a/...", "./b/..."]
    } else {
        &["list", "-mod=vendor", "-deps", "./..."]
    };
    let output = go.run(world.root(), patterns);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let mut lines = BTreeSet::new();
    let kind = if output.status.success() {
        Kind::Sound
    } else if stderr.contains("inconsistent vendoring in") {
        let said = stderr.lines().filter_map(|line| line.strip_prefix('\t'));
        let said = said.filter(|line| is_consistency(line));
        // Of a main module: go says, in the same breath, that it is not replaced.
        let said = said.filter(|line| !line.contains("is replaced by  in , "));
        lines.extend(said.map(str::to_owned));
        Kind::Inconsistent
    } else if stderr.contains("should be required explicitly") {
        let said = stderr.lines().filter_map(|line| line.strip_prefix("go: vendored module "));
        lines.extend(said.map(str::to_owned));
        Kind::Roots
    } else if let Some(line) =
        stderr.lines().find(|line| line.contains("in vendor/modules.txt requires go >="))
    {
        lines.insert(
            line.trim_start_matches("go: ")
                .split("; GOTOOLCHAIN")
                .next()
                .unwrap_or_default()
                .to_owned()
                + ")",
        );
        Kind::NewerGo
    } else if stderr.contains(" requires go >= ") && stderr.contains("(running go ") {
        Kind::NewerMain
    } else if !stderr.starts_with("panic:")
        && (is_about_imports(&stderr) || is_missing_requirement(world, &stderr))
    {
        Kind::Imports
    } else {
        Kind::Refused
    };
    Theirs { kind, stderr, lines }
}

/// The lines of `inconsistent vendoring`.
fn is_consistency(line: &str) -> bool {
    ["is explicitly required in ", "is replaced ", "is marked as "]
        .iter()
        .any(|words| line.contains(&format!(": {words}")))
}

fn is_root(line: &str) -> bool {
    line.contains("should be required explicitly in go.mod")
}

fn is_newer(line: &str) -> bool {
    line.contains("vendor/modules.txt requires go >=")
}

/// Errors about what a source file imports: the lists cannot tell what is imported.
fn is_about_imports(stderr: &str) -> bool {
    // A file and a line, or the main module imports from a module that go.mod does not name.
    [
        "windows: build constraints exclude all Go files",
        ".go:",
        "from implicitly required module",
        "ambiguous import:",
        "matched no packages",
    ]
    .iter()
    .any(|words| stderr.contains(words))
        || stderr.contains("cannot find module providing package example.com/tool/cmd/tool")
}

/// Before go 1.14 modules.txt does not say what is required, so that only the imports show that
/// a requirement is missing; go then says no more than that go.mod needs an update.
fn is_missing_requirement(world: &World, stderr: &str) -> bool {
    if !stderr.starts_with("go: updates to go.mod needed") || world.path("go.work").exists() {
        return false;
    }
    let text = world.read("go.mod");
    let go = text.lines().find_map(|line| line.strip_prefix("go "));
    go.is_none_or(|version| go_version::compare(version, "1.14").is_lt())
}

pub(crate) fn ours(go: &Go, world: &World) -> Ours {
    let lookup = Lookup {
        dir: world.root().to_path_buf(),
        gowork: GoWork::Auto,
        temp_dir: std::env::temp_dir(),
        ..Lookup::default()
    };
    let project = locate(&lookup).unwrap().unwrap();
    let vendor = project.read_vendor().unwrap();
    let sums = project.read_sums().unwrap();
    let tree = vendor.list.as_ref().map(|list| project.walk_vendor(list.value()).unwrap());
    let facts = Facts {
        project: Some(&project),
        vendor: Some(&vendor),
        own_vendor: None,
        sums: &sums,
        tree: tree.as_ref(),
        verify: Verify::Lists,
        uses_vendor: true,
        go_version: Some(&go.version),
        module_cache: None,
        command: CommandFacts { profile: "vendor".to_owned(), ..CommandFacts::default() },
        bytes: None,
        git: &Default::default(),
        carries: &[],
        today: "2026-01-01",
        policies: &[],
    };
    Ours(check(&facts, &Levels::default()))
}

/// Whether the two agree.
pub(crate) fn compare(theirs: &Theirs, ours: &Ours) -> Result<(), String> {
    let words = |wanted: fn(&str) -> bool| ours.in_go_words(wanted);
    let same = |wanted: fn(&str) -> bool| match words(wanted) {
        said if said == theirs.lines => Ok(()),
        said => Err(format!("go says {:?}, we say {said:?}", theirs.lines)),
    };
    let silent = |wanted: fn(&str) -> bool| match words(wanted) {
        said if said.is_empty() => Ok(()),
        said => Err(format!("go does not say {said:?}")),
    };
    match theirs.kind {
        Kind::Sound | Kind::Imports => {
            silent(is_consistency)?;
            silent(is_root)?;
            silent(is_newer)?;
            if ours.has("mod-malformed") { Err("go takes the file".to_owned()) } else { Ok(()) }
        }
        Kind::Inconsistent => same(is_consistency).and(silent(is_newer)),
        // go looks for these only after the lists agree, and so do we.
        Kind::Roots => {
            silent(is_consistency)?;
            let said: BTreeSet<String> = words(is_root)
                .iter()
                .map(|line| line.replace(": provides packages and", ""))
                .collect();
            if said == theirs.lines {
                Ok(())
            } else {
                Err(format!("go says {:?}, we say {said:?}", theirs.lines))
            }
        }
        // go stops at the first one.
        Kind::NewerGo if theirs.lines.is_subset(&words(is_newer)) => Ok(()),
        Kind::NewerGo => Err(format!("go says {:?}", theirs.lines)),
        Kind::NewerMain if ours.has("toolchain-switch") => Ok(()),
        Kind::NewerMain => Err("no toolchain-switch".to_owned()),
        Kind::Refused if ours.denies() => Ok(()),
        Kind::Refused => Err("go refuses it".to_owned()),
    }
}
