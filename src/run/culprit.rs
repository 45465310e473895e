//! Who did it: attempts of one program, for one reason, at the same targets, are told together.

use super::cause::{Cause, named};
use crate::guard::{Attempt, Kind, Process};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An attempt with what most likely led to it.
#[derive(Debug, Clone)]
pub(super) struct Told<'r> {
    pub(super) attempt: &'r Attempt,
    pub(super) cause: Cause,
}

/// A program that tried to reach the network.
#[derive(Debug)]
pub(super) struct Culprit<'r> {
    /// Its processes, in the order of their first attempt.
    pub(super) processes: Vec<Arc<Process>>,
    /// What they tried to reach.
    pub(super) targets: Vec<Target<'r>>,
    pub(super) cause: &'r Cause,
}

/// What was tried, by all processes of a culprit together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target<'r> {
    pub(super) kind: Kind,
    pub(super) address: &'r str,
    pub(super) host: Option<&'r str>,
    /// The calls, each named once.
    pub(super) calls: Vec<&'r str>,
    pub(super) count: u64,
}

/// The culprits of the attempts given, in the order of the first attempt of each.
pub(super) fn culprits<'r>(told: impl Iterator<Item = &'r Told<'r>>) -> Vec<Culprit<'r>> {
    let mut all: Vec<Culprit<'r>> = Vec::new();
    for one in by_process(told) {
        match all.iter_mut().find(|known| known.is_like(&one)) {
            Some(known) => known.add(one),
            None => all.push(one),
        }
    }
    all
}

/// Each process, and each cause of its attempts, by itself.
fn by_process<'r>(told: impl Iterator<Item = &'r Told<'r>>) -> Vec<Culprit<'r>> {
    let mut all: Vec<Culprit<'r>> = Vec::new();
    for Told { attempt, cause } in told {
        let is_same =
            |one: &&mut Culprit<'_>| *one.processes[0] == *attempt.process && one.cause == cause;
        match all.iter_mut().find(is_same) {
            Some(one) => one.try_for(Target::of(attempt)),
            None => all.push(Culprit {
                processes: vec![Arc::clone(&attempt.process)],
                targets: vec![Target::of(attempt)],
                cause,
            }),
        }
    }
    all
}

impl<'r> Culprit<'r> {
    /// The name of the program.
    pub(super) fn program(&self) -> &str {
        named(&self.processes[0])
    }

    fn is_like(&self, other: &Culprit<'_>) -> bool {
        let targets = |culprit: &Culprit<'_>| {
            let all = culprit.targets.iter().map(|target| {
                ((target.kind, target.address.to_owned()), target.host.map(str::to_owned))
            });
            all.collect::<BTreeMap<_, _>>()
        };
        self.program() == other.program()
            && self.cause == other.cause
            && targets(self) == targets(other)
    }

    fn add(&mut self, other: Culprit<'r>) {
        self.processes.extend(other.processes);
        other.targets.into_iter().for_each(|target| self.try_for(target));
    }

    fn try_for(&mut self, target: Target<'r>) {
        let is_same = |known: &&mut Target<'_>| {
            (known.kind, known.address, known.host) == (target.kind, target.address, target.host)
        };
        let Some(known) = self.targets.iter_mut().find(is_same) else {
            self.targets.push(target);
            return;
        };
        known.count = known.count.saturating_add(target.count);
        let new = target.calls.into_iter().filter(|call| !known.calls.contains(call));
        let new: Vec<_> = new.collect();
        known.calls.extend(new);
    }
}

impl<'r> Target<'r> {
    fn of(attempt: &'r Attempt) -> Target<'r> {
        Target {
            kind: attempt.kind,
            address: &attempt.address,
            host: attempt.host.as_deref().filter(|host| *host != attempt.address),
            calls: vec![&attempt.call],
            count: attempt.count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::cause::cause;
    use super::super::cause::tests::{attempt, ground, process};
    use super::*;

    fn tried(pid: u32, line: &str, address: &str, call: &str) -> Attempt {
        let mut attempt = attempt(&[Process { pid, ..process(line) }, process("/bin/sh ./all.sh")]);
        attempt.address = address.to_owned();
        attempt.call = call.to_owned();
        attempt
    }

    /// `PROGRAM xPROCESSES: ADDRESS xCOUNT calls, …` for each culprit.
    fn summed(attempts: &[Attempt]) -> Vec<String> {
        let ground = ground(&[]);
        let told: Vec<_> = attempts
            .iter()
            .map(|attempt| Told { attempt, cause: cause(attempt, &ground) })
            .collect();
        let target = |target: &Target<'_>| {
            format!("{} x{} {}", target.address, target.count, target.calls.join("+"))
        };
        let line = |culprit: &Culprit<'_>| {
            let targets: Vec<_> = culprit.targets.iter().map(target).collect();
            format!("{} x{}: {}", culprit.program(), culprit.processes.len(), targets.join(", "))
        };
        culprits(told.iter()).iter().map(line).collect()
    }

    #[test]
    fn processes_of_one_program_that_do_the_same_are_one() {
        let all = [
            tried(1, "curl a", "h:1", "connect"),
            tried(2, "curl b", "h:1", "connect"),
            tried(1, "curl a", "h:1", "sendto"),
            tried(3, "wget a", "h:1", "connect"),
            tried(4, "curl a", "h:2", "connect"),
        ];
        assert_eq!(
            summed(&all),
            [
                "curl x2: h:1 x3 connect+sendto",
                "wget x1: h:1 x1 connect",
                "curl x1: h:2 x1 connect"
            ]
        );
    }

    #[test]
    fn a_script_is_told_by_its_own_name() {
        let all = [
            tried(1, "/bin/sh ./a.sh", "h:1", "connect"),
            tried(2, "/bin/sh ./b.sh", "h:1", "connect"),
            tried(3, "/bin/sh ./a.sh", "h:1", "connect"),
        ];
        assert_eq!(summed(&all), ["a.sh x2: h:1 x2 connect", "b.sh x1: h:1 x1 connect"]);
    }
}
