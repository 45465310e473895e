//! Bundles that somebody has changed. The simple ones forget the manifest; the others write that anew, so
//! that only the hashes of modules and the proofs of the checksum database can tell.

use super::{create, far, nothing_left};
use crate::checksum_database::ChecksumDatabase;
use crate::modules::zip;
use crate::place::place;
use crate::supplied::{NAME, Supplied, names, tree};
use crate::world::World;
use go_offline::bundle::{Digest, FileEntry, Manifest, Proof, Source, archive};
use go_offline::gomod::go_mod_h1;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const DEP: &str = "example.com/!dep/@v/v1.2.3";
const OTHER: &str = "example.com/other/@v/v1.0.0";
const OWN: &str = "git.acme.example/own/@v/v0.1.0";

/// A sound bundle as a directory, and a go.sum that has all that is in it; and the database it is from.
fn sound() -> &'static (PathBuf, ChecksumDatabase) {
    static SOUND: OnceLock<(PathBuf, ChecksumDatabase)> = OnceLock::new();
    SOUND.get_or_init(|| {
        let supplied = Supplied::new();
        create(&supplied, "b", &[]).run().ended(0);
        let to = place().join("bundle");
        copy(&supplied.path("b"), &to);
        copy(&supplied.path("app/go.sum"), &place().join("bundle.sum"));
        (to, supplied.database.clone())
    })
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-r").args([from, to]).status().unwrap().success());
}

/// A bundle under somebody's hands.
struct Changed {
    world: World,
    dir: PathBuf,
    manifest: Manifest,
}

impl Changed {
    fn new() -> Changed {
        let world = World::new();
        let dir = world.root().join("dir");
        copy(&sound().0, &dir);
        let manifest = Manifest::parse(&fs::read(dir.join("manifest.json")).unwrap()).unwrap();
        Changed { world, dir, manifest }
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.dir.join(name)).unwrap()
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.dir.join(name)).unwrap();
    }

    /// Writes the manifest anew, so that it is right about every file.
    fn seal(&mut self) {
        let files = tree(&self.dir).into_iter().filter(|(name, _)| name != "manifest.json");
        self.manifest.files = files
            .map(|(path, bytes)| FileEntry {
                path,
                size: bytes.len() as u64,
                sha256: Digest::of(&bytes),
                executable: false,
            })
            .collect();
        self.manifest.sort();
        self.write("manifest.json", self.manifest.to_json());
    }

    /// The same as an archive. `None` if no such archive can be written.
    fn pack(&self) -> Option<PathBuf> {
        let path = self.world.root().join("b.tar.zst");
        let open = |file: &FileEntry| File::open(self.dir.join(&file.path));
        archive::write(&mut File::create(&path).unwrap(), &self.manifest, open).ok()?;
        Some(path)
    }

    /// It is refused with these words, whatever is done with it, and nothing comes of it.
    #[track_caller]
    fn is_refused(&self, what: &str, words: &str, archived: bool) {
        let mut bundles = vec!["dir"];
        if archived {
            self.pack().expect(what);
            bundles.push("b.tar.zst");
        }
        let temp = self.world.root().join("temp");
        fs::create_dir_all(&temp).unwrap();
        for bundle in bundles {
            for args in [
                &["verify", bundle][..],
                &["unpack", bundle, "out"],
                &["export", "--layout", "goproxy", bundle, "out"],
            ] {
                let ran = far(&self.world, args).env("TMPDIR", &temp).run();
                assert_eq!(ran.code(), Some(65), "{what}: {args:?}: {ran:#?}");
                assert!(ran.stderr.contains(&format!("{bundle} is refused: ")), "{what}: {ran:#?}");
                assert!(ran.stderr.contains(words), "{what}: {args:?}: no {words:?} in {ran:#?}");
                assert!(!self.world.has("out"), "{what}: {args:?}");
                nothing_left(&self.world);
                assert_eq!(names(&temp), [""; 0], "{what}: {args:?}");
                assert_eq!(fs::read_dir(&temp).unwrap().count(), 0, "{what}: {args:?}");
            }
        }
    }
}

fn other_zip(path: &str, version: &str) -> Vec<u8> {
    let files = [("go.mod", format!("module {path}\n")), ("evil.go", "package evil\n".to_owned())];
    zip(path, version, &files.map(|(name, text)| (name.to_owned(), text.into_bytes())).into())
}

fn lookup(path: &str) -> String {
    format!("sumdb/{NAME}/lookup/{path}")
}

/// Some tile of the bundle's, of the lower level.
fn tile(changed: &Changed) -> String {
    let all = names(&changed.dir);
    all.into_iter().find(|name| name.starts_with(&format!("sumdb/{NAME}/tile/8/0/"))).unwrap()
}

#[test]
fn a_project_with_programs_for_git_is_refused() {
    let mut changed = Changed::new();
    changed.manifest.source = Some(Source { dir: "source".to_owned(), project: ".".to_owned() });
    changed.write("source/go.mod", "module x\n");
    changed.write("source/.git/config", "[core]\n\tfsmonitor = evil\n");
    changed.seal();
    // No archive with it can be written by what writes bundles.
    assert_eq!(changed.pack(), None);
    changed.is_refused("a configuration of git", "the element `.git`", false);
}

#[test]
fn what_is_only_moved_is_sound() {
    let mut changed = Changed::new();
    changed.seal();
    assert!(changed.read("manifest.json") == fs::read(sound().0.join("manifest.json")).unwrap());
    changed.pack().unwrap();
    let sum = place().join("bundle.sum");
    for bundle in ["dir", "b.tar.zst"] {
        far(&changed.world, &["verify", bundle, "--go-sum", sum.to_str().unwrap()]).run().ended(0);
        far(&changed.world, &["unpack", bundle, "out"]).run().ended(0);
        changed.world.remove("out");
    }
}

/// One byte of each file, and of the manifest.
#[test]
fn a_byte_of_any_file_is_seen_by_the_manifest() {
    let changed = Changed::new();
    for name in names(&changed.dir) {
        let bytes = changed.read(&name);
        let mut other = bytes.clone();
        match other.last_mut() {
            Some(byte) => *byte ^= 1,
            None => other.push(b'x'),
        }
        changed.write(&name, &other);
        let ran = far(&changed.world, &["verify", "dir"]).run();
        assert_eq!(ran.code(), Some(65), "{name}: {ran:#?}");
        assert!(ran.stderr.contains(&name), "{name}: {ran:#?}");
        changed.write(&name, &bytes);
    }
    far(&changed.world, &["verify", "dir"]).run().ended(75);
}

#[test]
fn a_byte_anywhere_in_an_archive_is_seen() {
    let changed = Changed::new();
    let path = changed.pack().unwrap();
    let bytes = fs::read(&path).unwrap();
    let step = bytes.len() / 12;
    for at in (0..bytes.len()).step_by(step).chain([bytes.len() - 1]) {
        let mut other = bytes.clone();
        other[at] ^= 0x10;
        fs::write(&path, &other).unwrap();
        let ran = far(&changed.world, &["unpack", "b.tar.zst", "out"]).run();
        assert_eq!(ran.code(), Some(65), "byte {at} of {}: {ran:#?}", bytes.len());
        assert!(!changed.world.has("out"));
        nothing_left(&changed.world);
    }
    for end in [0, 1, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&path, &bytes[..end]).unwrap();
        let ran = far(&changed.world, &["unpack", "b.tar.zst", "out"]).run();
        assert_eq!(ran.code(), Some(65), "{end} bytes of {}: {ran:#?}", bytes.len());
        assert!(!changed.world.has("out"));
        nothing_left(&changed.world);
    }
}

#[test]
fn files_more_or_fewer_are_seen_by_the_manifest() {
    let changed = Changed::new();
    changed.write("example.com/evil/@v/v1.0.0.mod", "module example.com/evil\n");
    changed.is_refused("more", "example.com/evil", false);
    let changed = Changed::new();
    changed.remove(&format!("{OTHER}.info"));
    changed.is_refused("fewer", "v1.0.0.info", false);
    let changed = Changed::new();
    changed.remove("manifest.json");
    far(&changed.world, &["verify", "dir"]).run().ended(65).said("manifest.json");
}

/// What somebody does who knows the format.
type Tampering = (&'static str, fn(&mut Changed), &'static str);

const MODULES: [Tampering; 9] = [
    (
        "another zip",
        |changed| changed.write(&format!("{DEP}.zip"), other_zip("example.com/Dep", "v1.2.3")),
        "v1.2.3.zip has the hash",
    ),
    (
        "the zip of another module",
        |changed| {
            let bytes = changed.read(&format!("{OTHER}.zip"));
            changed.write(&format!("{DEP}.zip"), bytes);
        },
        "v1.2.3.zip",
    ),
    (
        "a go.mod",
        |changed| changed.write(&format!("{DEP}.mod"), "module example.com/Dep\n"),
        "v1.2.3.mod has the hash",
    ),
    (
        "the go.mod of the graph",
        |changed| changed.write("example.com/graph/@v/v0.9.0.mod", "module x\n"),
        "v0.9.0.mod has the hash",
    ),
    (
        "an info of another version",
        |changed| changed.write(&format!("{DEP}.info"), "{\"Version\":\"v1.2.4\"}"),
        "v1.2.4",
    ),
    ("no info", |changed| changed.remove(&format!("{DEP}.info")), "v1.2.3.info"),
    (
        "a version in the list",
        |changed| changed.write("example.com/!dep/@v/list", "v1.2.3\nv1.2.4\n"),
        "list",
    ),
    ("no list", |changed| changed.remove("example.com/!dep/@v/list"), "list is missing"),
    (
        "a module that nobody named",
        |changed| changed.write("example.com/evil/@v/v1.0.0.mod", "module example.com/evil\n"),
        "belongs to no module",
    ),
];

#[test]
fn modules_are_held_by_their_hashes_whatever_the_manifest_says_of_files() {
    for (what, tamper, words) in MODULES {
        let mut changed = Changed::new();
        tamper(&mut changed);
        changed.seal();
        changed.is_refused(what, words, true);
    }
}

/// Changes a zip, and all that the manifest has of it.
fn with_other_zip(changed: &mut Changed, path: &str, proof: Option<Proof>) {
    let (at, version) =
        (changed.manifest.modules.iter().position(|entry| entry.path == path).unwrap(), "v1.2.3");
    changed.write(&format!("{DEP}.zip"), other_zip(path, version));
    let files = [("go.mod", format!("module {path}\n")), ("evil.go", "package evil\n".to_owned())];
    let files = files.map(|(name, text)| (name.to_owned(), text.into_bytes())).into();
    let h1 = crate::modules::file_list(path, version, &files).h1();
    let entry = &mut changed.manifest.modules[at];
    entry.zip = Some(h1);
    entry.proof = proof.unwrap_or(entry.proof);
    changed.manifest.go_sum = go_offline::bundle::create::go_sum_digest(&changed.manifest.modules);
}

const PROOFS: [Tampering; 14] = [
    (
        "a zip and its hash",
        |changed| {
            with_other_zip(changed, "example.com/Dep", None);
        },
        "the checksum database has h1:",
    ),
    (
        "a go.mod and its hash",
        |changed| {
            changed.write(&format!("{OTHER}.mod"), "module example.com/other\n\ngo 1.15\n");
            let entry = changed
                .manifest
                .modules
                .iter_mut()
                .find(|entry| entry.path == "example.com/other")
                .unwrap();
            entry.go_mod = Some(go_mod_h1(b"module example.com/other\n\ngo 1.15\n"));
            changed.manifest.go_sum =
                go_offline::bundle::create::go_sum_digest(&changed.manifest.modules);
        },
        "the checksum database has h1:",
    ),
    (
        "a hash in the manifest alone",
        |changed| {
            let entry = changed
                .manifest
                .modules
                .iter_mut()
                .find(|entry| entry.path == "example.com/other")
                .unwrap();
            entry.zip = Some("h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned());
            changed.manifest.go_sum =
                go_offline::bundle::create::go_sum_digest(&changed.manifest.modules);
        },
        "v1.0.0.zip has the hash",
    ),
    (
        "the digest of go.sum",
        |changed| changed.manifest.go_sum = format!("sha256:{}", "0".repeat(64)),
        "another go.sum",
    ),
    ("no tile", |changed| changed.remove(&tile(changed)), "is missing"),
    (
        "another tile",
        |changed| {
            let name = tile(changed);
            let mut bytes = changed.read(&name);
            bytes[0] ^= 1;
            changed.write(&name, bytes);
        },
        "proving",
    ),
    (
        "a tile cut short",
        |changed| {
            let name = tile(changed);
            let bytes = changed.read(&name);
            changed.write(&name, &bytes[..bytes.len() - 32]);
        },
        "tile",
    ),
    (
        "another head that the key has signed",
        |changed| {
            let database = &sound().1;
            changed.write(
                &lookup("example.com/other@v1.0.0"),
                database.lookup("example.com/other", "v1.0.0", database.size() - 1),
            );
        },
        "another head",
    ),
    (
        "another head for all, not in the manifest",
        |changed| {
            let database = &sound().1;
            for (path, version, name) in [
                ("example.com/Dep", "v1.2.3", "example.com/!dep@v1.2.3"),
                ("example.com/fork", "v1.1.0-RC1", "example.com/fork@v1.1.0-!r!c1"),
                ("example.com/graph", "v0.9.0", "example.com/graph@v0.9.0"),
                ("example.com/other", "v1.0.0", "example.com/other@v1.0.0"),
            ] {
                changed.write(&lookup(name), database.lookup(path, version, database.size() - 1));
            }
        },
        "another head than manifest.json says",
    ),
    (
        "a head of another key",
        |changed| {
            let mut forged = ChecksumDatabase::new("sum.example.org");
            forged.add("example.com/Dep", "v1.2.3", "h1:x", "h1:y");
            changed.write(
                &lookup("example.com/!dep@v1.2.3"),
                forged.lookup("example.com/Dep", "v1.2.3", forged.size()),
            );
        },
        "the tree head",
    ),
    ("no record", |changed| changed.remove(&lookup("example.com/!dep@v1.2.3")), "is missing"),
    (
        "another record",
        |changed| {
            let text = String::from_utf8(changed.read(&lookup("example.com/!dep@v1.2.3"))).unwrap();
            let (first, rest) = text.split_once("h1:").unwrap();
            changed.write(&lookup("example.com/!dep@v1.2.3"), format!("{first}h1:A{}", &rest[1..]));
        },
        "proving",
    ),
    (
        "the record of another module",
        |changed| {
            let bytes = changed.read(&lookup("example.com/other@v1.0.0"));
            changed.write(&lookup("example.com/!dep@v1.2.3"), bytes);
        },
        "example.com/Dep",
    ),
    (
        "a tile that proves nothing",
        |changed| changed.write(&format!("sumdb/{NAME}/tile/8/0/001"), [0; 8192]),
        "proves nothing",
    ),
];

#[test]
fn proofs_are_held_by_the_signed_head_whatever_the_manifest_says() {
    for (what, tamper, words) in PROOFS {
        let mut changed = Changed::new();
        tamper(&mut changed);
        changed.seal();
        changed.is_refused(what, words, true);
    }
}

#[test]
fn a_file_that_go_would_ask_for_is_not_slipped_in_beside_the_proofs() {
    for name in [
        format!("sumdb/{NAME}/latest"),
        "sumdb/sum.golang.org/supported".to_owned(),
        "go-offline.toml".to_owned(),
        "cache/x".to_owned(),
    ] {
        let mut changed = Changed::new();
        changed.write(&name, "x");
        changed.seal();
        let ran = far(&changed.world, &["unpack", "dir", "out"]).run().ended(65);
        assert!(ran.stderr.contains(&name), "{ran:#?}");
        assert!(!changed.world.has("out"));
    }
}

/// Who makes the manifest can say that nothing proves a module. It is not passed over: it is one more that
/// nothing but the bundle proves, by name and by exit code, and go.sum has the last word.
#[test]
fn a_proof_taken_away_does_not_pass_for_verified() {
    let mut changed = Changed::new();
    with_other_zip(&mut changed, "example.com/Dep", Some(Proof::None));
    changed.remove(&lookup("example.com/!dep@v1.2.3"));
    changed.seal();
    let sum = place().join("bundle.sum");
    let sum = sum.to_str().unwrap();
    // A tile may be left that nothing needs now.
    let mut ran = far(&changed.world, &["verify", "dir"]).run();
    while ran.stderr.contains("proves nothing") {
        let (_, rest) = ran.stderr.split_once("sumdb/").unwrap();
        let name = format!("sumdb/{}", rest.split(' ').next().unwrap());
        changed.remove(&name);
        changed.seal();
        ran = far(&changed.world, &["verify", "dir"]).run();
    }
    let ran = ran.ended(75);
    assert!(
        ran.stdout.contains("3 versions proven")
            && ran.stdout.contains("2 module versions by nothing but the bundle"),
        "{ran:#?}"
    );
    let ran = far(&changed.world, &["verify", "dir", "--go-sum", sum]).run().ended(65);
    ran.said("example.com/Dep@v1.2.3");
    // Without the database at all.
    changed.manifest.sumdb = None;
    for entry in &mut changed.manifest.modules {
        entry.proof = Proof::Private;
    }
    fs::remove_dir_all(changed.dir.join("sumdb")).unwrap();
    changed.seal();
    let ran = far(&changed.world, &["verify", "dir"]).run().ended(75);
    assert!(ran.stdout.contains("no proofs of a checksum database"), "{ran:#?}");
    far(&changed.world, &["verify", "dir", "--go-sum", sum]).run().ended(65);
    // Said to be proven, with nothing to prove it.
    changed.manifest.modules[0].proof = Proof::Sumdb;
    changed.seal();
    changed.is_refused("no database", "there is no proof", true);
}

/// Where nothing proves a module, and nobody holds it against go.sum, go does: on the far side too.
#[test]
fn a_private_zip_that_was_changed_stops_at_go_sum() {
    let mut changed = Changed::new();
    let text = "-- go.mod --\nmodule git.acme.example/own\n\ngo 1.16\n-- own.go --\npackage own\n\nfunc init() { println(1) }\n";
    let (h1, _) = crate::supplied::sums("git.acme.example/own", "v0.1.0", text);
    let files = crate::txtar::files(text).into_iter();
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).collect();
    changed.write(&format!("{OWN}.zip"), zip("git.acme.example/own", "v0.1.0", &files));
    let entry = changed
        .manifest
        .modules
        .iter_mut()
        .find(|entry| entry.path == "git.acme.example/own")
        .unwrap();
    entry.zip = Some(h1);
    changed.manifest.go_sum = go_offline::bundle::create::go_sum_digest(&changed.manifest.modules);
    changed.seal();
    let ran = far(&changed.world, &["verify", "dir"]).run().ended(75);
    ran.said("proven by nothing but the bundle: 1 module version");
    let sum = place().join("bundle.sum");
    far(&changed.world, &["verify", "dir", "--go-sum", sum.to_str().unwrap()]).run().ended(65);
    far(&changed.world, &["unpack", "dir", "out"]).run().ended(0);
    let supplied = Supplied::new();
    let ran = supplied
        .world
        .ours(["--profile", "bundle", "build", "-o", "/dev/null"])
        .dir(supplied.path("app"))
        .env("GO_OFFLINE_BUNDLE", changed.world.root().join("out"));
    let ran = ran.run();
    assert!(!matches!(ran.code(), Some(0)), "{ran:#?}");
    ran.said("git.acme.example/own");
}
