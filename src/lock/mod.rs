//! What is bound to go.sum: go-offline.lock, the lists of the modules' files, and the key under which
//! a build's caches are kept.

mod key;

mod listed;

mod lists_file;

mod lock_file;

pub use key::{KeyFacts, cache_key};
pub use listed::{Complete, Listed, is_carried};
pub use lists_file::{LEVEL_FAST, LEVEL_SMALL, ListsError, read_lists, write_lists};
pub use lock_file::{LockEntry, LockError, LockFile, digest};

/// The lock of a project, beside its vendor/.
pub const LOCK_FILE: &str = "go-offline.lock";

/// The lists of the files of all its modules, beside it.
pub const LISTS_FILE: &str = "go-offline.lock.lists";
