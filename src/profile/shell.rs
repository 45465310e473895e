//! The printing sink: an environment and a command as one line to paste into a shell.

use super::goenv::GoEnv;
use super::saved;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;

/// `env -u UNSET NAME=VALUE … program argument …`, quoted for POSIX shells. Without any change
/// of the environment it is the command alone. GO_OFFLINE_SAVED is left out: it says the same once
/// more, to a go-offline inside.
pub fn command_line(env: &GoEnv, program: &OsStr, args: &[OsString]) -> String {
    let mut words = Vec::new();
    let settings = || env.settings().iter().filter(|setting| setting.name != saved::NAME);
    for setting in settings().filter(|setting| setting.value.is_none()) {
        words.push("-u".to_owned());
        words.push(quote(OsStr::new(&setting.name)));
    }
    for setting in settings() {
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

/// Quotes a word for any POSIX shell. Control characters and bytes that are not UTF-8 are spelt
/// out by printf, so that none reaches the terminal that shows the line; `$'…'` would be shorter,
/// but dash does not know it.
pub fn quote(word: &OsStr) -> String {
    match word.to_str() {
        Some(text) if !text.is_empty() && text.bytes().all(is_plain) => text.to_owned(),
        Some(text) if !text.chars().any(char::is_control) => {
            format!("'{}'", text.replace('\'', r"'\''"))
        }
        _ => printed(word.as_bytes()),
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_./=,:@%+".contains(&byte)
}

/// `"$(printf '\OOO…')"`. The shell drops final newlines of it, so these stand behind it as they are.
fn printed(bytes: &[u8]) -> String {
    let end = bytes.iter().rposition(|byte| *byte != b'\n').map_or(0, |at| at + 1);
    let (text, newlines) = bytes.split_at(end);
    let mut out = "\"$(printf '".to_owned();
    for (at, byte) in text.iter().enumerate() {
        match byte {
            // A dash in front would be an option of printf.
            b'-' if at == 0 => out.push_str(r"\055"),
            b' '..=b'~' if !b"'\\%".contains(byte) => out.push(char::from(*byte)),
            _ => {
                let _ = write!(out, "\\{byte:03o}");
            }
        }
    }
    out.push_str("')");
    newlines.iter().for_each(|_| out.push('\n'));
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_reach_a_real_shell_unchanged() {
        let words = ["plain", "", "two words", "it's", "$HOME `id` \"x\"", "*:off", "a\nb\t\x01é"];
        let ends = ["\n", "it's 100%\x1b[31m \\\n\n"];
        let words = words.iter().chain(&ends).map(|word| word.as_bytes());
        for word in words.chain([&b"caf\xe9 \xff"[..], b"-x=\xff", b"\n\n"]) {
            let script = format!("printf %s {}", quote(OsStr::from_bytes(word)));
            let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(output.stdout, word, "{script}");
            assert!(!script.contains('\x1b'));
        }
    }
}
