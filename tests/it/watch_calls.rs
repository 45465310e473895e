//! `watch-calls = "off"`: a command that watches calls itself gets the one listener that it may have, and
//! the wall, the names and the kernel's counters stay.

use crate::sandbox::{self, Machine};
use crate::skip::skipped;
use crate::world::{Ran, Run, Who, World, everybody};
use serde_json::Value;

/// Installs a filter with a listener, as libseccomp and runc do, and then does what its words say.
const WATCHER: &str = r#"
import ctypes, errno, platform, socket, sys

class Filter(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint)]

class Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.POINTER(Filter))]

libc = ctypes.CDLL(None, use_errno=True)
seccomp = {"x86_64": 317, "aarch64": 277}[platform.machine()]
libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
allow = Filter(0x06, 0, 0, 0x7FFF0000)  # return SECCOMP_RET_ALLOW
program = Program(1, ctypes.pointer(allow))
# SECCOMP_SET_MODE_FILTER with SECCOMP_FILTER_FLAG_NEW_LISTENER
listener = libc.syscall(seccomp, 1, 8, ctypes.byref(program))
print("listener", "ok" if listener >= 0 else errno.errorcode[ctypes.get_errno()], flush=True)
for word in sys.argv[1:]:
    try:
        if word[0].isdigit():
            socket.create_connection((word, 9), 5)
        elif word[0] == "/":
            socket.socket(socket.AF_UNIX).connect(word)
        else:
            socket.getaddrinfo(word, 9)
        print("reached", word)
    except OSError as error:
        print("failed", error)
"#;

const NOBODY: &str = "198.51.100.7";

/// A world with profile `off`, and profile `strict` that refuses unix sockets as well.
fn furnished(world: World) -> World {
    let settings = "[profile.off]\nwatch-calls = \"off\"\n[profile.strict]\ninherits = \"off\"\nunix-sockets = \"deny\"\n";
    world.write("project/go-offline.toml", settings);
    world.write("watcher.py", WATCHER);
    world
}

fn has_python() -> bool {
    let has = which::which("python3").is_ok();
    if !has {
        skipped("a program that watches calls: there is no python3");
    }
    has
}

fn worlds() -> Vec<World> {
    let all = if has_python() { everybody() } else { Vec::new() };
    all.into_iter().map(|who| furnished(World::of(who))).collect()
}

fn on(machine: Machine) -> Vec<World> {
    let all = if has_python() { sandbox::worlds(machine, World::of) } else { Vec::new() };
    all.into_iter().map(furnished).collect()
}

fn watcher<'w>(world: &'w World, profile: &str, words: &[&str]) -> Run<'w> {
    let exec = ["--report", "../report", "--profile", profile, "exec", "--", "python3"];
    world.ours(exec.iter().copied().chain(["../watcher.py"]).chain(words.iter().copied()))
}

fn report(world: &World) -> Value {
    serde_json::from_str(&world.read("report")).unwrap()
}

fn reason(world: &World) -> String {
    report(world)["isolation"]["reason"].as_str().unwrap_or_default().to_owned()
}

fn level(world: &World) -> String {
    report(world)["isolation"]["level"].as_str().unwrap().to_owned()
}

fn has_wall(ran: &Ran) -> bool {
    let has = ran.code() != Some(69);
    if !has {
        skipped(&format!("the wall: {}", ran.stderr));
    }
    has
}

#[test]
fn a_command_has_one_watch() {
    for world in worlds() {
        let guarded = |profile| {
            watcher(&world, profile, &[]).env("GO_OFFLINE_ISOLATION", "require-netns").run()
        };
        let ran = guarded("auto");
        if !has_wall(&ran) {
            continue;
        }
        assert_eq!(ran.ended(0).stdout, "listener EBUSY\n");
        assert!(level(&world).ends_with("+dns-sink+seccomp-notify"), "{}", level(&world));
        let ran = guarded("off").ended(0);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("listener ok\n", ""));
        let wall = match world.who() {
            Who::Self_ if crate::world::we_are_root() => "netns+dns-sink",
            _ => "netns+userns+dns-sink",
        };
        assert_eq!((level(&world).as_str(), reason(&world).as_str()), (wall, OFF));
    }
}

const OFF: &str = "no seccomp-notify: watch-calls is off";

/// The kernel counts what nobody watches, and the name server hears names.
#[test]
fn an_attempt_is_a_number() {
    for world in worlds() {
        let words = [NOBODY, "api.example.com"];
        let ran = watcher(&world, "off", &words).env("GO_OFFLINE_ISOLATION", "require").run();
        if !has_wall(&ran) {
            continue;
        }
        let ran = ran.ended(77).said("error[network-attempt]").said("1 over IPv4");
        let ran = ran.said("api.example.com").said("`watch-calls = \"on\"` in the profile names");
        assert!(ran.stdout.starts_with("listener ok\nfailed "), "{ran:?}");
        assert!(!ran.stdout.contains("reached"), "{ran:?}");
        let report = report(&world);
        assert_eq!(report["unattributed"]["ipv4"], 1);
        let attempts = report["attempts"].as_array().unwrap();
        assert!(attempts.iter().all(|attempt| attempt["kind"] == "dns"), "{attempts:?}");
        assert!(attempts.iter().any(|attempt| attempt["host"] == "api.example.com"));
    }
}

/// Nobody but a watcher can refuse a unix socket: said, or refused where a wall is required.
#[test]
fn unix_sockets_are_refused_by_a_watcher_only() {
    for world in worlds() {
        let place = world.root().join("outside.sock");
        let _outside = std::os::unix::net::UnixListener::bind(&place).unwrap();
        std::fs::set_permissions(&place, std::os::unix::fs::PermissionsExt::from_mode(0o777))
            .unwrap();
        let place = place.display().to_string();
        let strict =
            |isolation| watcher(&world, "strict", &[&place]).env("GO_OFFLINE_ISOLATION", isolation);
        let why = "watch-calls is off, and only a watched call can be refused";
        let mend = "`watch-calls = \"on\"` in the profile refuses them";
        let ran = strict("require").run().ended(69).said(why).said(mend);
        assert_eq!(ran.stdout, "");
        let ran = strict("prefer").run().ended(0).said("warning[isolation-weak]").said(why);
        assert!(ran.said(mend).stdout.contains("reached"));
    }
}

/// Where watched calls would be the wall there is none, or a weaker one, and that is said.
#[test]
fn it_takes_away_the_wall_that_is_watched_calls() {
    const WHY: &str = "no call is watched, which would be a wall: watch-calls is off";
    for world in on(Machine::Docker) {
        let exec = |profile, isolation| {
            watcher(&world, profile, &[NOBODY]).env("GO_OFFLINE_ISOLATION", isolation).run()
        };
        let ran = exec("auto", "require").ended(77);
        assert!(ran.stdout.starts_with("listener EBUSY\n"), "{ran:?}");
        assert_eq!(exec("off", "require").ended(69).said(WHY).stdout, "");
        let ran = exec("off", "prefer").ended(0).said("warning[isolation-weak]").said(WHY);
        let ran = ran.said("no wall stands around this command");
        assert!(ran.stdout.starts_with("listener ok\nfailed "), "{ran:?}");
        assert_eq!(level(&world), "none");
        // What needs no loopback has the static filter.
        let version = ["--report", "../report", "--profile", "off", "version"];
        let ran = world.ours(version).env("GO_OFFLINE_ISOLATION", "require").run().ended(0);
        assert!(ran.stdout.starts_with("go version go"), "{ran:?}");
        assert_eq!(level(&world), "seccomp-deny");
        assert!(reason(&world).contains(WHY), "{}", reason(&world));
    }
}

/// Who lays a floor keeps the watch that it needs.
#[test]
fn a_floor_keeps_the_watch() {
    for world in worlds() {
        for floor in ["network=deny", "unix-sockets=deny"] {
            let ran = watcher(&world, "off", &[]).env("GO_OFFLINE_FLOOR", floor).run().ended(0);
            assert_eq!(ran.stdout, "listener EBUSY\n", "{floor}: {}", ran.stderr);
        }
        let shown = world.ours(["profile", "show", "off"]).run().ended(0);
        assert!(shown.stdout.contains("watch-calls = off"), "{}", shown.stdout);
    }
}
