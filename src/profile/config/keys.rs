//! Every key of go-offline.toml, once: what it takes and what it is for. The reader, its
//! suggestions, the JSON schema and the documentation are made from this table.

use crate::profile::policy::{
    Gowork, Isolation, LintLevel, Network, RunNetwork, UnixSockets, Verify, WatchCalls,
};

/// A key of a table.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// One sentence, for the schema and the documentation.
    pub(super) about: &'static str,
    pub(super) required: bool,
}

/// What a key takes.
pub(super) enum Kind {
    /// Any string.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A date, as in `2027-01-01`.
    Date,
    /// A whole number.
    Integer,
    /// An array of what the other kind describes.
    List(&'static Kind),
    /// A string, or what the other kind describes.
    TextOr(&'static Kind),
    /// A table with these keys.
    Table(&'static [Key]),
    /// A table whose keys are names of the user's.
    Named(&'static Kind),
}

const fn key(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, about, required: false }
}

const fn required(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, about, required: true }
}

/// The keys of the whole file.
pub(super) const FILE: &[Key] = &[
    key(
        "default-profile",
        Kind::Text,
        "The profile when neither --profile nor GO_OFFLINE_PROFILE names one; without it, auto.",
    ),
    key(
        "profile",
        Kind::Named(&Kind::Table(PROFILE)),
        "Profiles by name. The built-in ones can be inherited and not be changed.",
    ),
    key("modules", Kind::Table(MODULES), "Which modules a build may use."),
    key(
        "lints",
        Kind::Named(&Kind::Word(LintLevel::WORDS)),
        "Levels of finding codes (see `go-offline explain`).",
    ),
    key("carry", Kind::List(&Kind::Table(CARRY)), "Known patches inside vendor/."),
    key(
        "floor",
        Kind::Table(FLOOR),
        "What no project may go below. It counts in the user's own file only.",
    ),
];

/// The keys of one profile.
const PROFILE: &[Key] = &[
    key(
        "inherits",
        Kind::Text,
        "Another profile, or a built-in one: auto (the default), vendor, cache, bundle, proxy, online or open.",
    ),
    key("isolation", Kind::Word(Isolation::WORDS), "Which wall must stand around the command."),
    key("verify", Kind::Word(Verify::WORDS), "What is checked before the go command starts."),
    key("network", Kind::Word(Network::WORDS), "What an attempt to reach the network means."),
    key(
        "allow",
        Kind::List(&Kind::Text),
        "Addresses, host:port, that are reached from behind the wall.",
    ),
    key(
        "publish",
        Kind::List(&Kind::Text),
        "Addresses, host:port, at which a server behind the wall is reached from the host.",
    ),
    key(
        "run-network",
        Kind::Word(RunNetwork::WORDS),
        "Whether the program that `go run` has built may use the network.",
    ),
    key(
        "unix-sockets",
        Kind::Word(UnixSockets::WORDS),
        "What becomes of connections to unix sockets on which somebody outside the wall listens.",
    ),
    key(
        "watch-calls",
        Kind::Word(WatchCalls::WORDS),
        "`off` leaves system calls unwatched, for a command that watches calls itself.",
    ),
    key(
        "gowork",
        Kind::Word(Gowork::WORDS),
        "`off` builds the nearest module as if no go.work were above it.",
    ),
    key(
        "proxy",
        Kind::Text,
        "The module proxy of a profile that inherits `proxy`: its URL, or several as in GOPROXY.",
    ),
    key("bundle", Kind::Text, "The archive or directory of a profile that inherits `bundle`."),
    key(
        "env",
        Kind::Named(&Kind::TextOr(&Kind::List(&Kind::Text))),
        "Variables of the go command. {project} {cache} {goos} {goarch} {profile} {key} are expanded; GOFLAGS may be an array, which adds to what is inherited flag by flag.",
    ),
];

const MODULES: &[Key] = &[
    key(
        "allow",
        Kind::List(&Kind::TextOr(&Kind::Table(RULE))),
        "Patterns of module paths; where there are any, all other modules are refused.",
    ),
    key(
        "deny",
        Kind::List(&Kind::TextOr(&Kind::Table(RULE))),
        "Patterns of module paths that are refused.",
    ),
    key(
        "private",
        Kind::List(&Kind::Text),
        "Patterns of module paths that must never be asked of a public proxy or checksum database.",
    ),
];

/// One rule on modules.
const RULE: &[Key] = &[
    required(
        "path",
        Kind::Text,
        "A pattern: `*` is one path element or a part of it, `**` at the end is all below.",
    ),
    key("reason", Kind::Text, "Why; it is shown with the finding."),
    key(
        "priority",
        Kind::Integer,
        "Breaks ties between patterns that are equally specific; the larger wins.",
    ),
];

const CARRY: &[Key] = &[
    required("module", Kind::Text, "The module's path."),
    required("path", Kind::Text, "The file, relative to the module's root."),
    required("sha256", Kind::Text, "The SHA-256 of the patched file, in hexadecimal."),
    required("reason", Kind::Text, "Why the file differs."),
    key("expires", Kind::Date, "The day from which on the patch no longer counts."),
];

const FLOOR: &[Key] = &[
    key("verify", Kind::Word(Verify::WORDS), "No project may check less."),
    key("network", Kind::Word(Network::WORDS), "No project may open the network further."),
    key("isolation", Kind::Word(Isolation::WORDS), "No project may have a weaker wall."),
    key(
        "unix-sockets",
        Kind::Word(UnixSockets::WORDS),
        "No project may do less about unix sockets.",
    ),
];

/// The key of that name in a table.
pub(super) fn find<'k>(keys: &'k [Key], name: &str) -> Option<&'k Key> {
    keys.iter().find(|key| key.name == name)
}
