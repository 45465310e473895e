//! What a door in the wall costs: one TCP connection through `allow` next to the same connection without
//! a wall, both ways, and many short ones, as `go mod download` makes them. Alternating runs, medians,
//! ratios.
//!
//! ```sh
//! cargo bench --bench relay
//! ```
//!
//! The server is a thread outside. The client is one thread outside, for the direct connection, and the
//! cage thread, for the one through the door: there the calls are watched as well.

use go_offline::guard::{self, Address, Policy};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// The bytes of one long connection.
const LONG: usize = 1 << 28;
/// The buffer of both ends.
const BUFFER: usize = 1 << 17;
/// The short connections of one run.
const SHORT: u32 = 200;
const ROUNDS: usize = 21;

fn main() {
    // First of all, while this process has one thread.
    let wall = match guard::prepare() {
        Ok(wall) => wall,
        Err(refusal) => return println!("relay: no wall is to be had here: {refusal}"),
    };
    let server = serve().expect("loopback has a free port");
    let door = Address { host: server.ip().to_string(), port: server.port() };
    let mut cage = wall.raise(Policy { allow: vec![door], ..Policy::default() });
    match cage.ready() {
        Ok(standing) => {
            assert!(standing.closed.is_empty(), "{standing:?}");
            println!("level {}, load {}", standing.level, load());
        }
        Err(refusal) => return println!("relay: no wall is to be had here: {refusal}"),
    }
    let (bare, orders) = client();
    thread::spawn(move || obey(&server, &orders));
    let (guarded, orders) = client();
    thread::spawn(move || cage.run(move || obey(&server, &orders)));

    compare(Task::Down, &bare, &guarded);
    compare(Task::Up, &bare, &guarded);
    compare(Task::Short, &bare, &guarded);
}

/// What a client does; the byte is how it tells the server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Task {
    /// The server sends.
    Down = b'd' as isize,
    /// The client sends.
    Up = b'u' as isize,
    /// A connection for each byte.
    Short = b's' as isize,
}

/// An order, and where its time is told.
type Order = (Task, Sender<Duration>);

fn client() -> (Sender<Order>, Receiver<Order>) {
    mpsc::channel()
}

fn obey(server: &SocketAddr, orders: &Receiver<Order>) {
    for (task, tell) in orders {
        let start = Instant::now();
        match task {
            Task::Short => (0..SHORT).try_for_each(|_| ask(server, task)),
            Task::Down | Task::Up => ask(server, task),
        }
        .expect("the server can be reached");
        let _ = tell.send(start.elapsed()); // nobody waits for it where the bench has ended
    }
}

/// One connection from its start to its end.
fn ask(server: &SocketAddr, task: Task) -> io::Result<()> {
    let mut stream = TcpStream::connect(server)?;
    stream.write_all(&[task as u8])?;
    match task {
        Task::Up => {
            send(&stream)?;
            stream.shutdown(Shutdown::Write)?;
            stream.read_exact(&mut [0])
        }
        Task::Short => stream.read_exact(&mut [0]),
        Task::Down => {
            assert_eq!(take(&stream)?, LONG);
            Ok(())
        }
    }
}

/// A server that does what the first byte of each connection asks for.
fn serve() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let at = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            answer(stream).expect("the client stays to the end");
        }
    });
    Ok(at)
}

fn answer(mut stream: TcpStream) -> io::Result<()> {
    let mut task = [0];
    stream.read_exact(&mut task)?;
    match task {
        [b'd'] => return send(&stream),
        [b'u'] => assert_eq!(take(&stream)?, LONG),
        _ => {}
    }
    stream.write_all(b"!")
}

fn send(mut stream: &TcpStream) -> io::Result<()> {
    let buffer = vec![b'x'; BUFFER];
    (0..LONG / BUFFER).try_for_each(|_| stream.write_all(&buffer))
}

/// Everything up to the end: how much that was.
fn take(mut stream: &TcpStream) -> io::Result<usize> {
    let mut buffer = vec![0; BUFFER];
    let mut all = 0;
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(all),
            some => all += some,
        }
    }
}

/// Has both clients do it in turn, the first one changing places, and prints medians.
fn compare(task: Task, bare: &Sender<Order>, guarded: &Sender<Order>) {
    let time = |client: &Sender<Order>| {
        let (tell, told) = mpsc::channel();
        client.send((task, tell)).expect("the client lives");
        told.recv().expect("the client lives").as_secs_f64()
    };
    let (mut direct, mut through, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let (one, other) = if round.is_multiple_of(2) {
            let one = time(bare);
            (one, time(guarded))
        } else {
            let other = time(guarded);
            (time(bare), other)
        };
        direct.push(one);
        through.push(other);
        ratios.push(one / other);
    }
    let (direct, through, ratio) = (median(direct), median(through), median(ratios));
    match task {
        Task::Down => speeds("down", direct, through, ratio),
        Task::Up => speeds("up", direct, through, ratio),
        Task::Short => println!(
            "{SHORT} short, each   direct {:8.1} µs     door {:8.1} µs     {:+.1} µs",
            each(direct),
            each(through),
            each(through - direct)
        ),
    }
}

fn speeds(name: &str, direct: f64, through: f64, ratio: f64) {
    let speed = |seconds: f64| LONG as f64 / seconds / 1e6;
    println!(
        "{name:<17} direct {:8.0} MB/s   door {:8.0} MB/s   ratio of medians {:.3}   median of ratios {ratio:.3}",
        speed(direct),
        speed(through),
        direct / through
    );
}

fn each(seconds: f64) -> f64 {
    seconds * 1e6 / f64::from(SHORT)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What else this machine does: on a busy one the numbers say little.
fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or_default().to_owned()
}
