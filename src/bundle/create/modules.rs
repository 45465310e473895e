//! The modules of a bundle, as a proxy serves them.

use super::{Content, Items};
use crate::bundle::{ModuleEntry, Proof};
use crate::fetch::{Entry, Part};
use crate::gomod::module_path::escape_path;
use crate::gomod::{ModuleVersion, hex, semver};
use crate::project::ProxyTree;
use anyhow::Context;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// The largest file that says what a proxy knows of a version.
const LONGEST_INFO: u64 = 1 << 20;

/// Adds the files of module versions, and lists of those versions that are there with a zip: go chooses
/// from them where it is asked for a newest version. What is listed is for the manifest.
///
/// # Errors
/// A file that cannot be read.
pub fn add_modules<'a>(
    items: &mut Items,
    entries: impl IntoIterator<Item = &'a Entry>,
    proof: impl Fn(&ModuleVersion) -> Proof,
) -> anyhow::Result<Vec<ModuleEntry>> {
    let mut lists: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut listed = Vec::new();
    for entry in entries {
        let module = &entry.module;
        let versions = lists.entry(&module.path).or_default();
        let zip = add_part(items, module, "zip", &entry.zip)?;
        let go_mod = add_part(items, module, "mod", &entry.go_mod)?;
        if let Part::Whole { path, .. } = &entry.info {
            items.add(name(module, "info")?, Content::Bytes(info(path, module)?));
        }
        if zip.is_some() {
            versions.push(&module.version);
        }
        let (path, version) = (module.path.clone(), module.version.clone());
        let mut entry = ModuleEntry { path, version, zip, go_mod, proof: Proof::None };
        if entry.has_hash() {
            entry.proof = proof(module);
        }
        listed.push(entry);
    }
    for (path, versions) in lists {
        let escaped = escape_path(path)?;
        items.add(format!("{escaped}/@v/list"), Content::Bytes(list(versions).into_bytes()));
    }
    Ok(listed)
}

/// Adds a zip or a go.mod, and gives its hash.
fn add_part(
    items: &mut Items,
    module: &ModuleVersion,
    kind: &str,
    part: &Part,
) -> anyhow::Result<Option<String>> {
    let Part::Whole { path, h1 } = part else { return Ok(None) };
    items.add(name(module, kind)?, Content::File(path.clone()));
    Ok(Some(h1.clone()))
}

fn name(module: &ModuleVersion, kind: &str) -> anyhow::Result<String> {
    ProxyTree::name(module, kind).with_context(|| format!("no proxy can serve {module}"))
}

/// A line for each version, the oldest first.
pub(in crate::bundle) fn list(mut versions: Vec<&str>) -> String {
    versions.sort_by(|one, other| semver::compare(one, other).then_with(|| one.cmp(other)));
    versions.into_iter().fold(String::new(), |list, version| list + version + "\n")
}

/// The version that such a file speaks of.
pub(in crate::bundle) fn info_version(bytes: &[u8]) -> anyhow::Result<String> {
    Ok(serde_json::from_slice::<Info>(bytes)?.version)
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Info {
    version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time: Option<String>,
}

/// What a proxy says of a version, less what differs from one proxy to the next: where it comes from.
fn info(path: &Path, module: &ModuleVersion) -> anyhow::Result<Vec<u8>> {
    let reading = || format!("reading {}", path.display());
    let size = path.metadata().with_context(reading)?.len();
    anyhow::ensure!(size <= LONGEST_INFO, "{}: {size} bytes are too many", path.display());
    let bytes = std::fs::read(path).with_context(reading)?;
    let mut info: Info = serde_json::from_slice(&bytes).with_context(reading)?;
    info.version.clone_from(&module.version);
    Ok(serde_json::to_vec(&info)?)
}

/// The digest of what go.sum proves, whatever the order of its lines: the SHA-256 over the sorted lines
/// of the modules, as go writes them.
pub fn go_sum_digest(modules: &[ModuleEntry]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for ModuleEntry { path, version, zip, go_mod, .. } in modules {
        lines.extend(zip.iter().map(|h1| format!("{path} {version} {h1}\n")));
        lines.extend(go_mod.iter().map(|h1| format!("{path} {version}/go.mod {h1}\n")));
    }
    lines.sort();
    format!("sha256:{}", hex(&Sha256::digest(lines.concat())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(dir: &Path, module: &ModuleVersion, with_zip: bool) -> Entry {
        let part = |kind: &str, text: &str| {
            let path = dir.join(ProxyTree::name(module, kind).unwrap());
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            Part::Whole { path, h1: format!("h1:{kind}") }
        };
        let info = r#"{"Time":"2024-01-02T03:04:05Z","Version":"v1","Origin":{"URL":"x"}}"#;
        let zip = if with_zip { part("zip", "zip") } else { Part::Unwanted };
        let info = part("info", info);
        let go_mod = part("mod", "module x");
        let (zip_hash, dir) = (Part::Unwanted, Part::Unwanted);
        Entry { module: module.clone(), go_mod, info, zip, zip_hash, dir }
    }

    #[test]
    fn versions_with_a_zip_are_listed_and_infos_made_alike() {
        let temp = tempfile::tempdir().unwrap();
        let one = |version, zip| entry(temp.path(), &ModuleVersion::new("a.b/C", version), zip);
        let time = Entry { go_mod: Part::Unwanted, ..one("v1.11.0", false) };
        let entries = [one("v1.10.0", true), one("v1.9.0", true), one("v1.2.0", false), time];
        let mut items = Items::default();
        let listed = add_modules(&mut items, &entries, |_| Proof::Private).unwrap();
        let bytes = |name: &str| match &items.files[name].content {
            Content::Bytes(bytes) => String::from_utf8(bytes.clone()).unwrap(),
            Content::File(path) => std::fs::read_to_string(path).unwrap(),
        };
        assert_eq!(bytes("a.b/!c/@v/list"), "v1.9.0\nv1.10.0\n");
        let info = r#"{"Version":"v1.9.0","Time":"2024-01-02T03:04:05Z"}"#;
        assert_eq!(bytes("a.b/!c/@v/v1.9.0.info"), info);
        let info = r#"{"Version":"v1.2.0","Time":"2024-01-02T03:04:05Z"}"#;
        assert_eq!(bytes("a.b/!c/@v/v1.2.0.info"), info);
        assert_eq!(bytes("a.b/!c/@v/v1.2.0.mod"), "module x");
        assert_eq!((listed[2].zip.as_deref(), listed[2].go_mod.as_deref()), (None, Some("h1:mod")));
        assert_eq!((listed[2].proof, listed[3].proof), (Proof::Private, Proof::None));
        assert!(items.files.contains_key("a.b/!c/@v/v1.11.0.info"));
        assert!(!items.files.contains_key("a.b/!c/@v/v1.11.0.mod"));
    }
}
