//! `modcache-polluted`: the module cache holds other bytes than go.sum says.

use super::Facts;
use super::bytes::{Bad, BadEvidence};
use crate::profile::quote;
use crate::report::{Code, Finding, Level, Place, first_few};
use std::path::Path;

pub(super) const CODE: Code = Code {
    name: "modcache-polluted",
    level: Level::Deny,
    what: "a zip or an extracted directory in the module cache is not what go.sum says",
    why: "go holds a module against go.sum when it downloads it, and never again: a zip is trusted by the .ziphash that lies beside it, and an extracted directory without any hash. Both are plain files that every program of the user can change, and a changed directory is built, and vendored, without a word.",
    fix: "Remove this one module from the cache and fetch it anew; the help has the commands. `go clean -modcache` would remove them all.",
    example: "a debugging line left in $GOMODCACHE/github.com/pkg/errors@v0.9.1/errors.go",
};

/// Differences named before the rest is only counted.
const NAMED: usize = 5;

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let bad = facts.bytes.iter().flat_map(|bytes| &bytes.bad);
    bad.filter_map(|bad| finding(bad, facts.module_cache)).collect()
}

fn finding(bad: &BadEvidence, cache: Option<&Path>) -> Option<Finding> {
    let module = &bad.module;
    let path = quote(bad.path.as_os_str());
    let (message, (label, rows), remove) = match &bad.what {
        Bad::List | Bad::Lists(_) => return None,
        Bad::Zip(why) => (
            format!("the zip of {module} is not what go.sum says"),
            ("why", vec![why.clone()]),
            format!("rm -f {path}*"),
        ),
        Bad::Extracted(differences) => (
            format!("the directory of {module} in the module cache is not what go.sum says"),
            ("files", first_few(differences.iter().cloned(), NAMED).collect()),
            format!("chmod -R u+w {path} && rm -rf {path}"),
        ),
    };
    let help = match cache {
        // A tree of files that somebody else has made: nothing is mended by taking a zip from it.
        Some(cache) if !bad.path.starts_with(cache) => {
            "make the bundle, or the directory that serves as a proxy, anew".to_owned()
        }
        _ => format!("`{remove}`, then `go-offline --profile online mod download {module}`"),
    };
    Some(
        Finding::new(CODE.name, CODE.level, message)
            .with_rows(label, rows)
            .with_place(Place::Path(bad.path.clone()))
            .with_module(&module.path, &module.version)
            .with_cause("it was changed after go had checked it, or the line of go.sum was")
            .with_help(help),
    )
}
