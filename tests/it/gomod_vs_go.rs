//! go.mod and go.work, held against the go command: the same files are accepted, with the same
//! values, and the same lines are refused, in the same words.
//!
//! The files are those of the go command's own tests, of the local module cache and of a directory
//! of unpacked projects that the variable GO_OFFLINE_CORPUS names.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use go_offline::gomod::{
    GoSum, ModFile, ModuleVersion, ModulesTxt, ParseError, SumLine, WorkFile, line_col,
};
use serde_json::{Value, json};

use as_go_prints::{mod_json, work_json};

mod as_go_prints;
mod hostile;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Kind {
    Mod,
    Work,
}

struct Case {
    /// Where the text comes from.
    name: String,
    kind: Kind,
    text: Vec<u8>,
}

/// How many files both sides accepted and refused.
#[derive(Default, Debug)]
struct Count {
    accepted: AtomicUsize,
    refused: AtomicUsize,
}

impl Count {
    fn total(&self) -> usize {
        self.accepted.load(Ordering::Relaxed) + self.refused.load(Ordering::Relaxed)
    }
}

#[test]
fn agrees_with_go_on_the_files_of_its_own_tests() {
    let count = compare_all(goroot_cases());
    println!("GOROOT: {count:?}");
    // The number shrinks only if the search for files breaks.
    assert!(count.total() >= 900, "{count:?}");
    assert!(count.refused.into_inner() >= 10);
}

#[test]
fn agrees_with_go_on_the_module_cache() {
    compare_module_cache(400);
}

#[test]
#[ignore = "a module cache can hold thousands of files, each a go process"]
fn agrees_with_go_on_the_whole_module_cache() {
    compare_module_cache(usize::MAX);
}

#[test]
fn agrees_with_go_on_the_corpus() {
    let Some(corpus) = corpus() else { return };
    let mut files = Vec::new();
    walk(&corpus, &mut files);
    let cases = files.into_iter().filter_map(|path| {
        let kind = match path.file_name()?.to_str()? {
            "go.mod" | "vendor.mod" => Kind::Mod,
            "go.work" => Kind::Work,
            _ => return None,
        };
        Some(case(&path, kind))
    });
    let count = compare_all(cases.collect());
    println!("corpus: {count:?}");
    assert!(count.total() > 0, "no go.mod in {}", corpus.display());
}

#[test]
fn agrees_with_go_on_hostile_files() {
    let cases: Vec<Case> = hostile::mod_files()
        .into_iter()
        .map(|text| hostile_case(Kind::Mod, text))
        .chain(hostile::work_files().into_iter().map(|text| hostile_case(Kind::Work, text)))
        .collect();
    let given: HashSet<_> = cases.iter().map(|case| (case.kind, case.text.clone())).collect();
    let given = given.len();
    let count = compare_all(cases);
    println!("hostile: {count:?}");
    assert_eq!(count.total(), given);
}

/// Each character that we take for part of a word, in one word.
#[test]
fn go_takes_every_character_that_we_take() {
    let word: String = ('\u{80}'..=char::MAX).filter(|&c| is_part_of_a_word(c)).collect();
    assert!(word.chars().count() > 100_000);
    let text = format!("module {word}\n").into_bytes();
    compare_all(vec![Case { name: "all characters".to_owned(), kind: Kind::Mod, text }]);
}

#[test]
#[ignore = "each character that ends a word is a go process of its own, a thousand in all"]
fn go_refuses_the_characters_that_we_refuse() {
    // Both ends of each range.
    let refused: Vec<char> = ('\u{80}'..=char::MAX).filter(|&c| !is_part_of_a_word(c)).collect();
    let next_to = |a: char, b: char| u32::from(a) + 1 == u32::from(b);
    let is_inside = |i: usize| {
        i > 0
            && i + 1 < refused.len()
            && next_to(refused[i - 1], refused[i])
            && next_to(refused[i], refused[i + 1])
    };
    let ends = (0..refused.len()).filter(|&i| !is_inside(i)).map(|i| refused[i]);
    let cases = ends.map(|c| hostile_case(Kind::Mod, format!("module m{c}\n")));
    let count = compare_all(cases.collect());
    println!("characters: {count:?}");
    assert!(count.refused.into_inner() > 700);
}

fn is_part_of_a_word(c: char) -> bool {
    ModFile::parse(&format!("module m{c}\n")).is_ok()
}

#[test]
fn every_line_of_a_corpus_modules_txt_is_represented() {
    let Some(corpus) = corpus() else { return };
    let mut files = Vec::new();
    walk(&corpus, &mut files);
    files.retain(|path| path.ends_with("vendor/modules.txt"));
    assert!(!files.is_empty(), "no vendor/modules.txt in {}", corpus.display());
    for path in &files {
        let text = fs::read_to_string(path).unwrap();
        let txt = ModulesTxt::parse(&text);
        assert_eq!(txt.ignored, [], "{}", path.display());
        assert_eq!(print_modules_txt(&txt), text, "{}", path.display());
    }
    println!("corpus: {} modules.txt", files.len());
}

#[test]
fn every_line_of_a_corpus_go_sum_is_represented() {
    let Some(corpus) = corpus() else { return };
    let mut files = Vec::new();
    walk(&corpus, &mut files);
    files.retain(|path| path.ends_with("go.sum"));
    assert!(!files.is_empty(), "no go.sum in {}", corpus.display());
    for path in &files {
        let text = fs::read_to_string(path).unwrap();
        let sum = GoSum::parse(&text);
        assert_eq!(sum.malformed, [], "{}", path.display());
        assert_eq!(print_go_sum(&sum), text, "{}", path.display());
        assert!(sum.lines.iter().all(SumLine::is_h1), "{}", path.display());
    }
    println!("corpus: {} go.sum", files.len());
}

/// What go writes for these entries.
fn print_modules_txt(txt: &ModulesTxt) -> String {
    let mut out = String::new();
    if txt.workspace {
        out.push_str("## workspace\n");
    }
    for entry in &txt.entries {
        out.push_str(&format!("# {}", spaced(&entry.module)));
        if let Some(new) = &entry.replacement {
            out.push_str(&format!(" => {}", spaced(new)));
        }
        out.push('\n');
        let go = entry.go_version.as_ref().map(|go| format!("go {}", go.value));
        let marks: Vec<String> =
            entry.explicit.then(|| "explicit".to_owned()).into_iter().chain(go).collect();
        if !marks.is_empty() {
            out.push_str(&format!("## {}\n", marks.join("; ")));
        }
        for package in &entry.packages {
            out.push_str(&format!("{}\n", package.value));
        }
    }
    out
}

fn print_go_sum(sum: &GoSum) -> String {
    let line = |line: &SumLine| {
        let file = if line.go_mod { "/go.mod" } else { "" };
        format!("{}{file} {}\n", spaced(&line.module), line.hash)
    };
    sum.lines.iter().map(line).collect()
}

fn spaced(module: &ModuleVersion) -> String {
    format!("{} {}", module.path, module.version).trim_end().to_owned()
}

// Where the files come from.

fn goroot_cases() -> Vec<Case> {
    let testdata = Path::new(&go_env("GOROOT")).join("src/cmd/go/testdata");
    let mut files = Vec::new();
    walk(&testdata.join("script"), &mut files);
    walk(&testdata.join("mod"), &mut files);
    let mut cases = Vec::new();
    for path in files.iter().filter(|path| path.extension().is_some_and(|ext| ext == "txt")) {
        for (name, text) in txtar_files(&fs::read(path).unwrap()) {
            let kind = match name.rsplit('/').next() {
                Some("go.work") => Kind::Work,
                Some(file) if file.ends_with(".mod") => Kind::Mod,
                _ => continue,
            };
            cases.push(Case { name: format!("{}:{name}", path.display()), kind, text });
        }
    }
    cases
}

/// The files of a txtar archive.
fn txtar_files(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for line in archive.split_inclusive(|&b| b == b'\n') {
        let marker = std::str::from_utf8(line).ok().map(str::trim_end);
        match marker.and_then(|line| line.strip_prefix("-- ")?.strip_suffix(" --")) {
            Some(name) => files.push((name.trim().to_owned(), Vec::new())),
            None => {
                if let Some((_, text)) = files.last_mut() {
                    text.extend_from_slice(line);
                }
            }
        }
    }
    files
}

fn compare_module_cache(most: usize) {
    let cache = Path::new(&go_env("GOMODCACHE")).join("cache/download");
    let mut files = Vec::new();
    walk(&cache, &mut files);
    files.retain(|path| path.extension().is_some_and(|ext| ext == "mod"));
    if files.is_empty() {
        println!("SKIPPED: no .mod file in {}", cache.display());
        return;
    }
    let step = files.len().div_ceil(most);
    let cases = files.iter().step_by(step).map(|path| case(path, Kind::Mod));
    let count = compare_all(cases.collect());
    println!("module cache: {count:?}");
    assert!(count.total() > 0);
}

fn corpus() -> Option<PathBuf> {
    let corpus = std::env::var_os("GO_OFFLINE_CORPUS").map(PathBuf::from);
    if corpus.is_none() {
        println!("SKIPPED: GO_OFFLINE_CORPUS names no directory of unpacked projects");
    }
    corpus
}

fn case(path: &Path, kind: Kind) -> Case {
    Case { name: path.display().to_string(), kind, text: fs::read(path).unwrap() }
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else {
        return;
    };
    let mut entries: Vec<_> = entries.map(Result::unwrap).collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => walk(&entry.path(), files),
            kind if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
}

fn hostile_case(kind: Kind, text: String) -> Case {
    let name = format!("hostile {:?}", text.chars().take(200).collect::<String>());
    Case { name, kind, text: text.into_bytes() }
}

// The comparison.

/// Compares all cases, each distinct text once, on all cores.
fn compare_all(cases: Vec<Case>) -> Count {
    let mut seen = HashSet::new();
    let cases: Vec<Case> =
        cases.into_iter().filter(|case| seen.insert((case.kind, case.text.clone()))).collect();
    let dir = tempfile::tempdir().unwrap();
    let (next, count, failures) = (AtomicUsize::new(0), Count::default(), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(difference) = compare(case, dir.path(), &count) {
                        failures.lock().unwrap().push(format!("{}: {difference}", case.name));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} differ:\n{}", failures.len(), failures.join("\n"));
    count
}

fn compare(case: &Case, dir: &Path, count: &Count) -> Result<(), String> {
    let text = String::from_utf8_lossy(&case.text);
    let ours = match case.kind {
        Kind::Mod => ModFile::parse(&text).map(|file| mod_json(&file)),
        Kind::Work => WorkFile::parse(&text).map(|file| work_json(&file)),
    };
    let file = tempfile::NamedTempFile::new_in(dir).unwrap();
    fs::write(file.path(), &case.text).unwrap();
    let name = file.path().file_name().unwrap().to_str().unwrap();
    let go = go_edit(case.kind, name, dir);
    if go.status.success() {
        count.accepted.fetch_add(1, Ordering::Relaxed);
        let mut theirs: Value = serde_json::from_slice(&go.stdout).unwrap();
        // Go writes a list that was never there as null.
        theirs
            .as_object_mut()
            .unwrap()
            .values_mut()
            .filter(|v| v.is_null())
            .for_each(|v| *v = json!([]));
        return match ours {
            Ok(ours) if ours == theirs => Ok(()),
            Ok(ours) => Err(format!("we read\n{ours}\ngo reads\n{theirs}")),
            Err(errors) => Err(format!("go accepts, we do not: {errors:?}")),
        };
    }
    count.refused.fetch_add(1, Ordering::Relaxed);
    let theirs = go_errors(&String::from_utf8_lossy(&go.stderr), name);
    match ours {
        Ok(_) => Err(format!("go refuses, we do not: {theirs:?}")),
        Err(errors) if our_errors(&text, &errors) == theirs => Ok(()),
        Err(errors) => {
            Err(format!("we say\n{:?}\ngo says\n{theirs:?}", our_errors(&text, &errors)))
        }
    }
}

const UNTERMINATED: &str = "syntax error (unterminated block started at ";

fn our_errors(text: &str, errors: &[ParseError]) -> Vec<(usize, String)> {
    errors
        .iter()
        .map(|err| match err.message.strip_prefix(UNTERMINATED) {
            Some(_) => (0, UNTERMINATED.to_owned()),
            None => (line_col(text, err.span.start).0, err.message.clone()),
        })
        .collect()
}

/// The line and the message of each error. An unterminated block has neither: go points at the end
/// of the file, and we at the start of the block.
fn go_errors(stderr: &str, file: &str) -> Vec<(usize, String)> {
    let stderr = format!("\n{}", stderr.trim_end());
    stderr
        .split(&format!("\n{file}:"))
        .skip(1)
        .map(|error| {
            let (line, message) = error.split_once(": ").unwrap_or((error, ""));
            if message.starts_with(UNTERMINATED) {
                return (0, UNTERMINATED.to_owned());
            }
            (line.split(':').next().unwrap().parse().unwrap_or(0), message.to_owned())
        })
        .collect()
}

fn go_edit(kind: Kind, name: &str, dir: &Path) -> Output {
    let verb = if kind == Kind::Mod { "mod" } else { "work" };
    go(&[verb, "edit", "-json", name], dir)
}

fn go_env(name: &str) -> String {
    let output = go(&["env", name], Path::new("/"));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Runs the go command with nothing of the user's settings and no way out.
fn go(args: &[&str], dir: &Path) -> Output {
    Command::new("go")
        .args(args)
        .current_dir(dir)
        .env("GOFLAGS", "")
        .env("GOENV", "off")
        .env("GOTOOLCHAIN", "local")
        .env("GOPROXY", "off")
        .env("GOWORK", "off")
        .env("GOTELEMETRY", "off")
        .output()
        .expect("these tests need a go command on PATH")
}
