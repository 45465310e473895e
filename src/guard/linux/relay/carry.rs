//! Carrying connections: what comes in at a door is dialled on the other side, and the bytes go to and
//! fro until both ends have said that they are done.

use rustix::event::{PollFd, PollFlags};
use rustix::net::sockopt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How much is taken from a socket at once, in bytes, at first. Most connections never need more.
const SHORT: usize = 1 << 14;
/// And where so much waits there: the fewer turns, the less two busy ends wait for us.
const LONG: usize = 1 << 20;
/// How long we rest where the system lacks something that we need.
const REST: Duration = Duration::from_millis(10);

/// The connections that carry something from inside the cage. What a command has sent last is still on
/// its way when it ends.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Carried(Arc<AtomicUsize>);

impl Carried {
    /// Waits until all of it has gone on, or for so long.
    pub(in super::super) fn settle(&self, longest: Duration) {
        let start = Instant::now();
        while self.0.load(Ordering::Acquire) > 0 && start.elapsed() < longest {
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn begin(&self) -> OnItsWay {
        self.0.fetch_add(1, Ordering::AcqRel);
        OnItsWay(self.clone())
    }
}

/// One of them, until it is dropped.
struct OnItsWay(Carried);

impl Drop for OnItsWay {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A door: where it stands, and which addresses it leads to, the first that answers.
pub(super) type Door = (TcpListener, Vec<SocketAddr>);

/// How those who come are carried on.
#[derive(Clone)]
pub(super) struct Way {
    pub(super) dial: fn(&[SocketAddr]) -> io::Result<TcpStream>,
    /// Whether whoever comes is inside the cage, or whoever is dialled.
    pub(super) leads_out: bool,
    pub(super) carried: Carried,
}

/// Serves doors on a thread of its own, in the network of the calling thread: that is where it dials.
pub(super) fn serve(doors: Vec<Door>, way: Way) -> io::Result<()> {
    for (listener, _) in &doors {
        listener.set_nonblocking(true)?;
    }
    thread::Builder::new().name("doors".to_owned()).spawn(move || {
        loop {
            wait(&doors);
            for (listener, to) in &doors {
                take(listener, to, &way);
            }
        }
    })?;
    Ok(())
}

fn wait(doors: &[Door]) {
    let mut all: Vec<_> =
        doors.iter().map(|(listener, _)| PollFd::new(listener, PollFlags::IN)).collect();
    match rustix::event::poll(&mut all, None) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(_) => thread::sleep(REST),
    }
}

/// Takes whoever waits at a door.
fn take(listener: &TcpListener, to: &[SocketAddr], way: &Way) {
    loop {
        let near = match listener.accept() {
            Ok((near, _)) => near,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            // Of the one who came, who is gone.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
            // A lack of descriptors or memory, which polling would meet again at once.
            Err(_) => return thread::sleep(REST),
        };
        let (to, way) = (to.to_vec(), way.clone());
        let on_its_way = way.carried.begin();
        let carry = move || match (way.dial)(&to) {
            Ok(far) if way.leads_out => carry(near, far, on_its_way),
            Ok(far) => carry(far, near, on_its_way),
            Err(_) => hang_up(&near), // refused there: so it is here, a little later
        };
        // Without a thread the connection is closed.
        let _ = thread::Builder::new().name("door".to_owned()).spawn(carry);
    }
}

/// Carries both ways, until both are done.
fn carry(inside: TcpStream, outside: TcpStream, on_its_way: OnItsWay) {
    for stream in [&inside, &outside] {
        let _ = stream.set_nonblocking(false);
        let _ = stream.set_nodelay(true); // without it we are only slower
    }
    let (inside, outside) = (Arc::new(inside), Arc::new(outside));
    let back = {
        let (inside, outside) = (Arc::clone(&inside), Arc::clone(&outside));
        let carry = move || one_way(&outside, &inside);
        thread::Builder::new().name("door".to_owned()).spawn(carry)
    };
    match back {
        Ok(_) => one_way(&inside, &outside),
        Err(_) => hang_up(&inside),
    }
    drop(on_its_way);
}

fn one_way(from: &TcpStream, to: &TcpStream) {
    match copy(from, to) {
        // What goes the other way may go on.
        Ok(()) => drop(to.shutdown(Shutdown::Write)),
        Err(_) => {
            hang_up(from);
            hang_up(to);
        }
    }
}

/// Lets the other end see an end that was none in good order. Whoever reads from it here hears so.
fn hang_up(stream: &TcpStream) {
    let _ = sockopt::set_socket_linger(stream, Some(Duration::ZERO));
    let _ = stream.shutdown(Shutdown::Read);
}

/// Until the end of `from`. Copied: splice(2) between two sockets of one machine was measured to be
/// slower, and to cost the two ends more.
fn copy(mut from: &TcpStream, mut to: &TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; SHORT];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(some) => {
                to.write_all(&buffer[..some])?;
                if some == buffer.len() && some < LONG {
                    buffer.resize(some * 4, 0);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    /// A door to a server that answers with what it heard, in capital letters, when it has heard all.
    fn door() -> SocketAddr {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = server.local_addr().unwrap();
        thread::spawn(move || {
            for mut stream in server.incoming().map_while(Result::ok) {
                let mut heard = Vec::new();
                stream.read_to_end(&mut heard).unwrap();
                stream.write_all(&heard.to_ascii_uppercase()).unwrap();
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let door = listener.local_addr().unwrap();
        serve(vec![(listener, vec![at])], way()).unwrap();
        door
    }

    fn way() -> Way {
        let dial = |to: &[SocketAddr]| TcpStream::connect(to);
        Way { dial, leads_out: true, carried: Carried::default() }
    }

    #[test]
    fn both_ways_end_each_by_itself() {
        let door = door();
        let long = vec![b'x'; 3 * LONG + 17];
        for text in [&b"hello"[..], b"", &long] {
            let mut stream = TcpStream::connect(door).unwrap();
            stream.write_all(text).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).unwrap();
            assert!(answer == text.to_ascii_uppercase(), "{}", answer.len());
        }
    }

    #[test]
    fn where_nobody_listens_the_connection_is_reset() {
        let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let door = listener.local_addr().unwrap();
        serve(vec![(listener, vec![nobody])], way()).unwrap();
        let mut stream = TcpStream::connect(door).unwrap();
        let error = stream.read(&mut [0; 8]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }
}
