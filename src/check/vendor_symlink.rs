//! `vendor-symlink`: something in vendor/ is no file.

use super::Facts;
use super::vendored_files::Files;
use crate::report::{Code, Finding, Level, Place};

pub(super) const CODE: Code = Code {
    name: "vendor-symlink",
    level: Level::Deny,
    what: "vendor/ holds a symbolic link, or what is neither file nor directory",
    why: "`go mod vendor` writes plain files only. go follows a link and compiles what it leads to, which may lie outside of the checkout and be different on every machine. The only link that passes is one in the place of a module that a `replace` line takes from a directory, if it leads to that very directory.",
    fix: "`go-offline mod vendor` puts the module's own files there.",
    example: "vendor/github.com/pkg/errors/errors.go -> /home/me/src/errors/errors.go",
};

pub(super) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(files) = Files::of(facts) else {
        return Vec::new();
    };
    let finding = |irregular: &super::Irregular| {
        let shown = files.shown(&irregular.path);
        let (message, cause) = match &irregular.target {
            Some(target) => (
                format!("{} is a symbolic link to {}", shown.display(), target.display()),
                "go compiles what it leads to, whatever that is",
            ),
            None if irregular.path.contains(char::REPLACEMENT_CHARACTER) => (
                format!("{} has a name that is no UTF-8", shown.display()),
                "`go mod vendor` writes no such name, and nothing has a hash for it",
            ),
            None => (
                format!("{} is neither a file nor a directory", shown.display()),
                "a fifo, a socket or a device has no place in vendor/",
            ),
        };
        let finding = Finding::new(CODE.name, CODE.level, message).with_place(Place::Path(shown));
        let module = irregular.module.and_then(|module| files.bytes.modules.get(module));
        let finding = match module {
            Some(module) => finding.with_module(&module.module.path, &module.module.version),
            None => finding,
        };
        finding.with_cause(cause).with_help(files.help())
    };
    files.bytes.irregular.iter().map(finding).collect()
}
