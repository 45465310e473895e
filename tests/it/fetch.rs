//! `fetch`: what go.sum names comes into the module cache, and nothing else stays there.

use crate::modules::{Modules, escaped, zip};
use crate::supplied::{MODULES, PRIVATE, Supplied, go_sum, names, sums, tree};
use crate::world::{Ran, Who, everybody};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Changes a file that go has made, whatever its mode.
fn put(path: &Path, content: impl AsRef<[u8]>) {
    let _ = fs::remove_file(path);
    fs::write(path, content).unwrap();
}

/// When each file of the cache was written, but for locks and what go notes of its own.
fn times(supplied: &Supplied) -> BTreeMap<String, SystemTime> {
    let dir = supplied.path("home/go/pkg/mod");
    let files = names(&dir).into_iter().filter(|name| !name.ends_with(".lock"));
    files
        .map(|name| (name.clone(), dir.join(&name).metadata().unwrap().modified().unwrap()))
        .collect()
}

/// The files of go's download cache that a proxy has too.
fn fetched(supplied: &Supplied) -> Vec<String> {
    let is_served = |name: &String| {
        [".zip", ".mod", ".info"].iter().any(|end| name.ends_with(end))
            && !name.starts_with("sumdb")
    };
    names(&supplied.downloads()).into_iter().filter(is_served).collect()
}

fn last_line(ran: &Ran) -> &str {
    ran.stdout.lines().last().unwrap_or_default()
}

/// What is wanted of a module version in the cache.
fn wanted() -> Vec<String> {
    let mut wanted = Vec::new();
    for (path, version, _) in MODULES {
        let kinds: &[&str] =
            if path == "example.com/graph" { &["mod", "info"] } else { &["zip", "mod", "info"] };
        let name = format!("{}/@v/{}", escaped(path), escaped(version));
        wanted.extend(kinds.iter().map(|kind| format!("{name}.{kind}")));
    }
    wanted.sort();
    wanted
}

/// A world where all has been fetched.
fn full(who: Who) -> Supplied {
    let supplied = Supplied::of(who);
    supplied.ours(&["fetch"]).run().ended(0);
    supplied
}

#[test]
fn the_go_sum_of_these_tests_is_the_one_that_go_writes() {
    let supplied = Supplied::new();
    supplied.world.remove("app/go.sum");
    supplied.go(&["mod", "tidy"]).run().ended(0);
    assert_eq!(supplied.world.read("app/go.sum"), go_sum());
}

#[test]
fn an_empty_cache_is_filled_once_with_what_go_sum_names() {
    for who in everybody() {
        let supplied = Supplied::of(who);
        let ran = supplied.ours(&["fetch"]).run().ended(0);
        assert_eq!(ran.stderr, "");
        let line = last_line(&ran);
        assert!(
            line.starts_with(
                "5 module versions of go.sum: 0 were there and right, 5 fetched, 0 missing"
            ),
            "{line}"
        );
        assert_eq!(fetched(&supplied), wanted());
        let before = times(&supplied);
        let ran = supplied.ours(&["fetch"]).run().ended(0);
        assert!(last_line(&ran).contains("5 were there and right, 0 fetched"), "{ran:#?}");
        assert_eq!(times(&supplied), before);
        // And it is enough.
        supplied.ours(&["--profile", "cache", "build", "-o", "/dev/null"]).run().ended(0);
    }
}

#[test]
fn what_was_begun_is_completed() {
    let supplied = full(Who::Self_);
    fs::remove_file(supplied.cached("example.com/other", "v1.0.0", "zip")).unwrap();
    fs::remove_file(supplied.cached("example.com/Dep", "v1.2.3", "info")).unwrap();
    fs::remove_file(supplied.cached("example.com/graph", "v0.9.0", "mod")).unwrap();
    let begun = supplied.cached("example.com/other", "v1.0.0", "zip");
    fs::write(begun.with_file_name("v1.0.0.zip123.tmp"), "PK").unwrap();
    let ran = supplied.ours(&["fetch", "--check"]).run().ended(75);
    for (module, what) in
        [("other@v1.0.0", "zip"), ("Dep@v1.2.3", "info"), ("graph@v0.9.0", "go.mod")]
    {
        assert!(
            ran.stderr.contains(&format!("{module}: its {what} is not in the module cache")),
            "{ran:#?}"
        );
    }
    assert!(last_line(&ran).contains("2 were there and right, 0 fetched, 3 missing"), "{ran:#?}");
    assert!(!begun.exists());
    let ran = supplied.ours(&["fetch"]).run().ended(0);
    assert!(last_line(&ran).contains("2 were there and right, 3 fetched, 0 missing"), "{ran:#?}");
    supplied.ours(&["fetch", "--check"]).run().ended(0);
}

#[test]
fn a_workspace_has_the_lines_of_all_its_checksum_files() {
    let supplied = Supplied::new();
    let world = &supplied.world;
    let lines = go_sum();
    let of = |path: &str| {
        lines
            .lines()
            .filter(|line| line.starts_with(path))
            .fold(String::new(), |all, line| all + line + "\n")
    };
    world.write("app/go.work", "go 1.22\n\nuse (\n\t./one\n\t./two\n)\n");
    world.write("app/one/go.mod", "module example.com/one\n\ngo 1.22\n");
    world.write("app/two/go.mod", "module example.com/two\n\ngo 1.22\n");
    world.write("app/one/go.sum", &of("example.com/Dep"));
    world.write("app/two/go.sum", &of("example.com/other"));
    world.write("app/go.work.sum", &of("example.com/graph"));
    let ran = supplied.ours(&["fetch"]).dir(supplied.path("app/two")).run().ended(0);
    assert!(last_line(&ran).starts_with("3 module versions"), "{ran:#?}");
    assert!(supplied.cached("example.com/Dep", "v1.2.3", "zip").is_file());
    assert!(supplied.cached("example.com/graph", "v0.9.0", "mod").is_file());
    assert!(!supplied.cached("example.com/graph", "v0.9.0", "zip").exists());
    // One module of it alone has its own.
    let ran = supplied
        .ours(&["fetch", "--check"])
        .dir(supplied.path("app/two"))
        .env("GOWORK", "off")
        .run();
    assert!(last_line(&ran.ended(0)).starts_with("1 module versions"));
}

#[test]
fn the_module_of_a_tool_is_fetched() {
    let supplied = Supplied::new();
    let text = "-- go.mod --\nmodule example.com/tool\n\ngo 1.24\n-- main.go --\npackage main\n\nfunc main() {}\n";
    Modules::new(supplied.path("proxy")).publish("example.com/tool", "v1.0.0", text);
    let (h1, go_mod) = sums("example.com/tool", "v1.0.0", text);
    supplied.world.write("app/go.mod", "module example.com/app\n\ngo 1.24\n\ntool example.com/tool\n\nrequire example.com/tool v1.0.0 // indirect\n");
    supplied.world.write("app/main.go", "package main\n\nfunc main() {}\n");
    supplied.world.write(
        "app/go.sum",
        &format!("example.com/tool v1.0.0 {h1}\nexample.com/tool v1.0.0/go.mod {go_mod}\n"),
    );
    supplied.ours(&["fetch"]).run().ended(0);
    supplied.ours(&["--profile", "cache", "tool", "tool"]).run().ended(0);
}

/// Something wrong in the cache: what it is, how it comes about, and what is said of it.
type Wrong = (&'static str, fn(&Supplied), &'static str);

const WRONG: [Wrong; 7] = [
    (
        "a zip with another file",
        |supplied| {
            put(&supplied.cached("example.com/Dep", "v1.2.3", "zip"), dep_zip("package other\n"));
        },
        "its hash is h1:",
    ),
    (
        "a zip cut short",
        |supplied| {
            let path = supplied.cached("example.com/Dep", "v1.2.3", "zip");
            let bytes = fs::read(&path).unwrap();
            put(&path, &bytes[..bytes.len() / 2]);
        },
        "v1.2.3.zip",
    ),
    (
        "a go.mod",
        |supplied| {
            put(&supplied.cached("example.com/Dep", "v1.2.3", "mod"), "module example.com/Dep\n");
        },
        "its hash is h1:",
    ),
    (
        "no JSON",
        |supplied| put(&supplied.cached("example.com/Dep", "v1.2.3", "info"), "<html>"),
        "it is no JSON",
    ),
    (
        "another version",
        |supplied| {
            put(&supplied.cached("example.com/Dep", "v1.2.3", "info"), "{\"Version\":\"v1.2.4\"}");
        },
        "it speaks of version \"v1.2.4\"",
    ),
    (
        "a changed file in what was extracted",
        |supplied| put(&supplied.path(DEP_GO), "package dep\n\nconst Word = \"changed\"\n"),
        "example.com/!dep@v1.2.3",
    ),
    (
        "a new file in what was extracted",
        |supplied| put(&supplied.path(DEP_GO).with_file_name("more.go"), "package dep\n"),
        "more.go",
    ),
];

/// The commands that do what go.sum says.
const OF_GO_SUM: [&[&str]; 4] =
    [&["fetch"], &["fetch", "--check"], &["sumdb", "verify"], &["bundle", "create", "-o", "b"]];

const DEP_GO: &str = "home/go/pkg/mod/example.com/!dep@v1.2.3/dep.go";

fn dep_zip(dep_go: &str) -> Vec<u8> {
    let files = [("go.mod", "module example.com/Dep\n"), ("dep.go", dep_go)];
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    zip("example.com/Dep", "v1.2.3", &files.into())
}

/// Everything extracted, as go leaves it: read-only, directories too.
fn extracted(who: Who) -> Supplied {
    let supplied = full(who);
    supplied.ours(&["--profile", "cache", "build", "-o", "/dev/null"]).run().ended(0);
    let dir = supplied.path(DEP_GO);
    assert_eq!(dir.parent().unwrap().metadata().unwrap().mode() & 0o777, 0o555);
    supplied
}

#[test]
fn what_is_wrong_is_replaced_and_nothing_else_is_touched() {
    for who in everybody() {
        let supplied = extracted(who);
        let right = tree(&supplied.path("home/go/pkg/mod"));
        for (what, damage, said) in WRONG {
            let before = times(&supplied);
            if who == Who::Self_ && !crate::world::we_are_root() {
                allow_writing(&supplied.path(DEP_GO));
            }
            damage(&supplied);
            supplied.world.hand_over();
            let ran = supplied.ours(&["fetch", "--check"]).run().ended(75);
            assert!(
                ran.stderr.contains("example.com/Dep@v1.2.3: ") && ran.stderr.contains(said),
                "{what}: {ran:#?}"
            );
            let ran = supplied.ours(&["fetch"]).run().ended(0);
            assert!(
                ran.stderr.contains("example.com/Dep@v1.2.3: removed from the module cache: "),
                "{what}: {ran:#?}"
            );
            assert!(ran.stderr.contains(said), "{what}: {ran:#?}");
            assert!(
                last_line(&ran).contains("4 were there and right, 1 fetched"),
                "{what}: {ran:#?}"
            );
            // Built from what is extracted anew where it is not there.
            supplied.ours(&["--profile", "cache", "build", "-o", "/dev/null"]).run().ended(0);
            let now = tree(&supplied.path("home/go/pkg/mod"));
            let differ: Vec<&String> = now
                .iter()
                .filter(|(name, bytes)| right.get(*name) != Some(bytes))
                .map(|(name, _)| name)
                .collect();
            assert_eq!(differ, Vec::<&String>::new(), "{what}, {who:?}");
            assert_eq!(now.len(), right.len(), "{what}, {who:?}");
            let after = times(&supplied);
            let touched = before.iter().filter(|(name, time)| after[*name] != **time);
            for (name, _) in touched {
                assert!(name.contains("example.com/!dep"), "{what}, {who:?}: {name}");
            }
        }
    }
}

fn allow_writing(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file.parent().unwrap(), fs::Permissions::from_mode(0o755)).unwrap();
}

/// go takes the word of a .ziphash for the zip: we do not.
#[test]
fn a_hash_beside_the_zip_is_not_believed() {
    let supplied = full(Who::Self_);
    let zip = supplied.cached("example.com/Dep", "v1.2.3", "zip");
    put(&zip, dep_zip("package other\n"));
    let ran = supplied.ours(&["fetch"]).run().ended(0);
    ran.said("removed from the module cache");
    let hash = fs::read_to_string(zip.with_extension("ziphash")).unwrap();
    let (path, version, text) = MODULES[0];
    assert_eq!(hash, sums(path, version, text).0);
    // A wrong one beside a right zip stops go, which takes its word.
    put(&zip.with_extension("ziphash"), "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    supplied.ours(&["--profile", "cache", "build", "-o", "/dev/null"]).run().ended(1);
    supplied.ours(&["fetch", "--check"]).run().ended(75).said("v1.2.3.ziphash: it has h1:AAAA");
    supplied.ours(&["fetch"]).run().ended(0);
    assert_eq!(fs::read_to_string(zip.with_extension("ziphash")).unwrap(), hash);
    supplied.ours(&["--profile", "cache", "build", "-o", "/dev/null"]).run().ended(0);
}

#[test]
fn what_is_not_as_go_sum_says_does_not_stay() {
    for (kind, suffix) in [("zip", " "), ("mod", "/go.mod ")] {
        let supplied = Supplied::new();
        let (path, version, text) = MODULES[0];
        let (zip, go_mod) = sums(path, version, text);
        let has = if kind == "zip" { zip } else { go_mod };
        let other = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        let line = format!("{path} {version}{suffix}{has}");
        let sum = go_sum().replace(&line, &format!("{path} {version}{suffix}{other}"));
        assert_ne!(sum, go_sum());
        supplied.world.write("app/go.sum", &sum);
        let ran = supplied.ours(&["fetch"]).run().ended(65);
        ran.said("example.com/Dep@v1.2.3 is not what go.sum says").said(&has);
        assert!(!supplied.cached(path, version, "zip").exists(), "{kind}");
        if kind == "mod" {
            assert!(!supplied.cached(path, version, "mod").exists());
        }
        // The rest is there.
        assert!(supplied.cached("example.com/other", "v1.0.0", "zip").is_file());
        supplied.ours(&["fetch", "--check"]).run().ended(75);
    }
}

#[test]
fn what_no_proxy_has_is_named_and_the_rest_is_there() {
    let supplied = Supplied::new();
    let line = "example.com/gone v1.0.0 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    supplied.world.append("app/go.sum", line);
    supplied.world.append("app/go.sum", &line.replace("gone v1.0.0", "away v1.0.0/go.mod"));
    let ran = supplied.ours(&["fetch"]).run().ended(74);
    assert!(last_line(&ran).contains("5 fetched, 2 missing"), "{ran:#?}");
    let ran = ran.said("example.com/gone@v1.0.0 could not be had: ");
    let ran = ran.said("example.com/away@v1.0.0 could not be had: ");
    ran.said("no such file");
    assert_eq!(fetched(&supplied).iter().filter(|name| name.ends_with(".zip")).count(), 4);
}

#[test]
fn a_check_changes_nothing() {
    let supplied = Supplied::new();
    supplied.ours(&["fetch", "--check"]).run().ended(75);
    assert!(!supplied.path("home/go").exists());
    let supplied = full(Who::Self_);
    put(&supplied.cached("example.com/Dep", "v1.2.3", "zip"), "no zip");
    put(&supplied.cached("example.com/other", "v1.0.0", "mod"), "module x\n");
    let (before, written) = (tree(&supplied.path("home")), times(&supplied));
    supplied.ours(&["fetch", "--check"]).run().ended(75);
    assert_eq!((tree(&supplied.path("home")), times(&supplied)), (before, written));
}

#[test]
fn a_profile_without_a_source_says_which_has_one() {
    let supplied = Supplied::new();
    for profile in ["vendor", "cache"] {
        let ran = supplied.ours(&["--profile", profile, "fetch"]).run().ended(78);
        ran.said("GOPROXY=off").said("`go-offline --profile online fetch`");
        supplied.ours(&["fetch"]).env("GO_OFFLINE_PROFILE", profile).run().ended(78);
    }
    assert!(!supplied.path("home/go").exists());
    supplied.ours(&["--profile", "online", "fetch"]).run().ended(0);
    // Nothing is missing now, so that no source is needed.
    supplied.ours(&["--profile", "cache", "fetch"]).run().ended(0);
}

/// `auto` is for builds, and has no source; the user's own is taken, from wherever he has it.
#[test]
fn the_source_is_the_users_own() {
    let supplied = Supplied::new();
    supplied.world.write(
        "app/vendor/modules.txt",
        "# example.com/Dep v1.2.3\n## explicit\nexample.com/Dep\n",
    );
    let proxy = format!(
        "GOPROXY=file://{}\nGONOSUMDB={PRIVATE}\nGOFLAGS=-mod=vendor\n",
        supplied.path("proxy").display()
    );
    supplied.world.go_env(&proxy);
    supplied.ours(&["fetch"]).without("GOPROXY").run().ended(0);
    // What is in force for go is so for us.
    let other = supplied.path("other");
    let ran = supplied.ours(&["fetch"]).env("GOPROXY", "off").env("GOMODCACHE", other).run();
    ran.ended(74).said("GOPROXY=off");
}

#[test]
fn quiet_is_silent() {
    let supplied = Supplied::new();
    let ran = supplied.ours(&["-q", "fetch"]).run().ended(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
}

#[test]
fn what_cannot_be_done_is_said() {
    let supplied = Supplied::new();
    let world = &supplied.world;
    world.append("app/go.sum", "<<<<<<< HEAD\n");
    let ran = supplied.ours(&["fetch"]).run().ended(78);
    ran.said(&format!("go.sum:{}:", go_sum().lines().count() + 1)).said("mod tidy");
    world.write("empty/file", "");
    let ran = supplied.ours(&["fetch"]).dir(supplied.path("empty")).run().ended(78);
    ran.said("no go.mod here or above");
    world.write("app/go.sum", &go_sum());
    supplied.ours(&["fetch"]).env("PATH", supplied.path("empty")).run().ended(78);
    let ran = supplied.ours(&["fetch"]).without("HOME").run().ended(78);
    ran.said("module cache");
    assert!(!supplied.path("home/go").exists());
    // Nothing to fetch is nothing wrong; what is required has a hash.
    world.remove("app/go.sum");
    for args in OF_GO_SUM {
        let ran = supplied.ours(args).run().ended(78);
        ran.said("go.sum has no hash of any module").said("mod tidy");
    }
    world.write(
        "app/go.mod",
        "module example.com/app\n\nrequire a.b/c v1.0.0\n\nreplace a.b/c => ../c\n",
    );
    let ran = supplied.ours(&["fetch"]).run().ended(0);
    assert!(last_line(&ran).starts_with("0 module versions"), "{ran:#?}");
    world.write("app/go.mod", "module example.com/app\n");
    supplied.ours(&["fetch"]).run().ended(0);
}

/// As go does: other algorithms are for others, and of two hashes either will do.
#[test]
fn lines_are_read_as_go_reads_them() {
    let supplied = Supplied::new();
    supplied.world.append("app/go.sum", "example.com/Dep v1.2.3 h2:AAAA\n");
    supplied.world.append(
        "app/go.sum",
        "example.com/Dep v1.2.3 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
    );
    supplied.ours(&["fetch"]).run().ended(0);
    supplied.ours(&["fetch", "--check"]).run().ended(0);
    // Of what has no other hash nothing is known, and that is no pass.
    let sum = go_sum() + "example.com/later v1.0.0 h2:AAAA\n";
    supplied.world.write("app/go.sum", &sum);
    let line = sum.lines().count();
    for args in OF_GO_SUM {
        let ran = supplied.ours(args).run().ended(75);
        ran.said(&format!(
            "go.sum:{line}: example.com/later@v1.0.0 h2:AAAA: there is no h1 hash of it"
        ));
    }
}

/// A hash that no file can have stops go, and is not passed over for a module that go.sum does not know.
#[test]
fn a_hash_cut_short_is_no_other_algorithm() {
    let supplied = Supplied::new();
    let cut = go_sum().replacen("=\n", "\n", 1);
    assert!(cut != go_sum());
    supplied.world.write("app/go.sum", &cut);
    for args in OF_GO_SUM {
        supplied.ours(args).run().ended(78).said("go.sum:1: `h1:").said("is no h1 hash");
    }
}

/// What go.sum names has to be there before what it does not name goes: others have a use for that.
#[test]
fn a_wrong_line_of_go_sum_takes_nothing_out_of_the_cache() {
    let supplied = full(Who::Self_);
    let (path, version, text) = MODULES[0];
    let zip = supplied.cached(path, version, "zip");
    let before = tree(&supplied.path("home/go/pkg/mod"));
    let other = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    supplied.world.write("app/go.sum", &go_sum().replacen(&sums(path, version, text).0, other, 1));
    let ran = supplied.ours(&["fetch"]).run().ended(65);
    ran.said("example.com/Dep@v1.2.3 is not what go.sum says: ").said("it is left there");
    let ran = supplied.ours(&["fetch"]).env("GOPROXY", "file:///nonexistent").run().ended(74);
    ran.said("could not be had").said("it is left there");
    assert!(zip.exists());
    assert!(tree(&supplied.path("home/go/pkg/mod")) == before);
    supplied.world.write("app/go.sum", &go_sum());
    supplied.ours(&["fetch", "--check"]).run().ended(0);
}

/// A directory is held against its zip, which has to come first.
#[test]
fn a_directory_whose_zip_is_missing_is_mended_in_one_run() {
    let supplied = Supplied::new();
    supplied.ours(&["fetch"]).run().ended(0);
    let file = supplied.path(DEP_GO);
    let dir = file.parent().unwrap();
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&file, "package evil\n").unwrap();
    let zips = supplied.path("home/go/pkg/mod/cache/download/example.com/!dep/@v");
    fs::remove_file(zips.join("v1.2.3.zip")).unwrap();
    let ran = supplied.ours(&["fetch"]).run().ended(0);
    let ran = ran.said("example.com/Dep@v1.2.3: removed from the module cache: ");
    assert!(last_line(&ran).contains("1 fetched, 0 missing"), "{ran:#?}");
    supplied.ours(&["fetch", "--check"]).run().ended(0);
    assert!(!fs::read_to_string(&file).is_ok_and(|text| text.contains("evil")));
}

#[test]
fn the_users_flags_do_not_come_in_between() {
    let mode = |supplied: &Supplied, flags: &str| {
        supplied.ours(&["fetch"]).env("GOFLAGS", flags).run().ended(0);
        let dir = supplied.path(DEP_GO).parent().unwrap().to_path_buf();
        dir.metadata().unwrap().mode() & 0o777
    };
    assert_eq!(mode(&Supplied::new(), "-mod=vendor -tags=x"), 0o555);
    assert_eq!(mode(&Supplied::new(), "-modcacherw") & 0o700, 0o700);
    assert_eq!(mode(&Supplied::new(), "-modcacherw=false"), 0o555);
    let supplied = Supplied::new();
    supplied.world.go_env("GOFLAGS=-modcacherw -mod=mod\n");
    supplied.ours(&["fetch"]).run().ended(0);
    let dir = supplied.path(DEP_GO).parent().unwrap().to_path_buf();
    assert_eq!(dir.metadata().unwrap().mode() & 0o700, 0o700);
}

#[test]
fn a_floor_that_denies_the_network_stands() {
    let supplied = Supplied::new();
    let ran = supplied.ours(&["--floor", "network=deny", "fetch"]).run().ended(78);
    ran.said("the network is denied");
    supplied.ours(&["fetch"]).env("GO_OFFLINE_NETWORK", "deny").run().ended(78);
    assert!(!supplied.path("home/go").exists());
}

#[test]
fn another_cache_is_where_it_is_said_to_be() {
    let supplied = Supplied::new();
    let elsewhere: PathBuf = supplied.path("a cache, ü");
    let ran = supplied.ours(&["fetch"]).env("GOMODCACHE", &elsewhere).run().ended(0);
    assert!(last_line(&ran).contains("a cache, ü"), "{ran:#?}");
    assert!(elsewhere.join("cache/download/example.com/!dep/@v/v1.2.3.zip").is_file());
    assert!(!supplied.path("home/go").exists());
}
