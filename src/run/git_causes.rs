//! What git has to do with vendored files that are not as they should be.

use crate::check::{Bytes, GitCauses};
use crate::project::{Conversion, GitRules, Project, checkout_top};
use crate::vendoring::{LineEnds, What};

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
            What::Modified { line_ends: Some(ends), .. } => {
                let may = |found: &Conversion| match ends {
                    LineEnds::Added => found.may_add,
                    LineEnds::Dropped => found.may_drop,
                };
                let line = rules.conversion(&path).filter(may).map(|found| found.line);
                (&mut causes.line_ends, line)
            }
            _ => continue,
        };
        if let Some(line) = line {
            map.insert(difference.path.clone(), line);
        }
    }
    causes
}
