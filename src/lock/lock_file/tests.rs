use super::*;
use proptest::prelude::*;

fn entry(path: &str) -> LockEntry {
    LockEntry {
        module: ModuleVersion::new(path, "v1.0.0"),
        replacement: None,
        h1: "h1:R7WDd8CLEH2zyuy4ixdkwM5BEVQS6fHTbeUYNcOh9V4=".to_owned(),
        files: 12,
        code: digest([("x.y/a/a.go", "00")].into_iter()),
        rest: digest(std::iter::empty()),
    }
}

fn lock() -> LockFile {
    let replaced = LockEntry {
        replacement: Some(ModuleVersion::new("x.y/fork", "v1.2.3-0.20200101000000-0123456789ab")),
        ..entry("x.y/b")
    };
    LockFile::new(vec![replaced, entry("x.y/a")])
}

/// Other programs and older releases read it: a change needs another first line.
#[test]
fn the_text_is_what_it_was() {
    assert_eq!(
        lock().render(),
        "go-offline.lock 1\n\
         # What `go mod vendor` should put into vendor/, bound to go.sum. `go-offline lock` writes this file, `go-offline check` reads it.\n\
         x.y/a v1.0.0 h1:R7WDd8CLEH2zyuy4ixdkwM5BEVQS6fHTbeUYNcOh9V4= 12 code:3iAclCc8U7P-JQPC2Y2efgIxiflMCAB1GgBegZ-N5_E rest:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU\n\
         x.y/b v1.0.0 => x.y/fork v1.2.3-0.20200101000000-0123456789ab h1:R7WDd8CLEH2zyuy4ixdkwM5BEVQS6fHTbeUYNcOh9V4= 12 code:3iAclCc8U7P-JQPC2Y2efgIxiflMCAB1GgBegZ-N5_E rest:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU\n\
         fingerprint sha256:4425e31b7fabb508b06968f40e70f45b9202dbc170e548edc1364bd548e5b4fd\n"
    );
}

#[test]
fn the_fingerprint_is_of_all_lines_above_it() {
    let text = lock().render();
    let (lines, last) = text.split_at(text.find(FINGERPRINT).unwrap());
    let hex: String = Sha256::digest(lines).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(last, format!("fingerprint sha256:{hex}\n"));
    assert_eq!(lock().fingerprint(), format!("sha256:{hex}"));
}

/// `printf '00  a\n01  b/c\n' | sha256sum`
#[test]
fn a_digest_is_what_sha256sum_says() {
    let files = [("b/c", "01"), ("a", "00")];
    let want = Sha256::digest("00  a\n01  b/c\n");
    assert_eq!(digest(files.into_iter()).as_slice(), want.as_slice());
    assert_eq!(digest(files.into_iter().rev()).as_slice(), want.as_slice());
}

#[test]
fn what_is_written_is_read() {
    let two_versions =
        LockEntry { module: ModuleVersion::new("x.y/a", "v0.9.0"), ..entry("x.y/a") };
    let twice = LockFile::new(vec![entry("x.y/a"), two_versions, entry("x.y/a")]);
    assert_eq!(twice.entries.len(), 2);
    for lock in [lock(), twice, LockFile::default()] {
        assert_eq!(LockFile::parse(&lock.render()), Ok(lock.clone()));
        assert_eq!(LockFile::parse(&lock.render().replace('\n', "\r\n")), Ok(lock));
    }
}

/// The messages for a text made of the one of [`lock`], with line and column.
fn faults(change: impl Fn(&str) -> String) -> Vec<String> {
    let text = change(&lock().render());
    let error = LockFile::parse(&text).unwrap_err();
    assert!(matches!(error, LockError::Malformed(_)), "{error}");
    let shown = |error: &ParseError| {
        let (line, column) = crate::gomod::line_col(&text, error.span.start);
        assert!(text.get(error.span.clone()).is_some());
        format!("{line}:{column}: {error}")
    };
    error.errors().iter().map(shown).collect()
}

#[test]
fn malformed_lines_are_named() {
    let replaced = |from: &'static str, to: &'static str| {
        faults(move |text| {
            assert!(text.contains(from));
            text.replacen(from, to, 1)
        })
    };
    let want = "expected `PATH VERSION [=> PATH VERSION] h1:… FILES code:… rest:…`";
    assert_eq!(replaced("lock 1", "lock 2"), ["1:1: expected `go-offline.lock 1`"]);
    assert_eq!(replaced("bound to", "bound for").len(), 1);
    assert_eq!(replaced("x.y/a v1.0.0", "<<<<<<< HEAD\nx.y/a v1.0.0"), [format!("3:1: {want}")]);
    assert_eq!(replaced(" 12 ", "  12 "), [format!("3:1: {want}")]);
    assert_eq!(replaced(" 12 ", " "), [format!("3:1: {want}")]);
    assert_eq!(replaced("=>", "->"), [format!("4:1: {want}")]);
    assert_eq!(replaced(" 12 ", " 012 "), ["3:1: `012` is no number of files"]);
    assert_eq!(replaced(" 12 ", " -1 "), ["3:1: `-1` is no number of files"]);
    assert_eq!(replaced("h1:R7", "h2:R7").len(), 1);
    assert_eq!(replaced("V4=", "V5=").len(), 1, "bits beyond the last byte");
    assert_eq!(replaced("code:", "Code:").len(), 1);
    assert_eq!(replaced("rest:47DEQ", "rest:47DE").len(), 1);
    assert_eq!(
        replaced("x.y/b v1", "x.y/a v1"),
        ["4:1: x.y/a@v1.0.0 does not come here by its name"]
    );
    assert_eq!(
        replaced("x.y/b v1", "x.y/A v1"),
        ["4:1: x.y/A@v1.0.0 does not come here by its name"]
    );
    assert_eq!(replaced("sha256:", "sha1:").len(), 1);
    assert_eq!(faults(|text| format!("{text}x\n")), ["6:1: nothing stands behind the fingerprint"]);
    let missing = ": the text ends before its fingerprint does";
    assert_eq!(faults(|_| String::new()), [format!("1:1{missing}")]);
    assert_eq!(faults(|text| text.trim_end().to_owned()), [format!("5:1{missing}")]);
    let cut = |text: &str| text[..text.find(FINGERPRINT).unwrap()].to_owned();
    assert_eq!(faults(cut), [format!("4:1{missing}")]);
}

#[test]
fn an_edit_is_told_from_a_broken_line() {
    let text = lock().render();
    for (from, to) in [("12", "13"), ("v1.0.0", "v1.0.1"), ("x.y/fork", "x.y/fake")] {
        let error = LockFile::parse(&text.replacen(from, to, 1)).unwrap_err();
        let LockError::Edited(error) = error else { panic!("{error}") };
        assert!(error.message.starts_with("the lines above have the fingerprint sha256:"));
        assert!(text[error.span].starts_with("sha256:"));
    }
}

fn module() -> impl Strategy<Value = ModuleVersion> {
    ("[a-z./!~+-]{1,9}", "v[0-9.a-z+-]{1,9}")
        .prop_map(|(path, version)| ModuleVersion { path, version })
}

fn entries() -> impl Strategy<Value = LockEntry> {
    (module(), proptest::option::of(module()), any::<[[u8; 32]; 3]>(), any::<usize>()).prop_map(
        |(module, replacement, [h1, code, rest], files)| LockEntry {
            module,
            replacement,
            h1: format!("h1:{}", STANDARD.encode(h1)),
            files,
            code,
            rest,
        },
    )
}

proptest! {
    #[test]
    fn every_lock_is_read_as_it_was(list in proptest::collection::vec(entries(), 0..5)) {
        let lock = LockFile::new(list);
        prop_assert_eq!(LockFile::parse(&lock.render()), Ok(lock));
    }

    #[test]
    fn a_changed_lock_is_never_taken(at in 0usize..600, piece in ".{0,3}") {
        let text = lock().render();
        let at = at.min(text.len());
        let changed = format!("{}{piece}{}", &text[..at], &text[(at + 1).min(text.len())..]);
        if let Ok(read) = LockFile::parse(&changed) {
            prop_assert_eq!(read.render(), changed.replace("\r\n", "\n"));
            prop_assert_eq!(read, lock());
        }
    }
}
