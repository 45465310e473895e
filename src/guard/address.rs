//! A service by its host and port, as settings name it.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

/// A TCP service: `host:port`, `ip:port` or `[ip6]:port`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// A name or an address; of IPv6 without its brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// A text that is no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoAddress(String);

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not of the form host:port, ip:port or [ip6]:port", self.0)
    }
}

impl std::error::Error for NoAddress {}

impl FromStr for Address {
    type Err = NoAddress;

    fn from_str(text: &str) -> Result<Address, NoAddress> {
        let read = || {
            let (host, port) = text.rsplit_once(':')?;
            let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            let host = match bare {
                Some(ip) => ip.parse::<Ipv6Addr>().ok()?.to_string(),
                None => host.to_owned(),
            };
            let is_bare = bare.is_some() || !host.contains(':');
            (is_bare && !host.is_empty()).then_some(Address { host, port: port.parse().ok()? })
        };
        read().filter(|address| address.port > 0).ok_or_else(|| NoAddress(text.to_owned()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written() {
        for text in ["127.0.0.1:5432", "[::1]:8080", "athens.internal:3000"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        for text in ["", "x", ":80", "x:", "x:0", "x:65536", "::1:80", "[x]:80", "[::1]"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
