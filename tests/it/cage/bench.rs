//! One row in one world: its texts filled in, its files written, its command run.

use super::peer::Peer;
use super::programs::{Programs, programs};
use super::report::Report;
use super::row::Row;
use crate::world::{ORDINARY, Ran, Who, World};
use std::fs;
use std::io;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::thread;

/// So that nothing can reach for a real network.
const ISOLATION: &str = "GO_OFFLINE_ISOLATION";

/// Where a command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Bare,
    Guard,
}

/// A row and what it needs to be run.
pub(super) struct Bench<'a> {
    pub(super) peer: &'a Peer,
    pub(super) world: &'a World,
    pub(super) row: &'a Row,
    came: Arc<AtomicUsize>,
    /// Of a listener outside.
    port: u16,
}

impl<'a> Bench<'a> {
    pub(super) fn new(peer: &'a Peer, world: &'a World, row: &'a Row) -> Bench<'a> {
        // A listener stays: each has a port of its own.
        static PORT: AtomicU16 = AtomicU16::new(4243);
        let port = PORT.fetch_add(1, Ordering::Relaxed);
        let bench = Bench { peer, world, row, came: Arc::default(), port };
        if let Some(socket) = row.outside {
            bench.listen_outside(&bench.fill(socket, Place::Bare));
        }
        bench
    }

    pub(super) fn title(&self) -> String {
        let sandbox = self.world.sandbox().map(|sandbox| format!(" on {sandbox:?}"));
        format!("{}, as {:?}{}", self.row.name, self.world.who(), sandbox.unwrap_or_default())
    }

    /// A program of the row that could not be made.
    pub(super) fn missing(&self) -> Option<&'static str> {
        let used = |name: &&str| self.row.texts().any(|text| text.contains(&format!("{{{name}}}")));
        Programs::NAMES.into_iter().filter(used).find(|name| programs().path(name).is_none())
    }

    /// Fills in a text of the row.
    pub(super) fn fill(&self, text: &str, place: Place) -> String {
        let root = self.world.root().display().to_string();
        let slug: String = self.row.name.chars().filter(char::is_ascii_alphanumeric).collect();
        let (directory, guard) = match place {
            Place::Bare => (format!("{slug}_bare"), "env".to_owned()),
            Place::Guard => (format!("{slug}_guarded"), self.guard().join(" ")),
        };
        let mut filled = text
            .replace("{marks}", &format!("{root}/marks"))
            .replace("{world}", &root)
            .replace("{project}", &self.world.project().display().to_string())
            .replace("{goroot}", &self.world.goroot().display().to_string())
            .replace("{dir}", &directory)
            .replace("{port}", &self.port.to_string())
            .replace("{guard}", &guard);
        for name in Programs::NAMES {
            if let Some(path) = programs().path(name) {
                filled = filled.replace(&format!("{{{name}}}"), &path);
            }
        }
        filled
    }

    /// The row's own words, filled in.
    pub(super) fn words(&self, place: Place) -> Vec<String> {
        self.row.words.iter().map(|word| self.fill(word, place)).collect()
    }

    /// Whether the guard stands in the middle of the row's own words.
    pub(super) fn guard_is_inside(&self) -> bool {
        self.row.words.iter().any(|word| word.contains("{guard}"))
    }

    /// The words that put any command into the guard.
    fn guard(&self) -> Vec<String> {
        let mut words = self.ours();
        words.extend(["exec", "--"].map(str::to_owned));
        words
    }

    fn ours(&self) -> Vec<String> {
        let program = self.world.program().display().to_string();
        vec![program, "--report".to_owned(), self.world.root().join("report").display().to_string()]
    }

    /// Writes the files of the row.
    pub(super) fn prepare(&self, place: Place) {
        for (name, text) in &self.row.files {
            let (name, text) = (self.fill(name, place), self.fill(text, place));
            match name.strip_prefix("bin/") {
                Some(name) => self.world.script(name, &text),
                None => self.world.write(&name, &text),
            };
        }
        if !self.world.has("marks") {
            self.world.write("marks", "");
        }
    }

    /// Forgets what was left and heard until now.
    pub(super) fn forget(&self) {
        fs::write(self.world.root().join("marks"), "").unwrap();
        if self.world.has("report") {
            self.world.remove("report");
        }
        self.came.store(0, Ordering::Relaxed);
        self.peer.packets();
        self.peer.heard();
    }

    /// Runs it, on the near side of the cable.
    pub(super) fn run(&self, place: Place) -> Ran {
        Ran::of(self.start(place))
    }

    /// The same without waiting for its end.
    pub(super) fn start(&self, place: Place) -> Child {
        let words = self.command(place);
        let variables: Vec<(&str, String)> = self
            .row
            .variables
            .iter()
            .map(|(name, value)| (*name, self.fill(value, place)))
            .chain((place == Place::Guard).then(|| (ISOLATION, "require".to_owned())))
            .collect();
        let (world, mounts) = (self.world, self.row.mounts.is_some());
        self.peer.lab.inside(|| {
            // Only root may mount; the command goes back to whom the world is of.
            let run = if mounts { world.outside(&words[0]) } else { world.command(&words[0]) };
            let run = run.args(&words[1..]).in_this_network();
            variables.iter().fold(run, |run, (name, value)| run.env(name, value)).spawn()
        })
    }

    fn command(&self, place: Place) -> Vec<String> {
        let mut command = match &self.row.mounts {
            Some(script) => self.mounting(&self.fill(script, place)),
            None => Vec::new(),
        };
        match (place, self.row.is_go) {
            (Place::Bare, true) => command.push(self.fill("{goroot}/bin/go", place)),
            (Place::Guard, true) => command.extend(self.ours()),
            (Place::Guard, false) if !self.guard_is_inside() => command.extend(self.guard()),
            (_, false) => (),
        }
        command.extend(self.words(place));
        command
    }

    fn mounting(&self, script: &str) -> Vec<String> {
        let script = format!("{script}; exec \"$@\"");
        let mut words: Vec<String> =
            ["unshare", "--mount", "sh", "-ec", &script, "sh"].map(str::to_owned).to_vec();
        if let Some(sandbox) = self.world.sandbox() {
            words.extend(sandbox.words(self.world.who()));
        } else if self.world.who() == Who::Ordinary {
            let id = ORDINARY.to_string();
            // Not setpriv, which asks a name service who that is.
            words.extend(["unshare", "--setuid", &id, "--setgid", &id, "--"].map(str::to_owned));
        }
        words
    }

    /// The report of the last guarded run.
    pub(super) fn report(&self) -> Report {
        Report::read(&self.world.read("report"))
    }

    /// The process ids that the programs left.
    pub(super) fn marks(&self) -> Vec<u64> {
        self.world.read("marks").lines().map(|line| line.parse().unwrap()).collect()
    }

    /// Whether the listener outside has let somebody in.
    pub(super) fn somebody_came(&self, place: Place) -> bool {
        self.came.load(Ordering::Relaxed) > 0 || self.world.has(&self.fill("came_{dir}", place))
    }

    /// Lets everybody in who comes to this socket, on the near side.
    fn listen_outside(&self, socket: &str) {
        let came = Arc::clone(&self.came);
        if socket.starts_with("127.") {
            let listener = self.peer.lab.inside(|| TcpListener::bind(socket).unwrap());
            thread::spawn(move || let_in(listener.incoming(), &came));
        } else {
            let listener = self.peer.lab.inside(|| unix_listener(socket));
            thread::spawn(move || let_in(listener.incoming(), &came));
        }
    }
}

/// By a path, or by an abstract name (`@name`), which is one of the calling thread's network.
fn unix_listener(socket: &str) -> UnixListener {
    if let Some(name) = socket.strip_prefix('@') {
        return UnixListener::bind_addr(&SocketAddr::from_abstract_name(name).unwrap()).unwrap();
    }
    let listener = UnixListener::bind(socket).unwrap();
    fs::set_permissions(socket, fs::Permissions::from_mode(0o777)).unwrap();
    listener
}

/// Counts whoever comes, and waits until it has said everything.
fn let_in<S: io::Read>(streams: impl Iterator<Item = io::Result<S>>, came: &AtomicUsize) {
    for mut stream in streams.map_while(Result::ok) {
        came.fetch_add(1, Ordering::Relaxed);
        let _ = io::copy(&mut stream, &mut io::sink()); // an error: the other side is gone
    }
}
