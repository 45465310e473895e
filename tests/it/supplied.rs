//! A world in which a project's modules come from a proxy in a directory, and their hashes lie in a checksum
//! database with a key of its own.

use crate::checksum_database::ChecksumDatabase;
use crate::modules::{Files, Modules, escaped, file_list};
use crate::world::{Run, Who, World};
use go_offline::gomod::go_mod_h1;
use std::path::{Path, PathBuf};

/// The checksum database's name.
pub(crate) const NAME: &str = "sum.example.net";

/// Modules of the proxy: path, version, files. The last is private, and the one before it has no package
/// that anybody uses.
pub(crate) const MODULES: [(&str, &str, &str); 5] = [
    (
        "example.com/Dep",
        "v1.2.3",
        "\
-- go.mod --
module example.com/Dep

go 1.16

require example.com/graph v0.9.0
-- dep.go --
package dep

const Word = \"dep\"
-- sub/sub.go --
package sub
",
    ),
    (
        "example.com/fork",
        "v1.1.0-RC1",
        "-- go.mod --\nmodule example.com/replaced\n\ngo 1.16\n-- fork.go --\npackage replaced\n",
    ),
    (
        "example.com/other",
        "v1.0.0",
        "-- go.mod --\nmodule example.com/other\n\ngo 1.16\n-- other.go --\npackage other\n",
    ),
    (
        "example.com/graph",
        "v0.9.0",
        "-- go.mod --\nmodule example.com/graph\n\ngo 1.16\n-- graph.go --\npackage graph\n",
    ),
    (
        "git.acme.example/own",
        "v0.1.0",
        "-- go.mod --\nmodule git.acme.example/own\n\ngo 1.16\n-- own.go --\npackage own\n",
    ),
];

const GO_MOD: &str = "\
module example.com/app

go 1.16

require (
	example.com/Dep v1.2.3
	example.com/other v1.0.0
	example.com/replaced v1.0.0
	git.acme.example/own v0.1.0
)

replace example.com/replaced => example.com/fork v1.1.0-RC1
";

const MAIN: &str = "\
package main

import (
	dep \"example.com/Dep\"
	_ \"example.com/other\"
	_ \"example.com/replaced\"
	_ \"git.acme.example/own\"
)

func main() { println(\"built with\", dep.Word) }
";

/// Patterns of what is private.
pub(crate) const PRIVATE: &str = "git.acme.example";

/// The world.
pub(crate) struct Supplied {
    pub(crate) world: World,
    pub(crate) database: ChecksumDatabase,
}

impl Supplied {
    pub(crate) fn new() -> Supplied {
        Supplied::of(Who::Self_)
    }

    /// The same on somebody's behalf.
    pub(crate) fn of(who: Who) -> Supplied {
        let world = World::of(who);
        let proxy = Modules::new(world.root().join("proxy"));
        let mut database = ChecksumDatabase::new(NAME);
        for (path, version, text) in MODULES {
            proxy.publish(path, version, text);
            if path != "git.acme.example/own" {
                let (zip, go_mod) = sums(path, version, text);
                database.add(path, version, &zip, &go_mod);
            }
        }
        database.grow(700);
        database.write(&world.root().join("sumdb"));
        world.write("app/go.mod", GO_MOD);
        world.write("app/main.go", MAIN);
        world.write("app/go.sum", &go_sum());
        Supplied { world, database }
    }

    /// A file of the world.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.world.root().join(name)
    }

    /// A file of the module cache's downloads.
    pub(crate) fn cached(&self, path: &str, version: &str, kind: &str) -> PathBuf {
        let name = format!("{}/@v/{}.{kind}", escaped(path), escaped(version));
        self.downloads().join(name)
    }

    pub(crate) fn downloads(&self) -> PathBuf {
        self.path("home/go/pkg/mod/cache/download")
    }

    /// What GOSUMDB is here.
    pub(crate) fn gosumdb(&self) -> String {
        format!("{} file://{}", self.database.key(), self.path("sumdb").display())
    }

    /// go-offline in the project, with the user's proxy and database.
    pub(crate) fn ours(&self, args: &[&str]) -> Run<'_> {
        self.with_settings(self.world.ours(args))
    }

    /// Bare go in the project.
    pub(crate) fn go(&self, args: &[&str]) -> Run<'_> {
        self.with_settings(self.world.bare(args)).env("GOFLAGS", "-modcacherw")
    }

    fn with_settings<'w>(&self, run: Run<'w>) -> Run<'w> {
        run.dir(self.path("app"))
            .env("GOPROXY", format!("file://{}", self.path("proxy").display()))
            .env("GOSUMDB", self.gosumdb())
            .env("GONOSUMDB", PRIVATE)
            .env("GOTOOLCHAIN", "local")
    }
}

/// The hashes of a module version: of the zip and of go.mod.
pub(crate) fn sums(path: &str, version: &str, text: &str) -> (String, String) {
    let files = crate::txtar::files(text).into_iter();
    let files: Files =
        files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).collect();
    (file_list(path, version, &files).h1(), go_mod_h1(&files["go.mod"]))
}

/// The go.sum that go writes for the project.
pub(crate) fn go_sum() -> String {
    let mut lines = String::new();
    for (path, version, text) in MODULES {
        let (zip, go_mod) = sums(path, version, text);
        if path != "example.com/graph" {
            lines += &format!("{path} {version} {zip}\n");
        }
        lines += &format!("{path} {version}/go.mod {go_mod}\n");
    }
    // go sorts by path, then by version.
    let mut sorted: Vec<&str> = lines.lines().collect();
    sorted.sort_by_key(|line| line.split(' ').next().map(str::to_owned));
    sorted.join("\n") + "\n"
}

/// All files below a directory by name, with their content.
pub(crate) fn tree(dir: &Path) -> Files {
    fn add(files: &mut Files, top: &Path, dir: &Path) {
        let Ok(entries) = std::fs::read_dir(dir) else { return };
        for entry in entries.map(Result::unwrap) {
            let path = entry.path();
            let name = path.strip_prefix(top).unwrap().to_str().unwrap().to_owned();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                add(files, top, &path);
            } else if kind.is_symlink() {
                let target = std::fs::read_link(&path).unwrap().into_os_string();
                files.insert(format!("{name} ->"), target.into_encoded_bytes());
            } else {
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    let mut files = Files::new();
    add(&mut files, dir, dir);
    files
}

/// The names of all files below a directory.
pub(crate) fn names(dir: &Path) -> Vec<String> {
    tree(dir).into_keys().collect()
}
