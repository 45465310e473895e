//! Signed notes and tree heads.

use super::made::{NAME, Signer, flips};
use crate::sumdb::{Head, NoteError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

fn signer() -> Signer {
    Signer::new(NAME)
}

fn tree_text(size: &str, root: [u8; 32]) -> String {
    format!("go.sum database tree\n{size}\n{}\n", STANDARD.encode(root))
}

fn open(note: impl AsRef<[u8]>) -> Result<Head, NoteError> {
    Head::open(note.as_ref(), &signer().public)
}

fn why(note: impl AsRef<[u8]>) -> String {
    open(note).unwrap_err().to_string()
}

#[test]
fn a_head_is_read() {
    let text = tree_text("700", [7; 32]);
    let note = signer().sign(&text);
    let head = open(&note).unwrap();
    assert_eq!((head.size(), head.root(), head.note()), (700, [7; 32], note.as_str()));
    // What later versions add, even a blank line, is signed and passed over.
    let note = signer().sign(&format!("{text}more\n\n— x\n"));
    assert_eq!(open(note).unwrap().size(), 700);
    // It may hold any text: control characters of a higher kind are allowed by Go too.
    let note = signer().sign(&format!("{text}\u{7f}\u{85}\u{feff}é\n"));
    assert!(open(note).is_ok());
    assert_eq!(
        open(signer().sign(&tree_text("9223372036854775807", [7; 32]))).unwrap().size(),
        i64::MAX.unsigned_abs()
    );
}

#[test]
fn a_signed_text_that_is_no_head_is_refused() {
    let root = STANDARD.encode([7; 32]);
    let good = tree_text("700", [7; 32]);
    let texts = [
        "\n".to_owned(),
        "go.sum database tree\n".to_owned(),
        "go.sum database tree\n700\n".to_owned(),
        good.replace("tree", "tree v2"),
        good.replace("go.sum", " go.sum"),
        good.replace("700", "0700"),
        good.replace("700", "+700"),
        good.replace("700", "-700"),
        good.replace("700", "-0"),
        good.replace("700", "0x700"),
        good.replace("700", "9223372036854775808"),
        good.replace("700", ""),
        good.replace(&root, &root[1..]),
        good.replace(&root, &STANDARD.encode([7; 31])),
        good.replace(&root, &STANDARD.encode([7; 33])),
        good.replace(&root, &root.replace('=', "")),
        good.replace(&root, ""),
    ];
    for text in texts {
        let error = open(signer().sign(&text)).unwrap_err();
        assert!(matches!(error, NoteError::NotATree { .. }), "{text}: {error}");
    }
    assert_eq!(
        why(signer().sign("hello\n")),
        "the signed note is no tree head of a checksum database: its first line is not `go.sum database tree`"
    );
}

#[test]
fn who_signed_is_told() {
    let text = tree_text("1", [7; 32]);
    let (ours, theirs, third) = (signer(), Signer::new("other.example.com"), Signer::new("third"));
    let note = format!("{text}\n{}{}{1}", third.line(&text), theirs.line(&text));
    let error = open(&note).unwrap_err();
    let signers = vec![theirs.public.id(), third.public.id()];
    assert_eq!(error, NoteError::Unsigned { key: ours.public.id(), signers });
    assert_eq!(
        error.to_string(),
        format!(
            "the note is not signed by {}, but by {}, {}: it is from another checksum database, or the key is of another",
            ours.public.id(),
            theirs.public.id(),
            third.public.id()
        )
    );
    // Others may sign as well, before and behind, rightly or not.
    let note = format!("{note}{}{}", ours.line(&text), theirs.line("lie\n"));
    assert!(open(&note).is_ok());
    // The same name with another key is somebody else.
    let imposter = Signer::new("imposter").line(&text).replace("imposter", NAME);
    let error = open(format!("{text}\n{imposter}")).unwrap_err();
    assert!(matches!(error, NoteError::Unsigned { .. }), "{error}");
}

#[test]
fn a_wrong_signature_is_told_from_a_missing_one() {
    let text = tree_text("1", [7; 32]);
    let wrong = signer().line("another text\n");
    let error = open(format!("{text}\n{wrong}")).unwrap_err();
    assert_eq!(error, NoteError::WrongSignature { key: signer().public.id() });
    // Of several by the key Go looks at the first.
    let right = signer().line(&text);
    assert_eq!(open(format!("{text}\n{wrong}{right}")), Err(error));
    assert!(open(format!("{text}\n{right}{wrong}")).is_ok());
    // A signature has 64 bytes.
    let bytes = STANDARD.decode(right.rsplit_once(' ').unwrap().1.trim_end()).unwrap();
    for length in [5, 67, 69] {
        let mut bytes = bytes.clone();
        bytes.resize(length, 0);
        let line = format!("— {NAME} {}\n", STANDARD.encode(bytes));
        let error = open(format!("{text}\n{line}")).unwrap_err();
        assert!(matches!(error, NoteError::WrongSignature { .. }), "{error}");
    }
}

#[test]
fn what_is_no_note_is_told() {
    let text = tree_text("1", [7; 32]);
    let note = signer().sign(&text);
    let line = signer().line(&text);
    let base64 = line.rsplit_once(' ').unwrap().1.trim_end();
    let with = |signature: &str| format!("{text}\n{signature}\n");
    let no_signature = "line 5 is no signature `— NAME BASE64`";
    let cases = [
        (String::new(), "there is no blank line before the signatures"),
        (text.clone(), "there is no blank line before the signatures"),
        (format!("{text}\n"), "it ends before its last line does: it was cut short"),
        (note.trim_end().to_owned(), "it ends before its last line does: it was cut short"),
        (
            note.replace('\n', "\r\n"),
            "line 1 has a carriage return: its line ends were changed on the way, as git does on Windows",
        ),
        (note.replace("tree\n", "tree\t\n"), "line 1 has the control character 0x09"),
        (note.replace("\n1\n", "\n\0\n"), "line 2 has the control character 0x00"),
        (with(&format!("- {NAME} {base64}")), no_signature),
        (with(&format!("—{NAME} {base64}")), no_signature),
        (with(&format!("— {NAME}")), no_signature),
        (with(&format!("— {NAME} ")), no_signature),
        (with(&format!("—  {base64}")), no_signature),
        (with(&format!("— a+b {base64}")), no_signature),
        (with(&format!("— a\u{a0}b {base64}")), no_signature),
        (with(&format!("— {NAME} {base64} ")), no_signature),
        (with(&format!("— {NAME} {}", STANDARD.encode([1; 4]))), no_signature),
        (format!("{note}— x\n"), "line 6 is no signature `— NAME BASE64`"),
        (note.replace("\n\n", "\n \n"), "there is no blank line before the signatures"),
    ];
    for (note, want) in cases {
        assert_eq!(why(&note), format!("no signed note: {want}"), "{note}");
    }
    let mut bytes = note.into_bytes();
    bytes[30] = 0xff;
    assert_eq!(why(bytes), "no signed note: line 3 is not UTF-8");
}

#[test]
fn notes_have_bounds() {
    let text = tree_text("1", [7; 32]);
    let (ours, other) = (signer().line(&text), Signer::new("other").line(&text));
    assert!(open(format!("{text}\n{}{ours}", other.repeat(99))).is_ok());
    assert_eq!(
        why(format!("{text}\n{ours}{}", other.repeat(100))),
        "no signed note: there are more than 100 signatures"
    );
    let long = |length: usize| {
        let text = format!("{text}{}\n", "x".repeat(length));
        signer().sign(&text)
    };
    let rest = long(0).len();
    assert!(open(long(1_000_000 - rest)).is_ok());
    assert_eq!(
        why(long(1_000_001 - rest)),
        "no signed note: it has 1000001 bytes, where 1000000 are allowed"
    );
}

/// Whatever is flipped, nothing is harmless: each byte is signed, or part of the signature line.
#[test]
fn a_flipped_bit_is_refused() {
    let note = signer().sign(&tree_text("700", [7; 32]));
    for (at, flipped) in flips(note.as_bytes()) {
        assert!(open(&flipped).is_err(), "byte {at} of\n{note}");
    }
    for length in 0..note.len() {
        assert!(open(&note.as_bytes()[..length]).is_err(), "{length}");
    }
}
