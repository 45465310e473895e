use super::*;
use crate::gomod::ModuleVersion;

/// A module of files given by their names; what they hold is their name.
fn files(names: &[&str]) -> FileList {
    let files = names.iter().map(|name| ((*name).to_owned(), [0; 32])).collect();
    FileList::new(ModuleVersion::new("a.b/m", "v1.0.0"), files).unwrap()
}

fn content(texts: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
    texts.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
}

/// What is copied of a module with the packages at its root and in p/q, code with a `*`.
fn names(go: &str, all: &[&str], texts: &[(&str, &str)]) -> Vec<String> {
    let files = files(all);
    let packages = VendoredPackages::new("a.b/m", ["a.b/m/p/q", "a.b/m", "other/x"]);
    let copied =
        copied(&files, &packages, CopyRules::new(Some(go)), &content(texts), &Embeds::default());
    let mark = |is_code| if is_code { "*" } else { "" };
    copied
        .iter()
        .map(|copied| format!("{}{}", files.name(copied.file), mark(copied.is_code)))
        .collect()
}

#[test]
fn the_files_of_a_package_and_licences_above_it() {
    let all = [
        ".hidden",
        "LICENSE",
        "Makefile",
        "a.go",
        "a_test.go",
        "asm.s",
        "data/x.txt",
        "go.mod",
        "go.sum",
        "p/LICENSE.md",
        "p/NOTICE_test.go",
        "p/README",
        "p/license",
        "p/q/_x.go",
        "p/q/b.syso",
        "p/q/r/c.go",
        "p/q/default.pgo",
    ];
    let now = [
        ".hidden",
        "LICENSE",
        "Makefile",
        "a.go*",
        "asm.s*",
        "p/LICENSE.md",
        "p/NOTICE_test.go*",
        "p/q/_x.go*",
        "p/q/b.syso*",
        "p/q/default.pgo*",
    ];
    assert_eq!(names("1.22", &all, &[]), now);
    let before: Vec<String> =
        names("1.16", &all, &[]).into_iter().filter(|name| !now.contains(&name.as_str())).collect();
    assert_eq!(before, ["go.mod", "go.sum"]);
}

#[test]
fn what_no_build_takes_stays_behind() {
    let ignored = "//go:build ignore\n\npackage main\n";
    let all = ["a.go", "gen.go", "p/gen.go"];
    assert_eq!(names("1.22", &all, &[("gen.go", ignored), ("p/gen.go", ignored)]), ["a.go*"]);
    // Not known to be ignored: it has to be there.
    assert_eq!(names("1.22", &all, &[]), ["a.go*", "gen.go*"]);
}

#[test]
fn what_is_embedded_comes_along() {
    let embeds = |what: &str| {
        format!("package m\n\nimport _ \"embed\"\n\n//go:embed {what}\nvar x string\n")
    };
    let all = ["a.go", "a_test.go", "t/.hidden", "t/a.html", "t/b/c.html", "u/x.txt", "v.md"];
    let normal = embeds("t");
    assert_eq!(
        names("1.22", &all, &[("a.go", &normal)]),
        ["a.go*", "t/a.html*", "t/b/c.html*", "v.md"]
    );
    let test = embeds("u/*.txt");
    assert_eq!(names("1.22", &all, &[("a_test.go", &test)]), ["a.go*", "v.md"]);
    assert_eq!(names("1.21", &all, &[("a_test.go", &test)]), ["a.go*", "u/x.txt", "v.md"]);
    let ignored = format!("//go:build ignore\n\n{normal}");
    let copied = names("1.22", &["gen.go", "t/a.html"], &[("gen.go", &ignored)]);
    assert_eq!(copied, ["t/a.html"], "go reads the patterns with all tags on, and embeds nothing");
    assert!(names("1.22", &["_gen.go", "t/a.html"], &[("_gen.go", &normal)]).len() == 1);
}

#[test]
fn a_list_that_leaves_out_what_it_carries_hides_no_embedded_file() {
    let files = files(&["a.go", "t/a.html"]);
    let packages = VendoredPackages::new("a.b/m", ["a.b/m"]);
    let mut embeds = Embeds::default();
    embeds.add(
        "",
        embed_patterns(b"package m\n\nimport _ \"embed\"\n\n//go:embed t\nvar x string\n"),
    );
    let rules = CopyRules::new(Some("1.22"));
    let copied = copied(&files, &packages, rules, &BTreeMap::new(), &embeds);
    assert_eq!(copied.len(), 2);
}
