//! What bundles cost next to what else can be done: alternating runs, medians, ratios.
//!
//! ```sh
//! GO_OFFLINE_CORPUS=DIR GO_OFFLINE_MODCACHE=DIR cargo bench --bench bundle
//! ```
//!
//! What the module cache lacks comes once from the module proxy that go is set to, and so do the proofs of
//! the checksum database; they are kept below target/. What is timed asks nobody.
//!
//! | row | ours | next to it |
//! |---|---|---|
//! | create | `bundle create -o DIR --no-fetch` | `go mod download` of the same modules from `file://` into an empty cache |
//! | verify | `bundle verify` of the directory and of the archive | [`floor`]: hashing the files, and the files and what lies in the zips |
//! | unpack | `bundle unpack` | `tar --zstd -xf` |
//! | fetch | `fetch`, with nothing to fetch | [`floor`] with what lies in the zips |
//! | sumdb | `sumdb verify --offline` | - |
//! | build | a warm no-op `go-offline build` under profile `bundle` | `go build` |

mod floor;
#[path = "../verify/timing.rs"]
mod timing;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use timing::{in_turn, median, ratio};

const GO_OFFLINE: &str = env!("CARGO_BIN_EXE_go-offline");
const REPOSITORIES: [&str; 2] = ["docker-cli", "containerd-2.3.4"];
const ROUNDS: usize = 9;
const BUILDS: usize = 30;

fn main() {
    let args: Vec<_> = std::env::args_os().collect();
    if let [_, word, dir] = args.as_slice()
        && (word == floor::FILES || word == floor::CONTENTS)
    {
        return floor::run(Path::new(dir), word == floor::CONTENTS);
    }
    let named = |name| std::env::var_os(name).map(PathBuf::from);
    let (Some(corpus), Some(filled)) = (named("GO_OFFLINE_CORPUS"), named("GO_OFFLINE_MODCACHE"))
    else {
        println!("GO_OFFLINE_CORPUS and GO_OFFLINE_MODCACHE name no repositories and modules");
        return;
    };
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("airgap");
    let downloads = kept.join("modcache/cache/download");
    if !downloads.is_dir() {
        copy(&filled.join("cache/download"), &downloads);
    }
    for name in REPOSITORIES {
        let temp = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"));
        let temp = temp.expect("a temporary directory can be made");
        let project = temp.path().join("project");
        copy(&corpus.join(name), &project);
        let bench = Bench { name, kept: &kept, temp: temp.path(), project };
        bench.all();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().expect("it is below another")).expect("it can be made");
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.is_ok_and(|status| status.success()), "copying {}", from.display());
}

/// One repository, and where everything runs.
struct Bench<'a> {
    name: &'a str,
    /// The module cache and the proofs, warm.
    kept: &'a Path,
    temp: &'a Path,
    project: PathBuf,
}

impl Bench<'_> {
    fn all(&self) {
        let (dir, archive) = (self.temp.join("tree"), self.temp.join("bundle.tar.zst"));
        // Online: with this everything is there.
        self.run(self.command(GO_OFFLINE, &["bundle", "create", "-o"]).arg(&archive), None);
        self.create(&dir);
        self.run(self.command(GO_OFFLINE, &["bundle", "unpack"]).args([&archive, &dir]), None);
        let (files, bytes, contents) = floor::size(&dir);
        println!("{}: {files} files, {bytes:.0} MB, in zips {contents:.0} MB", self.name);
        self.verify(&dir, &archive);
        self.unpack(&archive);
        self.warm(&dir);
        self.build(&dir);
    }

    fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(&self.project).env("PWD", &self.project);
        command.env("GOMODCACHE", self.kept.join("modcache")).env("GOFLAGS", "-modcacherw");
        command.env("GO_OFFLINE_CACHE_DIR", self.kept.join("cache")).env_remove("CI");
        command.env("GOTOOLCHAIN", "local").stdin(Stdio::null());
        command
    }

    /// The time of a command that has to go well, after something was removed.
    fn run(&self, command: &mut Command, without: Option<&Path>) -> Duration {
        if let Some(dir) = without {
            let _ = fs::remove_dir_all(dir); // not there the first time
            // What was written before is not to be waited for now.
            let _ = Command::new("sync").status();
        }
        let start = Instant::now();
        let output = command.stdout(Stdio::null()).output().expect("the command can be started");
        let time = start.elapsed();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {said}");
        time
    }

    fn show(&self, row: &str, ours: &[f64], other: &str, its: &[f64]) {
        println!(
            "{row:<16} {:<17} ours {:8.1} ms   {other} {:8.1} ms   ratio of medians {:.3}   median of ratios {:.3}",
            self.name,
            median(ours),
            median(its),
            median(ours) / median(its),
            ratio(ours, its),
        );
    }

    /// A directory has to be there already as a proxy: it is made once before.
    fn create(&self, proxy: &Path) {
        let (made, cache) = (self.temp.join("made"), self.temp.join("cache"));
        let create = |dir: &Path| {
            let mut command = self.command(GO_OFFLINE, &["bundle", "create", "--no-fetch", "-o"]);
            self.run(command.arg(dir), Some(dir))
        };
        create(proxy);
        let listed = self.command(GO_OFFLINE, &["bundle", "list"]).arg(proxy).output();
        let listed = String::from_utf8(listed.expect("it can be listed").stdout).expect("is text");
        let modules: Vec<String> = listed
            .lines()
            .filter_map(|line| line.split_once(" zip ")?.0.split_once(' '))
            .map(|(path, version)| format!("{path}@{version}"))
            .collect();
        let url = format!("file://{}", proxy.display());
        let download = || {
            let mut command = self.command("go", &["mod", "download"]);
            command.args(&modules).env("GOMODCACHE", &cache).env("GOPROXY", &url);
            command.env("GOSUMDB", "off").env("GOFLAGS", "-modcacherw -mod=mod");
            self.run(&mut command, Some(&cache))
        };
        let [ours, go] = in_turn(ROUNDS, [&|| create(&made), &download]);
        println!("{} modules", modules.len());
        self.show("create", &ours, "go mod download", &go);
        for dir in [&made, &cache, proxy] {
            fs::remove_dir_all(dir).expect("it can be removed");
        }
    }

    fn floor(&self, word: &str, dir: &Path) -> Duration {
        let own = std::env::current_exe().expect("this program has a path");
        let own = own.to_str().expect("the path of this program is plain");
        self.run(self.command(own, &[word]).arg(dir), None)
    }

    fn verify(&self, dir: &Path, archive: &Path) {
        let verify =
            |path: &Path| self.run(self.command(GO_OFFLINE, &["bundle", "verify"]).arg(path), None);
        let [files, contents, of_dir, of_archive] = in_turn(
            ROUNDS,
            [
                &|| self.floor(floor::FILES, dir),
                &|| self.floor(floor::CONTENTS, dir),
                &|| verify(dir),
                &|| verify(archive),
            ],
        );
        for (row, ours) in [("verify dir", &of_dir), ("verify archive", &of_archive)] {
            self.show(row, ours, "files hashed", &files);
            self.show(row, ours, "contents too", &contents);
        }
    }

    fn unpack(&self, archive: &Path) {
        let (ours, theirs) = (self.temp.join("ours"), self.temp.join("theirs"));
        let unpack = || {
            let mut command = self.command(GO_OFFLINE, &["bundle", "unpack"]);
            self.run(command.args([archive, &ours]), Some(&ours))
        };
        let tar = || {
            let script = "mkdir \"$2\" && tar --zstd -xf \"$1\" -C \"$2\" && sync -f \"$2\"";
            let mut command = self.command("sh", &["-ec", script, "sh"]);
            self.run(command.args([archive, &theirs]), Some(&theirs))
        };
        let [unpacked, by_tar] = in_turn(ROUNDS, [&unpack, &tar]);
        self.show("unpack", &unpacked, "tar and sync", &by_tar);
    }

    fn warm(&self, dir: &Path) {
        let ours = |args: &[&str]| self.run(&mut self.command(GO_OFFLINE, args), None);
        let [fetch, sums, floor] = in_turn(
            ROUNDS,
            [&|| ours(&["fetch"]), &|| ours(&["sumdb", "verify", "--offline"]), &|| {
                self.floor(floor::CONTENTS, dir)
            }],
        );
        self.show("fetch", &fetch, "contents too", &floor);
        println!("{:<16} {:<17} ours {:8.1} ms", "sumdb verify", self.name, median(&sums));
    }

    /// Both build from one module cache, which is warm after the first time.
    fn build(&self, dir: &Path) {
        let package = if self.name.starts_with("docker") { "./cmd/docker" } else { "./cmd/ctr" };
        let out = self.temp.join("built");
        let settings = format!(
            "default-profile = \"air\"\n\n[profile.air]\ninherits = \"bundle\"\nbundle = \"{}\"\n",
            dir.display()
        );
        fs::write(self.project.join("go-offline.toml"), settings).expect("it can be written");
        let build = |program: &str| {
            let mut command = self.command(program, &["build", "-buildvcs=false", "-o"]);
            command.arg(&out).arg(package).env("GOPROXY", "off");
            command.env("GOFLAGS", "-modcacherw -mod=readonly");
            self.run(&mut command, None)
        };
        build(GO_OFFLINE);
        build("go");
        let [go, ours] = in_turn(BUILDS, [&|| build("go"), &|| build(GO_OFFLINE)]);
        self.show("build, no-op", &ours, "go build", &go);
    }
}
