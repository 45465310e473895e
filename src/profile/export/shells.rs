//! One variable as a statement of a shell.
//!
//! No statement sends a control character to the terminal that may show it: what is one, is spelt
//! out.

use super::super::shell::quote;
use super::refusal::Reason;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;

/// `export NAME=VALUE` or `unset NAME`.
pub(super) fn posix(name: &str, value: Option<&OsStr>) -> String {
    match value {
        Some(value) => format!("export {name}={}", quote(value)),
        None => format!("unset {name}"),
    }
}

/// `set -gx NAME 'VALUE'` or `set -e NAME`. In single quotes fish knows `\\` and `\'` and nothing
/// else; outside of quotes `\X1b` is that byte, whether it is part of a character or not.
pub(super) fn fish(name: &str, value: Option<&OsStr>) -> String {
    let Some(value) = value else {
        return format!("set -e {name}");
    };
    let mut out = format!("set -gx {name} '");
    for chunk in value.as_bytes().utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\'' | '\\' => out.extend(['\\', character]),
                _ if character.is_control() => {
                    let mut buffer = [0; 4];
                    bare_bytes(&mut out, character.encode_utf8(&mut buffer).as_bytes());
                }
                _ => out.push(character),
            }
        }
        if !chunk.invalid().is_empty() {
            bare_bytes(&mut out, chunk.invalid());
        }
    }
    out.push('\'');
    out
}

/// Leaves the single quotes for some bytes of fish.
fn bare_bytes(out: &mut String, bytes: &[u8]) {
    out.push('\'');
    for byte in bytes {
        let _ = write!(out, "\\X{byte:02x}");
    }
    out.push('\'');
}

/// `$env:NAME = 'VALUE'` or `Remove-Item Env:NAME -ErrorAction Ignore`. PowerShell takes the four
/// typographic single quotes for quotes as well; each is doubled to stand for itself.
///
/// # Errors
/// A value that is not UTF-8: PowerShell's strings are UTF-16.
pub(super) fn powershell(name: &str, value: Option<&OsStr>) -> Result<String, Reason> {
    let Some(value) = value else {
        return Ok(format!("Remove-Item Env:{name} -ErrorAction Ignore"));
    };
    let value = value.to_str().ok_or(Reason::NotText)?;
    let mut out = format!("$env:{name} = '");
    for character in value.chars() {
        match character {
            '\'' | '\u{2018}'..='\u{201b}' => out.extend([character, character]),
            _ if character.is_control() => {
                let _ = write!(out, "' + [char]{} + '", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('\'');
    Ok(out)
}
