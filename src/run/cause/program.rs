//! Which program a process runs: the script, where an interpreter runs one.

use crate::guard::Process;
use crate::profile::flags::split;
use std::path::Path;

const INTERPRETERS: &[&str] = &[
    "sh", "ash", "bash", "busybox", "dash", "ksh", "zsh", "perl", "python", "ruby", "node", "bun",
    "deno",
];

/// The file that a process runs: its script, else the word it was started by. Empty if it was gone.
pub(super) fn file(process: &Process) -> &str {
    let first = process.argv.first().map_or("", String::as_str);
    if !is_interpreter(base(first)) {
        return first;
    }
    // What follows an option may be its value: only a script right behind the name is one for sure.
    match process.argv.get(1) {
        Some(script) if !script.starts_with('-') && is_path(script) => script,
        _ => first,
    }
}

/// The name of the program that a process runs, for people.
pub(in crate::run) fn named(process: &Process) -> &str {
    match base(file(process)) {
        "" => "a process that has ended",
        name => name,
    }
}

/// Whether a process is the go command, or one of us in its place.
pub(in crate::run) fn is_go(process: &Process) -> bool {
    matches!(base(file(process)), "go" | "go.exe")
}

/// Whether a command line, as the value of a variable such as CC, starts this process.
pub(super) fn is_started_by(process: &Process, command: &str) -> bool {
    let Some(program) = split(command).ok().and_then(|words| words.into_iter().next()) else {
        return false;
    };
    let (own, first) = (file(process), process.argv.first().map_or("", String::as_str));
    // A name without a path is looked for on PATH, so a path that ends in it is the same.
    [own, first]
        .iter()
        .any(|own| !own.is_empty() && (*own == program || base(own) == base(&program)))
}

/// The last element of a path.
pub(super) fn base(path: &str) -> &str {
    Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or(path)
}

fn is_path(word: &str) -> bool {
    word.contains('/') || Path::new(word).extension().is_some()
}

fn is_interpreter(name: &str) -> bool {
    let version = |c: char| c.is_ascii_digit() || c == '.';
    INTERPRETERS.contains(&name.trim_end_matches(version).trim_start_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::super::tests::process;
    use super::*;

    #[test]
    fn a_script_is_named_and_not_its_interpreter() {
        for (line, want) in [
            ("/usr/bin/curl https://h", "curl"),
            ("/bin/sh /p/tools/build.sh -v", "build.sh"),
            ("python3.12 gen.py", "gen.py"),
            ("/bin/sh -c curl", "sh"),
            ("bash", "bash"),
            ("node ./x/y.mjs", "y.mjs"),
            ("", "a process that has ended"),
        ] {
            assert_eq!(named(&process(line)), want, "{line}");
        }
    }

    #[test]
    fn the_go_command() {
        assert!(is_go(&process("go build")) && is_go(&process("/usr/local/go/bin/go test")));
        assert!(!is_go(&process("/bin/gofmt")) && !is_go(&process("")));
    }

    #[test]
    fn a_value_that_starts_a_process() {
        let starts = |line: &str, value: &str| is_started_by(&process(line), value);
        assert!(starts("/usr/bin/gcc -c x.c", "gcc -m64"));
        assert!(starts("/bin/sh /w/bin/mycc -c x.c", "/w/bin/mycc"));
        assert!(starts("/w/my cc -c", "'/w/my' -x"));
        assert!(!starts("/usr/bin/gcc", "clang") && !starts("gcc", "") && !starts("", "gcc"));
    }
}
