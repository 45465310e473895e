//! `toolchain-switch`: the project asks for a newer go than the one that runs.

use super::Facts;
use super::facts::place;
use crate::gomod::{Spanned, go_version};
use crate::project::File;
use crate::report::{Code, Finding, Level};

pub(super) const CODE: Code = Code {
    name: "toolchain-switch",
    level: Level::Note,
    what: "the go line of go.mod or go.work asks for a newer go than the one that runs",
    why: "Left alone, go would fetch that toolchain from the network, or run whatever program of that name it finds on PATH. An offline profile keeps to the go it was given, which then refuses the module.",
    fix: "Install that version of Go and put it first on PATH, or name it in GO_OFFLINE_GO.",
    example: "go.mod says `go 1.99`, and go 1.26.8 runs",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let (Some(project), Some(running)) = (facts.project_to_check(), facts.go_version) else {
        return Vec::new();
    };
    if matches!(facts.command.profile, "online" | "open") {
        return Vec::new();
    }
    let of_work = project
        .work
        .iter()
        .filter_map(|work| Some((&work.file, work.value.as_ref().ok()?.go.as_ref()?)));
    let of_modules =
        project.mod_files().filter_map(|(_, file, value)| Some((file, value.go.as_ref()?)));
    of_work.chain(of_modules).filter_map(|(file, go)| finding(file, go, running)).collect()
}

fn finding(file: &File, go: &Spanned<String>, running: &str) -> Option<Finding> {
    go_version::compare(&go.value, running).is_gt().then(|| {
        Finding::new(
            CODE.name,
            CODE.level,
            format!("{} asks for go {}, and go {running} runs", file.shown.display(), go.value),
        )
        .with_place(place(file, &go.span, "newer than the go that runs"))
        .with_cause("this profile does not switch toolchains: GOTOOLCHAIN=local")
        .with_help(format!(
            "install go {} and put it first on PATH, or name it in GO_OFFLINE_GO",
            go.value
        ))
    })
}
