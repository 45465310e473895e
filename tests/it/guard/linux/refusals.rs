//! No wall: the step and the reason are named, and the process is as it was.

use super::caged::{Caller, ORDINARY, Ran, binaries, run};
use crate::skip::skipped;

/// Where the process stands: its ids, its user namespace and its network.
const WHERE: &str =
    "id -u; id -g; cat /proc/self/uid_map; readlink /proc/self/ns/user /proc/self/ns/net";

/// Runs a shell script as `unshare` does, with CAGE, USER and WHERE filled in. `None` and a word of
/// it where such a machine cannot be had.
fn machine(unshare: &[&str], script: &str) -> Option<Ran> {
    let command = |script: &str| {
        let words = ["unshare"].into_iter().chain(unshare.iter().copied());
        run(Caller::Root.bare(words.chain(["sh", "-ec", script])))
    };
    let trial = command("true");
    if !trial.status.success() {
        skipped(&format!("`unshare {}`: {}", unshare.join(" "), trial.stderr.trim()));
        return None;
    }
    let user = format!("setpriv --reuid {ORDINARY} --regid {ORDINARY} --clear-groups");
    let script = script
        .replace("USER", &user)
        .replace("CAGE", &binaries().cage.display().to_string())
        .replace("WHERE", &format!("sh -c '{WHERE}'"));
    let ran = command(&script);
    assert!(ran.status.success(), "{ran:?}");
    Some(ran)
}

/// The script printed WHERE bare, then through `cage --or-bare`.
fn unchanged(ran: &Ran) {
    let lines: Vec<&str> = ran.stdout.lines().collect();
    let (before, after) = lines.split_at(lines.len() / 2);
    assert!(!before.is_empty() && before == after, "not as it was: {ran:?}");
}

#[test]
fn user_namespaces_switched_off() {
    // The limit belongs to the user namespace that unshare makes: the machine's own is not touched.
    let Some(ran) = machine(
        &["--user", "--map-root-user"],
        "echo 0 > /proc/sys/user/max_user_namespaces
         setpriv --bounding-set=-all WHERE
         setpriv --bounding-set=-all CAGE --or-bare WHERE",
    ) else {
        return;
    };
    assert!(
        ran.stderr.contains("cannot make a user namespace: No space left on device"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains(
        "hint: user namespaces are switched off here: `sysctl user.max_user_namespaces` is 0"
    ));
    unchanged(&ran);
}

#[test]
fn a_half_made_user_namespace_is_never_entered() {
    let Some(ran) = machine(
        &["--mount"],
        "mount --bind /proc /proc; mount -o remount,bind,ro /proc; USER WHERE; USER CAGE --or-bare WHERE",
    ) else {
        return;
    };
    assert!(
        ran.stderr.contains("cannot deny setgroups in the user namespace: Read-only file system"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("hint: /proc is mounted read-only"), "{ran:?}");
    unchanged(&ran);
}

#[test]
fn without_proc() {
    let Some(ran) =
        machine(&["--mount"], "mount -t tmpfs none /proc; USER id -u; USER CAGE --or-bare id -u")
    else {
        return;
    };
    assert!(ran.stderr.contains("cannot make a user namespace: No such file"), "{ran:?}");
    unchanged(&ran);
}

/// There the number of the rehearsing child is another process's in `/proc`.
#[test]
fn with_the_proc_of_another_process_namespace() {
    let script = "USER WHERE; USER CAGE --or-bare WHERE";
    let Some(ran) = machine(&["--pid", "--fork"], script) else {
        return;
    };
    assert!(ran.stderr.contains("cannot enter the user namespace: "), "{ran:?}");
    unchanged(&ran);
}

#[test]
fn in_a_chroot() {
    let place = tempfile::tempdir().unwrap();
    let script = format!(
        "mount --rbind / {0}; chroot {0} USER WHERE; chroot {0} USER CAGE --or-bare WHERE",
        place.path().display()
    );
    let Some(ran) = machine(&["--mount"], &script) else {
        return;
    };
    assert!(
        ran.stderr.contains("cannot make a user namespace: Operation not permitted"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("hint: "), "{ran:?}");
    unchanged(&ran);
}

/// A container's root: the ids of root, but not its rights.
#[test]
fn root_without_rights() {
    let Some(ran) = machine(
        &["--uts"],
        "setpriv --bounding-set=-all WHERE
         setpriv --bounding-set=-all CAGE --or-bare WHERE
         setpriv --bounding-set=-all,+setfcap CAGE true
         setpriv --bounding-set=-setfcap,-net_admin CAGE --or-bare true
         setpriv --bounding-set=-net_admin CAGE true",
    ) else {
        return;
    };
    assert!(
        ran.stderr.contains(
            "cannot map the own user id into the user namespace: Operation not permitted"
        )
    );
    assert_eq!(ran.stderr.matches("CAP_SETFCAP").count(), 2, "{ran:?}");
    assert_eq!(ran.stderr.matches("cage: level netns+userns").count(), 2, "{ran:?}");
    unchanged(&ran);
}

#[test]
fn with_several_threads() {
    let ran = run(Caller::Ordinary.bare_probe("prepare"));
    let said = ran.probe().join("\n");
    assert!(said.contains("cannot make a user namespace: this process already has"), "{ran:?}");
}
