//! A small world for tests of the whole program: a vendored project, a home of its own, a go
//! command, and a network that holds nothing but a server that writes down what it is asked.
//!
//! As root the world lives in a network namespace of its own with only loopback in it, so that bare
//! go, which is let into each trap first, cannot reach anything either.

use crate::place::{copy_program, place};
use crate::sandbox::Sandbox;
use crate::skip::skipped;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

/// Nobody in particular: owns no file that matters.
pub(crate) const ORDINARY: u32 = 65534;

/// On whose behalf everything in a world runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Whoever runs the tests.
    Self_,
    /// An ordinary user, played by root.
    Ordinary,
}

/// The users that can be played here.
pub(crate) fn everybody() -> Vec<Who> {
    if we_are_root() { vec![Who::Self_, Who::Ordinary] } else { vec![Who::Self_] }
}

/// A world for each user who can have a wall here; of who cannot, a word is said.
#[cfg_attr(go_offline_stub, allow(dead_code))] // nobody has one there
pub(crate) fn walled(kind: fn(Who) -> World) -> Vec<World> {
    everybody().into_iter().map(kind).filter(World::has_wall).collect()
}

pub(crate) fn we_are_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// What all worlds share: the program where any user may execute it, and one build cache.
struct Shared {
    program: PathBuf,
    cache: PathBuf,
    goroot: PathBuf,
}

fn shared() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    SHARED.get_or_init(|| {
        let go = which::which("go").expect("the tests need a go command on PATH");
        let goroot = go.canonicalize().unwrap().parent().and_then(Path::parent).unwrap().to_owned();
        let program = copy_program(Path::new(env!("CARGO_BIN_EXE_go-offline")), "go-offline");
        let cache = place().join("gocache");
        // One cache for both users: whoever comes may write.
        for directory in (0..=255).map(|byte| cache.join(format!("{byte:02x}"))) {
            fs::create_dir_all(&directory).unwrap();
            fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).unwrap();
        }
        fs::set_permissions(&cache, fs::Permissions::from_mode(0o777)).unwrap();
        let shared = Shared { program, cache, goroot };
        warm(&shared);
        shared
    })
}

/// Compiles once what many tests need, and makes it look older than any test: a run with an
/// attempt to reach the network forgets what was cached meanwhile.
fn warm(shared: &Shared) {
    let temp = tempfile::tempdir().unwrap();
    copy_tree(&sample(), temp.path());
    fs::create_dir(temp.path().join("home")).unwrap();
    for args in [&["build", "-o", "hello", "."][..], &["test", "-run=NONE", "./..."]] {
        let mut command = Command::new(shared.goroot.join("bin/go"));
        command.args(args).current_dir(temp.path()).env_clear().envs(basics(shared, temp.path()));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let touched = Command::new("find")
        .arg(&shared.cache)
        .args(["-type", "f", "-exec", "touch", "-d", "30 minutes ago", "{}", "+"])
        .status()
        .unwrap();
    assert!(touched.success());
}

fn basics(shared: &Shared, root: &Path) -> Vec<(OsString, OsString)> {
    let path = [
        root.join("bin"),
        shared.goroot.join("bin"),
        "/usr/local/bin".into(),
        "/usr/bin".into(),
        "/bin".into(),
    ];
    let home = root.join("home");
    vec![
        ("PATH".into(), std::env::join_paths(path).unwrap()),
        ("HOME".into(), home.into()),
        ("GOCACHE".into(), shared.cache.clone().into()),
        ("CGO_ENABLED".into(), "0".into()),
    ]
}

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart/project")
}

/// One world. It is gone when it is dropped.
pub(crate) struct World {
    temp: tempfile::TempDir,
    own_cache: bool,
    who: Who,
    sandbox: Option<Sandbox>,
    network: Option<fs::File>,
    server: Server,
}

impl World {
    /// A world with a copy of the sample project.
    pub(crate) fn new() -> World {
        World::of(Who::Self_)
    }

    /// The same on somebody's behalf.
    pub(crate) fn of(who: Who) -> World {
        shared();
        let temp = tempfile::Builder::new().prefix("go-offline-world-").tempdir().unwrap();
        fs::set_permissions(temp.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["bin", "home/.config/go/telemetry"] {
            fs::create_dir_all(temp.path().join(name)).unwrap();
        }
        // Otherwise go starts a process of its own beside the first command of each home.
        fs::write(temp.path().join("home/.config/go/telemetry/mode"), "off 2020-01-01").unwrap();
        copy_tree(&sample(), &temp.path().join("project"));
        let network = we_are_root().then(empty_network);
        let server = inside(network.as_ref(), Server::start);
        let world = World { temp, own_cache: false, who, sandbox: None, network, server };
        world.hand_over();
        world
    }

    /// The same with a build cache of its own, which begins as the shared one: for tests of what is
    /// cached and what is forgotten.
    #[cfg_attr(go_offline_stub, allow(dead_code))] // nothing is forgotten without a wall
    pub(crate) fn with_own_cache(who: Who) -> World {
        let mut world = World::of(who);
        let to = world.root().join("gocache");
        let copied = Command::new("cp").arg("-a").args([&shared().cache, &to]).output().unwrap();
        // What another test's run forgets meanwhile is missing here too, and no harm.
        let said = String::from_utf8_lossy(&copied.stderr);
        assert!(said.lines().all(|line| line.contains("No such file")), "{said}");
        world.own_cache = true;
        world.hand_over();
        world
    }

    /// The same with a build cache that begins empty: for programs that need none, and whose attempts
    /// would make the shared one forget what other tests have just put there.
    #[cfg_attr(go_offline_stub, allow(dead_code))] // nothing is forgotten without a wall
    pub(crate) fn with_empty_cache(who: Who) -> World {
        let mut world = World::of(who);
        fs::create_dir(world.root().join("gocache")).unwrap();
        world.own_cache = true;
        world.hand_over();
        world
    }

    /// A world for traps into which bare go really falls; `None`, and a word of it, where there is
    /// no private network to fall into.
    pub(crate) fn with_traps() -> Option<World> {
        if we_are_root() {
            return Some(World::new());
        }
        skipped("a private network for bare go needs root");
        None
    }

    /// The same where everything runs in this sandbox.
    #[cfg_attr(go_offline_stub, allow(dead_code))] // without a wall nothing is weaker
    pub(crate) fn put_into(self, sandbox: Sandbox) -> World {
        World { sandbox: Some(sandbox), ..self }
    }

    #[cfg_attr(go_offline_stub, allow(dead_code))] // asked where there are walls
    pub(crate) fn sandbox(&self) -> Option<Sandbox> {
        self.sandbox
    }

    #[cfg_attr(go_offline_stub, allow(dead_code))] // asked where there are walls
    pub(crate) fn who(&self) -> Who {
        self.who
    }

    pub(crate) fn root(&self) -> &Path {
        self.temp.path()
    }

    pub(crate) fn project(&self) -> PathBuf {
        self.root().join("project")
    }

    pub(crate) fn goroot(&self) -> &Path {
        &shared().goroot
    }

    pub(crate) fn program(&self) -> &Path {
        &shared().program
    }

    /// Writes a file of the world, with the directories it needs.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        self.hand_over();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.root().join(name)).unwrap_or_default()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.root().join(name).exists()
    }

    pub(crate) fn remove(&self, name: &str) {
        let path = self.root().join(name);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }

    /// Adds a line to a file of the world.
    pub(crate) fn append(&self, name: &str, text: &str) {
        self.write(name, &(self.read(name) + text));
    }

    /// The user's go/env file.
    pub(crate) fn go_env(&self, lines: &str) {
        self.write("home/.config/go/env", lines);
    }

    /// A shell script in the first directory of PATH.
    pub(crate) fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.write(&format!("bin/{name}"), &format!("#!/bin/sh\n{text}\n"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// Everything belongs to whom the world is of.
    pub(crate) fn hand_over(&self) {
        if self.who == Who::Ordinary && we_are_root() {
            let owner = format!("{ORDINARY}:{ORDINARY}");
            let done = Command::new("chown").args(["-R", "-h", &owner]).arg(self.root()).status();
            assert!(done.unwrap().success());
        }
    }

    /// Bare go, in the project.
    pub(crate) fn bare<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Run<'_> {
        self.command(shared().goroot.join("bin/go")).args(args)
    }

    /// go-offline, in the project.
    pub(crate) fn ours<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Run<'_> {
        self.command(&shared().program).args(args)
    }

    /// A shell script run in the project, where `$OURS` is go-offline.
    pub(crate) fn shell(&self, script: &str) -> Run<'_> {
        self.command("/bin/sh").args(["-c", script]).env("OURS", &shared().program)
    }

    /// Whether this user can have a wall here at all. Without one it is not asked for either, and
    /// a warning about it is not expected everywhere.
    fn has_wall(&self) -> bool {
        if cfg!(go_offline_stub) {
            return false; // and nothing of the wall is compiled that could be skipped
        }
        static WALL: [OnceLock<bool>; 2] = [const { OnceLock::new() }; 2];
        *WALL[self.who as usize].get_or_init(|| {
            let run = self.plain(&shared().program).args(["version"]);
            let ran = run.env("GO_OFFLINE_ISOLATION", "require").run();
            if ran.code() == Some(69) {
                skipped(&format!("the wall, for {:?}: {}", self.who, ran.stderr.trim()));
            }
            ran.code() != Some(69)
        })
    }

    /// Any program, in the project.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Run<'_> {
        let run = self.plain(program);
        // Those who make a sandbox want to see what comes of it.
        let as_it_is = self.sandbox.is_some() || self.has_wall();
        if as_it_is { run } else { run.env("GO_OFFLINE_ISOLATION", "off") }
    }

    fn plain(&self, program: impl AsRef<OsStr>) -> Run<'_> {
        let run = match &self.sandbox {
            Some(sandbox) => {
                let words = sandbox.words(self.who);
                self.outside(&words[0]).args(&words[1..]).args([program])
            }
            None => self.outside(program),
        };
        let ordinary = self.who == Who::Ordinary && we_are_root() && self.sandbox.is_none();
        run.with(|command| {
            if ordinary {
                command.uid(ORDINARY).gid(ORDINARY);
            }
        })
    }

    /// Any program, in the project, by whoever runs the tests: outside of every sandbox.
    pub(crate) fn outside(&self, program: impl AsRef<OsStr>) -> Run<'_> {
        let mut command = Command::new(program);
        command.env_clear().envs(basics(shared(), self.root())).stdin(Stdio::null());
        if self.own_cache {
            command.env("GOCACHE", self.root().join("gocache"));
        }
        Run { world: self, command, here: false }.dir(self.project())
    }

    /// Does something on a thread in the network of this world's commands.
    #[cfg_attr(go_offline_stub, allow(dead_code))] // where there are walls there are doors
    pub(crate) fn inside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        inside(self.network.as_ref(), work)
    }

    /// The URL of the server that writes down what it is asked. It knows one module,
    /// `example.com/dep v1.0.0`, but has no zip of it.
    pub(crate) fn url(&self) -> String {
        self.server.url.clone()
    }

    /// What the server was asked since it was last asked here.
    pub(crate) fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.server.heard.lock().unwrap())
    }
}

/// A command that is about to run in a world.
pub(crate) struct Run<'w> {
    world: &'w World,
    command: Command,
    here: bool,
}

impl Run<'_> {
    pub(crate) fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn envs(mut self, variables: &[(&str, &str)]) -> Self {
        self.command.envs(variables.iter().copied());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.command.current_dir(&dir).env("PWD", dir.as_ref());
        self
    }

    /// The command itself, for what has no name here.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Command)) -> Self {
        change(&mut self.command);
        self
    }

    /// Runs in the network of the calling thread, not in the world's own.
    #[cfg_attr(go_offline_stub, allow(dead_code))] // the lab is the wall's
    pub(crate) fn in_this_network(mut self) -> Self {
        self.here = true;
        self
    }

    pub(crate) fn spawn(mut self) -> Child {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let network = self.world.network.as_ref().filter(|_| !self.here);
        inside(network, move || self.command.spawn().unwrap())
    }

    pub(crate) fn run(self) -> Ran {
        Ran::of(self.spawn())
    }

    /// The same with this text as its input.
    pub(crate) fn input(mut self, text: &str) -> Ran {
        self.command.stdin(Stdio::piped());
        let mut child = self.spawn();
        // An error: the program does not read it.
        let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
        Ran::of(child)
    }
}

/// What came of a command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(child: Child) -> Ran {
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran { status: output.status, stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    pub(crate) fn signal(&self) -> Option<i32> {
        self.status.signal()
    }

    /// It ended with this code, or the test fails and shows everything.
    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Ran {
        assert_eq!(self.code(), Some(code), "{self:#?}");
        self
    }

    /// It wrote this to stderr.
    #[track_caller]
    pub(crate) fn said(self, text: &str) -> Ran {
        assert!(self.stderr.contains(text), "not said: {text}\n{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn did_not_say(self, text: &str) -> Ran {
        assert!(!self.stderr.contains(text), "said: {text}\n{self:#?}");
        self
    }
}

/// Writes down the first line of every request, and answers most with "not found".
struct Server {
    url: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let notes = Arc::clone(&notes);
                std::thread::spawn(move || answer(stream, &notes));
            }
        });
        Server { url, heard }
    }
}

fn answer(mut stream: std::net::TcpStream, notes: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(request)) = lines.next() else { return };
    lines.map_while(Result::ok).find(String::is_empty);
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let body = match path.as_str() {
        "/example.com/dep/@v/v1.0.0.mod" => "module example.com/dep\n",
        "/example.com/dep/@v/v1.0.0.info" => r#"{"Version":"v1.0.0"}"#,
        _ => "",
    };
    notes.lock().unwrap().push(path);
    let status = if body.is_empty() { "404 Not Found" } else { "200 OK" };
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
}

/// A network namespace with nothing but loopback. Not made by the guard, which is under test.
pub(crate) fn empty_network() -> fs::File {
    let mut holder = Command::new("unshare")
        .args(["--net", "sh", "-ec", "ip link set lo up; echo up; exec sleep 60"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "up\n");
    let network = fs::File::open(format!("/proc/{}/ns/net", holder.id())).unwrap();
    holder.kill().unwrap();
    holder.wait().unwrap();
    network
}

/// Does something on a thread that is in this network; in the caller's without one.
pub(crate) fn inside<T: Send>(network: Option<&fs::File>, work: impl FnOnce() -> T + Send) -> T {
    use std::os::fd::AsFd;
    let Some(network) = network else { return work() };
    std::thread::scope(|scope| {
        let there = scope.spawn(|| {
            let kind = Some(rustix::thread::LinkNameSpaceType::Network);
            rustix::thread::move_into_link_name_space(network.as_fd(), kind).unwrap();
            work()
        });
        there.join().unwrap_or_else(|payload| std::panic::resume_unwind(payload))
    })
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}
