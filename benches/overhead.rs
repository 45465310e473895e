//! What go-offline costs next to bare go: alternating runs, medians, ratios.
//!
//! ```sh
//! GO_OFFLINE_CORPUS=DIR cargo bench --bench overhead
//! ```
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
    alone("check --verify lists", &project, &["check", "--verify", "lists"], 100);
}

/// A profile with everything that is looked at before a build.
const SETTINGS: &str = "default-profile = 'ci'\n[profile.base]\ninherits = 'vendor'\n[profile.ci]\ninherits = 'base'\nnetwork = 'deny'\n[modules]\nprivate = ['git.acme.example/**']\ndeny = ['example.com/evil/*']\n[lints]\nsum-missing = 'deny'\n";

/// Runs both commands in turn, the first one changing places, and prints medians.
fn compare(name: &str, project: &Path, env: &[(&str, &str)], args: &[&str], rounds: usize) {
    let (mut bare, mut ours, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let programs = if round % 2 == 0 { ["go", GO_OFFLINE] } else { [GO_OFFLINE, "go"] };
        let times = programs.map(|program| run(program, project, env, args));
        let (go, wrapped) =
            if round % 2 == 0 { (times[0], times[1]) } else { (times[1], times[0]) };
        ratios.push(wrapped.as_secs_f64() / go.as_secs_f64());
        bare.push(go);
        ours.push(wrapped);
    }
    let (bare, ours) = (milliseconds(median(bare)), milliseconds(median(ours)));
    ratios.sort_by(f64::total_cmp);
    println!(
        "{name:<22} go {bare:8.2} ms   go-offline {ours:8.2} ms   {:+6.2} ms   ratio of medians {:.3}   median of ratios {:.3}",
        ours - bare,
        ours / bare,
        ratios[ratios.len() / 2]
    );
}

fn alone(name: &str, project: &Path, args: &[&str], rounds: usize) {
    let times = (0..rounds).map(|_| run(GO_OFFLINE, project, &[], args)).collect();
    println!("{name:<22} {:8.2} ms", milliseconds(median(times)));
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
