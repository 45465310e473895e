//! A cage that stands, and what watches in it.

use super::askers::Askers;
use super::counters::Counters;
use super::diag::{Diag, Routed};
use super::ledger::{Entry, Ledger, Weight};
use super::netlink::Places;
use super::notify::{self, Judge, Machine, Shown, Supervisor, Watching};
use super::outside::Outside;
use super::process;
use super::relay::{Carried, Doors, publish};
use super::sink::{Known, Question, ResolvConf, Sink, Transport};
use super::steps::{At, NOT_WANTED, Step, why_not_watched};
use crate::guard::{
    ClosedDoor, Counted, Kind, Level, Nature, NoWall, Policy, Process, Record, Standing, Watch,
    Watched, echo,
};
use std::collections::HashSet;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// A cage that stands.
#[derive(Debug, Default)]
pub(in crate::guard) struct Enclosure {
    /// `None` where the network is shared with others: what the kernel counts is theirs as well.
    counters: Option<Counters>,
    ledger: Arc<Ledger>,
    sink: Option<Sink>,
    resolv_conf: ResolvConf,
    /// `None` where the calls are not watched.
    watching: Option<Watching>,
    carried: Carried,
}

/// How long is waited for what a command has sent last through a door.
const LONGEST_CARRIED: Duration = Duration::from_secs(2);

/// Sets up what watches, on the cage thread, when it is in its own network already.
pub(super) fn set_up(
    level: Level,
    policy: &Policy,
    outside: Outside,
) -> Result<(Enclosure, Standing), NoWall> {
    let since = SystemTime::now();
    let Outside { diag: outside, hands } = outside;
    let ledger = Arc::new(Ledger::new(policy.variables.clone()));
    let askers = Arc::new(Askers::default());
    let resolv_conf = ResolvConf::read();
    let mut places = Places::default();
    let mut doors = Doors::resolved(policy, hands.as_ref());
    doors.open(hands.as_ref(), &mut places);
    publish(policy, hands.as_ref(), &mut doors);
    ledger.expect_visits(policy.publish.iter().map(|address| address.port));
    let known = Known::new(doors.names(), resolv_conf.search());
    // Its threads live in the cage's network, so they are started here; and before the filter, which
    // is not to be on them.
    let opened = asking(&ledger, &askers, Loopback::Own)
        .and_then(|note| Sink::open(&resolv_conf, &mut places, known, note));
    let (sink, names) = watched(opened);
    wait_for_routes(&places.taken);
    let name_servers = sink.iter().flat_map(Sink::addresses).map(SocketAddr::ip).collect();
    let judge = |inside, network| Judge {
        inside,
        outside,
        ledger: Arc::clone(&ledger),
        askers,
        unix_sockets: policy.unix_sockets,
        name_servers,
        placed: places.taken,
        doors: doors.open_at(),
        machine: None,
        network,
        since,
        listening: HashSet::new(),
    };
    let supervisor = match policy.watch_calls {
        true => start_supervisor(judge).map_err(|error| why_not_watched(&error)),
        false => Err(NOT_WANTED.to_owned()),
    };
    // From here on this thread's own calls are shown as well.
    let install = |supervisor: Supervisor| {
        supervisor.install(Shown::InCage).map_err(|error| why_not_watched(&error))
    };
    let (watching, calls) = match supervisor.and_then(install) {
        Ok(watching) => (Some(watching), Watched::Yes),
        Err(why) => (None, Watched::No(unwatched(why))),
    };
    // As late as may be, so that nothing of our own is counted; opened now, so that reading later
    // cannot fail.
    let counters = Some(Counters::open().at(Step::Counters)?);
    let standing =
        Standing { level, weaker: None, watch: Watch { names, calls }, closed: doors.closed };
    let carried = doors.carried;
    Ok((Enclosure { counters, ledger, sink, resolv_conf, watching, carried }, standing))
}

/// Sets up what watches on the machine's own network, where it is the wall as well.
///
/// # Errors
/// Calls cannot be watched here. The calling thread has no filter then.
pub(super) fn set_up_on_machine(
    policy: &Policy,
    outside: &Outside,
) -> io::Result<(Enclosure, Watch, Vec<ClosedDoor>)> {
    let since = SystemTime::now();
    let ledger = Arc::new(Ledger::new(policy.variables.clone()));
    let askers = Arc::new(Askers::default());
    let resolv_conf = ResolvConf::read();
    let doors = Doors::resolved(policy, outside.hands.as_ref());
    let known = Known::new(doors.names(), resolv_conf.search());
    let mut diag = Diag::open()?;
    // Before anything of our own listens.
    let machine = Machine::look(&mut diag)?;
    let opened = asking(&ledger, &askers, Loopback::Shared)
        .and_then(|note| Sink::open_anywhere(known, note));
    let (sink, names) = watched(opened);
    let machine = machine.with_name_server(sink.as_ref().map(|sink| sink.addresses()[0]));
    let judge = |inside, network| Judge {
        inside,
        outside: None,
        ledger: Arc::clone(&ledger),
        askers,
        unix_sockets: policy.unix_sockets,
        name_servers: resolv_conf.name_servers().to_vec(),
        placed: Vec::new(),
        doors: doors.open_at(),
        machine: Some(machine),
        network,
        since,
        listening: HashSet::new(),
    };
    let watching = start_supervisor(judge)?.install(Shown::OnMachine)?;
    let watch = Watch { names, calls: Watched::Yes };
    let watching = Some(watching);
    let enclosure = Enclosure { ledger, sink, resolv_conf, watching, ..Enclosure::default() };
    Ok((enclosure, watch, doors.closed))
}

fn start_supervisor(judge: impl FnOnce(Diag, u64) -> Judge) -> io::Result<Supervisor> {
    if !process::proc_is_ours() {
        return Err(io::Error::other("/proc belongs to another process namespace"));
    }
    let network = process::network(rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs())?;
    Supervisor::start(judge(Diag::open()?, network))
}

/// What the namespace does not hold is refused all the same, though nobody sees it.
fn unwatched(why: String) -> String {
    // A guard around us refuses it, and sees who it was; refused here it would not.
    if echo::is_inside_guard() {
        return why;
    }
    match notify::deny_beyond_namespace() {
        Ok(()) => why,
        Err(error) => format!("{why}; AF_VSOCK and its like are open: {error}"),
    }
}

fn watched(opened: io::Result<Sink>) -> (Option<Sink>, Watched) {
    match opened {
        Ok(sink) => (Some(sink), Watched::Yes),
        Err(error) => (None, Watched::No(format!("the name server could not be set up: {error}"))),
    }
}

/// Whose the loopback is on which the name server stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Loopback {
    /// The cage's: whoever comes is of the command.
    Own,
    /// The machine's: anybody may come, and only those whom we have led there are of the command.
    Shared,
}

/// What is done with each question: it is noted as an attempt of whoever asks.
fn asking(
    ledger: &Arc<Ledger>,
    askers: &Arc<Askers>,
    loopback: Loopback,
) -> io::Result<impl Fn(Question) + Send + Sync + 'static> {
    let diag = Mutex::new(Diag::open()?);
    let (ledger, askers) = (Arc::clone(ledger), Arc::clone(askers));
    Ok(move |question: Question| {
        let Some(asker) = asker(&diag, &ledger, &askers, &question, loopback) else { return };
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
    })
}

/// The kernel takes an IPv6 address on at once, and makes its route a little later, on a thread of its
/// own. Who comes before that would find no way to our name server or to a door.
fn wait_for_routes(taken: &[IpAddr]) {
    const LONGEST: Duration = Duration::from_millis(200);
    const STEP: Duration = Duration::from_micros(100);
    let mut addresses = taken.iter().copied().filter(IpAddr::is_ipv6).peekable();
    if addresses.peek().is_none() {
        return;
    }
    // Where nothing can be asked, nothing is waited for.
    let Ok(mut routes) = Diag::open() else { return };
    let start = Instant::now();
    for address in addresses {
        while !matches!(routes.route(address, 0), Ok(Routed::Local)) && start.elapsed() < LONGEST {
            thread::sleep(STEP);
        }
    }
}

/// Who asks: whoever holds the socket that the question came from. `None` for somebody who is none of the
/// command's.
fn asker(
    diag: &Mutex<Diag>,
    ledger: &Ledger,
    askers: &Askers,
    question: &Question,
    loopback: Loopback,
) -> Option<Arc<Process>> {
    let socket = {
        let mut diag = diag.lock().unwrap_or_else(PoisonError::into_inner);
        let found = match question.transport {
            Transport::Udp => diag.udp_inode(question.asker, question.server),
            Transport::Tcp => diag.tcp_inode(question.asker, question.server),
        };
        found.ok().flatten()
    };
    let known = socket.and_then(|socket| askers.of_socket(socket));
    if known.is_none() && socket.is_some() && loopback == Loopback::Shared {
        return None;
    }
    let held = || socket.and_then(process::holding_socket).map(|pid| Arc::new(ledger.look_at(pid)));
    // A socket that is gone was that of somebody who has asked and ended: most likely the last one.
    Some(known.or_else(held).or_else(|| askers.last()).unwrap_or_default())
}

impl Enclosure {
    /// What was tried so far.
    pub(in crate::guard) fn record(&mut self) -> Result<Record, NoWall> {
        self.carried.settle(LONGEST_CARRIED);
        // A question may have been sent by somebody who has ended since, and wait to be read.
        if let Some(sink) = &self.sink {
            sink.drain();
        }
        // What was refused since it ended stands nowhere: that must not pass for nothing.
        if self.watching.as_ref().is_some_and(|watching| !watching.goes_on()) {
            let lost = io::Error::other("the supervisor ended early");
            return Err(NoWall::new("watch the calls to the end", lost));
        }
        let counted = match &mut self.counters {
            Some(counters) => counters.since_start()?,
            None => Counted::default(),
        };
        let (mut attempts, unexplained) = self.ledger.attempts(counted.total());
        self.resolv_conf.fold_names(&mut attempts);
        Ok(Record { attempts, unattributed: less(counted, unexplained), ..Record::default() })
    }
}

/// What is left of both counters when only `unexplained` of their sum is.
fn less(counted: Counted, unexplained: u64) -> Counted {
    let ipv4 = counted.ipv4.min(unexplained);
    Counted { ipv4, ipv6: unexplained - ipv4 }
}
