//! What is said of a vendored tree, and how much of it.

use super::tree::Tree;
use std::fs;

/// The example.com/other of the tree, with CR at the ends of its lines.
fn with_cr(tree: &Tree) {
    let path = tree.path("vendor/example.com/other/other.go");
    let text = fs::read_to_string(&path).unwrap().replace('\n', "\r\n");
    fs::write(path, text).unwrap();
}

/// A line is blamed for what it can do, and for nothing else.
#[test]
fn git_is_blamed_for_what_it_does() {
    let tree = Tree::made_up();
    with_cr(&tree);
    for (line, is_to_blame) in [
        ("* text=auto", true),
        ("*.go text eol=crlf", true),
        ("* text eol=lf", false),
        ("* crlf=input", false),
        ("* -text", false),
    ] {
        fs::write(tree.path(".gitattributes"), format!("{line}\n")).unwrap();
        let ran = tree.run(&["check"]);
        assert_eq!(ran.exit, 0, "{}", ran.stdout);
        assert!(ran.stdout.contains("vendor-line-endings"), "{}", ran.stdout);
        let is_blamed = ran.stdout.contains(".gitattributes:1 lets git change them");
        assert_eq!(is_blamed, is_to_blame, "{line}: {}", ran.stdout);
    }
}

#[test]
fn what_the_module_cache_does_not_have_is_counted() {
    let tree = Tree::made_up();
    let words = ["--profile", "cache", "check"];
    let ran = tree.run(&words);
    assert_eq!(ran.exit, 0, "{}", ran.stdout);
    assert!(!ran.stdout.contains("of go.sum not in the module cache"), "{}", ran.stdout);
    fs::remove_dir_all(tree.modcache.join("example.com/!dep@v1.2.3")).unwrap();
    fs::remove_dir_all(tree.modcache.join("cache/download/example.com/!dep")).unwrap();
    let ran = tree.run(&words);
    assert_eq!(ran.exit, 0, "{}", ran.stdout);
    assert!(ran.stdout.contains(", 1 of go.sum not in the module cache"), "{}", ran.stdout);
}

/// Our own verbs take `-q` and `-v` on either side, and go's verbs keep theirs.
#[test]
fn quiet_and_verbose_behind_the_verb() {
    let tree = Tree::made_up();
    for verb in ["check", "lock"] {
        let ran = tree.run(&[verb, "-q"]);
        assert_eq!((ran.exit, ran.stdout.as_str()), (0, ""), "{verb}");
        assert_eq!(tree.run(&["-q", verb]).stdout, "", "{verb}");
    }
    let ran = tree.run(&["check", "-v"]);
    assert!(ran.stdout.contains("example.com/Dep@v1.2.3: list, 20 files"), "{}", ran.stdout);
    for args in [["-q", "check", "-v"], ["-v", "check", "-q"], ["check", "-q", "-v"]] {
        let ran = tree.run(&args);
        let words = "the argument '--quiet' cannot be used with '--verbose'";
        assert!(ran.exit == 64 && ran.stderr.contains(words), "{args:?}: {}", ran.stderr);
    }
    let dry = tree.run(&["--dry-run", "list", "-v", "-q"]);
    assert!(dry.stdout.ends_with("list -v -q\n"), "{}{}", dry.stdout, dry.stderr);
}

/// Our options stand before the verb, and who puts one behind is told so; another one is unknown.
#[test]
fn an_option_of_ours_behind_the_verb() {
    let tree = Tree::made_up();
    for args in [["fetch", "--profile=online"], ["check", "--config=x"], ["fetch", "-C."]] {
        let option = &args[1][..args[1].find('=').unwrap_or(2)];
        let ran = tree.run(&args);
        let words = format!("tip: '{option}' stands before the verb");
        assert!(ran.exit == 64 && ran.stderr.contains(&words), "{args:?}: {}", ran.stderr);
    }
    let ran = tree.run(&["fetch", "--profiles"]);
    assert!(ran.exit == 64 && !ran.stderr.contains("before the verb"), "{}", ran.stderr);
}

/// A text that the lists carry, and that is not the file: the finding is about its module.
#[test]
fn a_damaged_text_in_the_lists() {
    let tree = Tree::made_up().with_lists();
    let path = tree.path("go-offline.lock.lists");
    let sound = zstd::decode_all(&fs::read(&path).unwrap()[..]).unwrap();
    let sound = String::from_utf8(sound).unwrap();
    let line = "carried example.com/Dep v1.2.3 ";
    let start = sound.find(line).unwrap();
    let text = start + sound[start..].find('\n').unwrap() + 1;
    let damaged = format!("{}X{}", &sound[..text], &sound[text + 1..]);
    fs::write(&path, zstd::bulk::compress(damaged.as_bytes(), 3).unwrap()).unwrap();
    let ran = tree.run(&["check", "--format", "json"]);
    assert_eq!(ran.exit, 65, "{}", ran.stdout);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["code"] == "lock-mismatch").unwrap();
    assert_eq!(found["module"], "example.com/Dep", "{found}");
    assert!(found["message"].as_str().unwrap().contains("is not the file listed"), "{found}");
}

/// An edited copy of a file that is not vendored is not said to be unknown.
#[test]
fn a_copy_with_other_bytes() {
    let tree = Tree::made_up();
    for (file, words) in [
        ("gen.go", "example.com/Dep@v1.2.3 has it with other bytes"),
        ("data/not.txt", "example.com/Dep@v1.2.3 has it with other bytes; go does not compile"),
        ("zz.go", "example.com/Dep@v1.2.3 has no such file"),
    ] {
        let path = tree.path(&format!("vendor/example.com/Dep/{file}"));
        fs::write(&path, "package other\n").unwrap();
        let ran = tree.run(&["check"]);
        assert!(ran.stdout.contains(words), "{file}: {}", ran.stdout);
        fs::remove_file(path).unwrap();
    }
}

/// go leaves a zip alone that is there, whatever it is: the help removes it first.
#[test]
fn a_zip_that_is_none() {
    let tree = Tree::made_up();
    let zip = tree.modcache.join("cache/download/example.com/other/@v/v1.0.0.zip");
    fs::write(&zip, "junk").unwrap();
    let ran = tree.run(&["lock"]);
    assert_eq!(ran.exit, 75, "{}", ran.stdout);
    let (start, end) = (format!("`rm -f {}*`", zip.display()), "brings its zip");
    for words in [&start, "proves for 1 module\n", end] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
}

/// People get the first few of thousands; sums and programs get all.
#[test]
fn many_of_a_kind() {
    let tree = Tree::made_up();
    for number in 0..60 {
        let path = tree.path(&format!("vendor/example.com/Dep/zz{number}.go"));
        fs::write(path, "package dep\n").unwrap();
    }
    let ran = tree.run(&["check"]);
    let errors = ran.stdout.lines().filter(|line| line.starts_with("error[")).count();
    assert_eq!((ran.exit, errors), (65, 11), "{}", ran.stdout);
    for words in ["and 50 more like this, of 1 module", ".: 60 denied"] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
    let report: serde_json::Value =
        serde_json::from_str(&tree.run(&["check", "--format", "json"]).stdout).unwrap();
    assert_eq!(report["findings"].as_array().unwrap().len(), 60);
}

/// The names in commands can be pasted into a shell.
#[test]
fn names_in_commands_are_quoted() {
    let tree = Tree::made_up();
    fs::write(tree.path("vendor/example.com/other/it's.go"), "package other\n").unwrap();
    let ran = tree.run(&["check"]);
    assert_eq!(ran.exit, 65, "{}", ran.stdout);
    assert!(
        ran.stdout.contains(r"`rm 'vendor/example.com/other/it'\''s.go'`, or"),
        "{}",
        ran.stdout
    );
}

/// Two go.sum files of a workspace that say the same have one conflict.
#[test]
fn a_conflict_in_a_workspace_is_told_once() {
    let tree = Tree::made_up();
    let sum = "example.com/x v1.0.0 h1:zY54UmvipHiNd+pm+m0x9KhZ9hl1/7QNMyxXbc6ICqA=\n\
               example.com/x v1.0.0 h1:NIvaJDMOsjHA8n1jAhLSgzrAzy1Hgr+hNrb57e+94F0=\n";
    let dir = tree.path("workspace");
    for member in ["a", "b"] {
        fs::create_dir_all(dir.join(member)).unwrap();
        fs::write(dir.join(member).join("go.mod"), format!("module {member}\n\ngo 1.22\n"))
            .unwrap();
        fs::write(dir.join(member).join("go.sum"), sum).unwrap();
    }
    fs::write(dir.join("go.work"), "go 1.22\n\nuse (\n\t./a\n\t./b\n)\n").unwrap();
    let ran = tree.run(&["-C", "workspace", "check", "--verify", "lists"]);
    assert_eq!(ran.exit, 65, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.stdout.matches("error[sum-conflict]").count(), 1, "{}", ran.stdout);
}

/// Whoever edits modules.txt may list a package below a module that it does not lie in.
#[test]
fn a_package_below_the_wrong_module() {
    let tree = Tree::made_up();
    let list = tree.text("vendor/modules.txt");
    for package in ["a/b", "é/b", "example.com/Depp/b"] {
        let line = format!("example.com/Dep\n{package}\n");
        let edited = list.replacen("example.com/Dep\n", &line, 1);
        assert_ne!(edited, list);
        fs::write(tree.path("vendor/modules.txt"), edited).unwrap();
        let dir = tree.path("vendor").join(package);
        fs::create_dir_all(&dir).unwrap();
        let text = "package b\n\nimport _ \"embed\"\n\n//go:embed x\nvar X string\n";
        fs::write(dir.join("b.go"), text).unwrap();
        let ran = tree.run(&["check"]);
        assert_eq!(ran.exit, 65, "{package}: {}{}", ran.stdout, ran.stderr);
        let denied = format!("error[vendor-file-extra]: vendor/{package}/b.go");
        assert!(ran.stdout.contains(&denied), "{package}: {}", ran.stdout);
        fs::remove_dir_all(dir).unwrap();
    }
}
