//! What came of a run, for whoever writes a report of it.

use super::cause::Cause;
use super::culprit::Told;
use super::plan::Plan;
use super::scene::Scene;
use super::{Failure, Listener, Outcome};
use crate::gotool::{Ended, Go};
use crate::guard::{Counted, Process};
use crate::report::{
    Exit, Finding, Isolation, RunAttempt, RunGo, RunLeftover, RunProcess, RunReport, Unattributed,
};
use std::ffi::{OsStr, OsString};

/// What came of a run, whether or not it went to its end.
#[derive(Debug, Default)]
pub struct Account {
    /// Everything that was found, as it was shown.
    pub findings: Vec<Finding>,
    /// The wall.
    pub isolation: Isolation,
    /// Everything that was tried, notes included.
    pub attempts: Vec<RunAttempt>,
    /// What the kernel has counted beyond these.
    pub unattributed: Unattributed,
    /// The program that ran outside the wall, and its arguments.
    pub outside: Option<Vec<String>>,
    /// What the command has left behind.
    pub leftovers: Vec<RunLeftover>,
}

impl Account {
    /// What was tried, in one line.
    pub fn summary(&self) -> String {
        let Isolation { level, reason } = &self.isolation;
        let reason = reason.as_deref().unwrap_or_default();
        match level.as_str() {
            "none" => return format!("nothing was watched: {reason}"),
            "seccomp-deny" | "outer" => return format!("nothing was watched ({level}): {reason}"),
            _ => {}
        }
        let violations = self.attempts.iter().filter(|attempt| attempt.violation);
        let seen = violations.map(|attempt| attempt.count.max(1)).sum::<u64>();
        let Unattributed { ipv4, ipv6 } = self.unattributed;
        let tried = match seen.saturating_add(ipv4).saturating_add(ipv6) {
            0 => "no attempt".to_owned(),
            n => super::blocks::times(n, "attempt", "attempts"),
        };
        format!("{tried} to reach the network ({level})")
    }

    pub(super) fn tried(&mut self, told: &[Told<'_>], counted: Counted) {
        self.attempts = told
            .iter()
            .map(|Told { attempt, cause }| {
                let process = &attempt.process;
                RunAttempt {
                    kind: attempt.kind.word(),
                    address: attempt.address.clone(),
                    host: attempt.host.clone(),
                    call: attempt.call.clone(),
                    pid: process.pid,
                    argv: process.argv.clone(),
                    cwd: process.cwd.as_ref().map(|dir| dir.display().to_string()),
                    parents: process.parents.iter().map(parent).collect(),
                    count: attempt.count,
                    violation: attempt.violation,
                    hint: hint(cause),
                }
            })
            .collect();
        self.unattributed = Unattributed { ipv4: counted.ipv4, ipv6: counted.ipv6 };
    }
}

fn parent(process: &Process) -> RunProcess {
    RunProcess { pid: process.pid, argv: process.argv.clone() }
}

fn hint(cause: &Cause) -> Option<String> {
    Some(cause.help.clone()).filter(|help| !help.is_empty())
}

/// Shows findings and keeps them: nothing is shown that a report would not have.
pub(super) struct Teller<'a> {
    pub(super) listener: &'a mut dyn Listener,
    pub(super) account: &'a mut Account,
}

impl Teller<'_> {
    pub(super) fn findings(&mut self, findings: Vec<Finding>) {
        self.listener.findings(&findings);
        self.account.findings.extend(findings);
    }

    pub(super) fn hint(&mut self, text: &str) {
        self.listener.hint(text);
    }
}

/// The report of a run, but for its end.
pub fn run_report(scene: &Scene, plan: &Plan, account: Account) -> RunReport {
    let mut report = RunReport {
        profile: Some(plan.profile.clone()),
        argv: std::iter::once(plan.program.as_os_str())
            .chain(plan.args.iter().map(OsString::as_os_str))
            .map(text)
            .collect(),
        go: scene.go.as_ref().map(go),
        findings: account.findings,
        isolation: account.isolation,
        attempts: account.attempts,
        unattributed: account.unattributed,
        outside: account.outside,
        leftovers: account.leftovers,
        ..RunReport::default()
    };
    for setting in plan.env.settings() {
        match &setting.value {
            Some(value) => drop(report.set.insert(setting.name.clone(), text(value))),
            None => report.unset.push(setting.name.clone()),
        }
    }
    report
}

/// The exit code of `go run` when its program has failed.
pub const OF_GO_RUN: u8 = 1;

/// Notes how it ended.
pub fn ended(report: &mut RunReport, result: &Result<Outcome, Failure>) {
    report.exit = match result {
        Ok(Outcome::Own(exit)) => exit.code(),
        Ok(Outcome::Command(Ended::Code(code))) => *code,
        Ok(Outcome::Program(_)) => OF_GO_RUN,
        Ok(Outcome::Command(Ended::Signal(signal))) => {
            report.signal = Some(*signal);
            // What a shell makes of it.
            u8::try_from(*signal).map_or(Exit::Bug.code(), |signal| signal.saturating_add(128))
        }
        Err(failure) => {
            report.error = Some(format!("{:#}", failure.error));
            failure.exit.code()
        }
    };
}

fn go(go: &Go) -> RunGo {
    RunGo { path: text(go.path.as_os_str()), version: go.version() }
}

fn text(value: impl AsRef<OsStr>) -> String {
    value.as_ref().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_says_what_was_tried() {
        let wall = Isolation { level: "netns+dns-sink".to_owned(), reason: None };
        let account = |attempts, ipv4| Account {
            isolation: wall.clone(),
            attempts,
            unattributed: Unattributed { ipv4, ipv6: 0 },
            ..Account::default()
        };
        let attempt = |count, violation| RunAttempt { count, violation, ..RunAttempt::default() };
        let summary = |attempts, ipv4| account(attempts, ipv4).summary();
        assert_eq!(summary(vec![], 0), "no attempt to reach the network (netns+dns-sink)");
        assert_eq!(summary(vec![attempt(5, false)], 0), summary(vec![], 0), "a note is none");
        assert!(summary(vec![attempt(0, true)], 0).starts_with("1 attempt to reach"));
        assert!(summary(vec![attempt(2, true), attempt(5, false)], 1).starts_with("3 attempts to"));
        let none = Account {
            isolation: Isolation { level: "none".to_owned(), reason: Some("r".to_owned()) },
            ..Account::default()
        };
        assert_eq!(none.summary(), "nothing was watched: r");
    }

    #[test]
    fn the_code_is_that_of_the_process() {
        let exit = |result: Result<Outcome, Failure>| {
            let mut report = RunReport::default();
            ended(&mut report, &result);
            (report.exit, report.signal, report.error)
        };
        assert_eq!(exit(Ok(Outcome::Command(Ended::Code(3)))), (3, None, None));
        assert_eq!(exit(Ok(Outcome::Command(Ended::Signal(15)))), (143, Some(15), None));
        assert_eq!(exit(Ok(Outcome::Own(Exit::Findings))), (65, None, None));
        let failure = Failure::io(anyhow::anyhow!("inner").context("outer"));
        assert_eq!(exit(Err(failure)), (74, None, Some("outer: inner".to_owned())));
    }
}
