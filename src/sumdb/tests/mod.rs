//! The room as a whole, against Go's own data and against databases that are made up or lie.

mod golden;

mod heads;

mod hostile;

mod keys;

mod lookups;

pub(crate) mod made;

mod tiles;
