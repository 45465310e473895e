//! Holds the code to the map in src/lib.rs: no room knows another that the map does not name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Room by room, the rooms it may know.
type Map = BTreeMap<String, BTreeSet<String>>;

/// A `crate::` path that the map does not have: file, room, room it reaches for.
type Edge = (PathBuf, String, String);

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Reads the table of the map: `//! | room | may know | what it holds |`.
fn read_map(text: &str) -> Map {
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! |"));
    let cells = rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
    cells
        .filter(|cells| cells.len() >= 3 && !matches!(cells[0], "room" | "---"))
        .map(|cells| {
            let known = cells[1].split(',').map(str::trim).filter(|room| *room != "-");
            (cells[0].to_owned(), known.map(str::to_owned).collect())
        })
        .collect()
}

/// Every room that a text names by a `crate::` path, in comments and strings as well: a link in a
/// doc comment is an edge too.
fn named_rooms(text: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            // `use crate::{a, b::c}`: the first word of each entry at the outer level.
            let mut depth = 0;
            let mut start = true;
            for (index, character) in list.char_indices() {
                match character {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if start && c.is_ascii_alphabetic() => {
                        rooms.insert(first_word(&list[index..]));
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            rooms.insert(first_word(rest));
        }
    }
    rooms.remove("");
    rooms
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn bad_edges(map: &Map, files: impl IntoIterator<Item = (PathBuf, String)>) -> Vec<Edge> {
    let mut bad = Vec::new();
    for (file, text) in files {
        let Some(room) = file.iter().next().and_then(|name| name.to_str()) else {
            continue;
        };
        let nothing = BTreeSet::new();
        let allowed = map.get(room).unwrap_or(&nothing);
        for other in named_rooms(&text) {
            if other != room && !allowed.contains(&other) {
                bad.push((file.clone(), room.to_owned(), other));
            }
        }
    }
    bad
}

#[test]
fn no_room_knows_more_than_the_map_says() {
    let source = source();
    let map = read_map(&std::fs::read_to_string(source.join("lib.rs")).unwrap());
    assert!(map.len() >= 9, "the map was not read: {map:?}");

    let rooms: BTreeSet<String> = std::fs::read_dir(&source)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(map.keys().cloned().collect::<BTreeSet<_>>(), rooms, "the map and src/ differ");

    let files: Vec<_> = rust_files(&source)
        .into_iter()
        .filter(|file| file.parent() != Some(source.as_path()))
        .map(|file| {
            (
                file.strip_prefix(&source).unwrap().to_path_buf(),
                std::fs::read_to_string(&file).unwrap(),
            )
        })
        .collect();
    assert!(files.len() > 50, "only {} files were read", files.len());
    assert_eq!(bad_edges(&map, files), Vec::<Edge>::new());
}

#[test]
fn the_map_has_no_circles() {
    let map = read_map(&std::fs::read_to_string(source().join("lib.rs")).unwrap());
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    while placed.len() < map.len() {
        let ready = map.iter().filter(|(room, known)| {
            !placed.contains(room.as_str())
                && known.iter().all(|other| placed.contains(other.as_str()))
        });
        let ready: Vec<&str> = ready.map(|(room, _)| room.as_str()).collect();
        assert!(!ready.is_empty(), "a circle among the rooms that are not {placed:?}");
        placed.extend(ready);
    }
}

#[test]
fn a_bad_edge_is_found_however_it_is_written() {
    let map = read_map(
        "//! | room | may know | x |\n//! |---|---|---|\n//! | a | - | x |\n//! | b | a | x |\n",
    );
    let file = |text: &str| vec![(PathBuf::from("a/mod.rs"), text.to_owned())];
    for text in [
        "use crate::b::Thing;",
        "use crate::{a::One, b::Two};",
        "fn f() { crate::b::go() }",
        "/// See [`crate::b::Thing`].",
        "use crate::{a::{One, Three}, b};",
    ] {
        let bad = bad_edges(&map, file(text));
        assert_eq!(bad.len(), 1, "{text}: {bad:?}");
        assert_eq!(bad[0].2, "b", "{text}");
    }
    assert!(bad_edges(&map, file("use crate::a::One; use crate::{a::{x, y}};")).is_empty());
    let fine = vec![(PathBuf::from("b/mod.rs"), "use crate::a::One;".to_owned())];
    assert!(bad_edges(&map, fine).is_empty());
}

#[test]
fn unsafe_code_lives_in_the_guard_only() {
    let source = source();
    for file in rust_files(&source) {
        let text = std::fs::read_to_string(&file).unwrap();
        let in_guard = file.starts_with(source.join("guard"));
        assert!(in_guard || !text.contains("allow(unsafe_code"), "{}", file.display());
    }
}

#[test]
fn the_doorbell_stays_small() {
    let main = std::fs::read_to_string(source().join("main.rs")).unwrap();
    assert!(main.lines().count() <= 15);
}
