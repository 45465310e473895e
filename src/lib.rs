//! go-offline: the go command under a profile, with vendored modules checked and the network cut.
//!
//! This file is the map. Every room is one directory under `src/`; the table says which other
//! rooms it may know, and `tests/it/architecture.rs` fails on any `crate::` path that is not in it.
//! Data flows one way, from the bottom row of the table to the top.
//!
//! | room | may know | what it holds |
//! |---|---|---|
//! | gomod | - | go.mod, go.work, go.sum, vendor/modules.txt, module paths and versions: text to values with positions |
//! | vendoring | gomod | what `go mod vendor` copies of a module: build constraints, `//go:embed`, the copy rules |
//! | report | - | findings, source excerpts, output formats, exit codes |
//! | guard | - | the wall, a network namespace or what is left of one, its doors, and the watch in it: name server, calls, kernel counters, the record of attempts and of who is left; no word of Go |
//! | project | gomod, vendoring | finds a Go module or workspace as go does, reads each file once, and sees which CI lies around it |
//! | sumdb | gomod | the checksum database: signed heads, records, tiles and proofs; tiles are handed in |
//! | profile | gomod | go-offline.toml, profiles, and the environment they make: a list of set and unset variables with origins |
//! | gotool | - | finds the go command, which may not be ourselves, and starts it; links that make us one |
//! | lock | gomod, vendoring | what is bound to go.sum: go-offline.lock, the file lists, the key of a build's caches |
//! | fetch | gomod, project, sumdb | fills the module cache with what go.sum names, through the go command, and hashes what is there; reads the checksum database |
//! | bundle | gomod, project, sumdb, fetch | bundles: manifest.json, the archive and the directory, written, read and judged |
//! | check | gomod, vendoring, report, project, profile, lock | the rules: facts and policy to findings; pure |
//! | run | gomod, vendoring, report, guard, project, profile, gotool, lock, sumdb, fetch, bundle, check | one guarded command, from checks to outcome |
//! | cli | report, guard, project, profile, gotool, sumdb, fetch, bundle, check, run | argv and environment in, text and exit code out |

pub mod gomod;

pub mod vendoring;

pub mod report;

pub mod guard;

pub mod project;

pub mod sumdb;

pub mod profile;

pub mod gotool;

pub mod lock;

pub mod fetch;

pub mod bundle;

pub mod check;

pub mod run;

pub mod cli;
