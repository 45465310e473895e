//! Why a variable cannot be written in a format.

use super::Format;
use std::fmt;

/// A variable that its reader would not read as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportError {
    /// The variable.
    pub name: String,
    /// The format.
    pub format: Format,
    /// Why.
    pub reason: Reason,
}

/// What stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The name is not one that every reader takes for a name.
    Name,
    /// The value is not UTF-8.
    NotText,
    /// The value has a line break or another control character.
    ControlCharacter,
    /// No kind of quotes lets the value through all readers of .env files.
    Unquotable,
    /// The reader takes away quotes around the whole value.
    QuotesAround,
    /// The reader takes away space at the ends of the value.
    SpaceAtTheEnds,
    /// The reader would put the value of a variable in place of a part of the value.
    Expanded,
    /// The reader keeps this variable for itself.
    Reserved,
    /// The line is longer than the reader's buffer.
    LineTooLong,
    /// With this variable the file is longer than its reader allows.
    FileTooLong,
}

impl Reason {
    fn text(self) -> &'static str {
        match self {
            Reason::Name => "its name is not made of letters, digits and `_` alone",
            Reason::NotText => "its value is not UTF-8, and the reader takes text only",
            Reason::ControlCharacter => {
                "its value holds a line break or another control character, which the reader does not keep"
            }
            Reason::Unquotable => {
                "its value holds quotes, backslashes or `${` that the readers of such files do not read alike"
            }
            Reason::QuotesAround => {
                "its value has quotes around it, which some versions of the reader take away"
            }
            Reason::SpaceAtTheEnds => {
                "its value starts or ends with a space, which the reader takes away"
            }
            Reason::Expanded => {
                "its value holds `$` or `%…%`, which the reader takes for other variables"
            }
            Reason::Reserved => "the reader lets nobody set it",
            Reason::LineTooLong => "its line is longer than the 64 KiB that the reader takes",
            Reason::FileTooLong => {
                "with it the file is longer than the 5 KiB that the reader takes"
            }
        }
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ExportError { name, format, reason } = self;
        let name = name.escape_debug();
        write!(f, "{name} cannot be written as {}: {}", format.word(), reason.text())?;
        match reason {
            Reason::Name => write!(f, "; give it another name"),
            // Whoever wants text gets it from json; what is no text, a shell alone can say.
            Reason::NotText => write!(f, "; `--format sh` can write it"),
            _ => write!(f, "; `--format sh` and `--format json` can write it"),
        }
    }
}

impl std::error::Error for ExportError {}
