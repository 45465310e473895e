//! Whether vendor/ is still what was verified when the command that builds from it has ended.

use super::class::Class;
use super::codes::VENDOR_CHANGED;
use super::facts::levels;
use super::plan::Plan;
use super::scene::Scene;
use crate::project::Snapshot;
use crate::report::{Finding, Level, Place, first_few};
use std::path::{Path, PathBuf};

/// Files named before the rest is only counted.
const NAMED: usize = 8;

/// A vendor directory whose bytes were verified.
pub(super) struct Watched {
    snapshot: Snapshot,
    shown: PathBuf,
    level: Level,
}

impl Watched {
    /// What is to be looked at again after a build. A script may vendor anew on purpose, and so does
    /// `mod vendor`; what a script builds is verified by the go-offline in it.
    pub(super) fn of(scene: &Scene, plan: &Plan, snapshots: Vec<Snapshot>) -> Option<Watched> {
        let builds = plan.is_go && plan.class == Class::Build;
        let vendor = scene.vendor.as_ref().filter(|_| builds)?;
        let snapshot = snapshots.into_iter().find(|snapshot| snapshot.root() == vendor.dir)?;
        let level = levels(scene).level(VENDOR_CHANGED.name, VENDOR_CHANGED.level);
        Some(Watched { snapshot, shown: vendor.shown.clone(), level })
    }

    /// What has changed meanwhile.
    pub(super) fn changes(&self) -> Option<Finding> {
        // Without a directory everything has changed.
        let changes = self.snapshot.changes().unwrap_or_else(|_| vec![PathBuf::new()]);
        let first = changes.first()?;
        let shown = |path: &Path| match path.as_os_str().is_empty() {
            true => self.shown.display().to_string(),
            false => self.shown.join(path).display().to_string(),
        };
        let message = match changes.len() {
            1 => format!("{} was changed while the command ran", shown(first)),
            count => format!(
                "{count} files and directories of vendor/ were changed while the command ran"
            ),
        };
        let rows = first_few(changes.iter().map(|path| shown(path)), NAMED);
        let finding = Finding::new(VENDOR_CHANGED.name, self.level, message)
            .with_place(Place::Path(PathBuf::from(shown(first))));
        let finding = if changes.len() > 1 { finding.with_rows("files", rows) } else { finding };
        Some(
            finding
                .with_cause("its bytes were verified before the command started; what go has read since is not known")
                .with_help("find out what writes there, and run the command again"),
        )
    }
}
