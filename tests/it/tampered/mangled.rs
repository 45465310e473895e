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

#[test]
fn no_text_is_a_bug() {
    let tree = Tree::made_up();
    assert_eq!(tree.run(&["lock", "--with-lists"]).exit, 0);
    let sound = TEXTS.map(|name| tree.text(name));
    let strategy = (0..TEXTS.len(), prop::collection::vec(change(), 1..4));
    let config = Config { cases: 150, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let ran = runner.run(&strategy, |(which, changes)| {
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
