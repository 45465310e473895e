//! Processes as /proc shows them, read while the one in question waits for us.

use crate::guard::Process;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A chain of parents is not longer, unless somebody is playing.
const DEEPEST: usize = 64;

/// A command line may be megabytes; the beginning says enough, and each process is kept.
const LONGEST_COMMAND_LINE: u64 = 1 << 14;

/// Of an environment only a few variables are kept, but they may stand anywhere.
const LONGEST_ENVIRONMENT: u64 = 1 << 20;

/// Whether /proc shows the processes that we see. It may be that of another process namespace.
pub(super) fn proc_is_ours() -> bool {
    let own = std::process::id().to_string();
    fs::read_link("/proc/self").is_ok_and(|link| link.as_os_str() == own.as_str())
}

/// The process that a thread belongs to.
pub(super) fn of_thread(tid: u32) -> Option<u32> {
    status(tid).tgid
}

/// The parent of a process.
pub(super) fn parent(pid: u32) -> Option<u32> {
    status(pid).ppid
}

/// Whether a process has ended, even if nobody has taken its end yet.
pub(super) fn has_ended(pid: u32) -> bool {
    status(pid).ended.unwrap_or(true)
}

/// A process, with its parents up to the command that this process runs.
pub(super) fn read(pid: u32, variables: &[&str]) -> Process {
    let own = std::process::id();
    let mut process = read_one(pid, variables);
    let mut parent = status(pid).ppid;
    while let Some(pid) = parent
        && pid > 1
        && pid != own
        && process.pid != own
        && process.parents.len() < DEEPEST
    {
        process.parents.push(read_one(pid, variables));
        parent = status(pid).ppid;
    }
    process
}

fn read_one(pid: u32, variables: &[&str]) -> Process {
    let argv = read_start(pid, "cmdline", LONGEST_COMMAND_LINE).unwrap_or_default();
    let argv = argv.strip_suffix(&[0]).unwrap_or(&argv);
    let text = |word: &[u8]| String::from_utf8_lossy(word).into_owned();
    Process {
        pid,
        argv: match argv {
            [] => Vec::new(),
            argv => argv.split(|byte| *byte == 0).map(text).collect(),
        },
        cwd: fs::read_link(format!("/proc/{pid}/cwd")).ok(),
        variables: read_variables(pid, variables),
        parents: Vec::new(),
    }
}

fn read_variables(pid: u32, names: &[&str]) -> Vec<(String, String)> {
    if names.is_empty() {
        return Vec::new();
    }
    let environ = read_start(pid, "environ", LONGEST_ENVIRONMENT).unwrap_or_default();
    let mut found: Vec<(String, String)> = Vec::new();
    for word in environ.split(|byte| *byte == 0) {
        let word = String::from_utf8_lossy(word);
        // Of two the first counts, as for getenv(3).
        if let Some((name, value)) = word.split_once('=')
            && names.contains(&name)
            && !found.iter().any(|(known, _)| known == name)
        {
            found.push((name.to_owned(), value.to_owned()));
        }
    }
    found
}

/// Whether a process may open raw and packet sockets: CAP_NET_RAW of capabilities(7).
pub(super) fn may_use_raw_sockets(tid: u32) -> bool {
    const CAP_NET_RAW: u64 = 1 << 13;
    status(tid).capabilities & CAP_NET_RAW != 0
}

/// Whether a thread numbers processes as we do.
pub(super) fn has_our_numbers(tid: u32) -> bool {
    let ours = namespace(std::process::id(), "pid");
    ours.is_ok_and(|ours| namespace(tid, "pid").is_ok_and(|its| its == ours))
}

/// The number of the network namespace that a thread is in.
pub(super) fn network(tid: u32) -> io::Result<u64> {
    namespace(tid, "net")
}

fn namespace(tid: u32, kind: &str) -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt;
    Ok(fs::metadata(format!("/proc/{tid}/ns/{kind}"))?.ino())
}

/// A path as a thread means it, to be looked at from here. What the thread calls "self" has a number
/// here: a long path of a socket is written as `/proc/self/fd/7/name`.
pub(super) fn path_of(tid: u32, path: &Path) -> PathBuf {
    let own = || of_thread(tid).unwrap_or(tid);
    if let Ok(rest) = path.strip_prefix("/proc/self") {
        return PathBuf::from(format!("/proc/{}", own())).join(rest);
    }
    if let Ok(rest) = path.strip_prefix("/proc/thread-self") {
        return PathBuf::from(format!("/proc/{tid}")).join(rest);
    }
    if let Ok(rest) = path.strip_prefix("/dev/fd") {
        return PathBuf::from(format!("/proc/{}/fd", own())).join(rest);
    }
    match path.strip_prefix("/") {
        Ok(rest) => PathBuf::from(format!("/proc/{tid}/root")).join(rest),
        Err(_) => PathBuf::from(format!("/proc/{tid}/cwd")).join(path),
    }
}

/// A path that a thread has named, as it would be named from anywhere.
pub(super) fn absolute(tid: u32, path: &Path) -> PathBuf {
    match fs::read_link(format!("/proc/{tid}/cwd")) {
        Ok(cwd) => cwd.join(path),
        Err(_) => path.to_owned(),
    }
}

#[derive(Default)]
struct Status {
    tgid: Option<u32>,
    ppid: Option<u32>,
    capabilities: u64,
    ended: Option<bool>,
}

fn status(pid: u32) -> Status {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let mut status = Status::default();
    for line in text.lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match name {
            "Tgid" => status.tgid = value.parse().ok(),
            "State" => status.ended = Some(value.starts_with(['Z', 'X'])),
            "PPid" => status.ppid = value.parse().ok(),
            "CapEff" => status.capabilities = u64::from_str_radix(value, 16).unwrap_or(0),
            _ => {}
        }
    }
    status
}

fn read_start(pid: u32, name: &str, longest: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(format!("/proc/{pid}/{name}"))?.take(longest).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The process that holds a socket open, looked for among all that can be looked at.
pub(super) fn holding_socket(inode: u64) -> Option<u32> {
    let wanted = format!("socket:[{inode}]");
    let own = std::process::id();
    let pids = fs::read_dir("/proc").ok()?.flatten();
    pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| *pid != own)
        .find(|pid| holds(*pid, &wanted))
}

fn holds(pid: u32, wanted: &str) -> bool {
    let Ok(descriptors) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    descriptors
        .flatten()
        .any(|entry| fs::read_link(entry.path()).is_ok_and(|link| link.as_os_str() == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;
    use std::process::{Command, Stdio};

    #[test]
    fn a_child_is_read_with_its_variables() {
        let mut child = Command::new("sh")
            .args(["-c", "echo; read -r line"])
            .env("KEPT", "a=b")
            .env("OTHER", "x")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Until it speaks it may still be what it was forked from.
        io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut [0]).unwrap();
        let process = read(child.id(), &["KEPT", "ABSENT"]);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(process.argv, ["sh", "-c", "echo; read -r line"]);
        assert_eq!(process.cwd, Some(PathBuf::from("/")));
        assert_eq!(process.variables, [("KEPT".to_owned(), "a=b".to_owned())]);
        assert_eq!(process.parents, [], "its parent is ourselves");
    }

    #[test]
    fn a_grandchild_has_a_parent() {
        let mut child = Command::new("sh")
            .args(["-c", "sleep 20 & echo $!; wait"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        io::BufRead::read_line(&mut io::BufReader::new(stdout), &mut line).unwrap();
        let grandchild: u32 = line.trim().parse().unwrap();
        let process = read(grandchild, &[]);
        let _ = Command::new("kill").arg(grandchild.to_string()).status();
        child.wait().unwrap();
        assert_eq!(process.parents.len(), 1, "{process:?}");
        assert_eq!(process.parents[0].pid, child.id());
        assert_eq!(process.parents[0].argv[0], "sh");
    }

    #[test]
    fn who_is_gone_is_empty() {
        let mut child = Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        assert_eq!(read(child.id(), &[]).argv, [""; 0]);
        assert_eq!(of_thread(child.id()), None);
        assert!(has_ended(child.id()) && !has_ended(std::process::id()));
    }

    #[test]
    fn who_waits_to_be_taken_has_ended() {
        let mut child = Command::new("true").spawn().unwrap();
        while !has_ended(child.id()) {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        assert_eq!(of_thread(child.id()), Some(child.id()), "it is still there");
        child.wait().unwrap();
    }

    #[test]
    fn own_threads_belong_to_us() {
        let tid = rustix::thread::gettid().as_raw_nonzero().get() as u32;
        assert_eq!(of_thread(tid), Some(std::process::id()));
        assert!(proc_is_ours());
    }

    #[test]
    fn our_own_sockets_are_not_looked_for() {
        use std::os::unix::fs::MetadataExt;
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let descriptor = std::os::fd::AsRawFd::as_raw_fd(&socket);
        let inode = fs::metadata(format!("/proc/self/fd/{descriptor}")).unwrap().ino();
        assert_eq!(holding_socket(inode), None);
    }
}
