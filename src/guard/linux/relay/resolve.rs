//! What names stand for, asked outside as any program there would ask.

use super::super::outside::Hands;
use crate::guard::Address;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// How long is waited for all names together: the command has not started yet.
const LONGEST: Duration = Duration::from_secs(5);

/// An address of a policy, and what it stands for.
pub(in super::super) struct Resolved {
    pub(super) address: Address,
    pub(super) found: io::Result<Vec<SocketAddr>>,
}

/// Resolves all of them, the names at the same time.
pub(in super::super) fn resolve(addresses: &[Address], hands: Option<&Hands>) -> Vec<Resolved> {
    let names: Vec<Address> =
        addresses.iter().filter(|address| literal(address).is_none()).cloned().collect();
    let mut asked = match (names.is_empty(), hands) {
        (false, Some(hands)) => hands.have(move || ask_all(names)).unwrap_or_default(),
        _ => Vec::new(),
    }
    .into_iter();
    let mut of = |address: &Address| match literal(address) {
        Some(found) => Ok(vec![found]),
        None => asked.next().unwrap_or_else(|| Err(io::Error::other("nobody asks outside"))),
    };
    addresses
        .iter()
        .map(|address| Resolved { found: of(address), address: address.clone() })
        .collect()
}

fn literal(address: &Address) -> Option<SocketAddr> {
    let ip = address.host.parse::<IpAddr>().ok()?;
    Some(SocketAddr::new(ip.to_canonical(), address.port))
}

/// In the order given. A thread each: the C library answers one question at a time, or not at all.
fn ask_all(names: Vec<Address>) -> Vec<io::Result<Vec<SocketAddr>>> {
    let until = Instant::now() + LONGEST;
    let waiting: Vec<_> = names.into_iter().map(ask).collect();
    let late = || io::Error::new(io::ErrorKind::TimedOut, "no answer to the name within 5 seconds");
    let left = || until.saturating_duration_since(Instant::now());
    waiting
        .into_iter()
        .map(|answer| answer.recv_timeout(left()).unwrap_or_else(|_| Err(late())))
        .collect()
}

fn ask(address: Address) -> mpsc::Receiver<io::Result<Vec<SocketAddr>>> {
    let (say, answer) = mpsc::channel();
    let ask = move || {
        let found = (address.host.as_str(), address.port).to_socket_addrs().map(|found| {
            let mut all: Vec<SocketAddr> = Vec::new();
            found.for_each(|one| all.extend(Some(one).filter(|one| !all.contains(one))));
            all
        });
        // Nobody waits any more where it comes late.
        let _ = say.send(found);
    };
    // Where there is no thread the answer is a late one.
    let _ = thread::Builder::new().name("resolver".to_owned()).spawn(ask);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_need_nobody_to_ask() {
        let addresses = ["127.0.0.1:80", "[::1]:81", "0.0.0.0:82", "[::]:83"];
        let addresses: Vec<Address> = addresses.iter().map(|text| text.parse().unwrap()).collect();
        let found: Vec<String> = resolve(&addresses, None)
            .into_iter()
            .flat_map(|resolved| resolved.found.unwrap())
            .map(|found| found.to_string())
            .collect();
        assert_eq!(found, ["127.0.0.1:80", "[::1]:81", "0.0.0.0:82", "[::]:83"]);
    }

    #[test]
    fn each_name_has_its_own_answer() {
        let names = ["localhost:80", "no-such-name.invalid:80", "localhost:81"];
        let answers = ask_all(names.iter().map(|text| text.parse().unwrap()).collect());
        let ports = |at: usize| answers[at].as_ref().ok().map(|found| found[0].port());
        assert_eq!([ports(0), ports(1), ports(2)], [Some(80), None, Some(81)]);
    }
}
