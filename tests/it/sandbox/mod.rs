//! Machines that give less than this one: containers with a container engine's default profile, kernels
//! without user notification, sandboxes that watch already. For what is to be had there in place of
//! the whole wall.
//!
//! A small program in C (`enter.c`) takes rights away from itself and becomes the command. It comes
//! before everything else, so the command's exit, its signals and its process id are its own.

#![cfg_attr(go_offline_stub, allow(dead_code))] // without a wall nothing is weaker

mod bpf;
mod numbers;
mod profile;

#[cfg(not(go_offline_stub))]
mod docker;
#[cfg(not(go_offline_stub))]
mod refused;

use crate::place::place;
use crate::skip::skipped;
use crate::world::{ORDINARY, Who, World, everybody, we_are_root};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// What a machine gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Machine {
    /// Docker's default: its seccomp profile and capabilities. No namespaces.
    Docker,
    /// The same where no filter can have a listener (Linux before 5.0, gVisor): a static filter is all
    /// that is to be had.
    DockerWithoutNotification,
    /// The same where no filter can be installed either: nothing but the environment is left.
    DockerWithoutSeccomp,
    /// The same where somebody else listens to a filter already, and lets every call go on.
    DockerWatched,
    /// This machine, where somebody else listens already.
    Watched,
    /// No capabilities but Docker's, and `user.max_user_namespaces` is 0.
    NoUserNamespaces,
    /// The same where a user namespace can be made but no ids mapped in it, as where AppArmor
    /// restricts them (there the kernel says EPERM; here `/proc` is read-only).
    NoIdMaps,
}

/// A machine, and whether its commands can get new rights by set-uid programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sandbox {
    pub(crate) machine: Machine,
    pub(crate) no_new_privs: bool,
}

/// The capabilities that Docker leaves to root.
const DOCKER: [(&str, u32); 14] = [
    ("CAP_CHOWN", 0),
    ("CAP_DAC_OVERRIDE", 1),
    ("CAP_FOWNER", 3),
    ("CAP_FSETID", 4),
    ("CAP_KILL", 5),
    ("CAP_SETGID", 6),
    ("CAP_SETUID", 7),
    ("CAP_SETPCAP", 8),
    ("CAP_NET_BIND_SERVICE", 10),
    ("CAP_NET_RAW", 13),
    ("CAP_SYS_CHROOT", 18),
    ("CAP_MKNOD", 27),
    ("CAP_AUDIT_WRITE", 29),
    ("CAP_SETFCAP", 31),
];

/// Worlds on a machine: for root and the ordinary user, with and without `no_new_privs`. None, and a
/// word of it, where machines cannot be simulated.
pub(crate) fn worlds(machine: Machine, kind: fn(Who) -> World) -> Vec<World> {
    if tools().is_none() {
        return Vec::new();
    }
    let sandboxes = [false, true].map(|no_new_privs| Sandbox { machine, no_new_privs });
    let all = everybody().into_iter().flat_map(|who| sandboxes.map(|sandbox| (who, sandbox)));
    all.map(|(who, sandbox)| kind(who).put_into(sandbox)).collect()
}

impl Sandbox {
    /// What comes before the words of a command that root starts, so that `who` runs it there.
    pub(crate) fn words(self, who: Who) -> Vec<String> {
        let tools = tools().expect("a sandbox that can be had");
        let path = |name: &str| tools.directory.join(name).display().to_string();
        let mut words = vec![path("enter")];
        let mut with = |option: &str, value: String| words.extend([option.to_owned(), value]);
        if self.machine.is_watched() {
            with("--watched", path("watched"));
        }
        for filter in self.machine.filters() {
            with("--filter", path(filter));
        }
        if self.machine != Machine::Watched {
            let bounding = DOCKER.iter().fold(0_u64, |all, (_, bit)| all | 1 << bit);
            with("--bounding", format!("{bounding:x}"));
        }
        if who == Who::Ordinary {
            with("--user", ORDINARY.to_string());
        }
        let flags = [
            (self.machine == Machine::NoUserNamespaces, "--no-user-namespaces"),
            (self.machine == Machine::NoIdMaps, "--read-only-proc"),
            (self.no_new_privs, "--no-new-privs"),
        ];
        words
            .extend(flags.iter().filter(|(wanted, _)| *wanted).map(|(_, flag)| (*flag).to_owned()));
        words.push("--".to_owned());
        words
    }
}

impl Machine {
    pub(crate) const ALL: [Machine; 7] = [
        Machine::Docker,
        Machine::DockerWithoutNotification,
        Machine::DockerWithoutSeccomp,
        Machine::DockerWatched,
        Machine::Watched,
        Machine::NoUserNamespaces,
        Machine::NoIdMaps,
    ];

    fn is_watched(self) -> bool {
        matches!(self, Machine::Watched | Machine::DockerWatched)
    }

    /// In the order in which they are installed: the last one may forbid more of them.
    fn filters(self) -> &'static [&'static str] {
        match self {
            Machine::Docker | Machine::DockerWatched => &["docker"],
            Machine::DockerWithoutNotification => &["docker", "no-notification"],
            Machine::DockerWithoutSeccomp => &["docker", "no-seccomp"],
            Machine::Watched | Machine::NoUserNamespaces | Machine::NoIdMaps => &[],
        }
    }
}

/// The compiled programs and filters.
struct Tools {
    directory: PathBuf,
}

/// The first to ask waits for the compiler. `None`, which was said, where there can be none.
fn tools() -> Option<&'static Tools> {
    static TOOLS: OnceLock<Option<Tools>> = OnceLock::new();
    let made = TOOLS.get_or_init(|| why_not().is_none().then(Tools::make));
    if let Some(reason) = why_not() {
        skipped(&format!("simulated machines: {reason}"));
    }
    made.as_ref()
}

fn why_not() -> Option<&'static str> {
    if !we_are_root() {
        Some("not root")
    } else if !cfg!(target_arch = "x86_64") {
        Some("not x86-64")
    } else if which::which("gcc").is_err() {
        Some("there is no gcc")
    } else {
        None
    }
}

impl Tools {
    fn make() -> Tools {
        let directory = place().join("sandbox");
        fs::create_dir_all(&directory).unwrap();
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/sandbox");
        for program in ["enter", "probe"] {
            let mut gcc = Command::new("gcc");
            gcc.args(["-O1", "-Wall", "-Werror", "-o"]).arg(directory.join(program));
            gcc.arg(sources.join(format!("{program}.c")));
            let output = gcc.output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        let capabilities = DOCKER.map(|(name, _)| name);
        for (name, text) in [
            ("docker", include_str!("moby/default.json")),
            ("no-notification", include_str!("no-notification.json")),
            ("no-seccomp", include_str!("no-seccomp.json")),
            ("watched", include_str!("watched.json")),
        ] {
            fs::write(directory.join(name), profile::compile(text, &capabilities)).unwrap();
        }
        Tools { directory }
    }

    fn probe(&self) -> PathBuf {
        self.directory.join("probe")
    }
}
