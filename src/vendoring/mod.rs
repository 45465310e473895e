//! What `go mod vendor` copies of a module, and what differs from that in a vendor directory.
//!
//! Everything here is pure. It follows `cmd/go/internal/modcmd/vendor.go` and what that calls: it needs
//! the names and hashes of a module's files, and the text of the few Go files that no build takes or
//! that embed something.
//!
//! | file | holds | follows |
//! |---|---|---|
//! | packages | the packages of a module that are vendored | - |
//! | copied | which files of a module are copied | cmd/go/internal/modcmd/vendor.go |
//! | compare | what should be there against what is | - |
//! | owners | which module a file belongs to, by its path | - |
//! | names | what go makes of a file by its name | go/build `matchFile`, modcmd/vendor.go `metaPrefixes` |
//! | constraint | what leaves a Go file out | cmd/go/internal/imports/build.go, go/build/constraint |
//! | embed | `//go:embed` patterns and what they take | go/build/read.go, cmd/go/internal/load `resolveEmbed` |
//! | header | a Go file to the end of its imports | cmd/go/internal/imports/read.go |

mod packages;

mod copied;

mod cpp;

mod compare;

mod constraint;

mod embed;

mod header;

mod names;

mod owners;

pub use compare::{
    Comparison, Difference, Expected, Found, LineEnds, Source, VendoredModule, What, compare,
};
pub use constraint::is_left_out;
pub use copied::{Copied, CopyRules, Embeds, Role, copied};
pub use cpp::CppPackages;
pub use embed::{EmbedPattern, embed_patterns, embeds};
pub use names::{dir_and_base, is_metadata, may_be_built};
pub use owners::Owners;
pub use packages::{VendoredPackages, is_at_or_below};
