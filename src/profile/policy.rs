//! The words a policy is made of, as they are written in variables and files.

use std::fmt;

/// A word that is not one of those expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownWord {
    /// The word.
    pub word: String,
    /// The words that would do.
    pub expected: &'static [&'static str],
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown value `{}`, expected one of: {}", self.word, self.expected.join(", "))
    }
}

impl std::error::Error for UnknownWord {}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// Every word, in the order of the documentation.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// The word as it is written.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok($name::$variant),)*
                    _ => Err(UnknownWord { word: word.to_owned(), expected: Self::WORDS }),
                }
            }
        }
    };
}

pub(super) use words;

words! {
    /// What becomes of an attempt to reach the network.
    Network {
        /// The network is not cut.
        Allow = "allow",
        /// The network is cut; attempts are reported.
        Warn = "warn",
        /// The network is cut; an attempt makes the command fail.
        Deny = "deny",
    }
}

words! {
    /// What is checked before the go command starts.
    Verify {
        /// Nothing.
        Off = "off",
        /// go.mod, go.sum and vendor/modules.txt against each other and against vendor/.
        Lists = "lists",
        /// The lists, and every vendored file against go.sum.
        Bytes = "bytes",
    }
}

words! {
    /// How strong a wall must stand around the command.
    Isolation {
        /// None is built.
        Off = "off",
        /// The strongest to be had; a weaker one is named and the command goes on.
        Prefer = "prefer",
        /// A wall that holds against every program of the build, or the command does not start.
        Require = "require",
        /// A network namespace, or the command does not start.
        RequireNetns = "require-netns",
    }
}

words! {
    /// Whether the program that `go run` has built may use the network.
    RunNetwork {
        /// It runs behind the wall.
        Deny = "deny",
        /// It is built behind the wall and runs outside it.
        Allow = "allow",
    }
}

words! {
    /// What becomes of connections to unix sockets on which somebody outside the wall listens.
    UnixSockets {
        /// They work, and are reported.
        Note = "note",
        /// They are refused, and each is an attempt.
        Deny = "deny",
    }
}

words! {
    /// Whether the system calls of the command are looked at one by one.
    WatchCalls {
        /// They are not: the command may look at calls itself.
        Off = "off",
        /// They are, and a report names who tried what.
        On = "on",
    }
}

words! {
    /// Which go.work counts.
    Gowork {
        /// As go finds it.
        Auto = "auto",
        /// None.
        Off = "off",
    }
}

words! {
    /// The level that a settings file gives a finding code.
    LintLevel {
        /// Counted, not shown.
        Allow = "allow",
        /// Shown.
        Warn = "warn",
        /// Shown, and the command fails.
        Deny = "deny",
    }
}

/// A value that a floor can hold: the larger, the safer.
pub(super) trait Guarded: Copy + Ord + 'static {
    /// What a profile has that nobody loosened.
    const USUAL: Self;

    /// The word as it is written.
    fn word(self) -> &'static str;
}

macro_rules! guarded {
    ($name:ident, $usual:ident) => {
        impl Guarded for $name {
            const USUAL: Self = $name::$usual;

            fn word(self) -> &'static str {
                self.word()
            }
        }
    };
}

guarded!(Network, Deny);
guarded!(Verify, Lists);
guarded!(Isolation, Prefer);
guarded!(UnixSockets, Note);
guarded!(WatchCalls, On);
