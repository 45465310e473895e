//! A directory for what all tests of one run share, where any user may look: a build directory
//! need not allow that.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const PREFIX: &str = "go-offline-it-";

/// The directory of this run, named after the process.
pub(crate) fn place() -> &'static Path {
    static PLACE: OnceLock<PathBuf> = OnceLock::new();
    PLACE.get_or_init(|| {
        clear_away_old_ones();
        let place = std::env::temp_dir().join(format!("{PREFIX}{}", std::process::id()));
        fs::create_dir_all(&place).unwrap();
        fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
        place
    })
}

/// Copies a program there, executable for all.
pub(crate) fn copy_program(from: &Path, name: &str) -> PathBuf {
    let to = place().join(name);
    // By another program: a descriptor of ours, open for writing, would be inherited by what
    // other tests start just then, and the copy could not be executed meanwhile.
    let copied = Command::new("cp").args([from, &to]).status().unwrap();
    assert!(copied.success(), "cp {}", from.display());
    fs::set_permissions(&to, fs::Permissions::from_mode(0o755)).unwrap();
    to
}

/// Nothing runs when a test binary ends, so the next one tidies up.
fn clear_away_old_ones() {
    for entry in fs::read_dir(std::env::temp_dir()).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(pid) = name.strip_prefix(PREFIX) else {
            continue;
        };
        if !Path::new("/proc").join(pid).exists() {
            let _ = fs::remove_dir_all(entry.path()); // may be another user's
        }
    }
}
