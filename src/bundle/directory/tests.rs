use super::*;
use crate::bundle::samples::{Kept, Sample, noise, small, unpack_to};
use crate::bundle::{BundleError, Manifest, Sink, UnpackError, archive, unpack};
use std::cell::Cell;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn put(sample: &Sample) -> (TempDir, PathBuf) {
    let temp = tempfile::tempdir().unwrap();
    let dest = temp.path().join("bundle");
    let open = |file: &_| sample.open(file);
    let written = write(&dest, &sample.manifest, open, |_| Ok::<_, String>(())).unwrap();
    assert_eq!(written, sample.manifest);
    (temp, dest)
}

fn refusal(dir: &Path) -> String {
    read(dir, &()).unwrap_err().to_string()
}

/// All paths below a directory, by their names.
fn tree(dir: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        all.push(entry.path());
        if entry.file_type().unwrap().is_dir() {
            all.extend(tree(&entry.path()));
        }
    }
    all
}

#[test]
fn what_is_written_is_read() {
    let sample = small();
    let (_temp, dest) = put(&sample);
    let kept = Kept::default();
    assert_eq!(read(&dest, &kept).unwrap(), sample.manifest);
    assert!(*kept.files.lock().unwrap() == sample.contents);
    assert_eq!(*kept.links.lock().unwrap(), sample.manifest.links);
    assert_eq!(read_manifest(&dest).unwrap(), sample.manifest);
    let mode = |path: &str| dest.join(path).metadata().unwrap().permissions().mode();
    assert_eq!(mode("payload/go-offline") & 0o100, 0o100);
    assert_eq!(mode("golang.org/x/text/@v/list") & 0o111, 0);
    let made = dest.parent().unwrap().join("made");
    fs::create_dir(&made).unwrap();
    let usual = made.metadata().unwrap().permissions();
    assert_eq!(dest.metadata().unwrap().permissions(), usual, "not hidden from others");
}

#[test]
fn an_archive_and_a_directory_hold_the_same() {
    let sample = small();
    let (temp, dest) = put(&sample);
    let other = temp.path().join("other");
    assert_eq!(unpack_to(&other, &sample.archive()).unwrap(), sample.manifest);
    for path in tree(&dest) {
        let twin = other.join(path.strip_prefix(&dest).unwrap());
        let (here, there) = (path.symlink_metadata().unwrap(), twin.symlink_metadata().unwrap());
        assert_eq!(here.permissions(), there.permissions());
        if here.is_symlink() {
            assert_eq!(path.read_link().unwrap(), twin.read_link().unwrap());
        } else if here.is_file() {
            assert_eq!(fs::read(&path).unwrap(), fs::read(&twin).unwrap());
        }
    }
    assert_eq!(tree(&dest).len(), tree(&other).len());
    // And back.
    let mut again = Vec::new();
    archive::write(&mut again, &sample.manifest, |file| fs::File::open(other.join(&file.path)))
        .unwrap();
    assert_eq!(again, sample.archive());
}

#[test]
fn each_changed_file_is_named() {
    let sample = small();
    for file in &sample.manifest.files {
        let (_temp, dest) = put(&sample);
        let path = dest.join(&file.path);
        let mut content = fs::read(&path).unwrap();
        let words = format!("{:?} is not what manifest.json says: ", file.path);
        for at in (0..content.len()).step_by(50) {
            content[at] ^= 1;
            fs::write(&path, &content).unwrap();
            content[at] ^= 1;
            let error = refusal(&dest);
            assert!(error.starts_with(&format!("{words}sha256 ")), "{error}");
        }
        content.push(0);
        fs::write(&path, &content).unwrap();
        assert!(refusal(&dest).starts_with(&words));
        fs::remove_file(&path).unwrap();
        assert_eq!(refusal(&dest), format!("{:?} is not there", file.path));
    }
}

#[test]
fn other_things_in_place_of_a_file_are_refused() {
    let (_temp, dest) = put(&small());
    let path = dest.join("golang.org/x/text/@v/list");
    let aside = dest.parent().unwrap().join("aside");
    fs::rename(&path, &aside).unwrap();
    symlink(&aside, &path).unwrap();
    assert!(refusal(&dest).contains("list\" is a symbolic link or behind one"));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(refusal(&dest).contains("list\" is a directory where a file belongs"));
    fs::remove_dir(&path).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &path,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o644),
        0,
    )
    .unwrap();
    assert!(refusal(&dest).contains("list\" is a fifo where a file belongs"));
    fs::remove_file(&path).unwrap();
    fs::rename(&aside, &path).unwrap();
    read(&dest, &()).unwrap();

    fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    assert!(refusal(&dest).contains("list\" is executable, and should not be"));
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();

    // The directory of the same things, elsewhere.
    fs::rename(dest.join("golang.org"), &aside).unwrap();
    symlink(&aside, dest.join("golang.org")).unwrap();
    let error = refusal(&dest);
    assert!(error.contains("list\" is a symbolic link or behind one"), "{error}");
    assert!(error.contains("\"golang.org\" is not in manifest.json"), "{error}");
}

#[test]
fn links_are_what_they_were() {
    let (_temp, dest) = put(&small());
    let link = dest.join("source/link");
    let change = |target: Option<&str>| {
        fs::remove_file(&link).unwrap();
        match target {
            Some(target) => symlink(target, &link).unwrap(),
            None => fs::write(&link, b"").unwrap(),
        }
    };
    change(Some("/etc/passwd"));
    assert!(refusal(&dest).contains("\"source/link\" is a symbolic link to \"/etc/passwd\""));
    change(None);
    assert!(refusal(&dest).contains("\"source/link\" is no symbolic link"));
    fs::remove_file(&link).unwrap();
    assert!(refusal(&dest).contains("\"source/link\" is not there"));
}

#[test]
fn extra_files_are_named_where_nobody_works() {
    let (_temp, dest) = put(&small());
    fs::write(dest.join("go-offline.toml"), b"").unwrap();
    fs::write(dest.join("source/mine"), b"").unwrap();
    fs::create_dir(dest.join("source/bin")).unwrap();
    symlink("/", dest.join("source/bin/root")).unwrap();
    fs::create_dir(dest.join("nothing")).unwrap();
    read(&dest, &()).unwrap();
    for number in 10..22 {
        fs::write(dest.join(format!("golang.org/x/extra{number}")), b"").unwrap();
    }
    symlink("/", dest.join("nothing/root")).unwrap();
    let error = refusal(&dest);
    let parts: Vec<&str> = error.split("; ").collect();
    assert_eq!(parts[0], "\"golang.org/x/extra10\" is not in manifest.json");
    assert_eq!((parts.len(), parts[10]), (11, "and 3 more"));
    let added = added_files(&dest, &small().manifest).unwrap();
    assert_eq!(added, ["source/bin/root", "source/mine"]);

    let mut without = Sample::new(&[("x/a", b"")]);
    without.manifest.source = None;
    let (_temp, dest) = put(&without);
    fs::create_dir(dest.join("source")).unwrap();
    fs::write(dest.join("source/mine"), b"").unwrap();
    assert_eq!(refusal(&dest), "\"source/mine\" is not in manifest.json");
}

#[test]
fn a_directory_that_is_no_bundle_is_called_so() {
    let temp = tempfile::tempdir().unwrap();
    assert_eq!(refusal(temp.path()), "\"manifest.json\" is not there");
    assert!(refusal(&temp.path().join("x")).starts_with("reading "));
    symlink("/etc/passwd", temp.path().join("manifest.json")).unwrap();
    assert!(refusal(temp.path()).contains("is a symbolic link"));
}

#[test]
fn a_target_that_is_taken_is_left_alone() {
    let temp = tempfile::tempdir().unwrap();
    let archive = small().archive();
    let place = |name: &str| temp.path().join(name);
    fs::write(place("file"), "theirs").unwrap();
    fs::create_dir_all(place("full/theirs")).unwrap();
    fs::create_dir(place("empty")).unwrap();
    symlink("empty", place("link")).unwrap();
    symlink("nowhere", place("dangling")).unwrap();
    for name in ["file", "full", "link", "dangling"] {
        let error = unpack_to(&place(name), &archive).unwrap_err();
        assert!(error.contains("is there already and no empty directory"), "{error}");
    }
    assert!(unpack_to(&place("none/x"), &archive).is_err(), "no parent is made");
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 5);
    unpack_to(&place("empty/."), &archive).unwrap();
    read(&place("empty"), &()).unwrap();
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 5);
}

#[test]
fn the_caller_has_the_last_word() {
    let temp = tempfile::tempdir().unwrap();
    let (dest, archive) = (temp.path().join("bundle"), small().archive());
    let source = |sink: &dyn Sink| archive::read(archive.as_slice(), sink);
    let seen = Cell::new(0);
    let refuse = |hidden: &Path| {
        seen.set(tree(hidden).len());
        assert!(!dest.exists());
        Err("no")
    };
    let error = unpack(&dest, source, refuse).unwrap_err();
    assert!(matches!(error, UnpackError::Unwanted("no")));
    assert!(seen.get() > 8);
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);

    let add = |hidden: &Path| fs::write(hidden.join("go-offline.toml"), "");
    unpack(&dest, source, add).unwrap();
    assert!(dest.join("go-offline.toml").exists());
    read(&dest, &()).unwrap();
}

#[test]
fn who_is_there_first_at_the_target_stays() {
    let temp = tempfile::tempdir().unwrap();
    let (dest, archive) = (temp.path().join("bundle"), small().archive());
    let source = |sink: &dyn Sink| archive::read(archive.as_slice(), sink);
    let error = unpack(&dest, source, |_| fs::create_dir_all(dest.join("theirs"))).unwrap_err();
    assert!(matches!(error, UnpackError::Io(..)), "{error}");
    assert_eq!(tree(temp.path()), [dest.clone(), dest.join("theirs")]);
}

#[test]
fn a_source_that_changed_leaves_nothing() {
    let sample = small();
    let temp = tempfile::tempdir().unwrap();
    let dest = temp.path().join("bundle");
    let large = noise(5 << 20, 3);
    let open = |file: &crate::bundle::FileEntry| {
        Ok(if file.path == "source/empty" { &large[..] } else { &sample.contents[&file.path] })
    };
    let error = write(&dest, &sample.manifest, open, |_| Ok::<_, String>(())).unwrap_err();
    let UnpackError::Bundle(BundleError::File(error)) = &error else { panic!("{error}") };
    assert_eq!(error.path, "source/empty");
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
}

#[test]
fn nothing_is_written_outside_through_a_link_that_a_sink_is_given() {
    // A reader that hands on links first would be wrong, and still nothing is overwritten.
    let temp = tempfile::tempdir().unwrap();
    let dest = temp.path().join("bundle");
    let sample = Sample::new(&[("source/l", b"evil")]);
    fs::write(temp.path().join("victim"), "theirs").unwrap();
    let wrong = |sink: &dyn Sink| -> Result<Manifest, BundleError> {
        let link = crate::bundle::LinkEntry {
            path: "source/l".to_owned(),
            target: temp.path().join("victim").to_str().unwrap().to_owned(),
        };
        sink.link(&link).unwrap();
        let error = sink.file(&sample.manifest.files[0], &mut &b"evil"[..]).unwrap_err();
        Err(BundleError::Io { what: "test".to_owned(), error })
    };
    unpack(&dest, wrong, |_| Ok::<_, String>(())).unwrap_err();
    assert_eq!(fs::read_to_string(temp.path().join("victim")).unwrap(), "theirs");
}
