use super::*;
use crate::fetch::test_server::{Server, path, with_body};
use crate::fetch::{Access, Remote, SumdbSource};
use crate::sumdb::tests::made::{NAME, Signer, publish};
use crate::sumdb::{Fork, LookupError, TileLengthError};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Records that are looked up, and the size of the tree.
const LOOKED_UP: [u64; 3] = [3, 300, 555];
const SIZE: u64 = 600;

struct World(tempfile::TempDir);

impl World {
    /// A database in `remote`, and nothing in `cache` and `store`.
    fn new() -> World {
        let world = World(tempfile::tempdir().unwrap());
        publish(&world.dir("remote"), SIZE, &LOOKED_UP, None);
        world
    }

    fn dir(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Read at a URL, or offline.
    fn at(&self, url: Option<&str>) -> Database {
        let remote = url.map(|url| SumdbSource::at(Remote::new(url, &Access::default()).unwrap()));
        let (stores, cache) = (vec![self.dir("store")], Some(self.dir("cache")));
        Database { key: Signer::new(NAME).public, stores, cache, remote }
    }

    fn online(&self) -> Database {
        self.at(Some(&format!("file://{}", self.dir("remote").display())))
    }

    fn copy(&self, from: &str, to: &str) {
        for name in files(&self.dir(from)) {
            keep(&self.dir(to).join(&name), &fs::read(self.dir(from).join(&name)).unwrap())
                .unwrap();
        }
    }

    /// A server of the remote directory, unless something is answered instead.
    fn serve(&self, instead: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Server {
        let dir = self.dir("remote");
        Server::new(move |request| {
            let name = path(request).trim_start_matches('/');
            instead(name).unwrap_or_else(|| raw(&dir.join(name)))
        })
    }
}

/// The answer that has a file, of which each byte is a character.
fn raw(file: &Path) -> String {
    match fs::read(file) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => with_body("200 OK", &text),
            Err(_) => panic!("a tile is not served here: copy it into a store"),
        },
        Err(_) => with_body("404 Not Found", ""),
    }
}

fn files(dir: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut dirs = vec![dir.to_path_buf()];
    while let Some(next) = dirs.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten().map(Result::unwrap) {
            match entry.path() {
                path if path.is_dir() => dirs.push(path),
                path => drop(found.insert(path.strip_prefix(dir).unwrap().display().to_string())),
            }
        }
    }
    found
}

fn module(id: u64) -> ModuleVersion {
    ModuleVersion::new(format!("example.com/M{id}"), "v1.0.0")
}

fn prove(database: &Database, choice: &HeadChoice) -> anyhow::Result<Proven> {
    database.prove(&LOOKED_UP.map(module), choice, &|_, _| {})
}

fn size(proven: &Proven) -> u64 {
    assert_eq!(proven.records.len(), LOOKED_UP.len(), "{:?}", proven.lacking);
    proven.head.size()
}

fn fork_of(error: &anyhow::Error) -> Option<&Fork> {
    error.chain().find_map(|cause| match cause.downcast_ref::<ProofError<anyhow::Error>>()? {
        ProofError::Forked(fork) => Some(fork.as_ref()),
        _ => None,
    })
}

#[test]
fn what_is_proven_is_kept_and_read_from_there() {
    let world = World::new();
    assert_eq!(size(&prove(&world.online(), &HeadChoice::Kept).unwrap()), SIZE);
    let kept = files(&world.dir("cache"));
    assert!(
        kept.contains("latest") && kept.contains("lookup/example.com/!m300@v1.0.0"),
        "{kept:?}"
    );
    // Nobody is asked then, and nobody need be there.
    let server = Server::new(|_| with_body("500 Internal Server Error", ""));
    assert_eq!(size(&prove(&world.at(Some(&server.url)), &HeadChoice::Kept).unwrap()), SIZE);
    assert_eq!(server.asked(), [""; 0]);
    assert_eq!(size(&prove(&world.at(None), &HeadChoice::Kept).unwrap()), SIZE);
}

/// Only 404 and 410 say that there is no record. Whoever is told so writes a bundle without the proof.
#[test]
fn a_status_is_no_answer() {
    let world = World::new();
    for (status, asked) in [("503 Service Unavailable", 3), ("403 Forbidden", 1)] {
        let server = world.serve(move |name| name.contains("!m300").then(|| with_body(status, "")));
        let error =
            format!("{:#}", prove(&world.at(Some(&server.url)), &HeadChoice::Kept).unwrap_err());
        let url = format!("{}/lookup/example.com/!m300@v1.0.0: the answer is {status}", server.url);
        assert!(error.contains(&url), "{error}");
        let of_it = server.asked().into_iter().filter(|path| path.contains("!m300"));
        assert_eq!(of_it.count(), asked, "{status}");
    }
    world.copy("remote", "store");
    fs::remove_file(world.dir("store/lookup/example.com/!m300@v1.0.0")).unwrap();
    for status in ["404 Not Found", "410 Gone"] {
        let server = world.serve(move |name| name.contains("!m300").then(|| with_body(status, "")));
        let proven = prove(&world.at(Some(&server.url)), &HeadChoice::Kept).unwrap();
        assert_eq!(proven.lacking.keys().collect::<Vec<_>>(), [&module(300)], "{status}");
    }
}

/// The first failure ends it, and the caches were not to blame for that.
#[test]
fn a_database_that_cannot_be_reached_is_asked_by_few() {
    let world = World::new();
    let server = Server::new(|_| String::new());
    let modules: Vec<ModuleVersion> = (0..200).map(module).collect();
    let database = world.at(Some(&server.url));
    let error = database.prove(&modules, &HeadChoice::Kept, &|_, _| {}).unwrap_err();
    assert!(format!("{error:#}").contains(&server.url), "{error:#}");
    let asked = server.asked().len();
    assert!(asked <= 3 * AT_ONCE, "{asked}");
}

/// A login page is no proof that go.sum is wrong, and does not take the place of what was kept.
#[test]
fn what_is_not_from_the_database_is_not_kept() {
    let world = World::new();
    let page = |_: &str| Some(with_body("200 OK", "<html>\n\n<p>log in</p>\n"));
    let server = world.serve(page);
    let ask = |choice: &HeadChoice| {
        let error = prove(&world.at(Some(&server.url)), choice).unwrap_err();
        assert!(format!("{error:#}").contains("is not from a checksum database"), "{error:#}");
        assert!(error.chain().all(|cause| !cause.is::<LookupError>()), "{error:#}");
    };
    ask(&HeadChoice::Kept);
    assert_eq!(files(&world.dir("cache")), BTreeSet::new());
    prove(&world.online(), &HeadChoice::Kept).unwrap();
    let kept = files(&world.dir("cache"));
    ask(&HeadChoice::Newest);
    assert_eq!(files(&world.dir("cache")), kept);
    assert_eq!(size(&prove(&world.at(None), &HeadChoice::Kept).unwrap()), SIZE);
    // Signed, and yet not true: the signature is under the head, and not under the record.
    let lookup = world.dir("remote/lookup/example.com/!m300@v1.0.0");
    let text = fs::read_to_string(&lookup).unwrap();
    fs::write(&lookup, text.replacen("h1:", "h1:A", 1)).unwrap();
    fs::remove_dir_all(world.dir("cache")).unwrap();
    let error = prove(&world.online(), &HeadChoice::Kept).unwrap_err();
    assert!(
        format!("{error:#}").contains("proving the record of example.com/M300@v1.0.0"),
        "{error:#}"
    );
    assert_eq!(files(&world.dir("cache")), BTreeSet::new());
}

#[test]
fn a_head_that_is_given_is_held_against_the_one_kept() {
    let world = World::new();
    let others = World::new();
    prove(&world.online(), &HeadChoice::Kept).unwrap();
    let give = |database: &Database, size: u64, fork: Option<u64>| {
        let head = publish(&others.dir("other"), size, &[], fork);
        prove(database, &HeadChoice::Given(head.note().as_bytes().to_vec()))
    };
    // Older, of the same size, newer.
    publish(&world.dir("remote"), SIZE - 20, &[], None);
    publish(&world.dir("remote"), SIZE + 100, &[], None);
    for at in [SIZE - 20, SIZE, SIZE + 100] {
        let proven = give(&world.online(), at, None).unwrap();
        assert_eq!((size(&proven), proven.notes), (at, Vec::new()));
    }
    prove(&world.online(), &HeadChoice::Newest).unwrap();
    for at in [SIZE - 20, SIZE, SIZE + 100] {
        let error = give(&world.online(), at, Some(7)).unwrap_err();
        assert!(fork_of(&error).is_some(), "{at}: {error:#}");
    }
    // It is the newer one of which tiles are needed.
    publish(&world.dir("remote"), SIZE + 200, &[], Some(7));
    let error = give(&world.online(), SIZE + 200, Some(7)).unwrap_err();
    assert!(fork_of(&error).is_some(), "{error:#}");
    // Nobody may be asked for them: that is said, and no more.
    fs::remove_dir_all(world.dir("cache/tile")).unwrap();
    publish(&world.dir("store"), SIZE, &[], None);
    let proven = give(&world.at(None), SIZE, None).unwrap();
    assert!(proven.notes[0].contains("it was not checked"), "{:?}", proven.notes);
}

#[test]
fn the_newest_head_is_that_of_a_lookup_where_latest_is_older() {
    let newest = |prepare: &dyn Fn(&World), online: bool| {
        let world = World::new();
        prepare(&world);
        let database = if online { world.online() } else { world.at(None) };
        prove(&database, &HeadChoice::Kept)
    };
    let older = |world: &World| {
        let head = publish(&world.dir("older"), SIZE - 200, &[], None);
        fs::write(world.dir("remote/latest"), head.note()).unwrap();
        // To see that it is an older one of the same database.
        world.copy("older", "store");
    };
    let none = |world: &World| fs::remove_file(world.dir("remote/latest")).unwrap();
    assert_eq!(size(&newest(&older, true).unwrap()), SIZE);
    assert_eq!(size(&newest(&none, true).unwrap()), SIZE);
    // What go itself has read.
    let offline = |world: &World| {
        none(world);
        world.copy("remote", "store");
    };
    assert_eq!(size(&newest(&offline, false).unwrap()), SIZE);
    // An older head in all places: that is nobody's forgery.
    let stale = |world: &World| {
        let head = publish(&world.dir("older"), SIZE - 200, &LOOKED_UP[..2], None);
        let tail = fs::read_to_string(world.dir("remote/latest")).unwrap();
        let lookup = world.dir("remote/lookup/example.com/!m555@v1.0.0");
        let text = fs::read_to_string(&lookup).unwrap().replace(&tail, head.note());
        world.copy("older", "remote");
        fs::write(lookup, text).unwrap();
    };
    let error = newest(&stale, true).unwrap_err();
    assert!(
        format!("{error:#}").contains("is of 400 records, and one of the modules is record 555")
    );
    assert!(error.chain().all(|cause| !cause.is::<ProofError<anyhow::Error>>()), "{error:#}");
    // A `latest` of another tree is a fork, whichever is newer.
    let forked = |world: &World| {
        let head = publish(&world.dir("forked"), SIZE - 200, &[], Some(7));
        fs::write(world.dir("remote/latest"), head.note()).unwrap();
    };
    assert!(fork_of(&newest(&forked, true).unwrap_err()).is_some());
}

/// Whatever is wrong in the first place that has a file, a good one in the next will do.
#[test]
fn what_is_wrong_in_one_place_is_taken_from_the_next() {
    let world = World::new();
    world.copy("remote", "store");
    world.copy("remote", "cache");
    let sound = files(&world.dir("cache"));
    let other = fs::read(world.dir("remote/lookup/example.com/!m3@v1.0.0")).unwrap();
    for name in sound.iter().filter(|name| *name != "latest" && *name != "supported") {
        let bytes = fs::read(world.dir("remote").join(name)).unwrap();
        let mut forged = bytes.clone();
        forged[10] ^= 1;
        let late = String::from_utf8_lossy(&bytes).replacen('\n', "9\n", 1).into_bytes();
        let mut wrong = vec![Vec::new(), bytes[..bytes.len() / 2].to_vec(), forged];
        if name.starts_with("lookup/") {
            wrong.extend([b"<html>\n\n".to_vec(), other.clone(), late]);
        }
        for wrong in wrong {
            fs::write(world.dir("cache").join(name), &wrong).unwrap();
            assert_eq!(size(&prove(&world.at(None), &HeadChoice::Kept).unwrap()), SIZE, "{name}");
        }
        // That alone is no proof, and no pass.
        fs::remove_file(world.dir("store").join(name)).unwrap();
        fs::write(world.dir("cache").join(name), &bytes[..bytes.len() - 1]).unwrap();
        let error = prove(&world.at(None), &HeadChoice::Kept).unwrap_err();
        let is_refused = |cause: &(dyn std::error::Error + 'static)| {
            cause.is::<LookupError>() || cause.is::<TileLengthError>()
        };
        assert!(error.chain().any(is_refused), "{name}: {error:#}");
        // And online the cache is right again.
        prove(&world.online(), &HeadChoice::Kept).unwrap();
        assert!(fs::read(world.dir("cache").join(name)).unwrap() == bytes, "{name}");
        fs::write(world.dir("store").join(name), bytes).unwrap();
    }
}

#[test]
fn a_damaged_cache_is_no_reason_to_ask_for_all_again() {
    let world = World::new();
    world.copy("remote", "store");
    world.copy("remote", "cache");
    fs::write(world.dir("cache/lookup/example.com/!m3@v1.0.0"), "no record").unwrap();
    fs::write(world.dir("store/lookup/example.com/!m3@v1.0.0"), "no record").unwrap();
    let server = world.serve(|_| None);
    prove(&world.at(Some(&server.url)), &HeadChoice::Kept).unwrap();
    assert_eq!(server.asked(), ["/lookup/example.com/!m3@v1.0.0"]);
}
