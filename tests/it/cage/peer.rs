//! The lab's far side, as the matrix needs it: servers that write down what reaches them, and a
//! look at the cable itself, on which everything from the near side has to come.

use super::packet::{self, Packet};
use crate::guard::linux::lab::Lab;
use rustix::net::{AddressFamily, Protocol, RecvFlags, SocketFlags, SocketType, recv, socket_with};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv6Addr, TcpListener, TcpStream, UdpSocket};
use std::num::NonZeroU32;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Where words are written down, by TCP and UDP.
pub(super) const PORT: u16 = 4242;
/// The near end of the cable.
const MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];

/// The far side.
pub(super) struct Peer {
    pub(super) lab: Lab,
    heard: Arc<Mutex<Vec<String>>>,
    frames: Receiver<Packet>,
    ends: AtomicU32,
}

type Heard = Arc<Mutex<Vec<String>>>;

impl Peer {
    /// The far side, or a word that the test is skipped.
    pub(super) fn open() -> Option<Peer> {
        let lab = Lab::open()?;
        lab.name_the_near_end(MAC);
        let heard = Heard::default();
        let (say, frames) = mpsc::channel();
        lab.inside_there(|| {
            let cable = look_at_cable();
            thread::spawn(move || watch(&cable, &say));
            serve_tcp(PORT, &heard, note_lines);
            serve_tcp(53, &heard, answer_dns);
            serve_tcp(80, &heard, answer_http);
            serve_udp(PORT, &heard, |datagram, heard| {
                heard.push(format!("udp {}", String::from_utf8_lossy(datagram).trim()));
                None
            });
            serve_udp(53, &heard, |query, heard| dns(query, "udp", heard));
        });
        Some(Peer { lab, heard, frames, ends: AtomicU32::new(0) })
    }

    /// Every packet that has come from the near side since this was last asked.
    pub(super) fn packets(&self) -> Vec<String> {
        let number = self.ends.fetch_add(1, Ordering::Relaxed);
        let end = format!("end {number}");
        self.lab.inside(|| {
            // Of either family: a packet may wait for the answer who has an address, and only what
            // goes there too waits behind it.
            let socket = UdpSocket::bind("[::]:0").unwrap();
            for to in ["::ffff:198.51.100.7", "2001:db8::7"] {
                socket.send_to(end.as_bytes(), (to, 9)).unwrap();
            }
        });
        let mut packets = Vec::new();
        let mut ends = 0;
        while ends < 2 {
            let packet = self.frames.recv_timeout(Duration::from_secs(10));
            let packet = packet.expect("the lab's own packets arrive");
            if packet.payload == end.as_bytes() {
                ends += 1;
            } else {
                packets.push(packet.to);
            }
        }
        packets
    }

    /// What the servers have written down since this was last asked. A datagram that has arrived is
    /// not missed: one of our own goes last. It stays on that side, where the cable does not see it.
    pub(super) fn heard(&self) -> Vec<String> {
        let end = format!("end {}", self.ends.fetch_add(1, Ordering::Relaxed));
        self.lab.inside_there(|| {
            let socket = UdpSocket::bind("[::]:0").unwrap();
            socket.send_to(end.as_bytes(), ("2001:db8::7", PORT)).unwrap();
        });
        let end = format!("udp {end}");
        assert!(self.hears(&end), "the lab's own datagram arrives");
        let mut heard = std::mem::take(&mut *self.heard.lock().unwrap());
        heard.retain(|word| *word != end);
        heard
    }

    /// Waits until a server has written this down. Everything before it is forgotten.
    pub(super) fn hears(&self, word: &str) -> bool {
        let end = Instant::now() + Duration::from_secs(5);
        while Instant::now() < end {
            if self.heard.lock().unwrap().iter().any(|heard| heard == word) {
                return true;
            }
            thread::sleep(Duration::from_millis(2));
        }
        false
    }
}

/// A socket on which every frame of this network can be seen.
fn look_at_cable() -> OwnedFd {
    const ALL: u32 = (3u16).to_be() as u32;
    let all = Protocol::from_raw(NonZeroU32::new(ALL).expect("not zero"));
    // Close-on-exec: the commands of tests that run at the same time must not inherit it.
    socket_with(AddressFamily::PACKET, SocketType::RAW, SocketFlags::CLOEXEC, Some(all))
        .expect("root sees packets")
}

fn watch(cable: &OwnedFd, say: &mpsc::Sender<Packet>) {
    let mut frame = [0; 4096];
    while let Ok((length, _)) = recv(cable, &mut frame, RecvFlags::empty()) {
        let from_near_side = frame.get(6..12) == Some(&MAC);
        let packet = packet::read(&frame[..length]).filter(|_| from_near_side);
        if packet.is_some_and(|packet| say.send(packet).is_err()) {
            return; // the test is over
        }
    }
}

fn serve_tcp(port: u16, heard: &Heard, answer: fn(&TcpStream, &Heard)) {
    let listener = TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).unwrap();
    let heard = Arc::clone(heard);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let heard = Arc::clone(&heard);
            thread::spawn(move || answer(&stream, &heard));
        }
    });
}

fn serve_udp(port: u16, heard: &Heard, answer: fn(&[u8], &mut Vec<String>) -> Option<Vec<u8>>) {
    let socket = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, port)).unwrap();
    let heard = Arc::clone(heard);
    thread::spawn(move || {
        let mut buffer = [0; 1024];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            if let Some(reply) = answer(&buffer[..length], &mut heard.lock().unwrap()) {
                let _ = socket.send_to(&reply, from); // an error: the asker is gone
            }
        }
    });
}

fn note_lines(stream: &TcpStream, heard: &Heard) {
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        heard.lock().unwrap().push(format!("tcp {line}"));
    }
}

/// The first line of a request, and "not found" for all.
fn answer_http(mut stream: &TcpStream, heard: &Heard) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let Some(request) = lines.next() else { return };
    lines.find(String::is_empty);
    heard.lock().unwrap().push(format!("http {request}"));
    let reply = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let _ = stream.write_all(reply.as_bytes()); // an error: the asker is gone
}

fn answer_dns(mut stream: &TcpStream, heard: &Heard) {
    let mut length = [0; 2];
    while stream.read_exact(&mut length).is_ok() {
        let mut query = vec![0; usize::from(u16::from_be_bytes(length))];
        if stream.read_exact(&mut query).is_err() {
            return;
        }
        let Some(reply) = dns(&query, "tcp", &mut heard.lock().unwrap()) else { return };
        let length = u16::try_from(reply.len()).expect("no longer than the question");
        let _ = stream.write_all(&[&length.to_be_bytes(), &reply[..]].concat()); // the asker is gone
    }
}

/// No such name, whatever is asked.
fn dns(query: &[u8], road: &str, heard: &mut Vec<String>) -> Option<Vec<u8>> {
    let mut name = Vec::new();
    let mut at = 12;
    loop {
        let length = usize::from(*query.get(at)?);
        let label = query.get(at + 1..at + 1 + length)?;
        at += 1 + length;
        if length == 0 {
            break;
        }
        name.push(String::from_utf8_lossy(label).into_owned());
    }
    heard.push(format!("dns {road} {}", name.join(".")));
    let mut reply = query.get(..at + 4)?.to_vec(); // without what follows the question
    reply[2] |= 0x80; // an answer
    reply[3] = 0x83; // no such name
    reply[6..12].fill(0);
    Some(reply)
}

/// What one side cannot see the other has not sent: the look at the cable can see at all, and only
/// what comes from the near side.
#[test]
fn every_packet_from_the_near_side_is_seen() {
    let Some(peer) = Peer::open() else { return };
    assert_eq!(peer.packets(), [""; 0]);
    peer.lab.inside(|| {
        UdpSocket::bind("[::]:0").unwrap().send_to(b"one", ("2001:db8::7", 1234)).unwrap();
        UdpSocket::bind("0.0.0.0:0").unwrap().send_to(b"two", ("198.51.100.9", 1234)).unwrap();
        TcpStream::connect(("198.51.100.200", PORT)).unwrap().write_all(b"three\n").unwrap();
    });
    assert!(peer.hears("tcp three"));
    assert_eq!(peer.heard(), ["tcp three"]);
    let mut packets = peer.packets();
    packets.sort();
    packets.dedup();
    assert_eq!(
        packets,
        ["tcp 198.51.100.200:4242", "udp [2001:db8::7]:1234", "who-has 198.51.100.9"]
    );
    peer.lab.inside_there(|| drop(TcpStream::connect(("198.51.100.1", 1234)).unwrap_err()));
    assert_eq!(peer.packets(), [""; 0], "what comes from there");
}
