//! Real vendored repositories: sound ones are not denied, and say the same whatever they are verified
//! by. Needs GO_OFFLINE_CORPUS and GO_OFFLINE_MODCACHE, a module cache with their modules.

use crate::corpus::corpus;
use crate::program::Ran;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Repositories, and how many findings each has by nature: what git has left out, and Go files that go
/// before 1.14 copied although no build takes them.
const REPOSITORIES: [(&str, usize); 7] = [
    ("buildkit-2019", 6),
    ("container-libs", 0),
    ("containerd-2.3.4", 0),
    ("distribution-2021", 0),
    ("docker-cli", 4),
    ("lazygit", 0),
    ("runc", 0),
];

/// Two of its modules are no longer to be had.
const INCOMPLETE: &str = "buildkit-2019";

/// A copy of a repository, with a cache of its own.
struct Copy {
    temp: tempfile::TempDir,
    project: PathBuf,
    modcache: PathBuf,
}

impl Copy {
    fn of(repository: &str) -> Copy {
        let modcache = std::env::var_os("GO_OFFLINE_MODCACHE");
        let modcache = PathBuf::from(modcache.expect("GO_OFFLINE_MODCACHE names a module cache"));
        let temp = tempfile::tempdir().unwrap();
        let project = temp.path().join("project");
        let copied =
            Command::new("cp").arg("-a").arg(corpus().join(repository)).arg(&project).status();
        assert!(copied.unwrap().success());
        Copy { temp, project, modcache }
    }

    fn run(&self, args: &[&str], modcache: &Path) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_go-offline"));
        command.args(args).current_dir(&self.project).env_clear().env("PWD", &self.project);
        command.env("HOME", self.temp.path().join("home")).env("GOMODCACHE", modcache);
        command.env("GO_OFFLINE_CACHE_DIR", self.temp.path().join("cache"));
        Ran::of(&command.output().unwrap())
    }

    /// With zips, and without.
    fn warm(&self, args: &[&str]) -> Ran {
        self.run(args, &self.modcache)
    }

    fn cold(&self, args: &[&str]) -> Ran {
        self.run(args, &self.temp.path().join("empty"))
    }

    fn forget(&self) {
        let _ = fs::remove_dir_all(self.temp.path().join("cache"));
    }
}

/// What a report says: each finding in full but for what it was held against, and the evidence.
struct Said {
    findings: Vec<(String, String, String)>,
    evidence: BTreeSet<String>,
    exit: i32,
    text: String,
}

fn said(ran: Ran) -> Said {
    let report: Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    Said {
        findings: findings
            .map(|one| (text(&one["code"]), text(&one["level"]), text(&one["file"])))
            .collect(),
        evidence: report["modules"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| text(&one["evidence"]))
            .collect(),
        exit: ran.exit,
        text: ran.stdout,
    }
}

const CHECK: [&str; 5] = ["check", "--no-cache", "--format", "json", "--verify=bytes"];

#[test]
#[ignore = "needs GO_OFFLINE_CORPUS and GO_OFFLINE_MODCACHE"]
fn real_repositories_are_sound_whatever_they_are_verified_by() {
    for (repository, count) in REPOSITORIES {
        let copy = Copy::of(repository);
        let by_zips = said(copy.warm(&CHECK));
        let denied = by_zips.findings.iter().filter(|(_, level, _)| level == "deny").count();
        assert_eq!((by_zips.exit, denied), (0, 0), "{repository}: {}", by_zips.text);
        assert_eq!(by_zips.findings.len(), count, "{repository}: {}", by_zips.text);
        assert!(by_zips.evidence.contains("zip"), "{repository}: {:?}", by_zips.evidence);
        if repository == INCOMPLETE {
            assert!(by_zips.text.contains("vendor-unverified"), "{}", by_zips.text);
            assert_eq!(copy.warm(&["lock"]).exit, 75);
            continue;
        }
        let by_cache = said(copy.cold(&CHECK));
        assert_eq!(by_cache.findings, by_zips.findings, "{repository}, by the user's cache");
        let locked = copy.cold(&["lock", "--with-lists"]);
        assert_eq!(locked.exit, 0, "{repository}: {}", locked.stderr);
        println!("{repository}: {}", locked.stdout.trim());
        copy.forget();
        let by_lists = said(copy.cold(&CHECK));
        assert_eq!(by_lists.findings, by_zips.findings, "{repository}, by lists");
        let is_proven = |evidence: &String| matches!(evidence.as_str(), "list" | "dir");
        assert!(by_lists.evidence.iter().all(is_proven), "{repository}: {:?}", by_lists.evidence);
        assert_eq!(copy.cold(&["check", "--strict"]).exit, 0, "{repository}");
        by_the_lock_alone(repository, &copy);
    }
}

/// The same exit code for what go compiles; the module is named, the file is not.
fn by_the_lock_alone(repository: &str, copy: &Copy) {
    fs::remove_file(copy.project.join("go-offline.lock.lists")).unwrap();
    copy.forget();
    let sound = said(copy.cold(&CHECK));
    assert_eq!(sound.exit, 0, "{repository}, by the lock: {}", sound.text);
    assert!(sound.evidence.contains("lock"), "{repository}: {:?}", sound.evidence);
    assert_eq!(copy.cold(&["check", "--strict"]).exit, 75, "{repository}");
    let file = copy.project.join("vendor/golang.org/x/sys/unix/syscall.go");
    let text = fs::read(&file).unwrap();
    fs::write(&file, [&text[..], b"\n// more\n"].concat()).unwrap();
    let tampered = said(copy.cold(&CHECK));
    assert_eq!(tampered.exit, 65, "{repository}: {}", tampered.text);
    assert!(tampered.text.contains("golang.org/x/sys"), "{repository}: {}", tampered.text);
    assert!(
        tampered.findings.iter().any(|(code, ..)| code == "lock-mismatch"),
        "{}",
        tampered.text
    );
}

/// git leaves out what a .gitignore of the repository names; the line is shown.
#[test]
#[ignore = "needs GO_OFFLINE_CORPUS and GO_OFFLINE_MODCACHE"]
fn what_git_has_left_out_is_a_warning_with_the_line() {
    let copy = Copy::of("docker-cli");
    let ran = copy.warm(&["check"]);
    let ignore = fs::read_to_string(copy.project.join(".gitignore")).unwrap();
    let line = 1 + ignore
        .lines()
        .position(|line| line == ".editorconfig" || line.contains("editorconfig"))
        .unwrap();
    assert_eq!(ran.stdout.matches("warning[vendor-file-missing]").count(), 4, "{}", ran.stdout);
    assert_eq!(
        ran.stdout.matches(&format!("::: .gitignore:{line}:1")).count(),
        4,
        "{}",
        ran.stdout
    );
}
