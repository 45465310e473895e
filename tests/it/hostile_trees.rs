//! Trees that nobody should have: a clear finding or error with the right exit code, never a panic,
//! and nothing of them reaches a terminal raw.

#![cfg(unix)]

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::program::{Program, Ran};
use crate::skip::skipped;
use crate::txtar::World;

const SOUND: &str = "\
-- go.mod --
module example.com/app
go 1.21
require example.com/dep v1.0.0
-- go.sum --
example.com/dep v1.0.0 h1:NIvaJDMOsjHA8n1jAhLSgzrAzy1Hgr+hNrb57e+94F0=
example.com/dep v1.0.0/go.mod h1:TIyPZe4MgqvfeYDBFedMoGGpEw/LqOeaOT+nhxU+yHo=
-- vendor/modules.txt --
# example.com/dep v1.0.0
## explicit
example.com/dep
-- vendor/example.com/dep/dep.go --
package dep
";

const LISTS: [&str; 3] = ["go.mod", "go.sum", "vendor/modules.txt"];

fn check(world: &World) -> Ran {
    let program = Program::new();
    let ran = program.run(world.root(), &["check", "--verify", "lists"]);
    let build = program.run(world.root(), &["build", "./..."]);
    assert_eq!(ran.exit, build.exit, "{}{}", ran.stderr, build.stderr);
    assert_eq!(program.go_was_started(), ran.exit == 0, "{}", build.stderr);
    let json = program.run(world.root(), &["check", "--verify", "lists", "--format", "json"]);
    assert_eq!(json.exit, ran.exit, "{}", json.stderr);
    if !json.stdout.is_empty() {
        serde_json::from_str::<serde_json::Value>(&json.stdout).unwrap();
    }
    for text in [&ran.stdout, &ran.stderr, &build.stdout, &build.stderr] {
        let raw = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202e}' | '\u{feff}');
        assert!(!text.contains(raw), "{text:?}");
        assert!(!text.contains("this is a bug"), "{text}");
        assert!(text.len() < 20_000, "{} bytes", text.len());
    }
    ran
}

/// One change of the sound world.
fn with(change: impl FnOnce(&World)) -> Ran {
    let world = World::new(SOUND);
    change(&world);
    check(&world)
}

#[test]
fn texts_that_nobody_wrote_by_hand() {
    let long = "x".repeat(10_000_000);
    let texts: [(&str, Vec<u8>); 9] = [
        ("a line of 10 MB", long.clone().into_bytes()),
        ("a comment of 10 MB", format!("// {long}\n# {long} v1.0.0\n").into_bytes()),
        ("NUL", b"\0\0\0\n\0".to_vec()),
        ("a byte order mark and NUL", b"\xef\xbb\xbfmodule m\0\n".to_vec()),
        ("bytes that are not UTF-8", b"# \xff\xfe v1.0.0\nmodule \xff\n".to_vec()),
        ("UTF-16", b"\xff\xfem\0o\0d\0u\0l\0e\0".to_vec()),
        ("conflict markers", b"<<<<<<< HEAD\n=======\n>>>>>>> theirs\n".to_vec()),
        ("escapes", b"# example.com/\x1b[31mred v1.0.0 => \x1b]0;title\x07\n\x1b[2J\n".to_vec()),
        ("right to left", "# example.com/\u{202e}dep v1.0.0\n\u{202e}\n".as_bytes().to_vec()),
    ];
    for name in LISTS {
        for (what, text) in &texts {
            let instead = with(|world| world.write(name, text));
            assert_eq!(instead.exit, 65, "{name}: {what}: {}", instead.stdout);
            let behind = with(|world| {
                world.write(name, [world.read(name).as_bytes(), text].concat());
            });
            let harmless = name == "vendor/modules.txt";
            assert!(
                behind.exit == 65 || harmless && behind.exit == 0,
                "{name}: {what}: {}",
                behind.stdout
            );
        }
    }
}

#[test]
fn line_ends_of_windows_are_no_finding() {
    let ran = with(|world| {
        for name in LISTS {
            world.write(name, world.read(name).replace('\n', "\r\n"));
        }
    });
    assert_eq!(ran.exit, 0, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn a_byte_order_mark_hides_the_first_line_from_go_and_from_us() {
    for name in ["go.mod", "vendor/modules.txt"] {
        let ran = with(|world| world.write(name, format!("\u{feff}{}", world.read(name))));
        assert_eq!(ran.exit, 65, "{name}: {}", ran.stdout);
    }
}

#[test]
fn directories_where_files_belong() {
    for name in ["go.sum", "vendor/modules.txt"] {
        let ran = with(|world| {
            std::fs::remove_file(world.path(name)).unwrap();
            std::fs::create_dir(world.path(name)).unwrap();
        });
        assert_eq!(ran.exit, 74, "{name}");
        assert!(ran.stderr.contains(name), "{}", ran.stderr);
    }
    // go takes no directory for a go.mod: there is no module here.
    let world = World::new("");
    std::fs::create_dir(world.path("go.mod")).unwrap();
    assert_eq!(Program::new().run(world.root(), &["check"]).exit, 78);
}

#[test]
fn files_where_directories_belong() {
    let ran = with(|world| {
        std::fs::remove_dir_all(world.path("vendor")).unwrap();
        world.write("vendor", "not a directory");
    });
    // go does not vendor here, so there is nothing to check; `--profile vendor` insists.
    assert_eq!(ran.exit, 0, "{}", ran.stdout);
    let world = World::new(
        "-- go.mod --\nmodule m\ngo 1.21\nrequire example.com/dep v1.0.0\n-- vendor --\n",
    );
    let ran =
        Program::new().run(world.root(), &["--profile", "vendor", "check", "--verify", "lists"]);
    assert_eq!(ran.exit, 65, "{}", ran.stdout);
    assert!(ran.stdout.contains("error[vendor-missing]"), "{}", ran.stdout);
}

#[test]
fn symbolic_links() {
    let elsewhere = World::new("-- x/x.go --\npackage x\n");
    let vendor_is_a_link = with(|world| {
        std::fs::rename(world.path("vendor"), world.path("elsewhere")).unwrap();
        symlink("elsewhere", world.path("vendor")).unwrap();
    });
    assert_eq!(vendor_is_a_link.exit, 0, "{}", vendor_is_a_link.stdout);
    let loops = with(|world| {
        symlink(".", world.path("vendor/example.com/dep/self")).unwrap();
        symlink("../..", world.path("vendor/example.com/up")).unwrap();
        symlink("nowhere", world.path("vendor/example.com/dangling")).unwrap();
        symlink("itself", world.path("vendor/example.com/itself")).unwrap();
    });
    // Through the loops the package has other names too, which nothing lists.
    assert_eq!(loops.exit, 65, "{}", loops.stdout);
    let smuggled = with(|world| {
        symlink(elsewhere.root(), world.path("vendor/evil.example")).unwrap();
    });
    assert_eq!(smuggled.exit, 65, "{}", smuggled.stdout);
    assert!(smuggled.stdout.contains("evil.example/x"), "{}", smuggled.stdout);
    let list_in_circles = with(|world| {
        std::fs::remove_file(world.path("vendor/modules.txt")).unwrap();
        symlink("modules.txt", world.path("vendor/modules.txt")).unwrap();
    });
    assert_eq!(list_in_circles.exit, 74, "{}", list_in_circles.stdout);
}

#[test]
fn names_that_are_not_text() {
    let ran = with(|world| {
        let name = std::ffi::OsStr::from_bytes(b"\x1b[31m\xff\n");
        let dir = world.path("vendor").join(name);
        std::fs::create_dir(&dir).unwrap();
        std::fs::write(dir.join("x.go"), "package x\n").unwrap();
    });
    assert_eq!(ran.exit, 65, "{}", ran.stdout);
    assert!(ran.stdout.contains("vendor-package-unlisted"), "{}", ran.stdout);
}

#[test]
fn what_cannot_be_read_is_an_error_that_names_it() {
    for name in ["go.mod", "go.sum", "vendor/modules.txt", "vendor/example.com/dep", "vendor"] {
        let world = World::new(SOUND);
        let mode = |mode| {
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(world.path(name), permissions).unwrap();
        };
        let program = Program::new();
        for root in [world.root(), program.home()] {
            std::fs::set_permissions(root, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        mode(0o000);
        let mut command = program.command(world.root(), &["check", "--verify", "lists"]);
        // Root reads everything.
        if is_root() {
            use std::os::unix::process::CommandExt;
            command.uid(65534).gid(65534);
        }
        let output = command.output();
        mode(0o755);
        let ran = match output {
            Ok(output) => Ran::of(&output),
            Err(error) => return skipped(&format!("as another user: {error}")),
        };
        assert_eq!(ran.exit, 74, "{name}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(name) && ran.stderr.contains("ermission"), "{}", ran.stderr);
    }
}

fn is_root() -> bool {
    let world = World::new("-- x --\n");
    std::fs::set_permissions(world.path("x"), std::fs::Permissions::from_mode(0o000)).unwrap();
    std::fs::read(world.path("x")).is_ok()
}
