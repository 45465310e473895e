//! Integration tests, one binary.

#![allow(clippy::unwrap_used)] // a test that cannot go on is to fail, in its helpers too

mod architecture;

mod readme;

mod corpus;
mod corpus_bytes;

mod module_zips;

mod skip;

#[cfg(target_os = "linux")]
mod sandbox;

#[cfg(target_os = "linux")]
mod place;

#[cfg(target_os = "linux")]
mod world;

mod git_rules;
mod gomod_properties;
mod made_up;
mod modules;
mod tampered;
mod txtar;
mod vendored_by_go;

mod program;

mod codes;

mod profiles;

mod exported;

mod agreement;

mod one_character;

mod silence;

mod hostile_trees;

mod gomod_vs_go;

mod vendoring_vs_go;

mod build_list_vs_go;

mod guard;

#[cfg(target_os = "linux")]
mod traps;

#[cfg(target_os = "linux")]
mod passthrough;

#[cfg(target_os = "linux")]
mod editors;

#[cfg(target_os = "linux")]
mod shim;

#[cfg(target_os = "linux")]
mod open;

#[cfg(target_os = "linux")]
mod plugin;

#[cfg(all(target_os = "linux", not(go_offline_stub)))]
mod network;

#[cfg(all(target_os = "linux", not(go_offline_stub)))]
mod run_network;

mod report;

#[cfg(all(target_os = "linux", not(go_offline_stub)))]
mod cage;
mod carry;

#[cfg(all(target_os = "linux", not(go_offline_stub)))]
mod crowd;

#[cfg(all(target_os = "linux", not(go_offline_stub)))]
mod doors;

#[cfg(all(target_os = "linux", not(go_offline_stub)))]
mod levels;
mod lock;

#[cfg(all(target_os = "linux", not(go_offline_stub)))]
mod watch_calls;

#[cfg(all(target_os = "linux", not(go_offline_stub)))]
mod report_network;

#[cfg(all(target_os = "linux", not(go_offline_stub)))]
mod late_signals;
#[cfg(all(target_os = "linux", not(go_offline_stub)))]
mod leftovers;
mod strict;

#[cfg(all(target_os = "linux", go_offline_stub))]
mod stub;

#[cfg(target_os = "linux")]
mod go_scripts;

#[cfg(all(target_os = "linux", not(go_offline_stub)))]
mod airgap;

#[cfg(target_os = "linux")]
mod checksum_database;

#[cfg(target_os = "linux")]
mod supplied;

#[cfg(target_os = "linux")]
mod fetch;

#[cfg(target_os = "linux")]
mod bundle;

#[cfg(target_os = "linux")]
mod sumdb;
