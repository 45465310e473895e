//! Names that are let through: asked by DNS outside, and told to whoever asks inside.

use super::{Service, attempts, settings, worlds};
use crate::cage::programs::programs;
use crate::world::{Ran, Who, World};
use std::net::UdpSocket;
use std::thread;
use std::time::{Duration, Instant};

/// A name server that knows one name.
fn name_server(world: &World, known: &'static str) {
    let socket = world.inside(|| UdpSocket::bind("127.0.0.53:53").unwrap());
    thread::spawn(move || {
        let mut buffer = [0; 1024];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let reply = answer(&buffer[..length], known);
            let _ = socket.send_to(&reply, from); // an error: the asker is gone
        }
    });
}

fn answer(query: &[u8], known: &str) -> Vec<u8> {
    let end = 12 + query[12..].iter().position(|byte| *byte == 0).unwrap() + 5;
    let mut name = Vec::new();
    let mut at = 12;
    while query[at] != 0 {
        let length = usize::from(query[at]);
        name.push(String::from_utf8_lossy(&query[at + 1..=at + length]).into_owned());
        at += 1 + length;
    }
    let is_known = name.join(".").eq_ignore_ascii_case(known);
    let is_address = query[end - 3] == 1;
    let mut reply = query[..end].to_vec();
    reply[2] = 0x81;
    reply[3] = if is_known { 0x80 } else { 0x83 };
    reply[6..12].fill(0);
    if is_known && is_address {
        reply[7] = 1;
        reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 127, 0, 0, 77]);
    }
    reply
}

/// Runs the words where resolvers ask the name server of this world.
fn with_resolver(world: &World, words: &[&str]) -> Ran {
    world.write("resolv.conf", "nameserver 127.0.0.53\nsearch corp.example\n");
    let mount = format!(
        "mount --bind {}/resolv.conf /etc/resolv.conf; exec \"$@\"",
        world.root().display()
    );
    let mut line: Vec<String> = ["--mount", "sh", "-ec", &mount, "sh"].map(str::to_owned).to_vec();
    if let Some(sandbox) = world.sandbox() {
        line.extend(sandbox.words(world.who()));
    } else if world.who() == Who::Ordinary {
        let id = crate::world::ORDINARY.to_string();
        line.extend(["unshare", "--setuid", &id, "--setgid", &id, "--"].map(str::to_owned));
    }
    line.extend(words.iter().map(|word| (*word).to_owned()));
    world.outside("unshare").args(line).env("GO_OFFLINE_ISOLATION", "require").run()
}

#[test]
fn a_name_is_reached_and_another_is_named() {
    for world in worlds(World::with_empty_cache) {
        name_server(&world, "athens.internal");
        let service = Service::start(&world, "127.0.0.77:0");
        let port = service.at.port().to_string();
        let allow = format!("allow = [\"athens.internal:{port}\"]");
        world.write("project/go-offline.toml", &settings("vendor", &allow));
        let ours = world.program().display().to_string();
        for program in ["go", "go-cgo", "python"] {
            let Some(path) = programs().path(program) else { continue };
            let interpreter: &[&str] = if program == "python" { &["python3"] } else { &[] };
            let ask = |name: &str| {
                let head = [ours.as_str(), "--report", "../report", "exec", "--"];
                let tail = [path.as_str(), "../marks", "tcp", name, &port];
                world.write("marks", "");
                let words: Vec<&str> =
                    head.iter().chain(interpreter).chain(&tail).copied().collect();
                with_resolver(&world, &words)
            };
            let ran = ask("athens.internal");
            assert_eq!(service.came(), 1, "{program}: {ran:#?}");
            assert_eq!(attempts(&world), [], "{program}: {ran:#?}");
            let ran = ask("other.internal");
            assert_eq!(service.came(), 0, "{program}: {ran:#?}");
            assert_eq!(attempts(&world), [("other.internal".to_owned(), true)], "{ran:#?}");
        }
    }
}

/// A command that only tells something opens no door, and asks for no name.
#[test]
fn who_only_asks_does_not_wait_for_a_name() {
    for world in worlds(World::with_empty_cache) {
        // It hears, and never answers.
        let socket = world.inside(|| UdpSocket::bind("127.0.0.53:53").unwrap());
        socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let settings = settings("vendor", "allow = [\"athens.internal:3000\"]");
        world.write("project/go-offline.toml", &settings);
        let ours = world.program().display().to_string();
        with_resolver(&world, &[&ours, "version"]).ended(0).did_not_say("athens");
        assert!(socket.recv(&mut [0; 512]).is_err(), "nobody has asked");
        let start = Instant::now();
        let ran = with_resolver(&world, &[&ours, "exec", "--", "true"]).ended(0);
        ran.said("`allow = [\"athens.internal:3000\"]` opens nothing: ");
        assert!(socket.recv(&mut [0; 512]).is_ok(), "it is asked for");
        assert!(start.elapsed() < Duration::from_secs(20), "and not without end");
    }
}
