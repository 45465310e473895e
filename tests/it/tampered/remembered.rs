//! When nothing is remembered at all, and what an answer about the module cache rests on.

use super::tree::Tree;
use crate::program::Ran;
use sha2::{Digest, Sha256};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Longer than the program waits before it trusts the times of a file.
const SETTLED: Duration = Duration::from_millis(2200);

/// A check that keeps what it remembers where the user's caches are, and is not asked to.
fn unasked(tree: &Tree, args: &[&str]) -> Command {
    let mut command = tree.command(args);
    command.env_remove("GO_OFFLINE_CACHE_DIR").env("XDG_CACHE_HOME", tree.own_cache());
    command
}

fn remembers(tree: &Tree) -> bool {
    let dir = tree.own_cache();
    [dir.join("stat"), dir.join("go-offline/stat")].iter().any(|dir| dir.exists())
}

#[test]
fn a_ci_remembers_nothing_unless_it_is_asked_to() {
    let tree = Tree::made_up();
    std::thread::sleep(SETTLED);
    let run = |mut command: Command| {
        let ran = Ran::of(&command.output().unwrap());
        assert_eq!(ran.exit, 0, "{}", ran.stdout);
    };
    for variable in ["CI", "GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL"] {
        let mut command = unasked(&tree, &["check"]);
        command.env(variable, "true");
        run(command);
        assert!(!remembers(&tree), "{variable}");
    }
    for args in [&["check", "--strict"][..], &["check", "--no-cache"], &["--strict", "check"]] {
        run(unasked(&tree, args));
        assert!(!remembers(&tree), "{args:?}");
    }
    let mut command = unasked(&tree, &["check"]);
    command.env("CI", "false");
    run(command);
    assert!(remembers(&tree), "no CI");
    tree.forget();
    let mut command = tree.command(&["check"]);
    command.env("CI", "true");
    run(command);
    assert!(remembers(&tree), "asked to by GO_OFFLINE_CACHE_DIR");
}

/// The stamp of a file as the stat cache keeps it.
fn stamp(path: &Path) -> Vec<u8> {
    let meta = fs::metadata(path).unwrap();
    let nanoseconds = |seconds: i64, rest: i64| (seconds * 1_000_000_000 + rest).cast_unsigned();
    [
        meta.dev(),
        meta.ino(),
        meta.mode().into(),
        meta.size(),
        nanoseconds(meta.mtime(), meta.mtime_nsec()),
        nanoseconds(meta.ctime(), meta.ctime_nsec()),
    ]
    .iter()
    .flat_map(|number| number.to_le_bytes())
    .collect()
}

/// An answer that somebody has forged in full, seal and all, is believed where answers are believed
/// (whoever can write the user's cache can do worse), and nowhere else.
#[test]
fn a_forged_answer_is_not_read_by_who_is_strict() {
    let tree = Tree::made_up();
    std::thread::sleep(SETTLED);
    assert_eq!(tree.run(&["check"]).exit, 0);
    let stat = tree.own_cache().join("stat");
    let file = fs::read_dir(&stat).unwrap().next().unwrap().unwrap().path();
    let path = tree.path(&tree.go_file().path);
    let (text, before) = (fs::read(&path).unwrap(), stamp(&path));
    fs::write(&path, [&text[..], b"// more\n"].concat()).unwrap();

    let mut forged = fs::read(&file).unwrap();
    forged.truncate(forged.len() - 32);
    let at = forged.windows(before.len()).position(|bytes| bytes == before);
    let at = at.expect("the stamp of the file is in the cache");
    forged[at..at + before.len()].copy_from_slice(&stamp(&path));
    let seal = Sha256::digest(&forged);
    forged.extend(seal);
    let forge = |mode: u32| {
        fs::write(&file, &forged).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    };
    forge(0o600);
    assert_eq!(tree.run(&["check"]).exit, 0, "it is believed: what follows would else say nothing");
    for args in [&["check", "--strict"][..], &["check", "--no-cache"]] {
        assert_eq!(tree.run(args).exit, 65, "{args:?}");
    }
    // One that others may write is not believed.
    forge(0o666);
    assert_eq!(tree.run(&["check"]).exit, 65);
}

const CACHE: [&str; 3] = ["--profile", "cache", "check"];

/// What was not there is looked for again.
#[test]
fn what_comes_into_the_module_cache_is_seen() {
    let tree = Tree::made_up();
    let extracted = tree.modcache.join("example.com/!dep@v1.2.3");
    let kept = tree.modcache.join("kept");
    fs::rename(&extracted, &kept).unwrap();
    std::thread::sleep(SETTLED);
    let ran = tree.run(&CACHE);
    assert_eq!(ran.exit, 0, "{}", ran.stdout);
    assert!(remembers(&tree));
    // By the zip all was well; the directory that go now builds from is another.
    fs::rename(&kept, &extracted).unwrap();
    let file = extracted.join("dep.go");
    let text = fs::read(&file).unwrap();
    fs::write(&file, [&text[..], b"// more\n"].concat()).unwrap();
    let ran = tree.run(&CACHE);
    assert_eq!(ran.exit, 65, "{}", ran.stdout);
    assert!(ran.stdout.contains("modcache-polluted"), "{}", ran.stdout);
    fs::write(&file, text).unwrap();
    assert_eq!(tree.run(&CACHE).exit, 0);
}

#[test]
fn another_module_cache_is_another_question() {
    let tree = Tree::made_up();
    let other = tree.modcache.with_file_name("other");
    let copied = Command::new("cp").arg("-a").args([&tree.modcache, &other]).status();
    assert!(copied.unwrap().success());
    let file = other.join("example.com/!dep@v1.2.3/dep.go");
    fs::write(&file, "package dep\n").unwrap();
    std::thread::sleep(SETTLED);
    assert_eq!(tree.run(&CACHE).exit, 0);
    let mut command = tree.command(&CACHE);
    command.env("GOMODCACHE", &other);
    assert_eq!(Ran::of(&command.output().unwrap()).exit, 65);
}

/// The proposed remedy helps.
#[test]
fn an_empty_module_cache_is_not_remembered() {
    let tree = Tree::made_up();
    let kept = tree.modcache.with_file_name("kept");
    fs::rename(&tree.modcache, &kept).unwrap();
    fs::create_dir(&tree.modcache).unwrap();
    std::thread::sleep(SETTLED);
    assert_eq!(tree.run(&CACHE).exit, 75);
    fs::remove_dir(&tree.modcache).unwrap();
    fs::rename(&kept, &tree.modcache).unwrap();
    let ran = tree.run(&CACHE);
    assert_eq!(ran.exit, 0, "{}", ran.stdout);
}

/// Vendoring anew changes vendor/, and is meant to.
#[test]
fn who_mends_may_change_vendor() {
    let tree = Tree::made_up();
    let mut command = tree.command(&["--profile", "online", "mod", "vendor"]);
    command.env("GO_OFFLINE_VERIFY", "bytes").env("GOPROXY", "off").env("GOSUMDB", "off");
    let ran = Ran::of(&command.output().unwrap());
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    assert!(!ran.stderr.contains("changed"), "{}", ran.stderr);
}

/// Zips in a directory that the profile has for a proxy count as those in the module cache.
#[test]
fn a_proxy_that_is_a_directory() {
    let tree = Tree::made_up();
    let proxied = |text: &str| {
        fs::write(tree.path("go-offline.toml"), text).unwrap();
        let mut command = tree.command(&["--profile", "site", "check"]);
        command.env("GOMODCACHE", Path::new("/nonesuch"));
        Ran::of(&command.output().unwrap())
    };
    let by_key = format!(
        "[profile.site]\ninherits = 'proxy'\nproxy = 'file://{}'\n",
        tree.modcache.join("cache/download").display()
    );
    let ran = proxied(&by_key);
    assert_eq!(ran.exit, 0, "{}", ran.stdout);
    assert!(ran.stdout.contains("4 by their zips"), "{}", ran.stdout);
    let ran = tree.run(&["--profile", "site", "lock"]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    fs::remove_file(tree.path("go-offline.lock")).unwrap();
    let mut command = tree.command(&["--profile", "site", "lock"]);
    tree.forget();
    command.env("GOMODCACHE", Path::new("/nonesuch"));
    let ran = Ran::of(&command.output().unwrap());
    assert_eq!(ran.exit, 0, "by the zips of the proxy: {}{}", ran.stdout, ran.stderr);
}

/// A list proves its lines and not that it carries every text: the zip has the last word.
#[test]
fn a_list_that_was_cut_short() {
    use go_offline::lock::{Listed, read_lists, write_lists};
    let tree = Tree::made_up();
    assert_eq!(tree.run(&["lock", "--with-lists"]).exit, 0);
    let (lock, lists) = (tree.read("go-offline.lock"), tree.read("go-offline.lock.lists"));
    let mut cut = read_lists(&lists).unwrap();
    let carried: usize = cut.iter().map(|list| list.carried.len()).sum();
    assert!(carried > 2, "{carried}");
    cut.iter_mut().for_each(|list| list.carried.clear());
    let cut: Vec<&Listed> = cut.iter().collect();
    fs::write(tree.path("go-offline.lock.lists"), write_lists(&cut, 3)).unwrap();
    tree.forget();
    let ran = tree.run(&["check"]);
    assert_eq!(ran.exit, 0, "{}", ran.stdout);
    tree.forget();
    assert_eq!(tree.run(&["lock"]).exit, 0);
    assert_eq!((tree.read("go-offline.lock"), tree.read("go-offline.lock.lists")), (lock, lists));
}

/// Lists that were made for other packages than are vendored now are stale, whatever else is at hand,
/// and do not say of the new ones which Go files are copied. The zip, or the user's cache, knows, and
/// so does the lock; without them that is said with what is missing. All other files are held against
/// the list as ever.
#[test]
fn lists_for_other_packages() {
    let tree = Tree::made_up();
    assert_eq!(tree.run(&["lock", "--with-lists"]).exit, 0);
    let (lock, sound) = (tree.read("go-offline.lock"), tree.read("go-offline.lock.lists"));
    let module = outdate_lists(&tree);
    let stale = format!("was made for other packages of {module} than are vendored now");
    let only_stale = |args: &[&str], why: &str| {
        let ran = tree.run(args);
        let codes: Vec<&str> =
            ran.stdout.lines().filter(|line| line.starts_with("error[")).collect();
        let expected = [format!("error[lock-stale]: go-offline.lock.lists {stale}")];
        assert_eq!(codes, expected, "{why}: {}", ran.stdout);
        assert_eq!(ran.exit, 65, "{why}");
        ran
    };
    only_stale(&["check"], "the user's cache knows what is copied");
    tree.forget();
    only_stale(&["check", "--strict"], "the zip knows");
    tree.forget();
    let away = tree.modcache.with_file_name("away");
    fs::rename(&tree.modcache, &away).unwrap();
    let ran = only_stale(&["check"], "the lock knows");
    assert!(ran.stdout.contains("1 as go-offline.lock records them, not proven"), "{}", ran.stdout);
    fs::write(tree.path("go-offline.toml"), "[lints]\nlock-stale = 'allow'\n").unwrap();
    assert_eq!(tree.run(&["check"]).exit, 0);
    assert_eq!(tree.run(&["check", "--strict"]).exit, 75, "what a lock says is not proven");
    fs::remove_file(tree.path("go-offline.toml")).unwrap();
    fs::remove_file(tree.path("go-offline.lock")).unwrap();
    std::thread::sleep(SETTLED);
    let ran = tree.run(&["check"]);
    assert_eq!(ran.exit, 65, "{}", ran.stdout);
    let why = "go-offline.lock.lists was made for other packages of it than are vendored now, and its zip is not in the module cache";
    for words in ["vendor-file-missing", why, "if vendor/ is right, run `go-offline lock`", &stale]
    {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
    assert!(
        ran.stdout.contains("or a test embeds them, which nothing at hand tells"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("vendor-unverified"), "{}", ran.stdout);
    let ran = tree.run(&["lock"]);
    assert_eq!(ran.exit, 75, "{}", ran.stdout);
    for words in
        [format!("{module}: {why}"), "nothing at hand tells which files of 1 module are".to_owned()]
    {
        assert!(ran.stdout.contains(&words), "{words}: {}", ran.stdout);
    }
    fs::rename(&away, &tree.modcache).unwrap();
    only_stale(&["check"], "a doubt is not remembered");
    assert_eq!(tree.run(&["lock"]).exit, 0);
    assert_eq!(tree.read("go-offline.lock"), lock);
    assert_eq!(tree.read("go-offline.lock.lists"), sound, "lists are kept up to date");
    let tree = tree.with_lists();
    assert_eq!(tree.run(&["check", "--strict"]).exit, 0);
}

/// Makes the list of one module that which it would be if none of its packages had been vendored.
fn outdate_lists(tree: &Tree) -> String {
    use go_offline::lock::{Complete, Listed, read_lists, write_lists};
    let path = tree.path("go-offline.lock.lists");
    let mut older = read_lists(&fs::read(&path).unwrap()).unwrap();
    let carrying = older.iter_mut().find(|list| !list.carried.is_empty()).unwrap();
    carrying.carried.clear();
    carrying.complete = Complete::nowhere();
    let module = carrying.files.module().to_string();
    let older: Vec<&Listed> = older.iter().collect();
    fs::write(path, write_lists(&older, 3)).unwrap();
    module
}

/// A lock that was made for another state of vendor/ does not settle what older lists leave open.
#[test]
fn a_changed_file_beside_older_lists() {
    let tree = Tree::made_up();
    assert_eq!(tree.run(&["lock", "--with-lists"]).exit, 0);
    outdate_lists(&tree);
    let tree = tree.emptied();
    let target = tree.go_file().path.clone();
    let sound = tree.read(&target);
    for (what, code) in
        [(Some("package dep\n"), "vendor-file-modified"), (None, "vendor-file-missing")]
    {
        match what {
            Some(text) => fs::write(tree.path(&target), text).unwrap(),
            None => fs::remove_file(tree.path(&target)).unwrap(),
        }
        let ran = tree.run(&["check", "--no-cache"]);
        let names_it = ran.stdout.lines().any(|line| line.contains(code) && line.contains(&target));
        assert!(ran.exit == 65 && names_it, "{}", ran.stdout);
        fs::write(tree.path(&target), &sound).unwrap();
    }
}

/// Where the list in doubt leaves nothing open the lock is not asked: the bytes are proven.
#[test]
fn a_doubt_that_makes_no_difference() {
    use go_offline::lock::{Complete, Listed, read_lists, write_lists};
    let tree = Tree::made_up();
    assert_eq!(tree.run(&["lock", "--with-lists"]).exit, 0);
    let path = tree.path("go-offline.lock.lists");
    let mut older = read_lists(&fs::read(&path).unwrap()).unwrap();
    let bare = older.iter_mut().find(|list| list.files.module().path == "example.com/other");
    bare.unwrap().complete = Complete::nowhere();
    let older: Vec<&Listed> = older.iter().collect();
    fs::write(path, write_lists(&older, 3)).unwrap();
    fs::write(tree.path("go-offline.toml"), "[lints]\nlock-stale = 'allow'\n").unwrap();
    let tree = tree.emptied();
    let ran = tree.run(&["check", "--strict"]);
    assert_eq!(ran.exit, 0, "{}", ran.stdout);
    assert!(ran.stdout.contains("4 by their lists"), "{}", ran.stdout);
}

/// Lists that leave out what they should carry do not make a lock another, nor hide what is changed,
/// where the user's own cache or a zip knows better.
#[test]
fn lists_that_lie_beside_better_evidence() {
    use go_offline::lock::{Listed, read_lists, write_lists};
    let tree = Tree::made_up();
    assert_eq!(tree.run(&["lock", "--with-lists"]).exit, 0);
    let (lock, path) = (tree.read("go-offline.lock"), tree.path("go-offline.lock.lists"));
    let sound = fs::read(&path).unwrap();
    let mut lying = read_lists(&sound).unwrap();
    lying.iter_mut().for_each(|list| list.carried.clear());
    let lying: Vec<&Listed> = lying.iter().collect();
    let lying = write_lists(&lying, 3);
    fs::write(&path, &lying).unwrap();
    let data = tree.path("vendor/example.com/Dep/testdata/in_test.txt");
    let before = fs::read(&data).unwrap();
    let changed = |what: &str| {
        fs::write(&data, "changed\n").unwrap();
        fs::remove_file(tree.path("go-offline.lock")).unwrap();
        let ran = tree.run(&["check", "--no-cache"]);
        assert!(
            ran.exit == 65 && ran.stdout.contains("error[vendor-file-modified]"),
            "{what}: {}",
            ran.stdout
        );
        fs::write(&data, &before).unwrap();
        fs::write(tree.path("go-offline.lock"), &lock).unwrap();
        let ran = tree.run(&["check", "--strict"]);
        assert_eq!(ran.exit, 0, "{what}: {}", ran.stdout);
    };
    changed("by the user's cache or the zip");
    let away = tree.modcache.with_file_name("away");
    fs::rename(&tree.modcache, &away).unwrap();
    changed("by the user's cache");
    assert_eq!(tree.run(&["lock"]).exit, 0);
    assert_eq!(tree.read("go-offline.lock"), lock);
    assert_eq!(fs::read(&path).unwrap(), sound, "and the lists are mended");
    fs::write(&path, &lying).unwrap();
    fs::rename(&away, &tree.modcache).unwrap();
    tree.forget();
    changed("by the zip");
}

/// A known patch that embeds another file than before does not make the lock another.
#[test]
fn a_patch_that_embeds() {
    use sha2::{Digest, Sha256};
    let tree = Tree::made_up();
    assert_eq!(tree.run(&["lock", "--with-lists"]).exit, 0);
    let patched = "package dep\n\nimport _ \"embed\"\n\n//go:embed README.md\nvar Readme string\n\nconst Four = 4\n";
    fs::write(tree.path("vendor/example.com/Dep/more.go"), patched).unwrap();
    let ran = tree.run(&["check", "--no-cache"]);
    let denied: Vec<&str> = ran.stdout.lines().filter(|line| line.starts_with("error[")).collect();
    assert!(denied.len() == 1 && denied[0].contains("vendor-file-modified"), "{}", ran.stdout);
    let sha256: String = Sha256::digest(patched).iter().map(|byte| format!("{byte:02x}")).collect();
    let carry = format!(
        "[[carry]]\nmodule = 'example.com/Dep'\npath = 'more.go'\nsha256 = '{sha256}'\nreason = 'a test'\nexpires = 2999-01-01\n"
    );
    fs::write(tree.path("go-offline.toml"), carry).unwrap();
    let ran = tree.run(&["check", "--no-cache"]);
    assert_eq!(ran.exit, 0, "{}", ran.stdout);
}

/// Lists that lack a module, or have one too many, are for another state of vendor/: the zips that are
/// at hand here are not at hand everywhere.
#[test]
fn lists_of_other_modules() {
    use go_offline::lock::{Listed, read_lists, write_lists};
    let tree = Tree::made_up();
    assert_eq!(tree.run(&["lock", "--with-lists"]).exit, 0);
    let path = tree.path("go-offline.lock.lists");
    let sound = fs::read(&path).unwrap();
    let all = read_lists(&sound).unwrap();
    let fewer: Vec<&Listed> = all.iter().skip(1).collect();
    let lacked = all[0].files.module().to_string();
    fs::write(&path, write_lists(&fewer, 3)).unwrap();
    let ran = tree.run(&["check"]);
    let words = format!("go-offline.lock.lists does not have {lacked}, which is vendored");
    assert!(ran.exit == 65 && ran.stdout.contains(&words), "{}", ran.stdout);
    fs::write(&path, &sound).unwrap();
    // Nothing that go does; the lock is as stale, and says so in the place of the lists.
    let modules = tree.text("vendor/modules.txt");
    let start = modules.find("# example.com/other v1.0.0").unwrap();
    let end = modules[start + 1..].find("\n# ").map_or(modules.len(), |end| start + end + 2);
    fs::write(tree.path("vendor/modules.txt"), modules[..start].to_owned() + &modules[end..])
        .unwrap();
    let ran = tree.run(&["check"]);
    assert!(ran.stdout.contains("go-offline.lock has example.com/other@v1.0.0"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("go-offline.lock.lists has"), "{}", ran.stdout);
    fs::remove_file(tree.path("go-offline.lock")).unwrap();
    let ran = tree.run(&["check"]);
    assert!(
        ran.stdout
            .contains("go-offline.lock.lists has example.com/other@v1.0.0, which is not vendored"),
        "{}",
        ran.stdout
    );
}

/// The module cache of the profile is the one that go builds from, and so the one that is looked at.
#[test]
fn a_module_cache_of_the_profile() {
    let tree = Tree::made_up();
    let text =
        "[profile.own]\ninherits = 'cache'\n[profile.own.env]\nGOMODCACHE = '{cache}/gomod'\n";
    fs::write(tree.path("go-offline.toml"), text).unwrap();
    // A variable of the environment's would come before that of the profile.
    let run = |args: &[&str]| {
        let mut command = tree.command(&[&["--profile", "own"], args].concat());
        Ran::of(&command.env_remove("GOMODCACHE").output().unwrap())
    };
    let check = ["check", "--no-cache"];
    assert_eq!(run(&check).exit, 75, "nothing is there");
    let shown = run(&["--dry-run", "list"]).stdout;
    let own = shown.split_whitespace().find_map(|word| word.strip_prefix("GOMODCACHE=")).unwrap();
    fs::create_dir_all(Path::new(own).parent().unwrap()).unwrap();
    let copied = Command::new("cp").arg("-a").arg(&tree.modcache).arg(own).status();
    assert!(copied.unwrap().success());
    let ran = run(&check);
    assert_eq!(ran.exit, 0, "{}", ran.stdout);
    fs::write(Path::new(own).join("example.com/!dep@v1.2.3/dep.go"), "package dep\n").unwrap();
    assert_eq!(run(&check).exit, 65);
}

/// A link in the place of a replaced module must not stand for modules below it.
#[test]
fn a_link_that_hides_another_module() {
    let tree = Tree::made_up();
    let place = tree.path("vendor/example.com/local");
    fs::remove_dir_all(&place).unwrap();
    std::os::unix::fs::symlink("../../local", &place).unwrap();
    let ran = tree.run(&["check"]);
    assert_eq!(ran.exit, 0, "its own directory: {}", ran.stdout);
    let text = tree.text("vendor/modules.txt");
    let text = text.replace("# example.com/other v1.0.0", "# example.com/local/below v1.0.0\n## explicit; go 1.21\nexample.com/local/below\n# example.com/other v1.0.0");
    fs::write(tree.path("vendor/modules.txt"), text).unwrap();
    let ran = tree.run(&["check"]);
    assert!(ran.stdout.contains("error[vendor-symlink]"), "{}", ran.stdout);
}

/// What says that its own copy is the original proves nothing.
#[test]
fn a_replacement_in_vendor_itself() {
    let tree = Tree::made_up();
    for file in ["go.mod", "vendor/modules.txt"] {
        let text = tree.text(file).replace("=> ./local", "=> ./vendor/example.com/local");
        fs::write(tree.path(file), text).unwrap();
    }
    let ran = tree.run(&["check", "--strict"]);
    assert_eq!(ran.exit, 75, "{}", ran.stdout);
    assert!(ran.stdout.contains("lies in vendor/ itself"), "{}", ran.stdout);
}

/// A checkout does not say what else is read.
#[test]
fn lock_and_lists_are_plain_files() {
    for name in ["go-offline.lock", "go-offline.lock.lists"] {
        let tree = Tree::made_up();
        std::os::unix::fs::symlink("/dev/zero", tree.path(name)).unwrap();
        let ran = tree.run(&["check"]);
        assert_eq!(ran.exit, 74, "{}", ran.stdout);
        assert!(ran.stderr.contains("symbolic link"), "{}", ran.stderr);
    }
}
