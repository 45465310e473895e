//! `go env -w` and `-u` act on the user's own file. What a profile closes does not follow it, and
//! whoever has just changed it should hear so.

use super::scene::Scene;
use crate::profile::in_force;

/// One line for each variable of the command that the profile does not take from go/env.
pub(super) fn overruled(scene: &Scene) -> Vec<String> {
    let words = scene.invocation.operands.iter().filter_map(|word| word.to_str());
    let named = words.map(|word| word.split_once('=').unwrap_or((word, "")));
    let lines = named.filter_map(|(name, value)| {
        let winner = in_force(&scene.profile, &scene.user, name, value)?;
        Some(format!("{name} in go/env does not count in profile {}: {winner}", scene.profile.name))
    });
    lines.collect()
}
