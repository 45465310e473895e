//! gopls, the language server of VS Code and most other editors: it finds its way into vendor/.

use super::desk::Desk;
use super::lsp::{Location, Server};
use super::tools;
use crate::world::{Run, Who};
use std::path::Path;

/// An import that main.go of runc does not have, of a package that is vendored.
const NEW_IMPORT: &str = "import (\n\t\"github.com/moby/sys/user\"\n";

/// What somebody at an editor gets to see.
#[derive(Debug, PartialEq, Eq)]
struct Session {
    /// Where `SetLevel` is defined, as the file is on disk.
    saved: Vec<Location>,
    /// Where `CurrentUser` is defined, whose import is not saved yet: go gets an -overlay.
    unsaved: Vec<Location>,
    complaints: Vec<String>,
}

/// gopls in the checkout, where this `go` is first on PATH. It keeps what it has worked out below
/// XDG_CACHE_HOME: each session begins with nothing.
fn gopls<'d>(desk: &'d Desk, go: &Path, name: &str) -> Run<'d> {
    fresh(desk, desk.run(go, tools::gopls()), name)
}

fn fresh<'d>(desk: &Desk, run: Run<'d>, name: &str) -> Run<'d> {
    run.env("XDG_CACHE_HOME", desk.world().root().join("cache-of").join(name))
}

fn session(desk: &Desk, run: Run) -> Session {
    let mut server = Server::start(run, &desk.checkout());
    let main = desk.checkout().join("main.go");
    let text = server.open(&main);
    let saved = server.definition(&main, &text, "logrus.");
    let text = text.replacen("import (\n", NEW_IMPORT, 1)
        + "\nvar _ = func() (user.User, error) { return user.CurrentUser() }\n";
    server.change(&main, &text);
    let unsaved = server.definition(&main, &text, "return user.");
    Session { saved, unsaved, complaints: server.leave() }
}

/// A session in which both definitions are in the packages that they are from.
#[track_caller]
fn assert_finds_vendor(desk: &Desk, session: &Session) {
    for (locations, package) in [
        (&session.saved, "vendor/github.com/sirupsen/logrus"),
        (&session.unsaved, "vendor/github.com/moby/sys/user"),
    ] {
        let [location] = &locations[..] else { panic!("{package}: {session:#?}") };
        assert!(location.file.starts_with(desk.checkout().join(package)), "{session:#?}");
    }
    assert_eq!(session.complaints, Vec::<String>::new());
}

#[test]
#[ignore = "loads a large project thrice; needs GO_OFFLINE_CORPUS"]
fn definitions_lead_into_vendor() {
    let Some(desk) = Desk::of(Who::Self_, "runc") else { return };
    let bare = session(&desk, gopls(&desk, &desk.bare(), "bare"));
    assert_finds_vendor(&desk, &bare);
    desk.world().heard(); // of bare go; gopls runs `go mod tidy` now and then

    let shim = session(&desk, gopls(&desk, &desk.ours(), "shim"));
    assert_eq!(shim, bare);
    desk.assert_alone();

    // The editor's whole server behind the wall.
    let exec = desk.run(&desk.bare(), desk.world().program());
    let exec = exec.args(["exec", "--"]).args([tools::gopls()]);
    assert_eq!(session(&desk, fresh(&desk, exec, "exec")), bare);
    desk.assert_alone();
}

/// Where the lists do not agree gopls opens the project all the same, and says why little works.
#[test]
#[ignore = "loads a large project twice; needs GO_OFFLINE_CORPUS"]
fn what_is_wrong_with_the_lists_is_shown() {
    let Some(desk) = Desk::of(Who::Self_, "runc") else { return };
    let name = "checkout/vendor/modules.txt";
    let list = desk.world().read(name);
    let wrong =
        list.replacen("# github.com/sirupsen/logrus v1", "# github.com/sirupsen/logrus v0", 1);
    assert_ne!(wrong, list);
    desk.world().write(name, &wrong);
    for (go, name) in [(desk.bare(), "bare"), (desk.ours(), "ours")] {
        let mut server = Server::start(gopls(&desk, &go, name), &desk.checkout());
        server.open(&desk.checkout().join("main.go"));
        // It reads go's own words in our finding, and offers to mend the list.
        server.wait_for("nconsistent vendoring");
        server.leave();
    }
}
