//! `lock-mismatch`: go-offline.lock or the lists beside it contradict what they are bound to.

use super::Facts;
use super::bytes::{Bad, BadEvidence, Bytes, LockFacts};
use super::vendored_files::source;
use crate::gomod::ModuleVersion;
use crate::report::{Code, Finding, Level, Place};

pub(super) const CODE: Code = Code {
    name: "lock-mismatch",
    level: Level::Deny,
    what: "go-offline.lock, or go-offline.lock.lists, contradicts go.sum or the vendored files",
    why: "A list of files proves itself: it hashes to the module's line in go.sum, or it was edited, or go.sum was. The lock records digests of the vendored files of each module; with nothing better at hand they tell that a module was changed, though not which file. If only files differ that go does not compile, link or embed, this is a warning.",
    fix: "If go.sum is right, `go-offline lock --with-lists` writes lock and lists anew, and `go-offline mod vendor` the files. What neither explains was tampered with: `git log -p` of these files says when.",
    example: "a list in go-offline.lock.lists does not hash to the h1 line that go.sum has for github.com/pkg/errors",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(bytes) = facts.bytes else {
        return Vec::new();
    };
    let lists = bytes.bad.iter().filter_map(of_list);
    let of_lock = |lock| broken(lock).into_iter().chain(mismatched(bytes, lock));
    lists.chain(bytes.lock.iter().flat_map(of_lock)).collect()
}

fn of_list(bad: &BadEvidence) -> Option<Finding> {
    let at = Place::Path(bad.path.clone());
    let help = "if go.sum is right, run `go-offline lock --with-lists`";
    let finding = |message| Finding::new(CODE.name, CODE.level, message).with_place(at);
    match &bad.what {
        Bad::List => Some(
            finding(format!("the list of {} does not hash to its line in go.sum", bad.module))
                .with_module(&bad.module.path, &bad.module.version)
                .with_cause("the list was edited, or the line of go.sum was")
                .with_help(help),
        ),
        Bad::Lists(why) => {
            let found = finding(format!("{} is no file of lists: {why}", bad.path.display()))
                .with_cause("it was damaged or edited")
                .with_help(help);
            let ModuleVersion { path, version } = &bad.module;
            Some(if path.is_empty() { found } else { found.with_module(path, version) })
        }
        Bad::Zip(_) | Bad::Extracted(_) => None,
    }
}

fn broken(lock: &LockFacts) -> Vec<Finding> {
    let finding = |why: &String| {
        Finding::new(CODE.name, CODE.level, format!("{}: {why}", lock.path.display()))
            .with_place(Place::Path(lock.path.clone()))
            .with_cause("it was edited by hand, or a merge went wrong")
            .with_help("run `go-offline lock`")
    };
    lock.broken.iter().map(finding).collect()
}

fn mismatched<'a>(bytes: &'a Bytes, lock: &'a LockFacts) -> impl Iterator<Item = Finding> + 'a {
    lock.mismatched.iter().filter_map(|(module, is_code)| {
        let module = bytes.modules.get(*module)?;
        let (level, what) = match is_code {
            true => (CODE.level, "that go compiles, links or embeds"),
            false => (Level::Warn, "that go does not compile, link or embed"),
        };
        let message = format!(
            "vendored files of {} {what} are not those that {} records",
            source(module),
            lock.path.display()
        );
        Some(
            Finding::new(CODE.name, level, message)
                .with_place(Place::Path(lock.path.clone()))
                .with_module(&module.module.path, &module.module.version)
                .with_cause("a file was changed, added or removed; the lock alone does not tell which")
                .with_help("`go-offline --profile online mod download` brings the module's zip, and then `go-offline check` names the file"),
        )
    })
}
