//! The same bytes from everywhere: the test program runs itself in other surroundings.

use super::*;
use std::process::Command;

const OUT: &str = "GO_OFFLINE_TEST_ARCHIVE";

/// A test only when [`the_surroundings_play_no_part`] runs it.
#[test]
fn written_in_other_surroundings() {
    let Some(out) = std::env::var_os(OUT) else { return };
    let sample = large();
    let out = std::fs::File::create(out).unwrap();
    write(out, &sample.manifest, |file| sample.open(file)).unwrap();
}

#[test]
fn the_surroundings_play_no_part() {
    let temp = tempfile::tempdir().unwrap();
    let name = format!("{}::written_in_other_surroundings", module_path!());
    let name = name.split_once("::").unwrap().1;
    let run = |umask: &str, dir: &str, variables: &[(&str, &str)]| {
        let out = temp.path().join(umask);
        let output = Command::new("sh")
            .args(["-c", "umask $1; cd $2; exec \"$0\" --exact $3 --nocapture"])
            .arg(std::env::current_exe().unwrap())
            .args([umask, dir, name])
            .envs(variables.iter().copied())
            .env(OUT, &out)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        Sha256::digest(std::fs::read(out).unwrap())
    };
    let here = run("022", ".", &[]);
    assert_eq!(here, Sha256::digest(large().archive()));
    for (umask, dir, variables) in [
        ("077", "/", [("TZ", "Pacific/Kiritimati"), ("LC_ALL", "tr_TR.UTF-8")]),
        ("000", "/tmp", [("TZ", "America/St_Johns"), ("LC_ALL", "C")]),
    ] {
        assert_eq!(run(umask, dir, &variables), here, "{umask} {dir}");
    }
}
