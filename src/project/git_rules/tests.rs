use super::{GitRules, checkout_top};
use std::fs;
use std::path::Path;

/// A checkout with these files.
fn checkout(files: &[(&str, &str)]) -> tempfile::TempDir {
    let top = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = top.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    top
}

/// `file:line: text` of the line that leaves a path out.
fn ignored(top: &Path, path: &str) -> Option<String> {
    let is_dir = path.ends_with('/');
    let line =
        GitRules::new(top, top).ignoring_line(&top.join(path.trim_end_matches('/')), is_dir)?;
    Some(shown(&line))
}

fn converted(top: &Path, path: &str) -> Option<String> {
    Some(shown(&GitRules::new(top, top).conversion(&top.join(path))?.line))
}

fn shown(line: &super::GitLine) -> String {
    let number = line.file.text[..line.span.start].matches('\n').count() + 1;
    format!("{}:{number}: {}", line.file.shown.display(), line.text())
}

#[test]
fn the_nearest_file_and_its_last_line_have_the_last_word() {
    let top = checkout(&[
        (".gitignore", "# hidden\n.e*\n*.yaml\n!.env\n.e*\n"),
        ("vendor/m/.gitignore", "!*.yaml\n/only.txt\n"),
    ]);
    let ignored = |path| ignored(top.path(), path);
    assert_eq!(ignored("vendor/m/.editorconfig").unwrap(), ".gitignore:5: .e*");
    assert_eq!(ignored("vendor/o/a.yaml").unwrap(), ".gitignore:3: *.yaml");
    assert_eq!(ignored("vendor/m/a.yaml"), None);
    assert_eq!(ignored("vendor/m/only.txt").unwrap(), "vendor/m/.gitignore:2: /only.txt");
    assert_eq!(ignored("vendor/m/p/only.txt"), None);
}

#[test]
fn a_directory_that_is_left_out_takes_everything_with_it() {
    let top = checkout(&[
        (".gitignore", "build/\nlogs\n"),
        ("vendor/m/build/.gitignore", "!*\n"),
        ("vendor/m/logs/.gitignore", "!*\n"),
    ]);
    let ignored = |path| ignored(top.path(), path);
    assert_eq!(ignored("vendor/m/build/a.go").unwrap(), ".gitignore:1: build/");
    assert_eq!(ignored("vendor/m/logs/a.go").unwrap(), ".gitignore:2: logs");
    assert_eq!(ignored("vendor/n/build"), None, "a file is no directory");
    assert_eq!(ignored("vendor/n/build/").unwrap(), ".gitignore:1: build/");
}

#[test]
fn blanks_braces_and_the_ends_of_lines_are_gits() {
    let top = checkout(&[(".gitignore", "\u{feff}a.txt  \r\n{b,c}.txt\nd\\ \ne\\  \n")]);
    let ignored = |path| ignored(top.path(), path);
    assert_eq!(ignored("a.txt").unwrap(), ".gitignore:1: a.txt  ");
    assert_eq!(ignored("b.txt"), None);
    assert_eq!(ignored("{b,c}.txt").unwrap(), ".gitignore:2: {b,c}.txt");
    assert_eq!(ignored("d ").unwrap(), ".gitignore:3: d\\ ");
    assert_eq!(ignored("e ").unwrap(), ".gitignore:4: e\\  ");
}

#[test]
fn the_clone_has_lines_of_its_own() {
    let top = checkout(&[(".git/info/exclude", "*.md\n"), ("m/.gitignore", "!a.md\n")]);
    assert_eq!(ignored(top.path(), "m/b.md").unwrap(), ".git/info/exclude:1: *.md");
    assert_eq!(ignored(top.path(), "m/a.md"), None);

    let worktree = checkout(&[
        ("main/.git/info/exclude", "*.md\n"),
        ("main/.git/worktrees/w/commondir", "../..\n"),
    ]);
    let there = worktree.path().join("w");
    fs::create_dir(&there).unwrap();
    let points = format!("gitdir: {}/main/.git/worktrees/w\n", worktree.path().display());
    fs::write(there.join(".git"), points).unwrap();
    assert!(ignored(&there, "b.md").is_some());
}

#[test]
fn a_text_may_get_other_line_ends() {
    let top = checkout(&[
        (".gitattributes", "* text=auto\n*.bin binary\n*.bat eol=crlf\n*.png -text\n"),
        ("vendor/m/.gitattributes", "a.bat -text\nb.png text\nsub/ text\n"),
    ]);
    let converted = |path| converted(top.path(), path);
    assert_eq!(converted("vendor/a.go").unwrap(), ".gitattributes:1: * text=auto");
    assert_eq!(converted("vendor/m/x.bat").unwrap(), ".gitattributes:3: *.bat eol=crlf");
    assert_eq!(converted("vendor/m/a.bat"), None);
    assert_eq!(converted("vendor/m/a.bin"), None);
    assert_eq!(converted("vendor/m/a.png"), None);
    assert_eq!(converted("vendor/m/b.png").unwrap(), "vendor/m/.gitattributes:2: b.png text");
    assert_eq!(converted("vendor/m/sub/a.go").unwrap(), ".gitattributes:1: * text=auto");
    assert_eq!(self::converted(checkout(&[]).path(), "a.go"), None);
}

#[test]
fn cr_may_be_added_or_dropped_or_both() {
    let lines =
        ["*.a text", "*.b text eol=lf", "*.c eol=crlf", "*.d crlf=input", "*.e text=auto eol=lf"];
    let text = lines.join("\n");
    let top = checkout(&[(".gitattributes", text.as_str())]);
    let may = |path: &str| {
        let found = GitRules::new(top.path(), top.path()).conversion(&top.path().join(path));
        found.map(|found| (found.may_add, found.may_drop)).unwrap()
    };
    assert_eq!(may("x.a"), (true, true));
    assert_eq!(may("x.b"), (false, true));
    assert_eq!(may("x.c"), (true, false));
    assert_eq!(may("x.d"), (false, true));
    assert_eq!(may("x.e"), (false, true));
}

#[test]
fn attributes_have_macros_quotes_and_exceptions() {
    let top = checkout(&[(
        ".gitattributes",
        "[attr]plain text eol=lf\n*.txt plain\n\"a b\" text\n*.md text\nc.md !text\n!d.md -text\n",
    )]);
    let converted = |path| converted(top.path(), path);
    assert_eq!(converted("a.txt").unwrap(), ".gitattributes:2: *.txt plain");
    assert_eq!(converted("a b").unwrap(), ".gitattributes:3: \"a b\" text");
    assert_eq!(converted("c.md"), None);
    assert_eq!(converted("d.md").unwrap(), ".gitattributes:4: *.md text");
}

#[test]
fn a_checkout_begins_where_git_does() {
    let top = checkout(&[(".git/HEAD", ""), ("sub/project/go.mod", "")]);
    assert_eq!(checkout_top(&top.path().join("sub/project")), top.path());
    let none = checkout(&[("project/go.mod", "")]);
    let project = none.path().join("project");
    assert_eq!(checkout_top(&project), project);
}
