//! `vendor-unverified`: bytes were asked for, and of some modules nothing is at hand.

use super::Facts;
use super::bytes::{Evidence, VerifiedModule};
use super::facts::place;
use crate::profile::Verify;
use crate::project::Project;
use crate::report::{Code, Finding, Level, Place, first_few};

pub(super) const CODE: Code = Code {
    name: "vendor-unverified",
    level: Level::Warn,
    what: "the files of modules, vendored or not, could not be held against go.sum",
    why: "\"Not checked\" is never \"passed\". A module is verified by the list of its files or by its zip, both of which must hash to its line in go.sum. When bytes were asked for and of no module anything is at hand, the exit code is 75; with --strict it is 75 for each module that is not proven, and for each file that nobody vouches for.",
    fix: "Commit the lists, and nothing else is ever needed: `go-offline lock --with-lists`. Or bring the modules into the module cache: `go-offline --profile online mod download`.",
    example: "a fresh checkout on a machine with an empty module cache, without go-offline.lock.lists",
};

/// Modules named before the rest is only counted.
const NAMED: usize = 5;

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(project) = facts.project_to_check().filter(|_| facts.verify == Verify::Bytes) else {
        return Vec::new();
    };
    // Where go.mod or modules.txt is missing or says nothing, that is what is said.
    let Some(bytes) = facts.bytes else {
        return Vec::new();
    };
    if bytes.modules.is_empty() && bytes.is_unproven(project.requires_modules()) {
        return nothing_cached(project).into_iter().collect();
    }
    let none: Vec<&VerifiedModule> =
        bytes.modules.iter().filter(|module| module.evidence == Evidence::None).collect();
    let Some(first) = none.first() else {
        return Vec::new();
    };
    let at = match facts.vendored().map(|vendored| vendored.place(&first.module, "not verified")) {
        Some(Some(place)) => place,
        _ => Place::Path(project.shown(&project.root)),
    };
    let names = none.iter().map(|module| {
        let because = if module.reason.is_empty() { "nothing is at hand" } else { &module.reason };
        format!("{}: {because}", module.module)
    });
    let count = none.len();
    let message = format!(
        "the files of {count} of {} modules were not checked against go.sum",
        bytes.modules.len()
    );
    vec![
        Finding::new(CODE.name, CODE.level, message)
            .with_rows("modules", first_few(names, NAMED))
            .with_place(at)
            .with_cause(cause(first))
            .with_help(help(first, bytes.is_of_cache)),
    ]
}

fn is_replaced_by_directory(module: &VerifiedModule) -> bool {
    module.replacement.as_ref().is_some_and(|new| new.version.is_empty())
}

/// Why the first of them, and most likely all, could not be checked.
fn cause(module: &VerifiedModule) -> &'static str {
    match (is_replaced_by_directory(module), &module.h1) {
        (true, _) => "what replaces it is not there to be compared with",
        (false, None) => "without a line in go.sum nothing can be proven",
        (false, Some(_)) => "there is neither a list of the files nor a zip that go.sum proves",
    }
}

fn help(module: &VerifiedModule, is_of_cache: bool) -> String {
    let fetch = "`go-offline --profile online mod download` brings the zips";
    match (is_replaced_by_directory(module), &module.h1) {
        (true, _) => {
            "bring the directory back, or remove its `replace` line and run `go-offline mod vendor`"
                .to_owned()
        }
        (false, None) => "run `go-offline mod tidy`".to_owned(),
        (false, Some(_)) if is_of_cache => fetch.to_owned(),
        (false, Some(_)) => format!(
            "{fetch}, and then `go-offline lock --with-lists` writes lists that make every later check possible without them"
        ),
    }
}

/// A module cache that has none of the modules.
fn nothing_cached(project: &Project) -> Option<Finding> {
    let mut required = project.mod_files().filter_map(|(_, file, value)| {
        Some(place(file, &value.require.first()?.span, "required here"))
    });
    let finding = Finding::new(CODE.name, CODE.level, "no required module is in the module cache");
    Some(
        finding
            .with_place(required.next()?)
            .with_cause("so there was nothing to check")
            .with_help("`go-offline --profile online mod download` brings them"),
    )
}
