//! Why there is no wall. A value, not a message: the caller decides whether it matters.

use std::error::Error;
use std::fmt;
use std::io;

/// No wall is to be had: the step that failed, what the system said, and what may mend it.
///
/// `Display` is one line without the hint, as `cannot make a user namespace: Operation not
/// permitted (os error 1)`, so that a report can set the hint apart.
#[derive(Debug)]
pub struct NoWall {
    /// What was tried, as the words after "cannot".
    pub step: &'static str,
    /// What the system answered.
    pub error: io::Error,
    /// Why a weaker wall was not to be had either, where one was tried.
    pub weaker: Option<String>,
    /// Why that is so on this machine and what would change it, where the cause is known.
    pub hint: Option<String>,
}

impl NoWall {
    pub(super) fn new(step: &'static str, error: impl Into<io::Error>) -> NoWall {
        NoWall { step, error: error.into(), weaker: None, hint: None }
    }

    /// The same refusal once more: `io::Error` itself cannot be cloned.
    pub(super) fn again(&self) -> NoWall {
        let (weaker, hint) = (self.weaker.clone(), self.hint.clone());
        NoWall { step: self.step, error: same_error(&self.error), weaker, hint }
    }
}

/// The same error once more.
pub(super) fn same_error(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(number) => io::Error::from_raw_os_error(number),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

impl fmt::Display for NoWall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}", self.step, self.error)?;
        match &self.weaker {
            Some(weaker) => write!(f, "; {weaker}"),
            None => Ok(()),
        }
    }
}

// No source: the system's error is part of the line already.
impl Error for NoWall {}
