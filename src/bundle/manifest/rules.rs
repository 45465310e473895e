//! What a manifest may say. Each rule is one that a file system, a tar program or go relies on.

use super::{FileEntry, LinkEntry, Manifest, ManifestError, ModuleEntry, Source, SumDb};
use crate::bundle::manifest::Digest;
use crate::bundle::{MANIFEST, SETTINGS, SOURCE};
use crate::gomod::{case_folded, module_path};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// `PATH_MAX` and `NAME_MAX` of Linux.
const MAX_PATH: usize = 4096;
const MAX_ELEMENT: usize = 255;

/// What the header of a tar member can say: eleven octal digits.
const MAX_FILE: u64 = (1 << 33) - 1;

/// Holds a manifest to all rules.
pub(super) fn check(manifest: &Manifest) -> Result<(), ManifestError> {
    let go_sum = manifest.go_sum.strip_prefix("sha256:");
    if go_sum.and_then(Digest::parse).is_none() {
        return Err(entry("go-sum", &manifest.go_sum)("is not `sha256:` and a SHA-256 in hex"));
    }
    check_modules("module", &manifest.modules)?;
    check_modules("toolchain", &manifest.toolchains)?;
    manifest.sumdb.as_ref().map_or(Ok(()), check_sumdb)?;
    manifest.source.as_ref().map_or(Ok(()), check_source)?;
    check_files(manifest)?;
    check_links(manifest)?;
    check_collisions(manifest)?;
    manifest.source.as_ref().map_or(Ok(()), |source| check_project(manifest, source))?;
    let mut links = manifest.links.iter();
    links.try_for_each(|link| check_target(link).map_err(entry("link", &link.path)))
}

/// Makes the error of an entry.
fn entry<'a, W: Into<String>>(
    kind: &'static str,
    name: &'a str,
) -> impl Fn(W) -> ManifestError + 'a {
    move |why| ManifestError::Entry { kind, name: name.to_owned(), why: why.into() }
}

fn check_modules(kind: &'static str, modules: &[ModuleEntry]) -> Result<(), ManifestError> {
    for module in modules {
        let name = format!("{}@{}", module.path, module.version);
        let wrong = entry(kind, &name);
        module_path::check(&module.path, &module.version)
            .map_err(|error| wrong(format!("is no module version: {error}")))?;
        for hash in [&module.zip, &module.go_mod].into_iter().flatten() {
            if !hash.strip_prefix("h1:").is_some_and(is_hash) {
                return Err(wrong(format!("has {hash:?}, which is no h1: hash")));
            }
        }
    }
    let is_wrong =
        |a: &ModuleEntry, b: &ModuleEntry| (&a.path, &a.version) >= (&b.path, &b.version);
    let Some(pair) = modules.windows(2).find(|pair| is_wrong(&pair[0], &pair[1])) else {
        return Ok(());
    };
    let name = format!("{}@{}", pair[1].path, pair[1].version);
    Err(entry(kind, &name)("is listed twice, or out of order"))
}

/// 32 bytes in base64.
fn is_hash(text: &str) -> bool {
    STANDARD.decode(text).is_ok_and(|hash| hash.len() == 32)
}

fn check_sumdb(sumdb: &SumDb) -> Result<(), ManifestError> {
    let wrong = entry("sumdb", &sumdb.name);
    check_path(&sumdb.name).map_err(&wrong)?;
    if !is_hash(&sumdb.root) {
        return Err(wrong("has a root that is no hash in base64".to_owned()));
    }
    Ok(())
}

fn check_source(source: &Source) -> Result<(), ManifestError> {
    if source.dir != SOURCE {
        return Err(entry("source", &source.dir)("is not in the directory `source`"));
    }
    if source.project == "." {
        return Ok(());
    }
    check_path(&source.project).map_err(entry("source project", &source.project))
}

/// The project is a directory in which something lies, and no link leads to it.
fn check_project(manifest: &Manifest, source: &Source) -> Result<(), ManifestError> {
    if source.project == "." {
        return Ok(());
    }
    let dir = format!("{SOURCE}/{}/", source.project);
    match manifest.files.iter().any(|file| file.path.starts_with(&dir)) {
        true => Ok(()),
        // A file below a link breaks another rule.
        false => Err(entry("source project", &source.project)("has no file in the bundle")),
    }
}

/// A path from the root of the bundle that is the same file to everybody.
fn check_path(path: &str) -> Result<(), String> {
    if path.is_empty() || path.len() > MAX_PATH {
        return Err(format!("has {} bytes, where 1 to {MAX_PATH} are allowed", path.len()));
    }
    check_characters(path)?;
    if path.starts_with('/') {
        return Err("is an absolute path".to_owned());
    }
    for element in path.split('/') {
        match element {
            "" => return Err("has an empty element".to_owned()),
            "." | ".." => return Err(format!("has the element `{element}`")),
            long if long.len() > MAX_ELEMENT => {
                return Err(format!("has an element of more than {MAX_ELEMENT} bytes"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_characters(path: &str) -> Result<(), String> {
    match path.chars().find(|c| c.is_control() || *c == '\\') {
        Some('\\') => Err("has a backslash, which separates directories on some systems".into()),
        Some(control) => Err(format!("has the control character U+{:04X}", u32::from(control))),
        None => Ok(()),
    }
}

/// What version control systems that go asks (`cmd/go/internal/vcs`) keep beside a project.
const VERSION_CONTROL: [&str; 6] = [".git", ".hg", ".svn", ".bzr", ".fslckout", "_fossil_"];

/// Whether it is the name of what a version control system keeps beside a project: it can name programs
/// to run, and go runs git, hg and the like in the directory of a project.
pub(crate) fn is_version_control(element: &str) -> bool {
    let element = case_folded(element);
    VERSION_CONTROL.iter().any(|name| element == case_folded(name))
}

/// The rest of a path below `source/`.
fn below_source(path: &str) -> Option<&str> {
    path.strip_prefix(SOURCE)?.strip_prefix('/')
}

fn is_below_source(path: &str) -> bool {
    below_source(path).is_some()
}

fn check_version_control(path: &str) -> Result<(), String> {
    let mut elements = below_source(path).into_iter().flat_map(|rest| rest.split('/'));
    match elements.find(|element| is_version_control(element)) {
        Some(element) => {
            Err(format!("has the element `{element}`, by which others can have programs run"))
        }
        None => Ok(()),
    }
}

fn check_order<'a>(
    kind: &'static str,
    mut paths: impl Iterator<Item = &'a str>,
) -> Result<(), ManifestError> {
    let Some(mut before) = paths.next() else { return Ok(()) };
    for path in paths {
        if before == path {
            return Err(entry(kind, path)("is listed twice"));
        }
        if before > path {
            return Err(entry(kind, path)("is out of order"));
        }
        before = path;
    }
    Ok(())
}

fn check_files(manifest: &Manifest) -> Result<(), ManifestError> {
    let mut total: u64 = 0;
    for FileEntry { path, size, .. } in &manifest.files {
        let wrong = entry("file", path);
        check_path(path).map_err(&wrong)?;
        check_version_control(path).map_err(&wrong)?;
        if manifest.source.is_none() && is_below_source(path) {
            return Err(wrong("is of a project, and the manifest has none".to_owned()));
        }
        let sum = total.checked_add(*size).filter(|_| *size <= MAX_FILE);
        total = sum.ok_or_else(|| wrong(format!("has {size} bytes, which are too many")))?;
    }
    check_order("file", manifest.files.iter().map(|file| file.path.as_str()))
}

fn check_links(manifest: &Manifest) -> Result<(), ManifestError> {
    for LinkEntry { path, .. } in &manifest.links {
        let wrong = entry("link", path);
        check_path(path).map_err(&wrong)?;
        check_version_control(path).map_err(&wrong)?;
        if manifest.source.is_none() || !is_below_source(path) {
            return Err(wrong("is not below `source/`".to_owned()));
        }
    }
    check_order("link", manifest.links.iter().map(|link| link.path.as_str()))
}

/// A link leads up through directories that are no links, and then down to something in `source/`. What
/// it comes by on its way down may be a link, for which the same holds: so none ever leads out.
fn check_target(link: &LinkEntry) -> Result<(), String> {
    let target = link.target.as_str();
    let leads = |why: String| format!("leads to {target:?}, which {why}");
    if target.is_empty() || target.len() > MAX_PATH {
        return Err(leads(format!("has not 1 to {MAX_PATH} bytes")));
    }
    check_characters(target).map_err(leads)?;
    if target.starts_with('/') {
        return Err(leads("is an absolute path".to_owned()));
    }
    // In `source/` is the link itself.
    let mut depth = link.path.split('/').count() - 1;
    let mut is_down = false;
    for element in target.split('/').filter(|element| !matches!(*element, "" | ".")) {
        if element != ".." {
            is_down = true;
        } else if is_down {
            return Err(leads("goes up again after it went down".to_owned()));
        } else if depth == 1 {
            return Err(leads("is outside of `source/`".to_owned()));
        } else {
            depth -= 1;
        }
    }
    Ok(())
}

/// What sorts all that would be in one directory, on a system that does not tell cases apart, behind
/// that directory.
fn key(path: &str) -> String {
    case_folded(path).replace('/', "\0")
}

/// Refuses what would be one file on a system that does not tell cases apart, and a file that others
/// lie in. Of all that share a directory's key, two neighbours differ if any do.
fn check_collisions(manifest: &Manifest) -> Result<(), ManifestError> {
    let files = manifest.files.iter().map(|file| file.path.as_str());
    let links = manifest.links.iter().map(|link| link.path.as_str());
    let all = files.chain(links).chain([MANIFEST, SETTINGS]);
    let mut all: Vec<(String, &str)> = all.map(|path| (key(path), path)).collect();
    all.sort_unstable();
    for pair in all.windows(2) {
        if let Some(why) = collision(pair[0].1, pair[1].1) {
            return Err(entry("file", pair[1].1)(why));
        }
    }
    Ok(())
}

fn collision(first: &str, second: &str) -> Option<String> {
    let mut others = second.split('/');
    for element in first.split('/') {
        let Some(other) = others.next() else { break };
        if element != other {
            let twins = case_folded(element) == case_folded(other);
            return twins.then(|| format!("and {first:?} differ in case only"));
        }
    }
    Some(match first {
        MANIFEST | SETTINGS => format!("has the place of the bundle's own {first}"),
        _ if first == second => "is listed twice".to_owned(),
        _ => format!("lies in {first:?}, which is no directory"),
    })
}
