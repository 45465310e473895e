//! One thing that a process tried to reach, and the process.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// By which road it was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// TCP, multipath TCP included.
    Tcp,
    /// UDP.
    Udp,
    /// A question to a name server.
    Dns,
    /// A socket in the file system.
    Unix,
    /// Anything else: raw and packet sockets, ICMP, other address families, `io_uring`.
    Other,
}

impl Kind {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Tcp => "tcp",
            Kind::Udp => "udp",
            Kind::Dns => "dns",
            Kind::Unix => "unix",
            Kind::Other => "other",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What is known of an attempt beyond its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Nature {
    /// It would have left this machine, or this process's reach.
    Outward,
    /// A UDP `connect`, which sends nothing: some programs ask in this way which local address
    /// would be used. It was refused, so whether something would have been sent is not known.
    AddressProbe,
    /// A service of this machine's own loopback, which a cage cannot reach.
    HostLoopback,
    /// The socket of a name service, refused so that the name itself is asked and seen.
    Resolver,
    /// A unix socket on which somebody outside the cage listens.
    OutsideSocket,
    /// A kind of socket that a network namespace does not hold, or that goes past addresses.
    Socket,
    /// `io_uring`, which connects without a system call that could be seen.
    IoUring,
    /// A descriptor that the command inherited from our own caller.
    Inherited,
    /// A server at a port of its own choice to which nobody came: behind the wall nobody from outside
    /// can. No attempt, but perhaps not what was meant.
    Listening,
    /// Another guard inside this one, which says that it has seen an attempt (see [`super::pass_on`]).
    Inner,
    /// An attempt that another guard inside this one has seen and passes on (see [`super::pass_on`]).
    /// The guard itself is one of the parents, with its own.
    PassedOn,
}

/// One thing that one process tried to reach, however often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// By which road.
    pub kind: Kind,
    /// `ip:port`, `[ip6]:port`, the name asked of a name server, or the path of a socket.
    pub address: String,
    /// The host name as the program has it, where one is known.
    pub host: Option<String>,
    /// The system call, or the kind of question (`DNS A`).
    pub call: String,
    /// Who it was.
    pub process: Arc<Process>,
    /// How many times.
    pub count: u64,
    /// What is known of it.
    pub nature: Nature,
    /// Whether it makes a command fail that said 0. What is not a violation is worth a note.
    pub violation: bool,
}

/// A process at the moment of an attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Process {
    /// Its id, as this process sees it; 0 if that is not known.
    pub pid: u32,
    /// Its command line; what is not UTF-8 is replaced. Empty if it was gone before it was looked at.
    pub argv: Vec<String>,
    /// Its working directory.
    pub cwd: Option<PathBuf>,
    /// Those of its environment variables that the policy names (see [`super::Policy::variables`]).
    pub variables: Vec<(String, String)>,
    /// Its parents, the nearest first, up to the command that was run. Of a process whose parent
    /// has ended only those that are left. Their own `parents` are empty.
    pub parents: Vec<Process>,
}

impl Process {
    /// The value of one of the variables that the policy names.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// This process, then its parents.
    pub fn chain(&self) -> impl Iterator<Item = &Process> {
        std::iter::once(self).chain(&self.parents)
    }
}
