//! The wall on Linux.

mod caged;
mod lab;
mod probe;

mod api;
mod descriptors;
mod network;
mod processes;
mod refusals;
