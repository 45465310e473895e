//! Reads the report of a run.

use serde_json::Value;

/// The part of a report that the matrix looks at.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) attempts: Vec<Attempt>,
    pub(super) exit: i64,
}

/// One attempt.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) kind: String,
    pub(super) address: String,
    pub(super) call: String,
    pub(super) pid: u64,
    pub(super) argv: Vec<String>,
    pub(super) cwd: Option<String>,
    pub(super) parents: Vec<Vec<String>>,
    pub(super) count: u64,
    pub(super) violation: bool,
}

impl Report {
    /// Reads one. Panics where it is not as docs say.
    pub(super) fn read(text: &str) -> Report {
        let whole: Value =
            serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text:?}"));
        assert_eq!(whole["schema"], 1, "{whole:#}");
        let level = whole["isolation"]["level"].as_str();
        assert!(
            level.is_some_and(|level| ["netns", "seccomp-notify"]
                .iter()
                .any(|wall| level.starts_with(wall))),
            "{whole:#}"
        );
        let attempts = whole["attempts"].as_array().expect("a list of attempts");
        Report {
            attempts: attempts.iter().map(attempt).collect(),
            exit: whole["exit"].as_i64().unwrap_or_else(|| panic!("no exit: {whole:#}")),
        }
    }

    pub(super) fn violated(&self) -> bool {
        self.attempts.iter().any(|attempt| attempt.violation)
    }

    /// What two runs of the same must have in common.
    pub(super) fn verdicts(&self) -> Vec<(String, String, bool)> {
        let mut verdicts: Vec<_> = self
            .attempts
            .iter()
            .map(|one| (one.kind.clone(), one.address.clone(), one.violation))
            .collect();
        verdicts.sort();
        verdicts.dedup();
        verdicts
    }
}

fn attempt(one: &Value) -> Attempt {
    let text = |name: &str| one[name].as_str().map(str::to_owned);
    let need = |name: &str| text(name).unwrap_or_else(|| panic!("{name} is no text: {one:#}"));
    for name in ["host", "hint"] {
        assert!(one[name].is_null() || one[name].is_string(), "{name}: {one:#}");
    }
    Attempt {
        kind: need("kind"),
        address: need("address"),
        call: need("call"),
        pid: one["pid"].as_u64().unwrap_or_else(|| panic!("no pid: {one:#}")),
        argv: words(&one["argv"]),
        cwd: text("cwd"),
        parents: one["parents"]
            .as_array()
            .unwrap_or_else(|| panic!("no parents: {one:#}"))
            .iter()
            .map(|parent| words(&parent["argv"]))
            .collect(),
        count: one["count"].as_u64().unwrap_or_else(|| panic!("no count: {one:#}")),
        violation: one["violation"].as_bool().unwrap_or_else(|| panic!("no verdict: {one:#}")),
    }
}

fn words(list: &Value) -> Vec<String> {
    let list = list.as_array().unwrap_or_else(|| panic!("no command line: {list:#}"));
    list.iter().map(|word| word.as_str().expect("words are text").to_owned()).collect()
}
