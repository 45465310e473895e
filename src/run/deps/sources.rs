//! Where go.mod files are at hand.

use crate::gomod::{ModuleVersion, go_mod_h1};
use crate::project::{ModuleCache, ProxyTree, SumFile, h1_hashes};
use anyhow::{Context, Result};
use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Trees of files as a module proxy serves them, and what go.sum says about their go.mod files.
pub(super) struct Sources<'a> {
    trees: Vec<ProxyTree>,
    /// The hashes of a module's go.mod, any of which will do.
    sums: HashMap<&'a ModuleVersion, Vec<&'a str>>,
}

/// A text, or why there is none.
pub(super) type Found = Result<String, String>;

impl<'a> Sources<'a> {
    /// The module cache first, then the directories among the proxies, as go asks them.
    pub(super) fn new(cache: Option<&Path>, proxies: &str, sums: &'a [SumFile]) -> Sources<'a> {
        Sources { trees: proxy_trees(cache, proxies), sums: h1_hashes(sums, true) }
    }

    /// The go.mod of a module version, or of a directory that `root` names. One that is not what
    /// go.sum knows is none.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub(super) fn go_mod(&self, root: &Path, module: &ModuleVersion) -> Result<Found> {
        if module.version.is_empty() {
            let path = root.join(&module.path).join("go.mod");
            let text = read(&path)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            return Ok(text.ok_or_else(|| format!("{} does not exist", path.display())));
        }
        let mut reason = "it is not in the module cache".to_owned();
        for tree in &self.trees {
            let Some(file) = tree.go_mod(module) else {
                return Ok(Err("no module can have such a path or version".to_owned()));
            };
            let Some(bytes) = read(&file)? else { continue };
            if self.is_sound(module, &bytes) {
                return Ok(Ok(String::from_utf8_lossy(&bytes).into_owned()));
            }
            reason = format!("{} is not the file that go.sum has the hash of", file.display());
        }
        Ok(Err(reason))
    }

    fn is_sound(&self, module: &ModuleVersion, text: &[u8]) -> bool {
        self.sums.get(module).is_none_or(|hashes| hashes.contains(&go_mod_h1(text).as_str()))
    }
}

/// The trees of files that modules come from without a network: in the module cache, and those among
/// the proxies of a profile that are directories, in the order in which go asks them.
pub(in crate::run) fn proxy_trees(cache: Option<&Path>, proxies: &str) -> Vec<ProxyTree> {
    let cache = cache.map(|dir| ModuleCache { dir: dir.to_path_buf() }.downloads());
    let of_proxies = proxies.split([',', '|']).filter_map(tree).map(|dir| ProxyTree { dir });
    cache.into_iter().chain(of_proxies).collect()
}

/// The directory of a proxy that is one: a URL without a host.
fn tree(proxy: &str) -> Option<PathBuf> {
    let path = proxy.trim().strip_prefix("file://").filter(|path| path.starts_with('/'))?;
    Some(PathBuf::from(unescaped(path)))
}

/// A path of a URL without its `%XX`; what is no escape stays as it is.
fn unescaped(path: &str) -> String {
    let mut out = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits.filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(value) if byte == b'%' => {
                out.push(value);
                rest = &after[2..];
            }
            _ => {
                out.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directories_among_the_proxies_are_asked_in_turn() {
        let proxies = "https://a.example,file:///t|file:///a%20b%2,file://host/x,direct";
        let sources = Sources::new(Some(Path::new("/c")), proxies, &[]);
        let want: Vec<PathBuf> = ["/c/cache/download", "/t", "/a b%2"].map(PathBuf::from).into();
        let dirs: Vec<&Path> = sources.trees.iter().map(|tree| tree.dir.as_path()).collect();
        assert_eq!(dirs, want);
    }
}
