//! Holds our results against bare go's: a script that passes with bare go is to pass with us.

use super::running::{Go, Outcome, Result, Results};
use std::fmt::Write;

/// How much of a failed script's log is shown: its end, where the reason stands.
const LINES: usize = 25;

/// What the same scripts came to with bare go and with us. Lists are of names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) passed: usize,
    pub(super) skipped: usize,
    /// Another outcome with us than with bare go, and nobody expected it.
    pub(super) differ: Vec<String>,
    /// Expected to differ, and they do.
    pub(super) expected: Vec<String>,
    /// Expected to differ, and they pass.
    pub(super) better: Vec<String>,
    /// Fail with bare go, so they say nothing of us.
    pub(super) silent: Vec<String>,
}

/// Compares outcomes, script by script.
pub(super) fn compare(bare: &Results, ours: &Results, cannot_pass: &[&str]) -> Verdict {
    let mut verdict = Verdict::default();
    for (name, control) in bare {
        let Some(result) = ours.get(name) else { continue };
        let foreseen = cannot_pass.contains(&name.as_str());
        let list = match (control.outcome, result.outcome) {
            (Outcome::Fail, _) => &mut verdict.silent,
            (Outcome::Skip, Outcome::Skip) => {
                verdict.skipped += 1;
                continue;
            }
            (Outcome::Pass, Outcome::Pass) => {
                verdict.passed += 1;
                if !foreseen {
                    continue;
                }
                &mut verdict.better
            }
            _ if foreseen => &mut verdict.expected,
            _ => &mut verdict.differ,
        };
        list.push(name.clone());
    }
    verdict
}

impl Verdict {
    /// The figures, and every script that has something to say, by name.
    pub(super) fn text(&self, go: Go, ours: &Results, reasons: &[(&str, &str)]) -> String {
        let mut text = format!(
            "{}: {} ran, {} passed, {} skipped, {} differ, {} differ as expected, {} fail with bare go too\n",
            go.name(),
            ours.len(),
            self.passed,
            self.skipped,
            self.differ.len(),
            self.expected.len(),
            self.silent.len(),
        );
        for name in &self.expected {
            let reason = reasons.iter().find(|(listed, _)| listed == name);
            let _ = writeln!(text, "  as expected: {name}: {}", reason.map_or("", |(_, why)| why));
        }
        for name in &self.better {
            let _ = writeln!(text, "  passes, though it is listed as one that cannot: {name}");
        }
        for name in &self.silent {
            let _ = writeln!(text, "  fails with bare go too: {name}");
        }
        for name in &self.differ {
            let _ = writeln!(text, "  DIFFERS: {name}\n{}", end_of(&ours[name]));
        }
        text
    }
}

fn end_of(result: &Result) -> String {
    let lines: Vec<&str> = result.log.trim_end().lines().collect();
    let shown = &lines[lines.len().saturating_sub(LINES)..];
    format!("{:?}\n{}", result.outcome, shown.join("\n"))
}

#[test]
fn only_what_passes_with_bare_go_is_held_against_us() {
    use Outcome::{Fail, Pass, Skip};
    let results = |outcomes: &[(&str, Outcome)]| -> Results {
        let result = |outcome| Result { outcome, log: "why".to_owned() };
        outcomes.iter().map(|(name, outcome)| (name.to_string(), result(*outcome))).collect()
    };
    let bare = results(&[
        ("both", Pass),
        ("worse", Pass),
        ("dodged", Pass),
        ("foreseen", Pass),
        ("better", Pass),
        ("broken", Fail),
        ("absent", Skip),
        ("not-run", Pass),
    ]);
    let ours = results(&[
        ("both", Pass),
        ("worse", Fail),
        ("dodged", Skip),
        ("foreseen", Fail),
        ("better", Pass),
        ("broken", Fail),
        ("absent", Skip),
    ]);
    let verdict = compare(&bare, &ours, &["foreseen", "better"]);
    let expected = Verdict {
        passed: 2,
        skipped: 1,
        differ: vec!["dodged".into(), "worse".into()],
        expected: vec!["foreseen".into()],
        better: vec!["better".into()],
        silent: vec!["broken".into()],
    };
    assert_eq!(verdict, expected);
    let text = verdict.text(Go::ByPath, &ours, &[("foreseen", "because")]);
    for words in ["7 ran, 2 passed", "foreseen: because", "DIFFERS: worse\nFail\nwhy"] {
        assert!(text.contains(words), "no {words} in {text}");
    }
}
