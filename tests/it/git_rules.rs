//! What leaves a file out and what gives it other line ends, held against git itself: made-up files
//! of patterns, and the same line is named for every path.

use crate::skip::not_here;
use crate::txtar::World;
use go_offline::project::{GitLine, GitRules};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

/// Names that patterns and paths are made of.
const NAMES: [&str; 8] = ["a", "b", "ab", ".e", "a.go", "{a,b}", "a b", "!a"];

/// The directories of every world; the first holds .git.
const DIRS: [&str; 4] = ["", "a/", "a/b/", "b/"];

fn git(world: &World, args: &[&str], input: &str) -> Option<Vec<String>> {
    let mut command = Command::new("git");
    command.args(args).current_dir(world.root()).env("HOME", "/nowhere");
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("XDG_CONFIG_HOME", "/nowhere");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    Some(said.split('\0').map(str::to_owned).collect())
}

fn has_git() -> bool {
    let found = which::which("git").is_ok();
    if !found {
        not_here("there is no git to hold it against");
    }
    found
}

/// A fresh checkout; only these files are in it.
fn checkout(files: &BTreeMap<String, String>) -> World {
    let world = World::new("");
    git(&world, &["init", "-q"], "").unwrap();
    for dir in DIRS {
        std::fs::create_dir_all(world.path(dir)).unwrap();
    }
    for (name, text) in files {
        world.write(name, text);
    }
    world
}

/// Every path of up to three names.
fn paths() -> Vec<String> {
    let one = NAMES.map(str::to_owned).to_vec();
    let longer = |shorter: &[String]| -> Vec<String> {
        shorter.iter().flat_map(|path| NAMES.map(|name| format!("{path}/{name}"))).collect()
    };
    let two = longer(&one);
    let three = longer(&two);
    [one, two, three].concat()
}

fn shown(line: &GitLine) -> (String, usize) {
    let number = line.file.text[..line.span.start].matches('\n').count() + 1;
    (line.file.shown.display().to_string(), number)
}

/// A pattern without what may stand around it.
fn pattern() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => prop::sample::select(NAMES.to_vec()),
        4 => prop::sample::select(vec![
            "*", "**", "?", "a*", "*b", "[ab]", "[!a]*", "[^b]", "*.go", ".*", "\\a", "a\\ b", "\\{a,b}",
        ]),
    ];
    let path = prop::collection::vec(piece, 1..4).prop_map(|pieces| pieces.join("/"));
    (prop::bool::weighted(0.2), path).prop_map(|(rooted, path)| match rooted {
        true => format!("/{path}"),
        false => path,
    })
}

/// Files of these lines, by name, in some of the directories.
fn files_of(
    names: [&'static str; 2],
    line: impl Strategy<Value = String> + Clone + 'static,
) -> impl Strategy<Value = BTreeMap<String, String>> {
    let dir = prop::sample::select(DIRS.to_vec());
    let end = prop::sample::select(vec!["\n", "\n", "\r\n"]);
    let text = prop::collection::vec((line, end), 1..5)
        .prop_map(|lines| lines.iter().map(|(line, end)| format!("{line}{end}")).collect());
    let name = prop_oneof![
        5 => dir.prop_map(move |dir| format!("{dir}{}", names[0])),
        1 => Just(format!(".git/info/{}", names[1])),
    ];
    prop::collection::btree_map(name, text, 1..4)
}

fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    )
}

/// The file and line that git names for each path that it leaves out.
fn ignored_by_git(world: &World, paths: &[String]) -> BTreeMap<String, (String, usize)> {
    let args = ["check-ignore", "--no-index", "--stdin", "--verbose", "-z"];
    let said = git(world, &args, &paths.join("\0")).unwrap();
    let words: Vec<&[String]> = said.chunks_exact(4).collect();
    let taken_out = words.iter().filter(|words| !words[2].starts_with('!'));
    taken_out
        .map(|words| (words[3].clone(), (words[0].clone(), words[1].parse().unwrap())))
        .collect()
}

#[test]
fn what_git_leaves_out_is_left_out_by_the_same_line() {
    if !has_git() {
        return;
    }
    let line = (
        prop::sample::select(vec!["", "", "", "!"]),
        pattern(),
        prop::sample::select(vec!["", "", "/", "/**", "  "]),
    )
        .prop_map(|(before, pattern, after)| format!("{before}{pattern}{after}"));
    let left_out = Cell::new(0);
    let ran = runner(150).run(&files_of([".gitignore", "exclude"], line.boxed()), |files| {
        let world = checkout(&files);
        let paths = paths();
        let by_git = ignored_by_git(&world, &paths);
        left_out.set(left_out.get() + by_git.len());
        let mut rules = GitRules::new(world.root(), world.root());
        for path in &paths {
            let absolute = world.path(path);
            let ours = rules.ignoring_line(&absolute, absolute.is_dir());
            prop_assert_eq!(ours.as_ref().map(shown), by_git.get(path).cloned(), "{}", path);
        }
        Ok(())
    });
    ran.unwrap();
    assert!(left_out.get() > 1000, "{left_out:?}: git was not asked");
}

/// Which attribute makes git take each path for a text.
fn converted_by_git(world: &World, paths: &[String]) -> BTreeMap<String, &'static str> {
    let args = ["check-attr", "-z", "--stdin", "text", "crlf", "eol"];
    let said = git(world, &args, &paths.join("\0")).unwrap();
    let mut values: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for words in said.chunks_exact(3) {
        values.insert((&words[0], &words[1]), &words[2]);
    }
    let decided = |path: &String| {
        let value = |name| values[&(path.as_str(), name)];
        let is_known =
            |name: &&'static str| matches!(value(name), "set" | "unset" | "auto" | "input");
        let text = ["text", "crlf"].into_iter().find(is_known);
        match text {
            Some(name) if value(name) == "unset" => None,
            _ if matches!(value("eol"), "lf" | "crlf") => Some("eol"),
            text => text,
        }
    };
    paths.iter().filter_map(|path| Some((path.clone(), decided(path)?))).collect()
}

#[test]
fn what_git_may_convert_is_named_and_nothing_else() {
    if !has_git() {
        return;
    }
    let words = vec![
        "text",
        "text=auto",
        "-text",
        "!text",
        "eol=crlf",
        "eol=lf",
        "eol=x",
        "-crlf",
        "crlf",
        "binary",
        "-diff",
        "plain",
        "-plain",
    ];
    let words =
        prop::collection::vec(prop::sample::select(words), 1..3).prop_map(|words| words.join(" "));
    let pattern = pattern().prop_map(|pattern| match pattern.contains(' ') {
        true => format!("\"{}\"", pattern.replace('\\', "\\\\")),
        false => pattern,
    });
    let line = (pattern, words).prop_map(|(pattern, words)| format!("{pattern} {words}"));
    let converted = Cell::new(0);
    let ran =
        runner(150).run(&files_of([".gitattributes", "attributes"], line.boxed()), |mut files| {
            let top = files.entry(".gitattributes".to_owned()).or_default();
            top.insert_str(0, "[attr]plain text eol=lf\n");
            let world = checkout(&files);
            let paths = paths();
            let by_git = converted_by_git(&world, &paths);
            converted.set(converted.get() + by_git.len());
            let mut rules = GitRules::new(world.root(), world.root());
            for path in &paths {
                let ours = rules.conversion(&world.path(path)).map(|found| found.line);
                let git = by_git.get(path).copied();
                prop_assert_eq!(ours.is_some(), git.is_some(), "{}: {:?} {:?}", path, ours, git);
                if let (Some(ours), Some(attribute)) = (ours, git) {
                    let text = ours.text();
                    prop_assert!(
                        text.contains(attribute) || text.contains("plain"),
                        "{}: {}",
                        path,
                        text
                    );
                }
            }
            Ok(())
        });
    ran.unwrap();
    assert!(converted.get() > 1000, "{converted:?}: git was not asked");
}
