use super::super::copied::{CopyRules, copied};
use super::*;
use crate::gomod::ModuleVersion;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

fn list(path: &str, files: &[(&str, &str)]) -> FileList {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), hash(text))).collect();
    FileList::new(ModuleVersion::new(path, "v1.0.0"), files).unwrap()
}

/// A module with a package in each of its directories that are named.
fn module<'a>(
    path: &'a str,
    imports: &[&'a str],
    files: Option<&'a FileList>,
) -> VendoredModule<'a> {
    let packages: &VendoredPackages<'_> =
        Box::leak(Box::new(VendoredPackages::new(path, imports.iter().copied())));
    let (rules, embeds) = (CopyRules::new(Some("1.22")), Box::leak(Box::default()));
    let source = files.map(|files| Source {
        files,
        copied: copied(files, packages, rules, &BTreeMap::new(), embeds).leak(),
        embeds,
    });
    VendoredModule { path, packages, source }
}

/// Compares with files given by path and text; the paths are sorted here.
fn judge(modules: &[VendoredModule<'_>], there: &[(&str, &str)]) -> Comparison {
    let mut there: Vec<(&str, [u8; 32])> =
        there.iter().map(|(path, text)| (*path, hash(text))).collect();
    there.sort_unstable();
    let found: Vec<Found<'_>> =
        there.iter().map(|(path, hash)| Found { path, hash: Some(hash) }).collect();
    compare(modules, &expected(modules), &found)
}

fn expected(modules: &[VendoredModule<'_>]) -> Expected {
    let sources = modules.iter().enumerate().filter_map(|(number, module)| {
        module.source.map(|source| (number, module.path, source.files, source.copied))
    });
    Expected::new(sources)
}

/// `path: what`, with a `*` where it is code.
fn said(comparison: &Comparison) -> Vec<String> {
    let word = |difference: &Difference| match &difference.what {
        What::Modified { like: None, .. } => "modified".to_owned(),
        What::Modified { like: Some(other), .. } => format!("like {other}"),
        What::Missing { other_case: None, .. } => "missing".to_owned(),
        What::Missing { other_case: Some(other), .. } => format!("is {other}"),
        What::Extra { is_genuine: true, .. } => "genuine".to_owned(),
        What::Extra { is_altered: true, .. } => "altered".to_owned(),
        What::Extra { .. } => "extra".to_owned(),
    };
    let mark = |difference: &Difference| if difference.is_code { "*" } else { "" };
    let line = |difference: &Difference| {
        format!("{}: {}{}", difference.path, word(difference), mark(difference))
    };
    comparison.differences.iter().map(line).collect()
}

const FILES: [(&str, &str); 5] =
    [("LICENSE", "l"), ("a.go", "a"), ("b.go", "b"), ("doc/x.md", "x"), ("a_test.go", "t")];
const SOUND: [(&str, &str); 3] = [("m/LICENSE", "l"), ("m/a.go", "a"), ("m/b.go", "b")];

fn with(change: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let mut all: Vec<_> = SOUND.to_vec();
    for (path, text) in change {
        all.retain(|(known, _)| known != path);
        all.extend((!text.is_empty()).then_some((*path, *text)));
    }
    all
}

#[test]
fn each_kind_of_change() {
    let files = list("m", &FILES);
    let modules = [module("m", &["m"], Some(&files))];
    let sound = judge(&modules, &SOUND);
    assert_eq!((said(&sound).len(), sound.verified[0]), (0, 3));
    for (change, expected) in [
        (&[("m/a.go", "A")][..], &["m/a.go: modified*"][..]),
        (&[("m/LICENSE", "L")], &["m/LICENSE: modified"]),
        (&[("m/a.go", "b"), ("m/b.go", "a")], &["m/a.go: like b.go*", "m/b.go: like a.go*"]),
        (&[("m/a.go", "")], &["m/a.go: missing*"]),
        (&[("m/a.go", ""), ("m/A.go", "a")], &["m/A.go: extra*", "m/a.go: is m/A.go*"]),
        (&[("m/z.go", "z")], &["m/z.go: extra*"]),
        (&[("m/z.md", "z")], &["m/z.md: extra"]),
        (&[("m/a_test.go", "t")], &["m/a_test.go: genuine"]),
        (&[("m/a_test.go", "T")], &["m/a_test.go: altered*"]),
        (&[("m/doc/x.md", "x")], &["m/doc/x.md: genuine"]),
        (&[("m/doc/y.h", "y")], &["m/doc/y.h: extra*"]),
        (&[("other/o.go", "o")], &["other/o.go: extra*"]),
        (&[("README", "r")], &["README: extra"]),
    ] {
        assert_eq!(said(&judge(&modules, &with(change))), expected, "{change:?}");
    }
}

#[test]
fn a_licence_may_come_from_any_module_around() {
    let (outer, inner) =
        (list("m", &[("n/LICENSE", "outer"), ("n/p/a.go", "a")]), list("m/n", &[("b.go", "b")]));
    let modules = [module("m", &["m/n/p"], Some(&outer)), module("m/n", &["m/n"], Some(&inner))];
    let sound = [("m/n/LICENSE", "outer"), ("m/n/b.go", "b"), ("m/n/p/a.go", "a")];
    let comparison = judge(&modules, &sound);
    assert_eq!((said(&comparison).len(), comparison.verified), (0, vec![2, 1]));
}

#[test]
fn of_a_module_that_nothing_is_known_of_nothing_is_said() {
    let files = list("m/n", &[("b.go", "b")]);
    let modules = [module("m", &["m", "m/p"], None), module("m/n", &["m/n"], Some(&files))];
    let there = [("m/a.go", "a"), ("m/p/x", "x"), ("m/p/data/d", "d"), ("m/n/b.go", "b")];
    let comparison = judge(&modules, &there);
    assert_eq!((said(&comparison).len(), &comparison.unknown), (0, &vec![3, 0]));
    // What lies beside the files of a known package is not excused by what surrounds it.
    let extra = judge(&modules, &[("m/n/b.go", "b"), ("m/n/evil.go", "e")]);
    assert_eq!(said(&extra), ["m/n/evil.go: extra*"]);
}

#[test]
fn headers_without_an_extension() {
    let files = list("m", &[("a.cc", "a"), ("a.go", "g")]);
    let modules = [module("m", &["m"], Some(&files))];
    let sound = [("m/a.cc", "a"), ("m/a.go", "g")];
    for (path, expected) in [
        ("m/vector", "m/vector: extra*"),
        ("m/sub/vector", "m/sub/vector: extra*"),
        ("m/OWNERS", "m/OWNERS: extra"),
    ] {
        let there = [&sound[..], &[(path, "x")]].concat();
        assert_eq!(said(&judge(&modules, &there)), [expected]);
    }
}

#[test]
fn what_is_no_file_is_left_to_others() {
    let files = list("m", &FILES);
    let modules = [module("m", &["m"], Some(&files))];
    let (license, b) = (hash("l"), hash("b"));
    let found = [
        Found { path: "m/LICENSE", hash: Some(&license) },
        Found { path: "m/a.go", hash: None },
        Found { path: "m/b.go", hash: Some(&b) },
        Found { path: "m/fifo", hash: None },
    ];
    let comparison = compare(&modules, &expected(&modules), &found);
    assert_eq!((said(&comparison).len(), comparison.verified[0]), (0, 2));
}

/// A compiler takes any file in `a.h.gch/` for a precompiled a.h.
#[test]
fn precompiled_headers() {
    let files = list("m", &FILES);
    let modules = [module("m", &["m"], Some(&files))];
    for path in ["m/a.h.gch", "m/a.h.gch/x", "m/sub/a.h.pch/y"] {
        let there = with(&[]).into_iter().chain([(path, "x")]).collect::<Vec<_>>();
        assert_eq!(said(&judge(&modules, &there)), [format!("{path}: extra*")]);
    }
}

/// What lies in a module that is known is not excused by an unknown one around it.
#[test]
fn an_unknown_module_excuses_nothing_inside_of_another() {
    let files = list("x/a", &[("a.go", "a"), ("inc/a.h", "h")]);
    let modules = [module("x", &["x", "x/a/deep/z"], None), module("x/a", &["x/a"], Some(&files))];
    let sound = [("x/a/a.go", "a"), ("x/root.go", "r"), ("x/a/deep/z/z.go", "z")];
    assert_eq!(said(&judge(&modules, &sound)).len(), 0);
    for (path, expected) in [
        ("x/a/inc/limits.h", "x/a/inc/limits.h: extra*"),
        ("x/a/LICENSE_x.go", "x/a/LICENSE_x.go: extra*"),
    ] {
        let there = [&sound[..], &[(path, "evil")]].concat();
        assert_eq!(said(&judge(&modules, &there)), [expected]);
    }
    // A licence above a package of the unknown one may be its.
    let licence = [&sound[..], &[("x/a/deep/LICENSE", "l")]].concat();
    assert_eq!(said(&judge(&modules, &licence)).len(), 0);
}

/// A module's own file is no stranger, and still changes what another one embeds.
#[test]
fn a_genuine_file_that_is_embedded_around_it() {
    let (outer, inner) =
        (list("m", &[("a.go", "a")]), list("m/static/b", &[("b.go", "b"), ("other/d.txt", "d")]));
    let mut modules =
        [module("m", &["m"], Some(&outer)), module("m/static/b", &["m/static/b"], Some(&inner))];
    let embeds = crate::vendoring::embed_patterns(
        b"package m\n\nimport \"embed\"\n\n//go:embed all:static\nvar x embed.FS\n",
    );
    let mut all = Embeds::default();
    all.add("", embeds);
    modules[0].source.as_mut().unwrap().embeds = Box::leak(Box::new(all));
    let there = [("m/a.go", "a"), ("m/static/b/b.go", "b"), ("m/static/b/other/d.txt", "d")];
    assert_eq!(said(&judge(&modules, &there)), ["m/static/b/other/d.txt: genuine*"]);
}

/// Thousands of renamed files are compared in no time.
#[test]
fn many_files_of_other_names() {
    let names: Vec<String> = (0..20_000).map(|number| format!("f{number:05}.go")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    let files = list("m", &files);
    let modules = [module("m", &["m"], Some(&files))];
    let renamed: Vec<String> = names.iter().map(|name| format!("m/g{}", &name[1..])).collect();
    let there: Vec<(&str, &str)> = renamed.iter().map(|path| (path.as_str(), "y")).collect();
    let start = std::time::Instant::now();
    assert_eq!(judge(&modules, &there).differences.len(), 40_000);
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}
