//! Texts that nobody wrote: whatever stands in them, the program has an answer and no bug.

use super::tree::Tree;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::fs;

const TEXTS: [&str; 4] = ["vendor/modules.txt", "go.sum", "go.mod", "go-offline.lock"];

/// What may come of a check: all is well, findings, not checked, a text that cannot be read.
const ANSWERS: [i32; 4] = [0, 65, 75, 78];

/// One change of a text.
#[derive(Debug, Clone)]
enum Change {
    Swap(prop::sample::Index, prop::sample::Index),
    Repeat(prop::sample::Index, prop::sample::Index),
    Remove(prop::sample::Index),
    Cut(prop::sample::Index, prop::sample::Index),
    Word(prop::sample::Index, prop::sample::Index, prop::sample::Index),
    Insert(prop::sample::Index, &'static str),
}

fn change() -> impl Strategy<Value = Change> {
    use Change::*;
    let at = any::<prop::sample::Index>;
    let lines = [
        "# a v1.0.0",
        "## explicit",
        "a/b",
        "é",
        "# a => ./x",
        "# a v1.0.0 => b v1.0.0",
        "",
        "\u{0}",
    ];
    prop_oneof![
        (at(), at()).prop_map(|(a, b)| Swap(a, b)),
        (at(), at()).prop_map(|(a, b)| Repeat(a, b)),
        at().prop_map(Remove),
        (at(), at()).prop_map(|(a, b)| Cut(a, b)),
        (at(), at(), at()).prop_map(|(a, b, c)| Word(a, b, c)),
        (at(), prop::sample::select(lines.to_vec())).prop_map(|(a, line)| Insert(a, line)),
    ]
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec(change(), 1..4)
}

fn changed(text: &str, changes: &[Change]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for change in changes {
        if lines.is_empty() {
            break;
        }
        let count = lines.len();
        match change {
            Change::Swap(a, b) => lines.swap(a.index(count), b.index(count)),
            Change::Repeat(a, b) => lines.insert(a.index(count), lines[b.index(count)].clone()),
            Change::Remove(a) => drop(lines.remove(a.index(count))),
            Change::Cut(a, b) => {
                let line = &mut lines[a.index(count)];
                let chars: Vec<char> = line.chars().collect();
                *line = chars[..b.index(chars.len() + 1)].iter().collect();
            }
            Change::Word(a, b, c) => {
                let words: Vec<String> =
                    lines[b.index(count)].split(' ').map(str::to_owned).collect();
                let line = &mut lines[a.index(count)];
                let mut own: Vec<&str> = line.split(' ').collect();
                let place = c.index(own.len());
                own[place] = &words[c.index(words.len())];
                *line = own.join(" ");
            }
            Change::Insert(a, line) => lines.insert(a.index(count), (*line).to_owned()),
        }
    }
    lines.join("\n") + "\n"
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

#[test]
fn no_text_is_a_bug() {
    let tree = Tree::made_up();
    assert_eq!(tree.run(&["lock", "--with-lists"]).exit, 0);
    let sound = TEXTS.map(|name| tree.text(name));
    let strategy = (0..TEXTS.len(), changes());
    let ran = runner(150).run(&strategy, |(which, changes)| {
        let text = changed(&sound[which], &changes);
        fs::write(tree.path(TEXTS[which]), &text).unwrap();
        let check = tree.run(&["check", "--no-cache"]);
        let lock = tree.run(&["lock", "--check"]);
        fs::write(tree.path(TEXTS[which]), &sound[which]).unwrap();
        for ran in [check, lock] {
            prop_assert!(
                ANSWERS.contains(&ran.exit) && !ran.stderr.contains("a bug"),
                "{}:\n{text}\n{} {}",
                TEXTS[which],
                ran.exit,
                ran.stderr
            );
        }
        Ok(())
    });
    ran.unwrap();
}

const LISTS: &str = "go-offline.lock.lists";

/// Whatever the lists say, and nothing else is at hand: nothing is a bug, a changed file is not passed
/// over, and a sound tree is not said to have one.
#[test]
fn no_lists_hide_a_changed_file() {
    let tree = Tree::made_up().with_lists();
    fs::remove_file(tree.path("go-offline.lock")).unwrap();
    let sound = zstd::decode_all(&tree.read(LISTS)[..]).unwrap();
    let sound = String::from_utf8(sound).unwrap();
    let target = &tree.go_file().path;
    let (before, after) = (tree.read(target), tree.text(target) + "\nfunc init() {}\n");
    assert_eq!(tree.run(&["check", "--no-cache"]).exit, 0, "without a change");
    let ran = runner(150).run(&changes(), |changes| {
        let text = changed(&sound, &changes);
        fs::write(tree.path(LISTS), zstd::bulk::compress(text.as_bytes(), 1).unwrap()).unwrap();
        let untouched = tree.run(&["check", "--no-cache"]);
        let lock = tree.run(&["lock", "--check"]);
        fs::write(tree.path(target), &after).unwrap();
        let touched = tree.run(&["check", "--no-cache"]);
        fs::write(tree.path(target), &before).unwrap();
        for ran in [&untouched, &lock, &touched] {
            let is_answer = ANSWERS.contains(&ran.exit) && !ran.stderr.contains("a bug");
            prop_assert!(is_answer, "{text}\n{} {}", ran.exit, ran.stderr);
        }
        prop_assert!(touched.exit != 0, "{text}\n{}", touched.stdout);
        let accused = untouched.stdout.contains("vendor-file-modified");
        prop_assert!(!accused, "{text}\n{}", untouched.stdout);
        Ok(())
    });
    ran.unwrap();
}

/// The bytes of the file, which are compressed.
#[test]
fn no_bytes_of_lists_are_a_bug() {
    let tree = Tree::made_up().with_lists();
    let sound = tree.read(LISTS);
    let at = any::<prop::sample::Index>;
    let strategy = (at(), any::<u8>(), prop::option::of(at()));
    let ran = runner(80).run(&strategy, |(place, byte, end)| {
        let mut bytes = sound.clone();
        bytes[place.index(sound.len())] = byte;
        bytes.truncate(end.map_or(bytes.len(), |end| end.index(bytes.len())));
        fs::write(tree.path(LISTS), &bytes).unwrap();
        let ran = tree.run(&["check", "--no-cache"]);
        let expected = if bytes == sound { 0 } else { 65 };
        prop_assert!(ran.exit == expected, "{bytes:?}\n{} {}{}", ran.exit, ran.stdout, ran.stderr);
        Ok(())
    });
    ran.unwrap();
}
