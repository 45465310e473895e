//! Go's own script tests, with our program under the name `go` and the profile `open`: whatever
//! passes with bare go passes with us, so nothing of a command line, an environment, an input, an
//! output or an exit code is changed on the way. docs/go-scripts.md tells how.
//!
//! Nothing of upstream's is kept here: its tests are read from GOROOT, patched there where they name
//! the go command (in an overlay, never on disk) and compiled.

mod upstream;

mod choice;

mod running;

mod verdict;

use crate::place::place;
use crate::skip::not_here;
use choice::{SMALL, cannot_pass};
use running::{Go, Harness, Outcome, Results};
use std::os::unix::fs::PermissionsExt;
use std::time::Instant;
use upstream::{Script, Upstream};
use verdict::compare;

/// Upstream's scripts and the harness for them; `None`, and a word of it, where go has none.
fn open() -> Option<(Vec<Script>, Harness)> {
    match Upstream::find() {
        Ok(upstream) => Some((upstream.scripts(), Harness::new(upstream))),
        Err(reason) => {
            not_here(&format!("go's own script tests: {reason}"));
            None
        }
    }
}

#[test]
fn a_few_of_gos_own_scripts_pass_with_us() {
    let Some((scripts, harness)) = open() else { return };
    let names = known(&scripts, &SMALL);
    let control = control(&harness, &names);
    let differ = figures(&harness, Go::ByVariable, &control, &names);
    assert!(differ.is_empty(), "these pass with bare go and not with us: {differ:?}");
}

#[test]
#[ignore = "runs several hundred scripts of the go command's own tests, twice: ten minutes and more"]
fn gos_own_scripts_pass_with_us() {
    let Some((scripts, harness)) = open() else { return };
    for (reason, count) in choice::left_out(&scripts) {
        println!("left out: {count}: {reason}");
    }
    let names = choice::long(&scripts);
    assert!(2 * names.len() > scripts.len(), "only {} of {} scripts", names.len(), scripts.len());
    let control = control(&harness, &names);
    let changing = choice::path_changing(&scripts);
    let by_path = |name: &&str| changing.contains(name) || SMALL.contains(name);
    let by_path: Vec<&str> = names.iter().copied().filter(by_path).collect();
    let all = [
        figures(&harness, Go::ByVariable, &control, &names),
        figures(&harness, Go::ByPath, &control, &by_path),
        figures(&harness, Go::Installed, &control, &by_path),
    ];
    let differ: Vec<String> = all.into_iter().flatten().collect();
    assert!(differ.is_empty(), "these pass with bare go and not with us: {differ:?}");
}

/// The harness is able to fail: a wrapper that changes one thing is found out.
#[test]
fn a_wrapper_that_changes_something_is_noticed() {
    let Some((_, mut harness)) = open() else { return };
    let names = ["go_badcmd", "go_version", "mod_vendor_auto"];
    let control = control(&harness, &names);
    for (number, (script, noticed)) in [
        ("exec \"$GO_OFFLINE_GO\" \"$@\"", &[][..]),
        ("\"$GO_OFFLINE_GO\" \"$@\" || exit 0", &["go_badcmd"]),
        ("export GOFLAGS=-mod=mod; exec \"$GO_OFFLINE_GO\" \"$@\"", &["mod_vendor_auto"]),
        ("echo a word >&2; exec \"$GO_OFFLINE_GO\" \"$@\"", &["go_version"]),
    ]
    .into_iter()
    .enumerate()
    {
        let wrapper = place().join(format!("wrapper-{number}"));
        std::fs::write(&wrapper, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&wrapper, PermissionsExt::from_mode(0o755)).unwrap();
        harness = harness.with(&wrapper);
        let differ = compare(&control, &harness.run(Go::ByVariable, &names), &[]).differ;
        for name in noticed {
            assert!(differ.iter().any(|found| found == name), "{script}: {differ:?}");
        }
        assert_eq!(differ.is_empty(), noticed.is_empty(), "{script}: {differ:?}");
    }
}

/// Those of the names that this go has a script of.
fn known<'a>(scripts: &[Script], names: &[&'a str]) -> Vec<&'a str> {
    let (known, unknown): (Vec<&str>, Vec<&str>) =
        names.iter().partition(|name| scripts.iter().any(|script| script.name == **name));
    if !unknown.is_empty() {
        println!("this go has no scripts {unknown:?}");
    }
    known
}

/// The outcomes with bare go. Where many fail, little could be learned.
fn control(harness: &Harness, names: &[&str]) -> Results {
    let begun = Instant::now();
    let results = harness.run(Go::Bare, names);
    let count = |outcome| results.values().filter(|result| result.outcome == outcome).count();
    let [passed, failed, skipped] = [Outcome::Pass, Outcome::Fail, Outcome::Skip].map(count);
    println!(
        "{}: {} ran, {passed} passed, {failed} failed, {skipped} skipped, {} s",
        Go::Bare.name(),
        results.len(),
        begun.elapsed().as_secs()
    );
    assert!(
        passed > 9 * failed,
        "more than one script in ten fails with bare go: {:?}",
        results.iter().find(|(_, result)| result.outcome == Outcome::Fail)
    );
    results
}

/// Runs the scripts with us and prints what came of them; the names of those that differ.
fn figures(harness: &Harness, go: Go, control: &Results, names: &[&str]) -> Vec<String> {
    let begun = Instant::now();
    let reasons = cannot_pass(go == Go::ByPath);
    let foreseen: Vec<&str> = reasons.iter().map(|(name, _)| *name).collect();
    let mut ours = harness.run(go, names);
    let first = compare(control, &ours, &foreseen).differ;
    // A machine under load makes some scripts fail now and then; what is ours fails again.
    if !first.is_empty() {
        let again: Vec<&str> = first.iter().map(String::as_str).collect();
        println!("{}: differ at first, run again: {again:?}", go.name());
        ours.extend(harness.run(go, &again));
    }
    let verdict = compare(control, &ours, &foreseen);
    print!("{}", verdict.text(go, &ours, &reasons));
    if !verdict.differ.is_empty() {
        println!("  whole logs: {}", harness.logs().display());
    }
    println!("  {} s", begun.elapsed().as_secs());
    verdict.differ
}
