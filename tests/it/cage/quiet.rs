//! Quiet where it must be quiet: what real projects and go's own tests do is no attempt.

use super::report::Report;
use crate::corpus::corpus;
use crate::world::{Ran, World, walled};
use serde_json::Value;
use std::collections::BTreeMap;

/// go's own packages that open sockets and start processes.
const NETWORK: [&str; 6] =
    ["net", "net/http", "net/http/httptest", "crypto/tls", "os/exec", "net/rpc"];

/// A test of `net/http` really looks it up.
const LOOKED_UP: &str = "dns-should-not-resolve.golang";

/// Real repositories, and what of them is built and vetted.
const REPOSITORIES: [(&str, &str); 6] = [
    ("runc", "./..."),
    ("lazygit", "./pkg/gui/..."),
    ("distribution-2021", "./registry/..."),
    ("container-libs/image", "./docker/..."),
    ("docker-cli", "./cli/command/..."),
    ("containerd-2.3.4", "./core/..."),
];

#[test]
#[ignore = "runs the tests of go's network packages four times"]
fn the_network_packages_of_go_are_as_bare() {
    for world in walled(World::with_own_cache) {
        std::fs::create_dir(world.root().join("std")).unwrap();
        world.hand_over();
        let directory = world.root().join("std");
        world.bare(["mod", "init", "example.com/std"]).dir(&directory).run().ended(0);
        let test = [&["test", "-count=1", "-short", "-json"], &NETWORK[..]].concat();
        let bare = results(&world.bare(&test).dir(&directory).run().ended(0));
        assert!(bare.len() > 1000, "{} results", bare.len());
        let report = world.root().join("report").display().to_string();
        let reported = [&["--report", &report], &test[..]].concat();
        let ran = world.ours(&reported).dir(&directory).run();
        let ours = results(&ran);
        for (test, result) in &bare {
            assert_eq!(ours.get(test), Some(result), "{test}, {:?}", world.who());
        }
        assert_eq!(ours.len(), bare.len());
        let report = Report::read(&world.read("report"));
        let violations: Vec<_> = report.attempts.iter().filter(|one| one.violation).collect();
        assert!(violations.iter().all(|one| one.address == LOOKED_UP), "{violations:#?}");
        ran.ended(if violations.is_empty() { 0 } else { 77 });
    }
}

/// Each test, and how it ended, as `go test -json` says (`go doc test2json`).
fn results(ran: &Ran) -> BTreeMap<String, String> {
    let mut results = BTreeMap::new();
    for line in ran.stdout.lines() {
        let event: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let text = |name: &str| event[name].as_str().unwrap_or_default();
        if matches!(text("Action"), "pass" | "fail" | "skip") {
            results
                .insert(format!("{} {}", text("Package"), text("Test")), text("Action").to_owned());
        }
    }
    results
}

#[test]
#[ignore = "builds and vets large projects; needs GO_OFFLINE_CORPUS"]
fn real_repositories_try_nothing() {
    for world in walled(World::with_own_cache) {
        let report = world.root().join("report").display().to_string();
        for (repository, packages) in REPOSITORIES {
            for verb in ["build", "vet"] {
                // cgo as go has it: a C compiler is asked for what it can do.
                let run = world.ours(["--report", &report, verb, "-buildvcs=false", packages]);
                let run = run.dir(corpus().join(repository)).without("CGO_ENABLED");
                let ran = run.run().ended(0);
                assert_eq!(ran.stderr, "", "{repository} {verb}");
                let attempts = Report::read(&world.read("report")).attempts;
                assert!(attempts.is_empty(), "{repository} {verb}: {attempts:#?}");
            }
        }
    }
}
