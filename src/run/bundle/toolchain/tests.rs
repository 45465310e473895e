//! Toolchains made on the spot, and what becomes of them.

use super::*;
use crate::gomod::FileList;
use sha2::{Digest, Sha256};
use std::io::Write;

const FILES: &[(&str, &str)] = &[
    ("VERSION", "go1.99.0\n"),
    ("bin/go", "#!/bin/sh\necho ran\n"),
    ("bin/gofmt", "gofmt"),
    ("lib/wasm/go_js_wasm_exec", "exec"),
    ("lib/wasm/wasm_exec.js", "js"),
    ("pkg/tool/linux_amd64/compile", "compile"),
    ("src/_go.mod", "module std\n"),
    ("src/cmd/_go.mod", "module cmd\n"),
];

struct World {
    temp: tempfile::TempDir,
    module: ModuleVersion,
    h1: String,
}

impl World {
    fn new() -> World {
        let module = ModuleVersion::new("golang.org/toolchain", "v0.0.1-go1.99.0.linux-amd64");
        let mut world = World { temp: tempfile::tempdir().unwrap(), module, h1: String::new() };
        world.pack(FILES);
        let files =
            FILES.iter().map(|(name, text)| ((*name).to_owned(), Sha256::digest(text).into()));
        let h1 = FileList::new(world.module.clone(), files.collect()).unwrap().h1();
        world.h1 = h1;
        world
    }

    fn tree(&self) -> PathBuf {
        self.temp.path().join("tree")
    }

    fn cache(&self) -> ModuleCache {
        ModuleCache { dir: self.temp.path().join("cache") }
    }

    fn pack(&self, files: &[(&str, &str)]) {
        let dir = self.tree().join("golang.org/toolchain/@v");
        std::fs::create_dir_all(&dir).unwrap();
        let file = File::create(dir.join(format!("{}.zip", self.module.version))).unwrap();
        let mut zip = zip::ZipWriter::new(file);
        for (name, text) in files {
            let options = zip::write::SimpleFileOptions::default();
            zip.start_file(format!("{}/{name}", self.module), options).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
    }

    fn unpacked(&self) -> Result<PathBuf> {
        unpacked(&self.tree(), &self.module, &self.h1, &self.cache(), false)
    }

    /// Makes everything removable again, also for an ordinary user.
    fn end(self) {
        remove(&self.cache().dir).unwrap();
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn it_is_unpacked_once_and_as_go_does_it() {
    let world = World::new();
    let dir = world.unpacked().unwrap();
    let name = "golang.org/toolchain@v0.0.1-go1.99.0.linux-amd64";
    assert_eq!(dir, world.cache().dir.join(name));
    for program in
        ["bin/go", "bin/gofmt", "lib/wasm/go_js_wasm_exec", "pkg/tool/linux_amd64/compile"]
    {
        assert_eq!(mode(&dir.join(program)) & 0o333, 0o111, "{program}");
    }
    for file in ["VERSION", "lib/wasm/wasm_exec.js", "src/go.mod"] {
        assert_eq!(mode(&dir.join(file)) & 0o333, 0, "{file}");
    }
    for below in ["", "src", "pkg/tool"] {
        assert_eq!(mode(&dir.join(below)) & 0o222, 0, "{below}");
    }
    assert_eq!(std::fs::read_to_string(dir.join("src/cmd/go.mod")).unwrap(), "module cmd\n");
    // A second time nothing is read but what says that it is there.
    std::fs::remove_file(
        world.tree().join(format!("golang.org/toolchain/@v/{}.zip", world.module.version)),
    )
    .unwrap();
    assert_eq!(world.unpacked().unwrap(), dir);
    world.end();
}

#[test]
fn what_does_not_hash_to_the_record_leaves_nothing() {
    let world = World::new();
    let mut files = FILES.to_vec();
    files[1].1 = "#!/bin/sh\necho evil\n";
    world.pack(&files);
    let said = format!("{:#}", world.unpacked().unwrap_err());
    assert!(said.contains("the checksum database has h1:"), "{said}");
    let left = std::fs::read_dir(world.cache().dir.join("golang.org")).unwrap().count();
    assert_eq!(left, 0);
    let downloads = world.cache().downloads();
    assert!(!downloads.file(&world.module, "ziphash").unwrap().exists());
}

#[test]
fn a_record_that_nobody_signed_says_nothing() {
    let world = World::new();
    let said = |world: &World| {
        let error = expected_toolchain_h1(&world.tree(), &world.module).unwrap_err();
        format!("{error:#}")
    };
    assert!(said(&world).contains("there is no record of it"), "{}", said(&world));
    let lookup = world.tree().join("sumdb/sum.golang.org/lookup/golang.org");
    std::fs::create_dir_all(&lookup).unwrap();
    let module = format!("golang.org/toolchain {}", world.module.version);
    let head = "go.sum database tree\n20\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\u{2014} other.org AAAAAAAA\n";
    let record = format!("12\n{module} {}\n{module}/go.mod h1:x\n\n{head}", world.h1);
    std::fs::write(lookup.join(format!("toolchain@{}", world.module.version)), record).unwrap();
    assert!(said(&world).contains("sum.golang.org"), "{}", said(&world));
}

#[test]
fn what_a_killed_run_left_is_made_anew() {
    let world = World::new();
    let dir = world.unpacked().unwrap();
    let downloads = world.cache().downloads();
    std::fs::write(downloads.file(&world.module, "partial").unwrap(), "").unwrap();
    remove(&dir).unwrap();
    std::fs::create_dir_all(dir.join("half")).unwrap();
    std::fs::create_dir_all(
        dir.with_file_name(format!("{}.tmp-1", dir.file_name().unwrap().to_str().unwrap())),
    )
    .unwrap();
    assert_eq!(world.unpacked().unwrap(), dir);
    assert!(dir.join("bin/go").is_file() && !dir.join("half").exists());
    assert_eq!(std::fs::read_dir(dir.parent().unwrap()).unwrap().count(), 1);
    // One that somebody made from another zip is not used.
    std::fs::write(downloads.file(&world.module, "ziphash").unwrap(), "h1:other").unwrap();
    let said = format!("{:#}", world.unpacked().unwrap_err());
    assert!(said.contains("hashes to h1:other") && said.contains("remove"), "{said}");
    world.end();
}

#[test]
fn many_at_once_get_one() {
    let world = World::new();
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(|| world.unpacked().unwrap())).collect();
        for one in all {
            assert!(one.join().unwrap().join("bin/go").is_file());
        }
    });
    world.end();
}

#[test]
fn only_what_go_makes_executable_is() {
    for (path, is) in [
        ("bin/go", true),
        ("pkg/tool/a/b", true),
        ("pkg/toolbox", false),
        ("lib/wasm/go_js_wasm_exec", true),
        ("lib/go_js_exec", false),
        ("misc/go_android_arm64_exec", false),
        ("src/bin/x", false),
    ] {
        assert_eq!(is_program(Path::new(path)), is, "{path}");
    }
}
