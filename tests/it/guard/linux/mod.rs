//! The wall on Linux.

mod caged;
pub(crate) mod lab;
mod probe;

mod api;
mod descriptors;
mod network;
mod processes;
mod refusals;
