//! What holds for every text: the parsers of `gomod` never panic, their spans lie in the text, and
//! versions and paths keep the laws of their order and their escaping.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::cmp::Ordering;

use go_offline::gomod::{
    GoSum, ModFile, ModulesTxt, ParseError, Span, WorkFile, glob, go_version, line_col,
    module_path, semver,
};
use proptest::prelude::*;

const GO_MOD: &str = "\
// Deprecated: use n
module \"a.b/c\" // c

go 1.24
toolchain go1.24.1
godebug (
\tx=y
)

require (
\ta.b/d v1.0.0 // indirect
\ta.b/e/v2 v2.0.0+incompatible

\t// f is needed
\ta.b/f v0.0.0-20191109021931-daa7c04131f5 // indirect; why
)

exclude a.b/g v1.0.0
replace a.b/d v1.0.0 => ../d
replace a.b/e => a.b/h v1.0.0
retract [v1.0.0, v1.1.0] // why
tool a.b/i
ignore (
\t./j
)
";

const GO_WORK: &str =
    "go 1.24\r\nuse (\r\n\t.\r\n\t\"./a b\" // c\r\n)\r\nreplace a.b/c => ./d\r\n";

const GO_SUM: &str = "\
a.b/c v1.0.0 h1:ICeL3t2L30ljSPHHxDnR4fqVcBt/zR2zJAb9juavmQg=
a.b/c v1.0.0/go.mod h1:u5fzIrRInkL8MaO1cbRkUHT64v303YIT5KEqpNr7jRs=
";

const MODULES_TXT: &str = "\
## workspace
# a.b/c v1.0.0
## explicit; go 1.21
a.b/c
a.b/c/d
# a.b/e v1.0.0 => ../e
# a.b/c => a.b/f v1.0.0
";

/// Any text, words of the files in any order, or a real file with a piece replaced.
fn text(file: &'static str) -> impl Strategy<Value = String> {
    let words: Vec<&'static str> = file.split_inclusive([' ', '\n', '(']).collect();
    let odd = prop::sample::select(vec![
        "\"", "`", "\\", "//", "/*", "\r", "\0", "\u{feff}", "é", "(", ")",
    ]);
    let word = prop_oneof![4 => prop::sample::select(words), 1 => odd];
    let soup = prop::collection::vec(word, 0..30).prop_map(|words| words.concat());
    let mutated = (any::<prop::sample::Index>(), 0..20_usize, any::<String>());
    let mutated = mutated.prop_map(|(at, len, new)| {
        let chars: Vec<char> = file.chars().collect();
        let at = at.index(chars.len());
        let tail = &chars[(at + len).min(chars.len())..];
        chars[..at].iter().chain(&new.chars().collect::<Vec<_>>()).chain(tail).collect()
    });
    prop_oneof![any::<String>(), soup, mutated]
}

/// Panics where a span does not lie on characters of the text.
fn check_span(text: &str, span: &Span) {
    let _ = &text[span.clone()];
    line_col(text, span.start);
}

fn check_errors(text: &str, errors: &[ParseError]) {
    assert!(!errors.is_empty());
    errors.iter().for_each(|err| check_span(text, &err.span));
}

fn check_mod_file(text: &str, file: Result<ModFile, Vec<ParseError>>) {
    let file = match file {
        Ok(file) => file,
        Err(errors) => return check_errors(text, &errors),
    };
    for require in &file.require {
        check_span(text, &require.span);
        assert!(text[require.span.clone()].ends_with(&text[require.version_span.clone()]));
        let canonical = semver::canonical_version(&require.module.version);
        assert_eq!(canonical.as_ref(), Some(&require.module.version));
    }
    file.replace.iter().for_each(|replace| check_span(text, &replace.span));
    file.retract.iter().for_each(|retract| check_span(text, &retract.span));
    for path in file.module.iter().chain(&file.tool).chain(&file.ignore) {
        let written = &text[path.span.clone()];
        assert!(written.starts_with('"') || written == path.value);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn go_mod_of_any_text(text in text(GO_MOD)) {
        check_mod_file(&text, ModFile::parse(&text));
        check_mod_file(&text, ModFile::parse_lax(&text));
    }

    /// What is valid for a main module is valid for a dependency, with the same requirements.
    #[test]
    fn lax_accepts_what_strict_accepts(text in text(GO_MOD)) {
        if let Ok(strict) = ModFile::parse(&text) {
            let lax = ModFile::parse_lax(&text).unwrap();
            prop_assert_eq!((strict.module, strict.go, strict.require), (lax.module, lax.go, lax.require));
        }
    }

    #[test]
    fn go_work_of_any_text(text in text(GO_WORK)) {
        match WorkFile::parse(&text) {
            Ok(file) => file.uses.iter().for_each(|r#use| check_span(&text, &r#use.span)),
            Err(errors) => check_errors(&text, &errors),
        }
    }

    /// Each line with words is a line of the file, malformed, or the hash of an empty go.mod.
    #[test]
    fn go_sum_of_any_text(text in text(GO_SUM)) {
        let sum = GoSum::parse(&text);
        for line in &sum.lines {
            prop_assert_eq!(text[line.span.clone()].split_whitespace().count(), 3);
            prop_assert!(text[line.span.clone()].ends_with(&line.hash));
        }
        for err in &sum.malformed {
            prop_assert_ne!(text[err.span.clone()].split_whitespace().count(), 3);
        }
        let lines = text.split('\n').filter(|line| !line.trim().is_empty()).count();
        let dropped = text.matches("h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=").count();
        prop_assert!(sum.lines.len() + sum.malformed.len() + dropped >= lines);
    }

    #[test]
    fn modules_txt_of_any_text(text in text(MODULES_TXT)) {
        let txt = ModulesTxt::parse(&text);
        for entry in &txt.entries {
            prop_assert!(text[entry.span.clone()].starts_with("# "));
            prop_assert!(txt.meta(&entry.module).is_some());
            for package in &entry.packages {
                prop_assert_eq!(&text[package.span.clone()], &package.value);
                prop_assert!(txt.package_module(&package.value).is_some());
                prop_assert!(txt.vendor_version(&entry.module.path).is_some());
            }
            if let Some(go) = &entry.go_version {
                prop_assert_eq!(&text[go.span.clone()], &go.value);
            }
        }
        txt.ignored.iter().for_each(|line| check_span(&text, &line.span));
    }

    #[test]
    fn versions_are_in_one_order(list in prop::collection::vec(version(), 3)) {
        check_order(&list, semver::compare);
        check_order(&list, go_version::compare);
    }

    /// Equal versions have the same canonical form.
    #[test]
    fn equal_versions_are_the_same(a in version(), b in version()) {
        if semver::compare(&a, &b).is_eq() {
            prop_assert_eq!(semver::canonical(&a), semver::canonical(&b));
        }
    }

    #[test]
    fn a_path_comes_back_from_its_escaped_form(path in "[a-z]{1,3}\\.[a-z]{1,3}(/[a-zA-Z0-9._~-]{1,6}){0,3}") {
        if let Ok(escaped) = module_path::escape_path(&path) {
            prop_assert!(!escaped.contains(|c: char| c.is_ascii_uppercase()));
            prop_assert_eq!(module_path::unescape_path(&escaped).unwrap(), path);
        }
    }

    #[test]
    fn an_escaped_path_comes_back_from_its_path(escaped in "[a-z]{1,3}\\.[a-z]{1,3}(/[!a-z0-9A-Z.]{1,6}){0,3}") {
        if let Ok(path) = module_path::unescape_path(&escaped) {
            prop_assert_eq!(module_path::escape_path(&path).unwrap(), escaped);
        }
    }

    #[test]
    fn a_version_comes_back_from_its_escaped_form(version in any::<String>()) {
        if let Ok(escaped) = module_path::escape_version(&version) {
            prop_assert_eq!(module_path::unescape_version(&escaped).unwrap(), version);
        }
    }

    #[test]
    fn patterns_of_any_text(pattern in "[a-c*?\\[\\]^/\\\\é,-]{0,12}", name in "[a-cé/*]{0,8}") {
        let _ = glob::match_path(&pattern, &name);
        if glob::match_prefix_patterns(&pattern, &name) {
            let longer = format!("{name}/x");
            let trailing = pattern.split(',').all(|glob| glob.matches('/').count() <= name.matches('/').count());
            prop_assert!(!trailing || glob::match_prefix_patterns(&pattern, &longer));
        }
    }

    #[test]
    fn a_name_matches_itself_when_every_character_is_taken_as_it_is(name in any::<String>()) {
        let pattern: String = name.chars().flat_map(|c| ['\\', c]).collect();
        prop_assert_eq!(glob::match_path(&pattern, &name), Ok(true));
    }
}

/// Versions that are often alike.
fn version() -> impl Strategy<Value = String> {
    "v?[0-2]{1,2}(\\.[0-2]{1,2}){0,2}((-|rc|beta)[0-1a]{1,2}(\\.[0-1a]{1,2})?)?(\\+x)?"
}

/// Reflexive, antisymmetric and transitive on the three versions.
fn check_order(list: &[String], compare: fn(&str, &str) -> Ordering) {
    let [a, b, c] = list else { panic!("three versions") };
    assert_eq!(compare(a, a), Ordering::Equal);
    assert_eq!(compare(a, b), compare(b, a).reverse(), "{a} {b}");
    if compare(a, b).is_le() && compare(b, c).is_le() {
        assert!(compare(a, c).is_le(), "{a} {b} {c}");
    }
    if compare(a, b).is_eq() {
        assert_eq!(compare(a, c), compare(b, c), "{a} {b} {c}");
    }
}

/// Anything that is not linear in the size of the text would take minutes here.
#[test]
fn huge_files_do_not_take_long() {
    let line = "a".repeat(10 << 20);
    assert_eq!(GoSum::parse(&line).malformed.len(), 1);
    assert_eq!(GoSum::parse(&"a v1 h2:\n".repeat(200_000)).lines.len(), 200_000);
    assert_eq!(ModulesTxt::parse(&format!("# a v1.0.0\n{line}")).entries[0].packages.len(), 1);
    let same = ModulesTxt::parse(&"# a v1.0.0 => b\n## explicit\np\n".repeat(100_000));
    assert_eq!((same.vendor_list().len(), same.replaced().len()), (1, 100_000));
    let marks = "go 1;".repeat(1 << 20);
    assert!(ModulesTxt::parse(&format!("# a v1.0.0\n## {marks}")).entries[0].go_version.is_some());
    assert!(!ModulesTxt::is_for_workspace(&line));
}
