//! Keys.

use super::made::{NAME, Signer, flips};
use crate::sumdb::{Key, KeyError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

#[test]
fn keys_are_written_as_they_were_read() {
    // note/note_test.go
    assert_eq!(Key::parse(PETER).unwrap().to_string(), PETER);
    let golang = Key::golang();
    assert_eq!(golang.name(), "sum.golang.org");
    assert_eq!(golang.id(), "sum.golang.org+033de0ae");
    assert_eq!(Key::parse(&golang.to_string()), Ok(golang));
    // As in Go, hex may have capitals.
    assert_eq!(Key::parse(&PETER.replace("c74f20a3", "C74F20A3")), Key::parse(PETER));
}

#[test]
fn other_texts_are_no_keys() {
    // note/note_test.go `badVerifierKeys`, and more.
    let cases = [
        ("", "there is no `+` in it"),
        ("PeterNeumann", "there is no `+` in it"),
        ("PeterNeumann+", "there is one `+` in it only"),
        ("PeterNeumann+c74f20a3", "there is one `+` in it only"),
        ("Peter Neumann+c74f20a3+ARpc", "its name is empty or has space in it"),
        ("Peter\u{a0}Neumann+c74f20a3+ARpc", "its name is empty or has space in it"),
        ("+c74f20a3+ARpc", "its name is empty or has space in it"),
        ("PeterNeumann++c74f20a3+ARpc", "its hash is not eight digits in hex"),
        ("PeterNeumann+c74f20a+ARpc", "its hash is not eight digits in hex"),
        ("PeterNeumann+0c74f20a3+ARpc", "its hash is not eight digits in hex"),
        ("PeterNeumann+c74f20aé+ARpc", "its hash is not eight digits in hex"),
        ("PeterNeumann+c74f20a3+", "its last part is empty"),
        ("PeterNeumann+c74f20a3+ARpc\n", "its last part is no base64"),
        (
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
            "its last part is no base64",
        ),
        (&format!("{PETER}+x"), "its last part is no base64"),
        (&format!("{PETER} https://sum.example.com"), "its last part is no base64"),
    ];
    for (text, want) in cases {
        let want = KeyError::Malformed { why: want };
        assert_eq!(Key::parse(text), Err(want), "{text}");
    }
}

fn with_hash(name: &str, key: &[u8]) -> String {
    let hash = Sha256::digest([name.as_bytes(), b"\n", key].concat());
    let hash: String = hash[..4].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{name}+{hash}+{}", STANDARD.encode(key))
}

#[test]
fn a_key_fits_its_name_and_its_hash() {
    let renamed = PETER.replace("Peter", "Petra");
    let error = Key::parse(&renamed).unwrap_err();
    assert!(matches!(error, KeyError::OtherHash { written: 0xc74f_20a3, .. }), "{error}");
    assert!(error.to_string().contains("not c74f20a3: some of it is mistyped or missing"));

    let other = Key::parse(&with_hash(NAME, &[2; 33])).unwrap_err();
    assert_eq!(other, KeyError::Algorithm { number: 2 });
    let malformed = KeyError::Malformed { why: "its last part is no public key of Ed25519" };
    for key in [&[1][..], &[1; 32], &[1; 34], &[&[1][..], &[2; 32]].concat()] {
        assert_eq!(Key::parse(&with_hash(NAME, key)), Err(malformed.clone()));
    }
}

#[test]
fn a_key_with_a_flipped_bit_is_none() {
    let key = Signer::new(NAME).public;
    for (at, flipped) in flips(key.to_string().as_bytes()) {
        let flipped = String::from_utf8_lossy(&flipped);
        // A hash in capitals is the same.
        assert!(Key::parse(&flipped).is_err() || Key::parse(&flipped) == Ok(key.clone()), "{at}");
    }
}
