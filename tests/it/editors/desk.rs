//! A desk: a checkout of a corpus repository in a world of its own, and the directories that a
//! `go` can be found in.

use crate::corpus::corpus;
use crate::skip::skipped;
use crate::world::{Run, Who, World, everybody, we_are_root};
use std::ffi::OsString;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One repository, and somebody working on it.
pub(super) struct Desk {
    world: World,
}

impl Desk {
    /// A copy of a repository, committed and tagged, so that go stamps a version into the binary.
    /// `None`, and a word of it, where bare go cannot be kept from the network.
    pub(super) fn of(who: Who, repository: &str) -> Option<Desk> {
        if !we_are_root() {
            skipped("a private network for bare go needs root");
            return None;
        }
        // go means to rewrite entries of the build cache, which one user cannot do for another.
        let world = match who {
            Who::Self_ => World::of(who),
            Who::Ordinary => World::with_own_cache(who),
        };
        let desk = Desk { world };
        let checkout = desk.checkout();
        let copied =
            Command::new("cp").arg("-a").arg(corpus().join(repository)).arg(&checkout).status();
        assert!(copied.unwrap().success());
        std::fs::create_dir(desk.world.root().join("shim")).unwrap();
        symlink(desk.world.program(), desk.ours().join("go")).unwrap();
        // git looks into nobody else's repository.
        desk.world.hand_over();
        for args in [
            &["init", "-q"][..],
            &["add", "-Af", "."],
            &["commit", "-qm", "state"],
            &["tag", "v1.9.9"],
        ] {
            let identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"];
            desk.run(&desk.bare(), "git").args(identity).args(args).run().ended(0);
        }
        Some(desk)
    }

    /// The same for each user that can be played here.
    pub(super) fn of_everybody(repository: &str) -> Vec<Desk> {
        everybody().into_iter().filter_map(|who| Desk::of(who, repository)).collect()
    }

    /// The tree that is worked on.
    pub(super) fn checkout(&self) -> PathBuf {
        self.world.root().join("checkout")
    }

    /// The directory of bare go.
    pub(super) fn bare(&self) -> PathBuf {
        self.world.goroot().join("bin")
    }

    /// The directory in which a `go` lies that is us.
    pub(super) fn ours(&self) -> PathBuf {
        self.world.root().join("shim")
    }

    pub(super) fn world(&self) -> &World {
        &self.world
    }

    /// A program in the checkout, where the `go` of this directory is found first; bare go is
    /// found behind it.
    pub(super) fn run(&self, go: &Path, program: impl AsRef<Path>) -> Run<'_> {
        self.world
            .command(program.as_ref())
            .dir(self.checkout())
            .env("PATH", self.path(go))
            .env("CGO_ENABLED", "1")
            .env("GOPROXY", self.world.url())
            .env("GOMODCACHE", self.world.root().join("empty-module-cache"))
    }

    fn path(&self, go: &Path) -> OsString {
        let behind = [self.bare(), "/usr/local/bin".into(), "/usr/bin".into(), "/bin".into()];
        std::env::join_paths([go.to_owned()].into_iter().chain(behind)).unwrap()
    }

    /// Nobody was asked for anything.
    #[track_caller]
    pub(super) fn assert_alone(&self) {
        assert_eq!(self.world.heard(), Vec::<String>::new());
    }
}
