//! A bundle behind a server of other people, for a bare go command: nginx, and Athens. Both run in a
//! network namespace with nothing but loopback, so that whatever was not served there is not to be had.

use super::near::{Near, temp, text};
use crate::skip::{not_here, skipped};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PORT: u16 = 8080;

/// Starts a server and waits for it, then runs the rest. With the first process of the namespace all of
/// them end.
const SCRIPT: &str = "
ip link set lo up
eval \"$SERVER\" >\"$LOG\" 2>&1 &
for try in $(seq 200); do
  grep -qi ':1F90 ' /proc/net/tcp && break
  sleep 0.1
done
grep -qi ':1F90 ' /proc/net/tcp
";

/// Runs a script in a project, beside a server. go starts with nothing but the project.
fn beside(server: &str, project: &Path, script: &str) -> Output {
    let own = temp();
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--net", "--pid", "--fork", "--kill-child", "sh", "-euc"]);
    command.arg(format!("{SCRIPT}{script}")).current_dir(project).env("PWD", project);
    command.env("SERVER", server).env("LOG", own.path().join("log")).env("HOME", own.path());
    command.env("GOMODCACHE", own.path().join("modcache")).env("GOPATH", own.path().join("go"));
    command.env("GOENV", "off").env("GOFLAGS", "-modcacherw -mod=mod").env("GOTOOLCHAIN", "local");
    command.env("GOPROXY", format!("http://127.0.0.1:{PORT}")).env("GOSUMDB", "sum.golang.org");
    for name in ["GONOSUMDB", "GONOPROXY", "GOPRIVATE", "GOWORK"] {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    let log = fs::read_to_string(own.path().join("log")).unwrap_or_default();
    assert!(output.status.success(), "{}\nthe server: {log}", text(&output));
    output
}

fn can_separate() -> bool {
    let made = Command::new("unshare").args(["--map-root-user", "--net", "true"]).status();
    let can = made.is_ok_and(|status| status.success());
    if !can {
        skipped("no network namespace can be made here");
    }
    can
}

/// go.sum as go writes it beside the server, where there was none.
fn tidied(server: &str, near: &Near, before: &str) -> String {
    let project = near.temp.path().join("again");
    fs::create_dir(&project).unwrap();
    for entry in fs::read_dir(&near.project).unwrap().map(Result::unwrap) {
        if !["go.sum", "vendor", ".git"].contains(&entry.file_name().to_str().unwrap()) {
            super::near::copy(&entry.path(), &project.join(entry.file_name()));
        }
    }
    beside(server, &project, &format!("{before}go mod tidy; go mod verify"));
    fs::read_to_string(project.join("go.sum")).unwrap()
}

fn nginx(own: &Path, tree: &Path) -> String {
    let own_files = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temp = own_files.map(|name| format!("{name}_temp_path {}/{name};", own.display()));
    let config = format!(
        "user root root; daemon off; master_process off; pid {own}/pid; error_log {own}/error;
        events {{}}
        http {{
          access_log {own}/access; {temp}
          server {{ listen 127.0.0.1:{PORT}; root {tree}; default_type application/octet-stream; }}
        }}",
        own = own.display(),
        temp = temp.join(" "),
        tree = tree.display(),
    );
    let path = own.join("nginx.conf");
    fs::write(&path, config).unwrap();
    format!("exec nginx -e {}/error -c {}", own.display(), path.display())
}

#[test]
#[ignore = "needs GO_OFFLINE_CORPUS, GO_OFFLINE_MODCACHE, a module proxy and nginx"]
fn behind_nginx_a_bare_go_has_the_checksum_database_too() {
    if which::which("nginx").is_err() {
        return skipped("there is no nginx");
    }
    if !can_separate() {
        return;
    }
    let near = Near::of_corpus("docker-cli");
    let (tree, own) = (near.bundle("tree", &[]), temp());
    let go_sum = tidied(&nginx(own.path(), &tree), &near, "");
    let committed = fs::read_to_string(near.project.join("go.sum")).unwrap();
    assert!(go_sum == committed, "another go.sum behind nginx");

    let log = fs::read_to_string(own.path().join("access")).unwrap();
    let lines = log.lines().filter(|line| line.contains(" /sumdb/"));
    let asked: Vec<&str> = lines.map(|line| line.split('"').nth(1).unwrap()).collect();
    let served = log.lines().filter(|line| line.contains(" /sumdb/") && line.contains("\" 200 "));
    assert_eq!(served.count(), asked.len(), "{log}");
    let is_lookup = |one: &&&str| one.starts_with("GET /sumdb/sum.golang.org/lookup/");
    let looked_up: BTreeSet<&&str> = asked.iter().filter(is_lookup).collect();
    let modules: BTreeSet<(&str, &str)> = committed
        .lines()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(path, rest)| (path, rest.split([' ', '/']).next().unwrap()))
        .collect();
    assert_eq!(looked_up.len(), modules.len());
    assert!(asked.iter().any(|one| one.contains("/tile/8/")), "{asked:?}");
    assert!(asked.iter().any(|one| one.contains("/supported ")), "{asked:?}");
    println!("{} requests, {} of them for the database", log.lines().count(), asked.len());
}

/// The program as `.ci/tools` builds it. Athens hands the database on and has none, so go is without.
#[test]
#[ignore = "needs GO_OFFLINE_CORPUS, GO_OFFLINE_MODCACHE, a module proxy and GO_OFFLINE_ATHENS"]
fn athens_serves_what_is_exported_for_it() {
    let Some(athens) = std::env::var_os("GO_OFFLINE_ATHENS").map(PathBuf::from) else {
        return not_here("GO_OFFLINE_ATHENS names no program");
    };
    if !can_separate() {
        return;
    }
    let near = Near::of_corpus("docker-cli");
    let store = near.exported(&near.bundle("b.tar.zst", &[]), "athens");
    let server = format!(
        "ATHENS_STORAGE_TYPE=disk ATHENS_DISK_STORAGE_ROOT={} ATHENS_NETWORK_MODE=offline \
         ATHENS_DOWNLOAD_MODE=none ATHENS_PORT=127.0.0.1:{PORT} ATHENS_LOG_LEVEL=info GOPROXY=off exec {}",
        store.display(),
        athens.display()
    );
    // With go.sum nobody asks for the database, so that it may stay on.
    let download = "go mod download; GOPROXY=off go mod verify";
    let output = beside(&server, &near.project, download);
    assert!(text(&output).contains("all modules verified"), "{}", text(&output));
    let committed = fs::read_to_string(near.project.join("go.sum")).unwrap();
    let go_sum = tidied(&server, &near, "export GOSUMDB=off; ");
    assert!(go_sum == committed, "another go.sum behind Athens");
}
