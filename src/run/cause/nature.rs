//! Attempts of which the kind itself says what to do.

use super::{Cause, Ground, INSIDE, is_go};
use crate::gotool::Invocation;
use crate::guard::{Attempt, Nature};
use crate::profile::BuiltIn;
use std::ffi::OsString;
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
            host_service(attempt, ground),
        ),
        Nature::Listening => Cause::new(
            "behind the wall the command has a loopback of its own, so nobody outside can come to this server",
            format!(
                "`publish = [\"{}\"]` in {} lets others in there",
                published(&attempt.address),
                ground.table
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

/// What lets a command reach a service of the host.
fn host_service(attempt: &Attempt, ground: &Ground<'_>) -> String {
    let table = &ground.table;
    let mut help = format!("`allow = [\"{}\"]` in {table} lets it through", attempt.address);
    if is_run_by_go(attempt) {
        help.push_str(
            ", `run-network = \"allow\"` there lets `go run` start what it built outside the wall",
        );
    }
    help
}

/// Whether it is the program that a `go run` has built, or one in its place.
fn is_run_by_go(attempt: &Attempt) -> bool {
    let parent = attempt.process.parents.first().filter(|parent| is_go(parent));
    parent.is_some_and(|go| {
        let args: Vec<OsString> = go.argv.iter().skip(1).map(OsString::from).collect();
        Invocation::parse(&args).command == "run"
    })
}

/// The table of go-offline.toml that a line for this profile belongs into.
pub(in crate::run) fn table(profile: &str) -> String {
    if BuiltIn::by_name(profile).is_some() {
        // A built-in profile cannot be changed.
        format!("a `[profile.NAME]` of go-offline.toml with `inherits = \"{profile}\"`")
    } else {
        format!("`[profile.{profile}]` of go-offline.toml")
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

    /// The line to add is given as it has to be written.
    #[test]
    fn a_service_of_the_host_has_a_line_that_lets_it_through() {
        let help = |chain: &[&str]| {
            let mut attempt = lines(chain);
            attempt.nature = Nature::HostLoopback;
            attempt.address = "127.0.0.1:5432".to_owned();
            cause(&attempt, &ground(&[])).unwrap().help
        };
        let allow = "`allow = [\"127.0.0.1:5432\"]` in `[profile.ci]` of go-offline.toml";
        let test = help(&["/tmp/go-build1/b001/x.test", "go test ./x"]);
        assert!(test.starts_with(allow) && !test.contains("run-network"), "{test}");
        let run = help(&["/tmp/go-build1/b001/exe/x", "/usr/bin/go -C d run -race ."]);
        assert!(run.starts_with(allow) && run.contains("`run-network = \"allow\"`"), "{run}");
    }

    #[test]
    fn a_built_in_profile_is_not_to_be_changed() {
        assert_eq!(table("ci"), "`[profile.ci]` of go-offline.toml");
        let own = table("vendor");
        assert!(own.contains("[profile.NAME]") && own.contains("inherits = \"vendor\""), "{own}");
    }
}
