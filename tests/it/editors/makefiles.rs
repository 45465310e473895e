//! Makefiles: `make` behind `exec`, and with us first on PATH, gives the bytes that it gives with
//! bare go.

use super::desk::Desk;
use crate::world::{Ran, Run};
use std::path::Path;

/// A repository, what is built in it, and where the result lies.
const TARGETS: [(&str, &[&str], &str); 2] = [
    // Without the two libraries that a plain machine does not have.
    ("runc", &["runc", "RUNC_BUILDTAGS=-seccomp -libpathrs"], "runc"),
    ("lazygit", &["build"], "lazygit"),
];

#[test]
#[ignore = "builds two projects; needs GO_OFFLINE_CORPUS"]
fn make_gives_the_bytes_of_bare_go() {
    for (repository, target, product) in TARGETS {
        for desk in Desk::of_everybody(repository) {
            let program = desk.world().program();
            let exec = desk.run(&desk.bare(), program).args(["exec", "--", "make"]).args(target);
            let (ran, exec) = take(exec, &desk.checkout().join(product));
            desk.assert_alone();
            let shim = desk.run(&desk.ours(), "make").args(target);
            let (ran_shim, shim) = take(shim, &desk.checkout().join(product));
            desk.assert_alone();
            let bare = desk.run(&desk.bare(), "make").args(target);
            let (ran_bare, bare) = take(bare, &desk.checkout().join(product));
            assert!(bare.len() > 1_000_000, "control: {} bytes", bare.len());
            assert!(holds(&bare, b"v1.9.9"), "control: the version is not in the binary");
            assert!(exec == bare, "{repository}: the binary differs behind exec");
            assert!(shim == bare, "{repository}: the binary differs with us as go");
            assert_eq!((&ran.stderr, &ran_shim.stderr), (&ran_bare.stderr, &ran_bare.stderr));
            assert_eq!((&ran.stdout, &ran_shim.stdout), (&ran_bare.stdout, &ran_bare.stdout));
            println!("{repository}: {} bytes, the same", bare.len());
        }
    }
}

/// A target that fails fails with make's own code.
#[test]
#[ignore = "needs GO_OFFLINE_CORPUS"]
fn make_fails_as_with_bare_go() {
    for desk in Desk::of_everybody("runc") {
        desk.world().append("checkout/main.go", "\nvar _ = nothing\n");
        let args = ["runc", "RUNC_BUILDTAGS=-seccomp -libpathrs"];
        let bare = desk.run(&desk.bare(), "make").args(args).run().ended(2);
        assert!(bare.stderr.contains("undefined: nothing"), "control: {bare:#?}");
        let exec = desk.run(&desk.bare(), desk.world().program()).args(["exec", "--", "make"]);
        assert_eq!(exec.args(args).run(), bare);
        assert_eq!(desk.run(&desk.ours(), "make").args(args).run(), bare);
        desk.assert_alone();
    }
}

/// Runs what makes a file, and takes the file away: each run finds the same tree.
fn take(run: Run, product: &Path) -> (Ran, Vec<u8>) {
    let ran = run.run().ended(0);
    let bytes = std::fs::read(product).unwrap();
    std::fs::remove_file(product).unwrap();
    (ran, bytes)
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}
