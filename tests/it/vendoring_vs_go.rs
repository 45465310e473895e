//! What vendoring takes of a module, held against `go mod vendor`: the files that a constraint keeps
//! out, and those that a pattern embeds.
//!
//! Everything lies in one module in a directory, which a main module requires and replaces: that
//! needs no network.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use go_offline::vendoring::{embed_patterns, embeds, is_left_out};

use crate::txtar::World;

/// Main modules whose go lines make a difference: go.mod files are copied, embeds of tests are.
const GO_VERSIONS: &[&str] = &["1.16", "1.21", "1.26"];

/// Heads of Go files. They stand in files whose names start with `_`: such a file is copied like any
/// other, but nothing else of go looks into it, so that odd ones do not make `go mod vendor` fail.
const HEADS: &[&[u8]] = &[
    b"package p\n",
    b"",
    b"//go:build ignore\n\npackage p\n",
    b"//go:build ignore\npackage p\n",
    b"// +build ignore\n\npackage p\n",
    b"// +build ignore\npackage p\n",
    b"// +build !ignore\n\npackage p\n",
    b"// +build ignore,linux\n\npackage p\n",
    b"// +build ignore linux\n\npackage p\n",
    b"// +build linux\n// +build ignore\n\npackage p\n",
    b"//+build\n\npackage p\n",
    b"// +build !!x\n\npackage p\n",
    b"// +build x-y\n\npackage p\n",
    b"//go:build !(ignore || linux)\npackage p\n",
    b"//go:build !(!ignore || linux)\npackage p\n",
    b"//go:build foo && !foo\npackage p\n",
    b"//go:build ignore || (ignore && linux)\npackage p\n",
    b"//go:build linux\n//go:build linux\npackage p\n",
    b"//go:build linux\n// +build ignore\n\npackage p\n",
    b"//go:build\npackage p\n",
    b"//go:build !\npackage p\n",
    b"//go:build !!linux\npackage p\n",
    b"//go:build linux,darwin\npackage p\n",
    b"//go:builds ignore\npackage p\n",
    b"//go:build\tignore\r\n\r\npackage p\r\n",
    b"// +build ignore\r\n\r\npackage p\r\n",
    b"\xef\xbb\xbf//go:build ignore\npackage p\n",
    b"\xef\xbb\xbf\xef\xbb\xbf//go:build ignore\npackage p\n",
    b"\xff\n//go:build ignore\npackage p\n",
    b"//go:build \xff\npackage p\n",
    "//go:build é && 世\npackage p\n".as_bytes(),
    "//go:build Ⅷ\npackage p\n".as_bytes(),
    "// +build Ⅷ\n\npackage p\n".as_bytes(),
    "//go:build\u{a0}ignore\npackage p\n".as_bytes(),
    "\u{a0}//go:build ignore\npackage p\n".as_bytes(),
    b"/* a */\n//go:build ignore\npackage p\n",
    b"/* a\n//go:build ignore\n*/\npackage p\n",
    b"/* a */ //go:build ignore\npackage p\n",
    b"/*/ a */\n//go:build ignore\npackage p\n",
    b"/* not closed\n\n//go:build ignore\n",
    b"/* a */\n// +build ignore\n\npackage p\n",
    b"// a\n\n// +build ignore\n\n// b\npackage p\n",
    b"package p\n\n//go:build ignore\n",
    b"package p; //go:build ignore\n",
    b";\n//go:build ignore\npackage p\n",
    b"\x0b//go:build ignore\npackage p\n",
    b"//go:build ignore\npackage p\0\n",
    b"//go:build ignore\npackage p\nvar x\0\n",
    b"//go:build ignore\n\0package p\n",
    b"//go:build ignore\nnot Go\n",
    b"//go:build ignore\nnot Go\0\n",
    b"//go:build ignore\npackage p\nimport \"x\n",
    b"//go:build ignore\npackage p\nimport \"x\n\0",
    b"//go:build ignore\npackage p\nif\0",
    b"//go:build ignore\npackage p\n/\0",
    b"//go:build ignore",
];

/// What stands behind the import of `embed` in a file of a package of its own, next to [`TREE`].
const EMBEDS: &[&str] = &[
    "",
    "//go:embed a.txt",
    "//go:embed a.txt tree/b.txt",
    "//go:embed *",
    "//go:embed *.txt",
    "//go:embed all:*",
    "//go:embed tree",
    "//go:embed all:tree",
    "//go:embed tree/*",
    "//go:embed */*.txt",
    "//go:embed tree/[^a-m]*",
    "//go:embed _under",
    "//go:embed .dot/x.txt",
    "//go:embed \"sp ace.txt\" `a.txt`",
    "//go:embed \"\\x61.txt\"",
    "//go:embed sp?ace.txt",
    "//go:embed a\\.txt",
    "//go:embed none.txt",
    "//go:embed tree/",
    "//go:embed ./tree",
    "//go:embed ../embed01/a.txt",
    "//go:embed [",
    "//go:embed tree[/]b.txt",
    "//go:embed tree[^x]b.txt",
    "//go:embed tree\\/b.txt",
    "//go:embed a.txt \"tree",
    "//go:embed a.txt\n//go:embed tree \"",
    "//go:embedded a.txt",
    "// go:embed a.txt",
    "/*\n//go:embed a.txt\n*/",
    "var s = `\n//go:embed a.txt\n`",
    "var s = \"\\\"//go:embed a.txt\"",
    "var c, d = '\"', '\\''\n//go:embed a.txt",
    "var a string //go:embed a.txt",
    "//go:embed a.txt\r",
    "//go:embed\u{a0}a.txt\u{a0}tree/b.txt",
    "if\n//go:embed a.txt",
    "//go:embed vendor",
    "//go:embed école",
    "//go:embed empty.go",
];

const TREE: &[&str] = &[
    "a.txt",
    "sp ace.txt",
    ".dot/x.txt",
    "_under/x.txt",
    "_under/_x.txt",
    "tree/b.txt",
    "tree/z",
    "tree/.dot.txt",
    "tree/_under.txt",
    "tree/.dir/x.txt",
    "tree/_dir/x.txt",
    "tree/deep/er/x.txt",
    "tree/deep/_x.txt",
    "tree/x.go",
    "tree/go.sum",
    "vendor/x.txt",
    "école/x.txt",
];

/// Where a name starts the rest of a file, or stands in it.
const WHOLE_FILES: &[(&str, &str)] = &[
    ("x.go", "package p\n//go:embed a.txt\nvar a string\n"),
    ("x.go", "package p\nimport e `embed`\n//go:embed a.txt\nvar a e.FS\n"),
    ("x.go", "\u{feff}package p\nimport (\n\t_ \"\\x65mbed\"\n)\n//go:embed a.txt\nvar a string\n"),
    (
        "x.go",
        "//go:build ignore\n\npackage p\nimport _ \"embed\"\n//go:embed a.txt\nvar a string\n",
    ),
    ("x_windows.go", "package p\nimport _ \"embed\"\n//go:embed a.txt\nvar a string\n"),
    ("x.go", "package documentation\nimport _ \"embed\"\n//go:embed a.txt\nvar a string\n"),
    ("x_test.go", "package p\nimport _ \"embed\"\n//go:embed a.txt\nvar a string\n"),
    ("x_test.go", "package p_test\nimport _ \"embed\"\n//go:embed tree\nvar a string\n"),
    ("_x.go", "package p\nimport _ \"embed\"\n//go:embed a.txt\nvar a string\n"),
    (".x.go", "package p\nimport _ \"embed\"\n//go:embed a.txt\nvar a string\n"),
];

#[test]
fn constraints_keep_out_what_go_keeps_out() {
    let files: Vec<(String, &[u8])> =
        HEADS.iter().enumerate().map(|(i, head)| (format!("_{i:02}.go"), *head)).collect();
    let want: BTreeSet<&str> = files
        .iter()
        .filter(|(_, source)| !is_left_out(source))
        .map(|(name, _)| name.as_str())
        .chain(["empty.go"])
        .collect();
    assert!(want.len() > 15 && want.len() < HEADS.len() - 15, "{}", want.len());
    for version in GO_VERSIONS {
        let world = world(version, &["heads"]);
        for (name, source) in &files {
            world.write(&format!("dep/heads/{name}"), source);
        }
        let copied = vendor(&world, "heads");
        for (name, source) in &files {
            let source = String::from_utf8_lossy(source);
            let (ours, go) = (want.contains(name.as_str()), copied.contains(name));
            assert_eq!(ours, go, "go {version} copies it: {go}: {source:?}");
        }
        assert_eq!(copied.len(), want.len());
    }
}

#[test]
fn patterns_embed_what_go_embeds() {
    let with_import = EMBEDS
        .iter()
        .map(|rest| ("x.go", format!("package p\nimport _ \"embed\"\n{rest}\nvar x int\n")));
    let whole = WHOLE_FILES.iter().map(|(name, source)| (*name, (*source).to_owned()));
    let cases: Vec<(String, &str, String)> = with_import
        .chain(whole)
        .enumerate()
        .map(|(i, (name, source))| (format!("embed{i:02}"), name, source))
        .collect();
    let packages: Vec<&str> = cases.iter().map(|(package, _, _)| package.as_str()).collect();
    for version in GO_VERSIONS {
        let world = world(version, &packages);
        let with_tests = matches!(*version, "1.16" | "1.21");
        let mut embedded = 0;
        for (package, file, source) in &cases {
            world.write(&format!("dep/{package}/{file}"), source);
            for name in TREE {
                world.write(&format!("dep/{package}/{name}"), "");
            }
        }
        go_mod_vendor(&world);
        for (package, file, source) in &cases {
            let counts = !file.starts_with(['_', '.']) && (with_tests || *file != "x_test.go");
            let patterns = if counts { embed_patterns(source.as_bytes()) } else { Vec::new() };
            let mut want: BTreeSet<String> =
                ["a.txt", "sp ace.txt", "empty.go"].map(str::to_owned).into();
            if *file != "x_test.go" && !is_left_out(source.as_bytes()) {
                want.insert((*file).to_owned());
            }
            let below = TREE.iter().filter(|name| embeds(&patterns, name));
            want.extend(below.map(|name| (*name).to_owned()));
            embedded += want.len();
            let copied =
                files_below(&world.path(&format!("main/vendor/example.com/dep/{package}")));
            assert_eq!(want, copied, "go {version}: {file}: {source}");
        }
        assert!(embedded > 3 * cases.len() + 30, "{embedded}");
    }
}

/// A main module that imports packages of a module in the next directory, each with a Go file.
fn world(go: &str, packages: &[&str]) -> World {
    let world = World::new("");
    world.write(
        "main/go.mod",
        format!(
            "module example.com/main\ngo {go}\nrequire example.com/dep v0.0.0\n\
             replace example.com/dep => ../dep\n"
        ),
    );
    world.write("dep/go.mod", "module example.com/dep\ngo 1.16\n");
    let imports: String =
        packages.iter().map(|name| format!("import _ \"example.com/dep/{name}\"\n")).collect();
    world.write("main/main.go", format!("package main\n{imports}func main() {{}}\n"));
    for package in packages {
        world.write(&format!("dep/{package}/empty.go"), "package p\n");
    }
    world
}

/// Vendors and returns the files of a package.
fn vendor(world: &World, package: &str) -> BTreeSet<String> {
    go_mod_vendor(world);
    files_below(&world.path(&format!("main/vendor/example.com/dep/{package}")))
}

/// Vendors, with `-e`: a pattern that go refuses costs a package its embeds, and is no failure.
fn go_mod_vendor(world: &World) {
    let output = Command::new("go")
        .args(["mod", "vendor", "-e"])
        .current_dir(world.path("main"))
        .envs([("GOPROXY", "off"), ("GOSUMDB", "off"), ("GOTOOLCHAIN", "local")])
        .envs([("GOFLAGS", ""), ("GOWORK", "off"), ("GOENV", "off"), ("GO111MODULE", "on")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn files_below(dir: &Path) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(next) = dirs.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else {
                files.insert(path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    files
}
