//! `go list -m all` on the far side: it wants the times of modules that go.sum does not name.

use super::{create, far};
use crate::modules::Modules;
use crate::supplied::{NAME, Supplied, sums};
use crate::world::Ran;
use std::fs;

/// What the app requires: a module whose graph is pruned.
const NEAR: &str = "\
-- go.mod --
module example.com/near

go 1.18

require (
	example.com/leaf v1.0.0
	example.com/stray v1.0.0
)
-- near.go --
package near
-- more/more.go --
package more

import (
	_ \"example.com/leaf\"
	_ \"example.com/stray\"
)
";

const LEAF: &str =
    "-- go.mod --\nmodule example.com/leaf\n\ngo 1.18\n-- leaf.go --\npackage leaf\n";

/// The checksum database has no record of this.
const STRAY: &str =
    "-- go.mod --\nmodule example.com/stray\n\ngo 1.18\n-- stray.go --\npackage stray\n";

const GO_MOD: &str = "module example.com/app\n\ngo 1.18\n\nrequire example.com/near v1.0.0\n";

const ALL: &str = "\
example.com/app
example.com/leaf v1.0.0
example.com/near v1.0.0
example.com/stray v1.0.0
";

/// An app that needs one module, which needs others for what the app does not use.
fn pruned() -> Supplied {
    let mut supplied = Supplied::new();
    let proxy = Modules::new(supplied.path("proxy"));
    for (path, text) in
        [("example.com/near", NEAR), ("example.com/leaf", LEAF), ("example.com/stray", STRAY)]
    {
        proxy.publish(path, "v1.0.0", text);
        if path != "example.com/stray" {
            let (zip, go_mod) = sums(path, "v1.0.0", text);
            supplied.database.add(path, "v1.0.0", &zip, &go_mod);
        }
    }
    supplied.database.write(&supplied.path("sumdb"));
    let (zip, go_mod) = sums("example.com/near", "v1.0.0", NEAR);
    let go_sum =
        format!("example.com/near v1.0.0 {zip}\nexample.com/near v1.0.0/go.mod {go_mod}\n");
    supplied.world.write("app/go.mod", GO_MOD);
    supplied.world.write("app/go.sum", &go_sum);
    supplied
        .world
        .write("app/main.go", "package main\n\nimport _ \"example.com/near\"\n\nfunc main() {}\n");
    supplied
}

/// The app's list, from the tree of the bundle alone.
fn list(supplied: &Supplied, home: &str, args: &[&str]) -> Ran {
    fs::create_dir_all(supplied.path(home)).unwrap();
    let run = supplied.go(&[&["list", "-m"], args, &["all"]].concat());
    let tree = format!("file://{}", supplied.path("tree").display());
    run.env("HOME", supplied.path(home)).env("GOPROXY", tree).env("GOSUMDB", NAME).run()
}

fn crossed(supplied: &Supplied) {
    far(&supplied.world, &["unpack", "deps.tar.zst", "tree", "--go-sum", "app/go.sum"])
        .run()
        .ended(0);
}

#[test]
fn all_modules_can_be_listed_where_the_bundle_goes() {
    let supplied = pruned();
    let ran = create(&supplied, "deps.tar.zst", &[]).run().ended(0);
    assert_eq!(ran.stderr, "");
    let words = format!(
        "1 modules, 0 go.mod files of others, the times of 2 more; 1 versions proven by {NAME}; "
    );
    assert!(ran.stdout.contains(&words), "{ran:#?}");
    // Of a time there is nothing to prove.
    far(&supplied.world, &["verify", "deps.tar.zst"]).run().ended(0);
    crossed(&supplied);
    let listed = supplied.world.ours(["bundle", "list", "deps.tar.zst"]);
    let listed = listed.dir(supplied.world.root()).run().ended(0).stdout;
    let want = "\
example.com/leaf v1.0.0 info none
example.com/near v1.0.0 zip sumdb
example.com/stray v1.0.0 info none
";
    assert_eq!(listed, want);
    assert_eq!(list(&supplied, "one", &[]).ended(0).stdout, ALL);
    // That is what was missing.
    fs::remove_file(supplied.path("tree/example.com/leaf/@v/v1.0.0.info")).unwrap();
    let ran = list(&supplied, "two", &[]).ended(1);
    assert!(ran.stderr.contains("example.com/leaf@v1.0.0"), "{ran:#?}");
}

#[test]
fn a_time_that_is_none_is_fetched_anew() {
    let supplied = pruned();
    create(&supplied, "deps.tar.zst", &[]).run().ended(0);
    let before = fs::read(supplied.path("deps.tar.zst")).unwrap();
    let info = supplied.cached("example.com/leaf", "v1.0.0", "info");
    fs::write(&info, "{}").unwrap();
    let ran = create(&supplied, "deps.tar.zst", &["--no-fetch"]).run().ended(0);
    assert!(ran.stderr.contains("it names no version"), "{ran:#?}");
    let ran = create(&supplied, "deps.tar.zst", &[]).run().ended(0);
    assert_eq!(ran.stderr.lines().count(), 1, "{ran:#?}");
    assert!(ran.stderr.contains("leaf@v1.0.0: removed from the module cache: "), "{ran:#?}");
    assert!(fs::read(supplied.path("deps.tar.zst")).unwrap() == before);
}

#[test]
fn a_time_that_is_not_to_be_had_is_said_and_nothing_else_fails() {
    for (args, why) in [(&[][..], "leaf"), (&["--no-fetch"], "its info is not in the module cache")]
    {
        let supplied = pruned();
        supplied.ours(&["fetch"]).run().ended(0);
        supplied.ours(&["sumdb", "verify"]).run().ended(0);
        supplied.world.remove("proxy/example.com/leaf");
        let ran = create(&supplied, "deps.tar.zst", args).run().ended(0);
        assert_eq!(ran.stderr.lines().count(), 1, "{ran:#?}");
        assert!(
            ran.stderr.contains("`go list -m all` will fail where the bundle goes"),
            "{ran:#?}"
        );
        assert!(ran.stderr.contains("example.com/leaf@v1.0.0: "), "{ran:#?}");
        assert!(ran.stderr.contains(why), "{ran:#?}");
        crossed(&supplied);
        assert_eq!(list(&supplied, "one", &["-e"]).ended(0).stdout, ALL);
    }
}
