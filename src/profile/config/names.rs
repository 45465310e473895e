//! Names and values with a form of their own: variables, flags, addresses, patterns, codes. Each
//! function says what is wrong and what mends it.

use super::Trust;
use super::walk::did_you_mean;
use crate::profile::goflags::{can_be_joined, flag_name};
use crate::profile::pattern::Pattern;
use crate::profile::policy::LintLevel;
use crate::profile::{similar, variables};

/// What is wrong, and what mends it.
type Wrong = (String, String);

pub(super) fn is_profile_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// Whether a profile may set a variable of this name at all.
pub(super) fn variable(name: &str) -> Result<(), Wrong> {
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if !is_name {
        return Err((format!("`{name}` cannot name a variable"), String::new()));
    }
    if name == "GOENV" || name.starts_with("GO_OFFLINE_") {
        let message = format!("`{name}` cannot be set by a profile");
        return Err((message, "it decides which settings are read in the first place".to_owned()));
    }
    if name == "GOWORK" {
        let help = "write `gowork = \"off\"` beside `inherits`".to_owned();
        return Err(("`GOWORK` cannot be set by a profile".to_owned(), help));
    }
    // A variable that nobody has heard of may be for a program of the build; one that is almost a
    // variable of go's is a slip.
    let known = || variables::KNOWN.iter().copied();
    if known().any(|known| known == name) {
        return Ok(());
    }
    let of_go = |name: &str| name.starts_with("GO") || name.starts_with("CGO");
    match similar(&name.to_ascii_uppercase(), known()) {
        Some(near) if of_go(&name.to_ascii_uppercase()) => Err((
            format!("`{name}` is no variable of the go command"),
            format!("did you mean `{near}`?"),
        )),
        _ => Ok(()),
    }
}

/// Whether a word may stand in a profile's GOFLAGS.
pub(super) fn goflag(word: &str, known: &[&str]) -> Result<(), Wrong> {
    let Some(name) = flag_name(word) else {
        let help = "each word is a flag with its value, as in `-tags=netgo`".to_owned();
        return Err((
            format!("`{word}` cannot stand in GOFLAGS: it does not begin with `-`"),
            help,
        ));
    };
    if !can_be_joined(word) {
        let help = "leave one kind of quotes away".to_owned();
        return Err((
            format!("`{word}` cannot stand in GOFLAGS: it has space and both kinds of quotes"),
            help,
        ));
    }
    match name {
        "mod" => {
            let help = "`inherits` decides: `vendor` is -mod=vendor, `cache` is -mod=readonly, `online` leaves it to go".to_owned();
            return Err(("-mod follows from what the profile inherits".to_owned(), help));
        }
        "modfile" | "overlay" | "C" => {
            let help = "it changes what is built, so it belongs on the command line".to_owned();
            return Err((format!("-{name} cannot be set by a profile"), help));
        }
        _ => {}
    }
    if known.contains(&name) {
        return Ok(());
    }
    // A flag that nobody has heard of may be one of a newer go; go refuses it if not.
    match similar(name, known.iter().copied()) {
        Some(near) => Err((
            format!("`-{name}` is no flag of the go command"),
            format!("did you mean `-{near}`?"),
        )),
        None => Ok(()),
    }
}

/// Whether this is the URL of a module proxy.
pub(super) fn proxy_url(url: &str) -> Result<(), Wrong> {
    match url {
        "direct" | "off" => {
            let help = "a profile of one proxy has no way around it; `inherits = \"online\"` has"
                .to_owned();
            Err((format!("`{url}` is no module proxy"), help))
        }
        _ if ["http://", "https://", "file://"]
            .iter()
            .any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty())) =>
        {
            Ok(())
        }
        _ => Err((
            format!("`{url}` is no URL of a module proxy"),
            "write it as in `http://127.0.0.1:3000`".to_owned(),
        )),
    }
}

/// `host:port`, `a.b.c.d:port` or `[v6]:port`.
pub(super) fn is_address(address: &str) -> bool {
    let Some((host, port)) = address.rsplit_once(':') else {
        return false;
    };
    let is_port =
        port.parse::<u16>().is_ok_and(|port| port > 0) && port.bytes().all(|b| b.is_ascii_digit());
    let in_brackets = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let is_host = match in_brackets {
        Some(v6) => v6.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            !host.is_empty()
                && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
        }
    };
    is_port && is_host
}

/// Where a pattern stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// `allow` or `deny`.
    Rule,
    /// `private`, which becomes GONOPROXY and GONOSUMDB.
    Private,
}

pub(super) fn pattern(text: &str, place: Place) -> Result<Pattern, Wrong> {
    let pattern = Pattern::parse(text).map_err(|reason| {
        let help = "write it as in `github.com/acme/**` or `golang.org/x/*`".to_owned();
        (format!("`{text}` is no pattern of module paths: {reason}"), help)
    })?;
    if place == Place::Private && pattern.go_pattern().is_none() {
        let message = format!("`{text}` cannot be private: `**` may stand at the end only");
        return Err((
            message,
            "go knows private modules by the first elements of their paths".to_owned(),
        ));
    }
    Ok(pattern)
}

/// Whether a settings file may give a code this level.
pub(super) fn lint(
    code: &str,
    level: LintLevel,
    trust: Trust,
    known: &[&str],
) -> Result<(), Wrong> {
    let own_key = match code {
        "network-attempt" => Some("network"),
        "isolation-weak" => Some("isolation"),
        _ => None,
    };
    if let Some(key) = own_key {
        let help = format!("write `{key} = …` in the profile");
        return Err((format!("`{code}` is not a matter of levels"), help));
    }
    if !known.contains(&code) {
        let help = did_you_mean(
            code,
            known.iter().copied(),
            "`go-offline explain` lists the codes; they are",
        );
        return Err((format!("no finding has the code `{code}`"), help));
    }
    if code == "config-executes" && trust == Trust::Project && level != LintLevel::Deny {
        let help = "the user's own file may set what it is about".to_owned();
        return Err(("a project cannot take `config-executes` off itself".to_owned(), help));
    }
    Ok(())
}

pub(super) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a path stays below the directory it is relative to.
pub(super) fn is_inside(path: &str) -> bool {
    let elements = || path.split('/');
    !path.is_empty() && elements().all(|element| !matches!(element, "" | "." | ".."))
}
