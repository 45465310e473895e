//! Holds the report of a guarded run against what its row wants.

use super::bench::{Bench, Place};
use super::drive::ended;
use super::report::{Attempt, Report};
use super::row::{Culprit, End, Want};
use crate::world::Ran;

/// Everything that was wanted is reported, of whom it was, and nothing else; and the exit code says
/// so. `has_it`: whether this machine has what the row is about.
pub(super) fn judge(bench: &Bench, ran: &Ran, report: &Report, has_it: bool) {
    let said = |what: String| format!("{what}: {}: {ran:#?}\n{report:#?}", bench.title());
    let row = bench.row;
    for attempt in &report.attempts {
        let known = row.wants.iter().any(|want| is_it(bench, want, attempt));
        assert!(known, "{}", said(format!("not wanted: {attempt:?}")));
        let empty = attempt.call.is_empty() || attempt.count == 0;
        assert!(!empty, "{}", said(format!("says nothing: {attempt:?}")));
    }
    for want in row.wants.iter().filter(|want| !want.optional && has_it) {
        let found: Vec<_> =
            report.attempts.iter().filter(|attempt| is_it(bench, want, attempt)).collect();
        assert!(!found.is_empty(), "{}", said(format!("not reported: {want:?}")));
        let wrong: Vec<_> =
            found.iter().filter_map(|attempt| not_the_culprit(bench, want, attempt)).collect();
        // A program and its child may try the same; one of them is the one that was meant.
        assert!(wrong.len() < found.len(), "{}", said(wrong.join("; ")));
    }
    if let Some(text) = row.answers.filter(|_| has_it) {
        assert!(ran.stdout.contains(text), "{}", said(format!("did not say {text:?}")));
    }
    let end = if report.violated() && row.end == End::Code(0) { End::Code(77) } else { row.end };
    assert!(ended(ran, end), "{}", said(format!("did not end with {end:?}")));
    if let End::Code(code) = end {
        assert_eq!(report.exit, i64::from(code), "{}", said("the report's own exit".to_owned()));
    }
    for (level, verdict) in [("error", true), ("note", false)] {
        // A note need not be given beside an error.
        let there = report.attempts.iter().any(|attempt| attempt.violation == verdict);
        let told = ran.stderr.contains(&format!("{level}[network-attempt]"));
        let silent = !told && (verdict || !report.violated());
        assert!(
            told <= there && !(there && silent),
            "{}",
            said(format!("no {level}, or one of nothing"))
        );
    }
    if row.wants.is_empty() {
        assert_eq!(ran.stderr, "", "{}", said("not quiet".to_owned()));
    }
}

fn is_it(bench: &Bench, want: &Want, attempt: &Attempt) -> bool {
    let address = bench.fill(&want.address, Place::Guard);
    let same_address = match address.strip_suffix('*') {
        Some(start) => attempt.address.starts_with(start),
        None => attempt.address.trim_end_matches('.') == address,
    };
    let same_verdict = want.violation.is_none_or(|verdict| verdict == attempt.violation);
    want.kind == attempt.kind && same_address && same_verdict
}

/// What is wrong with the process of an attempt.
fn not_the_culprit(bench: &Bench, want: &Want, attempt: &Attempt) -> Option<String> {
    let (right, marked) = match want.culprit {
        Culprit::Command => (is_the_command(bench, &attempt.argv), !bench.row.is_go),
        Culprit::Words(words) => {
            let words = bench.fill(words, Place::Guard);
            (attempt.argv.join(" ") == words, true)
        }
        Culprit::Like(part) => {
            let part = bench.fill(part, Place::Guard);
            (attempt.argv.join(" ").contains(&part), false)
        }
    };
    if !right {
        return Some(format!("another command line: {attempt:?}"));
    }
    if marked && !bench.marks().contains(&attempt.pid) {
        return Some(format!("another process than {:?}: {attempt:?}", bench.marks()));
    }
    // Of a process that hides its memory the kernel tells no directory either.
    let is_hidden = attempt.address.starts_with("(arguments that cannot be read");
    if !is_hidden && !attempt.cwd.as_ref().is_some_and(|directory| directory.starts_with('/')) {
        return Some(format!("no working directory: {attempt:?}"));
    }
    let ancestry_ends = bench.guard_is_inside()
        || match attempt.parents.last() {
            Some(first) => is_the_command(bench, first),
            None => is_the_command(bench, &attempt.argv),
        };
    (!ancestry_ends).then(|| format!("its parents do not end with the command: {attempt:?}"))
}

fn is_the_command(bench: &Bench, argv: &[String]) -> bool {
    let words = bench.words(Place::Guard);
    if !bench.row.is_go {
        return argv == words;
    }
    let is_go = argv.first().is_some_and(|program| program.rsplit('/').next() == Some("go"));
    is_go && argv.get(1) == words.first()
}
