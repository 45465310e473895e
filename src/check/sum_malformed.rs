//! `sum-malformed`: a line of go.sum that is no checksum.

use super::Facts;
use super::facts::place;
use crate::gomod::Span;
use crate::project::File;
use crate::report::{Code, Finding, Level};

pub(super) const CODE: Code = Code {
    name: "sum-malformed",
    level: Level::Deny,
    what: "a line of go.sum or go.work.sum is not `MODULE VERSION HASH`, or its h1 hash is not 32 bytes in base64",
    why: "A vendored build never reads go.sum, so go does not notice; a build without vendor/ stops at the line. A conflict marker of git is the usual reason.",
    fix: "Remove the line and run `go-offline mod tidy`.",
    example: "<<<<<<< HEAD",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    if facts.project_to_check().is_none() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (file, sum) in facts.sums.iter().filter_map(|sum| sum.content.as_ref()) {
        for error in &sum.malformed {
            findings.push(finding(file, &error.span, &error.message));
        }
        for line in sum.lines.iter().filter(|line| line.is_broken_h1()) {
            let message = format!(
                "{}: `{}` is not an h1 hash: not 32 bytes in base64",
                line.module, line.hash
            );
            findings.push(finding(file, &line.span, &message));
        }
    }
    findings
}

fn finding(file: &File, span: &Span, message: &str) -> Finding {
    Finding::new(CODE.name, CODE.level, format!("{}: {message}", file.shown.display()))
        .with_place(place(file, span, ""))
        .with_help("remove the line and run `go-offline mod tidy`")
}
