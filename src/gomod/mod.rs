//! The texts that Go keeps about modules, turned into values with positions.
//!
//! Every function here is pure: text in, values out. Nothing in this room reads a file, starts a
//! process, looks at the environment or prints. Where the go command has a rule, this room has the
//! same rule; each item names the Go source that it follows.
//!
//! Texts are `&str`. Go reads bytes and treats an invalid one as U+FFFD, so a caller that holds
//! bytes converts them with [`String::from_utf8_lossy`].
//!
//! | file | holds | follows |
//! |---|---|---|
//! | mod_file | go.mod | x/mod/modfile/rule.go |
//! | work_file | go.work | x/mod/modfile/work.go |
//! | go_sum | go.sum, go.work.sum | cmd/go/internal/modfetch/fetch.go |
//! | modules_txt | vendor/modules.txt | cmd/go/internal/modload/vendor.go |
//! | build_list | the version of each module that go selects | cmd/go/internal/modload/buildlist.go, cmd/go/internal/mvs |
//! | file_list | the files of a module version and the `h1:` hash over them | x/mod/sumdb/dirhash/hash.go |
//! | module_version | a module path and its version | x/mod/module/module.go `Version` |
//! | module_path | which paths are valid, and their escaped form | x/mod/module/module.go |
//! | case_fold | which paths are one where cases are not told apart | strings `EqualFold` |
//! | semver | module versions | x/mod/semver, x/mod/module/pseudo.go |
//! | go_version | versions of Go itself | internal/gover, cmd/go/internal/gover |
//! | glob | the patterns of GOPRIVATE and its kin | x/mod/module `MatchPrefixPatterns`, path/match.go |
//! | platform | this machine's GOOS and GOARCH | internal/platform |
//! | position | spans, parse errors, lines and columns | x/mod/modfile/read.go `Position` |
//! | directive | lines that go.mod and go.work share | x/mod/modfile/rule.go |
//! | syntax, lexer | text to lines and blocks of tokens | x/mod/modfile/read.go |
//! | quote, printable | Go's string literals, and which characters Go prints | strconv, unicode |

mod mod_file;

mod work_file;

mod go_sum;

mod modules_txt;

mod build_list;

mod file_list;

mod module_version;

pub mod module_path;

pub mod semver;

pub mod go_version;

pub mod glob;

pub mod platform;

mod case_fold;

mod position;

mod directive;

mod syntax;

mod lexer;

mod quote;

mod printable;

pub use build_list::{BuildList, MainModules, Replacements, Selected, build_list};
pub use case_fold::case_folded;
pub use directive::{Godebug, Replace, is_directory_path};
pub use file_list::{FileList, FileListError, hex};
pub use go_sum::{GoSum, SumLine, go_mod_h1};
pub use mod_file::{Exclude, ModFile, Require, Retract};
pub use module_version::ModuleVersion;
pub use modules_txt::{Merged, ModulesTxt, VendoredModule};
pub use position::{ParseError, Span, Spanned, line_col};
pub use printable::{is_digit, is_letter};
pub use quote::unquote;
pub use work_file::{Use, WorkFile};
