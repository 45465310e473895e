//! Where no network namespace is to be had: refused with the reason and the mend, or said and gone on.

use super::Machine::{
    self, Docker, DockerWatched, DockerWithoutNotification, DockerWithoutSeccomp, NoIdMaps,
    NoUserNamespaces, Watched,
};
use super::worlds;
use crate::world::{Ran, Who, World};
use serde_json::Value;

/// `go version` under this isolation.
fn version(world: &World, isolation: &str) -> Ran {
    let version = ["--report", "../report", "version"];
    world.ours(version).env("GO_OFFLINE_ISOLATION", isolation).run()
}

fn isolation(world: &World) -> Value {
    let report: Value = serde_json::from_str(&world.read("report")).unwrap();
    report["isolation"].clone()
}

const SECCOMP: &str = "a seccomp filter is in force, as in a container with the default profile: start it \
    with `--cap-add SYS_ADMIN --cap-add NET_ADMIN`, or with a seccomp profile that allows `unshare`";

/// Each machine without network namespaces, the reason and the mend.
const REFUSED: [(Machine, &str, &str); 6] = [
    (Docker, "make a user namespace: Operation not permitted", SECCOMP),
    (DockerWithoutNotification, "make a user namespace: Operation not permitted", SECCOMP),
    (DockerWithoutSeccomp, "make a user namespace: Operation not permitted", SECCOMP),
    (DockerWatched, "make a user namespace: Operation not permitted", SECCOMP),
    (
        NoUserNamespaces,
        "make a user namespace: No space left on device",
        "`sysctl user.max_user_namespaces` is 0; a number like 10000 allows them",
    ),
    (
        NoIdMaps,
        "deny setgroups in the user namespace: Read-only file system",
        "/proc is mounted read-only",
    ),
];

#[test]
fn a_namespace_is_required() {
    for (machine, reason, mend) in REFUSED {
        for world in worlds(machine, World::of) {
            let ran = version(&world, "require-netns").ended(69);
            let refusal = format!("isolation = require-netns is not to be had: cannot {reason}");
            let ran = ran.said(&refusal).said(mend);
            assert_eq!(ran.stdout, "", "{machine:?}");
            assert_eq!(isolation(&world)["level"], "none", "{machine:?}");
        }
    }
}

#[test]
fn a_namespace_is_preferred() {
    for (machine, reason, mend) in REFUSED {
        for world in worlds(machine, World::of) {
            let ran = version(&world, "prefer").ended(0).said("warning[isolation-weak]");
            assert!(ran.stdout.starts_with("go version go"), "{ran:?}");
            ran.said(reason).said(mend);
            let level = isolation(&world)["level"].as_str().map(str::to_owned).unwrap();
            assert!(!level.starts_with("netns"), "{machine:?}: {level}");
        }
    }
}

/// Nothing at all is to be had but the environment.
#[test]
fn any_isolation_is_required() {
    for world in worlds(DockerWithoutSeccomp, World::of) {
        let ran = version(&world, "require").ended(69);
        ran.said("isolation = require is not to be had: ").said("Operation not permitted");
        assert_eq!(isolation(&world)["level"], "none");
    }
}

/// The wall stands all the same where somebody else listens already.
#[test]
fn watched_by_somebody_else() {
    for world in worlds(Watched, World::of) {
        for require in ["require", "require-netns"] {
            let ran = version(&world, require).ended(0);
            assert_eq!(ran.stderr, "", "{ran:?}");
            let wall = match world.who() {
                Who::Self_ => "netns+dns-sink",
                Who::Ordinary => "netns+userns+dns-sink",
            };
            let isolation = isolation(&world);
            assert_eq!(isolation["level"], wall);
            let reason = isolation["reason"].as_str().unwrap();
            assert!(reason.contains("calls are watched already"), "{reason}");
        }
    }
}
