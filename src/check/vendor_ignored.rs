//! `vendor-ignored`: there is a vendor directory, and go would build without it.

use super::Facts;
use super::facts::{place, vendor_command, vendor_help};
use crate::gomod::{Span, go_version};
use crate::project::{File, Project, Vendor};
use crate::report::{Code, Finding, Level};

pub(super) const CODE: Code = Code {
    name: "vendor-ignored",
    level: Level::Deny,
    what: "a vendor directory exists, and the go command would silently build without it",
    why: "go then takes every module from the module cache or the network, although the repository carries them. Nothing in its output says so.",
    fix: "Where a go.work above is the reason: `GOWORK=off go-offline build`, or vendor the workspace with `go-offline work vendor`. Where an old or missing go line is: `go-offline mod edit -go=1.14` or newer, then `go-offline mod vendor`.",
    example: "~/src/go.work uses ./app; `go build` in ~/src/app ignores ~/src/app/vendor",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let (Some(project), Some(vendor)) = (facts.project_to_check(), facts.vendor) else {
        return Vec::new();
    };
    if !facts.uses_vendor {
        return Vec::new();
    }
    let found = match vendor.is_for_workspace() {
        true if !project.is_workspace() => Some(list_of_a_workspace(project, vendor)),
        false if project.is_workspace() => {
            workspace_without_vendor(project, vendor, facts.own_vendor)
        }
        _ => old_go_line(project, vendor),
    };
    found.into_iter().collect()
}

fn list_of_a_workspace(project: &Project, vendor: &Vendor) -> Finding {
    let mut finding = Finding::new(
        CODE.name,
        CODE.level,
        format!("{} was made for a workspace, and no go.work is in force", vendor.shown.display()),
    );
    if let Some(file) = vendor.list.as_ref().map(|list| &list.file) {
        let at = place(file, &file.first_line(), "made by `go work vendor`");
        finding = finding.with_place(at);
    }
    finding
        .with_cause("without a go.work, go ignores such a vendor directory; GOWORK=off or a missing go.work leads here")
        .with_help(format!("unset GOWORK, or {}", vendor_help(project)))
}

/// go.work is in force, and the vendor directory beside it is missing or made for one module.
fn workspace_without_vendor(
    project: &Project,
    vendor: &Vendor,
    own: Option<&Vendor>,
) -> Option<Finding> {
    let work = project.work.as_ref()?;
    let beside = vendor.list.is_some().then_some(vendor);
    let ignored = beside.or(own.filter(|own| own.list.is_some()))?;
    let list = &ignored.list.as_ref()?.file;
    let (_, span) = go_line(project)?;
    let help = format!(
        "run with GOWORK=off (`GOWORK=off go-offline build`), or vendor the workspace: {}",
        vendor_help(project)
    );
    Some(
        Finding::new(
            CODE.name,
            CODE.level,
            format!("{} turns {} off", work.file.shown.display(), ignored.shown.display()),
        )
        .with_place(place(&work.file, &span, "this workspace is in force"))
        .with_place(place(list, &list.first_line(), "made for one module, not for a workspace"))
        .with_cause("in a workspace go uses only a vendor directory beside go.work that `go work vendor` made; its first line is `## workspace`")
        .with_help(help),
    )
}

/// go alone would not use vendor/; the profile's `-mod=vendor` does, so this is no more than a
/// warning.
fn old_go_line(project: &Project, vendor: &Vendor) -> Option<Finding> {
    vendor.list.as_ref()?;
    // A go.work that cannot be read has no go line to be old.
    if project.work.as_ref().is_some_and(|work| work.value.is_err()) {
        return None;
    }
    let version = project.go_version();
    if version.is_some_and(|version| go_version::compare(version, "1.14").is_ge()) {
        return None;
    }
    let cause = match version {
        Some(version) => {
            format!("the go line says {version}; go uses vendor/ by itself from go 1.14 on")
        }
        None => "there is no go line; go uses vendor/ by itself from go 1.14 on".to_owned(),
    };
    let (file, span) = go_line(project)?;
    let edit = if project.is_workspace() { "work edit" } else { "mod edit" };
    let help = format!(
        "this profile uses it all the same; `go-offline {edit} -go=1.14` and `go-offline {}` make go do so too",
        vendor_command(project)
    );
    Some(
        Finding::new(
            CODE.name,
            Level::Warn,
            format!("the go command alone would not use {}", vendor.shown.display()),
        )
        .with_place(place(file, &span, ""))
        .with_cause(cause)
        .with_help(help),
    )
}

/// Where the go line that decides stands, or would.
fn go_line(project: &Project) -> Option<(&File, Span)> {
    if let Some(work) = &project.work {
        let go = work.value.as_ref().ok().and_then(|value| value.go.as_ref());
        let span = go.map_or_else(|| work.file.first_line(), |go| go.span.clone());
        return Some((&work.file, span));
    }
    let (_, file, value) = project.mod_files().next()?;
    let line = value.go.as_ref().or(value.module.as_ref())?;
    Some((file, line.span.clone()))
}
