//! What the rules on files of vendor/ have in common.

use super::Facts;
use super::bytes::{Bytes, Evidence, VerifiedModule};
use super::facts::Carried;
use crate::gomod::hex;
use crate::project::{GitLine, Project};
use crate::report::{Finding, Level, Place, SourceText, first_few};
use crate::vendoring::Difference;
use std::path::PathBuf;
use std::sync::Arc;

/// The facts of a rule on the files of vendor/.
#[derive(Clone, Copy)]
pub(super) struct Files<'a> {
    pub(super) facts: &'a Facts<'a>,
    pub(super) bytes: &'a Bytes,
    pub(super) project: &'a Project,
}

impl<'a> Files<'a> {
    pub(super) fn of(facts: &'a Facts<'a>) -> Option<Files<'a>> {
        let bytes = facts.bytes.filter(|bytes| !bytes.is_of_cache)?;
        Some(Files { facts, bytes, project: facts.project? })
    }

    /// A path below vendor/ as shown.
    pub(super) fn shown(&self, path: &str) -> PathBuf {
        let vendor = self.facts.vendor.map(|vendor| vendor.shown.clone());
        vendor.unwrap_or_else(|| PathBuf::from("vendor")).join(path)
    }

    pub(super) fn module(&self, difference: &Difference) -> Option<&'a VerifiedModule> {
        self.bytes.modules.get(difference.module?)
    }

    /// A finding about a file.
    pub(super) fn finding(
        &self,
        code: &'static str,
        level: Level,
        difference: &Difference,
        message: String,
    ) -> Finding {
        let finding = Finding::new(code, level, message)
            .with_place(Place::Path(self.shown(&difference.path)));
        match self.module(difference) {
            Some(module) => finding.with_module(&module.module.path, &module.module.version),
            None => finding,
        }
    }

    /// A finding about several files names the first of them.
    pub(super) fn with_files(
        &self,
        finding: Finding,
        group: &[&Difference],
        most: usize,
    ) -> Finding {
        if group.len() == 1 {
            return finding;
        }
        let names = group.iter().map(|one| self.shown(&one.path).display().to_string());
        finding.with_rows("files", first_few(names, most))
    }

    /// The known patch that a difference is.
    pub(super) fn carried(&self, difference: &Difference) -> Option<&'a Carried> {
        self.named(difference).filter(|carried| carried.counts)
    }

    /// The entry that names a difference, whether it counts or not.
    pub(super) fn named(&self, difference: &Difference) -> Option<&'a Carried> {
        let module = self.module(difference)?;
        let hash = hex(&difference.hash?);
        self.facts.carries.iter().find(|carried| {
            let carry = &carried.carry;
            carry.module.value == module.module.path
                && difference
                    .path
                    .strip_prefix(&module.module.path)
                    .is_some_and(|below| below.strip_prefix('/') == Some(carry.path.as_str()))
                && carry.sha256 == hash
        })
    }

    /// What makes the vendored files of a project anew.
    pub(super) fn help(&self) -> String {
        super::facts::vendor_help(self.project)
    }
}

/// Puts differences together that have a key in common, in the order of the first of each.
pub(super) fn grouped<'d, K: PartialEq>(
    keyed: impl IntoIterator<Item = (K, &'d Difference)>,
) -> Vec<(K, Vec<&'d Difference>)> {
    let mut groups: Vec<(K, Vec<&Difference>)> = Vec::new();
    for (key, difference) in keyed {
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, group)) => group.push(difference),
            None => groups.push((key, vec![difference])),
        }
    }
    groups
}

/// What a vendored module is held against, in words.
pub(super) fn source(module: &VerifiedModule) -> String {
    match (&module.replacement, module.evidence) {
        (Some(directory), Evidence::Dir) => format!("the directory {}", directory.path),
        (Some(replacement), _) => replacement.to_string(),
        (None, _) => module.module.to_string(),
    }
}

/// How a finding says on what it rests.
pub(super) fn held_against(module: &VerifiedModule) -> &'static str {
    match module.evidence {
        Evidence::List => "its file list, which hashes to the line of go.sum",
        Evidence::Zip => "its zip, which hashes to the line of go.sum",
        Evidence::Dir => "the directory that replaces it",
        Evidence::Lock => "go-offline.lock",
        Evidence::None => "nothing",
    }
}

/// The line of a file of git's as a place.
pub(super) fn git_place(line: &GitLine, label: &str) -> Place {
    let source = SourceText { path: line.file.shown.clone(), text: Arc::clone(&line.file.text) };
    Place::Text { source: Arc::new(source), span: line.span.clone(), label: label.to_owned() }
}

/// `FILE:LINE`.
pub(super) fn git_name(line: &GitLine) -> String {
    let number = line.file.text[..line.span.start].matches('\n').count() + 1;
    format!("{}:{number}", line.file.shown.display())
}
