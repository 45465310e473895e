//! Bundles of real repositories: made here from the module proxy that go is set to, and used where
//! there is nothing: no network, no Go, no module cache, an empty HOME.
//!
//! Needs GO_OFFLINE_CORPUS and GO_OFFLINE_MODCACHE, and a module proxy; `.ci/full` has all of it.

mod damaged;
mod gap;
mod near;
mod repositories;
mod served;
mod toolchains;
