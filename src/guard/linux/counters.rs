//! The kernel's own count of what it refused for want of a route, per network namespace.
//!
//! This is the verdict: it needs no cooperation from the command and misses no way of asking.
//! Where it cannot be read there is no wall, since an uncounted pass would be a false one.

use super::steps::{At, Failed, Step};
use crate::guard::{Counted, NoWall};
use std::fs::File;
use std::io::{self, Read, Seek};

/// The counters of one network namespace, wherever they are read from later.
#[derive(Debug)]
pub(super) struct Counters {
    ipv4: File,
    /// `None` where the kernel has no IPv6: nothing can leave that way, nor be counted.
    ipv6: Option<File>,
    start: Counted,
}

impl Counters {
    /// The counters of the calling thread's network namespace.
    pub(super) fn open() -> io::Result<Counters> {
        let ipv4 = File::open("/proc/thread-self/net/snmp")?;
        let ipv6 = match File::open("/proc/thread-self/net/snmp6") {
            Ok(file) => Some(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let mut counters = Counters { ipv4, ipv6, start: Counted::default() };
        counters.start = counters.now()?;
        Ok(counters)
    }

    /// What was counted since they were opened.
    pub(super) fn since_start(&mut self) -> Result<Counted, NoWall> {
        let now = self.now().at(Step::Counters).map_err(|failed: Failed| NoWall::from(failed))?;
        Ok(now.since(self.start))
    }

    fn now(&mut self) -> io::Result<Counted> {
        let ipv4 =
            ipv4_no_routes(&read_again(&mut self.ipv4)?).ok_or_else(|| absent("Ip OutNoRoutes"))?;
        let ipv6 = match &mut self.ipv6 {
            Some(file) => {
                ipv6_no_routes(&read_again(file)?).ok_or_else(|| absent("Ip6OutNoRoutes"))?
            }
            None => 0,
        };
        Ok(Counted { ipv4, ipv6 })
    }
}

fn read_again(file: &mut File) -> io::Result<String> {
    file.rewind()?;
    let mut text = String::with_capacity(8192);
    file.read_to_string(&mut text)?;
    Ok(text)
}

fn absent(name: &str) -> io::Error {
    io::Error::other(format!("no counter {name}"))
}

/// `/proc/net/snmp`: a line of names, then a line of values, both starting with the protocol.
fn ipv4_no_routes(text: &str) -> Option<u64> {
    let mut lines = text.lines().filter(|line| line.starts_with("Ip:"));
    let (names, values) = (lines.next()?, lines.next()?);
    let column = names.split_ascii_whitespace().position(|name| name == "OutNoRoutes")?;
    values.split_ascii_whitespace().nth(column)?.parse().ok()
}

/// `/proc/net/snmp6`: a name and a value a line.
fn ipv6_no_routes(text: &str) -> Option<u64> {
    text.lines()
        .filter_map(|line| line.split_once(char::is_whitespace))
        .find(|(name, _)| *name == "Ip6OutNoRoutes")
        .and_then(|(_, value)| value.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_found_by_name() {
        let snmp = "Ip: Forwarding OutNoRoutes ReasmTimeout\nIp: 1 12 0\nIcmp: InMsgs\nIcmp: 3\n";
        assert_eq!(ipv4_no_routes(snmp), Some(12));
        assert_eq!(ipv4_no_routes("Ip: Forwarding\nIp: 1\n"), None);
        assert_eq!(ipv4_no_routes("Ip: OutNoRoutes\n"), None);
        assert_eq!(ipv4_no_routes("Icmp: OutNoRoutes\nIcmp: 4\n"), None);
        assert_eq!(
            ipv6_no_routes("Ip6InReceives   \t9\nIp6OutNoRoutes                 \t5\n"),
            Some(5)
        );
        assert_eq!(ipv6_no_routes("Ip6OutNoRoutesX 5\n"), None);
        assert_eq!(ipv6_no_routes(""), None);
    }

    #[test]
    fn the_kernels_own_files_are_understood() {
        let mut counters = Counters::open().unwrap();
        counters.since_start().unwrap();
        counters.since_start().unwrap();
    }
}
