//! The small program that the other tests run, bare and caged: this test binary, started again.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

/// The variable that holds what to do: words, separated by `;`.
pub(super) const SCRIPT: &str = "GO_OFFLINE_TEST_PROBE";
/// What makes the test binary run it.
pub(super) const ARGUMENTS: [&str; 4] =
    ["--ignored", "--exact", "--nocapture", "guard::linux::probe::not_a_test_but_the_probe"];

/// The port of the lab's server.
pub(super) const PORT: u16 = 7777;

#[test]
#[ignore = "the program that other tests run"]
fn not_a_test_but_the_probe() {
    let Ok(script) = std::env::var(SCRIPT) else {
        return;
    };
    for action in script.split(';') {
        let words: Vec<&str> = action.split_whitespace().collect();
        let outcome = match words[..] {
            ["tcp", to] => dial(to, "tcp"),
            ["tcp", to, text] => dial(to, text),
            ["udp-send", to] => send(to, "udp"),
            ["udp-send", to, text] => send(to, text),
            ["udp-connect", to] => any_udp(to).and_then(|socket| socket.connect(to)),
            ["loopback", at] => talk_to_oneself(at.parse().unwrap()),
            ["serve"] => serve(),
            ["prepare"] => prepare_with_threads(),
            _ => panic!("probe: {action:?}"),
        };
        let outcome = match outcome {
            Ok(()) => "ok".to_owned(),
            Err(error) => error.raw_os_error().map_or(error.to_string(), |errno| errno.to_string()),
        };
        println!("\nprobe: {} {outcome}", words[0]); // a new line: the harness has said something
    }
    std::process::exit(0)
}

fn dial(to: &str, text: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&to.parse().unwrap(), Duration::from_secs(5))?;
    stream.write_all(text.as_bytes())?;
    stream.shutdown(std::net::Shutdown::Write)?;
    stream.read_to_end(&mut Vec::new()).map(drop) // the server has read it
}

fn send(to: &str, text: &str) -> io::Result<()> {
    any_udp(to)?.send_to(text.as_bytes(), to).map(drop)
}

fn any_udp(to: &str) -> io::Result<UdpSocket> {
    let any: IpAddr = match to.parse::<SocketAddr>().unwrap() {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    UdpSocket::bind((any, 0))
}

fn talk_to_oneself(at: IpAddr) -> io::Result<()> {
    let listener = TcpListener::bind((at, 0))?;
    let address = listener.local_addr()?;
    let server = thread::spawn(move || {
        listener.accept().and_then(|(mut stream, _)| stream.write_all(b"hello"))
    });
    let mut heard = String::new();
    TcpStream::connect(address)?.read_to_string(&mut heard)?;
    server.join().unwrap()?;
    let (here, there) = (UdpSocket::bind((at, 0))?, UdpSocket::bind((at, 0))?);
    here.send_to(b"hello", there.local_addr()?)?;
    there.recv(&mut [0; 8])?;
    (heard == "hello").then_some(()).ok_or_else(|| io::Error::other("heard something else"))
}

/// Says every line that reaches it, by either protocol and family.
fn serve() -> io::Result<()> {
    let tcp = TcpListener::bind((Ipv6Addr::UNSPECIFIED, PORT))?;
    let udp = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, PORT))?;
    println!("\nprobe: serving");
    thread::spawn(move || {
        let mut buffer = [0; 512];
        while let Ok(length) = udp.recv(&mut buffer) {
            println!("probe: heard {}", String::from_utf8_lossy(&buffer[..length]).trim());
        }
    });
    // One after the other, so that what was sent first is said first.
    for stream in tcp.incoming() {
        for line in BufReader::new(stream?).lines().map_while(Result::ok) {
            println!("probe: heard {line}");
        }
    }
    Ok(())
}

fn prepare_with_threads() -> io::Result<()> {
    thread::spawn(thread::park); // one more, however the harness runs its tests
    let wall =
        go_offline::guard::prepare().map_err(|refusal| io::Error::other(refusal.to_string()))?;
    match wall.weaker() {
        None => Ok(()),
        Some(refusal) => Err(io::Error::other(refusal.to_string())),
    }
}
