//! By which signed tree head a bundle is proven.

use super::{create, far};
use crate::supplied::{NAME, Supplied};
use crate::world::Ran;
use std::fs;

/// The size of the tree that a bundle's head is of.
fn tree_size(supplied: &Supplied, bundle: &str) -> usize {
    let ran = far(&supplied.world, &["verify", bundle, "--go-sum", "app/go.sum"]).run().ended(0);
    let (_, rest) = ran.stdout.split_once("(tree of ").unwrap();
    rest.split(' ').next().unwrap().parse().unwrap()
}

fn bytes(supplied: &Supplied, bundle: &str) -> Vec<u8> {
    fs::read(supplied.path(bundle)).unwrap()
}

fn grow(supplied: &mut Supplied, by: usize) -> usize {
    supplied.database.grow(by);
    supplied.database.write(&supplied.path("sumdb"));
    supplied.database.size()
}

#[test]
fn the_head_that_was_kept_makes_the_same_bytes_until_a_newer_one_is_asked_for() {
    let mut supplied = Supplied::new();
    let size = supplied.database.size();
    create(&supplied, "one.tar.zst", &[]).run().ended(0);
    assert_eq!(tree_size(&supplied, "one.tar.zst"), size);
    let grown = grow(&mut supplied, 300);
    create(&supplied, "two.tar.zst", &[]).run().ended(0);
    assert!(bytes(&supplied, "one.tar.zst") == bytes(&supplied, "two.tar.zst"));
    create(&supplied, "three.tar.zst", &["--refresh-head"]).run().ended(0);
    assert_eq!(tree_size(&supplied, "three.tar.zst"), grown);
    // And that is kept now.
    create(&supplied, "four.tar.zst", &[]).run().ended(0);
    assert!(bytes(&supplied, "three.tar.zst") == bytes(&supplied, "four.tar.zst"));
    // A database that shows less than before is an old copy, and no fork.
    let mut old = Supplied::new();
    old.database.write(&supplied.path("old"));
    old.database = supplied.database.clone();
    let gosumdb = format!("{} file://{}", supplied.database.key(), supplied.path("old").display());
    create(&supplied, "five.tar.zst", &["--refresh-head"]).env("GOSUMDB", gosumdb).run().ended(0);
    assert_eq!(tree_size(&supplied, "five.tar.zst"), grown);
}

#[test]
fn a_head_that_is_given_is_the_one() {
    let mut supplied = Supplied::new();
    let size = supplied.database.size();
    grow(&mut supplied, 300);
    let head = supplied.database.head(size - 100);
    supplied.world.write("app/head", &head);
    create(&supplied, "one.tar.zst", &["--head", "head"]).run().ended(0);
    assert_eq!(tree_size(&supplied, "one.tar.zst"), size - 100);
    // On another machine, at another time.
    let mut other = Supplied::new();
    other.world.write("app/head", &head);
    grow(&mut other, 901);
    create(&other, "one.tar.zst", &["--head", "head"]).run().ended(0);
    assert!(bytes(&supplied, "one.tar.zst") == bytes(&other, "one.tar.zst"));
    // What `sumdb verify` has proven all by will do.
    other.ours(&["sumdb", "verify", "--write-head", "kept"]).run().ended(0);
    create(&other, "two.tar.zst", &["--head", "kept"]).run().ended(0);
    assert_eq!(tree_size(&other, "two.tar.zst"), other.database.size());
}

fn with_head(supplied: &Supplied, head: &str) -> Ran {
    supplied.world.write("app/head", head);
    let ran = create(supplied, "x.tar.zst", &["--head", "head"]).run();
    assert!(!supplied.path("x.tar.zst").exists(), "{ran:#?}");
    ran
}

#[test]
fn a_head_that_does_not_do_is_refused() {
    let supplied = Supplied::new();
    let database = &supplied.database;
    let id = database.id("example.com/other", "v1.0.0");
    let ran = with_head(&supplied, &database.head(id)).ended(74);
    ran.said(&format!("of {id} records")).said("too old for this go.sum");
    let sound = database.head(database.size());
    let forged =
        sound.replacen(&database.size().to_string(), &(database.size() + 1).to_string(), 1);
    with_head(&supplied, &forged).ended(65).said("the head given");
    let other = crate::checksum_database::ChecksumDatabase::new("sum.example.org");
    with_head(&supplied, &other.head(other.size())).ended(65).said("sum.example.org");
    with_head(&supplied, "").ended(65);
    let ran = create(&supplied, "x.tar.zst", &["--head", "nowhere"]).run().ended(74);
    ran.said("nowhere");
    create(&supplied, "x.tar.zst", &["--head", "head", "--refresh-head"]).run().ended(64);
    create(&supplied, "x.tar.zst", &["--head", "head", "--no-sumdb"]).run().ended(64);
}

/// The same key has signed two trees of which none grew out of the other: that is what the log is for.
#[test]
fn a_forked_database_is_refused() {
    let mut supplied = Supplied::new();
    create(&supplied, "one.tar.zst", &[]).run().ended(0);
    let sound = supplied.database.clone();
    supplied.database.forge(7, "example.org/m7 v1.0.0 h1:x\n");
    grow(&mut supplied, 10);
    for args in [
        &["bundle", "create", "-o", "two.tar.zst", "--refresh-head"][..],
        &["sumdb", "verify", "--refresh-head"],
    ] {
        let ran = supplied.ours(args).run().ended(65);
        ran.said("the checksum database has forked");
    }
    // Somebody may hand it out as a file too, of whatever size.
    let size = sound.size();
    for at in [size - 100, size, size + 10] {
        supplied.world.write("app/head", &supplied.database.head(at));
        for args in [
            &["bundle", "create", "-o", "two.tar.zst", "--head", "head"][..],
            &["sumdb", "verify", "--head", "head"],
        ] {
            supplied.ours(args).run().ended(65).said("the checksum database has forked");
        }
    }
    assert!(!supplied.path("app/two.tar.zst").exists());
    // What was kept stands, and so do we.
    let kept = supplied.world.read(&format!("home/.cache/go-offline/sumdb/{NAME}/latest"));
    assert_eq!(kept, sound.head(sound.size()));
    create(&supplied, "three.tar.zst", &[]).run().ended(0);
    assert!(bytes(&supplied, "one.tar.zst") == bytes(&supplied, "three.tar.zst"));
    fs::remove_dir_all(supplied.path("sumdb")).unwrap();
    sound.write(&supplied.path("sumdb"));
    create(&supplied, "three.tar.zst", &[]).run().ended(0);
    assert!(bytes(&supplied, "one.tar.zst") == bytes(&supplied, "three.tar.zst"));
}

/// Whether two heads are of one database takes tiles; where nobody may be asked for them, that is said.
#[test]
fn a_head_that_cannot_be_held_against_the_one_kept_is_named() {
    let mut supplied = Supplied::new();
    let size = supplied.database.size();
    supplied.world.write("app/head", &supplied.database.head(size));
    supplied.ours(&["sumdb", "verify", "--head", "head"]).run().ended(0);
    grow(&mut supplied, 300);
    supplied.ours(&["sumdb", "verify", "--refresh-head"]).run().ended(0);
    let verify = |args: &[&str]| {
        supplied.ours(&[&["sumdb", "verify", "--head", "head"], args].concat()).run().ended(0)
    };
    assert_eq!(verify(&[]).stderr, "");
    let kept = format!("home/.cache/go-offline/sumdb/{NAME}/tile/8/0/{:03}.p/{}", 9, 200);
    let kept = supplied.path(&kept);
    assert!(kept.is_file(), "{kept:?}");
    fs::remove_file(kept).unwrap();
    verify(&["--offline"]).said("it was not checked");
    supplied.ours(&["fetch"]).run().ended(0);
    let ran = create(&supplied, "x.tar.zst", &["--head", "head", "--no-fetch"]).run().ended(0);
    ran.said("it was not checked");
}
