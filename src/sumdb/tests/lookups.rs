//! Answers to lookups.

use super::made::{NAME, Signer, Tree, flips, record};
use crate::gomod::ModuleVersion;
use crate::sumdb::{Hashes, Lookup, LookupError, NoteError, Tiles, lookup_name};
use std::io;

fn open(answer: impl AsRef<[u8]>) -> Result<Lookup, LookupError> {
    Lookup::open(answer.as_ref(), &Signer::new(NAME).public)
}

fn answer(id: &str, record: &str) -> String {
    let head = Signer::new(NAME).head(700, [7; 32]);
    format!("{id}\n{record}\n{}", head.note())
}

#[test]
fn names_are_escaped() {
    let name = |path, version| lookup_name(&ModuleVersion::new(path, version));
    assert_eq!(
        name("github.com/BurntSushi/toml", "v1.6.0"),
        Some("lookup/github.com/!burnt!sushi/toml@v1.6.0".to_owned())
    );
    assert_eq!(
        name("golang.org/toolchain", "v0.0.1-go1.26.0.linux-amd64"),
        Some("lookup/golang.org/toolchain@v0.0.1-go1.26.0.linux-amd64".to_owned())
    );
    assert_eq!(name("a.b/c", "v1.0.0-RC1"), Some("lookup/a.b/c@v1.0.0-!r!c1".to_owned()));
    for (path, version) in [("", "v1"), ("a.b/../c", "v1"), ("a.b/c", ""), ("a.b/c", "v1/go.mod")] {
        assert_eq!(name(path, version), None);
    }
}

#[test]
fn hashes_are_those_of_one_module_version() {
    let record = "a.b/c v1.0.0 h1:zip\na.b/c v1.0.0/go.mod h1:mod\na.b/c/d v1.0.0 h1:no\n\
                  a.b/c v1.0.0+x h1:no\na.b/c v1.1.0 h2:new\na.b/c v1.1.0 h1:first\na.b/c v1.1.0 h1:second\n\
                  x a.b/c v1.2.0 h1:no\na.b/c  v1.2.0 h1:no\n";
    let lookup = open(answer("5", record)).unwrap();
    let hashes = |version| lookup.hashes(&ModuleVersion::new("a.b/c", version));
    assert_eq!(hashes("v1.0.0"), Hashes { zip: Some("h1:zip"), go_mod: Some("h1:mod") });
    assert_eq!(hashes("v1.1.0"), Hashes { zip: Some("h1:first"), go_mod: None });
    for version in ["v1.2.0", "v1.0", ""] {
        assert_eq!(hashes(version), Hashes::default());
    }
}

#[test]
fn other_texts_are_no_answers() {
    let cases = [
        (String::new(), "no blank line ends the record"),
        ("not found: a.b/c@v1.0.0: unknown revision\n".to_owned(), "no blank line ends the record"),
        ("<html>\n\n</html>\n".to_owned(), "line 1 is no number of a record"),
        (answer("", "a\n"), "line 1 is no number of a record"),
        (answer("-1", "a\n"), "line 1 is no number of a record"),
        (answer("+1", "a\n"), "line 1 is no number of a record"),
        (answer("01", "a\n"), "line 1 is no number of a record"),
        (answer("9223372036854775808", "a\n"), "line 1 is no number of a record"),
        (answer("1", ""), "line 2 is blank, where the record begins"),
        (answer("1", "\na\n"), "line 2 is blank, where the record begins"),
        (answer("1", "a\tb\n"), "line 2 has the control character 0x09"),
    ];
    for (answer, want) in cases {
        let error = open(&answer).unwrap_err();
        assert_eq!(error, LookupError::Malformed { why: want.to_owned() }, "{answer}");
    }
    let crlf = answer("1", "a\n").replace('\n', "\r\n");
    assert!(matches!(open(crlf), Err(LookupError::Malformed { .. })));
    let mixed = answer("1", "a\r\n");
    assert!(open(mixed).unwrap_err().to_string().contains("line 2 has a carriage return"));
    let mut bytes = answer("1", "a\n").into_bytes();
    bytes[2] = 0xff;
    assert_eq!(
        open(bytes).unwrap_err().to_string(),
        "no answer of a checksum database: line 2 is not UTF-8"
    );
}

#[test]
fn a_head_that_is_not_believed_is_told() {
    let head = Signer::new("other.example.com").head(700, [7; 32]);
    let error = open(format!("1\na\n\n{}", head.note())).unwrap_err();
    let unsigned = |error: &NoteError| matches!(error, NoteError::Unsigned { .. });
    assert!(matches!(&error, LookupError::Head { error, line: 4 } if unsigned(error)));
    assert!(
        error.to_string().starts_with(
            "the tree head, whose line 1 is line 4 of the answer: the note is not signed by sum.example.com+"
        )
    );
    let error = open("1\na\n\n").unwrap_err();
    assert!(matches!(error, LookupError::Head { error: NoteError::Malformed { .. }, line: 4 }));
}

/// Whatever is flipped, nothing is harmless: the head is signed, and the tree has the record only
/// as it is and where it is. Cut short, the answer is refused as well.
#[test]
fn a_flipped_bit_is_refused_or_not_proved() {
    let tree = Tree::of_records(700);
    let head = Signer::new(NAME).head(700, tree.root(700));
    let mut tiles = Tiles::new(&head);
    let mut proved = |answer: &[u8]| {
        let Ok(lookup) = open(answer) else { return false };
        assert_eq!(lookup.head(), &head);
        tiles.check_lookup(&lookup, &mut |tile| Ok::<_, io::Error>(tree.tile(tile))).is_ok()
    };
    let answer = format!("255\n{}\n{}", record(255), head.note());
    assert!(proved(answer.as_bytes()));
    for (at, flipped) in flips(answer.as_bytes()) {
        assert!(!proved(&flipped), "byte {at}");
    }
    for length in 0..answer.len() {
        assert!(!proved(&answer.as_bytes()[..length]), "{length}");
    }
}

#[test]
fn an_answer_keeps_its_record_under_another_head() {
    let signer = Signer::new(NAME);
    let lookup = open(answer("255", &record(255))).unwrap();
    let newer = signer.head(800, [8; 32]);
    let moved = open(lookup.with_head(&newer)).unwrap();
    assert_eq!((moved.id(), moved.record(), moved.head()), (255, lookup.record(), &newer));
    assert_eq!(moved.with_head(lookup.head()), answer("255", &record(255)));
}
