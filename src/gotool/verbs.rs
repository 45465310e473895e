//! The commands of `go`, as go1.26 has them. A later go may have more: `go-offline go VERB`
//! always reaches them.

/// Every command word that may stand first.
pub const VERBS: &[&str] = &[
    "bug",
    "build",
    "clean",
    "doc",
    "env",
    "fix",
    "fmt",
    "generate",
    "get",
    "help",
    "install",
    "list",
    "mod",
    "run",
    "telemetry",
    "test",
    "tool",
    "version",
    "vet",
    "work",
];

/// Whether a second word belongs to the command, as in `mod tidy`.
pub fn is_group(verb: &str) -> bool {
    matches!(verb, "mod" | "work")
}
