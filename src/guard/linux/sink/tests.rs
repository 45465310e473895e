//! The name server in a network of its own, asked by real resolvers. Root only: others cannot make
//! such a network without moving this whole process.

use super::message::query;
use super::{Known, Places, Question, ResolvConf, Sink, Transport};
use crate::guard::system::netns;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// What was heard so far.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<Question>>>);

impl Log {
    fn all(&self) -> Vec<Question> {
        self.0.lock().unwrap().clone()
    }

    fn of(&self, name: &str) -> Vec<Question> {
        self.all().into_iter().filter(|question| question.name == name).collect()
    }
}

fn open(resolv_conf: &ResolvConf) -> (Sink, Log) {
    let log = Log::default();
    let heard = log.clone();
    let note = move |question| heard.0.lock().unwrap().push(question);
    (Sink::open(resolv_conf, &mut Places::default(), Known::default(), note).unwrap(), log)
}

/// Runs `body` on a thread in a new network.
fn in_a_network(body: impl FnOnce() + Send + 'static) {
    if !netns::have_rights() {
        eprintln!("SKIPPED: a network of its own needs root");
        return;
    }
    let inside = move || {
        netns::make().unwrap();
        body();
    };
    thread::spawn(inside).join().unwrap();
}

/// A program that is not installed is a loud skip too.
fn run(command: &mut Command) -> Option<Output> {
    match command.output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("SKIPPED: there is no {:?}", command.get_program());
            None
        }
        output => Some(output.unwrap()),
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

/// Two servers, one of each family, that no machine has.
fn two_servers() -> ResolvConf {
    ResolvConf::of("nameserver 198.51.100.53\nnameserver 2001:db8::53\n")
}

fn assert_heard(log: &Log, sink: &Sink, name: &str) {
    let heard = log.of(name);
    assert!(!heard.is_empty(), "{name} is not among {:?}", log.all());
    for question in heard {
        assert_eq!(question.key, name.to_ascii_lowercase());
        assert_ne!(question.asker.port(), 0);
        assert_eq!(question.server.port(), 53);
        assert!(sink.addresses().contains(&question.server), "{question:?}");
    }
}

#[test]
fn libc_fails_at_once_and_its_name_is_heard() {
    in_a_network(|| {
        let (sink, log) = open(&ResolvConf::read());
        let program = "import socket, sys, time\nstart = time.monotonic()\n\
            try: socket.getaddrinfo('Proxy.Example', 443)\n\
            except socket.gaierror as error: print(error.errno == socket.EAI_NONAME, time.monotonic() - start < 1)";
        let Some(output) = run(Command::new("python3").args(["-c", program])) else { return };
        assert_eq!(text(&output), "True True\n");
        assert_heard(&log, &sink, "Proxy.Example");
        let kinds: Vec<_> = log.of("Proxy.Example").into_iter().map(|q| q.kind).collect();
        assert!(kinds.contains(&"A".to_owned()) && kinds.contains(&"AAAA".to_owned()), "{kinds:?}");
    });
}

const GO_PROGRAM: &str = r#"package main

import (
	"errors"
	"fmt"
	"net"
	"time"
)

func main() {
	start := time.Now()
	_, err := net.LookupHost("Proxy.Example")
	var dns *net.DNSError
	fmt.Println(errors.As(err, &dns) && dns.IsNotFound, time.Since(start) < time.Second)
	addrs, err := net.LookupHost("db.localhost")
	fmt.Println(addrs, err)
	names, err := net.LookupAddr("127.0.0.53")
	fmt.Println(names, err)
}
"#;

fn build_go(dir: &Path) -> Option<std::path::PathBuf> {
    let (source, program) = (dir.join("main.go"), dir.join("ask"));
    std::fs::write(&source, GO_PROGRAM).unwrap();
    let mut build = Command::new("go");
    build.arg("build").arg("-o").arg(&program).arg(&source).current_dir(dir);
    build.env("CGO_ENABLED", "0").env("GOFLAGS", "").env("GOPROXY", "off");
    let output = run(&mut build)?;
    assert!(output.status.success(), "{}", text(&output));
    Some(program)
}

#[test]
fn the_pure_go_resolver_fails_at_once_and_its_name_is_heard() {
    let dir = tempfile::tempdir().unwrap();
    let Some(program) = build_go(dir.path()) else { return };
    in_a_network(move || {
        let (sink, log) = open(&ResolvConf::read());
        let output = run(&mut Command::new(program)).unwrap();
        let text = text(&output);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "true true");
        assert!(lines[1].contains("127.0.0.1") && lines[1].ends_with("<nil>"), "{text}");
        assert_eq!(lines[2], "[localhost.] <nil>");
        assert_heard(&log, &sink, "Proxy.Example");
        let own =
            |question: &Question| question.name.contains("127") || question.name == "db.localhost";
        assert!(!log.all().iter().any(own), "{:?}", log.all());
    });
}

#[test]
fn the_question_is_handed_on_before_it_is_answered() {
    in_a_network(|| {
        let slow = Arc::new(Mutex::new(false));
        let done = Arc::clone(&slow);
        let sink =
            Sink::open(&two_servers(), &mut Places::default(), Known::default(), move |_| {
                thread::sleep(Duration::from_millis(50));
                *done.lock().unwrap() = true;
            });
        for address in sink.as_ref().unwrap().addresses() {
            *slow.lock().unwrap() = false;
            let any: IpAddr = if address.is_ipv4() { [0; 4].into() } else { [0_u16; 8].into() };
            let socket = UdpSocket::bind((any, 0)).unwrap();
            socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            socket.send_to(&query(77, "x.example", 1), *address).unwrap();
            let mut answer = [0; 512];
            let (length, from) = socket.recv_from(&mut answer).unwrap();
            assert_eq!(from, *address);
            assert_eq!((length, answer[1], answer[3] & 0x0f), (27, 77, 3));
            assert!(*slow.lock().unwrap());
        }
    });
}

#[test]
fn over_tcp_in_pieces_and_several_at_once() {
    in_a_network(|| {
        let (sink, log) = open(&two_servers());
        for address in sink.addresses() {
            let program = "import socket, struct, sys, time\n\
                def query(id, name):\n\
                \x20   labels = b''.join(bytes([len(l)]) + l for l in name.encode().split(b'.'))\n\
                \x20   body = struct.pack('>6H', id, 0x100, 1, 0, 0, 0) + labels + b'\\0' + struct.pack('>2H', 33, 1)\n\
                \x20   return struct.pack('>H', len(body)) + body\n\
                s = socket.create_connection((sys.argv[1], 53), 5)\n\
                first = query(7, 'piece.example')\n\
                for byte in first: s.sendall(bytes([byte])); time.sleep(0.001)\n\
                s.sendall(query(8, 'two.example') + query(9, 'three.example'))\n\
                f = s.makefile('rb')\n\
                for _ in range(3):\n\
                \x20   length, = struct.unpack('>H', f.read(2))\n\
                \x20   id, flags = struct.unpack('>2H', f.read(length)[:4])\n\
                \x20   print(id, flags & 0x800f == 0x8003)";
            let python = &mut Command::new("python3");
            let Some(output) = run(python.args(["-c", program, &address.ip().to_string()])) else {
                return;
            };
            assert_eq!(text(&output), "7 True\n8 True\n9 True\n");
        }
        sink.drain();
        for name in ["piece.example", "two.example", "three.example"] {
            assert_heard(&log, &sink, name);
            let heard = log.of(name);
            assert_eq!(heard.len(), 2, "one for each server");
            assert!(heard.iter().all(|q| q.transport == Transport::Tcp && q.kind == "SRV"));
        }
        assert_eq!(log.all().len(), 6, "{:?}", log.all());
    });
}

#[test]
fn what_is_no_question_is_heard_as_well() {
    in_a_network(|| {
        let (sink, log) = open(&ResolvConf::of("nameserver 198.51.100.53\n"));
        let server = "198.51.100.53:53";
        let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
        socket.send_to(b"a secret, and no question", server).unwrap();
        socket.send_to(b"", server).unwrap();
        drop(TcpStream::connect(server).unwrap());
        let mut begun = TcpStream::connect(server).unwrap();
        begun.write_all(b"\x00\x20a secret").unwrap();
        let silent = TcpStream::connect(server).unwrap();
        sink.drain();
        let mut kinds: Vec<_> = log.all().into_iter().map(|q| (q.name, q.kind)).collect();
        kinds.sort();
        let expected = [
            "(an incomplete query)",
            "(not a query)",
            "(nothing)",
            "(nothing)",
            "(too short for a message)",
        ];
        assert_eq!(kinds, expected.map(|kind| (server.to_owned(), kind.to_owned())));
        sink.drain();
        assert_eq!(log.all().len(), expected.len(), "each is told once");
        begun.write_all(&[b'x'; 24]).unwrap();
        begun.write_all(&[b'x'; 24]).unwrap();
        drop((begun, silent));
        sink.drain();
        let kinds: Vec<_> =
            log.all().split_off(expected.len()).into_iter().map(|q| q.kind).collect();
        assert_eq!(kinds, ["(not a query)", "(an incomplete query)"], "what has come since");
    });
}

#[test]
fn many_conversations_that_say_nothing_keep_nobody_out() {
    in_a_network(|| {
        let (sink, log) = open(&ResolvConf::of("nameserver 198.51.100.53\n"));
        let server = "198.51.100.53:53";
        let idle: Vec<_> = (0..200).map(|_| TcpStream::connect(server).unwrap()).collect();
        let mut asker = TcpStream::connect(server).unwrap();
        let asked = query(5, "late.example", 1);
        asker.write_all(&[&[0, asked.len() as u8], &asked[..]].concat()).unwrap();
        asker.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut answer = [0; 4];
        asker.read_exact(&mut answer).unwrap();
        assert_eq!(answer[2..], [0, 5]);
        assert_heard(&log, &sink, "late.example");
        drop(idle);
    });
}

#[test]
fn a_question_of_somebody_who_ends_at_once_is_not_lost() {
    in_a_network(|| {
        let (sink, log) = open(&ResolvConf::of("nameserver 198.51.100.53\n"));
        let mut longest = Duration::ZERO;
        for transport in ["udp", "tcp"] {
            for round in 0..100 {
                let name = format!("{transport}{round}.example");
                let asked = query(0x2020, &name, 1); // no newline in it, where bash would cut it in two
                let length = [0, u8::try_from(asked.len()).unwrap()];
                let bytes = if transport == "udp" { asked } else { [&length, &asked[..]].concat() };
                let escaped: String = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
                let send = format!("printf '{escaped}' > /dev/{transport}/198.51.100.53/53");
                let Some(output) = run(Command::new("bash").args(["-c", &send])) else { return };
                assert!(output.status.success(), "{}", text(&output));
                let start = Instant::now();
                sink.drain();
                longest = longest.max(start.elapsed());
                assert_eq!(log.of(&name).len(), 1, "{name} among {:?}", log.all());
            }
        }
        eprintln!("longest drain: {longest:?}");
    });
}

#[test]
fn a_drain_takes_all_that_waits() {
    in_a_network(|| {
        let (sink, log) = open(&ResolvConf::of("nameserver 198.51.100.53\n"));
        let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
        for round in 0..200 {
            socket
                .send_to(&query(round, &format!("n{round}.example"), 1), "198.51.100.53:53")
                .unwrap();
        }
        sink.drain();
        assert_eq!(log.all().len(), 200);
    });
}

#[test]
fn what_cannot_be_bound_is_left_out_unless_it_is_all() {
    in_a_network(|| {
        let _other = UdpSocket::bind("127.0.0.9:53").unwrap();
        let (sink, _) = open(&ResolvConf::of("nameserver 127.0.0.9\nnameserver 198.51.100.53\n"));
        assert_eq!(sink.addresses(), ["198.51.100.53:53".parse::<SocketAddr>().unwrap()]);
        let none = ResolvConf::of("nameserver 127.0.0.9\nnameserver 198.51.100.53\n");
        let error =
            Sink::open(&none, &mut Places::default(), Known::default(), |_| ()).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
        assert!(error.to_string().starts_with("127.0.0.9: "), "{error}");
    });
}

#[test]
fn it_leaves_its_addresses_free_when_dropped() {
    in_a_network(|| {
        let (sink, _) = open(&two_servers());
        let address = sink.addresses()[0];
        assert!(UdpSocket::bind(address).is_err());
        drop(sink);
        let until = Instant::now() + Duration::from_secs(5);
        while UdpSocket::bind(address).is_err() {
            assert!(Instant::now() < until, "its thread goes on");
            thread::sleep(Duration::from_millis(1));
        }
    });
}

/// The figure is for people (`--nocapture`); the bound only catches a mistake of another kind.
#[test]
fn it_stands_quickly() {
    let times = Arc::new(Mutex::new(Vec::new()));
    for _ in 0..30 {
        let times = Arc::clone(&times);
        in_a_network(move || {
            let start = Instant::now();
            let sink = open(&ResolvConf::read());
            times.lock().unwrap().push(start.elapsed());
            drop(sink);
        });
    }
    let mut times = times.lock().unwrap().clone();
    times.sort();
    let Some(middle) = times.get(times.len() / 2) else { return };
    eprintln!("to open: {:?} at best, {middle:?} in the middle", times[0]);
    assert!(*middle < Duration::from_millis(50));
}
