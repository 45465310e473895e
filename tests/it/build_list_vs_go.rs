//! The build list, held against `go list -m all`: graphs that chance made, served by a proxy that is a
//! directory, and the projects of GO_OFFLINE_CORPUS.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use go_offline::gomod::{
    BuildList, MainModules, ModFile, ModuleVersion, WorkFile, build_list, module_path,
};

use crate::corpus::corpus;
use crate::txtar::World;

const PATHS: usize = 8;
const VERSIONS: usize = 3;

#[test]
fn selects_what_go_selects_for_one_module() {
    let mut sizes = BTreeSet::new();
    for seed in 0..30 {
        let mut chance = Chance(seed);
        let world = World::new("");
        write_modules(&world, &mut chance);
        let go = *chance.of(&["1.16", "1.17", "1.20", "1.25.0"]);
        let mut require = chance.requirements();
        let extra = chance.exclusions() + &chance.replacements("main");
        // Go mends requirements that are not selected, which is not what is compared here.
        let (text, list) = loop {
            let text = mod_text("x.test/main", go, &require) + &extra;
            world.write("main/go.mod", &text);
            let list = ours(&world, &["main"], None);
            if list.raised.iter().all(|(module, _)| module.path == "go") {
                break (text, list);
            }
            for required in &mut require {
                let (path, version) = required.split_once(' ').unwrap();
                let raised = list.raised.iter().find(|(module, _)| module.path == path);
                let version = raised.map_or(version, |(_, version)| version.as_str());
                *required = format!("{path} {version}");
            }
        };
        assert!(list.missing.is_empty() && list.refused.is_empty(), "{list:?}");
        sizes.insert(list.modules.len());
        assert_eq!(lines(&list), go_list(&world, "main", "mod"), "seed {seed}: {text}");
    }
    assert!(sizes.len() > 3, "{sizes:?}");
}

#[test]
fn selects_what_go_selects_for_a_workspace() {
    let mut sizes = BTreeSet::new();
    for seed in 100..130 {
        let mut chance = Chance(seed);
        let world = World::new("");
        write_modules(&world, &mut chance);
        let names = &["work/c", "work/a", "work/in/b"][..1 + chance.below(3)];
        let extra = chance.replacements("work/c");
        let mut text = "go 1.25.0\n".to_owned();
        for name in names {
            let mut require = chance.requirements();
            if chance.below(3) == 0 {
                require.push("x.test/work/a v1.0.0".to_owned());
            }
            let go = *chance.of(&["1.16", "1.17", "1.25.0"]);
            let mut own = mod_text(&format!("x.test/{name}"), go, &require) + &chance.exclusions();
            if *name == "work/c" {
                own += &extra;
            }
            world.write(&format!("{name}/go.mod"), &own);
            writeln!(text, "use ./{}", name.trim_start_matches("work/")).unwrap();
        }
        if chance.below(2) == 0 {
            let over = chance.replacements("work");
            text += &over;
        }
        world.write("work/go.work", &text);
        let list = ours(&world, names, Some("work"));
        assert!(list.missing.is_empty() && list.refused.is_empty(), "{list:?}");
        sizes.insert(list.modules.len());
        assert_eq!(lines(&list), go_list(&world, "work", "readonly"), "seed {seed}: {text}");
    }
    assert!(sizes.len() > 3, "{sizes:?}");
}

/// Numbers that look as if chance made them, the same every time: Knuth's MMIX generator.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    fn path(&mut self) -> String {
        format!("x.test/m{}", self.below(PATHS))
    }

    fn version(&mut self) -> String {
        format!("v1.{}.0", self.below(VERSIONS))
    }

    /// At most one version of each path.
    fn requirements(&mut self) -> Vec<String> {
        let paths: BTreeSet<String> = (0..self.below(4)).map(|_| self.path()).collect();
        paths.into_iter().map(|path| format!("{path} {}", self.version())).collect()
    }

    fn exclusions(&mut self) -> String {
        let excluded: BTreeSet<String> =
            (0..self.below(3)).map(|_| format!("{} {}", self.path(), self.version())).collect();
        excluded.iter().map(|module| format!("exclude {module}\n")).collect()
    }

    fn replacements(&mut self, dir: &str) -> String {
        let old: BTreeSet<String> = (0..self.below(3)).map(|_| self.path()).collect();
        let mut text = String::new();
        for old in old {
            let version =
                if self.below(2) == 0 { String::new() } else { format!(" {}", self.version()) };
            let new = if self.below(2) == 0 {
                format!("{} {}", self.path(), self.version())
            } else {
                format!(
                    "../{}",
                    "../".repeat(dir.matches('/').count()) + *self.of(&["dir", "dir/sub"])
                )
            };
            writeln!(text, "replace {old}{version} => {new}").unwrap();
        }
        text
    }
}

fn mod_text(path: &str, go: &str, require: &[String]) -> String {
    let mut text = format!("module {path}\n");
    if !go.is_empty() {
        writeln!(text, "go {go}").unwrap();
    }
    for required in require {
        writeln!(text, "require {required}").unwrap();
    }
    text
}

/// A proxy as a directory. A module that stands in for another has its own name in its go.mod, which
/// go allows.
fn write_modules(world: &World, chance: &mut Chance) {
    for number in 0..PATHS {
        for minor in 0..VERSIONS {
            let go = *chance.of(&["", "1.16", "1.17", "1.21.0", "1.24.1"]);
            let mut require = chance.requirements();
            if chance.below(8) == 0 {
                require.push("x.test/main v1.0.0".to_owned());
            }
            let at = format!("proxy/x.test/m{number}/@v/v1.{minor}.0");
            world.write(&format!("{at}.mod"), mod_text(&format!("x.test/m{number}"), go, &require));
            world.write(&format!("{at}.info"), format!("{{\"Version\":\"v1.{minor}.0\"}}"));
        }
    }
    for path in ["main", "work/a"] {
        let at = format!("proxy/x.test/{path}/@v/v1.0.0");
        let require = chance.requirements();
        world.write(&format!("{at}.mod"), mod_text(&format!("x.test/{path}"), "1.16", &require));
        world.write(&format!("{at}.info"), "{\"Version\":\"v1.0.0\"}");
    }
    for dir in ["dir", "dir/sub"] {
        let require = chance.requirements();
        world.write(&format!("{dir}/go.mod"), mod_text("x.test/dir", "1.17", &require));
    }
}

/// Our list for the modules in some directories, and for the workspace that they make up.
fn ours(world: &World, dirs: &[&str], work: Option<&str>) -> BuildList {
    let dirs: Vec<PathBuf> = dirs.iter().map(|dir| world.path(dir)).collect();
    let root = world.path(work.unwrap_or("main"));
    list_of(&root, &dirs, &world.path("proxy"))
}

fn list_of(root: &Path, dirs: &[PathBuf], proxy: &Path) -> BuildList {
    let texts: Vec<String> =
        dirs.iter().map(|dir| fs::read_to_string(dir.join("go.mod")).unwrap()).collect();
    let files: Vec<ModFile> = texts.iter().map(|text| ModFile::parse(text).unwrap()).collect();
    let files: Vec<&ModFile> = files.iter().collect();
    let work = fs::read_to_string(root.join("go.work")).ok();
    let work = work.map(|text| WorkFile::parse(&text).unwrap());
    let rebase = |number: usize, path: &str| relative(root, &dirs[number].join(path));
    let mains = MainModules { files: &files, work: work.as_ref(), rebase: &rebase };
    let read = &mut |module: &ModuleVersion| {
        let path = if module.version.is_empty() {
            root.join(&module.path).join("go.mod")
        } else {
            let path = module_path::escape_path(&module.path).unwrap();
            let version = module_path::escape_version(&module.version).unwrap();
            proxy.join(format!("{path}/@v/{version}.mod"))
        };
        Ok::<_, Infallible>(fs::read_to_string(path).ok())
    };
    let Ok(list) = build_list(mains, read);
    list
}

fn relative(root: &Path, path: &Path) -> String {
    let clean = go_offline::project::clean_path(path);
    go_offline::project::relative_path(root, &clean).to_str().unwrap().to_owned()
}

fn lines(list: &BuildList) -> Vec<String> {
    list.modules.iter().map(ToString::to_string).collect()
}

fn go_list(world: &World, dir: &str, mode: &str) -> Vec<String> {
    let mut command = Command::new("go");
    command
        .args(["list", "-m", &format!("-mod={mode}"), "all"])
        .current_dir(world.path(dir))
        .env("GOPROXY", format!("file://{}", world.path("proxy").display()))
        .env("GOMODCACHE", world.path("cache"))
        .envs([("GOFLAGS", "-modcacherw"), ("GOSUMDB", "off"), ("GOTOOLCHAIN", "local")])
        .envs([("GOPRIVATE", ""), ("GONOPROXY", "none"), ("GOENV", "off"), ("GO111MODULE", "on")])
        .env_remove("GOWORK");
    stdout_lines(&mut command)
}

fn stdout_lines(command: &mut Command) -> Vec<String> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
#[ignore = "asks the public module proxy for go.mod files, once; needs GO_OFFLINE_CORPUS"]
fn selects_what_go_selects_for_the_corpus() {
    // Kept, so that a second run asks nobody.
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("build-list-modcache");
    let mut compared = Vec::new();
    for entry in fs::read_dir(corpus()).unwrap() {
        let repository = entry.unwrap().path();
        let copy = World::new("");
        copy_mod_files(&repository, &repository, &copy);
        let root = copy.root();
        let Some((dirs, mode)) = main_modules(root) else { continue };
        let mut command = Command::new("go");
        command
            .args(["list", "-m", &format!("-mod={mode}"), "all"])
            .current_dir(root)
            .env("GOMODCACHE", &cache)
            .env("GOFLAGS", "-modcacherw")
            .env_remove("GOWORK");
        let output = command.output().unwrap();
        if !output.status.success() {
            // Of very old projects, some modules are gone.
            println!("{}: {}", repository.display(), String::from_utf8_lossy(&output.stderr));
            continue;
        }
        let go = String::from_utf8(output.stdout).unwrap();
        let list = list_of(root, &dirs, &cache.join("cache/download"));
        assert!(list.missing.is_empty() && list.refused.is_empty(), "{repository:?}: {list:?}");
        assert_eq!(lines(&list), go.lines().collect::<Vec<_>>(), "{}", repository.display());
        compared.push((repository.file_name().unwrap().to_owned(), list.modules.len()));
    }
    println!("{compared:?}");
    assert!(compared.len() >= 5, "{compared:?}");
}

/// Everything of a project that has a say in its build list, without vendor/.
fn copy_mod_files(repository: &Path, dir: &Path, copy: &World) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !path.is_symlink() && name != "vendor" && name != ".git" {
            copy_mod_files(repository, &path, copy);
        } else if matches!(name, "go.mod" | "go.sum" | "go.work" | "go.work.sum") {
            let below = path.strip_prefix(repository).unwrap().to_str().unwrap();
            copy.write(below, fs::read(&path).unwrap());
        }
    }
}

/// The directories of the main modules, and the mode in which go does not insist on go.sum.
fn main_modules(root: &Path) -> Option<(Vec<PathBuf>, &'static str)> {
    if let Ok(text) = fs::read_to_string(root.join("go.work")) {
        let work = WorkFile::parse(&text).unwrap();
        return Some((work.uses.iter().map(|used| root.join(&used.path)).collect(), "readonly"));
    }
    root.join("go.mod").exists().then(|| (vec![root.to_owned()], "mod"))
}
