//! What git has to do with vendored files that are not as they should be.

use crate::check::{Bytes, GitCauses};
use crate::project::{GitRules, Project, checkout_top};
use crate::vendoring::What;

/// Looks up the lines by which git leaves out what is missing, and changes what has other line ends.
/// Nothing is read where nothing is wrong.
pub(super) fn git_causes(project: &Project, bytes: &Bytes) -> GitCauses {
    let mut causes = GitCauses::default();
    if bytes.differences.is_empty() {
        return causes;
    }
    let vendor = project.vendor_dir();
    let mut rules = GitRules::new(checkout_top(&project.root), &project.dir);
    for difference in &bytes.differences {
        let path = vendor.join(&difference.path);
        let (map, line) = match &difference.what {
            What::Missing { .. } => (&mut causes.ignoring, rules.ignoring_line(&path, false)),
            What::Modified { only_line_ends: true, .. } => {
                (&mut causes.line_ends, rules.line_ending_line(&path))
            }
            _ => continue,
        };
        if let Some(line) = line {
            map.insert(difference.path.clone(), line);
        }
    }
    causes
}
