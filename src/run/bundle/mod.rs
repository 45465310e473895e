//! Puts the bundle of a profile in its place: its tree of files, a GOPATH for it alone, and the
//! toolchain that the project asks for and the bundle holds.

mod choice;
mod gopath;
mod toolchain;

use super::Failure;
use super::bundle_tree::tree;
use super::proving::refused;
use super::scene::{Target, module_cache};
use crate::gotool::Go;
use crate::profile::{BundleTree, Profile, Toolchain, UserEnv, flags};
use crate::project::{ModuleCache, Project};
use crate::sumdb::Key;
use anyhow::{Context, anyhow};
use choice::{Asks, Held};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// What a profile's bundle comes to.
#[derive(Default)]
pub(super) struct Placed {
    /// The go command of the bundle, where it takes the place of another or of none.
    pub(super) go: Option<Go>,
    /// What is to be removed when all is done.
    pub(super) temp: Option<Arc<TempDir>>,
}

/// Looks at the bundle of a profile, if it has one, and completes the profile.
///
/// # Errors
/// There is no such bundle, it cannot be unpacked, or a toolchain of it is not what it should be.
pub(super) fn place(
    profile: &mut Profile,
    user: &UserEnv,
    project: Option<&Project>,
    go: Option<&Go>,
    target: &Target,
) -> Result<Placed, Failure> {
    let Some(bundle) = &profile.bundle else { return Ok(Placed::default()) };
    let path = bundle.path.clone();
    let key = database_key(profile);
    let dir = tree(&path, &key, &user.environ)?;
    let runs = !matches!(target, Target::Nothing);
    let (gopath, temp) = gopath::place(&dir, profile, user, runs)?;
    let mut tree = BundleTree {
        has_sumdb: dir.join("sumdb").join(key.name()).join("supported").is_file(),
        dir: dir.clone(),
        gopath,
        toolchain: None,
    };
    profile.set_bundle_tree(tree.clone());
    let asks = Asks::of(project);
    let held = match go {
        None => choice::instead_of_none(&choice::held(&dir), &asks),
        Some(go) => {
            let running = go.version();
            running.and_then(|running| choice::newer(&choice::held(&dir), &asks, &running))
        }
    };
    let Some(held) = held else {
        return match (go, target) {
            (None, Target::Go(_)) => Err(Failure::config(none(&path, &asks))),
            _ => Ok(Placed { go: None, temp }),
        };
    };
    let cache = module_cache(profile, user).filter(|dir| dir.is_absolute()).ok_or_else(|| {
        Failure::config(anyhow!(
            "{} of the bundle {} has to be unpacked into the module cache, and there is none: set GOMODCACHE, GOPATH or HOME",
            held.name,
            path.display()
        ))
    })?;
    let goroot = goroot(&dir, &held, &ModuleCache { dir: cache }, user, target)?;
    let own = goroot.is_unpacked.then(|| Go::of_bundle(&goroot.dir, &path));
    tree.toolchain =
        Some(Toolchain { name: held.name, goroot: goroot.dir, is_switch: go.is_some() });
    profile.set_bundle_tree(tree);
    Ok(Placed { go: own, temp })
}

/// The key of the checksum database that the profile names: a site may have its own.
fn database_key(profile: &Profile) -> Key {
    let named = profile.vars.iter().find(|var| var.name == "GOSUMDB");
    let key = named.and_then(|var| var.value.split_whitespace().next());
    key.and_then(|key| Key::parse(key).ok()).unwrap_or_else(Key::golang)
}

struct Goroot {
    dir: PathBuf,
    is_unpacked: bool,
}

/// Where a toolchain is. It is unpacked only for a command that is going to run.
fn goroot(
    tree: &Path,
    held: &Held,
    cache: &ModuleCache,
    user: &UserEnv,
    target: &Target,
) -> Result<Goroot, Failure> {
    if matches!(target, Target::Nothing) {
        let dir = cache.extracted(&held.module).unwrap_or_default();
        let is_unpacked = dir.join("bin/go").is_file();
        return Ok(Goroot { dir, is_unpacked });
    }
    let words = flags::split(&user.goflags().0).unwrap_or_default();
    let is_writable = words.iter().any(|word| flags::flag_name(word) == Some("modcacherw"));
    let wanted = toolchain::expected_toolchain_h1(tree, &held.module)
        .with_context(|| format!("{} of the bundle {} is not used", held.module, tree.display()));
    let wanted = wanted.map_err(refused)?;
    let dir = toolchain::unpacked(tree, &held.module, &wanted, cache, is_writable);
    let dir = dir.map_err(Failure::io)?;
    Ok(Goroot { dir, is_unpacked: true })
}

fn none(bundle: &Path, asks: &Asks<'_>) -> anyhow::Error {
    let wanted = match asks.go {
        Some(go) => format!(" that is at least go {go}, which the project asks for"),
        None => String::new(),
    };
    anyhow!(
        "no go command on PATH, and the bundle {} holds no toolchain for this machine{wanted}: install Go, name the go command in GO_OFFLINE_GO, or make the bundle with `--toolchain`",
        bundle.display()
    )
}
