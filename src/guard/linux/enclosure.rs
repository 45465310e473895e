//! A cage that stands, and what watches in it.

use super::askers::Askers;
use super::counters::Counters;
use super::diag::{Diag, Routed};
use super::ledger::{Entry, Ledger, Weight};
use super::notify::{Judge, Supervisor, Watching};
use super::process;
use super::sink::{Question, ResolvConf, Sink, Transport};
use super::steps::{At, Step};
use crate::guard::{Counted, Kind, Nature, NoWall, Policy, Process, Record, Watch, Watched};
use std::collections::HashSet;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// A cage that stands.
#[derive(Debug)]
pub(in crate::guard) struct Enclosure {
    counters: Counters,
    ledger: Arc<Ledger>,
    sink: Option<Sink>,
    resolv_conf: ResolvConf,
    watch: Watch,
    /// `None` where the calls are not watched.
    watching: Option<Watching>,
}

/// Sets up what watches, on the cage thread, when it is in its own network already.
pub(super) fn set_up(policy: &Policy, outside: Option<Diag>) -> Result<Enclosure, NoWall> {
    let since = SystemTime::now();
    let ledger = Arc::new(Ledger::new(policy.variables.clone()));
    let askers = Arc::new(Askers::default());
    let resolv_conf = ResolvConf::read();
    // Its threads live in the cage's network, so they are started here; and before the filter, which
    // is not to be on them.
    let (sink, names) = match open_sink(&resolv_conf, &ledger, &askers) {
        Ok(sink) => (Some(sink), Watched::Yes),
        Err(error) => (None, Watched::No(format!("the name server could not be set up: {error}"))),
    };
    let name_servers = sink.as_ref().map(Sink::addresses).unwrap_or_default();
    let judge = |inside, network| Judge {
        inside,
        outside,
        ledger: Arc::clone(&ledger),
        askers,
        unix_sockets: policy.unix_sockets,
        name_servers,
        network,
        since,
        listening: HashSet::new(),
    };
    let supervisor = match policy.watch_calls {
        true => start_supervisor(judge),
        false => Err(io::Error::other("that was not asked for")),
    };
    // As late as may be, so that nothing of our own is counted; opened now, so that reading later
    // cannot fail.
    let counters = Counters::open().at(Step::Counters)?;
    // Last: from here on this thread's own calls are shown as well.
    let (watching, calls) = match supervisor.and_then(Supervisor::install) {
        Ok(watching) => (Some(watching), Watched::Yes),
        Err(error) => (None, Watched::No(why_not_watched(&error))),
    };
    let watch = Watch { names, calls };
    Ok(Enclosure { counters, ledger, sink, resolv_conf, watch, watching })
}

fn start_supervisor(judge: impl FnOnce(Diag, u64) -> Judge) -> io::Result<Supervisor> {
    if !process::proc_is_ours() {
        return Err(io::Error::other("/proc belongs to another process namespace"));
    }
    let network = process::network(rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs())?;
    Supervisor::start(judge(Diag::open()?, network))
}

fn why_not_watched(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(libc::EBUSY) => {
            "calls are watched already, by a guard or a sandbox around this one".to_owned()
        }
        _ => format!("calls cannot be watched: {error}"),
    }
}

fn open_sink(
    resolv_conf: &ResolvConf,
    ledger: &Arc<Ledger>,
    askers: &Arc<Askers>,
) -> io::Result<Sink> {
    let diag = Mutex::new(Diag::open()?);
    let (ledger, askers) = (Arc::clone(ledger), Arc::clone(askers));
    let note = move |question: Question| {
        let asker = asker(&diag, &ledger, &askers, &question);
        let over = match question.transport {
            Transport::Udp => "DNS",
            Transport::Tcp => "DNS over TCP",
        };
        let host = question.host().map(str::to_owned);
        let entry = Entry {
            pid: asker.pid,
            kind: Kind::Dns,
            address: question.key,
            host,
            call: format!("{over} {}", question.kind),
            nature: Nature::Outward,
            weight: Weight::Violation,
            count: 1,
        };
        ledger.note_of(entry, &asker);
    };
    let sink = Sink::open(resolv_conf, note)?;
    wait_for_routes(&sink)?;
    Ok(sink)
}

/// The kernel takes an IPv6 address on at once, and makes its route a little later, on a thread of its
/// own. Who asks before that would find no way to our name server.
fn wait_for_routes(sink: &Sink) -> io::Result<()> {
    const LONGEST: Duration = Duration::from_millis(200);
    const STEP: Duration = Duration::from_micros(100);
    let mut addresses = sink.addresses();
    addresses.retain(IpAddr::is_ipv6);
    if addresses.is_empty() {
        return Ok(());
    }
    let mut routes = Diag::open()?;
    let start = Instant::now();
    for address in addresses {
        while !matches!(routes.route(address, 0), Ok(Routed::Local)) && start.elapsed() < LONGEST {
            thread::sleep(STEP);
        }
    }
    Ok(())
}

/// Who asks: whoever holds the socket that the question came from.
fn asker(
    diag: &Mutex<Diag>,
    ledger: &Ledger,
    askers: &Askers,
    question: &Question,
) -> Arc<Process> {
    let socket = {
        let mut diag = diag.lock().unwrap_or_else(PoisonError::into_inner);
        let found = match question.transport {
            Transport::Udp => diag.udp_inode(question.asker, question.server),
            Transport::Tcp => diag.tcp_inode(question.asker, question.server),
        };
        found.ok().flatten()
    };
    let known = socket.and_then(|socket| askers.of_socket(socket));
    let held = || socket.and_then(process::holding_socket).map(|pid| Arc::new(ledger.look_at(pid)));
    // A socket that is gone was that of somebody who has asked and ended: most likely the last one.
    known.or_else(held).or_else(|| askers.last()).unwrap_or_default()
}

impl Enclosure {
    pub(in crate::guard) fn watch(&self) -> Watch {
        self.watch.clone()
    }

    /// What was tried so far.
    pub(in crate::guard) fn record(&mut self) -> Result<Record, NoWall> {
        // A question may have been sent by somebody who has ended since, and wait to be read.
        if let Some(sink) = &self.sink {
            sink.drain();
        }
        // What was refused since it ended stands nowhere: that must not pass for nothing.
        if self.watching.as_ref().is_some_and(|watching| !watching.goes_on()) {
            let lost = io::Error::other("the supervisor ended early");
            return Err(NoWall::new("watch the calls to the end", lost));
        }
        let counted = self.counters.since_start()?;
        let (mut attempts, unexplained) = self.ledger.attempts(counted.total());
        self.resolv_conf.fold_names(&mut attempts);
        Ok(Record { attempts, unattributed: less(counted, unexplained) })
    }
}

/// What is left of both counters when only `unexplained` of their sum is.
fn less(counted: Counted, unexplained: u64) -> Counted {
    let ipv4 = counted.ipv4.min(unexplained);
    Counted { ipv4, ipv6: unexplained - ipv4 }
}
