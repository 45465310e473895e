//! Two network namespaces joined by a cable: a place from where something can be reached.
//!
//! `here` has an address and a default route to `there`, where a server says what it hears. Nothing
//! of it is connected to the machine's own network.

use super::caged::{Caller, Ran, run, we_are_root};
use super::probe::PORT;
use crate::skip::skipped;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::fd::AsFd;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

pub(crate) struct Lab {
    here: String,
    there: String,
    server: Option<Child>,
    heard: Receiver<String>,
}

impl Lab {
    /// The lab, or a word that the test is skipped.
    pub(crate) fn open() -> Option<Lab> {
        if !we_are_root() {
            skipped("the lab of two network namespaces needs root");
            return None;
        }
        if Command::new("ip").arg("-V").output().is_err() {
            skipped("the lab of two network namespaces needs `ip` (iproute2)");
            return None;
        }
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name =
            format!("go-offline-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let (say, heard) = mpsc::channel();
        let mut lab = Lab {
            here: format!("{name}-here"),
            there: format!("{name}-there"),
            server: None,
            heard,
        };
        let (here, there) = (lab.here.as_str(), lab.there.as_str());
        for line in [
            format!("netns add {here}"),
            format!("netns add {there}"),
            // The two ends have different numbers: the kernel takes a second to see that the cable
            // is plugged in where they are the same, since the device then looks like no link.
            format!("link add cable netns {here} index 7 type veth peer name cable netns {there}"),
            format!("-n {here} address add 198.51.100.1/26 dev cable"),
            format!("-n {here} address add 2001:db8::1/64 dev cable nodad"),
            format!("-n {there} address add 198.51.100.7/26 dev cable"),
            format!("-n {there} address add 2001:db8::7/64 dev cable nodad"),
            // Not on the cable's own network: reached by the default route.
            format!("-n {there} address add 198.51.100.200/32 dev lo"),
            format!("-n {here} link set lo up"),
            format!("-n {here} link set cable up"),
            format!("-n {there} link set lo up"),
            format!("-n {there} link set cable up"),
            format!("-n {here} route add default via 198.51.100.7"),
        ] {
            let ran = run({
                let mut ip = Command::new("ip");
                ip.args(line.split(' '));
                ip
            });
            assert!(ran.status.success(), "ip {line}: {ran:?}");
        }
        let mut server = inside(there, || {
            Caller::Root.bare_probe("serve").stdout(Stdio::piped()).spawn().unwrap()
        });
        let lines = BufReader::new(server.stdout.take().unwrap()).lines();
        lab.server = Some(server);
        thread::spawn(move || {
            let words = lines
                .map_while(Result::ok)
                .filter_map(|line| line.strip_prefix("probe: ").map(str::to_owned));
            words.for_each(|word| drop(say.send(word)));
        });
        assert_eq!(lab.next(), "serving");
        Some(lab)
    }

    /// The network namespace where the server can be reached.
    pub(super) fn name(&self) -> &str {
        &self.here
    }

    /// Gives the near end of the cable this address, by which frames from there are known.
    pub(crate) fn name_the_near_end(&self, mac: [u8; 6]) {
        let mac = mac.map(|byte| format!("{byte:02x}")).join(":");
        let mut ip = Command::new("ip");
        ip.args(["-n", &self.here, "link", "set", "cable", "address", &mac]);
        let ran = run(ip);
        assert!(ran.status.success(), "{ran:?}");
    }

    /// Runs a command there.
    pub(super) fn run(&self, command: Command) -> Ran {
        self.inside(|| run(command))
    }

    /// Does something on a thread that is there.
    pub(crate) fn inside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        inside(&self.here, work)
    }

    /// Does something on a thread that is on the far side.
    pub(crate) fn inside_there<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        inside(&self.there, work)
    }

    /// What the server heard since it was last asked. Misses nothing that was sent before: messages
    /// of our own go last, and each protocol keeps its order.
    pub(crate) fn heard(&self) -> Vec<String> {
        let at = format!("198.51.100.7:{PORT}");
        let script = format!("tcp {at} end-of-tcp; udp-send {at} end-of-udp");
        let ran = self.run(Caller::Root.bare_probe(&script));
        assert_eq!(ran.probe(), ["tcp ok", "udp-send ok"], "the lab's own messages: {ran:?}");
        let mut heard = Vec::new();
        let mut ends = 0;
        while ends < 2 {
            match self.next() {
                word if word.starts_with("heard end-of-") => ends += 1,
                word => heard.push(word),
            }
        }
        heard
    }

    fn next(&self) -> String {
        self.heard.recv_timeout(Duration::from_secs(10)).expect("the lab's server speaks")
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            let _ = server.kill();
            let _ = server.wait();
        }
        for name in [&self.here, &self.there] {
            let _ = Command::new("ip").args(["netns", "delete", name]).output();
        }
    }
}

/// On a thread of its own in the network namespace `name`: what it starts is there too.
fn inside<T: Send>(name: &str, work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let there = scope.spawn(|| {
            let namespace = File::open(format!("/run/netns/{name}")).unwrap();
            move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
            work()
        });
        there.join().unwrap_or_else(|payload| std::panic::resume_unwind(payload))
    })
}
