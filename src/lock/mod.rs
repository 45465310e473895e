//! What is bound to go.sum: for now the key under which a build's caches are kept.

mod key;

pub use key::{KeyFacts, cache_key};
