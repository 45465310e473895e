//! Reads the lists and runs the rules.

use super::Failure;
use super::facts::policies;
use super::scene::Scene;
use crate::check::{CommandFacts, Facts, Levels, check};
use crate::gomod::ModulesTxt;
use crate::profile::Verify;
use crate::project::{Project, SumFile, Tree, Vendor};
use crate::report::{Finding, JsonModule, Level};

/// What the checks say.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Everything found, in file order.
    pub findings: Vec<Finding>,
    /// How deep was asked for.
    pub verify: Verify,
    /// The number of vendored modules with packages whose lists were checked; `None` where there
    /// was no list to check, as in a project that does not build from vendor/.
    pub vendored: Option<usize>,
    /// Whether any go.mod of the project requires a module.
    pub requires_modules: bool,
    sums: Vec<SumFile>,
}

impl Checked {
    /// Whether a finding of level deny is among them.
    pub fn is_denied(&self) -> bool {
        self.findings.iter().any(|finding| finding.level == Level::Deny)
    }

    /// Whether the modules of the build were not checked as deeply as was asked: of no module's
    /// bytes anything is known in this version; and `strict` takes lists that do not exist for
    /// lists that were not checked.
    pub fn is_incomplete(&self, strict: bool) -> bool {
        match self.verify {
            Verify::Off => false,
            Verify::Lists => strict && self.vendored.is_none() && self.requires_modules,
            Verify::Bytes => match self.vendored {
                Some(modules) => modules > 0 || (strict && self.requires_modules),
                None => self.requires_modules,
            },
        }
    }

    /// The vendored modules with packages, in the order of modules.txt.
    pub fn modules(&self, scene: &Scene) -> Vec<JsonModule> {
        let list = scene.vendor.as_ref().and_then(|vendor| vendor.list.as_ref());
        let list = list.filter(|_| self.vendored.is_some());
        list.map(|list| modules(list.value(), &self.sums)).unwrap_or_default()
    }
}

/// Reads what is still unread of a project and runs every rule. `go_version` is the version to
/// judge by where a rule depends on the go that runs.
///
/// # Errors
/// A file or directory that exists and cannot be read.
pub fn check_project(
    scene: &Scene,
    verify: Verify,
    command: CommandFacts,
    go_version: Option<&str>,
    levels: &Levels,
) -> Result<Checked, Failure> {
    let project = scene.project.as_ref();
    let uses_vendor = scene.uses_vendor();
    let list = scene.vendor.as_ref().and_then(|vendor| vendor.list.as_ref());
    let list = list.filter(|_| uses_vendor && verify != Verify::Off);
    let (sums, tree) = match (project.filter(|_| verify != Verify::Off), list) {
        (Some(project), Some(list)) => {
            let (sums, tree) = project.read_lists(list).map_err(Failure::io)?;
            (sums, Some(tree))
        }
        (Some(project), None) => {
            let sums = project.read_sums().map_err(Failure::io)?;
            (sums, unlisted_tree(scene, project).map_err(Failure::io)?)
        }
        (None, _) => (Vec::new(), None),
    };
    let module_cache = scene.user.module_cache();
    let policies = policies(scene);
    let facts = Facts {
        project,
        vendor: scene.vendor.as_ref(),
        own_vendor: scene.own_vendor.as_ref(),
        sums: &sums,
        tree: tree.as_ref(),
        verify,
        uses_vendor,
        go_version,
        module_cache: module_cache.as_deref(),
        command,
        policies: &policies,
    };
    let findings = check(&facts, levels);
    let vendored = list.map(|list| list.value().providers().count());
    let requires_modules = project.is_some_and(Project::requires_modules);
    Ok(Checked { findings, verify, vendored, requires_modules, sums })
}

/// vendor/ without a modules.txt. Before go 1.23 go compiles what lies there if go.mod requires
/// nothing, and nothing says that it should: every package is unlisted.
fn unlisted_tree(scene: &Scene, project: &Project) -> anyhow::Result<Option<Tree>> {
    let is_bare = |vendor: &Vendor| vendor.exists && vendor.list.is_none();
    if project.requires_modules()
        || !scene.uses_vendor()
        || !scene.vendor.as_ref().is_some_and(is_bare)
    {
        return Ok(None);
    }
    project.walk_vendor(&ModulesTxt::default()).map(Some)
}

fn modules(list: &ModulesTxt, sums: &[SumFile]) -> Vec<JsonModule> {
    list.providers()
        .map(|entry| {
            let summed = entry.replacement.as_ref().unwrap_or(&entry.module);
            let lines =
                sums.iter().filter_map(|sum| sum.content.as_ref()).flat_map(|(_, sum)| &sum.lines);
            let line = lines
                .into_iter()
                .find(|line| line.module == *summed && !line.go_mod && line.is_h1());
            JsonModule {
                path: entry.module.path.clone(),
                version: entry.module.version.clone(),
                replace: entry.replacement.as_ref().map(ToString::to_string),
                h1: line.map(|line| line.hash.clone()),
                evidence: "none",
                files: None,
            }
        })
        .collect()
}
