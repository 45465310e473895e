//! An exported environment goes through its real reader and comes back byte for byte.
//!
//! The shells are the real ones, a .env file is sourced by them too. GitHub's runner and docker
//! are not to be had here: two readers stand in, written after SetEnvFileCommand of actions/runner
//! and pkg/kvfile of docker/cli.

use crate::skip::skipped;
use go_offline::profile::{Format, Origin, Setting, export};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

type Variables = BTreeMap<Vec<u8>, Vec<u8>>;

const NASTY: &[&[u8]] = &[
    b"plain",
    b"",
    b" two  words ",
    b"it's",
    b"say \"x\"",
    b"both ' and \"",
    b"$HOME ${HOME} $(id) `id` $$",
    b"back\\slash \\n \\\\ \\' end\\",
    b"# no comment #",
    b"100% %HOME% %d%s",
    b"*:off",
    b"!important!! ~ ~root {a,b} [x] ? & | ; < >",
    "caf\u{e9} \u{2019}\u{1f980}\u{201b}".as_bytes(),
    b"=a=b",
    b"-n",
    b"\tx\t",
    b"'quoted'",
    b"\"quoted\"",
    b"GO_OFFLINE_END",
    b"<<EOF",
    b"-trimpath '-ldflags=-s -w' -mod=vendor",
];

const LINES: &[&[u8]] =
    &[b"a\nb", b"\n", b"\nx\n\n", b"a\nGO_OFFLINE_END\nb\nGO_OFFLINE_END_", b"a\r\nb\r", b"a\n "];

const BYTES: &[&[u8]] = &[b"caf\xe9 \xff", b"\x01\x1b[31m\x7f", b"\xc3", b"-\xff\n'"];

/// Each value under a name of its own. GOPATH is one more: fish takes a …PATH apart at its colons.
fn settings<'a>(values: impl IntoIterator<Item = &'a &'a [u8]>) -> Vec<Setting> {
    let values: Vec<&&[u8]> = values.into_iter().collect();
    let named = values.iter().enumerate().map(|(at, value)| (format!("V{at}"), Some(**value)));
    let special = [("GOPATH".to_owned(), Some(&b"/a b::/c'd:"[..])), ("GONE".to_owned(), None)];
    let setting = |(name, value): (String, Option<&[u8]>)| Setting {
        name,
        value: value.map(|value| OsStr::from_bytes(value).to_owned()),
        origin: Origin::Auto,
    };
    named.chain(special).map(setting).collect()
}

fn wanted(settings: &[Setting], empty_for_unset: bool) -> Variables {
    let bytes = |value: &OsString| value.as_bytes().to_vec();
    let mut wanted = Variables::new();
    for setting in settings {
        match &setting.value {
            Some(value) => drop(wanted.insert(setting.name.clone().into(), bytes(value))),
            None if empty_for_unset => drop(wanted.insert(setting.name.clone().into(), vec![])),
            None => {}
        }
    }
    wanted
}

/// Runs a script and gives the variables of ours that its last command would get.
fn through_shell(shell: &str, script: &str) -> Variables {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("script");
    std::fs::write(&file, format!("{script}\nenv -0\n")).unwrap();
    let mut command = Command::new(shell);
    command.arg(&file).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command.env("HOME", temp.path()).env("LC_ALL", "C.UTF-8").env("GONE", "still here");
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{shell}: {errors}\n{script}");
    let variables = output.stdout.split(|byte| *byte == 0).filter(|entry| !entry.is_empty());
    let pair = |entry: &[u8]| {
        let at = entry.iter().position(|byte| *byte == b'=').unwrap();
        (entry[..at].to_vec(), entry[at + 1..].to_vec())
    };
    let is_ours = |name: &[u8]| {
        let number = name.strip_prefix(b"V");
        name.starts_with(b"GO")
            || number.is_some_and(|number| number.iter().all(u8::is_ascii_digit))
    };
    variables.map(pair).filter(|(name, _)| is_ours(name)).collect()
}

fn has(program: &str) -> bool {
    Command::new(program).args(["-c", "exit"]).status().is_ok_and(|status| status.success())
}

#[test]
fn every_byte_goes_through_posix_shells() {
    let settings = settings(NASTY.iter().chain(LINES).chain(BYTES));
    let text = export(&settings, Format::Sh).unwrap();
    for shell in ["sh", "dash", "bash"] {
        if !has(shell) {
            skipped(&format!("no {shell}"));
            continue;
        }
        assert_eq!(through_shell(shell, &text), wanted(&settings, false), "{shell}");
    }
    assert_eq!(export(&settings, Format::Direnv).unwrap(), text, "direnv runs bash");
}

#[test]
fn every_byte_goes_through_fish() {
    if !has("fish") {
        return skipped("no fish");
    }
    let settings = settings(NASTY.iter().chain(LINES).chain(BYTES));
    let text = export(&settings, Format::Fish).unwrap();
    assert_eq!(through_shell("fish", &text), wanted(&settings, false));
}

#[test]
fn a_dotenv_file_can_be_sourced() {
    let can = |value: &&&[u8]| export(&settings([**value].iter()), Format::Dotenv).is_ok();
    let values: Vec<&[u8]> = NASTY.iter().filter(can).copied().collect();
    assert_eq!(values.len(), NASTY.len() - 3, "both quotes, `${{`, and a backslash at the end");
    let settings = settings(&values);
    let text = export(&settings, Format::Dotenv).unwrap();
    let script = format!("set -a\n{text}");
    for shell in ["sh", "bash"] {
        assert_eq!(through_shell(shell, &script), wanted(&settings, true), "{shell}");
    }
    assert!(text.lines().count() == settings.len(), "one line each, as direnv reads them");
}

/// The file of `$GITHUB_ENV`: a line is NAME=VALUE, or NAME<<DELIMITER if `<<` comes first.
fn as_github(text: &str) -> Variables {
    let mut variables = Variables::new();
    let mut rest = text;
    let mut line = || {
        let (line, after) = rest.split_once('\n')?;
        rest = after;
        Some(line)
    };
    while let Some(first) = line() {
        if first.is_empty() {
            continue;
        }
        let here = first.find("<<").unwrap_or(usize::MAX);
        let equals = first.find('=').unwrap_or(usize::MAX);
        assert_ne!(here, equals, "neither: {first}");
        let (name, value) = if equals < here {
            (&first[..equals], first[equals + 1..].to_owned())
        } else {
            let (name, delimiter) = first.split_once("<<").unwrap();
            let lines = std::iter::from_fn(&mut line).take_while(|line| *line != delimiter);
            (name, lines.collect::<Vec<_>>().join("\n"))
        };
        variables.insert(name.into(), value.into());
    }
    variables
}

#[test]
fn every_text_goes_through_the_file_of_github() {
    let settings = settings(NASTY.iter().chain(LINES));
    let text = export(&settings, Format::Github).unwrap();
    assert_eq!(as_github(&text), wanted(&settings, true));
}

/// A file for `docker run --env-file`: space before a name and quotes around a value go.
fn as_docker(text: &str) -> Variables {
    let mut variables = Variables::new();
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line).trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, mut value) = line.split_once('=').unwrap();
        for quote in ['\'', '"'] {
            let inner = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
            if let Some(inner) = inner {
                value = inner;
                break;
            }
        }
        variables.insert(name.into(), value.into());
    }
    variables
}

#[test]
fn a_line_goes_through_a_file_of_docker() {
    let is_quoted = |value: &&&[u8]| value.ends_with(b"quoted'") || value.ends_with(b"quoted\"");
    let values: Vec<&[u8]> = NASTY.iter().filter(|value| !is_quoted(value)).copied().collect();
    let settings = settings(&values);
    let text = export(&settings, Format::Docker).unwrap();
    assert_eq!(as_docker(&text), wanted(&settings, true));
}

/// A dotenv report of GitLab: `^(.*?)=(.*)$` for each line, both parts stripped.
fn as_gitlab(text: &str) -> Variables {
    let pairs = text.lines().map(|line| line.split_once('=').unwrap());
    pairs.map(|(name, value)| (name.trim().into(), value.trim().into())).collect()
}

#[test]
fn a_line_goes_through_a_report_of_gitlab() {
    let can = |value: &&&[u8]| export(&settings([**value].iter()), Format::Gitlab).is_ok();
    let values: Vec<&[u8]> = NASTY.iter().filter(can).copied().collect();
    assert_eq!(values.len(), NASTY.len() - 4, "ends of space, tabs, dollars, percents");
    let settings = settings(&values);
    let text = export(&settings, Format::Gitlab).unwrap();
    assert_eq!(as_gitlab(&text), wanted(&settings, true));
}

#[test]
fn every_text_goes_through_json() {
    let settings = settings(NASTY.iter().chain(LINES));
    let text = export(&settings, Format::Json).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let set = json["set"].as_object().unwrap().iter();
    let set: Variables =
        set.map(|(name, value)| (name.clone().into(), value.as_str().unwrap().into())).collect();
    assert_eq!(set, wanted(&settings, false));
    assert_eq!(json["unset"], serde_json::json!(["GONE"]));
}
