use super::*;
use crate::bundle::samples::{self, GO_SUM, Sample, file};
use proptest::prelude::*;

/// A manifest with these files, all of them empty.
fn with_files(paths: &[&str]) -> Manifest {
    let mut manifest = Sample::new(&[]).manifest;
    manifest.files = paths.iter().map(|path| file(path, b"")).collect();
    manifest
}

fn why(manifest: &Manifest) -> String {
    manifest.check().map_or_else(|error| error.to_string(), |()| "sound".to_owned())
}

#[test]
fn it_has_one_form() {
    let manifest = samples::small().manifest;
    let json = manifest.to_json();
    let text = std::str::from_utf8(&json).unwrap();
    assert!(text.starts_with("{\n  \"format\": \"go-offline bundle\",\n  \"version\": 1,\n"));
    assert!(text.ends_with("}\n") && !text.contains("sumdb\": {") && !text.contains("null"));
    assert_eq!(text.matches("\"executable\": true").count(), 1);
    assert!(!text.contains("\"executable\": false"));
    assert_eq!(Manifest::parse(&json), Ok(manifest));
    for other in [
        text.trim_end().to_owned(),
        format!("{text}\n"),
        format!(" {text}"),
        text.replace("  \"version\": 1,\n", "")
            .replace("{\n  \"format", "{\n  \"version\": 1,\n  \"format"),
        text.replace("\"executable\": true", "\"executable\": false"),
        text.replace("  \"source\": {", "  \"sumdb\": null,\n  \"source\": {"),
        text.replace("golang.org/x/text/@v/list", "golang.org/x/text/@v/lis\\u0074"),
    ] {
        assert_eq!(Manifest::parse(other.as_bytes()), Err(ManifestError::Form), "{other}");
    }
}

#[test]
fn another_version_is_named_before_its_fields_are_read() {
    let json = br#"{"format": "go-offline bundle", "version": 7, "new": {}}"#;
    let error = Manifest::parse(json).unwrap_err().to_string();
    assert!(error.contains("version 7") && error.contains("version 1 only"), "{error}");
    assert_eq!(Manifest::parse(br#"{"version": 1}"#), Err(ManifestError::Format));
    let text = String::from_utf8(with_files(&[]).to_json()).unwrap();
    let more = text.replace("\"links\": []", "\"links\": [],\n  \"new\": 1");
    let error = Manifest::parse(more.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("unknown field `new`"), "{error}");
    let twice = text.replace("\"links\": []", "\"links\": [],\n  \"links\": []");
    assert!(matches!(Manifest::parse(twice.as_bytes()), Err(ManifestError::Json(_))));
    assert!(matches!(Manifest::parse(b"\xff"), Err(ManifestError::Json(_))));
    assert!(matches!(Manifest::parse("[".repeat(100_000).as_bytes()), Err(ManifestError::Json(_))));
}

#[test]
fn sound_paths_are_taken() {
    for paths in [
        &["a"][..],
        &["a/b", "a/c", "b"],
        &["a", "a.b", "a0"],
        &["github.com/!burnt!sushi/toml/@v/v1.0.0.zip", "sumdb/sum.golang.org/supported"],
        // One of another to some file systems; there the second is not written over the first.
        &["source/e\u{301}", "source/\u{e9}"],
        &["...", "..a", "a/..."],
        &["source/go-offline.toml", "source/manifest.json"],
    ] {
        assert_eq!(why(&with_files(paths)), "sound", "{paths:?}");
    }
    let long = ["x".repeat(255).as_str(); 15].join("/");
    assert_eq!(why(&with_files(&[&long])), "sound");
}

#[test]
fn paths_that_are_not_the_same_to_everybody_are_refused() {
    let (long, element) = (["x".repeat(255).as_str(); 17].join("/"), "x".repeat(256));
    for (path, words) in [
        ("", "0 bytes"),
        ("/etc/passwd", "an absolute path"),
        ("../a", "the element `..`"),
        ("a/../b", "the element `..`"),
        ("a/..", "the element `..`"),
        (".", "the element `.`"),
        ("a/./b", "the element `.`"),
        ("a//b", "an empty element"),
        ("a/", "an empty element"),
        ("a\\b", "a backslash"),
        ("C:\\b", "a backslash"),
        ("a\0b", "U+0000"),
        ("a\nb", "U+000A"),
        ("a\u{1b}[1m", "U+001B"),
        ("a\u{85}", "U+0085"),
        (&long, "4351 bytes"),
        (&element, "more than 255 bytes"),
        ("manifest.json", "the place of the bundle's own manifest.json"),
        ("go-offline.toml", "the place of the bundle's own go-offline.toml"),
        ("manifest.json/x", "the place of the bundle's own manifest.json"),
        ("Manifest.json", "differ in case only"),
    ] {
        let error = why(&with_files(&[path]));
        assert!(error.contains(words), "{path:?}: {error}");
        assert!(!error.contains(|c: char| c.is_control()), "{error:?}");
    }
}

#[test]
fn paths_that_collide_are_refused() {
    for (paths, words) in [
        (&["a", "a"][..], "listed twice"),
        (&["b", "a"], "out of order"),
        (&["a", "a/b"], "lies in \"a\", which is no directory"),
        (&["a", "a.b", "a/b"], "lies in \"a\", which is no directory"),
        (&["a/b", "a/b/c/d"], "lies in \"a/b\", which is no directory"),
        (&["A", "a"], "differ in case only"),
        (&["A/b", "a/c"], "differ in case only"),
        (&["A/b", "B", "C/d", "a/c"], "differ in case only"),
        (&["A", "a/b"], "differ in case only"),
        (&["x/k", "x/\u{212a}"], "differ in case only"),
        (&["x/\u{17f}", "x/\u{1e9e}", "x/\u{2126}", "x/\u{212b}"], "sound"),
    ] {
        let error = why(&with_files(paths));
        assert!(error.contains(words), "{paths:?}: {error}");
    }
}

#[test]
fn nothing_in_the_project_can_have_programs_run() {
    for (path, element) in [
        ("source/.git/config", ".git"),
        ("source/a/.GIT", ".GIT"),
        ("source/.hg/hgrc", ".hg"),
        ("source/a/.svn/x", ".svn"),
        ("source/.bzr/x", ".bzr"),
        ("source/.fslckout", ".fslckout"),
        ("source/_FOSSIL_", "_FOSSIL_"),
    ] {
        let words = format!("the element `{element}`, by which others");
        let error = why(&with_files(&[path]));
        assert!(error.contains(&words), "{path}: {error}");
        let error = why(&Sample::new(&[]).link(path, "x").manifest);
        assert!(error.contains(&words), "{path}: {error}");
    }
    for path in ["payload/.git/config", "source/.gitignore", "source/.github/x", "source/a.git/x"] {
        assert_eq!(why(&with_files(&[path])), "sound", "{path}");
    }
}

#[test]
fn the_project_is_a_directory_of_the_bundle() {
    let of = |project: &str, sample: Sample| {
        let mut manifest = sample.manifest;
        manifest.source.as_mut().unwrap().project = project.to_owned();
        why(&manifest)
    };
    let sample = || Sample::new(&[("source/a/b/go.mod", b""), ("source/ab", b"")]);
    for project in [".", "a", "a/b"] {
        assert_eq!(of(project, sample()), "sound", "{project}");
    }
    for project in ["no", "a/b/c", "ab", "a/b/go.mod"] {
        assert!(of(project, sample()).contains("has no file in the bundle"), "{project}");
    }
    assert!(of("l", sample().link("source/l", "a")).contains("has no file in the bundle"));
}

#[test]
fn links_stay_in_the_project() {
    let sample = |links: &[(&str, &str)]| {
        let sample = Sample::new(&[("source/d/f", b""), ("x/f", b"")]);
        let add = |sample: Sample, (path, target): &(&str, &str)| sample.link(path, target);
        why(&links.iter().fold(sample, add).manifest)
    };
    for links in [
        &[("source/l", "d/f")][..],
        &[("source/l", "d/")],
        &[("source/l", "./d//f")],
        &[("source/l", ".")],
        &[("source/l", "nowhere")],
        &[("source/d/l", "..")],
        &[("source/d/e/l", "../../d/f")],
        &[("source/l", "m"), ("source/m", "l")],
        // Links on the way down, as real repositories have them; none can lead out.
        &[("source/l", "d"), ("source/m", "l/f")],
        &[("source/d/up", ".."), ("source/m", "d/up/d/up/f")],
        &[("source/l", "l/x")],
    ] {
        assert_eq!(sample(links), "sound", "{links:?}");
    }
    for (links, words) in [
        (&[("l", "x/f")][..], "is not below `source/`"),
        (&[("source", "x")], "is not below `source/`"),
        (&[("sources/l", "x")], "is not below `source/`"),
        (&[("source/../l", "x")], "the element `..`"),
        (&[("source/l", "")], "has not 1 to 4096 bytes"),
        (&[("source/l", "/etc/passwd")], "is an absolute path"),
        (&[("source/l", "..")], "is outside of `source/`"),
        (&[("source/l", "../x/f")], "is outside of `source/`"),
        (&[("source/l", "../source/d")], "is outside of `source/`"),
        (&[("source/d/l", "../../x")], "is outside of `source/`"),
        (&[("source/l", "d/../../x")], "goes up again"),
        (&[("source/l", "d/../d")], "goes up again"),
        (&[("source/l", "a\\b")], "a backslash"),
        (&[("source/l", "a\u{7}")], "the control character"),
        (&[("source/l", "d"), ("source/m", "l/../f")], "goes up again"),
        (&[("source/d", "e")], "which is no directory"),
        (&[("source/l", "d"), ("source/l/m", "d")], "which is no directory"),
        (&[("source/l", "d"), ("source/l", "d")], "listed twice"),
        (&[("source/D", "e")], "differ in case only"),
        (&[("source/d/f", "e")], "listed twice"),
    ] {
        let error = sample(links);
        assert!(error.contains(words), "{links:?}: {error}");
    }
    let mut without = Sample::new(&[]).link("source/l", "d").manifest;
    without.source = None;
    assert!(why(&without).contains("is not below"));
}

#[test]
fn sizes_have_bounds() {
    let mut manifest = with_files(&["a", "b"]);
    manifest.files[0].size = (8 << 30) - 1;
    assert_eq!(why(&manifest), "sound");
    for size in [8 << 30, u64::MAX] {
        manifest.files[1].size = size;
        assert!(why(&manifest).contains("too many"));
    }
}

#[test]
fn hashes_and_modules_are_what_they_are_called() {
    let change = |change: fn(&mut Manifest)| {
        let mut manifest = samples::small().manifest;
        change(&mut manifest);
        why(&manifest)
    };
    assert_eq!(change(|_| ()), "sound");
    for (error, words) in [
        (change(|m| m.go_sum = "sha256:1".to_owned()), "go-sum"),
        (change(|m| m.go_sum = GO_SUM.to_uppercase()), "go-sum"),
        (change(|m| m.modules[0].zip = Some("h2:x".to_owned())), "no h1: hash"),
        (change(|m| m.modules[0].go_mod = Some("h1:AAAA".to_owned())), "no h1: hash"),
        (change(|m| m.modules[0].version = "x".to_owned()), "no module version"),
        (change(|m| m.modules.push(m.modules[0].clone())), "listed twice"),
        (change(|m| m.source.as_mut().unwrap().dir = "src".to_owned()), "source"),
        (change(|m| m.source.as_mut().unwrap().project = "../x".to_owned()), "source project"),
        (change(|m| m.source = None), "the manifest has none"),
        (
            change(|m| {
                let (name, root) = ("sum.golang.org".to_owned(), "AAAA".to_owned());
                m.sumdb = Some(SumDb { name, size: 1, root });
            }),
            "no hash in base64",
        ),
    ] {
        assert!(error.contains(words), "{error}");
    }
    let toolchain = |m: &mut Manifest| {
        m.toolchains.push(ModuleEntry {
            path: "golang.org/toolchain".to_owned(),
            version: "v0.0.1-go1.26.0.linux-amd64".to_owned(),
            ..m.modules[0].clone()
        });
    };
    assert_eq!(change(toolchain), "sound");
}

#[test]
fn many_deep_names_take_no_time() {
    // Each has a thousand parents that no other has.
    let paths: Vec<String> =
        (0..5000).map(|number| format!("{number:04}{}", "/a".repeat(1000))).collect();
    let mut manifest = with_files(&[]);
    manifest.files = paths.iter().map(|path| file(path, b"")).collect();
    manifest.links = (0..2000)
        .map(|number| LinkEntry {
            path: format!("source/{number:04}"),
            target: format!("x{}", "/a".repeat(1000)),
        })
        .collect();
    let start = std::time::Instant::now();
    manifest.check().unwrap();
    assert!(start.elapsed().as_secs() < 10);
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        names in prop::collection::btree_set("[^/\\\\\\p{Cc}\\p{Lu}\\p{Lt}]{1,20}", 0..8),
        sizes in prop::collection::vec(0_u64..1 << 33, 8),
    ) {
        let mut manifest = with_files(&[]);
        manifest.files = names.iter().zip(sizes).map(|(name, size)| {
            let mut file = file(&format!("d/{name}"), name.as_bytes());
            (file.size, file.executable) = (size, size % 2 == 1);
            file
        }).collect();
        manifest.sort();
        if manifest.check().is_ok() {
            prop_assert_eq!(Manifest::parse(&manifest.to_json()), Ok(manifest));
        }
    }

    #[test]
    fn no_text_makes_it_panic(path in ".{0,40}", target in ".{0,40}", text in ".{0,200}") {
        let mut manifest = with_files(&[&path]);
        let _ = manifest.check();
        manifest.links = vec![LinkEntry { path: format!("source/{path}"), target }];
        let _ = manifest.check();
        let _ = Manifest::parse(text.as_bytes());
    }
}

#[test]
fn the_manifest_in_the_documentation_is_one() {
    let page = include_str!("../../../docs/bundle-format.md");
    let json = page.split_once("```json\n").unwrap().1.split_once("```").unwrap().0;
    let manifest = Manifest::parse(json.as_bytes()).unwrap();
    assert!(manifest.sumdb.is_some() && manifest.files[1].executable);
}
