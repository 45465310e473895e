//! `--report FILE`: whatever comes of a run, the file says it, and docs/report.md says what is in it.

use crate::program::Program;
use crate::txtar::World;
use go_offline::report::{
    Finding, Isolation, Level, RunAttempt, RunGo, RunLeftover, RunProcess, RunReport,
};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A project that requires nothing, one that lacks what it requires, and one with a sound go.sum.
const PROJECTS: &str = "\
-- sound/go.mod --
module example.com/m

go 1.26
-- lacking/go.mod --
module example.com/m

go 1.26

require example.com/dep v1.0.0
-- sound/sub/README --
";

/// What a run has left.
struct Reported {
    exit: i32,
    stderr: String,
    report: Value,
}

struct Bench {
    program: Program,
    world: World,
}

impl Bench {
    fn new() -> Bench {
        Bench { program: Program::new(), world: World::new(PROJECTS) }
    }

    fn file(&self) -> PathBuf {
        self.world.path("report.json")
    }

    /// Runs with `--report` before everything else.
    fn run(&self, project: &str, args: &[&str], env: &[(&str, &str)]) -> Reported {
        let file = self.file().display().to_string();
        self.run_as(project, &[&["--report", file.as_str()], args].concat(), env)
    }

    fn run_as(&self, project: &str, args: &[&str], env: &[(&str, &str)]) -> Reported {
        let _ = std::fs::remove_file(self.file());
        let mut command = self.program.command(&self.world.path(project), args);
        let output = command.envs(env.iter().copied()).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let text = std::fs::read_to_string(self.file()).unwrap_or_else(|error| {
            panic!("no report: {error}\n{stderr}");
        });
        let report = serde_json::from_str(&text).unwrap();
        assert_eq!(paths(&report).difference(&documented()).next(), None, "not in the docs");
        Reported { exit: output.status.code().unwrap_or(-1), stderr, report }
    }
}

impl Reported {
    /// It ended so, and the report says the same.
    #[track_caller]
    fn ended(self, exit: i32) -> Reported {
        assert_eq!(self.exit, exit, "{}\n{}", self.stderr, self.report);
        assert_eq!(self.report["exit"], exit, "{}", self.report);
        self
    }
}

fn codes(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["code"].as_str().unwrap()).collect()
}

#[test]
fn all_well() {
    let bench = Bench::new();
    let Reported { report, stderr, .. } = bench.run("sound", &["build", "-v"], &[]).ended(0);
    assert_eq!(stderr, "");
    assert!(bench.program.go_was_started());
    assert_eq!(report["schema"], 1);
    assert_eq!(report["profile"], "cache");
    assert_eq!(report["isolation"]["level"], "none");
    assert_eq!(report["isolation"]["reason"], "isolation = off");
    assert_eq!(report["env"]["set"]["GOPROXY"], "off");
    let go = report["go"]["path"].as_str().unwrap();
    assert!(go.ends_with("goroot/bin/go"), "{report}");
    assert_eq!(report["go"]["version"], "1.26.8");
    assert_eq!(report["argv"], serde_json::json!([go, "build", "-v"]));
    for empty in ["findings", "attempts"] {
        assert_eq!(report[empty], serde_json::json!([]), "{report}");
    }
    assert!(report["error"].is_null() && report["signal"].is_null(), "{report}");
}

#[test]
fn findings_stop_it() {
    let bench = Bench::new();
    let vendor = ["--profile", "vendor", "build"];
    let Reported { report, .. } = bench.run("lacking", &vendor, &[]).ended(65);
    assert!(!bench.program.go_was_started());
    assert_eq!(codes(&report), ["vendor-missing"]);
    assert_eq!(report["isolation"]["reason"], "nothing was started");
    // They are the findings of `check`, field by field.
    let check = ["--profile", "vendor", "check", "--verify", "lists", "--format", "json"];
    let check = bench.program.run(&bench.world.path("lacking"), &check);
    let mut check: Value = serde_json::from_str(&check.stdout).unwrap();
    for finding in check["findings"].as_array_mut().unwrap() {
        // What a run has in fields of its own.
        assert!(finding.as_object_mut().unwrap().remove("rows").is_some());
    }
    assert_eq!(report["findings"], check["findings"]);
    // Shown or not, they are in it.
    let quiet = bench.run("lacking", &["-q", "--profile", "vendor", "mod", "tidy"], &[]).ended(0);
    assert_eq!(codes(&quiet.report), ["vendor-missing"]);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn not_everything_was_checked() {
    let bench = Bench::new();
    let bytes = [("GO_OFFLINE_VERIFY", "bytes")];
    bench.run("lacking", &["--profile", "cache", "build"], &bytes).ended(75);
    assert!(!bench.program.go_was_started());
}

#[test]
fn no_wall_is_to_be_had() {
    let bench = Bench::new();
    let require = [("GO_OFFLINE_ISOLATION", "require")];
    let Reported { report, .. } =
        bench.run("sound", &["--profile", "online", "build"], &require).ended(69);
    let reason = "profile online lets the command use the network";
    assert_eq!(report["isolation"]["level"], "none");
    assert_eq!(report["isolation"]["reason"], reason);
    let error = report["error"].as_str().unwrap();
    assert!(error.contains("not to be had") && error.contains(reason), "{report}");
    // Chosen, not refused.
    let Reported { report, .. } =
        bench.run("sound", &["--profile", "online", "build"], &[]).ended(0);
    assert_eq!(report["isolation"]["reason"], reason);
}

#[test]
fn it_cannot_be_started() {
    let bench = Bench::new();
    let Reported { report, stderr, .. } =
        bench.run("sound", &["exec", "--", "/no/such/program", "x"], &[]).ended(78);
    assert_eq!(report["argv"], serde_json::json!(["/no/such/program", "x"]));
    let error = report["error"].as_str().unwrap();
    assert!(error.starts_with("starting /no/such/program: "), "{report}");
    assert!(stderr.contains(error), "{stderr}");
    // Nor is it known what.
    let Reported { report, .. } =
        bench.run("sound", &["--profile", "nope", "build"], &[]).ended(78);
    assert!(report["profile"].is_null() && report["go"].is_null(), "{report}");
    assert!(report["error"].as_str().unwrap().contains("`nope`"), "{report}");
}

#[test]
fn its_own_failure_and_its_own_signal() {
    let bench = Bench::new();
    let failed = bench.run("sound", &["exec", "--", "sh", "-c", "exit 7"], &[]).ended(7);
    assert!(failed.report["error"].is_null());
    for profile in ["cache", "open"] {
        let kill = ["--profile", profile, "exec", "--", "sh", "-c", "kill -TERM $$"];
        let Reported { exit, report, .. } = bench.run("sound", &kill, &[]);
        assert_eq!(exit, -1, "by the signal itself");
        assert_eq!((&report["exit"], &report["signal"]), (&143.into(), &15.into()), "{profile}");
    }
}

/// Where we would have become the command, we stay; the command does not see it.
#[test]
fn profile_open() {
    let bench = Bench::new();
    let open = |args: &[&str]| bench.run("sound", args, &[("GO_OFFLINE_PROFILE", "open")]);
    let Reported { report, .. } = open(&["build", "-mod=mod"]).ended(0);
    assert!(bench.program.go_was_started());
    assert_eq!(report["profile"], "open");
    assert_eq!(report["isolation"]["reason"], "profile open leaves everything as it is");
    assert_eq!(report["env"], serde_json::json!({ "set": {}, "unset": [] }));
    open(&["exec", "--", "sh", "-c", "exit 3"]).ended(3);
}

#[test]
fn before_the_verb_or_behind_exec() {
    let bench = Bench::new();
    let file = bench.file().display().to_string();
    for verb in ["exec", "trace"] {
        let behind = [verb, "--report", &file, "--", "sh", "-c", "exit 3"];
        bench.run_as("sound", &behind, &[]).ended(3);
    }
    // Behind a go verb it is go's.
    let ran = bench.program.run(&bench.world.path("sound"), &["build", "--report", "x"]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    assert!(!bench.world.path("sound/x").exists());
    // Relative to where the command runs.
    let ran = bench.program.run(
        &bench.world.path("sound"),
        &["-C", "sub", "--report", "../../report.json", "version"],
    );
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    assert!(bench.file().exists());
}

#[test]
fn nothing_starts_where_it_cannot_be_written() {
    let bench = Bench::new();
    let dir = bench.world.path("sound");
    let directory = dir.display().to_string();
    for (file, reason) in [
        ("none/report.json", "No such file"),
        ("/dev/null", "not a regular file"),
        (&directory, "not a regular file"),
    ] {
        for verb in [&["build"][..], &["--profile", "open", "build"], &["exec", "go"]] {
            let ran = bench.program.run(&dir, &[&["--report", file], verb].concat());
            assert_eq!(ran.exit, 74, "{}", ran.stderr);
            assert!(
                ran.stderr.contains(&format!("--report {}: ", dir.join(file).display())),
                "{}",
                ran.stderr
            );
            assert!(ran.stderr.contains(reason), "{}", ran.stderr);
            assert!(!bench.program.go_was_started());
        }
    }
}

/// The command has taken the directory away: what it said itself counts, but no success.
#[test]
fn at_the_end_it_cannot_be_written() {
    let bench = Bench::new();
    for (code, want) in [(0, 74), (5, 5)] {
        bench.world.write("gone/keep", "");
        let file = bench.world.path("gone/report.json").display().to_string();
        let script = format!("rm -r ../gone; exit {code}");
        let args = ["--report", &file, "exec", "--", "sh", "-c", &script];
        let ran = bench.program.run(&bench.world.path("sound"), &args);
        assert_eq!(ran.exit, want, "{}", ran.stderr);
        assert!(ran.stderr.contains("writing --report "), "{}", ran.stderr);
    }
}

#[test]
fn what_starts_nothing_has_no_report() {
    let bench = Bench::new();
    let dir = bench.world.path("sound");
    for args in [
        &["--report", "r", "check"][..],
        &["--report", "r", "profile", "list"],
        &["--report", "r", "explain"],
        &["--report", "r", "--dry-run", "build"],
        &["--dry-run", "exec", "--report", "r", "--", "true"],
        &["--report", "r", "exec", "--report", "s", "--", "true"],
    ] {
        let ran = bench.program.run(&dir, args);
        assert_eq!(ran.exit, 64, "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("--report is "), "{}", ran.stderr);
        assert!(!dir.join("r").exists() && !dir.join("s").exists());
    }
}

#[test]
fn an_older_report_is_replaced_and_nothing_else_is_left() {
    let bench = Bench::new();
    let dir = bench.world.path("sound");
    let names = || std::fs::read_dir(&dir).unwrap().count();
    let before = names();
    for verb in ["version", "build"] {
        let ran = bench.program.run(&dir, &["--report", "r", verb]);
        assert_eq!(ran.exit, 0, "{}", ran.stderr);
        let report: Value = serde_json::from_str(&bench.world.read("sound/r")).unwrap();
        assert_eq!(report["argv"][1], verb);
        assert_eq!(names(), before + 1);
    }
}

/// Every field, once.
fn full() -> Value {
    let process = RunProcess { pid: 1, argv: vec!["go".to_owned()] };
    let report = RunReport {
        profile: Some("p".to_owned()),
        isolation: Isolation { level: "none".to_owned(), reason: None },
        set: [("A".to_owned(), "b".to_owned())].into(),
        go: Some(RunGo { path: "go".to_owned(), version: None }),
        findings: vec![Finding::new("a-code", Level::Deny, "m")],
        attempts: vec![RunAttempt { parents: vec![process], ..RunAttempt::default() }],
        leftovers: vec![RunLeftover::default()],
        ..RunReport::default()
    };
    serde_json::from_str(&report.json().unwrap()).unwrap()
}

/// The path of every field: `attempts[].pid`. What is in `env.set` are names of variables.
fn paths(value: &Value) -> BTreeSet<String> {
    fn walk(value: &Value, path: &str, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) if path != "env.set" => {
                for (name, value) in fields {
                    let path =
                        if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    into.insert(path.clone());
                    walk(value, &path, into);
                }
            }
            Value::Array(values) => {
                values.iter().for_each(|value| walk(value, &format!("{path}[]"), into));
            }
            _ => {}
        }
    }
    let mut all = BTreeSet::new();
    walk(value, "", &mut all);
    all
}

fn docs() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/report.md");
    std::fs::read_to_string(path).unwrap()
}

/// The fields that have a row in the table.
fn documented() -> BTreeSet<String> {
    let docs = docs();
    let rows = docs.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| row.split('`').next()).map(str::to_owned).collect()
}

#[test]
fn the_docs_have_every_field_and_no_other() {
    let fields = paths(&full());
    assert!(fields.len() > 30, "{fields:?}");
    assert_eq!(documented(), fields);
    let docs = docs();
    let example = docs.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let example: Value = serde_json::from_str(example).unwrap();
    assert_eq!(paths(&example), fields);
    // A real one has the same, but for what it has nothing of.
    let bench = Bench::new();
    let real = bench.run("sound", &["build"], &[]).report;
    let is_of_list = |path: &&String| path.contains("[]");
    let without_lists: BTreeSet<_> = fields.iter().filter(|path| !is_of_list(path)).collect();
    assert_eq!(paths(&real).iter().collect::<BTreeSet<_>>(), without_lists);
    let denied = bench.run("lacking", &["--profile", "vendor", "build"], &[]).report;
    let of_findings = |all: &BTreeSet<String>| {
        all.iter().filter(|path| path.starts_with("findings")).cloned().collect::<BTreeSet<_>>()
    };
    assert_eq!(of_findings(&paths(&denied)), of_findings(&fields));
}
