//! Attempts of which the kind itself says what to do.

use super::{Cause, Ground, INSIDE};
use crate::guard::{Attempt, Nature};
use std::net::SocketAddr;

pub(super) fn cause(attempt: &Attempt, ground: &Ground<'_>) -> Option<Cause> {
    let online = &ground.online;
    let through = format!("do without it, or let it through: `{online}`");
    Some(match attempt.nature {
        Nature::Outward | Nature::PassedOn => return None,
        Nature::Inner => Cause::new(
            INSIDE,
            "mend what its own report names; `GO_OFFLINE_NETWORK=warn` for the one inside does not hide it from this one",
        ),
        Nature::IoUring => Cause::new(
            "io_uring connects without a call that could be seen, so it is refused (ENOSYS); most programs then go on without it",
            "`UV_USE_IO_URING=0` keeps node from it; other programs have a switch of their own",
        ),
        Nature::Socket => Cause::new(
            "sockets of this kind do not end at the wall, or have no address to be seen, so they are refused",
            through,
        ),
        Nature::Inherited => Cause::new(
            "the command was started with this connection open: it leads past the wall",
            "start go-offline without it, as with `7<&-` in a shell for descriptor 7",
        ),
        Nature::AddressProbe => Cause::new(
            "a UDP connect sends nothing: programs ask in this way which local address would be used",
            "nothing has to be done",
        ),
        Nature::HostLoopback => Cause::new(
            "a service on the loopback of this machine; behind the wall the command has a loopback of its own, where it is not",
            format!(
                "start the service as part of the command, or let everything through: `{online}`"
            ),
        ),
        Nature::Listening => Cause::new(
            "behind the wall the command has a loopback of its own, so nobody outside can come to this server",
            format!(
                "`publish = [\"{}\"]` in the profile lets others in there",
                published(&attempt.address)
            ),
        ),
        Nature::OutsideSocket => Cause::new(
            "somebody outside the wall listens on this socket, and has the network",
            "`unix-sockets = \"deny\"` in the profile refuses such sockets, `unix-sockets = \"note\"` lets them work",
        ),
        Nature::Resolver => Cause::new(
            "a name service was asked by its socket; it is refused, so that names are asked by DNS and seen",
            "nothing has to be done",
        ),
    })
}

/// Where the world outside would come to a server: a wildcard is narrowed, since only the user can
/// want it wide.
fn published(address: &str) -> String {
    match address.parse::<SocketAddr>() {
        Ok(at) if at.ip().is_unspecified() => format!("127.0.0.1:{}", at.port()),
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ground, lines};
    use super::*;

    #[test]
    fn each_kind_has_its_own_words_but_the_plain_one() {
        let mut attempt = lines(&["/tmp/go-build1/b001/x.test -test.v", "go test"]);
        let mut seen = std::collections::BTreeSet::new();
        for nature in [
            Nature::Inner,
            Nature::IoUring,
            Nature::Socket,
            Nature::Inherited,
            Nature::AddressProbe,
            Nature::HostLoopback,
            Nature::Listening,
            Nature::OutsideSocket,
            Nature::Resolver,
        ] {
            attempt.nature = nature;
            let cause = cause(&attempt, &ground(&[])).unwrap();
            assert!(!cause.help.is_empty() && seen.insert(cause.words), "{nature:?}");
        }
        attempt.nature = Nature::Outward;
        assert_eq!(cause(&attempt, &ground(&[])), None);
    }

    /// They are read from settings and not acted on: to advise them would send people nowhere.
    #[test]
    fn keys_that_do_nothing_yet_are_not_advised() {
        let mut attempt = lines(&["psql"]);
        attempt.nature = Nature::HostLoopback;
        let cause = cause(&attempt, &ground(&[])).unwrap();
        assert!(!cause.help.contains("allow =") && !cause.help.contains("publish"), "{cause:?}");
    }
}
