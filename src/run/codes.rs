//! The codes of findings that come from running a command, not from looking at files.

use crate::report::{Code, Level};

/// The network was attempted.
pub(super) const NETWORK_ATTEMPT: Code = Code {
    name: "network-attempt",
    level: Level::Deny,
    what: "the command, or a program it started, tried to reach the network",
    why: "A build that needs the network is not reproducible from what the repository carries, and fails where there is none. The error itself is often swallowed: a test ignores it, a tool falls back. So the command fails even if go said 0, and says so again the next time: neither the test cache nor the build cache hides it.",
    fix: "The report names the program, its parents up to the go command, what it tried to reach and what most likely led to it. Vendor what is missing, make the test use a server of its own on loopback, or choose a profile that may use the network: `go-offline --profile online test`. `go-offline trace -- COMMAND` finds out without failing, and `--report FILE` writes all of it as JSON. At level note it lists what is no attempt and still worth knowing: a UDP connect, which sends nothing, or a socket on which somebody outside listens.",
    example: "a test calls http.Get and ignores the error; `go test` prints ok, `go-offline test` exits 77",
};

/// The wall is weaker than asked for.
pub(super) const ISOLATION_WEAK: Code = Code {
    name: "isolation-weak",
    level: Level::Warn,
    what: "no network namespace stands around the command: a weaker wall does, or only its environment keeps it from the network",
    why: "Behind `seccomp-notify` calls that reach out are refused one by one, which holds against programs that reach out and not against one that plays tricks on it. Behind `seccomp-deny` there are no sockets at all, and what was tried is not seen. Without a wall a program that does not heed GOPROXY and its kin (a test, a generator, a compiler wrapper) reaches the network and is not reported.",
    fix: "The reason names what the system refuses and how to allow it. With GO_OFFLINE_ISOLATION=require the command does not start without a wall, with require-netns not without a network namespace; with GO_OFFLINE_ISOLATION=off there is neither a wall nor a warning.",
    example: "a container with Docker's default seccomp profile, which refuses unshare(CLONE_NEWUSER) and unshare(CLONE_NEWNET)",
};

/// Processes outlive the command.
pub(super) const PROCESSES_LEFT: Code = Code {
    name: "processes-left",
    level: Level::Note,
    what: "the command has ended and left processes behind",
    why: "They live on behind the wall: what they try to reach from then on is refused, but nobody watches it, so a run that says \"no attempt\" does not speak of them. A server that a test forgot also holds its port, its files and a CI job's end.",
    fix: "Stop them where they are started: a test's `t.Cleanup`, a script's `trap 'kill $server' EXIT`. `--strict`, before the verb, ends them by SIGTERM and half a second later by SIGKILL: `go-offline --strict exec -- make test`. What is to stay, such as a compiler cache's server, is silenced by `[lints] processes-left = \"allow\"`.",
    example: "make starts `./server &` and never stops it",
};

/// vendor/ changed while go was building from it.
pub(super) const VENDOR_CHANGED: Code = Code {
    name: "vendor-changed-during-build",
    level: Level::Deny,
    what: "vendor/ was changed while the command ran, after its bytes had been verified",
    why: "What was verified before the command is then not known to be what go has read: a generator, a compiler wrapper or somebody else writes into vendor/. Only the file system's word is taken: a file that was changed and changed back counts too, and so does one that was only touched.",
    fix: "The report names the files. Find out who writes there, for instance by `go-offline exec -- strace -f -e trace=file COMMAND`, and run the command again.",
    example: "a -toolexec program that edits vendor/github.com/pkg/errors/errors.go before it starts the compiler",
};

/// A fingerprint is not the one expected.
pub(super) const FINGERPRINT_MISMATCH: Code = Code {
    name: "fingerprint-mismatch",
    level: Level::Deny,
    what: "the fingerprint over all vendored modules is not the one that was expected",
    why: "Lists, lock, go.sum and vendor/ come from one checkout, and whoever can change them all can make them agree. A fingerprint that was kept elsewhere, in a release's notes or in a CI's settings, is what they cannot change.",
    fix: "If the modules were updated on purpose, `go-offline lock` prints the new fingerprint: review the change and keep it. If not, the checkout is not the one that the fingerprint was taken of.",
    example: "go-offline lock --check --expect sha256:4a3f…",
};

/// The checksum database says otherwise.
pub(super) const SUMDB_MISMATCH: Code = Code {
    name: "sumdb-mismatch",
    level: Level::Deny,
    what: "a line of go.sum has another hash than the checksum database has for that module version",
    why: "The checksum database is a public log that nobody can change without being seen: what it has for a version is what everybody else has got. go asks it only when a line is first written, so a line that was written under GOSUMDB=off, by hand, or from a proxy that served something of its own stays for good.",
    fix: "Find out who wrote the line (`git log -S HASH go.sum`), and what is in the module: `go-offline --profile online mod download -json MODULE@VERSION` with an empty go.sum gets what the log has. If a fork is wanted under the same name, say so by `replace`; if the module is private, name it under `[modules] private`.",
    example: "go.sum has golang.org/x/text v0.3.0 h1:AAAA…, the checksum database h1:g61t…",
};

/// The checksum database has nothing of it.
pub(super) const SUMDB_UNPROVEN: Code = Code {
    name: "sumdb-unproven",
    level: Level::Warn,
    what: "the checksum database has no record of a module version of go.sum",
    why: "Nobody but this go.sum then says what that version is. In an air gap with the checksum database on, go accepts the line as it stands, but cannot write it anew.",
    fix: "If the module is private, name it under `[modules] private` or in GONOSUMDB: then nobody is asked for it, and it is counted as private. If it is public, its version may be gone or misspelt: `go-offline --profile online list -m -versions MODULE`.",
    example: "git.acme.example/lib v1.2.3, a private module that no pattern names",
};

/// Every code of this room.
pub const CODES: &[Code] = &[
    NETWORK_ATTEMPT,
    ISOLATION_WEAK,
    PROCESSES_LEFT,
    VENDOR_CHANGED,
    FINGERPRINT_MISMATCH,
    SUMDB_MISMATCH,
    SUMDB_UNPROVEN,
];
