//! What a finding code means: declared beside the rule that raises it, listed by `explain`.

use super::Level;

/// A finding code with its documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The stable kebab-case name.
    pub name: &'static str,
    /// Its level unless a policy says otherwise.
    pub level: Level,
    /// One sentence: what is wrong.
    pub what: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What mends it.
    pub fix: &'static str,
    /// A small example, as text.
    pub example: &'static str,
}
