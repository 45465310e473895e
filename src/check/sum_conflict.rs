//! `sum-conflict`: two checksums for one thing.

use super::Facts;
use super::facts::place;
use crate::gomod::SumLine;
use crate::project::{File, sum_lines};
use crate::report::{Code, Finding, Level};
use std::collections::{HashMap, HashSet};

pub(super) const CODE: Code = Code {
    name: "sum-conflict",
    level: Level::Deny,
    what: "go.sum holds two different h1 hashes for one module version",
    why: "go accepts content that matches either of them, so one of the two may stand for anything. A merge that kept both sides is the usual reason.",
    fix: "Remove both lines and run `go-offline --profile online mod tidy`, which writes the true one from the checksum database.",
    example: "example.com/m v1.2.3 h1:AAA…= and example.com/m v1.2.3 h1:BBB…=",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    if facts.project_to_check().is_none() {
        return Vec::new();
    }
    let mut first: HashMap<_, (&File, &SumLine)> = HashMap::new();
    // The go.sum files of a workspace may say the same.
    let mut said = HashSet::new();
    let mut findings = Vec::new();
    for (file, line) in sum_lines(facts.sums).filter(|(_, line)| line.hash.starts_with("h1:")) {
        let earlier = *first.entry((&line.module, line.go_mod)).or_insert((file, line));
        let is_other = earlier.1.hash != line.hash;
        if is_other && said.insert((&line.module, line.go_mod, &line.hash)) {
            findings.push(finding((file, line), earlier));
        }
    }
    findings
}

fn finding((file, line): (&File, &SumLine), (earlier_file, earlier): (&File, &SumLine)) -> Finding {
    let what = if line.go_mod { "go.mod of " } else { "" };
    Finding::new(
        CODE.name,
        CODE.level,
        format!("two different h1 hashes for {what}{}", line.module),
    )
    .with_module(&line.module.path, &line.module.version)
    .with_place(place(file, &line.span, "differs"))
    .with_place(place(earlier_file, &earlier.span, "first here"))
    .with_cause("go accepts either; a merge that kept both sides leads here")
    .with_help("remove both lines and run `go-offline --profile online mod tidy`")
}
