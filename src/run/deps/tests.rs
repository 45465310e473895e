//! Projects in temporary directories, with a module cache beside them.

use super::*;
use crate::gomod::go_mod_h1;
use crate::project::{GoWork, Lookup, locate};
use std::path::PathBuf;

struct World {
    temp: tempfile::TempDir,
}

impl World {
    fn new(files: &[(&str, &str)]) -> World {
        let world = World { temp: tempfile::tempdir().unwrap() };
        for (name, text) in files {
            world.write(name, text);
        }
        world
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    /// The list for the project in `p`, with the module cache `cache` and the proxies given.
    fn deps(&self, proxies: &str) -> Result<Deps, Failure> {
        let lookup = Lookup {
            dir: self.path("p"),
            gowork: GoWork::Auto,
            modfile: None,
            goroot: None,
            temp_dir: PathBuf::from("/nowhere"),
            gopath: None,
        };
        let project = locate(&lookup).unwrap().unwrap();
        let vendor = project.read_vendor().unwrap();
        let sums = project.read_sums().unwrap();
        let cache = self.path("cache");
        of_project(&project, Some(&vendor), &Sources::new(Some(&cache), proxies, &sums))
    }
}

const MAIN: &str = "module m.x/m\n\ngo 1.16\n\nrequire (\n\ta.x/Big v1.0.0\n\tb.x/b v1.0.0\n)\n\nreplace b.x/b => ../b\n";
const CACHED: (&str, &str) =
    ("cache/cache/download/a.x/!big/@v/v1.0.0.mod", "module a.x/Big\n\nrequire c.x/c v1.0.0\n");
const LISTED: &str = "# a.x/Big v1.0.0\n## explicit\na.x/Big\n# b.x/b v1.0.0 => ../b\n## explicit\nb.x/b\n# d.x/d v1.0.0 => d.x/e v1.1.0\nd.x/d\n# b.x/b => ../b\n";

#[test]
fn all_is_known_from_the_module_cache_and_from_proxies_that_are_directories() {
    let world = World::new(&[
        ("p/go.mod", MAIN),
        ("b/go.mod", "module b.x/b\n"),
        CACHED,
        ("tree/c.x/c/@v/v1.0.0.mod", "module c.x/c\n"),
    ]);
    let tree = format!("https://proxy.example,file://{}", world.path("tree").display());
    let deps = world.deps(&tree).unwrap();
    assert_eq!(deps.text(), "m.x/m\na.x/Big v1.0.0\nb.x/b v1.0.0 => ../b\nc.x/c v1.0.0\n");
    assert_eq!((deps.known, deps.notes()), (Known::All, Vec::new()));
}

#[test]
fn from_vendor_alone_the_listed_modules_are_known() {
    let world = World::new(&[
        ("p/go.mod", MAIN),
        ("p/vendor/modules.txt", LISTED),
        ("b/go.mod", "module b.x/b\n"),
    ]);
    let deps = world.deps("").unwrap();
    let want = "m.x/m\na.x/Big v1.0.0\nb.x/b v1.0.0 => ../b\nd.x/d v1.0.0 => d.x/e v1.1.0\n";
    assert_eq!((deps.text().as_str(), deps.known), (want, Known::Vendored));
    assert_eq!(
        deps.notes(),
        [
            "these are the modules of vendor/modules.txt, and what else go selects is not known: the go.mod of a.x/Big@v1.0.0 is not at hand (it is not in the module cache); run `go-offline --profile online mod graph` to fetch them"
        ]
    );
}

#[test]
fn without_either_the_list_says_that_it_is_not_all() {
    let world = World::new(&[("p/go.mod", MAIN), CACHED]);
    let deps = world.deps("").unwrap();
    assert_eq!(deps.known, Known::Partly);
    assert_eq!(deps.text(), "m.x/m\na.x/Big v1.0.0\nb.x/b v1.0.0 => ../b\nc.x/c v1.0.0\n");
    let missing: Vec<String> = deps.gaps.iter().map(|(module, _)| module.to_string()).collect();
    assert_eq!(missing, ["../b", "c.x/c@v1.0.0"]);
    assert!(deps.notes()[0].contains(", and of 1 more;"), "{:?}", deps.notes());
}

#[test]
fn a_go_mod_that_go_sum_does_not_know_is_not_at_hand() {
    let sum = |text: &str| format!("a.x/Big v1.0.0/go.mod {}\n", go_mod_h1(text.as_bytes()));
    let world = World::new(&[
        ("p/go.mod", "module m.x/m\ngo 1.25\nrequire a.x/Big v1.0.0\n"),
        ("p/go.sum", &sum(CACHED.1)),
        ("cache/cache/download/c.x/c/@v/v1.0.0.mod", "module c.x/c\n"),
        CACHED,
    ]);
    assert_eq!(world.deps("").unwrap().known, Known::All);
    world.write(CACHED.0, "module a.x/Big\n");
    let deps = world.deps("").unwrap();
    assert_eq!(deps.known, Known::Partly);
    assert!(deps.gaps[0].1.ends_with("v1.0.0.mod is not the file that go.sum has the hash of"));
}

#[test]
fn the_modules_of_a_workspace_come_first_and_its_directories_are_its_own() {
    let world = World::new(&[
        ("p/go.work", "go 1.25\nuse ./z\nuse ./in/a\n"),
        ("p/z/go.mod", "module z.x/z\ngo 1.25\nrequire b.x/b v1.0.0\n"),
        ("p/in/a/go.mod", "module a.x/a\ngo 1.25\nreplace b.x/b => ../b\n"),
        ("p/in/b/go.mod", "module b.x/b\ngo 1.25\n"),
    ]);
    let deps = world.deps("").unwrap();
    assert_eq!(deps.text(), "a.x/a\nz.x/z\nb.x/b v1.0.0 => ./in/b\n");
}

#[test]
fn a_go_mod_that_needs_updates_is_told() {
    let main = "module m.x/m\ngo 1.16\nrequire a.x/Big v1.0.0\nrequire c.x/c v0.9.0\n";
    let c = "module c.x/c\n";
    let at = |version: &str| format!("cache/cache/download/c.x/c/@v/{version}.mod");
    let (low, high) = (at("v0.9.0"), at("v1.0.0"));
    let world = World::new(&[("p/go.mod", main), CACHED, (&low, c), (&high, c)]);
    let deps = world.deps("").unwrap();
    assert_eq!(deps.known, Known::All);
    let [note] = &deps.notes()[..] else { panic!("{:?}", deps.notes()) };
    assert!(note.starts_with("go.mod requires c.x/c@v0.9.0, but go selects v1.0.0 "), "{note}");
}

#[test]
fn what_means_nothing_is_an_error() {
    let world = World::new(&[("p/go.mod", "module m.x/m\nrequire\n")]);
    assert!(world.deps("").is_err());
}
