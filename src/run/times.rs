//! When modules were made that go selects and go.sum does not name, for their go.mod is never read: those at
//! the far end of a pruned graph. `go list -m all` tells the time of each
//! (`cmd/go/internal/modload/build.go` `moduleInfo`), and fails where nobody knows one.

use super::Failure;
use super::deps::{Deps, deps_by};
use super::fetching::Fetching;
use crate::fetch::{Entry, Fetched, Files, Progress, Wanted};
use crate::gomod::ModuleVersion;
use std::collections::HashSet;

/// What could be had.
pub(super) struct Times {
    /// The modules that have a time.
    pub(super) entries: Vec<Entry>,
    /// What was wrong in the cache and has been removed: as of [`Fetched`].
    pub(super) repaired: Vec<(ModuleVersion, String)>,
    /// What is missing, in words.
    pub(super) note: Option<String>,
}

/// Fetches what the module cache lacks, or only looks. That something cannot be had is no error: nothing is
/// built from it.
///
/// # Errors
/// The go command cannot be started, or a file of the module cache cannot be read.
pub(super) fn times(
    fetching: &Fetching,
    no_fetch: bool,
    tell: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Times, Failure> {
    let deps = deps_by(&fetching.scene, &fetching.sums)?;
    let wanted = wanted(&deps, &fetching.wanted);
    let fetched = match no_fetch || fetching.no_source.is_some() {
        true => fetching.look_at(&wanted, tell)?,
        false => fetching.fetch(&wanted, tell)?,
    };
    let note = note(&deps, &fetched);
    let Fetched { entries, repaired, .. } = fetched;
    let entries = entries.into_iter().filter(Entry::is_whole).collect();
    Ok(Times { entries, repaired, note })
}

/// The modules that go selects, and comes to know from elsewhere, less those that are wanted anyway.
fn wanted(deps: &Deps, known: &[Wanted]) -> Vec<Wanted> {
    let known: HashSet<&ModuleVersion> = known.iter().map(|wanted| &wanted.module).collect();
    let selected = deps.modules.iter();
    let selected = selected.map(|one| one.replacement.as_ref().unwrap_or(&one.module));
    let is_wanted =
        |module: &&ModuleVersion| !module.version.is_empty() && !known.contains(*module);
    let mut wanted: Vec<ModuleVersion> = selected.filter(is_wanted).cloned().collect();
    wanted.sort();
    wanted.dedup();
    wanted.into_iter().map(|module| Wanted::unsummed(module, Files::Info)).collect()
}

fn note(deps: &Deps, fetched: &Fetched) -> Option<String> {
    let refused = |module: &ModuleVersion| {
        let mut all = fetched.refused.iter();
        all.find(|(refused, _)| refused == module).map(|(_, refused)| refused.why.clone())
    };
    let lacking = fetched.entries.iter().filter(|entry| !entry.is_whole()).map(|entry| {
        let why = refused(&entry.module).unwrap_or_else(|| entry.lacks().join("; "));
        format!("the time of {}: {why}", entry.module)
    });
    let gaps = deps.gaps.iter().map(|(module, why)| format!("the go.mod of {module}: {why}"));
    let mut all = lacking.chain(gaps);
    let first = all.next()?;
    let more = match all.count() {
        0 => String::new(),
        count => format!(" (and {count} more)"),
    };
    Some(format!(
        "`go list -m all` will fail where the bundle goes, and `go list -m -e all` tell less, for want of {first}{more}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gomod::Selected;
    use crate::run::deps::Known;

    fn deps_of(modules: Vec<Selected>) -> Deps {
        Deps { modules, known: Known::All, gaps: Vec::new(), raised: Vec::new() }
    }

    fn selected(path: &str, version: &str, replacement: Option<(&str, &str)>) -> Selected {
        let replacement = replacement.map(|(path, version)| ModuleVersion::new(path, version));
        Selected { module: ModuleVersion::new(path, version), replacement }
    }

    #[test]
    fn what_comes_from_elsewhere_and_has_no_line_is_wanted() {
        let deps = deps_of(vec![
            selected("main", "", None),
            selected("a", "v1.0.0", None),
            selected("b", "v1.0.0", Some(("fork", "v1.1.0"))),
            selected("c", "v1.0.0", Some(("./c", ""))),
            selected("d", "v1.0.0", None),
            selected("e", "v1.0.0", Some(("fork", "v1.1.0"))),
        ]);
        let known = [Wanted::unsummed(ModuleVersion::new("d", "v1.0.0"), Files::GoMod)];
        let wanted = wanted(&deps, &known);
        let names: Vec<_> = wanted.iter().map(|one| one.module.to_string()).collect();
        assert_eq!(names, ["a@v1.0.0", "fork@v1.1.0"]);
        assert!(wanted.iter().all(|one| one.files == Files::Info));
    }

    #[test]
    fn what_is_missing_is_named_once() {
        let mut deps = deps_of(Vec::new());
        let fetched = Fetched::default();
        assert_eq!(note(&deps, &fetched), None);
        deps.gaps = vec![
            (ModuleVersion::new("a", "v1.0.0"), "it is not there".to_owned()),
            (ModuleVersion::new("b", "v1.0.0"), String::new()),
        ];
        let note = note(&deps, &fetched).unwrap();
        assert!(note.ends_with("the go.mod of a@v1.0.0: it is not there (and 1 more)"), "{note}");
    }
}
