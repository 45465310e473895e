//! Integration tests, one binary.

#![allow(clippy::unwrap_used)] // a test that cannot go on is to fail, in its helpers too

mod architecture;

mod readme;

mod corpus;

mod skip;

mod gomod_properties;

mod gomod_vs_go;

mod guard;
