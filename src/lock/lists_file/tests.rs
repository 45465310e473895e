use super::*;
use proptest::prelude::*;

const GEN: &str = "//go:build ignore\n\npackage main\n";

fn listed(path: &str, version: &str, files: &[(&str, &[u8])], carried: &[&str]) -> Listed {
    let module = ModuleVersion::new(path, version);
    let hashed =
        files.iter().map(|(name, content)| ((*name).to_owned(), Sha256::digest(content).into()));
    let carried = files
        .iter()
        .filter(|(name, _)| carried.contains(name))
        .map(|(name, content)| ((*name).to_owned(), content.to_vec()))
        .collect();
    let files = FileList::new(module, hashed.collect()).unwrap();
    Listed { files, carried, complete: Complete::nowhere() }
}

fn complete(list: Listed, dirs: &[&str]) -> Listed {
    let dirs = dirs.iter().map(|dir| (*dir).to_owned()).collect();
    Listed { complete: Complete::In(dirs), ..list }
}

fn sample() -> Vec<Listed> {
    let odd = [("a b.go", &b"\xff\n\n"[..]), ("LICENSE", b""), ("gen.go", GEN.as_bytes())];
    vec![
        complete(listed("x.y/a", "v1.2.0", &odd, &["a b.go", "gen.go"]), &["", "b/c"]),
        Listed { complete: Complete::Everywhere, ..listed("x.y/a", "v1.10.0", &[], &[]) },
        listed("x.y/b", "v0.1.0", &[("z.go", b"package z\n")], &["z.go"]),
    ]
}

fn write(lists: &[Listed], level: i32) -> Vec<u8> {
    write_lists(&lists.iter().collect::<Vec<_>>(), level)
}

fn text(lists: &[Listed]) -> Vec<u8> {
    lists_text(&lists.iter().collect::<Vec<_>>())
}

#[test]
fn the_text_can_be_read_and_hashed_with_the_usual_tools() {
    let list = listed("x.y/a", "v1.0.0", &[("gen.go", GEN.as_bytes()), ("b", b"")], &["gen.go"]);
    let lists = [complete(list, &["", "c d"])];
    let text = String::from_utf8(text(&lists)).unwrap();
    assert_eq!(
        text,
        format!(
            "go-offline lists 1\n\
             module x.y/a v1.0.0 2\n\
             e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  x.y/a@v1.0.0/b\n\
             be690c4c744323c3ab70025a8af3dde4f12d0710e0dbfc016813dd95d0b76c6d  x.y/a@v1.0.0/gen.go\n\
             complete x.y/a v1.0.0 .\n\
             complete x.y/a v1.0.0 c d\n\
             carried x.y/a v1.0.0 32 gen.go\n\
             {GEN}\n"
        )
    );
}

/// What is committed must not change by itself: a zstd that writes other bytes fails here.
#[test]
fn the_bytes_are_what_they_were() {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let lists = [listed("x.y/a", "v1.0.0", &[("gen.go", GEN.as_bytes())], &["gen.go"])];
    assert_eq!(
        hex(&write(&lists, LEVEL_SMALL)),
        "28b52ffd24bf650400e2091f1870cd03000218e0ae4b9274feffbfcb4e24a9687a007a84214a2d362afc352233324a7d73976ad9130b49e356c6d83d7fdb3471aa5bd7f2951decc21406d91e14eeaf1142eb49a5f7771bda5da3f0dd1f8d440c5cf720e39bcf3d0887096717c24bd5b857af167164d392f813c8afa21a3b8f6313fec526945ee0d6040042b3010eb20216951a82192ba9ea99"
    );
    assert_eq!(
        hex(&write(&lists, LEVEL_FAST)),
        "28b52ffd24bf750400e2891f1b80a57911a2c5bfb4ace8b2254d49ec3081b6e89a5c36721cb5b011a550d9c67e6c80d701a5fc516994eb53268e50e3399b94bf3c8e7ea546433f9ec23a7bac39f6a170578860881f74cecfa8b12704d7bb2bd8440f89b9b9564f25b5567beb71c1de15b46cd8a081ed536008f667e2d52868110144ce7d2a2784755063040042b3010eb20216951a82192ba9ea99"
    );
}

/// The same with a text that is long enough for each level to go its own way.
#[test]
fn the_bytes_of_a_long_text_are_what_they_were() {
    let names: Vec<String> =
        (0..3000).map(|number| format!("dir{}/{number}.go", number % 7)).collect();
    let files: Vec<(&str, &[u8])> =
        names.iter().map(|name| (name.as_str(), name.as_bytes())).collect();
    let lists = [listed("x.y/a", "v1.0.0", &files, &[])];
    let digest = |level| {
        let bytes = write(&lists, level);
        format!("{} {}", bytes.len(), crate::gomod::hex(&Sha256::digest(&bytes)[..8]))
    };
    assert_eq!(
        [digest(LEVEL_SMALL), digest(LEVEL_FAST)],
        ["105863 df782570d53cba91", "117702 ffc65348a318e4c6"]
    );
}

#[test]
fn what_is_written_is_read() {
    for level in [LEVEL_FAST, LEVEL_SMALL] {
        assert_eq!(read_lists(&write(&sample(), level)).unwrap(), sample());
        assert_eq!(read_lists(&write(&[], level)).unwrap(), []);
    }
}

#[test]
fn the_order_given_does_not_matter_and_a_list_is_written_once() {
    let mut turned = sample();
    turned.reverse();
    turned.extend(sample());
    assert_eq!(write(&turned, LEVEL_FAST), write(&sample(), LEVEL_FAST));
}

/// What is wrong with a text.
fn fault(text: &[u8]) -> String {
    read_lists(&compress(text, 1).unwrap()).unwrap_err().to_string()
}

#[test]
fn wrong_texts_are_refused() {
    let sound = text(&sample());
    let replaced = |from: &str, to: &str| {
        let at = memchr::memmem::find(&sound, from.as_bytes()).expect(from);
        let (before, behind) = (&sound[..at], &sound[at + from.len()..]);
        fault(&[before, to.as_bytes(), behind].concat())
    };
    for (from, to, want) in [
        (
            "lists 1",
            "lists 2",
            "the first line is \"go-offline lists 2\", and this go-offline reads",
        ),
        ("v1.2.0 3\n", "v1.2.0 4\n", "line 6 is too short"),
        ("v1.2.0 3\n", "v1.2.0 2\n", "line 5 starts neither a list nor a content"),
        ("v1.2.0 3\n", "v1.2.0 03\n", "line 2 has a wrong number"),
        ("v1.2.0 3\n", "v1.2.0 3 \n", "line 2 has a wrong number"),
        ("v1.2.0 3\n", "v1.2.0 99999999\n", "line 24 has no end"),
        ("module x.y/b v0.1.0 1", "module x.y/b  1", "line 7 is too short"),
        ("x.y/a v1.10.0", "x.y/a v1.1.0", "line 6 has a module version out of order"),
        ("x.y/a v1.10.0", "x.y/a v1.2.0", "line 6 has a module version out of order"),
        ("x.y/a@v1.2.0/L", "x.y/a@v1.2.1/L", "line 3 is of another module"),
        ("/LICENSE", "/licence", "line 4 has no name, or is out of order"),
        ("3 a b.go", "4 a b.go", "line 11 has another content than it says"),
        ("3 a b.go", "2 a b.go", "what is carried for \"a b.go\" of x.y/a@v1.2.0 is not"),
        ("3 a b.go", "0 a b.go", "line 11 has another content than it says"),
        ("3 a b.go", "3 no.go", "line 11 names a file that is not listed"),
        ("3 a b.go", "3 gen.go", "what is carried for \"gen.go\" of x.y/a@v1.2.0 is not"),
        ("carried x.y/b", "carried x.y/c", "line 21 is of a module that is not listed"),
        ("complete x.y/a v1.2.0 .", "complete x.y/a v1.2.0 c", "line 10 is out of order"),
        ("complete x.y/a v1.2.0 .", "complete x.y/a v1.2.0 ...", "line 10 is out of order"),
        ("v1.2.0 b/c", "v1.2.0 ...", "line 10 is out of order"),
        ("v1.2.0 b/c", "v1.10.0 b/c", "line 11 is out of order"),
        ("v1.2.0 b/c", "v1.9.0 b/c", "line 10 is of a module that is not listed"),
        ("v1.2.0 b/c", "v1.2.0", "line 10 is too short"),
        ("package z", "package y", "what is carried for \"z.go\" of x.y/b@v0.1.0 is not"),
    ] {
        let found = replaced(from, to);
        assert!(found.starts_with(want), "{from:?} to {to:?}: {found}");
    }
    for (more, want) in [
        ("carried x.y/b v0.1.0 10 z.go\npackage z\n\n", "line 24 is out of order"),
        ("carried x.y/a v1.2.0 0 LICENSE\n\n", "line 24 is out of order"),
        ("complete x.y/b v0.1.0 c\n", "line 24 is out of order"),
    ] {
        assert_eq!(fault(&[&sound[..], more.as_bytes()].concat()), want);
    }
    assert_eq!(fault(b""), "line 1 has no end");
    assert!(fault(b"\xff\xff\n").starts_with("the first line is"));
    assert_eq!(
        fault(&[&sound[..], b"x\n"].concat()),
        "line 24 starts neither a list nor a content"
    );
    assert_eq!(fault(&[&sound[..], b"\n"].concat()), "line 24 starts neither a list nor a content");
    let no_text = b"go-offline lists 1\nmodule x.y/\xff v1.0.0 0\n";
    assert_eq!(fault(no_text), "line 2 starts neither a list nor a content");
}

#[test]
fn wrong_frames_are_refused() {
    let sound = write(&sample(), LEVEL_SMALL);
    for len in 0..sound.len() {
        let error = read_lists(&sound[..len]).expect_err("a part of a frame");
        assert!(matches!(error, ListsError::Frame(_)), "{len}: {error}");
    }
    let twice = [&sound[..], &sound[..]].concat();
    assert!(matches!(read_lists(&twice).unwrap_err(), ListsError::Trailing));
    let longer = [&sound[..], b"x"].concat();
    assert!(matches!(read_lists(&longer).unwrap_err(), ListsError::Trailing));
    for at in 0..sound.len() {
        let mut changed = sound.clone();
        changed[at] ^= 0x10;
        if let Ok(read) = read_lists(&changed) {
            assert_eq!(read, sample(), "byte {at}");
        }
    }
    let text = text(&sample());
    let error = read_lists(&text).unwrap_err();
    assert!(matches!(error, ListsError::Frame(_)), "a text that is not compressed: {error}");
}

/// A gigabyte of zeros is 100 kB of zstd.
#[test]
fn a_bomb_goes_off_nowhere() {
    let bomb = |says_its_size: bool| {
        let zeros = vec![0; 8 << 20];
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        let size = says_its_size.then_some(129 * zeros.len() as u64);
        encoder.set_pledged_src_size(size).unwrap();
        for _ in 0..129 {
            io::Write::write_all(&mut encoder, &zeros).unwrap();
        }
        encoder.finish().unwrap()
    };
    assert!(bomb(true).len() < 200_000);
    assert!(matches!(read_lists(&bomb(true)).unwrap_err(), ListsError::TooLarge(_)));
    assert!(matches!(read_lists(&bomb(false)).unwrap_err(), ListsError::Frame(_)));
}

/// Fifty thousand files that are all the same pack better than any others.
#[test]
fn what_packs_well_is_no_bomb() {
    let names: Vec<String> = (0..50_000).map(|number| format!("{number}.txt")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let lists = [listed("x.y/a", "v1.0.0", &files, &[])];
    let bytes = write(&lists, LEVEL_FAST);
    assert!(text(&lists).len() > (16 * bytes.len()) + (1 << 20), "{}", bytes.len());
    assert_eq!(read_lists(&bytes).unwrap(), lists);
}

/// A header that says 1 EiB is believed in nothing.
#[test]
fn a_frame_that_lies_costs_no_memory() {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0b1110_0000];
    frame.extend((1u64 << 60).to_le_bytes());
    frame.extend([1, 0, 0]);
    assert!(matches!(read_lists(&frame).unwrap_err(), ListsError::TooLarge(_)));
    let mut frame = write(&sample(), LEVEL_SMALL);
    frame[5..7].fill(0xff);
    assert!(matches!(read_lists(&frame).unwrap_err(), ListsError::Frame(_)));
}

fn lists() -> impl Strategy<Value = Vec<Listed>> {
    let files = proptest::collection::btree_map(
        "[a-zA-Z _/.é-]{1,8}",
        (proptest::collection::vec(any::<u8>(), 0..40), any::<bool>()),
        0..6,
    );
    let dirs = proptest::option::of(proptest::collection::btree_set("([a-z /]{1,5})?", 0..3));
    let one = ("x\\.y/[a-c]", "v[0-9]\\.[0-9]\\.0(-rc1)?", files, dirs);
    proptest::collection::vec(one, 0..5).prop_map(|all| {
        let all = all.into_iter().map(|(path, version, files, dirs)| {
            let hashed = files
                .iter()
                .map(|(name, (content, _))| (name.clone(), Sha256::digest(content).into()));
            let list = FileList::new(ModuleVersion::new(path, version), hashed.collect()).unwrap();
            let carried = files.into_iter().filter(|(_, (_, carried))| *carried);
            let carried = carried.map(|(name, (content, _))| (name, content)).collect();
            let complete = dirs.map_or(Complete::Everywhere, Complete::In);
            Listed { files: list, carried, complete }
        });
        let mut all: Vec<Listed> = all.collect();
        all.sort_by(|a, b| order(a.files.module(), b.files.module()));
        all.dedup_by(|a, b| a.files.module() == b.files.module());
        all
    })
}

proptest! {
    #[test]
    fn all_lists_are_read_as_they_were(lists in lists()) {
        let read = read_lists(&write(&lists, LEVEL_FAST)).unwrap();
        prop_assert_eq!(read, lists);
    }

    #[test]
    fn a_text_that_is_read_is_the_one_that_is_written(at in 0usize..700, with in ".{0,2}") {
        let mut changed = text(&sample());
        let at = at.min(changed.len());
        let end = (at + 1).min(changed.len());
        changed.splice(at..end, with.bytes());
        if let Ok(read) = read_lists(&compress(&changed, 1).unwrap()) {
            prop_assert_eq!(text(&read), changed);
        }
    }
}
