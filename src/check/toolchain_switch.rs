//! `toolchain-switch`: the project asks for a newer go than the one that runs.

use super::Facts;
use super::facts::place;
use crate::gomod::{Spanned, go_version, platform};
use crate::project::File;
use crate::report::{Code, Finding, Level};
use std::path::Path;

pub(super) const CODE: Code = Code {
    name: "toolchain-switch",
    level: Level::Note,
    what: "the go line of go.mod or go.work asks for a newer go than the one that runs",
    why: "Left alone, go would fetch that toolchain from the network, or run whatever program of that name it finds on PATH. An offline profile keeps to the go it was given, which then refuses the module. Only where a bundle holds such a toolchain does that run, once its zip was checked.",
    fix: "Install that version of Go and put it first on PATH, or name its go command in GO_OFFLINE_GO; `GOTOOLCHAIN=goX.Y.Z go-offline --profile online version` fetches it into the module cache.",
    example: "go.mod says `go 1.99`, and go 1.26.8 runs",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let (Some(project), Some(running)) = (facts.project_to_check(), facts.go_version) else {
        return Vec::new();
    };
    if facts.command.follows_user {
        return Vec::new();
    }
    let of_work = project
        .work
        .iter()
        .filter_map(|work| Some((&work.file, work.value.as_ref().ok()?.go.as_ref()?)));
    let of_modules =
        project.mod_files().filter_map(|(_, file, value)| Some((file, value.go.as_ref()?)));
    of_work
        .chain(of_modules)
        .filter_map(|(file, go)| finding(file, go, running, facts.module_cache))
        .collect()
}

fn finding(
    file: &File,
    go: &Spanned<String>,
    running: &str,
    module_cache: Option<&Path>,
) -> Option<Finding> {
    if !go_version::compare(&go.value, running).is_gt() {
        return None;
    }
    let asks = format!("{} asks for go {}", file.shown.display(), go.value);
    let finding = Finding::new(CODE.name, CODE.level, format!("{asks}, and go {running} runs"))
        .with_place(place(file, &go.span, "newer than the go that runs"))
        .with_cause("this profile does not switch toolchains: GOTOOLCHAIN=local")
        .with_help(help(&go_version::first_release(&go.value), module_cache));
    Some(finding)
}

/// The command that fetches the toolchain, and the one that uses it: naming it is the user's own
/// word, which a line of go.mod is not.
fn help(release: &str, module_cache: Option<&Path>) -> String {
    let fetch = format!("`GOTOOLCHAIN=go{release} go-offline --profile online version` fetches it");
    let Some((os, arch)) = platform::host() else {
        return format!("{fetch}; name its go command in GO_OFFLINE_GO");
    };
    let dir = format!("golang.org/toolchain@v0.0.1-go{release}.{os}-{arch}/bin/go");
    let go = module_cache.unwrap_or(Path::new("$GOMODCACHE")).join(dir);
    format!("{fetch}; then `GO_OFFLINE_GO={} go-offline …` uses it", go.display())
}
