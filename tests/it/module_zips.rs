//! Real module zips: the list of files that is read from a zip has the `h1:` that go computed for it,
//! and what is stored of the list is read as it was.
//!
//! GO_OFFLINE_MODCACHE names a GOMODCACHE. What go computed lies beside each zip, as `.ziphash`.

use go_offline::gomod::{ModuleVersion, module_path};
use go_offline::lock::{
    Complete, LEVEL_FAST, LEVEL_SMALL, Listed, is_carried, read_lists, write_lists,
};
use go_offline::project::{ModuleCache, read_module_zip};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// The module cache that the ignored tests read.
pub(crate) fn module_cache() -> ModuleCache {
    let dir = std::env::var_os("GO_OFFLINE_MODCACHE");
    ModuleCache { dir: dir.expect("GO_OFFLINE_MODCACHE names a module cache").into() }
}

/// Every zip below a directory.
fn zips(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            zips(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "zip") {
            found.push(path);
        }
    }
}

/// The module version of a zip, from `<escaped path>/@v/<escaped version>.zip`.
fn module_of(name: &Path) -> ModuleVersion {
    let (path, version) = name.to_str().unwrap().rsplit_once("/@v/").unwrap();
    let version = version.strip_suffix(".zip").unwrap();
    ModuleVersion::new(
        module_path::unescape_path(path).unwrap(),
        module_path::unescape_version(version).unwrap(),
    )
}

/// Does something with every zip of the cache, on two threads.
fn each<R: Send>(work: impl Fn(&Path, ModuleVersion) -> R + Sync) -> Vec<R> {
    let cache = module_cache();
    let downloads = cache.downloads().dir;
    let mut all = Vec::new();
    zips(&downloads, &mut all);
    assert!(!all.is_empty(), "no zip in {}", downloads.display());
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(zip) = all.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let module = module_of(zip.strip_prefix(&downloads).unwrap());
                    assert_eq!(cache.zip(&module).as_ref(), Some(zip));
                    let result = work(zip, module);
                    done.lock().unwrap().push(result);
                }
            });
        }
    });
    done.into_inner().unwrap()
}

#[test]
#[ignore = "reads every zip of a module cache; needs GO_OFFLINE_MODCACHE"]
fn each_zip_has_the_hash_that_go_computed() {
    let start = Instant::now();
    let files = each(|zip, module| {
        let read = read_module_zip(zip, &module, &|_, _| false).unwrap();
        let want = std::fs::read_to_string(zip.with_extension("ziphash")).unwrap();
        assert_eq!(read.files.h1(), want, "{module}");
        read.files.len()
    });
    let all: usize = files.iter().sum();
    println!("{} zips, {all} files, read in {:?}", files.len(), start.elapsed());
}

#[test]
#[ignore = "reads every zip of a module cache; needs GO_OFFLINE_MODCACHE"]
fn each_list_is_stored_as_it_is() {
    let lists = each(|zip, module| {
        let read = read_module_zip(zip, &module, &is_carried).unwrap();
        Listed { files: read.files, carried: read.kept, complete: Complete::Everywhere }
    });
    let files: usize = lists.iter().map(|list| list.files.len()).sum();
    let lengths = lists.iter().flat_map(|list| list.carried.values()).map(Vec::len);
    let (carried, bytes) = lengths.fold((0, 0), |(count, sum), len| (count + 1, sum + len));
    println!("{} lists, {files} files, {carried} carried with {bytes} bytes", lists.len());
    let all: Vec<&Listed> = lists.iter().collect();
    for level in [LEVEL_FAST, LEVEL_SMALL] {
        let start = Instant::now();
        let stored = write_lists(&all, level);
        let (written, start) = (start.elapsed(), Instant::now());
        let read = read_lists(&stored).unwrap();
        let took = start.elapsed();
        println!("level {level}: {} bytes, written in {written:?}, read in {took:?}", stored.len());
        assert_eq!(read.len(), lists.len());
        for list in &lists {
            assert!(read.contains(list));
        }
    }
}
