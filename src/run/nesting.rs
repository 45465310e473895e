//! go-offline inside go-offline: how deep, and what the outer one must hear.

use super::Failure;
use super::scene::Surroundings;
use crate::profile::Environ;

/// How many of us are around a command.
pub(super) const DEPTH: &str = "GO_OFFLINE_DEPTH";

/// A build that starts builds is some levels deep; this many is a program called `go` that starts
/// us, in a way that its file does not show.
const TOO_DEEP: u32 = 20;

/// How many of us are around this process.
pub(super) fn depth(environ: &Environ) -> u32 {
    environ.text(DEPTH).and_then(|depth| depth.parse().ok()).unwrap_or(0)
}

/// Whether this process was started inside a go-offline.
pub(super) fn is_nested(surroundings: &Surroundings) -> bool {
    surroundings.restored.iter().any(|(name, _)| name == "GO_OFFLINE_SAVED")
}

/// Ends a chain of go-offlines that start each other.
///
/// # Errors
/// There are too many around this process.
pub fn check_depth(surroundings: &Surroundings) -> Result<(), Failure> {
    let environ = &surroundings.environ;
    let depth = depth(environ);
    if depth < TOO_DEEP {
        return Ok(());
    }
    let go = environ.get("GO_OFFLINE_GO").unwrap_or_default().display();
    Err(Failure::config(anyhow::anyhow!(
        "go-offline was started inside itself {depth} times: what it runs starts it again; if that is {go}, name the real go command in GO_OFFLINE_GO"
    )))
}
