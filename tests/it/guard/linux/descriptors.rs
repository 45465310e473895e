//! What a caller left open: a way out is closed, pipes and files stay.

use super::caged::{ORDINARY, binaries, callers, run};
use super::lab::Lab;

#[test]
fn an_inherited_socket_does_not_lead_out() {
    let Some(lab) = Lab::open() else { return };
    for caller in callers() {
        let bash = |script: &str| {
            let cage = binaries().cage.display();
            let script = format!("exec 5<>/dev/tcp/198.51.100.7/7777; {script}")
                .replace("CAGE", &cage.to_string());
            lab.run(caller.bare(["bash", "-c", &script]))
        };
        let bare = bash("sh -c 'echo bare >&5'");
        assert!(bare.status.success(), "{bare:?}");
        assert_eq!(lab.heard(), ["heard bare"], "control, {caller:?}");

        let sealed = bash("CAGE sh -c 'echo sealed >&5'");
        assert!(
            !sealed.status.success() && sealed.stderr.contains("Bad file descriptor"),
            "{sealed:?}"
        );
        assert_eq!(lab.heard(), [""; 0], "{caller:?}");

        // The same socket as standard input stays usable, as documented; which also shows that it
        // is the sealing that closes it, and not the network namespace.
        let standard = bash("CAGE sh -c 'echo standard >&0' <&5");
        assert!(standard.status.success(), "{standard:?}");
        assert_eq!(lab.heard(), ["heard standard"], "{caller:?}");
    }
}

#[test]
fn pipes_files_and_substituted_arguments_stay() {
    for caller in callers() {
        let place = tempfile::tempdir().unwrap();
        if super::caged::we_are_root() {
            std::os::unix::fs::chown(place.path(), Some(ORDINARY), Some(ORDINARY)).unwrap();
        }
        let script = format!(
            "cd {}; exec 5>file 6</ 7</dev/null; CAGE sh -c 'echo in file >&5; ls -d /proc/self/fd/6 /proc/self/fd/7'; \
             CAGE cat <(echo substituted); \
             (CAGE sh -c 'echo piped >&8' 8>&8) 8>&1 | cat; cat file",
            place.path().display()
        );
        let bare = run(caller.bare(["bash", "-c", &script.replace("CAGE", "env")]));
        let caged = run(caller.bare([
            "bash",
            "-c",
            &script.replace("CAGE", &binaries().cage.display().to_string()),
        ]));
        assert_eq!(
            bare.stdout, "/proc/self/fd/6\n/proc/self/fd/7\nsubstituted\npiped\nin file\n",
            "control, {caller:?}: {bare:?}"
        );
        assert_eq!(caged.stdout, bare.stdout, "{caller:?}: {caged:?}");
    }
}

/// What only carries word of events stays, as what a runner has open does no harm. What else has no
/// name in a file system is sealed.
#[test]
fn event_descriptors_stay() {
    let opened = [
        ("os.eventfd(0)", Some(0)),
        ("(events := select.epoll()).fileno()", Some(0)),
        ("os.pidfd_open(os.getpid())", Some(1)),
    ];
    let python = |words: &[&str], open: &str| {
        let script = format!(
            "import os, select, sys; os.dup2({open}, 5); os.execvp(sys.argv[1], sys.argv[1:])"
        );
        let look = ["test", "-e", "/proc/self/fd/5"];
        run(callers()[0].bare([&["python3", "-c", &script], words, &look[..]].concat()))
    };
    if run(callers()[0].bare(["python3", "-c", "import os; os.eventfd"])).code() != Some(0) {
        return crate::skip::skipped("descriptors of events are opened by python 3.10");
    }
    let cage = binaries().cage.display().to_string();
    for (open, code) in opened {
        assert_eq!(python(&[], open).code(), Some(0), "control: {open}");
        let caged = python(&[&cage], open);
        assert_eq!(caged.code(), code, "{open}: {caged:?}");
    }
}

#[test]
fn namespace_files_are_sealed() {
    let look = "exec 5</proc/self/ns/net; CAGE test -e /proc/self/fd/5";
    for caller in callers() {
        let bash = |cage: &str| run(caller.bare(["bash", "-c", &look.replace("CAGE", cage)]));
        assert_eq!(bash("env").code(), Some(0), "control, {caller:?}");
        let caged = bash(&binaries().cage.display().to_string());
        assert_eq!(caged.code(), Some(1), "{caller:?}: {caged:?}");
    }
}

/// A bind-mounted namespace has a path like any file, and still is none.
#[test]
fn mounted_namespace_files_are_sealed() {
    let Some(lab) = Lab::open() else { return };
    for caller in callers() {
        let look = format!("exec 5</run/netns/{}; CAGE test -e /proc/self/fd/5", lab.name());
        let bash = |cage: &str| run(caller.bare(["bash", "-c", &look.replace("CAGE", cage)]));
        assert_eq!(bash("env").code(), Some(0), "control, {caller:?}");
        let caged = bash(&binaries().cage.display().to_string());
        assert_eq!(caged.code(), Some(1), "{caller:?}: {caged:?}");
    }
}
