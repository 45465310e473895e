//! /etc/resolv.conf: which name servers programs ask, and what they append to a name.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// glibc and Go ask three at most, others more. Each costs us two sockets.
const MOST_SERVERS: usize = 8;

/// What resolvers read there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct ResolvConf {
    name_servers: Vec<IpAddr>,
    /// Lower case, without the final dot.
    search: Vec<String>,
}

impl ResolvConf {
    /// This machine's. Without one, resolvers ask this machine itself.
    pub(in super::super) fn read() -> ResolvConf {
        let text = fs::read("/etc/resolv.conf").unwrap_or_default();
        let host_name = || fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        ResolvConf::parse(&String::from_utf8_lossy(&text), host_name)
    }

    /// Takes what glibc takes, and what Go takes: either may ask. The host name is asked for only
    /// where no search list is given.
    fn parse(text: &str, host_name: impl FnOnce() -> String) -> ResolvConf {
        let mut name_servers = Vec::new();
        let mut search = Vec::new();
        for line in text.lines() {
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("nameserver") => {
                    let server = words.next().and_then(name_server);
                    name_servers.extend(server.filter(|server| !name_servers.contains(server)));
                }
                // The last of either counts.
                Some("search") => search = words.filter_map(domain).collect(),
                Some("domain") => search = words.take(1).filter_map(domain).collect(),
                _ => {}
            }
        }
        if name_servers.is_empty() {
            name_servers = vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        }
        name_servers.truncate(MOST_SERVERS);
        if search.is_empty() {
            let host_name = host_name();
            search.extend(host_name.trim().split_once('.').and_then(|(_, rest)| domain(rest)));
        }
        ResolvConf { name_servers, search }
    }

    /// Whom programs ask.
    pub(in super::super) fn name_servers(&self) -> &[IpAddr] {
        &self.name_servers
    }

    /// What they append to a name.
    pub(in super::super) fn search(&self) -> &[String] {
        &self.search
    }
}

/// An address with a zone (`fe80::1%eth0`) is on a link that the cage does not have.
fn name_server(word: &str) -> Option<IpAddr> {
    let address = word.parse::<IpAddr>().ok()?.to_canonical();
    // The kernel takes "no address" as a destination for this machine.
    Some(match address {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    })
}

fn domain(word: &str) -> Option<String> {
    let name = word.strip_suffix('.').unwrap_or(word);
    (!name.is_empty()).then(|| name.to_ascii_lowercase())
}

#[cfg(test)]
impl ResolvConf {
    pub(super) fn of(text: &str) -> ResolvConf {
        ResolvConf::parse(text, String::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn servers(text: &str) -> Vec<String> {
        ResolvConf::of(text).name_servers.iter().map(ToString::to_string).collect()
    }

    fn search(text: &str, host_name: &str) -> Vec<String> {
        ResolvConf::parse(text, || host_name.to_owned()).search
    }

    #[test]
    fn name_servers_are_read_as_resolvers_do() {
        let text = "# nameserver 192.0.2.9\n;nameserver 192.0.2.8\nnameserver 192.0.2.1 # ours\n\
                    \tnameserver\t2001:DB8::1\r\nnameserver 192.0.2.1\nnameserver fe80::1%eth0\n\
                    nameserver ns.example\nnameserver\nnameservers 192.0.2.7\n\
                    nameserver ::ffff:192.0.2.2\n";
        assert_eq!(servers(text), ["192.0.2.1", "2001:db8::1", "192.0.2.2"]);
    }

    #[test]
    fn without_a_name_server_this_machine_is_asked() {
        assert_eq!(servers(""), ["127.0.0.1", "::1"]);
        assert_eq!(servers("nameserver fe80::1%eth0\n"), ["127.0.0.1", "::1"]);
        assert_eq!(servers("nameserver 0.0.0.0\nnameserver ::\n"), ["127.0.0.1", "::1"]);
    }

    #[test]
    fn a_long_list_is_cut() {
        let text: String = (1..=20).map(|last| format!("nameserver 192.0.2.{last}\n")).collect();
        assert_eq!(servers(&text).len(), MOST_SERVERS);
        assert_eq!(servers(&text)[7], "192.0.2.8");
    }

    #[test]
    fn the_last_search_list_counts() {
        assert_eq!(search("domain a.example\nsearch B.Example. . c\n", ""), ["b.example", "c"]);
        assert_eq!(search("search b.example c\ndomain a.example x\n", ""), ["a.example"]);
        assert_eq!(search("", "host.corp.example\n"), ["corp.example"]);
        assert_eq!(search("search .\n", "host.corp.example\n"), ["corp.example"]);
        assert_eq!(search("", "host\n"), <[&str; 0]>::default());
        assert_eq!(search("search a\n", "host.corp.example\n"), ["a"]);
    }
}
