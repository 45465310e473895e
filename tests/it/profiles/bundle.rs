//! Profile `bundle`: a tree of files is the only source, and a toolchain in it runs where none is
//! installed.

use crate::modules::{Files, Modules, file_list, zip};
use crate::world::{Ran, Run, Who, World, everybody};
use go_offline::gomod::{go_mod_h1, platform};
use std::path::PathBuf;

/// A name in which everything means something to a URL, or to the list that GOPROXY is.
const TREE: &str = "a bundle, 100% ü#x?y|z";

const DEP: &str = "\
-- go.mod --
module example.com/dep

go 1.21
-- dep.go --
package dep

const Word = \"from the bundle\"
";

/// A world with a bundle of one module and an application that needs it.
fn world(who: Who) -> World {
    let world = World::of(who);
    let manifest = r#"{"format": "go-offline bundle", "version": 1}"#;
    world.write(&format!("{TREE}/manifest.json"), manifest);
    Modules::new(world.root().join(TREE)).publish("example.com/dep", "v1.0.0", DEP);
    world.write(
        "app/go.mod",
        "module example.com/app\n\ngo 1.21\n\nrequire example.com/dep v1.0.0\n",
    );
    world.write(
        "app/main.go",
        "package main\n\nimport \"example.com/dep\"\n\nfunc main() { println(dep.Word) }\n",
    );
    let files: Files = crate::txtar::files(DEP)
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
        .collect();
    let h1 = file_list("example.com/dep", "v1.0.0", &files).h1();
    let go_mod = go_mod_h1(&files["go.mod"]);
    world.write(
        "app/go.sum",
        &format!("example.com/dep v1.0.0 {h1}\nexample.com/dep v1.0.0/go.mod {go_mod}\n"),
    );
    // The database is there, and knows nothing.
    world.write(&format!("{TREE}/sumdb/sum.golang.org/supported"), "");
    world
}

fn tree(world: &World) -> PathBuf {
    world.root().join(TREE)
}

fn bundled<'w>(world: &'w World, args: &[&str]) -> Run<'w> {
    let run = world.ours([&["--profile", "bundle"], args].concat());
    run.dir(world.root().join("app")).env("GO_OFFLINE_BUNDLE", format!("../{TREE}"))
}

fn lines(ran: &Ran) -> Vec<&str> {
    ran.stdout.lines().collect()
}

#[test]
fn a_build_takes_its_modules_from_the_tree() {
    for who in everybody() {
        let world = world(who);
        let ran = bundled(&world, &["run", "."]).run().ended(0);
        assert!(ran.stderr.contains("from the bundle"), "{ran:#?}");
        assert!(world.has("home/go/pkg/mod/example.com/dep@v1.0.0/dep.go"));
        // The very directories that there would be without a GOPATH of ours.
        bundled(&world, &["install", "."]).run().ended(0);
        assert!(world.has("home/go/bin/app"));
        let ran =
            bundled(&world, &["env", "GOMODCACHE", "GOBIN", "GOPATH", "GOSUMDB"]).run().ended(0);
        let home = world.root().join("home");
        let shown = lines(&ran);
        assert_eq!(shown[0], home.join("go/pkg/mod").to_str().unwrap());
        assert_eq!(shown[1], home.join("go/bin").to_str().unwrap());
        assert!(shown[2].starts_with(home.join(".cache/go-offline/gopath").to_str().unwrap()));
        assert_eq!(shown[3], "sum.golang.org");
        assert!(!world.has("home/go/pkg/sumdb"));
        // `bin` of GOPATH is where scripts look for what they have installed.
        assert!(PathBuf::from(shown[2]).join("bin/app").is_file());
        // Programs for elsewhere go where go puts them, be there anything or not.
        world.remove("home/go/bin");
        bundled(&world, &["install", "."]).env("GOARCH", "riscv64").run().ended(0);
        assert!(world.has("home/go/bin/linux_riscv64/app"));
    }
}

#[test]
fn the_file_names_it_from_its_own_directory() {
    let world = world(Who::Self_);
    let settings = format!(
        "default-profile = 'air'\n[profile.air]\ninherits = 'bundle'\nbundle = '../{TREE}'\n"
    );
    world.write("app/go-offline.toml", &settings);
    world.write("app/sub/main.go", "package main\n\nfunc main() {}\n");
    let run = |args: &[&str]| world.ours(args).dir(world.root().join("app/sub"));
    run(&["build", "-o", "/dev/null", "example.com/app"]).run().ended(0);
    let shown = run(&["profile", "show"]).run().ended(0).stdout;
    assert!(shown.contains("bundle = ") && shown.contains("go-offline.toml:4"), "{shown}");
    // What is pasted into a shell works there.
    let env = run(&["profile", "env", "--format", "sh"]).run().ended(0).stdout;
    world
        .shell(&format!("{env}go run example.com/app"))
        .dir(world.root().join("app"))
        .run()
        .ended(0);
    // The variable comes first, and has no say in profiles that stand on something else.
    let other = run(&["version"]).env("GO_OFFLINE_BUNDLE", "/nowhere").run().ended(78);
    other.said("the bundle /nowhere does not exist");
    run(&["--profile", "cache", "version"]).env("GO_OFFLINE_BUNDLE", "/nowhere").run().ended(0);
}

#[test]
fn what_is_no_bundle_is_said() {
    let world = world(Who::Self_);
    let run =
        |bundle: &str| bundled(&world, &["build"]).env("GO_OFFLINE_BUNDLE", bundle).run().ended(78);
    run("").said("takes its bundle from").said("GO_OFFLINE_BUNDLE=deps.tar.zst");
    run("nowhere").said("app/nowhere does not exist");
    run(".").said("a directory without manifest.json");
    run("/dev/null").said("no regular file");
    world.write("app/go-offline.toml", "[profile.p]\ninherits = 'cache'\nbundle = 'x'\n");
    let ran = world.ours(["--profile", "p", "build"]).dir(world.root().join("app")).run().ended(78);
    ran.said("`bundle` is for profiles that inherit `bundle`; this one inherits `cache`");
}

#[test]
fn without_a_line_in_go_sum_nothing_is_believed_and_nobody_is_asked() {
    for has_database in [true, false] {
        let world = world(Who::Self_);
        world.remove("app/go.sum");
        if !has_database {
            world.remove(&format!("{TREE}/sumdb"));
        }
        let ran = bundled(&world, &["build", "-o", "/dev/null"]).run();
        assert!(!matches!(ran.code(), Some(0 | 77)), "{ran:#?}");
        ran.did_not_say("network-attempt");
        let ran = bundled(&world, &["mod", "tidy"]).run().ended(1);
        ran.said("verifying").did_not_say("network-attempt");
        assert!(!world.has("app/go.sum"));
        assert_eq!(world.heard(), [""; 0]);
    }
}

#[test]
fn a_changed_module_is_refused_and_named_before() {
    let world = world(Who::Self_);
    let changed = DEP.replace("from the bundle", "from elsewhere");
    Modules::new(tree(&world)).publish("example.com/dep", "v1.0.0", &changed);
    world.hand_over();
    bundled(&world, &["build", "-o", "/dev/null"]).run().ended(1).said("checksum mismatch");
    let ran = bundled(&world, &["check"]).run().ended(65);
    assert!(ran.stdout.contains("modcache-polluted"), "{ran:#?}");
    assert!(ran.stdout.contains("make the bundle") && !ran.stdout.contains("rm -f"), "{ran:#?}");
}

#[test]
fn what_go_will_fetch_is_checked_in_the_bundle() {
    let world = world(Who::Self_);
    let ran = bundled(&world, &["check"]).run().ended(0);
    assert!(ran.stdout.contains("2 files of 1 of 1 modules verified"), "{ran:#?}");
    bundled(&world, &["build", "-o", "/dev/null"]).env("GO_OFFLINE_VERIFY", "bytes").run().ended(0);
    bundled(&world, &["--strict", "build", "-o", "/dev/null"])
        .env("GO_OFFLINE_VERIFY", "bytes")
        .run()
        .ended(0);
}

/// A vendor directory is no source here.
#[test]
fn vendor_is_not_used() {
    let world = world(Who::Self_);
    world.write(
        "app/vendor/modules.txt",
        "# example.com/dep v1.0.0\n## explicit; go 1.21\nexample.com/dep\n",
    );
    world.write("app/vendor/example.com/dep/dep.go", "package dep\n\nconst Word = \"vendored\"\n");
    let ran = bundled(&world, &["run", "."]).run().ended(0);
    assert!(ran.stderr.contains("from the bundle"), "{ran:#?}");
    bundled(&world, &["build", "-mod=vendor"]).run().ended(65).said("flag-leaves-profile");
}

/// Without a directory of our own there is one for the run.
#[test]
fn it_works_without_a_cache() {
    let world = world(Who::Self_);
    world.write("file", "");
    std::fs::create_dir(world.root().join("tmp")).unwrap();
    world.hand_over();
    let run = |args: &[&str]| {
        let run = bundled(&world, args).env("GO_OFFLINE_CACHE_DIR", world.root().join("file"));
        run.env("TMPDIR", world.root().join("tmp"))
    };
    run(&["build", "-o", "/dev/null"]).run().ended(0);
    assert_eq!(std::fs::read_dir(world.root().join("tmp")).unwrap().count(), 0);
    let bare = || run(&["build", "-o", "/dev/null"]).without("HOME");
    bare().run().ended(78).said("GO_OFFLINE_CACHE_DIR");
    bare().env("GOMODCACHE", world.root().join("mod")).run().ended(0);
}

/// Puts a toolchain into the bundle that tells how it was started.
fn with_toolchain(world: &World, version: &str) -> String {
    let (os, arch) = platform::host().unwrap();
    let name = format!("v0.0.1-go{version}.{os}-{arch}");
    let script = "#!/bin/sh\necho \"it ran as $0 with $GOTOOLCHAIN: $*\"\nexec true\n";
    let files: Files = [
        ("VERSION", format!("go{version}\n")),
        ("bin/go", script.to_owned()),
        ("pkg/tool/x/compile", "compile".to_owned()),
        ("src/_go.mod", "module std\n".to_owned()),
    ]
    .map(|(name, text)| (name.to_owned(), text.into_bytes()))
    .into();
    let dir = tree(world).join("golang.org/toolchain/@v");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join(format!("{name}.zip")), zip("golang.org/toolchain", &name, &files))
        .unwrap();
    let h1 = file_list("golang.org/toolchain", &name, &files).h1();
    world.write(
        &format!("{TREE}/sumdb/sum.golang.org/lookup/golang.org/toolchain@{name}"),
        &format!("1\ngolang.org/toolchain {name} {h1}\n"),
    );
    format!("home/go/pkg/mod/golang.org/toolchain@{name}")
}

#[test]
fn a_toolchain_whose_record_nobody_signed_does_not_run() {
    for who in everybody() {
        let world = world(who);
        let dir = with_toolchain(&world, "1.99.0");
        let run = |args: &[&str]| bundled(&world, args).env("PATH", "/usr/bin:/bin");
        // Looking is no reason to unpack.
        run(&["profile", "show"]).run().ended(0);
        let ran = run(&["build", "-x"]).run().ended(65);
        let ran = ran.said("golang.org/toolchain@v0.0.1-go1.99.0").said("is not used");
        assert!(!ran.stdout.contains("it ran"), "{ran:#?}");
        assert!(!world.has(&dir));
        // Nor in the place of an older one.
        world.write("app/go.mod", &world.read("app/go.mod").replace("go 1.21", "go 1.99"));
        let ran = bundled(&world, &["build"]).run().ended(65).said("is not used");
        assert!(!ran.stdout.contains("it ran"), "{ran:#?}");
        // None that the project accepts is said, too.
        world.write("app/go.mod", &world.read("app/go.mod").replace("go 1.99", "go 1.100"));
        let ran = run(&["build"]).run().ended(78);
        ran.said("no toolchain for this machine that is at least go 1.100");
    }
}
