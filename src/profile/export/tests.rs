//! What is written and what is refused. That it comes back byte for byte is tests/it/exported.rs.
//!
//! PowerShell is not among the readers there: of it, the text alone is tested, here.

use super::*;
use crate::profile::Origin;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

fn setting(name: &str, value: Option<impl Into<OsString>>) -> Setting {
    Setting { name: name.to_owned(), value: value.map(Into::into), origin: Origin::Auto }
}

fn one(format: Format, value: &str) -> Result<String, Reason> {
    export(&[setting("N", Some(value))], format).map_err(|error| error.reason)
}

fn unset(format: Format) -> String {
    export(&[setting("N", None::<OsString>)], format).unwrap()
}

fn all() -> impl Iterator<Item = Format> {
    Format::WORDS.iter().map(|word| word.parse().unwrap())
}

#[test]
fn what_cannot_be_unset_is_empty() {
    for format in [Format::Sh, Format::Direnv] {
        assert_eq!(unset(format), "unset N\n");
    }
    assert_eq!(unset(Format::Fish), "set -e N\n");
    assert_eq!(unset(Format::Powershell), "Remove-Item Env:N -ErrorAction Ignore\n");
    assert_eq!(unset(Format::Dotenv), "N=''\n");
    for format in [Format::Github, Format::Gitlab, Format::Docker] {
        assert_eq!(unset(format), "N=\n");
    }
    assert_eq!(unset(Format::Json), "{\n  \"set\": {},\n  \"unset\": [\n    \"N\"\n  ]\n}\n");
}

#[test]
fn what_one_go_offline_leaves_to_another_is_not_exported() {
    let list = [
        setting("GO_OFFLINE_SAVED", Some("{}")),
        setting("GOPROXY", Some("off")),
        setting("GO_OFFLINE_GO", Some("/go")),
    ];
    for format in all() {
        let text = export(&list, format).unwrap();
        assert!(text.contains("GOPROXY") && !text.contains("GO_OFFLINE"), "{text}");
    }
    assert_eq!(export(&[], Format::Sh).unwrap(), "");
}

#[test]
fn a_name_that_breaks_out_is_refused_everywhere() {
    for name in ["", "1A", "A B", "A;id", "A=B", "A\nB", "É", "A-B"] {
        for format in all() {
            let error = export(&[setting(name, Some("x"))], format).unwrap_err();
            assert_eq!(error.reason, Reason::Name, "{name:?} {format:?}");
            assert!(!error.to_string().contains('\n'));
        }
    }
}

#[test]
fn bytes_are_for_shells_only() {
    let list = [setting("N", Some(OsStr::from_bytes(b"caf\xe9")))];
    for format in all() {
        let is_shell = matches!(format, Format::Sh | Format::Direnv | Format::Fish);
        match export(&list, format) {
            Ok(_) => assert!(is_shell, "{format:?}"),
            Err(error) => {
                assert_eq!((error.reason, is_shell), (Reason::NotText, false), "{format:?}");
                assert!(error.to_string().ends_with("; `--format sh` can write it"), "{error}");
            }
        }
    }
}

#[test]
fn powershell_doubles_every_kind_of_single_quote() {
    let text = |value| one(Format::Powershell, value).unwrap();
    assert_eq!(text("a b$HOME`x`\"#\\"), "$env:N = 'a b$HOME`x`\"#\\'\n");
    assert_eq!(text("it's"), "$env:N = 'it''s'\n");
    for quote in ["\u{2018}", "\u{2019}", "\u{201a}", "\u{201b}"] {
        assert_eq!(text(quote), format!("$env:N = '{quote}{quote}'\n"));
    }
    assert_eq!(text("a\nb\x1b"), "$env:N = 'a' + [char]10 + 'b' + [char]27 + ''\n");
    assert_eq!(text(""), "$env:N = ''\n");
}

#[test]
fn no_shell_statement_holds_a_control_character() {
    for format in [Format::Sh, Format::Direnv, Format::Fish, Format::Powershell] {
        let text = one(format, "\x1b[31m\x07\u{9b}x").unwrap();
        assert!(!text.trim_end().contains(char::is_control), "{text:?}");
    }
}

#[test]
fn dotenv_writes_what_all_readers_read_alike() {
    let text = |value| one(Format::Dotenv, value);
    assert_eq!(text("$HOME `x` \"y\" #z %").unwrap(), "N='$HOME `x` \"y\" #z %'\n");
    assert_eq!(text("it's #1").unwrap(), "N=\"it's #1\"\n");
    assert_eq!(text(r"C:\n").unwrap(), "N='C:\\n'\n");
    for value in ["end\\", r"a\\b", "${HOME}", "it's \"x\"", "it's $5", r"it's \n", "it's `x`"] {
        assert_eq!(text(value), Err(Reason::Unquotable), "{value}");
    }
    for value in ["a\nb", "a\rb", "a\u{85}b"] {
        assert_eq!(text(value), Err(Reason::ControlCharacter), "{value:?}");
    }
}

#[test]
fn gitlab_writes_what_is_not_changed_on_the_way() {
    let text = |value| one(Format::Gitlab, value);
    assert_eq!(text("'a' \"b\" #c \\ 100%").unwrap(), "N='a' \"b\" #c \\ 100%\n");
    for value in [" a", "a "] {
        assert_eq!(text(value), Err(Reason::SpaceAtTheEnds));
    }
    for value in ["$HOME", "%HOME%", "a$$b"] {
        assert_eq!(text(value), Err(Reason::Expanded));
    }
    assert_eq!(text("a\nb"), Err(Reason::ControlCharacter));
}

#[test]
fn limits_of_the_readers_hold() {
    // `N=`, the value and the end of the line.
    let longest = |size: usize| "x".repeat(size - "N=\n".len());
    assert!(one(Format::Gitlab, &longest(5119)).is_ok());
    assert_eq!(one(Format::Gitlab, &longest(5120)), Err(Reason::FileTooLong));
    assert!(one(Format::Docker, &longest(65535)).is_ok());
    assert_eq!(one(Format::Docker, &longest(65536)), Err(Reason::LineTooLong));

    let error = export(&[setting("NODE_OPTIONS", Some("-r x"))], Format::Github).unwrap_err();
    assert_eq!(error.reason, Reason::Reserved);
}

#[test]
fn docker_takes_no_value_that_is_quoted_as_a_whole() {
    for value in ["'a'", "\"a\"", "''"] {
        assert_eq!(one(Format::Docker, value), Err(Reason::QuotesAround));
    }
    assert_eq!(one(Format::Docker, "'a\" b").unwrap(), "N='a\" b\n");
    assert_eq!(one(Format::Docker, "'").unwrap(), "N='\n");
    assert_eq!(one(Format::Docker, "a\rb"), Err(Reason::ControlCharacter));
}

#[test]
fn the_error_names_variable_format_and_way_out() {
    let error = export(&[setting("GOFLAGS", Some("a\nb"))], Format::Docker).unwrap_err();
    assert_eq!(
        error.to_string(),
        "GOFLAGS cannot be written as docker: its value holds a line break or another control character, which the reader does not keep; `--format sh` and `--format json` can write it"
    );
}
