//! What we tell people: findings with the lines they stand on, one file per output format, exit codes.
//!
//! This room prints nothing and decides nothing. A severity is handed in, a source text is handed
//! in, and what comes out is a string.

mod code;
mod exit;
mod few;
mod finding;
mod human;
mod json;
mod passwords;
mod run;
mod sanitize;

pub use code::Code;
pub use exit::Exit;
pub use few::few;
pub use finding::{Finding, Level, Place, Row, SourceText, first_few};
pub use human::{human, summary};
pub use json::{JsonModule, json};
pub use passwords::without_passwords;
pub use run::{Isolation, RunAttempt, RunGo, RunLeftover, RunProcess, RunReport, Unattributed};
pub use sanitize::clean;
