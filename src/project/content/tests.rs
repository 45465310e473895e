use super::*;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

fn read(root: &Path, which: &Which<'_>) -> Content<usize> {
    Content::read(root, which, &|name, text| (name != b"skip.go").then_some(text.len())).unwrap()
}

/// What was found, by path: the length that was seen of a Go file, what else it is in words.
fn found(content: &Content<usize>) -> BTreeMap<String, String> {
    let word = |kind: &ContentKind<usize>| match kind {
        ContentKind::Regular { seen: Some(length), .. } => format!("go {length}"),
        ContentKind::Regular { .. } => "file".to_owned(),
        ContentKind::Symlink(target) => format!("-> {}", target.display()),
        ContentKind::Irregular => "irregular".to_owned(),
    };
    let name = |path: &Path| path.to_string_lossy().into_owned();
    content.files.iter().map(|file| (name(&file.path), word(&file.kind))).collect()
}

#[test]
fn every_file_is_hashed_whatever_its_size() {
    let temp = tempfile::tempdir().unwrap();
    let sizes = [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 5];
    for (number, size) in sizes.iter().enumerate() {
        let bytes: Vec<u8> = (0..*size).map(|at| (at % 251) as u8).collect();
        fs::write(temp.path().join(format!("{number}.bin")), &bytes).unwrap();
        fs::write(temp.path().join(format!("{number}.go")), &bytes).unwrap();
    }
    let content = read(temp.path(), &Which::All);
    assert_eq!(content.files.len(), 2 * sizes.len());
    for file in &content.files {
        let bytes = fs::read(temp.path().join(&file.path)).unwrap();
        let ContentKind::Regular { hash, .. } = &file.kind else { panic!("{file:?}") };
        assert_eq!(hash[..], Sha256::digest(&bytes)[..], "{}", file.path.display());
        assert_eq!(file.stamp.size, bytes.len() as u64);
    }
    assert_eq!(found(&content)["5.go"], format!("go {}", sizes[5]));
}

/// More files than one thread takes at once, in a deep tree, sorted by bytes as texts are.
#[test]
fn nothing_is_lost_between_threads() {
    let temp = tempfile::tempdir().unwrap();
    let mut all = Vec::new();
    for dir in ["a", "a-b", "a/b", "a/b/c", "a.b"] {
        fs::create_dir_all(temp.path().join(dir)).unwrap();
        for number in 0..3 * SHARE {
            let name = format!("{dir}/{number}.txt");
            fs::write(temp.path().join(&name), &name).unwrap();
            all.push(name);
        }
    }
    all.sort_unstable();
    let content = read(temp.path(), &Which::All);
    let paths: Vec<&str> = content.files.iter().filter_map(|file| file.path.to_str()).collect();
    assert_eq!(paths, all);
    let dirs: Vec<&str> = content.dirs.iter().filter_map(|dir| dir.path.to_str()).collect();
    assert_eq!(dirs, ["", "a", "a-b", "a.b", "a/b", "a/b/c"]);
}

#[test]
fn what_is_no_file_is_not_opened() {
    let temp = tempfile::tempdir().unwrap();
    let path = |name: &str| temp.path().join(name);
    fs::create_dir(path("dir")).unwrap();
    fs::write(path("dir/a.go"), "package a").unwrap();
    fs::write(path("dir/skip.go"), "package a").unwrap();
    symlink("dir", path("link")).unwrap();
    symlink("dir/a.go", path("b.go")).unwrap();
    symlink("nowhere", path("dangling")).unwrap();
    let _socket = UnixListener::bind(path("socket")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, path("fifo.go"), Mode::RUSR).unwrap();
    let content = read(temp.path(), &Which::All);
    let expected = [
        ("b.go", "-> dir/a.go"),
        ("dangling", "-> nowhere"),
        ("dir/a.go", "go 9"),
        ("dir/skip.go", "file"),
        ("fifo.go", "irregular"),
        ("link", "-> dir"),
        ("socket", "irregular"),
    ];
    assert_eq!(found(&content), expected.map(|(a, b)| (a.to_owned(), b.to_owned())).into());
    let has_go =
        |path: &str| content.dirs.iter().any(|dir| dir.path == Path::new(path) && dir.has_go_file);
    assert!(has_go("dir") && has_go(""));
    // The root may be a link.
    assert_eq!(found(&read(&path("link"), &Which::All)).len(), 2);
}

#[test]
fn directories_by_name() {
    let temp = tempfile::tempdir().unwrap();
    for name in ["x.go", "a/a.go", "a/b/b.go", "a/b/c/c.go", "d/d.go"] {
        let path = temp.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    let names = |flat: &[&str], deep: &[&str]| -> Vec<String> {
        found(&read(temp.path(), &Which::Dirs { flat, deep })).into_keys().collect()
    };
    assert_eq!(names(&["", "a"], &[]), ["a/a.go", "x.go"]);
    assert_eq!(names(&["a", "a/b"], &["a/b"]), ["a/a.go", "a/b/b.go", "a/b/c/c.go"]);
    assert!(names(&["nowhere", "x.go"], &["d/d.go"]).is_empty(), "a file is no directory");
}

#[test]
fn what_cannot_be_read_is_an_error_that_names_it() {
    let temp = tempfile::tempdir().unwrap();
    let error = Content::<()>::read(&temp.path().join("gone"), &Which::All, &|_, _| None);
    assert!(format!("{:#}", error.unwrap_err()).contains("gone"));
}
