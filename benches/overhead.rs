//! What go-offline costs next to bare go: alternating runs, medians, ratios.
//!
//! ```sh
//! GO_OFFLINE_CORPUS=DIR cargo bench --bench overhead
//! ```
//!
//! With GO_OFFLINE_BENCH_COLD=1 also a cold build, by processor time: it takes minutes.
//!
//! DIR holds unpacked vendored repositories, among them `containerd-2.3.4`; without it the small
//! example project is measured instead. Both sides run with the same environment and a warm build
//! cache.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const GO_OFFLINE: &str = env!("CARGO_BIN_EXE_go-offline");

fn main() {
    let project = match std::env::var_os("GO_OFFLINE_CORPUS") {
        Some(corpus) => PathBuf::from(corpus).join("containerd-2.3.4"),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart/project"),
    };
    let package = if project.join("cmd/ctr").is_dir() { "./cmd/ctr" } else { "." };
    println!("project {}", project.file_name().unwrap_or_default().display());
    let temp = tempfile::tempdir().expect("a temporary directory can be made");
    let output = temp.path().join("out");
    let output = output.to_str().expect("the temporary directory has a plain name");

    compare("version", &project, &[], &["version"], 200);
    compare("version, open", &project, &[("GO_OFFLINE_PROFILE", "open")], &["version"], 200);
    let build = ["build", "-o", output, package];
    run("go", &project, &[], &build);
    compare(&format!("warm build {package}"), &project, &[], &build, 40);
    let settings = temp.path().join("settings.toml");
    std::fs::write(&settings, SETTINGS).expect("the temporary directory can be written to");
    let settings = settings.to_str().expect("the temporary directory has a plain name");
    let by_file = [("GO_OFFLINE_CONFIG", settings)];
    compare(&format!("the same, settings {package}"), &project, &by_file, &build, 40);
    compare_tests("net/http/httptest", &project, 20);
    if project.join("core/remotes/docker").is_dir() {
        compare_tests("./core/remotes/docker", &project, 10);
    }
    dialling(temp.path());
    if std::env::var_os("GO_OFFLINE_BENCH_COLD").is_some() {
        cold(&project, temp.path(), &build);
    }
    alone("check --verify lists", &project, &["check", "--verify", "lists"], 100);
}

/// A profile with everything that is looked at before a build.
const SETTINGS: &str = "default-profile = 'ci'\n[profile.base]\ninherits = 'vendor'\n[profile.ci]\ninherits = 'base'\nnetwork = 'deny'\n[modules]\nprivate = ['git.acme.example/**']\ndeny = ['example.com/evil/*']\n[lints]\nsum-missing = 'deny'\n";

/// The worst case: a test that does nothing but open connections to servers of its own, each of
/// which is a call that is watched.
const DIALLING: &str = r#"package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestWeb(t *testing.T) {
	for range 200 {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "hello")
		}))
		for range 5 {
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			answer, err := client.Get(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
		}
		server.Close()
	}
}
"#;

fn dialling(temp: &Path) {
    let project = temp.join("web");
    std::fs::create_dir(&project).expect("the temporary directory can be written to");
    let files = [("go.mod", "module example.com/web\n\ngo 1.22\n"), ("web_test.go", DIALLING)];
    for (name, text) in files {
        std::fs::write(project.join(name), text)
            .expect("the temporary directory can be written to");
    }
    println!("1000 connections and nothing else:");
    compare_tests(".", &project, 20);
}

/// Runs the tests of a package; compiling them is left out, as results differ in what they are kept
/// under.
fn compare_tests(package: &str, project: &Path, rounds: usize) {
    let test = ["test", "-count=1", package];
    run("go", project, &[], &test);
    run(GO_OFFLINE, project, &[], &test);
    compare(&format!("test {package}"), project, &[], &test, rounds);
}

/// Builds into an empty cache, in turn; the clock of a busy machine says little here, so it is
/// processor time that is compared. That too varies by some parts in a hundred from build to build.
fn cold(project: &Path, temp: &Path, build: &[&str]) {
    let cache = temp.join("cold");
    let cache_text = cache.to_str().expect("the temporary directory has a plain name");
    let empty = [("GOCACHE", cache_text)];
    compare_by("cold build, processor", 7, |program| {
        let before = processor_time();
        run(program, project, &empty, build);
        let time = processor_time() - before;
        let _ = std::fs::remove_dir_all(&cache);
        time
    });
}

/// What the children of this process have used that have ended, and theirs: the fields cutime and
/// cstime of proc_pid_stat(5), in hundredths of a second.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("/proc is mounted");
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(13).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// Runs both commands in turn, and prints medians.
fn compare(name: &str, project: &Path, env: &[(&str, &str)], args: &[&str], rounds: usize) {
    compare_by(name, rounds, |program| run(program, project, env, args));
}

/// Takes both times in turn, the first one changing places, and prints medians.
fn compare_by(name: &str, rounds: usize, time: impl Fn(&str) -> Duration) {
    let (mut bare, mut ours, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let (go, wrapped) = if round.is_multiple_of(2) {
            let go = time("go");
            (go, time(GO_OFFLINE))
        } else {
            let wrapped = time(GO_OFFLINE);
            (time("go"), wrapped)
        };
        ratios.push(wrapped.as_secs_f64() / go.as_secs_f64());
        bare.push(go);
        ours.push(wrapped);
    }
    let (bare, ours) = (milliseconds(median(bare)), milliseconds(median(ours)));
    ratios.sort_by(f64::total_cmp);
    println!(
        "{name:<30} go {bare:8.2} ms   go-offline {ours:8.2} ms   {:+6.2} ms   ratio of medians {:.3}   median of ratios {:.3}",
        ours - bare,
        ours / bare,
        ratios[ratios.len() / 2]
    );
}

fn alone(name: &str, project: &Path, args: &[&str], rounds: usize) {
    let times = (0..rounds).map(|_| run(GO_OFFLINE, project, &[], args)).collect();
    println!("{name:<30} {:8.2} ms", milliseconds(median(times)));
}

fn run(program: &str, project: &Path, env: &[(&str, &str)], args: &[&str]) -> Duration {
    let mut command = Command::new(program);
    command.args(args).current_dir(project).env("PWD", project).envs(env.iter().copied());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().expect("the command can be started");
    assert!(status.success(), "{program} {args:?}: {status}");
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
