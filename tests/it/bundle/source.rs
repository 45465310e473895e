//! `--with-source`: the project too, so that the far side needs the bundle and go-offline alone.

use super::{create, far, nothing_left};
use crate::supplied::{Supplied, names, tree};
use crate::world::{Ran, World};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

/// The names of the project's files in a bundle, below `source/`.
fn carried(supplied: &Supplied, bundle: &str) -> Vec<String> {
    let files = listed(supplied, bundle);
    let source =
        files.into_iter().filter_map(|name| Some(name.strip_prefix("source/")?.to_owned()));
    source.collect()
}

fn listed(supplied: &Supplied, bundle: &str) -> Vec<String> {
    let list = supplied
        .world
        .ours(["bundle", "list", "--files", bundle])
        .dir(supplied.world.root())
        .run()
        .ended(0);
    list.stdout.lines().filter_map(|line| line.splitn(3, ' ').nth(2)).map(str::to_owned).collect()
}

fn git(supplied: &Supplied, args: &[&str]) {
    let settings = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"];
    let mut git = Command::new("git");
    git.args(settings)
        .args(args)
        .current_dir(supplied.path("app"))
        .env("GIT_CONFIG_GLOBAL", "/dev/null");
    assert!(git.output().unwrap().status.success(), "{args:?}");
    supplied.world.hand_over();
}

/// What was printed as the next command.
fn next(ran: &Ran) -> &str {
    ran.stdout.lines().find_map(|line| line.strip_prefix("next: ")).unwrap()
}

/// Runs a command as it was printed, in the directory where it was printed, with no modules at hand.
fn follow<'w>(world: &'w World, command: &str) -> crate::world::Run<'w> {
    let fresh = world.root().join("fresh");
    fs::create_dir_all(&fresh).unwrap();
    world.hand_over();
    let named = world.root().join("bin/go-offline");
    if !named.exists() {
        symlink(world.program(), named).unwrap();
    }
    let script = command.replace("./...", "-o /dev/null ./...");
    world.shell(&script).dir(world.root()).env("HOME", fresh)
}

#[test]
fn the_next_command_that_is_printed_builds() {
    let supplied = Supplied::new();
    let world = &supplied.world;
    create(&supplied, "b.tar.zst", &["--with-source"]).run().ended(0);
    for there in ["app", "proxy", "sumdb"] {
        world.remove(there);
    }
    let ran = far(world, &["unpack", "b.tar.zst", "a dir"]).run().ended(0);
    assert!(ran.stdout.contains("the project"), "{ran:#?}");
    let next = next(&ran);
    assert_eq!(next, "cd 'a dir/source' && go-offline build ./...");
    follow(world, next).run().ended(0);
    assert_eq!(world.heard(), [""; 0]);
}

#[test]
fn settings_of_the_project_stay_as_they_are() {
    let supplied = Supplied::new();
    let world = &supplied.world;
    let settings = "default-profile = 'dev'\n[profile.dev]\ninherits = 'online'\n";
    world.write("app/go-offline.toml", settings);
    create(&supplied, "b.tar.zst", &["--with-source"]).run().ended(0);
    for there in ["app", "proxy", "sumdb"] {
        world.remove(there);
    }
    let ran = far(world, &["unpack", "b.tar.zst", "tree"]).run().ended(0);
    assert_eq!(world.read("tree/source/go-offline.toml"), settings);
    let next = next(&ran);
    assert!(next.starts_with("cd ") && next.contains(" --config "), "{next}");
    follow(world, next).run().ended(0);
}

#[test]
fn without_the_project_the_settings_lie_beside_the_tree() {
    let supplied = Supplied::new();
    let world = &supplied.world;
    create(&supplied, "b.tar.zst", &[]).run().ended(0);
    let ran = far(world, &["unpack", "b.tar.zst", "tree"]).run().ended(0);
    let next = next(&ran).to_owned();
    assert!(next.starts_with("go-offline --config "), "{next}");
    follow(world, &next).dir(supplied.path("app")).run().ended(0);
}

#[test]
fn what_git_would_keep_is_carried() {
    let supplied = Supplied::new();
    let world = &supplied.world;
    for (name, text) in [
        ("app/.gitignore", "*.out\n/build/\nsecret.txt\n"),
        ("app/a.out", ""),
        ("app/build/x", ""),
        ("app/tracked.out", ""),
        ("app/gone.out", ""),
        ("app/sub/.gitignore", "!kept.out\n"),
        ("app/sub/kept.out", ""),
        ("app/sub/x.out", ""),
        ("app/vendor/modules.txt", ""),
        ("app/vendor/x/y.out", ""),
        ("app/new.txt", ""),
    ] {
        world.write(name, text);
    }
    git(&supplied, &["init", "-q"]);
    git(
        &supplied,
        &["add", "-f", "tracked.out", "gone.out", "main.go", "go.mod", "go.sum", ".gitignore"],
    );
    world.remove("app/gone.out");
    create(&supplied, "b.tar.zst", &["--with-source"]).run().ended(0);
    let wanted = [
        ".gitignore",
        "go.mod",
        "go.sum",
        "main.go",
        "new.txt",
        "sub/.gitignore",
        "sub/kept.out",
        "tracked.out",
        "vendor/modules.txt",
        "vendor/x/y.out",
    ];
    assert_eq!(carried(&supplied, "b.tar.zst"), wanted);
    // What is asked for besides, in its place; and what is not wanted.
    create(
        &supplied,
        "c.tar.zst",
        &[
            "--with-source",
            "--include",
            "build",
            "--include",
            "../sumdb/latest",
            "--exclude",
            "vendor/",
            "--exclude",
            "*.txt",
        ],
    )
    .run()
    .ended(0);
    let wanted = [
        ".gitignore",
        "build/x",
        "go.mod",
        "go.sum",
        "main.go",
        "sub/.gitignore",
        "sub/kept.out",
        "tracked.out",
    ];
    assert_eq!(carried(&supplied, "c.tar.zst"), wanted);
    assert!(listed(&supplied, "c.tar.zst").contains(&"payload/latest".to_owned()));
    // Of neither is there a proof, and that is said.
    let ran = far(world, &["verify", "c.tar.zst", "--go-sum", "app/go.sum"]).run().ended(75);
    let ran = ran.said("proven by nothing but the bundle: the project and payload/");
    assert!(
        ran.stdout.ends_with(", 1 by go.sum, the project and payload/ by nothing but the bundle\n"),
        "{ran:#?}"
    );
    let ran = create(&supplied, "d.tar.zst", &["--with-source", "--include", "nowhere"]).run();
    let ran = ran.ended(78);
    ran.said("nowhere");
    assert!(!supplied.path("d.tar.zst").exists());
    // Without git there is a word of it.
    let bin = supplied.path("bin");
    symlink(world.goroot().join("bin/go"), bin.join("go")).unwrap();
    let ran = create(&supplied, "e.tar.zst", &["--with-source"]).env("PATH", &bin).run().ended(0);
    ran.said("there is no git").said("--include");
    assert!(!carried(&supplied, "e.tar.zst").contains(&"tracked.out".to_owned()));
}

/// docker/cli makes its go.mod for each build, of vendor.mod, and ignores it.
#[test]
fn files_that_make_it_a_project_are_carried_though_ignored() {
    let supplied = Supplied::new();
    let world = &supplied.world;
    world.write("app/.gitignore", "go.mod\ngo.sum\n");
    git(&supplied, &["init", "-q"]);
    git(&supplied, &["add", "main.go", ".gitignore"]);
    create(&supplied, "b.tar.zst", &["--with-source"]).run().ended(0);
    assert_eq!(carried(&supplied, "b.tar.zst"), [".gitignore", "go.mod", "go.sum", "main.go"]);
    // Nor is it the project's matter what only this machine ignores.
    world.write("app/.git/info/exclude", "main.go\n");
    create(&supplied, "c.tar.zst", &["--with-source"]).run().ended(0);
    assert_eq!(carried(&supplied, "c.tar.zst"), [".gitignore", "go.mod", "go.sum", "main.go"]);
}

#[test]
fn links_and_executable_files_are_what_they_were() {
    let supplied = Supplied::new();
    let world = &supplied.world;
    world.write("app/tools/run.sh", "#!/bin/sh\n");
    world.write("app/tools/data", "");
    fs::set_permissions(supplied.path("app/tools/run.sh"), fs::Permissions::from_mode(0o750))
        .unwrap();
    symlink("tools/run.sh", supplied.path("app/run")).unwrap();
    symlink("../main.go", supplied.path("app/tools/main.go")).unwrap();
    symlink("tools", supplied.path("app/dir")).unwrap();
    for bundle in ["b.tar.zst", "b"] {
        create(&supplied, bundle, &["--with-source"]).run().ended(0);
        far(world, &["unpack", bundle, "tree"]).run().ended(0);
        let source = supplied.path("tree/source");
        let mode = |name: &str| source.join(name).metadata().unwrap().permissions().mode() & 0o111;
        assert_ne!(mode("tools/run.sh"), 0);
        assert_eq!(mode("tools/data"), 0);
        assert_eq!(fs::read_link(source.join("run")).unwrap().to_str(), Some("tools/run.sh"));
        assert_eq!(
            fs::read_link(source.join("tools/main.go")).unwrap().to_str(),
            Some("../main.go")
        );
        assert_eq!(fs::read_link(source.join("dir")).unwrap().to_str(), Some("tools"));
        world.remove("tree");
    }
    // One that leads out of the project leads nowhere on the far side.
    for target in ["/etc/hostname", "../sumdb/latest"] {
        symlink(target, supplied.path("app/out")).unwrap();
        let ran = create(&supplied, "c.tar.zst", &["--with-source"]).run();
        let ran = ran.ended(78).said("source/out").said(target);
        ran.said("--exclude");
        assert!(!supplied.path("c.tar.zst").exists());
        create(&supplied, "c.tar.zst", &["--with-source", "--exclude", "/out"]).run().ended(0);
        world.remove("c.tar.zst");
        fs::remove_file(supplied.path("app/out")).unwrap();
    }
    nothing_left(world);
}

#[test]
fn a_bundle_in_the_project_does_not_contain_itself() {
    let supplied = Supplied::new();
    for name in ["app/out/b.tar.zst", "app/out/dir"] {
        fs::create_dir_all(supplied.path("app/out")).unwrap();
        create(&supplied, name, &["--with-source"]).run().ended(0);
        let once = tree(&supplied.path(name));
        assert!(carried(&supplied, name).iter().all(|name| !name.starts_with("out/")));
        if name.ends_with(".zst") {
            let bytes = fs::read(supplied.path(name)).unwrap();
            create(&supplied, name, &["--with-source"]).run().ended(0);
            assert!(fs::read(supplied.path(name)).unwrap() == bytes);
        }
        drop(once);
        supplied.world.remove("app/out");
    }
    assert_eq!(names(&supplied.path("app")), ["go.mod", "go.sum", "main.go"]);
    // Under whatever name, and not what a killed run left beside it either.
    let world = &supplied.world;
    fs::create_dir_all(supplied.path("app/out")).unwrap();
    symlink(supplied.path("app/out"), supplied.path("link")).unwrap();
    world.write("app/out/.b.tar.zst.tmp-0aZ9xQ", "half an archive");
    world.write("app/out/.b.tar.zst.txt", "not of ours");
    let mut all = Vec::new();
    for output in ["out/b.tar.zst", "../app/out/b.tar.zst", "../link/b.tar.zst"] {
        supplied.ours(&["bundle", "create", "--with-source", "-o", output]).run().ended(0);
        all.push(fs::read(supplied.path("app/out/b.tar.zst")).unwrap());
    }
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
    let mut want = ["go.mod", "go.sum", "main.go", "out/.b.tar.zst.txt"];
    want.sort_unstable();
    assert_eq!(carried(&supplied, "link/b.tar.zst"), want);
}

/// Each bundle would carry all that were made before it.
#[test]
fn earlier_bundles_are_left_out_and_named() {
    let supplied = Supplied::new();
    let world = &supplied.world;
    let create = |output: &str, args: &[&str]| {
        let all = [&["bundle", "create", "--with-source", "-o", output], args].concat();
        supplied.ours(&all).run().ended(0)
    };
    create("a.tar.zst", &[]);
    create("dir", &[]);
    world.write("app/sub/manifest.json", "{}");
    world.write("app/other.tar.zst", "no bundle");
    let ran = create("b.tar.zst", &[]);
    for name in ["a.tar.zst", "dir"] {
        let path = supplied.path(&format!("app/{name}"));
        assert!(
            ran.stderr.contains(&format!("{} is a bundle, and is left out", path.display())),
            "{ran:#?}"
        );
    }
    let mut want = vec!["go.mod", "go.sum", "main.go", "other.tar.zst", "sub/manifest.json"];
    assert_eq!(carried(&supplied, "app/b.tar.zst"), want);
    // Who asks for one gets it.
    create("c.tar.zst", &["--include", "a.tar.zst"]);
    want.insert(0, "a.tar.zst");
    assert_eq!(carried(&supplied, "app/c.tar.zst"), want);
}

/// A directory is worked in; but of what is new there nobody has said anything.
#[test]
fn what_was_added_to_the_project_of_a_directory_is_not_verified() {
    let supplied = Supplied::new();
    let world = &supplied.world;
    create(&supplied, "dir", &["--with-source"]).run().ended(0);
    far(world, &["unpack", "dir", "tree"]).run().ended(0);
    let verify = |dir: &str| far(world, &["verify", dir, "--go-sum", "app/go.sum"]).run().ended(75);
    for dir in ["dir", "tree"] {
        let ran = verify(dir);
        assert!(!ran.stderr.contains("not of the bundle"), "{ran:#?}");
        world.write(&format!("{dir}/source/planted.go"), "package main\n");
        verify(dir).said("not of the bundle, and not verified: source/planted.go\n");
        world.write(&format!("{dir}/source/sub/planted.go"), "package sub\n");
        verify(dir).said("source/planted.go and 1 more (-v names them)");
    }
    world.write("tree/source/go-offline.toml", "default-profile = \"open\"\n");
    verify("tree").said("not verified: source/go-offline.toml and 2 more");
}

/// What would fail only on the far side is refused here.
#[test]
fn what_cannot_be_built_there_is_not_carried() {
    let supplied = Supplied::new();
    let world = &supplied.world;
    let go_mod = world.read("app/go.mod");
    let lib = supplied.path("app/lib");
    world.write("app/lib/go.mod", "module example.com/lib\n");
    let replaced = format!(
        "{go_mod}\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => {}\n",
        lib.display()
    );
    world.write("app/go.mod", &replaced);
    let ran = create(&supplied, "b.tar.zst", &["--with-source"]).run().ended(78);
    ran.said(lib.to_str().unwrap()).said("relative");
    create(&supplied, "c.tar.zst", &[]).run().ended(0);
    world.write("app/go.mod", &go_mod);
    world.write("app/go.mod", &go_mod.replace("go 1.16", "go 1.22"));
    let ran = create(&supplied, "b.tar.zst", &["--toolchain=1.21.0"]).run();
    ran.ended(78).said("--toolchain 1.21.0: the project asks for go 1.22 or newer");
    world.write("app/go.mod", &format!("{go_mod}\nrequire example.com/new v1.0.0\n"));
    let ran = create(&supplied, "b.tar.zst", &[]).run().ended(75);
    ran.said("example.com/new@v1.0.0 is required, and go.sum does not name it");
    world.write("app/go.mod", "module example.com/app\n\nnonsense\n");
    supplied.ours(&["fetch"]).run().ended(78).said("go.mod:3: ");
    world.write("app/go.mod", &go_mod);
    world.write("app/go.work", "go 1.18\n\nuse .\nuse ./none\n");
    supplied.ours(&["fetch"]).run().ended(78).said("none, where there is no go.mod");
}

/// In a workspace that is no module `./...` names nothing.
#[test]
fn the_next_command_of_a_workspace_names_its_modules() {
    let supplied = Supplied::new();
    let world = &supplied.world;
    world.write("work/go.work", "go 1.18\n\nuse (\n\t./a\n\t./b\n)\n");
    for name in ["a", "b"] {
        world.write(
            &format!("work/{name}/go.mod"),
            &format!("module example.com/{name}\n\ngo 1.18\n"),
        );
        world.write(&format!("work/{name}/main.go"), "package main\n\nfunc main() {}\n");
    }
    let ran = supplied.ours(&["bundle", "create", "--with-source", "-o", "../w.tar.zst"]);
    ran.dir(supplied.path("work")).run().ended(0);
    let ran = far(world, &["unpack", "w.tar.zst", "tree"]).run().ended(0);
    assert_eq!(next(&ran), "cd tree/source && go-offline build ./a/... ./b/...");
}

/// What only wastes the time of who waits for it is said before anything is fetched.
#[test]
fn a_place_where_nothing_can_be_written_is_named_at_once() {
    let supplied = Supplied::new();
    let world = &supplied.world;
    world.write("taken/x", "");
    world.write("file", "");
    let run = |output: &str| create(&supplied, output, &[]).env("GOPROXY", "off").run();
    for name in ["b.tar.gz", "b.tar", "b.TAR.ZST", "b.tgz", "b.zst", "b.zip"] {
        run(name).ended(64).said("ends with .tar.zst");
        assert!(!supplied.path(name).exists());
    }
    run("taken").ended(74).said("is there already");
    run("file").ended(74).said("is there already");
    run("none/b.tar.zst").ended(74).said("No such file");
    run("none/b").ended(74).said("No such file");
    run("file/b.tar.zst").ended(74).said("Not a directory");
    assert_eq!(fs::read_dir(supplied.path("taken")).unwrap().count(), 1);
}

/// What a version control system keeps can name programs that run: it stays here, and none comes back.
#[test]
fn what_version_control_keeps_is_not_carried() {
    let supplied = Supplied::new();
    let world = &supplied.world;
    for name in [".git/config", ".hg/hgrc", "sub/.svn/x", "sub/.git/x"] {
        world.write(&format!("app/{name}"), "x");
    }
    create(&supplied, "b.tar.zst", &["--with-source"]).run().ended(0);
    assert_eq!(carried(&supplied, "b.tar.zst"), ["go.mod", "go.sum", "main.go"]);
    // Data of a test, which git would have in a clone too: it does not stay behind in silence.
    world.remove("app/.git");
    git(&supplied, &["init", "-q"]);
    git(&supplied, &["add", ".hg/hgrc", "main.go"]);
    let ran = create(&supplied, "b.tar.zst", &["--with-source"]).run().ended(78);
    ran.said("source/.hg/hgrc").said("`--exclude` leaves it out");
    let without = ["--with-source", "--exclude", ".hg"];
    create(&supplied, "b.tar.zst", &without).run().ended(0);
    assert_eq!(carried(&supplied, "b.tar.zst"), ["go.mod", "go.sum", "main.go"]);
}

/// A project that reaches beyond its directory is carried with the checkout.
#[test]
fn what_lies_beside_the_module_comes_along() {
    let supplied = Supplied::new();
    let world = &supplied.world;
    world.write("app/go-offline.toml", "");
    world.write("app/cmd/go.mod", "module example.com/cmd\n\ngo 1.16\n\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ../lib\n");
    world.write(
        "app/cmd/main.go",
        "package main\n\nimport _ \"example.com/lib\"\n\nfunc main() {}\n",
    );
    world.write("app/lib/go.mod", "module example.com/lib\n\ngo 1.16\n");
    world.write("app/lib/lib.go", "package lib\n");
    let output = supplied.path("b.tar.zst").to_str().unwrap().to_owned();
    let args = ["bundle", "create", "--with-source", "-o", &output];
    // Without a checkout there is nothing that holds both.
    let ran = supplied.ours(&args).dir(supplied.path("app/cmd")).run().ended(78);
    ran.said("app/lib").said("lies outside");
    git(&supplied, &["init", "-q"]);
    supplied.ours(&args).dir(supplied.path("app/cmd")).run().ended(0);
    let all = carried(&supplied, "b.tar.zst");
    assert!(
        all.contains(&"cmd/main.go".to_owned()) && all.contains(&"lib/lib.go".to_owned()),
        "{all:?}"
    );
    for there in ["app", "proxy", "sumdb"] {
        world.remove(there);
    }
    let ran = far(world, &["unpack", "b.tar.zst", "tree"]).run().ended(0);
    let next = next(&ran);
    assert!(next.starts_with("cd tree/source/cmd "), "{next}");
    follow(world, next).run().ended(0);
}

#[test]
fn a_workspace_is_carried_with_its_modules() {
    let supplied = Supplied::new();
    let world = &supplied.world;
    world.write("app/go.work", "go 1.22\n\nuse (\n\t.\n\t./two\n)\n");
    world.write("app/two/go.mod", "module example.com/two\n\ngo 1.22\n");
    world.write("app/two/two.go", "package two\n");
    world.write("app/go.mod", &world.read("app/go.mod").replace("go 1.16", "go 1.22"));
    let output = supplied.path("b.tar.zst").to_str().unwrap().to_owned();
    supplied
        .ours(&["bundle", "create", "--with-source", "-o", &output])
        .dir(supplied.path("app/two"))
        .run()
        .ended(0);
    assert_eq!(
        carried(&supplied, "b.tar.zst"),
        ["go.mod", "go.sum", "go.work", "main.go", "two/go.mod", "two/two.go"]
    );
    let ran = far(world, &["unpack", "b.tar.zst", "tree"]).run().ended(0);
    follow(world, next(&ran)).run().ended(0);
}
