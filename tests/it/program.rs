//! The program itself, in a clean environment, with a go command that only leaves a mark.

use std::path::Path;
use std::process::{Command, Output};

use crate::txtar::World;

/// A go command that does nothing but write `MARK`; its GOROOT says which version it is.
const GO: &str = "\
-- goroot/VERSION --
go1.26.8
-- goroot/bin/go --
#!/bin/sh
echo \"$@\" >> \"$MARK\"
";

/// What a run came to.
pub(crate) struct Ran {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The program with a place of its own for everything it may look at.
pub(crate) struct Program {
    own: World,
}

impl Program {
    pub(crate) fn new() -> Program {
        let own = World::new(GO);
        make_executable(&own.path("goroot/bin/go"));
        Program { own }
    }

    /// The program's command line, ready to start in a directory.
    pub(crate) fn command(&self, dir: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_go-offline"));
        command
            .args(args)
            .current_dir(dir)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.own.root())
            .env("TMPDIR", self.own.root())
            .env("PWD", dir)
            .env("MARK", self.own.path("mark"))
            .env("GO_OFFLINE_GO", self.own.path("goroot/bin/go"))
            .env("GO_OFFLINE_ISOLATION", "off");
        command
    }

    pub(crate) fn run(&self, dir: &Path, args: &[&str]) -> Ran {
        Ran::of(&self.command(dir, args).output().unwrap())
    }

    /// The directory of everything that is the program's own here.
    pub(crate) fn home(&self) -> &Path {
        self.own.root()
    }

    /// Whether go was started since this was last asked.
    pub(crate) fn go_was_started(&self) -> bool {
        std::fs::remove_file(self.own.path("mark")).is_ok()
    }
}

impl Ran {
    pub(crate) fn of(output: &Output) -> Ran {
        Ran {
            exit: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

fn make_executable(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}
