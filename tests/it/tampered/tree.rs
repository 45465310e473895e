//! A vendored tree with the evidence for it, and the files of it that there is something to do with.

use crate::made_up::{MODULES, PROJECT};
use crate::modules::{Files, Modules, cached_zip, done, unzip};
use crate::program::Ran;
use crate::txtar::World;
use go_offline::gomod::{ModulesTxt, VendoredModule};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// What the program has to hold the files against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// The zips in the module cache.
    Zips,
    /// The lists beside vendor/, and an empty module cache.
    Lists,
    /// go-offline.lock beside vendor/, and nothing else.
    Lock,
}

/// A file of vendor/ and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Relative to the project, slashes between.
    pub(crate) path: String,
    pub(crate) module: String,
    pub(crate) version: String,
}

/// The name of the synthetic project.
const MADE_UP: &str = "made up";

/// A vendored project.
pub(crate) struct Tree {
    pub(crate) name: String,
    pub(crate) is_made_up: bool,
    world: World,
    pub(crate) project: PathBuf,
    pub(crate) modcache: PathBuf,
    pub(crate) evidence: Evidence,
    targets: Vec<Target>,
}

impl Tree {
    /// The synthetic project, vendored by go.
    pub(crate) fn made_up() -> Tree {
        let steps = [&["mod", "tidy"][..], &["mod", "vendor"]];
        Tree::vendored(MADE_UP, Path::new("go"), PROJECT, &steps)
    }

    /// A project of these files, vendored by the commands of a go, with the synthetic modules.
    pub(crate) fn vendored(name: &str, go: &Path, files: &str, steps: &[&[&str]]) -> Tree {
        Tree::vendored_with(&MODULES, name, go, files, steps)
    }

    /// The same, with other modules: path, version, files.
    pub(crate) fn vendored_with(
        published: &[(&str, &str, &str)],
        name: &str,
        go: &Path,
        files: &str,
        steps: &[&[&str]],
    ) -> Tree {
        let world = World::new("");
        let modules = Modules::new(world.path("proxy"));
        for (path, version, text) in published {
            modules.publish(path, version, text);
        }
        for (name, text) in crate::txtar::files(files) {
            world.write(&format!("project/{name}"), text);
        }
        let project = world.path("project");
        for args in steps {
            done(modules.go(go, world.root(), &project, *args));
        }
        let modcache = world.path("modcache");
        Tree::new(name.to_owned(), world, modcache)
    }

    /// A copy of a real repository, and a module cache with the zips of its modules.
    pub(crate) fn of(repository: &Path, modcache: &Path) -> Tree {
        let world = World::new("");
        let project = world.path("project");
        copy(repository, &project);
        let list = ModulesTxt::parse(&world.read("project/vendor/modules.txt"));
        let own = world.path("modcache");
        for (module, version) in list.entries.iter().filter_map(source) {
            let from = cached_zip(modcache, module, version);
            let to = cached_zip(&own, module, version);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            if from.exists() && fs::hard_link(&from, &to).is_err() {
                fs::copy(from, to).unwrap();
            }
        }
        let name = repository.file_name().unwrap().to_string_lossy().into_owned();
        Tree::new(name, world, own)
    }

    fn new(name: String, world: World, modcache: PathBuf) -> Tree {
        let project = world.path("project");
        fs::create_dir_all(world.path("empty")).unwrap();
        fs::create_dir_all(world.path("home")).unwrap();
        let mut targets = targets(&project);
        targets.retain(|target| cached_zip(&modcache, &target.module, &target.version).exists());
        let is_made_up = name == MADE_UP;
        Tree { name, is_made_up, world, project, modcache, evidence: Evidence::Zips, targets }
    }

    /// From now on by the lists that the program makes, and without zips.
    pub(crate) fn with_lists(self) -> Tree {
        self.locked(&["lock", "--with-lists"], Evidence::Lists)
    }

    /// From now on by the lists that are there, and without zips.
    pub(crate) fn emptied(mut self) -> Tree {
        self.evidence = Evidence::Lists;
        self.forget();
        self
    }

    /// From now on by go-offline.lock that is there, and nothing else.
    pub(crate) fn by_its_lock(mut self) -> Tree {
        fs::remove_file(self.path("go-offline.lock.lists")).unwrap();
        self.evidence = Evidence::Lock;
        self.forget();
        self
    }

    /// From now on by go-offline.lock alone.
    pub(crate) fn with_lock(self) -> Tree {
        self.locked(&["lock"], Evidence::Lock)
    }

    fn locked(mut self, args: &[&str], evidence: Evidence) -> Tree {
        let ran = self.run(args);
        assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{}: {args:?}", self.name);
        self.evidence = evidence;
        self.forget();
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.project.join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    /// The directory of what the program keeps for itself.
    pub(crate) fn own_cache(&self) -> PathBuf {
        self.world.path("cache")
    }

    /// The program, not yet started, in an environment of its own.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let modcache = match self.evidence {
            Evidence::Zips => self.modcache.clone(),
            Evidence::Lists | Evidence::Lock => self.world.path("empty"),
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_go-offline"));
        command.args(args).current_dir(&self.project).env_clear().env("PWD", &self.project);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("GOCACHE", build_cache());
        command.env("HOME", self.world.path("home")).env("TMPDIR", self.world.root());
        command.env("GOMODCACHE", modcache).env("GO_OFFLINE_CACHE_DIR", self.own_cache());
        command.env("GO_OFFLINE_ISOLATION", "off");
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(&self.command(args).output().unwrap())
    }

    /// Forgets what the program keeps for itself, the lists of modules among it.
    pub(crate) fn forget(&self) {
        if self.own_cache().exists() {
            fs::remove_dir_all(self.own_cache()).unwrap();
        }
    }

    /// `check` of the bytes.
    pub(crate) fn check(&self, more: &[&str]) -> Report {
        let args = ["check", "--verify", "bytes", "--format", "json"];
        Report::of(&self.run(&[more, &args].concat()))
    }

    /// go.sum, or those of a workspace.
    pub(crate) fn sums(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.project).unwrap().map(|entry| entry.unwrap().path());
        let members = entries.map(|dir| dir.join("go.sum"));
        let all = members.chain(["go.sum", "go.work.sum"].map(|name| self.path(name)));
        all.filter(|path| path.is_file()).collect()
    }

    /// Every file of a module that nothing replaces.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Target> {
        self.targets.iter()
    }

    /// A Go file of a module, and one more in the same directory.
    pub(crate) fn two_go_files(&self) -> [&Target; 2] {
        let is_go = |target: &&Target| target.path.ends_with(".go");
        let all: Vec<&Target> = self.targets.iter().filter(is_go).collect();
        let dir = |target: &Target| Path::new(&target.path).parent().map(Path::to_path_buf);
        let are_two = |two: &&[&Target]| {
            dir(two[0]) == dir(two[1]) && self.read(&two[0].path) != self.read(&two[1].path)
        };
        let found = all.windows(2).find(are_two).expect("some package has two files");
        [found[0], found[1]]
    }

    pub(crate) fn go_file(&self) -> &Target {
        self.two_go_files()[0]
    }

    /// The first file for which this holds; asked with its name.
    pub(crate) fn find(&self, is_it: impl Fn(&str) -> bool) -> Option<&Target> {
        let base = |target: &Target| target.path.rsplit('/').next().unwrap().to_owned();
        self.targets.iter().find(|target| is_it(&base(target)))
    }

    /// A file that its package embeds.
    pub(crate) fn embedded(&self) -> Option<&Target> {
        self.targets.iter().find_map(|target| {
            let text = String::from_utf8(self.read(&target.path)).ok()?;
            let dir = target.path.rsplit_once('/')?.0;
            let names = text.lines().filter_map(|line| line.strip_prefix("//go:embed "));
            let paths = names.map(|name| format!("{dir}/{}", name.trim()));
            let found: Vec<String> = paths.filter(|path| self.path(path).is_file()).collect();
            self.targets.iter().find(|other| found.contains(&other.path))
        })
    }

    /// The files of the module that a file is of, from its zip.
    pub(crate) fn module_files(&self, target: &Target) -> Files {
        unzip(&cached_zip(&self.modcache, &target.module, &target.version))
    }

    /// Where a module of a file is in vendor/, relative to the project.
    pub(crate) fn module_dir(&self, target: &Target) -> String {
        format!("vendor/{}", target.module)
    }
}

/// The build cache that is in use here anyway: the standard library need not be compiled anew.
fn build_cache() -> &'static str {
    static CACHE: OnceLock<String> = OnceLock::new();
    CACHE.get_or_init(|| {
        let mut go = Command::new("go");
        go.args(["env", "GOCACHE"]);
        done(go).trim().to_owned()
    })
}

/// Copies a directory as it is.
fn copy(from: &Path, to: &Path) {
    let mut cp = Command::new("cp");
    cp.arg("-a").args([from, to]);
    done(cp);
}

/// The module version that a vendored module is fetched as.
fn source(entry: &VendoredModule) -> Option<(&str, &str)> {
    let source = entry.replacement.as_ref().unwrap_or(&entry.module);
    let is_there = !source.version.is_empty() && !entry.packages.is_empty();
    is_there.then_some((source.path.as_str(), source.version.as_str()))
}

/// The files of the packages of all modules that nothing replaces, and their licences.
fn targets(project: &Path) -> Vec<Target> {
    let text = fs::read_to_string(project.join("vendor/modules.txt")).unwrap();
    let mut all = Vec::new();
    for entry in ModulesTxt::parse(&text).entries.iter().filter(|entry| entry.replacement.is_none())
    {
        let packages = entry.packages.iter().map(|package| package.value.as_str());
        let mut dirs: Vec<&str> = packages.collect();
        if !dirs.is_empty() && !dirs.contains(&entry.module.path.as_str()) {
            dirs.push(&entry.module.path);
        }
        for dir in dirs {
            all.extend(files_in(project, dir).into_iter().map(|path| Target {
                path,
                module: entry.module.path.clone(),
                version: entry.module.version.clone(),
            }));
        }
    }
    let embedded = embedded_below(project, &all);
    all.extend(embedded);
    all
}

fn files_in(project: &Path, dir: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(project.join("vendor").join(dir)) else { return Vec::new() };
    let entries = entries.map(Result::unwrap).filter(|entry| entry.file_type().unwrap().is_file());
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| format!("vendor/{dir}/{}", name(entry))).collect();
    names.sort();
    names
}

/// Files that are named by a plain `//go:embed` and lie below their package.
fn embedded_below(project: &Path, all: &[Target]) -> Vec<Target> {
    let mut below = Vec::new();
    for target in all.iter().filter(|target| target.path.ends_with(".go")) {
        let text = fs::read_to_string(project.join(&target.path)).unwrap_or_default();
        let dir = target.path.rsplit_once('/').unwrap().0;
        for name in text.lines().filter_map(|line| line.strip_prefix("//go:embed ")) {
            let path = format!("{dir}/{}", name.trim());
            if name.contains('/') && project.join(&path).is_file() {
                below.push(Target { path, ..target.clone() });
            }
        }
    }
    below
}

/// What `check --format json` said.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) exit: i32,
    pub(crate) findings: Vec<Found>,
    /// The vendored modules, and on what each was verified.
    pub(crate) evidence: Vec<(String, String)>,
    pub(crate) said: String,
}

/// A finding.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) code: String,
    pub(crate) level: String,
    pub(crate) file: String,
    pub(crate) module: String,
    pub(crate) all: String,
}

impl Report {
    fn of(ran: &Ran) -> Report {
        let said = format!("{}{}", ran.stdout, ran.stderr);
        let report: Value = serde_json::from_str(&ran.stdout)
            .unwrap_or_else(|error| panic!("no report: {error}: exit {}: {said}", ran.exit));
        let text =
            |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        let found = |finding: &Value| Found {
            code: text(finding, "code"),
            level: text(finding, "level"),
            file: text(finding, "file"),
            module: text(finding, "module"),
            all: finding.to_string(),
        };
        let findings = report["findings"].as_array().unwrap().iter().map(found).collect();
        let of = |module: &Value| (text(module, "path"), text(module, "evidence"));
        let evidence = report["modules"].as_array().unwrap().iter().map(of).collect();
        Report { exit: ran.exit, findings, evidence, said }
    }
}
