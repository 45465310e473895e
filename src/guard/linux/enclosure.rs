//! A cage that stands: what is asked of it later.

use super::counters::Counters;
use crate::guard::{NoWall, Record, Watch};

/// A cage that stands.
#[derive(Debug)]
pub(in crate::guard) struct Enclosure {
    pub(super) counters: Counters,
}

impl Enclosure {
    pub(in crate::guard) fn watch(&self) -> Watch {
        Watch::default()
    }

    /// What was tried so far.
    pub(in crate::guard) fn record(&mut self) -> Result<Record, NoWall> {
        Ok(Record { attempts: Vec::new(), unattributed: self.counters.since_start()? })
    }
}
