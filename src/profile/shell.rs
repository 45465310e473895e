//! The printing sink: an environment and a command as one line to paste into a shell.

use super::goenv::GoEnv;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// `env -u UNSET NAME=VALUE … program argument …`, quoted for POSIX shells. Without any change
/// of the environment it is the command alone.
pub fn command_line(env: &GoEnv, program: &OsStr, args: &[OsString]) -> String {
    let mut words = Vec::new();
    for setting in env.settings().iter().filter(|setting| setting.value.is_none()) {
        words.push("-u".to_owned());
        words.push(quote(OsStr::new(&setting.name)));
    }
    for setting in env.settings() {
        if let Some(value) = &setting.value {
            words.push(format!("{}={}", setting.name, quote(value)));
        }
    }
    if !words.is_empty() {
        words.insert(0, "env".to_owned());
    }
    words.push(quote(program));
    words.extend(args.iter().map(|arg| quote(arg)));
    words.join(" ")
}

/// Quotes a word for a POSIX shell. Bytes that are not UTF-8 are written as `$'\xNN'`.
pub fn quote(word: &OsStr) -> String {
    match word.to_str() {
        Some(text) if !text.is_empty() && text.bytes().all(is_plain) => text.to_owned(),
        Some(text) if !text.chars().any(char::is_control) => {
            format!("'{}'", text.replace('\'', r"'\''"))
        }
        _ => word.as_bytes().iter().fold("$'".to_owned(), |out, byte| out + &escaped(*byte)) + "'",
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_./=,:@%+".contains(&byte)
}

fn escaped(byte: u8) -> String {
    match byte {
        b'\'' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\x{byte:02x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_reach_a_real_shell_unchanged() {
        let words = ["plain", "", "two words", "it's", "$HOME `id` \"x\"", "*:off", "a\nb\t\x01é"];
        for word in words {
            let script = format!("printf %s {}", quote(OsStr::new(word)));
            let output = std::process::Command::new("bash").args(["-c", &script]).output().unwrap();
            assert_eq!(output.stdout, word.as_bytes(), "{script}");
        }
    }
}
