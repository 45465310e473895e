//! Each finding code has a world that triggers it, one edit away from a sound one that is silent.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::program::{Program, Ran};
use crate::skip::skipped;
use crate::txtar::World;
use cases::{CASES, Case, SOUND};

mod cases;

impl Case {
    fn world(&self) -> World {
        let world = World::new(SOUND);
        for (name, old, new) in self.edits {
            let text = if world.path(name).exists() { world.read(name) } else { String::new() };
            assert!(text.contains(old), "{}: {name} has no {old:?}", self.what);
            match (*old, *new) {
                ("", "") => std::fs::remove_file(world.path(name)).unwrap(),
                ("", new) => world.write(name, format!("{text}{new}")),
                (old, new) => world.write(name, text.replacen(old, new, 1)),
            }
        }
        world
    }

    fn run(&self, program: &Program, world: &World, args: &[&str]) -> Ran {
        let mut command = program.command(world.root(), args);
        command.envs(self.env.iter().copied());
        Ran::of(&command.output().unwrap())
    }

    fn is_of_check(&self) -> bool {
        self.args.first() == Some(&"check")
    }
}

/// The titles of a human report.
fn titles(report: &str) -> Vec<&str> {
    let is_title =
        |line: &&str| ["error[", "warning[", "note["].iter().any(|title| line.starts_with(title));
    report.lines().filter(is_title).collect()
}

#[test]
fn every_code_has_a_case() {
    let program = Program::new();
    let world = World::new("");
    let listed = program.run(world.root(), &["explain"]).stdout;
    let known: BTreeSet<&str> =
        listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    // Those about bytes need modules with zips: tests/it/tampered.rs, lock.rs and carry.rs make them;
    // sumdb.rs makes a checksum database.
    let elsewhere = [
        &crate::tampered::CODES[..],
        &crate::lock::CODES,
        &crate::carry::CODES,
        &["sumdb-mismatch", "sumdb-unproven"],
    ]
    .concat();
    let tested: BTreeSet<&str> = CASES.iter().map(|case| case.code).chain(elsewhere).collect();
    assert!(known.len() >= 15, "{listed}");
    assert_eq!(known, tested);
}

#[test]
fn the_sound_world_is_silent() {
    let (program, world) = (Program::new(), World::new(SOUND));
    let ran =
        program.run(world.root(), &["check", "--verify", "lists", "--strict", "--go", "1.26.8"]);
    assert_eq!(
        ran.stdout,
        ".: 0 findings; lists of 1 vendored modules checked, their bytes not checked (profile vendor)\n"
    );
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""));
    for args in [&["build", "-mod=vendor"][..], &["test"], &["mod", "tidy"], &["version"]] {
        let ran = program.run(world.root(), args);
        assert_eq!((ran.exit, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""), "{args:?}");
        assert!(program.go_was_started(), "{args:?}");
    }
}

#[test]
fn check_finds_what_a_case_is_about() {
    let program = Program::new();
    for case in CASES.iter().filter(|case| case.is_of_check()) {
        let world = case.world();
        let human = case.run(&program, &world, case.args);
        let json = case.run(&program, &world, &[case.args, &["--format", "json"]].concat());
        let report: Value = serde_json::from_str(&json.stdout).unwrap();
        let findings = report["findings"].as_array().unwrap();
        let all = format!("{}: {}\n{}", case.what, human.stdout, json.stdout);

        assert_eq!((human.exit, json.exit), (case.exit, case.exit), "{all}");
        assert_eq!(report["exit"], case.exit, "{all}");
        assert_eq!(titles(&human.stdout).len(), findings.len(), "{all}");
        let wanted = |finding: &&Value| {
            finding["code"] == case.code
                && finding["file"].as_str() == case.file
                && finding["line"].as_u64() == case.line
        };
        let Some(finding) = findings.iter().find(wanted) else {
            panic!("no {} at {:?}:{:?}\n{all}", case.code, case.file, case.line);
        };
        let help = finding["help"].as_str().unwrap_or_default();
        assert!(help.contains(case.help), "{help:?} does not name {}\n{all}", case.help);
        let code = format!("[{}]: {}", case.code, finding["message"].as_str().unwrap());
        assert!(human.stdout.contains(&code), "{all}");
        if let (Some(file), Some(line)) = (case.file, case.line) {
            assert!(human.stdout.contains(&format!("{file}:{line}:")), "{all}");
        }
        assert!(!program.go_was_started(), "check started go: {all}");
    }
}

#[test]
fn a_denied_build_never_starts_go_and_a_mending_command_does() {
    let program = Program::new();
    for case in CASES.iter().filter(|case| case.is_of_check()) {
        let world = case.world();
        let ran = case.run(&program, &world, &["build", "./..."]);
        let denied = case.exit == 65;
        assert_eq!(ran.exit, if denied { 65 } else { 0 }, "{}: {}", case.what, ran.stderr);
        assert_eq!(program.go_was_started(), !denied, "{}: {}", case.what, ran.stderr);
        if denied {
            assert!(ran.stderr.contains(&format!("error[{}]", case.code)), "{}", ran.stderr);
        }
        for mend in [["mod", "tidy"], ["mod", "vendor"], ["work", "vendor"], ["get", "./..."]] {
            let ran = case.run(&program, &world, &mend);
            assert_eq!(ran.exit, 0, "{}: {mend:?}: {}", case.what, ran.stderr);
            assert!(program.go_was_started(), "{}: {mend:?}: {}", case.what, ran.stderr);
            assert!(!ran.stderr.contains("error["), "{}: {mend:?}: {}", case.what, ran.stderr);
        }
    }
}

#[test]
fn a_wrapped_command_finds_what_a_case_is_about() {
    let program = Program::new();
    for case in CASES.iter().filter(|case| !case.is_of_check()) {
        let world = case.world();
        let ran = case.run(&program, &world, case.args);
        if ran.exit == 69 && case.exit != 69 {
            skipped(&format!("{}: {}", case.what, ran.stderr));
            continue;
        }
        assert_eq!(ran.exit, case.exit, "{}: {}", case.what, ran.stderr);
        assert!(ran.stderr.contains(&format!("[{}]", case.code)), "{}: {}", case.what, ran.stderr);
        assert!(ran.stderr.contains(case.help), "{}: {}", case.what, ran.stderr);
        assert_eq!(program.go_was_started(), case.exit == 0, "{}", case.what);
    }
}

#[test]
fn reports_read_as_they_should() {
    let program = Program::new();
    for case in CASES.iter().filter(|case| !case.snapshot.is_empty()) {
        let report = case.run(&program, &case.world(), case.args).stdout;
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/it/codes")
            .join(format!("{}.txt", case.snapshot));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &report).unwrap();
        }
        let wanted = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(report, wanted, "{}: UPDATE=1 rewrites it", path.display());
    }
}
