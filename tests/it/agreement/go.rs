//! The real go command, in a clean environment that leads nowhere.

use std::path::Path;
use std::process::{Command, Output};

use super::proxy::Proxy;
use super::worlds::Seed;
use crate::txtar::World;

/// A go command with a build cache and a module cache of its own.
pub(crate) struct Go {
    /// Its version, `1.26.8`.
    pub(crate) version: String,
    cache: tempfile::TempDir,
}

impl Go {
    /// Finds go; `None` where there is none.
    pub(crate) fn find() -> Option<Go> {
        let mut go = Go { version: String::new(), cache: tempfile::tempdir().unwrap() };
        let output = go.command(Path::new("."), &["env", "GOVERSION"]).output().ok()?;
        let version = String::from_utf8(output.stdout).unwrap();
        version.trim().strip_prefix("go")?.clone_into(&mut go.version);
        Some(go)
    }

    fn command(&self, dir: &Path, args: &[&str]) -> Command {
        let mut command = Command::new("go");
        command
            .args(args)
            .current_dir(dir)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.cache.path())
            .env("PWD", dir)
            .env("GOCACHE", self.cache.path().join("build"))
            .env("GOPATH", self.cache.path().join("path"))
            // Without this flag a module cache cannot be deleted by whoever is not root.
            .env("GOFLAGS", "-modcacherw")
            .env("GOENV", "off")
            .env("GOPROXY", "off")
            .env("GONOPROXY", "none")
            .env("GOSUMDB", "off")
            .env("GOTELEMETRY", "off")
            .env("GOTOOLCHAIN", "local");
        command
    }

    /// Runs go in a directory, without any source of modules.
    pub(crate) fn run(&self, dir: &Path, args: &[&str]) -> Output {
        self.command(dir, args).output().unwrap()
    }

    /// Runs go with the proxy as the source of modules; it must succeed.
    pub(crate) fn fetch(&self, proxy: &Proxy, dir: &Path, args: &[&str]) {
        let output = self.command(dir, args).env("GOPROXY", proxy.url()).output().unwrap();
        assert!(output.status.success(), "go {args:?}: {output:?}");
    }

    /// Writes a world's files and lets go vendor them.
    pub(crate) fn vendored(&self, proxy: &Proxy, seed: &Seed) -> World {
        let world = World::new(&seed.files);
        let root = world.root();
        if world.path("go.work").exists() {
            for module in seed.modules() {
                self.fetch_alone(proxy, &root.join(module));
            }
            self.fetch(proxy, root, &["work", "vendor"]);
        } else {
            // `mod tidy` would change the very lines that a world is about, and `mod download` adds
            // a go line where there is none.
            let text = world.read("go.mod");
            self.fetch(proxy, root, &["mod", "download", "all"]);
            world.write("go.mod", &text);
            self.fetch(proxy, root, &["mod", "vendor"]);
            world.write("go.mod", &text);
        }
        world
    }

    fn fetch_alone(&self, proxy: &Proxy, module: &Path) {
        let mut command = self.command(module, &["mod", "download", "all"]);
        let output = command.env("GOPROXY", proxy.url()).env("GOWORK", "off").output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}
