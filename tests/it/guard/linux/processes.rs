//! The command as a process: who it is, how it ends, and with whom.

use super::caged::{Caller, ORDINARY, binaries, callers, run, we_are_root};
use crate::skip::{not_ignored, skipped};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

#[test]
fn the_command_is_who_it_was() {
    let who = ["sh", "-c", "id -u; id -g; pwd"];
    for caller in callers() {
        let (bare, caged) = (run(caller.bare(who)), run(caller.cage(who)));
        assert_eq!(caged.stdout, bare.stdout, "{caller:?}: {caged:?}");
    }
    if callers().contains(&Caller::Ordinary) {
        let rights = run(Caller::Ordinary.cage(["grep", "CapEff", "/proc/self/status"]));
        assert_eq!(rights.stdout.trim(), "CapEff:\t0000000000000000", "{rights:?}");
    }
}

/// A container's root has no right to a namespace, but it has its rights over files: it keeps them
/// where it may map every id, and has the wall all the same where it may not.
#[test]
fn a_containers_root_keeps_its_rights_over_the_files_of_others() {
    if !we_are_root() {
        return skipped("the files of others need root");
    }
    let place = tempfile::tempdir().unwrap();
    let theirs = place.path().join("theirs");
    let owner = || {
        let found = fs::metadata(&theirs).unwrap();
        (found.uid(), found.gid())
    };
    let cage = binaries().cage.display().to_string();
    let script = format!(
        "id -u; cat {0}; chown 12345:54321 {0}; stat -c %u:%g {0}; setpriv --reuid 12345 --regid 54321 --clear-groups id -u; bash -c ': > /dev/tcp/198.51.100.7/7777'; true",
        theirs.display()
    );
    let without = |rights: &str| {
        fs::write(&theirs, "secret\n").unwrap();
        fs::set_permissions(&theirs, fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::chown(&theirs, Some(ORDINARY), Some(ORDINARY)).unwrap();
        let set = format!("--bounding-set={rights}");
        let ran = run(Caller::Root.bare(["setpriv", &set, &cage, "sh", "-c", &script]));
        assert_eq!((ran.level(), ran.attempts()), ("netns+userns", (1, 0)), "{ran:?}");
        ran
    };
    for rights in ["-sys_admin,-net_admin", "-sys_admin", "-net_admin"] {
        let ran = without(rights);
        assert_eq!(ran.stdout, "0\nsecret\n12345:54321\n12345\n", "{ran:?}");
        assert_eq!(owner(), (12345, 54321));
    }
    // Refused at once; half way, when the users are mapped.
    for rights in ["-sys_admin,-net_admin,-setuid", "-sys_admin,-net_admin,-setgid"] {
        let ran = without(rights);
        assert_eq!(ran.stdout, "0\n65534:65534\n", "{ran:?}");
        assert_eq!(owner(), (ORDINARY, ORDINARY));
        assert!(!ran.stderr.contains("hint"), "{ran:?}");
    }
}

#[test]
fn the_end_of_the_command_is_ours() {
    for caller in callers() {
        for code in [0, 1, 3, 77, 255] {
            let caged = run(caller.cage(["sh", "-c", &format!("exit {code}")]));
            assert_eq!(caged.code(), Some(code), "{caller:?}: {caged:?}");
        }
        for (name, number) in [("TERM", 15), ("KILL", 9), ("INT", 2), ("SEGV", 11), ("ABRT", 6)] {
            not_ignored(name, number);
            let caged = run(caller.cage(["sh", "-c", &format!("ulimit -c 0; kill -{name} $$")]));
            assert_eq!(caged.signal(), Some(number), "{caller:?} {name}: {caged:?}");
        }
        let absent = run(caller.cage(["/no/such/command"]));
        assert_eq!(absent.code(), Some(127), "{caller:?}: {absent:?}");
    }
}

/// Process 1 cannot be ended by a signal of its own, so it says what a shell would say.
#[test]
fn as_process_one_the_signal_becomes_an_exit_code() {
    let unshare = ["unshare", "--pid", "--fork", "--mount-proc"];
    let as_one = |words: &[&str]| run(Caller::Root.bare([&unshare, words].concat()));
    if !as_one(&["true"]).status.success() {
        return skipped("a process namespace needs root");
    }
    let cage = binaries().cage.display().to_string();
    let ran = as_one(&[&cage, "sh", "-c", "kill -TERM $$"]);
    assert_eq!((ran.code(), ran.signal()), (Some(128 + 15), None), "{ran:?}");
}

/// The command's core file is the one of interest; a second one of ours could replace it.
#[test]
fn no_core_file_of_our_own() {
    for caller in callers() {
        let place = tempfile::tempdir().unwrap();
        if we_are_root() {
            std::os::unix::fs::chown(place.path(), Some(ORDINARY), Some(ORDINARY)).unwrap();
        }
        let dies = |script: &str| {
            let cage = binaries().cage.display().to_string();
            let script = format!("ulimit -c unlimited; {script}").replace("CAGE", &cage);
            let mut command = caller.bare(["bash", "-c", &script]);
            command.current_dir(place.path());
            let ran = run(command);
            assert_eq!(ran.signal(), Some(11), "{caller:?}: {ran:?}");
            ran.status.core_dumped()
        };
        if !dies("kill -SEGV $$") {
            skipped("this machine writes no core files");
            continue;
        }
        assert!(!dies("exec CAGE sh -c 'ulimit -c 0; kill -SEGV $$'"), "{caller:?}");
    }
}

#[test]
fn the_command_dies_with_its_supervisor() {
    for caller in callers() {
        // Its own group of streams: a survivor must not hold ours open.
        let survives = |mut command: Command| {
            let mut supervisor = command
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut line = String::new();
            BufReader::new(supervisor.stdout.take().unwrap()).read_line(&mut line).unwrap();
            supervisor.kill().unwrap();
            supervisor.wait().unwrap();
            let pid = line.trim().to_owned();
            let alive = (0..100).all(|_| {
                thread::sleep(Duration::from_millis(10));
                is_alive(&pid)
            });
            let _ = Command::new("kill").args(["-9", &pid]).output();
            alive
        };
        assert!(
            survives(caller.bare(["sh", "-c", "sleep 20 & echo $!; wait"])),
            "control, {caller:?}"
        );
        assert!(!survives(caller.cage(["sh", "-c", "echo $$; exec sleep 20"])), "{caller:?}");
    }
}

fn is_alive(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')')
        .next()
        .is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with(['Z', 'X']))
}
