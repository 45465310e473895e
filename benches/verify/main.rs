//! What verifying every vendored byte costs next to what else can be done: alternating runs, medians,
//! ratios. One line for each repository, and the medians over all of them.
//!
//! ```sh
//! GO_OFFLINE_CORPUS=DIR GO_OFFLINE_MODCACHE=DIR cargo bench --bench verify
//! ```
//!
//! The first holds unpacked vendored repositories, among them `containerd-2.3.4`; the second is a GOMODCACHE
//! with every module of their build lists, which `go mod download` makes: `go mod verify` wants them all.
//! A repository that it has too little for is named and left out. With GO_OFFLINE_BENCH_QUICK=1 the
//! rows that take minutes are left out: those next to go.
//!
//! | row | ours | next to it |
//! |---|---|---|
//! | floor | `check --verify bytes --no-cache` on the lists beside vendor/ | [`floor`]: reading and hashing the same files |
//! | verify | the same | `go mod verify` |
//! | vendor | the same | `go mod vendor -o` into a new directory and `diff -rq` |
//! | build | a warm `go-offline build` with nothing changed, bytes verified and lists checked | `go build` |
//! | memory | the peak of `check --no-cache` | - |

mod floor;
mod made;
mod memory;
mod timing;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use timing::{in_turn, median, ratio};

const GO_OFFLINE: &str = env!("CARGO_BIN_EXE_go-offline");
const CHECK: [&str; 4] = ["check", "--verify", "bytes", "--no-cache"];
/// Rounds next to the floor, next to go, and of builds.
const ROUNDS: [usize; 3] = [41, 5, 40];

fn main() {
    let args: Vec<_> = std::env::args_os().collect();
    if let [_, word, dir] = args.as_slice()
        && word == floor::WORD
    {
        return floor::run(Path::new(dir));
    }
    let named = |name| std::env::var_os(name).map(PathBuf::from);
    let temp = tempfile::tempdir().expect("a temporary directory can be made");
    println!("load {}", load());
    let made = temp.path().join("made");
    made::write(&made);
    let (Some(corpus), Some(modcache)) = (named("GO_OFFLINE_CORPUS"), named("GO_OFFLINE_MODCACHE"))
    else {
        let bench = Bench { modcache: temp.path().join("none"), cache: temp.path().join("cache") };
        println!("GO_OFFLINE_CORPUS and GO_OFFLINE_MODCACHE name no repositories and modules");
        next_to_floor(&bench, "made", &made);
        return peak(&bench, "made", &made);
    };
    let bench = Bench { modcache, cache: temp.path().join("cache") };
    let mut repositories = copies(&bench, &corpus, temp.path());
    repositories.push(("made".to_owned(), made));
    let rows: Vec<f64> =
        repositories.iter().map(|(name, dir)| next_to_floor(&bench, name, dir)).collect();
    // The made one is no repository.
    let real = &repositories[..repositories.len() - 1];
    println!("median: {:.3} times the floor", median(&rows[..real.len()]));
    for (name, dir) in &repositories {
        peak(&bench, name, dir);
    }
    builds(&bench, &corpus.join("containerd-2.3.4"), temp.path());
    if std::env::var_os("GO_OFFLINE_BENCH_QUICK").is_none() {
        next_to_go("verify", &bench, real, temp.path(), &mod_verify);
        next_to_go("vendor", &bench, real, temp.path(), &mod_vendor);
    }
}

/// Where everything runs.
struct Bench {
    modcache: PathBuf,
    /// The user's cache.
    cache: PathBuf,
}

impl Bench {
    fn command(&self, program: &str, dir: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(dir).env("PWD", dir).stdin(Stdio::null());
        command.env("GOMODCACHE", &self.modcache).env("GO_OFFLINE_CACHE_DIR", &self.cache);
        command.env("GOPROXY", "off").env("GOTOOLCHAIN", "local").env_remove("CI");
        command
    }

    fn output(&self, program: &str, dir: &Path, args: &[&str]) -> Output {
        self.command(program, dir, args).output().expect("the command can be started")
    }

    /// Runs a command that may exit with some codes.
    fn time(&self, mut command: Command, codes: &[i32]) -> Duration {
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let start = Instant::now();
        let status = command.status().expect("the command can be started");
        let time = start.elapsed();
        assert!(status.code().is_some_and(|code| codes.contains(&code)), "{command:?}: {status}");
        time
    }

    fn check(&self, dir: &Path) -> Duration {
        self.time(self.command(GO_OFFLINE, dir, &CHECK), &[0])
    }
}

/// Copies the repositories, and has the lists made beside each vendor/.
fn copies(bench: &Bench, corpus: &Path, temp: &Path) -> Vec<(String, PathBuf)> {
    let entries = std::fs::read_dir(corpus).expect("GO_OFFLINE_CORPUS can be read");
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| corpus.join(name).join("vendor/modules.txt").is_file())
        .collect();
    names.sort();
    let mut copies = Vec::new();
    for name in names {
        let dir = temp.join(&name);
        let copied = Command::new("cp").arg("-a").arg(corpus.join(&name)).arg(&dir).status();
        assert!(copied.is_ok_and(|status| status.success()), "copying {name}");
        let locked = bench.output(GO_OFFLINE, &dir, &["lock", "--with-lists"]);
        if locked.status.success() {
            copies.push((name, dir));
        } else {
            println!("{name} left out: {}", first_line(&locked.stderr));
        }
    }
    copies
}

fn next_to_floor(bench: &Bench, name: &str, dir: &Path) -> f64 {
    let checked = bench.output(GO_OFFLINE, dir, &CHECK);
    let all = String::from_utf8_lossy(&checked.stdout);
    let said = all.lines().last().unwrap_or_default();
    assert!(said.contains("by their lists)") && !said.contains("not checked"), "{name}: {all}");
    let own = std::env::current_exe().expect("this program has a path");
    let own = own.to_str().expect("the path of this program is plain");
    let vendor = dir.join("vendor");
    let vendor = vendor.to_str().expect("the temporary directory has a plain name");
    let hash = || bench.time(bench.command(own, dir, &[floor::WORD, vendor]), &[0]);
    let [floor, ours] = in_turn(ROUNDS[0], [&hash, &|| bench.check(dir)]);
    let (files, bytes) = floor::size(&dir.join("vendor"));
    println!(
        "floor   {name:<18} {files:>6} files {:>6.1} MB   floor {:8.2} ms   check {:8.2} ms   ratio of medians {:.3}   median of ratios {:.3}",
        bytes as f64 / 1e6,
        median(&floor),
        median(&ours),
        median(&ours) / median(&floor),
        ratio(&ours, &floor),
    );
    ratio(&ours, &floor)
}

/// A peer: its time, or why it has none. It may write below a directory.
type Peer<'a> = &'a dyn Fn(&Bench, &Path, &Path) -> Result<Duration, String>;

fn next_to_go(
    row: &str,
    bench: &Bench,
    repositories: &[(String, PathBuf)],
    temp: &Path,
    peer: Peer<'_>,
) {
    let mut times = Vec::new();
    for (name, dir) in repositories {
        if let Err(why) = peer(bench, dir, temp) {
            println!("{row:<7} {name:<18} left out: {why}");
            continue;
        }
        let go = || peer(bench, dir, temp).expect("it went well before");
        let [go, ours] = in_turn(ROUNDS[1], [&go, &|| bench.check(dir)]);
        println!(
            "{row:<7} {name:<18} go {:9.2} ms   check {:8.2} ms   {:.1} times faster",
            median(&go),
            median(&ours),
            ratio(&go, &ours),
        );
        times.push(ratio(&go, &ours));
    }
    println!("{row:<7} median: {:.1} times faster", median(&times));
}

fn mod_verify(bench: &Bench, dir: &Path, _: &Path) -> Result<Duration, String> {
    timed(bench.command("go", dir, &["mod", "verify"]))
}

fn mod_vendor(bench: &Bench, dir: &Path, temp: &Path) -> Result<Duration, String> {
    let fresh = temp.join("fresh");
    let _ = std::fs::remove_dir_all(&fresh); // not there the first time
    let fresh = fresh.to_str().expect("the temporary directory has a plain name");
    let what = if dir.join("go.work").is_file() { "work" } else { "mod" };
    let made = timed(bench.command("go", dir, &[what, "vendor", "-o", fresh]))?;
    // It differs where the repository has not committed all of it.
    Ok(made + bench.time(bench.command("diff", dir, &["-rq", "vendor", fresh]), &[0, 1]))
}

/// The time of a command, or what it says if it fails.
fn timed(mut command: Command) -> Result<Duration, String> {
    let start = Instant::now();
    let output = command.output().expect("the command can be started");
    if output.status.success() { Ok(start.elapsed()) } else { Err(first_line(&output.stderr)) }
}

/// Builds where nothing has changed since the last one, in the repository itself: a copy would have to
/// be compiled first. Nothing is written there.
fn builds(bench: &Bench, project: &Path, temp: &Path) {
    let output = temp.join("ctr");
    let output = output.to_str().expect("the temporary directory has a plain name");
    let build = ["build", "-o", output, "./cmd/ctr"];
    let run = |program, verify| {
        let mut command = bench.command(program, project, &build);
        command.env("GO_OFFLINE_VERIFY", verify);
        bench.time(command, &[0])
    };
    run("go", "lists");
    run(GO_OFFLINE, "bytes");
    let [go, lists, bytes] = in_turn(
        ROUNDS[2],
        [&|| run("go", ""), &|| run(GO_OFFLINE, "lists"), &|| run(GO_OFFLINE, "bytes")],
    );
    for (verify, ours) in [("lists", lists), ("bytes", bytes)] {
        println!(
            "build   warm, ./cmd/ctr, {verify}   go {:8.2} ms   go-offline {:8.2} ms   ratio of medians {:.3}   median of ratios {:.3}",
            median(&go),
            median(&ours),
            median(&ours) / median(&go),
            ratio(&ours, &go),
        );
    }
}

fn peak(bench: &Bench, name: &str, dir: &Path) {
    let peaks: Vec<f64> =
        (0..5).map(|_| memory::peak(&mut bench.command(GO_OFFLINE, dir, &CHECK))).collect();
    let (files, _) = floor::size(&dir.join("vendor"));
    println!("memory  {name:<18} {files:>6} files   peak {:6.1} MB", median(&peaks));
}

fn first_line(text: &[u8]) -> String {
    String::from_utf8_lossy(text).lines().next().unwrap_or_default().to_owned()
}

/// What else this machine does: on a busy one the numbers say little.
fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or_default().to_owned()
}
