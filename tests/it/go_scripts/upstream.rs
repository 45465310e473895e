//! Upstream's own test binary of the go command, made from the sources in GOROOT.
//!
//! Its script engine, module proxy, checksum database and version control server are used as they
//! are. Patched, in an overlay and never on disk, are what the scripts call `go` and the variables
//! they get. Nothing of upstream's text is kept here but the few words that are replaced.

use crate::place::place;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where the go command's sources are, below GOROOT.
const SOURCE: &str = "src/cmd/go";

/// File, upstream's words, ours.
const PATCHES: [(&str, &str, &str); 5] = [
    // `go` as a command of scripts.
    ("scriptcmds_test.go", "script.Program(testGo, ", "script.Program(goUnderTest(), "),
    // `go` as others find it: generators, `exec go`.
    (
        "script_test.go",
        r#"pathEnvName() + "=" + testBin + "#,
        r#"pathEnvName() + "=" + goDirectories() + "#,
    ),
    // `go` as a file.
    ("script_test.go", r#""TESTGO_EXE=" + testGo,"#, r#""TESTGO_EXE=" + goUnderTest(),"#),
    (
        "script_test.go",
        "for _, key := range extraEnvKeys {",
        "env = append(env, goVariables()...)\n\tfor _, key := range extraEnvKeys {",
    ),
    (
        "scriptconds_test.go",
        "if !testenv.HasExternalNetwork() {",
        "if noNetwork || !testenv.HasExternalNetwork() {",
    ),
];

const OURS: &str = include_str!("go_under_test.go");

/// A go installation with the sources of its go command.
pub(super) struct Upstream {
    pub(super) goroot: PathBuf,
}

/// A script of upstream's.
pub(super) struct Script {
    pub(super) name: String,
    pub(super) text: String,
}

impl Upstream {
    /// The installation of the first go on PATH; the reason where it has no script tests.
    pub(super) fn find() -> Result<Upstream, String> {
        // Asked, and not read off the path of go: a distribution's lies behind links.
        let asked = Command::new("go")
            .args(["env", "GOROOT"])
            .current_dir(place())
            .env("GOTOOLCHAIN", "local")
            .output()
            .expect("the tests need a go command on PATH");
        let goroot = PathBuf::from(String::from_utf8(asked.stdout).unwrap().trim());
        let upstream = Upstream { goroot };
        // A distribution may leave them out, and before go 1.20 they were of another make.
        for needed in ["testdata/script", "scriptcmds_test.go"] {
            let path = upstream.source().join(needed);
            if !path.exists() {
                return Err(format!("this go has no {}", path.display()));
            }
        }
        Ok(upstream)
    }

    pub(super) fn go(&self) -> PathBuf {
        self.goroot.join("bin/go")
    }

    /// Where the test binary has to run.
    pub(super) fn source(&self) -> PathBuf {
        self.goroot.join(SOURCE)
    }

    /// All scripts, by name.
    pub(super) fn scripts(&self) -> Vec<Script> {
        let entries = fs::read_dir(self.source().join("testdata/script")).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let mut scripts: Vec<Script> = paths
            .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
            .map(|path| Script {
                name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
                // Some hold bytes that are not UTF-8.
                text: String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned(),
            })
            .collect();
        scripts.sort_by(|a, b| a.name.cmp(&b.name));
        scripts
    }

    /// The patched test binary, compiled once for all tests.
    pub(super) fn binary(&self) -> &'static Path {
        static BINARY: OnceLock<PathBuf> = OnceLock::new();
        BINARY.get_or_init(|| self.compile(&place().join("cmd-go")))
    }

    fn compile(&self, into: &Path) -> PathBuf {
        fs::create_dir_all(into).unwrap();
        let binary = into.join("cmd-go.test");
        let output = Command::new(self.go())
            .args(["test", "-c", "-overlay"])
            .arg(self.overlay(into))
            .arg("-o")
            .args([binary.as_os_str(), "cmd/go".as_ref()])
            .current_dir(into)
            .env_remove("GOFLAGS")
            .env("GOENV", "/dev/null")
            .env("GOTOOLCHAIN", "local")
            .env("GOWORK", "off")
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "the patched tests of {} do not compile; tests/it/go_scripts/upstream.rs patches them:\n{}",
            self.source().display(),
            String::from_utf8_lossy(&output.stderr)
        );
        binary
    }

    fn overlay(&self, into: &Path) -> PathBuf {
        let mut replace = serde_json::Map::new();
        let mut add = |name: &str, text: &str| {
            let ours = into.join(name);
            fs::write(&ours, text).unwrap();
            let upstreams = self.source().join(name).display().to_string();
            replace.insert(upstreams, ours.display().to_string().into());
        };
        let mut names: Vec<&str> = PATCHES.iter().map(|(name, ..)| *name).collect();
        names.dedup();
        for name in names {
            let text = fs::read_to_string(self.source().join(name)).unwrap();
            add(name, &patched(name, &text).unwrap_or_else(|reason| panic!("{reason}")));
        }
        add("go_under_test.go", OURS);
        let overlay = into.join("overlay.json");
        fs::write(&overlay, serde_json::json!({ "Replace": replace }).to_string()).unwrap();
        overlay
    }
}

/// The text of a file with its patches in it.
fn patched(name: &str, text: &str) -> Result<String, String> {
    let mut text = text.to_owned();
    for (_, theirs, ours) in PATCHES.iter().filter(|(file, ..)| *file == name) {
        let found = text.matches(theirs).count();
        if found != 1 {
            return Err(format!(
                "{SOURCE}/{name} of this go has `{theirs}` {found} times and not once: \
                 mend PATCHES in tests/it/go_scripts/upstream.rs"
            ));
        }
        text = text.replace(theirs, ours);
    }
    Ok(text)
}

#[test]
fn a_text_that_cannot_be_patched_is_named() {
    let sound = "cmd := script.Program(testGo, cancel, waitDelay)";
    let name = "scriptcmds_test.go";
    assert!(patched(name, sound).unwrap().contains("goUnderTest()"));
    for text in ["", "script.Program(go, cancel)", &sound.repeat(2)] {
        let reason = patched(name, text).unwrap_err();
        assert!(reason.contains(name) && reason.contains("PATCHES"), "{reason}");
    }
}
