//! Which names a module zip may have: `checkZip` and `collisionChecker` of x/mod/zip/zip.go.

use crate::gomod::module_path::check_file_path;
use crate::gomod::{ModuleVersion, case_folded};
use std::collections::HashMap;

/// The names seen so far.
pub(super) struct Names {
    /// `path@version/`, which every name starts with.
    prefix: String,
    /// By folded case: the path as it was first written, and whether it is a directory.
    seen: HashMap<String, (String, bool)>,
}

impl Names {
    pub(super) fn new(module: &ModuleVersion) -> Names {
        Names { prefix: format!("{module}/"), seen: HashMap::new() }
    }

    /// Takes the name of an entry and returns it as it stands below the module's root. A directory
    /// keeps its `/` at the end, since dirhash has it as a name like any other.
    pub(super) fn take<'a>(&mut self, entry: &'a str) -> Result<&'a str, String> {
        let name = entry
            .strip_prefix(self.prefix.as_str())
            .ok_or_else(|| format!("its name does not start with `{}`", self.prefix))?;
        if name.is_empty() {
            // x/mod/zip passes over it, but dirhash hashes it, and no tool makes it.
            return Err("it names the module's root".to_owned());
        }
        let (path, is_dir) = name.strip_suffix('/').map_or((name, false), |path| (path, true));
        check_file_path(path).map_err(|error| error.to_string())?;
        self.no_collision(path, is_dir)?;
        if !is_dir {
            check_go_mod(path)?;
        }
        Ok(name)
    }

    /// Refuses what would be one file on a system that does not tell cases apart, and a path that
    /// is a file and a directory.
    fn no_collision(&mut self, path: &str, is_dir: bool) -> Result<(), String> {
        let fold = case_folded(path);
        if let Some((other, other_is_dir)) = self.seen.get(fold.as_ref()) {
            return match (path == other, is_dir == *other_is_dir, is_dir) {
                (false, ..) => Err(format!("its name differs from {other:?} in case only")),
                (_, false, _) => Err("it is both a file and a directory".to_owned()),
                (_, _, false) => Err("it is listed twice".to_owned()),
                // Its parents were seen with it.
                (_, _, true) => Ok(()),
            };
        }
        self.seen.insert(fold.into_owned(), (path.to_owned(), is_dir));
        match path.rsplit_once('/') {
            Some((parent, _)) => self.no_collision(parent, true),
            None => Ok(()),
        }
    }
}

/// A module has one go.mod, in its root, and spelled so.
fn check_go_mod(path: &str) -> Result<(), String> {
    let base = path.rsplit_once('/').map_or(path, |(_, base)| base);
    if !base.eq_ignore_ascii_case("go.mod") || path == "go.mod" {
        return Ok(());
    }
    Err(if base == path { "go.mod is spelled so" } else { "go.mod lies in the root only" }
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(names: &[&str]) -> Result<(), String> {
        let mut seen = Names::new(&ModuleVersion::new("x.y/z", "v1.0.0"));
        names.iter().try_for_each(|name| seen.take(&format!("x.y/z@v1.0.0/{name}")).map(|_| ()))
    }

    #[test]
    fn sound_names_are_taken() {
        take(&["a.go", "a/b.go", "a/c.go", "b/", "b/x", "go.mod", "a/go.mod.txt", "é"]).unwrap();
        take(&["ı", "i", "ß", "SS", "İ"]).unwrap();
    }

    #[test]
    fn collisions_are_refused() {
        for (names, why) in [
            (["a", "a"], "it is listed twice"),
            (["a", "A"], "its name differs from \"a\" in case only"),
            (["a/b", "A/c"], "its name differs from \"a\" in case only"),
            (["a/b", "a"], "it is both a file and a directory"),
            (["a", "a/b"], "it is both a file and a directory"),
            (["a", "a/"], "it is both a file and a directory"),
            (["kelvin", "\u{212a}elvin"], "its name differs from \"kelvin\" in case only"),
            (["ſ", "S"], "its name differs from \"ſ\" in case only"),
            (["σ", "ς"], "its name differs from \"σ\" in case only"),
            (["ß", "ẞ"], "its name differs from \"ß\" in case only"),
            (["Å", "\u{212b}"], "its name differs from \"Å\" in case only"),
        ] {
            assert_eq!(take(&names).unwrap_err(), why, "{names:?}");
        }
    }

    #[test]
    fn there_is_one_go_mod() {
        assert_eq!(take(&["GO.mod"]).unwrap_err(), "go.mod is spelled so");
        assert_eq!(take(&["a/go.mod"]).unwrap_err(), "go.mod lies in the root only");
        assert_eq!(take(&["a/Go.Mod"]).unwrap_err(), "go.mod lies in the root only");
        take(&["go.mod/"]).unwrap();
    }
}
