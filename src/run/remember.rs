//! Whether what was checked before may be taken for checked now.

use super::scene::Scene;
use super::stat_cache::StatCache;
use crate::profile::Environ;

/// Variables by which services that build and test say that they are one.
const CI: [&str; 8] = [
    "CI",
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "BUILDKITE",
    "JENKINS_URL",
    "TEAMCITY_VERSION",
    "TF_BUILD",
    "CIRCLECI",
];

/// Whether answers of earlier checks count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remember {
    /// Where nothing has changed.
    Unchanged,
    /// Never: everything is read.
    Nothing,
}

impl Remember {
    /// What holds for a command: `--strict` and `--no-cache` want everything read, and so does a CI,
    /// whose cache may come from anywhere, unless GO_OFFLINE_CACHE_DIR asks for one.
    pub fn of(scene: &Scene, is_strict: bool, no_cache: bool) -> Remember {
        let environ = &scene.user.environ;
        let is_asked_for = environ.has("GO_OFFLINE_CACHE_DIR");
        if is_strict || no_cache || is_in_ci(environ) && !is_asked_for {
            Remember::Nothing
        } else {
            Remember::Unchanged
        }
    }

    /// Where the answers of a kind of check are kept.
    pub(super) fn cache(self, scene: &Scene, kind: &'static str) -> Option<StatCache> {
        let project = scene.project.as_ref().filter(|_| self == Remember::Unchanged)?;
        let dir = scene.user.environ.own_cache_dir()?;
        Some(StatCache::new(&dir, &project.vendor_dir(), kind))
    }
}

fn is_in_ci(environ: &Environ) -> bool {
    let says_so = |name: &str| {
        environ.text(name).is_some_and(|value| !matches!(value, "" | "0" | "false" | "FALSE"))
    };
    CI.iter().any(|name| says_so(name))
}
