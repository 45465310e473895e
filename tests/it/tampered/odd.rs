//! Modules that vendoring makes odd things of.

use super::tree::Tree;
use std::fs;
use std::path::Path;

/// Go source that is data, embedded by files that are not vendored themselves; and C++ with a header
/// that has no extension.
const ODD: &str = r#"
-- go.mod --
module example.com/odd

go 1.16
-- LICENSE --
Do as you like.
-- odd.go --
package odd
-- gen.go --
//go:build ignore

package main

import _ "embed"

//go:embed tpl
var templates string

func main() {}
-- tpl/x.go --
package tpl
-- odd_test.go --
package odd

import _ "embed"

//go:embed testdata/t.go
var inTest string
-- testdata/t.go --
package t
-- cpp/cpp.go --
package cpp

import "C"
-- cpp/cpp.cc --
#include "Dense"
-- cpp/Dense --
int one() { return 1; }
"#;

const PROJECT: &str = r#"
-- go.mod --
module example.com/app

go 1.21

require example.com/odd v1.0.0
-- main.go --
package main

import (
	_ "example.com/odd"
	_ "example.com/odd/cpp"
)

func main() {}
"#;

fn tree() -> Tree {
    let steps = [&["mod", "tidy"][..], &["mod", "vendor"]];
    let modules = [("example.com/odd", "v1.0.0", ODD)];
    let tree = Tree::vendored_with(&modules, "odd", Path::new("go"), PROJECT, &steps);
    for file in ["tpl/x.go", "testdata/t.go", "cpp/Dense"] {
        assert!(tree.path(&format!("vendor/example.com/odd/{file}")).exists(), "{file}");
    }
    tree
}

/// Runs `check`, and returns the codes of what is denied.
fn denied(tree: &Tree, args: &[&str]) -> (i32, Vec<String>, String) {
    let ran = tree.run(&[&["check", "--no-cache"], args].concat());
    let codes = ran.stdout.lines().filter_map(|line| {
        let code = line.strip_prefix("error[")?.split(']').next()?;
        Some(code.to_owned())
    });
    (ran.exit, codes.collect(), ran.stdout.clone())
}

#[test]
fn go_source_that_is_data_of_what_is_not_vendored() {
    let zips = tree();
    assert_eq!(zips.run(&["lock", "--with-lists"]).exit, 0);
    let by_nothing = denied(&zips, &["--verify", "lists"]);
    assert!(by_nothing.2.contains("is seen with `--verify bytes`"), "{}", by_nothing.2);
    let check_all = |tree: &Tree, strict: i32| {
        let (exit, codes, said) = denied(tree, &[]);
        assert!(exit == 0 && codes.is_empty() && !said.contains("warning"), "{said}");
        assert_eq!(denied(tree, &["--strict"]).0, strict);
        for (file, text) in [("tpl/x.go", "package other\n"), ("tpl/y.go", "package tpl\n")] {
            let path = tree.path(&format!("vendor/example.com/odd/{file}"));
            let before = fs::read(&path).ok();
            fs::write(&path, text).unwrap();
            let (exit, codes, said) = denied(tree, &[]);
            assert!(
                exit == 65 && codes.iter().any(|code| code == "vendor-package-unlisted"),
                "{said}"
            );
            match before {
                Some(before) => fs::write(&path, before).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
        }
    };
    check_all(&zips, 0);
    let lists = zips.emptied();
    check_all(&lists, 0);
    check_all(&lists.by_its_lock(), 75);
}

/// A directory whose name is no text cannot be proven to belong there.
#[test]
fn a_package_whose_name_is_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let tree = tree().with_lists();
    let name = std::ffi::OsStr::from_bytes(b"vendor/example.com/odd/\xff");
    let dir = tree.project.join(name);
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("x.go"), "package x\n").unwrap();
    let (exit, codes, said) = denied(&tree, &[]);
    assert!(exit == 65 && codes.contains(&"vendor-package-unlisted".to_owned()), "{said}");
}

/// What a C++ compiler includes is code, however it is called.
#[test]
fn a_header_without_an_extension() {
    let tree = tree().with_lists();
    let header = tree.path("vendor/example.com/odd/cpp/Dense");
    let sound = fs::read(&header).unwrap();
    fs::write(tree.path(".gitignore"), "Dense\n").unwrap();
    fs::remove_file(&header).unwrap();
    let (exit, codes, said) = denied(&tree, &[]);
    assert_eq!((exit, codes), (65, vec!["vendor-file-missing".to_owned()]), "{said}");
    fs::write(&header, &sound).unwrap();
    let tree = tree.by_its_lock();
    assert_eq!(denied(&tree, &[]).0, 0);
    fs::write(&header, "int one() { return 666; }\n").unwrap();
    let (exit, codes, said) = denied(&tree, &[]);
    assert!(exit == 65 && codes.contains(&"lock-mismatch".to_owned()), "{said}");
}
