//! `shim`: makes, removes and looks at links named `go` that lead to this program.

use super::output::Output;
use crate::gotool::shim::{RECORD, Standing, install, remove, standing};
use crate::gotool::{FindError, Go, Kin, Search, find, kin, on_path};
use crate::profile::quote;
use crate::report::Exit;
use crate::run::{Failure, Outcome, Surroundings};
use anyhow::Context;
use clap::{Args, Subcommand};
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// `shim`.
#[derive(Debug, Args)]
pub(super) struct ShimArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make DIR/go a link to this program, and record the real go beside it
    Install {
        /// The directory; it is made if it is missing
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// The real go command, instead of the one that is found now
        #[arg(long, value_name = "PATH")]
        go: Option<PathBuf>,
    },
    /// Remove that link and its record
    Remove {
        /// The directory
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Say which `go` comes first, whether it is this program, and which real go it would run
    Status {
        /// The directory; without one, those of PATH
        #[arg(value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

pub(super) fn run(
    shim: &ShimArgs,
    surroundings: &Surroundings,
    output: &Output,
) -> Result<Outcome, Failure> {
    match &shim.what {
        What::Install { dir, go } => {
            put(&surroundings.dir.join(dir), go.as_deref(), surroundings, output)
        }
        What::Remove { dir } => take_away(&surroundings.dir.join(dir), surroundings, output),
        What::Status { dir } => status(dir.as_deref(), surroundings, output),
    }
}

fn put(
    dir: &Path,
    go: Option<&Path>,
    surroundings: &Surroundings,
    output: &Output,
) -> Result<Outcome, Failure> {
    let go = real_go(go, surroundings).map_err(Failure::config)?;
    let changed = install(dir, &surroundings.this_program, &go.path).map_err(Failure::io)?;
    let state = if changed { "is now" } else { "was already" };
    let mut text = format!(
        "{} {state} go-offline, in front of {}\n",
        dir.join("go").display(),
        go.path.display()
    );
    text.push_str(&advice(dir, surroundings));
    output.data(&text)?;
    Ok(Outcome::Own(Exit::Ok))
}

/// What has to be done for `go` to be the one in the directory; empty if it is.
fn advice(dir: &Path, surroundings: &Surroundings) -> String {
    let path = surroundings.environ.get("PATH");
    if std::env::join_paths([dir]).is_err() {
        return format!("but {} has a `:` in its name and cannot be on PATH\n", dir.display());
    }
    let line = format!("export PATH={}:$PATH\n", quote(dir.as_os_str()));
    match on_path("go", path).next() {
        Some(first) if first.parent().is_some_and(|first| is_same_dir(first, dir)) => String::new(),
        Some(first) if is_on_path(dir, path) => {
            format!("but {} stands before it on PATH; to put it first:\n{line}", first.display())
        }
        _ => format!("but {} is not on PATH; to put it there:\n{line}", dir.display()),
    }
}

fn take_away(dir: &Path, surroundings: &Surroundings, output: &Output) -> Result<Outcome, Failure> {
    let removed = remove(dir, &surroundings.this_program).map_err(Failure::io)?;
    let text = match removed {
        true => format!("{} is gone\n", dir.join("go").display()),
        false => format!("there was no shim in {}\n", dir.display()),
    };
    output.data(&text)?;
    Ok(Outcome::Own(Exit::Ok))
}

fn status(
    dir: Option<&Path>,
    surroundings: &Surroundings,
    output: &Output,
) -> Result<Outcome, Failure> {
    let mut text = String::new();
    let called_as = match dir {
        Some(dir) => {
            let dir = surroundings.dir.join(dir);
            text.push_str(&of_directory(&dir, surroundings)?);
            Some(dir.join("go"))
        }
        None => {
            text.push_str(&of_path(surroundings));
            None
        }
    };
    let found = find(&search(surroundings, called_as.as_deref()));
    match &found {
        Ok(go) => {
            let _ = writeln!(text, "real go: {} ({})", shown(go), go.source);
        }
        Err(error) => {
            let _ = writeln!(text, "real go: none ({error})");
        }
    }
    output.data(&text)?;
    Ok(Outcome::Own(if found.is_ok() { Exit::Ok } else { Exit::Config }))
}

fn of_directory(dir: &Path, surroundings: &Surroundings) -> Result<String, Failure> {
    let go = dir.join("go");
    let standing = standing(dir, &surroundings.this_program)
        .with_context(|| format!("looking at {}", go.display()))
        .map_err(Failure::io)?;
    // A directory without us is of no use on PATH.
    let advice = match &standing {
        Standing::Ours(_) => advice(dir, surroundings),
        _ => String::new(),
    };
    let text = match standing {
        Standing::Nothing => format!("{}: nothing is there\n", go.display()),
        Standing::Other => {
            format!("{}: {}\n", go.display(), words(&go, &surroundings.this_program))
        }
        Standing::Ours(target) => {
            format!("{}: go-offline, a link to {}\n", go.display(), target.display())
        }
    };
    let recorded = match std::fs::read_link(dir.join(RECORD)) {
        Ok(target) => format!("recorded beside it: {}\n", target.display()),
        Err(_) => "nothing is recorded beside it\n".to_owned(),
    };
    Ok(text + &recorded + &advice)
}

fn of_path(surroundings: &Surroundings) -> String {
    let mut text = String::new();
    for (at, go) in on_path("go", surroundings.environ.get("PATH")).enumerate() {
        let place = if at == 0 { "first on PATH" } else { "then" };
        let words = words(&go, &surroundings.this_program);
        let _ = writeln!(text, "{place}: {}: {words}", go.display());
    }
    if text.is_empty() {
        text.push_str("there is no `go` on PATH\n");
    }
    text
}

fn words(file: &Path, this_program: &Path) -> &'static str {
    match kin(file, this_program) {
        Kin::Ourselves => "go-offline",
        Kin::StartsUs => "a script that starts go-offline",
        Kin::Stranger => "not go-offline",
    }
}

fn shown(go: &Go) -> String {
    match go.version() {
        Some(version) => format!("{}, version {version}", go.path.display()),
        None => go.path.display().to_string(),
    }
}

fn real_go(named: Option<&Path>, surroundings: &Surroundings) -> anyhow::Result<Go> {
    let Some(named) = named else {
        return Ok(find(&search(surroundings, surroundings.called_as.as_deref()))?);
    };
    let file = surroundings.dir.join(named);
    let found = find(&Search { named: Some(file.as_os_str()), ..search(surroundings, None) });
    found.map_err(|error| match error {
        FindError::NotExecutable(path) => {
            anyhow::anyhow!("--go {}: not an executable file", path.display())
        }
        FindError::Ourselves(path) | FindError::StartsUs(path) => {
            anyhow::anyhow!("--go {}: that is go-offline, name the real go command", path.display())
        }
        other => other.into(),
    })
}

fn search<'a>(surroundings: &'a Surroundings, called_as: Option<&'a Path>) -> Search<'a> {
    Search {
        named: surroundings.environ.get("GO_OFFLINE_GO"),
        path: surroundings.environ.get("PATH"),
        this_program: &surroundings.this_program,
        called_as,
        dir: &surroundings.dir,
    }
}

fn is_on_path(dir: &Path, path: Option<&OsStr>) -> bool {
    std::env::split_paths(path.unwrap_or_default()).any(|there| is_same_dir(&there, dir))
}

fn is_same_dir(one: &Path, other: &Path) -> bool {
    one == other
        || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
