//! Which level a code has: its default, or what the user says.

use crate::report::Level;
use std::fmt;

/// A code that no rule has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownCode(pub String);

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no finding has the code `{}`", self.0)
    }
}

impl std::error::Error for UnknownCode {}

/// Levels that the user has changed; the last word on a code counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Levels(Vec<(String, Level)>);

impl Levels {
    /// Sets the level of a code.
    ///
    /// # Errors
    /// No code in `known` has this name.
    pub fn set(&mut self, code: &str, level: Level, known: &[&str]) -> Result<(), UnknownCode> {
        if !known.contains(&code) {
            return Err(UnknownCode(code.to_owned()));
        }
        self.0.push((code.to_owned(), level));
        Ok(())
    }

    /// The level of a finding whose rule gave it `default`.
    pub fn level(&self, code: &str, default: Level) -> Level {
        let set = self.0.iter().rev().find(|(name, _)| name == code);
        set.map_or(default, |(_, level)| *level)
    }
}
