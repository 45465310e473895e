//! The simulation is held against what is known of the real thing: calls, capabilities, and real
//! programs that must work there.

use super::Machine::{
    self, Docker, DockerWatched, DockerWithoutNotification, DockerWithoutSeccomp, NoIdMaps,
    NoUserNamespaces, Watched,
};
use super::{Sandbox, tools, worlds};
use crate::world::{Who, World};
use std::collections::BTreeMap;

/// What came of each call of the probe.
fn probed(world: &World) -> BTreeMap<String, String> {
    let Some(tools) = tools() else { return BTreeMap::new() };
    let ran = world.command(tools.probe()).run().ended(0);
    let entry =
        |line: &str| line.split_once(' ').map(|(call, what)| (call.to_owned(), what.to_owned()));
    ran.stdout.lines().filter_map(entry).collect()
}

#[track_caller]
fn came(world: &World, probed: &BTreeMap<String, String>, expected: &[(&str, &str)]) {
    for (call, outcome) in expected {
        let known = probed.get(*call).map(String::as_str);
        let on = (world.who(), world.sandbox());
        assert_eq!(known, Some(*outcome), "{call}, {on:?}: {probed:#?}");
    }
}

/// Calls that this machine lets through to the kernel, and Docker's profile refuses.
const REFUSED: [(&str, &str, &str); 14] = [
    ("unshare-nothing", "ok", "EPERM"),
    ("unshare-user", "ok", "EPERM"),
    ("unshare-net", "ok", "EPERM"),
    ("setns", "EBADF", "EPERM"),
    ("mount", "EFAULT", "EPERM"),
    ("clone-user", "ok", "EPERM"),
    ("clone3", "EINVAL", "ENOSYS"),
    ("pidfd_getfd", "EBADF", "EPERM"),
    ("io_uring_setup", "EFAULT", "EPERM"),
    ("keyctl", "EOPNOTSUPP", "EPERM"),
    ("personality-other", "ok", "EPERM"),
    ("socket-unknown-family", "EINVAL", "EPERM"),
    ("i386-unshare-nothing", "ok", "EPERM"),
    // This kernel need not have the interface, but the profile knows it.
    ("x32-unshare-nothing", "", "EPERM"),
];

const ALLOWED: [(&str, &str); 11] = [
    ("clone", "ok"),
    ("ptrace", "ok"),
    ("process_vm_readv", "ok"),
    ("pidfd_open", "ok"),
    ("personality", "ok"),
    ("socket-inet", "ok"),
    ("socket-netlink", "ok"),
    ("i386-getpid", "ok"),
    ("not-yet-invented", "ENOSYS"),
    ("i386-not-yet-invented", "ENOSYS"),
    ("notification-sizes", "ok"),
];

#[test]
fn calls_on_docker() {
    for world in worlds(Docker, World::of) {
        let bare = probed(&World::of(Who::Self_));
        let there = probed(&world);
        for (call, outside, inside) in REFUSED {
            if !outside.is_empty() {
                came(&world, &bare, &[(call, outside)]);
            }
            came(&world, &there, &[(call, inside)]);
        }
        came(&world, &there, &ALLOWED);
        // Of the rights that the profile leaves to the kernel.
        let root = if world.who() == Who::Self_ { "ok" } else { "EPERM" };
        came(&world, &there, &[("chroot", root), ("socket-raw", root)]);
        let no_new_privs = world.sandbox().unwrap().no_new_privs;
        let filter = if no_new_privs { "ok" } else { "EACCES" };
        let filters = ["listener", "static-filter", "filter-by-prctl"].map(|call| (call, filter));
        came(&world, &there, &filters);
    }
}

#[test]
fn the_rights_of_a_process() {
    let status = |world: &World| world.command("cat").args(["/proc/self/status"]).run().ended(0);
    for machine in Machine::ALL {
        for world in worlds(machine, World::of) {
            let Sandbox { no_new_privs, .. } = world.sandbox().unwrap();
            let ran = status(&world);
            let says = |line: String| {
                assert!(ran.stdout.contains(&line), "{line:?}, {machine:?}: {}", ran.stdout);
            };
            says(format!("NoNewPrivs:\t{}\n", u8::from(no_new_privs)));
            says("CapInh:\t0000000000000000\n".to_owned());
            says("CapAmb:\t0000000000000000\n".to_owned());
            // The number that every container of Docker shows.
            if machine != Watched {
                says("CapBnd:\t00000000a80425fb\n".to_owned());
            }
            match (world.who(), machine) {
                (Who::Ordinary, _) => {
                    says("CapEff:\t0000000000000000\nCapBnd".to_owned());
                    says("Uid:\t65534\t65534\t65534\t65534\nGid:\t65534\t".to_owned());
                }
                (Who::Self_, Watched) => assert!(!ran.stdout.contains("CapEff:\t0000000000000000")),
                (Who::Self_, _) => {
                    says("CapPrm:\t00000000a80425fb\nCapEff:\t00000000a80425fb\n".to_owned());
                }
            }
            let filters = machine.filters().len() + usize::from(machine.is_watched());
            says(format!("Seccomp_filters:\t{filters}\n"));
        }
    }
}

/// What each machine gives beyond or below Docker's.
#[test]
fn calls_on_other_machines() {
    for machine in Machine::ALL {
        for world in worlds(machine, World::of) {
            let expected: &[(&str, &str)] = match machine {
                Docker => &[("unshare-user", "EPERM")],
                DockerWithoutNotification => &[
                    ("unshare-user", "EPERM"),
                    ("notification-sizes", "EINVAL"),
                    ("listener", "EINVAL"),
                ],
                DockerWithoutSeccomp => &[
                    ("unshare-user", "EPERM"),
                    ("notification-sizes", "EPERM"),
                    ("listener", "EPERM"),
                    ("static-filter", "EPERM"),
                    ("filter-by-prctl", "EPERM"),
                ],
                DockerWatched => &[("unshare-user", "EPERM"), ("notification-sizes", "ok")],
                Watched | NoIdMaps => &[("unshare-user", "ok"), ("mount", "EFAULT")],
                NoUserNamespaces => &[("unshare-user", "ENOSPC"), ("mount", "EFAULT")],
            };
            let there = probed(&world);
            came(&world, &there, expected);
            let may_filter = world.sandbox().unwrap().no_new_privs
                || machine == Watched && world.who() == Who::Self_;
            if may_filter && machine != DockerWithoutSeccomp {
                let listener = match machine {
                    Watched | DockerWatched => "EBUSY",
                    DockerWithoutNotification => "EINVAL",
                    _ => "ok",
                };
                came(&world, &there, &[("listener", listener), ("static-filter", "ok")]);
            }
        }
    }
}

#[test]
fn no_ids_are_mapped() {
    for world in worlds(NoIdMaps, World::of) {
        let ran = world.command("unshare").args(["--user", "--map-root-user", "true"]).run();
        ran.ended(1).said("/proc/self/uid_map: Read-only file system");
    }
}

/// A build and its tests do without the calls that are missing.
#[test]
fn go_works_there() {
    for machine in [Docker, DockerWatched] {
        for world in worlds(machine, World::of) {
            let test = world.bare(["test", "-count=1", "./..."]).run().ended(0);
            assert!(test.stdout.contains("ok"), "{test:?}");
        }
    }
}
