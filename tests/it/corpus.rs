//! Real vendored repositories: `go-offline build` gives the bytes that bare go gives, from an
//! empty module cache, and asks nobody.
//!
//! GO_OFFLINE_CORPUS names a directory of unpacked repositories; `.ci/full` makes one. The builds
//! take minutes, so they are ignored by default.

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const REPOSITORIES: [(&str, &str); 5] = [
    ("runc", "."),
    ("containerd-2.3.4", "./cmd/ctr"),
    ("lazygit", "."),
    ("distribution-2021", "./cmd/registry"),
    ("container-libs", "./image/docker"),
];

/// The directory of unpacked repositories.
pub(crate) fn corpus() -> PathBuf {
    let dir = std::env::var_os("GO_OFFLINE_CORPUS");
    PathBuf::from(dir.expect("GO_OFFLINE_CORPUS names the directory of unpacked repositories"))
}

/// A module proxy on loopback that counts whoever asks, and has nothing.
fn recording_proxy() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heard = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&heard);
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            count.fetch_add(1, Ordering::SeqCst);
            let answer =
                b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            let _ = connection.and_then(|mut connection| connection.write_all(answer));
        }
    });
    (url, heard)
}

fn git(dir: &Path, args: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=test", "-c", "user.email=test@localhost"])
        .args(args)
        .current_dir(dir)
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

struct World {
    temp: tempfile::TempDir,
    project: PathBuf,
    proxy: String,
}

impl World {
    /// A copy of a repository, committed and tagged, so that go stamps a version into the binary.
    fn of(repository: &str, proxy: &str) -> World {
        let temp = tempfile::tempdir().unwrap();
        let project = temp.path().join("project");
        let copied =
            Command::new("cp").arg("-a").arg(corpus().join(repository)).arg(&project).status();
        assert!(copied.unwrap().success());
        git(&project, &["init", "-q"]);
        git(&project, &["add", "-Af", "."]);
        git(&project, &["commit", "-qm", "state"]);
        git(&project, &["tag", "v1.9.9"]);
        World { temp, project, proxy: proxy.to_owned() }
    }

    /// GOFLAGS unset and GOTOOLCHAIN=auto, whatever this machine sets.
    fn run(&self, program: &str, cache: &str, args: &[&str]) -> Output {
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(&self.project)
            .env("PWD", &self.project)
            .env("HOME", self.temp.path())
            .env("GOENV", self.temp.path().join("no-such-file"))
            .env("GOPROXY", &self.proxy)
            .env("GOTOOLCHAIN", "auto")
            .env("GOMODCACHE", self.temp.path().join(cache))
            .env_remove("GOFLAGS");
        if let Some(cache) = build_cache() {
            command.env("GOCACHE", cache);
        }
        command.output().unwrap()
    }
}

/// HOME changes, the build cache need not.
fn build_cache() -> Option<PathBuf> {
    let output = Command::new("go").args(["env", "GOCACHE"]).output().unwrap();
    Some(PathBuf::from(String::from_utf8(output.stdout).unwrap().trim()))
}

#[test]
#[ignore = "builds five large projects; needs GO_OFFLINE_CORPUS"]
fn the_binary_is_the_one_that_bare_go_builds() {
    for (repository, package) in REPOSITORIES {
        let (proxy, heard) = recording_proxy();
        let world = World::of(repository, &proxy);
        let (ours, bare) = (world.temp.path().join("ours"), world.temp.path().join("bare"));
        let args =
            |output: &Path| ["build", "-o", output.to_str().unwrap(), package].map(str::to_owned);

        let wrapped = args(&ours);
        let wrapped: Vec<&str> = wrapped.iter().map(String::as_str).collect();
        let built = world.run(env!("CARGO_BIN_EXE_go-offline"), "cache-of-ours", &wrapped);
        let said = String::from_utf8_lossy(&built.stderr).into_owned();
        assert!(built.status.success(), "{repository}: {}\n{said}", built.status);
        assert_eq!(said, "", "{repository}: something was written although all is well");
        assert_eq!(heard.load(Ordering::SeqCst), 0, "{repository}: the proxy was asked");

        let plain = args(&bare);
        let plain: Vec<&str> = plain.iter().map(String::as_str).collect();
        let built = world.run("go", "cache-of-bare", &plain);
        assert!(built.status.success(), "{repository}: {}", String::from_utf8_lossy(&built.stderr));
        if ours.exists() || bare.exists() {
            let (ours, bare) = (std::fs::read(&ours).unwrap(), std::fs::read(&bare).unwrap());
            assert!(ours == bare, "{repository}: the binaries differ");
        }
        println!(
            "{repository}: {} bytes, the same",
            std::fs::metadata(&ours).map_or(0, |m| m.len())
        );
    }
}
