//! The steps that can fail, their names, and what is known about why they do.
//!
//! Hints are guesses from what this machine says about itself, made only after a refusal.

use super::NoWall;
use std::fs;
use std::io;

/// A step on the way to the wall. The number is how a rehearsing child names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Step {
    Rehearsal = 1,
    UserNamespace,
    SetGroups,
    UidMap,
    GidMap,
    NetworkNamespace,
    Loopback,
    Counters,
    EnterUserNamespace,
    EnterNetworkNamespace,
}

const ALL: [Step; 10] = [
    Step::Rehearsal,
    Step::UserNamespace,
    Step::SetGroups,
    Step::UidMap,
    Step::GidMap,
    Step::NetworkNamespace,
    Step::Loopback,
    Step::Counters,
    Step::EnterUserNamespace,
    Step::EnterNetworkNamespace,
];

impl Step {
    pub(super) fn number(self) -> u8 {
        self as u8
    }

    pub(super) fn from_number(number: u8) -> Option<Step> {
        ALL.into_iter().find(|step| step.number() == number)
    }

    fn words(self) -> &'static str {
        match self {
            Step::Rehearsal => "rehearse the user namespace",
            Step::UserNamespace => "make a user namespace",
            Step::SetGroups => "deny setgroups in the user namespace",
            Step::UidMap => "map the own user id into the user namespace",
            Step::GidMap => "map the own group id into the user namespace",
            Step::NetworkNamespace => "make a network namespace",
            Step::Loopback => "bring up loopback in the network namespace",
            Step::Counters => "read the kernel's network counters",
            Step::EnterUserNamespace => "enter the user namespace",
            Step::EnterNetworkNamespace => "enter the network namespace",
        }
    }
}

/// A step that failed, before anybody asked why.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) step: Step,
    pub(super) error: io::Error,
}

impl From<Failed> for NoWall {
    fn from(Failed { step, error }: Failed) -> NoWall {
        let hint = error.raw_os_error().and_then(|errno| hint(step, errno, &Machine::look()));
        NoWall { step: step.words(), error, weaker: None, hint }
    }
}

/// A refusal, with why a weaker wall was refused as well.
pub(super) fn and_weaker(refusal: NoWall, why: String) -> NoWall {
    NoWall { weaker: Some(why), ..refusal }
}

/// Why the calls of a command are not watched whose caller wants none watched.
pub(super) const NOT_WANTED: &str = "watch-calls is off";

/// Why the calls of a command are not watched.
pub(super) fn why_not_watched(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(libc::EBUSY) => {
            "calls are watched already, by a guard or a sandbox around this one".to_owned()
        }
        _ => format!("calls cannot be watched: {error}"),
    }
}

/// Names the step on the way out of an error.
pub(super) trait At<T> {
    fn at(self, step: Step) -> Result<T, Failed>;
}

impl<T, E: Into<io::Error>> At<T> for Result<T, E> {
    fn at(self, step: Step) -> Result<T, Failed> {
        self.map_err(|error| Failed { step, error: error.into() })
    }
}

/// What the machine says about its namespaces.
#[derive(Debug, Default)]
struct Machine {
    max_user_namespaces: Option<String>,
    max_net_namespaces: Option<String>,
    unprivileged_userns_clone: Option<String>,
    apparmor_restrict_unprivileged_userns: Option<String>,
    seccomp_filter: bool,
    root: bool,
}

impl Machine {
    fn look() -> Machine {
        let read = |path: &str| fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
        let status = read("/proc/self/status").unwrap_or_default();
        Machine {
            max_user_namespaces: read("/proc/sys/user/max_user_namespaces"),
            max_net_namespaces: read("/proc/sys/user/max_net_namespaces"),
            unprivileged_userns_clone: read("/proc/sys/kernel/unprivileged_userns_clone"),
            apparmor_restrict_unprivileged_userns: read(
                "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
            ),
            seccomp_filter: status
                .lines()
                .any(|line| line.split_whitespace().eq(["Seccomp:", "2"])),
            root: rustix::process::geteuid().is_root(),
        }
    }
}

fn hint(step: Step, errno: i32, machine: &Machine) -> Option<String> {
    let is = |value: &Option<String>, wanted: &str| value.as_deref() == Some(wanted);
    let denied = matches!(errno, libc::EPERM | libc::EACCES);
    let text = match (step, errno) {
        (Step::UserNamespace, libc::ENOSPC) if is(&machine.max_user_namespaces, "0") => {
            "user namespaces are switched off here: `sysctl user.max_user_namespaces` is 0; \
             a number like 10000 allows them"
        }
        (Step::UserNamespace, libc::ENOSPC) => {
            "the limit `sysctl user.max_user_namespaces` is reached, here or in an outer namespace"
        }
        (Step::NetworkNamespace, libc::ENOSPC) if is(&machine.max_net_namespaces, "0") => {
            "network namespaces are switched off here: `sysctl user.max_net_namespaces` is 0; \
             a number like 10000 allows them"
        }
        (Step::NetworkNamespace, libc::ENOSPC) => {
            "the limit `sysctl user.max_net_namespaces` is reached, here or in an outer namespace"
        }
        (Step::UserNamespace | Step::NetworkNamespace, libc::EINVAL) => {
            "this kernel may have been built without namespaces (CONFIG_USER_NS, CONFIG_NET_NS)"
        }
        (Step::SetGroups | Step::UidMap | Step::GidMap, libc::EROFS) => {
            "/proc is mounted read-only, as in some containers"
        }
        (Step::UserNamespace, _) if denied && is(&machine.unprivileged_userns_clone, "0") => {
            "only root may make user namespaces here: `sysctl kernel.unprivileged_userns_clone` \
             is 0; 1 allows them to everybody"
        }
        _ if denied && !machine.root && is(&machine.apparmor_restrict_unprivileged_userns, "1") => {
            "AppArmor keeps user namespaces from programs it has no profile for: \
             `sysctl kernel.apparmor_restrict_unprivileged_userns` is 1; 0 allows them, \
             or a profile with the rule `userns,` for this program"
        }
        (Step::UidMap, libc::EPERM) if machine.root => {
            "root needs CAP_SETFCAP to be mapped into a user namespace: add that capability, \
             or CAP_SYS_ADMIN and CAP_NET_ADMIN, or run as an ordinary user"
        }
        (Step::UserNamespace | Step::NetworkNamespace, _) if denied && machine.seccomp_filter => {
            "a seccomp filter is in force, as in a container with the default profile: start it \
             with `--cap-add SYS_ADMIN --cap-add NET_ADMIN`, or with a seccomp profile that allows \
             `unshare`"
        }
        (Step::UserNamespace, libc::EPERM) => {
            "a process inside a chroot may not make user namespaces"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_comes_back_from_its_number() {
        for step in ALL {
            assert_eq!(Step::from_number(step.number()), Some(step));
        }
        assert_eq!(Step::from_number(0), None);
        assert_eq!(Step::from_number(200), None);
    }

    #[test]
    fn known_causes_have_a_hint() {
        let one = |value: &str| Some(value.to_owned());
        let cases = [
            (
                Step::UserNamespace,
                libc::ENOSPC,
                Machine { max_user_namespaces: one("0"), ..Machine::default() },
                "user.max_user_namespaces` is 0",
            ),
            (
                Step::UserNamespace,
                libc::ENOSPC,
                Machine { max_user_namespaces: one("900"), ..Machine::default() },
                "is reached",
            ),
            (
                Step::UserNamespace,
                libc::EPERM,
                Machine {
                    unprivileged_userns_clone: one("0"),
                    seccomp_filter: true,
                    ..Machine::default()
                },
                "kernel.unprivileged_userns_clone",
            ),
            (
                Step::UidMap,
                libc::EPERM,
                Machine { apparmor_restrict_unprivileged_userns: one("1"), ..Machine::default() },
                "AppArmor",
            ),
            (
                Step::UserNamespace,
                libc::EPERM,
                Machine { seccomp_filter: true, root: true, ..Machine::default() },
                "seccomp filter",
            ),
            (
                Step::UidMap,
                libc::EPERM,
                Machine { root: true, ..Machine::default() },
                "CAP_SETFCAP",
            ),
            (Step::UidMap, libc::EROFS, Machine::default(), "read-only"),
        ];
        for (step, errno, machine, wanted) in cases {
            let got = hint(step, errno, &machine).unwrap_or_default();
            assert!(got.contains(wanted), "{step:?} {errno}: {got:?} lacks {wanted:?}");
        }
    }

    #[test]
    fn unknown_causes_have_none() {
        assert_eq!(hint(Step::Counters, libc::ENOENT, &Machine::default()), None);
        assert_eq!(hint(Step::Loopback, libc::EIO, &Machine::default()), None);
    }
}
