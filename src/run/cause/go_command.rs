//! The go command itself: a module proxy, the checksum database, or the host of a module.

use super::program::is_go;
use super::{Cause, Ground};
use crate::guard::{Attempt, Kind};

pub(super) fn cause(attempt: &Attempt, ground: &Ground<'_>) -> Option<Cause> {
    if !is_go(&attempt.process) {
        return None;
    }
    let host = host(attempt);
    let command = attempt.process.argv.join(" ");
    let words = match host {
        Some(host) if names(ground, "GOPROXY", host) => format!(
            "`{command}` asks the module proxy of GOPROXY: a module, or the toolchain that go.mod asks for, is not there"
        ),
        Some(host) if names(ground, "GOSUMDB", host) => {
            format!("`{command}` asks the checksum database of GOSUMDB: go.sum lacks a line")
        }
        Some(host) => {
            format!("`{command}` asks {host}, most likely for a module that is not there")
        }
        None => format!("`{command}` wants a module or a toolchain that is not there"),
    };
    Some(Cause::new(
        words,
        format!("{}; with the network it is `{}`", ground.fetch(), ground.online),
    ))
}

/// The name of whom it was to be.
fn host(attempt: &Attempt) -> Option<&str> {
    let asked = (attempt.kind == Kind::Dns).then_some(attempt.address.as_str());
    let host = attempt.host.as_deref().or(asked)?;
    Some(host.trim_end_matches('.'))
}

/// Whether a variable names a host, in a URL or by itself.
fn names(ground: &Ground<'_>, variable: &str, host: &str) -> bool {
    let Some(value) = ground.variables.get(variable) else { return false };
    value.split([',', '|', ' ']).any(|word| {
        let authority = word.split_once("://").map_or(word, |(_, rest)| rest);
        let authority = authority.split('/').next().unwrap_or_default();
        let own = authority.rsplit('@').next().unwrap_or_default();
        own.split([':', '+']).next() == Some(host)
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ground, lines, said};
    use super::*;

    fn words(host: &str, ground: &Ground<'_>) -> String {
        let mut attempt = lines(&["go mod tidy", "make"]);
        attempt.kind = Kind::Dns;
        attempt.address = host.to_owned();
        let cause = cause(&attempt, ground).unwrap();
        format!("{}\n{}", cause.words, cause.help)
    }

    #[test]
    fn by_the_host_that_is_asked() {
        let ground = ground(&[
            ("GOPROXY", "https://u:p@proxy.example:8080/x|https://other.example,direct"),
            ("GOSUMDB", "sum.example+abc https://sum.mirror.example"),
        ]);
        for host in ["proxy.example", "proxy.example.", "other.example"] {
            assert!(words(host, &ground).contains("module proxy of GOPROXY"), "{host}");
        }
        for host in ["sum.example", "sum.mirror.example"] {
            assert!(words(host, &ground).contains("checksum database"), "{host}");
        }
        assert!(
            words("h.example", &ground).starts_with("`go mod tidy` asks h.example, most likely")
        );
        assert!(words("h.example", &ground).contains("--profile online mod vendor"));
    }

    #[test]
    fn without_a_name_and_without_vendor() {
        let ground = Ground { uses_vendor: false, ..ground(&[]) };
        let said = |chain: &[&str]| said(chain, &ground);
        assert!(said(&["/goroot/bin/go build"]).contains("wants a module or a toolchain"));
        assert!(said(&["go build"]).contains("--profile online mod download"));
        let ground = Ground { uses_vendor: true, in_workspace: true, ..ground };
        let said = super::super::tests::said(&["go build"], &ground);
        assert!(said.contains("`go-offline --profile online work vendor`"), "{said}");
        let said = |chain: &[&str]| super::super::tests::said(chain, &ground);
        assert!(!said(&["curl", "go run ."]).contains("wants a module"), "not go itself");
    }
}
