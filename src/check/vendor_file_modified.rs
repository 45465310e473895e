//! `vendor-file-modified`: a vendored file has other bytes than its module.

use super::Facts;
use super::bytes::Evidence;
use super::vendored_files::{Files, held_against, source};
use crate::gomod::hex;
use crate::report::{Code, Finding, Level};
use crate::vendoring::{Difference, What};

pub(super) const CODE: Code = Code {
    name: "vendor-file-modified",
    level: Level::Deny,
    what: "a vendored file has other bytes than the module that go.sum names",
    why: "go compiles whatever lies in vendor/ and never looks at its bytes. go.sum has a hash over all files of each module, and this file is not the one that it was made from: it was edited, or somebody has put another in its place.",
    fix: "`go-offline mod vendor` brings the module's own file back. A patch that is meant belongs into go-offline.toml, where it is counted and reviewed: `[[carry]]` with `module`, `path`, `sha256` and `reason`; or into a fork that a `replace` line names, with a hash of its own in go.sum.",
    example: "vendor/golang.org/x/net/http2/server.go was edited to try something out, and committed",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(files) = Files::of(facts) else {
        return Vec::new();
    };
    let modified = files.bytes.differences.iter().filter_map(|difference| {
        let What::Modified { like, line_ends: None, .. } = &difference.what else {
            return None;
        };
        files.carried(difference).is_none().then(|| finding(files, difference, like.as_deref()))
    });
    modified.flatten().collect()
}

fn finding(files: Files<'_>, difference: &Difference, like: Option<&str>) -> Option<Finding> {
    let module = files.module(difference)?;
    let shown = files.shown(&difference.path);
    let message = format!("{} has other bytes than in {}", shown.display(), source(module));
    let cause = match (like, files.named(difference)) {
        (_, Some(_)) => {
            "a `[[carry]]` of the project names it, which does not count under a floor".to_owned()
        }
        (Some(other), None) => format!("it has the bytes of {other} of the same module"),
        (None, None) if module.evidence == Evidence::Dir => {
            "the directory was changed after it was vendored, or the copy was".to_owned()
        }
        (None, None) => {
            format!("it was changed after it was vendored; held against {}", held_against(module))
        }
    };
    let finding = files.finding(CODE.name, CODE.level, difference, message);
    let finding = match module.evidence {
        // What belongs into the copy belongs into the directory.
        Evidence::Dir => finding,
        _ => finding.with_rows("if meant", carry(&module.module.path, difference)),
    };
    Some(finding.with_cause(cause).with_help(files.help()))
}

/// The lines for go-offline.toml that let the file pass.
fn carry(module: &str, difference: &Difference) -> Vec<String> {
    let hash = difference.hash.map(|hash| hex(&hash)).unwrap_or_default();
    let path = &difference.path[module.len() + 1..];
    // Names of modules and files may hold what ends a string.
    let quoted = |text: &str| toml::Value::from(text).to_string();
    vec![
        "[[carry]]".to_owned(),
        format!("module = {}", quoted(module)),
        format!("path = {}", quoted(path)),
        format!("sha256 = {}", quoted(&hash)),
        "reason = \"why\"".to_owned(),
    ]
}
