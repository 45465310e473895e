//! Network namespaces that the command has made inside the cage. They have routes of their own, which
//! can be read as files only.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether anything in the network namespace of a thread leads to an address.
pub(super) fn leads_to(tid: u32, address: IpAddr) -> bool {
    let read =
        |name: &str| fs::read_to_string(format!("/proc/{tid}/net/{name}")).unwrap_or_default();
    match address {
        IpAddr::V4(address) => {
            has_route_4(&read("route"), address) || is_local_4(&read("fib_trie"), address)
        }
        // Local addresses are among the routes here.
        IpAddr::V6(address) => has_route_6(&read("ipv6_route"), address),
    }
}

/// `/proc/net/route`: a header, then a line a route, with destination, flags and mask in hexadecimal
/// digits of the machine's own byte order.
fn has_route_4(text: &str, address: Ipv4Addr) -> bool {
    const REJECT: u32 = 0x200; // RTF_REJECT of linux/route.h
    let hex = |word: &str| u32::from_str_radix(word, 16).ok();
    text.lines().skip(1).any(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let field = |at: usize| words.get(at).copied().and_then(hex);
        let (Some(to), Some(flags), Some(mask)) = (field(1), field(3), field(7)) else {
            return false;
        };
        flags & REJECT == 0 && u32::from_ne_bytes(address.octets()) & mask == to
    })
}

/// `/proc/net/fib_trie`: an address, and on the next line what it is.
fn is_local_4(text: &str, address: Ipv4Addr) -> bool {
    let leaf = format!("|-- {address}");
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim() == leaf && lines.peek().is_some_and(|next| next.trim() == "/32 host LOCAL") {
            return true;
        }
    }
    false
}

/// `/proc/net/ipv6_route`: destination and the length of its prefix first, flags last but one.
fn has_route_6(text: &str, address: Ipv6Addr) -> bool {
    const REJECT: u32 = 0x200;
    text.lines().any(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [to, length, .., flags, device] = words.as_slice() else { return false };
        let (Ok(to), Ok(length), Ok(flags)) = (
            u128::from_str_radix(to, 16),
            u32::from_str_radix(length, 16),
            u32::from_str_radix(flags, 16),
        ) else {
            return false;
        };
        // The kernel shows the lack of a default route as one over loopback.
        let is_none = length == 0 && *device == "lo";
        let mask = u128::MAX.checked_shl(128 - length.min(128)).unwrap_or(0);
        flags & REJECT == 0 && !is_none && u128::from(address) & mask == to
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_of_ipv4() {
        let text = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\ncable\t006433C6\t00000000\t0001\t0\t0\t0\tC0FFFFFF\t0\t0\t0\n";
        let ip = |text: &str| text.parse().unwrap();
        if cfg!(target_endian = "little") {
            assert!(has_route_4(text, ip("198.51.100.7")));
            assert!(!has_route_4(text, ip("198.51.100.200")));
        }
        assert!(!has_route_4("Iface\tDestination\n", ip("198.51.100.7")));
        let trie = "Local:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 10.1.2.3\n        /32 host LOCAL\n     |-- 10.1.2.255\n        /32 link BROADCAST\n";
        assert!(is_local_4(trie, ip("10.1.2.3")));
        assert!(!is_local_4(trie, ip("10.1.2.255")) && !is_local_4(trie, ip("10.1.2.4")));
    }

    #[test]
    fn routes_of_ipv6() {
        let zeroes = "0".repeat(32);
        let line = |to: &str, length: &str, flags: &str, device: &str| {
            format!(
                "{to} {length} {zeroes} 00 {zeroes} 00000100 00000001 00000000 {flags} {device}\n"
            )
        };
        let peer = "20010db8000000000000000000000000";
        let ip: Ipv6Addr = "2001:db8::7".parse().unwrap();
        assert!(has_route_6(&line(peer, "40", "00000001", "cable"), ip));
        assert!(!has_route_6(&line(peer, "40", "00000201", "cable"), ip), "rejected");
        assert!(has_route_6(&line(&zeroes, "00", "00000003", "cable"), ip), "a default route");
        assert!(!has_route_6(&line(&zeroes, "00", "00200200", "lo"), ip));
        assert!(!has_route_6("", ip));
    }
}
