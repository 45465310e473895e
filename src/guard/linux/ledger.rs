//! The attempts seen so far, the same ones counted together.

use super::process;
use crate::guard::{Attempt, Kind, Nature, Process};
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// More different attempts than this are counted together: a port scan is not to fill the memory.
const MOST: usize = 2000;

/// What is noted of an attempt; the process is looked at only the first time.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) pid: u32,
    pub(super) kind: Kind,
    pub(super) address: String,
    pub(super) host: Option<String>,
    pub(super) call: String,
    pub(super) nature: Nature,
    pub(super) weight: Weight,
    /// How many times.
    pub(super) count: u64,
}

/// What an attempt means for the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// It makes the command fail.
    Violation,
    /// It is worth a note.
    Note,
    /// The kernel goes on with it, and its counters tell whether it was one.
    Suspicion,
}

/// An attempt may be made in very many ways (a question has 65536 types); these are enough to read.
const LONGEST_CALL: usize = 200;

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    pid: u32,
    kind: Kind,
    nature: Nature,
    address: String,
}

/// The attempts seen so far.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    variables: Vec<&'static str>,
    pages: Mutex<Pages>,
}

#[derive(Debug, Default)]
struct Pages {
    /// Where somebody may come in, by port: at which address, whose, and whether anybody came.
    listeners: HashMap<u16, (Attempt, bool)>,
    /// Ports that are reached from outside.
    published: HashSet<u16>,
    index: HashMap<Key, usize>,
    lines: Vec<(Attempt, Weight)>,
    /// Each as it was last seen, so that a thousand attempts of one are not a thousand copies of it.
    processes: HashMap<u32, Arc<Process>>,
}

impl Pages {
    /// Where an attempt is counted; `None` if it needs a line of its own.
    fn place(&self, key: &Key) -> Option<usize> {
        let is_full = self.lines.len() >= MOST;
        self.index.get(key).copied().or(is_full.then_some(MOST - 1))
    }

    fn begin(&mut self, key: Key, attempt: Attempt, weight: Weight) -> usize {
        let at = self.lines.len();
        self.lines.push((attempt, weight));
        self.index.insert(key, at);
        at
    }

    /// The same process, kept once.
    fn once(&mut self, process: Arc<Process>) -> Arc<Process> {
        match self.processes.get(&process.pid) {
            Some(known) if **known == *process => Arc::clone(known),
            _ => {
                self.processes.insert(process.pid, Arc::clone(&process));
                process
            }
        }
    }
}

impl Ledger {
    pub(super) fn new(variables: Vec<&'static str>) -> Ledger {
        Ledger { variables, pages: Mutex::default() }
    }

    /// Notes an attempt. Its process waits for us, so it can be looked at.
    pub(super) fn note(&self, entry: Entry) {
        self.note_by(entry, |pid| Arc::new(process::read(pid, &self.variables)));
    }

    /// Notes an attempt of a process that was looked at before.
    pub(super) fn note_of(&self, entry: Entry, process: &Arc<Process>) {
        self.note_by(entry, |_| Arc::clone(process));
    }

    /// Notes that a process lets others connect to it. A port that the kernel has chosen is told by the
    /// program to whom it is for; one of the program's own choice may be known to people outside.
    pub(super) fn note_listener(&self, at: SocketAddr, pid: u32) {
        if at.port() == 0 || chosen_by_kernel().contains(&at.port()) {
            return;
        }
        let is_known = |pages: &Pages| {
            pages.listeners.contains_key(&at.port()) || pages.published.contains(&at.port())
        };
        if is_known(&self.pages()) {
            return;
        }
        let process = Arc::new(self.look_at(pid));
        let attempt = Attempt {
            kind: Kind::Tcp,
            address: at.to_string(),
            host: None,
            call: "listen".to_owned(),
            process,
            count: 1,
            nature: Nature::Listening,
            violation: false,
        };
        let mut pages = self.pages();
        if pages.listeners.len() < MOST_LISTENERS {
            pages.listeners.entry(at.port()).or_insert((attempt, false));
        }
    }

    /// Of listeners at these ports nothing is noted: people outside do come there.
    pub(super) fn expect_visits(&self, ports: impl Iterator<Item = u16>) {
        self.pages().published.extend(ports);
    }

    /// Notes that somebody inside has come to a listener.
    pub(super) fn note_visit(&self, port: u16) {
        if let Some((_, is_visited)) = self.pages().listeners.get_mut(&port) {
            *is_visited = true;
        }
    }

    /// Notes an attempt that a guard inside, the sender, has seen. Where it numbers processes in its
    /// own way their numbers mean nothing here.
    pub(super) fn note_passed_on(
        &self,
        attempt: Attempt,
        mut sender: Process,
        has_our_numbers: bool,
    ) {
        let Attempt { kind, address, host, call, count, nature, process, .. } = attempt;
        let mut process = Arc::unwrap_or_clone(process);
        if !has_our_numbers {
            process.pid = 0;
            process.parents.iter_mut().for_each(|parent| parent.pid = 0);
        }
        let above = std::mem::take(&mut sender.parents);
        process.parents.push(sender);
        process.parents.extend(above);
        let weight = Weight::Violation;
        let entry = Entry { pid: process.pid, kind, address, host, call, nature, weight, count };
        self.note_of(entry, &Arc::new(process));
    }

    /// Looks at a process as attempts show it.
    pub(super) fn look_at(&self, pid: u32) -> Process {
        process::read(pid, &self.variables)
    }

    fn note_by(&self, entry: Entry, look: impl FnOnce(u32) -> Arc<Process>) {
        let Entry { pid, kind, address, host, call, nature, weight, count: times } = entry;
        let key = Key { pid, kind, nature, address: address.clone() };
        let known = self.pages().place(&key);
        // Looked at without the lock: a process can make whoever looks at it wait, and the record is
        // not to wait with it.
        let process = if known.is_some() { Arc::default() } else { look(pid) };
        let mut pages = self.pages();
        let is_full = pages.lines.len() >= MOST;
        let at = match known.or_else(|| pages.place(&key)) {
            Some(at) => at,
            None => {
                let process = pages.once(process);
                let violation = weight == Weight::Violation;
                let call = String::new();
                let count = 0;
                let attempt =
                    Attempt { kind, address, host, call, process, count, nature, violation };
                pages.begin(key, attempt, weight)
            }
        };
        let (attempt, heaviest) = &mut pages.lines[at];
        attempt.count = attempt.count.saturating_add(times);
        if is_full && at == MOST - 1 && attempt.address != address_of_the_rest() {
            attempt.address = address_of_the_rest().to_owned();
            attempt.host = None;
        }
        if weight == Weight::Violation {
            *heaviest = weight;
            attempt.violation = true;
        }
        let is_short = !is_full && attempt.call.len() < LONGEST_CALL;
        if is_short && !attempt.call.split(", ").any(|known| known == call) {
            let comma = if attempt.call.is_empty() { "" } else { ", " };
            attempt.call = format!("{}{comma}{call}", attempt.call);
        }
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was seen, in the order of the first time, and how many of `counted` that leaves
    /// unexplained. Suspicions that the kernel confirms are violations, the others nothing.
    pub(super) fn attempts(&self, counted: u64) -> (Vec<Attempt>, u64) {
        let pages = self.pages();
        let mut suspected = 0_u64;
        let mut attempts = Vec::new();
        for (attempt, weight) in &pages.lines {
            match weight {
                Weight::Suspicion if counted == 0 => {}
                Weight::Suspicion => {
                    suspected = suspected.saturating_add(attempt.count);
                    attempts.push(Attempt { violation: true, ..attempt.clone() });
                }
                Weight::Violation | Weight::Note => attempts.push(attempt.clone()),
            }
        }
        drop_echoes(&mut attempts);
        let alone = pages.listeners.values().filter(|(_, is_visited)| !is_visited);
        let mut alone: Vec<_> = alone.map(|(attempt, _)| attempt.clone()).collect();
        alone.sort_by(|a, b| a.address.cmp(&b.address));
        attempts.extend(alone);
        (attempts, counted.saturating_sub(suspected))
    }
}

/// More listeners at ports of their own choice are not remembered.
const MOST_LISTENERS: usize = 100;

/// The ports that the kernel gives to whom it is all the same.
fn chosen_by_kernel() -> RangeInclusive<u16> {
    let text = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range");
    let read = |text: &str| {
        let mut words = text.split_whitespace().map(str::parse::<u16>);
        Some(words.next()?.ok()?..=words.next()?.ok()?)
    };
    text.ok().and_then(|text| read(&text)).unwrap_or(32768..=60999)
}

/// What a guard inside says need not stand where the attempt itself was seen, and that it has seen one
/// not where it says which.
fn drop_echoes(attempts: &mut Vec<Attempt>) {
    let what = |attempt: &Attempt| (attempt.process.pid, attempt.kind, attempt.address.clone());
    let ours: HashSet<_> = attempts
        .iter()
        .filter(|one| one.violation && !matches!(one.nature, Nature::Inner | Nature::PassedOn))
        .map(what)
        .collect();
    attempts.retain(|one| one.nature != Nature::PassedOn || !ours.contains(&what(one)));
    let is_echo = |attempt: &Attempt| attempt.nature == Nature::Inner;
    let seen: HashSet<u32> = attempts
        .iter()
        .filter(|attempt| attempt.violation && !is_echo(attempt))
        .flat_map(|attempt| attempt.process.parents.iter().map(|parent| parent.pid))
        .collect();
    attempts.retain(|attempt| !is_echo(attempt) || !seen.contains(&attempt.process.pid));
}

fn address_of_the_rest() -> &'static str {
    "(too many to list)"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(address: &str, weight: Weight) -> Entry {
        Entry {
            pid: 0,
            kind: Kind::Tcp,
            address: address.to_owned(),
            host: None,
            call: "connect".to_owned(),
            nature: Nature::Outward,
            weight,
            count: 1,
        }
    }

    fn note(ledger: &Ledger, entry: Entry) {
        ledger.note_of(entry, &Arc::default());
    }

    #[test]
    fn the_same_is_counted_together() {
        let ledger = Ledger::new(Vec::new());
        for address in ["198.51.100.7:80", "198.51.100.8:80", "198.51.100.7:80"] {
            note(&ledger, entry(address, Weight::Violation));
        }
        let other =
            Entry { call: "sendto".to_owned(), ..entry("198.51.100.8:80", Weight::Violation) };
        note(&ledger, other);
        let (attempts, unexplained) = ledger.attempts(0);
        let seen: Vec<_> =
            attempts.iter().map(|a| (a.address.as_str(), a.call.as_str(), a.count)).collect();
        assert_eq!(
            seen,
            [("198.51.100.7:80", "connect", 2), ("198.51.100.8:80", "connect, sendto", 2)]
        );
        assert_eq!(unexplained, 0);
    }

    #[test]
    fn a_suspicion_is_an_attempt_if_the_kernel_counted_one() {
        let ledger = Ledger::new(Vec::new());
        note(&ledger, entry("224.0.0.251:5353", Weight::Suspicion));
        assert_eq!(ledger.attempts(0), (Vec::new(), 0));
        let (attempts, unexplained) = ledger.attempts(3);
        assert!(attempts[0].violation);
        assert_eq!((attempts.len(), unexplained), (1, 2));
    }

    #[test]
    fn an_echo_is_dropped_where_the_attempt_was_seen() {
        let ledger = Ledger::new(Vec::new());
        let process = |pid, parents| Arc::new(Process { pid, parents, ..Process::default() });
        let echo = |pid| Entry {
            pid,
            kind: Kind::Other,
            nature: Nature::Inner,
            ..entry("inside", Weight::Violation)
        };
        let inner = process(7, Vec::new());
        let dialler = process(8, vec![Process::clone(&inner)]);
        ledger.note_of(Entry { pid: 8, ..entry("198.51.100.7:80", Weight::Violation) }, &dialler);
        ledger.note_of(echo(7), &inner);
        ledger.note_of(echo(9), &process(9, Vec::new()));
        let pids = |attempts: Vec<Attempt>| {
            attempts.iter().map(|attempt| attempt.process.pid).collect::<Vec<_>>()
        };
        assert_eq!(pids(ledger.attempts(0).0), [8, 9]);
    }

    #[test]
    fn what_is_passed_on_stands_once_with_everybody_above_it() {
        let ledger = Ledger::new(Vec::new());
        let process = |pid, argv: &str, parents| Process {
            pid,
            argv: vec![argv.to_owned()],
            parents,
            ..Process::default()
        };
        let sender = || process(20, "go-offline", vec![process(10, "make", Vec::new())]);
        let passed_on = |pid, address: &str| Attempt {
            kind: Kind::Tcp,
            address: address.to_owned(),
            host: None,
            call: "connect".to_owned(),
            process: Arc::new(process(pid, "x.test", vec![process(21, "go", Vec::new())])),
            count: 3,
            nature: Nature::PassedOn,
            violation: true,
        };
        let sees =
            |pid: u32, nature| Entry { pid, nature, ..entry("198.51.100.7:80", Weight::Violation) };
        ledger.note_of(sees(20, Nature::Inner), &Arc::new(sender()));
        ledger.note_passed_on(passed_on(22, "peer.example"), sender(), true);
        // Seen here as well.
        ledger.note_of(sees(23, Nature::Outward), &Arc::new(process(23, "x.test", Vec::new())));
        ledger.note_passed_on(passed_on(23, "198.51.100.7:80"), sender(), true);
        // In a container.
        ledger.note_passed_on(passed_on(5, "other.example"), sender(), false);
        let (attempts, _) = ledger.attempts(0);
        let seen: Vec<_> = attempts
            .iter()
            .map(|one| {
                let chain = one.process.chain().map(|process| process.pid).collect::<Vec<_>>();
                (one.address.as_str(), one.nature, one.count, chain)
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("peer.example", Nature::PassedOn, 3, vec![22, 21, 20, 10]),
                ("198.51.100.7:80", Nature::Outward, 1, vec![23]),
                ("other.example", Nature::PassedOn, 3, vec![0, 0, 20, 10]),
            ]
        );
    }

    #[test]
    fn a_port_scan_does_not_fill_the_memory() {
        let ledger = Ledger::new(Vec::new());
        let all = MOST as u64 + 1000;
        for port in 0..all {
            note(&ledger, entry(&format!("198.51.100.7:{port}"), Weight::Violation));
        }
        let (attempts, _) = ledger.attempts(0);
        assert_eq!(attempts.len(), MOST);
        assert_eq!(attempts.iter().map(|attempt| attempt.count).sum::<u64>(), all);
        assert_eq!(attempts[MOST - 1].address, address_of_the_rest());
    }

    #[test]
    fn a_process_is_kept_once() {
        let ledger = Ledger::new(Vec::new());
        let of = |pid| Arc::new(Process { pid, argv: vec!["a".to_owned()], ..Process::default() });
        for port in 0..3 {
            let address = format!("198.51.100.7:{port}");
            ledger.note_of(Entry { pid: 7, ..entry(&address, Weight::Violation) }, &of(7));
        }
        let (attempts, _) = ledger.attempts(0);
        assert!(attempts.iter().all(|one| Arc::ptr_eq(&one.process, &attempts[0].process)));
    }

    #[test]
    fn the_record_does_not_wait_for_a_process_that_is_looked_at() {
        let ledger = Ledger::new(Vec::new());
        note(&ledger, entry("198.51.100.7:80", Weight::Violation));
        ledger.note_by(entry("198.51.100.8:80", Weight::Violation), |_| {
            assert!(ledger.pages.try_lock().is_ok());
            Arc::default()
        });
        assert_eq!(ledger.attempts(0).0.len(), 2);
    }

    #[test]
    fn many_ways_do_not_make_a_long_text() {
        let ledger = Ledger::new(Vec::new());
        for kind in 0..5000 {
            let call = format!("DNS TYPE{kind}");
            note(&ledger, Entry { call, ..entry("proxy.example", Weight::Violation) });
        }
        let (attempts, _) = ledger.attempts(0);
        assert!(attempts[0].call.len() < 2 * LONGEST_CALL, "{}", attempts[0].call);
        assert_eq!(attempts[0].count, 5000);
    }
}
