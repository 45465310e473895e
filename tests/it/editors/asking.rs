//! What editors and linters ask of go before they load anything: the same answers.

use super::desk::Desk;
use crate::world::Who;

/// Questions that bare go answers, or refuses, in a vendored project without a network.
const QUESTIONS: [(&[&str], i32); 13] = [
    (&["version"], 0),
    (&["version", "-m", "go"], 0),
    (&["env", "-json", "GOMOD", "GOWORK", "GOROOT", "GOPATH", "GOCACHE", "GOMODCACHE"], 0),
    (&["env", "GOOS", "GOARCH", "CGO_ENABLED", "GOVERSION", "CC"], 0),
    (&["list", "-e", "-f", "{{context.ReleaseTags}}", "--", "unsafe"], 0),
    (&["list", "-f", "{{context.GOARCH}} {{context.Compiler}}", "--", "unsafe"], 0),
    (&["list", "-m", "-json"], 0),
    (&["list", "-deps", "-test", "-json=ImportPath,Dir,GoFiles,Module,Error", "./..."], 0),
    (&["list", "-mod=vendor", "./..."], 0),
    // Why it is incomplete go says with one sentence less where -mod=vendor is given.
    (&["list", "-e", "-json=ImportPath,Incomplete", "example.com/nowhere"], 0),
    (&["list", "-m", "-json", "all"], 1),
    (&["list", "-m", "-u", "-json", "github.com/sirupsen/logrus"], 1),
    (&["list", "-m", "-versions", "github.com/sirupsen/logrus"], 1),
];

#[test]
#[ignore = "needs GO_OFFLINE_CORPUS"]
fn questions_have_the_answers_of_bare_go() {
    for desk in Desk::of_everybody("runc") {
        for (args, code) in QUESTIONS {
            // `version -m go`: a file beside the program that is started, whichever that is.
            let args: Vec<_> = args
                .iter()
                .map(|arg| if *arg == "go" { desk.bare().join("go") } else { (*arg).into() })
                .collect();
            let bare = desk.run(&desk.bare(), "go").args(&args).run().ended(code);
            assert_eq!(desk.run(&desk.ours(), "go").args(&args).run(), bare, "{args:?}");
            desk.assert_alone();
        }
    }
}

/// What a profile closes is what `go env` tells, so that a tool that looks whether a project is
/// vendored sees that it is.
#[test]
#[ignore = "needs GO_OFFLINE_CORPUS"]
fn the_environment_tells_the_profile() {
    let Some(desk) = Desk::of(Who::Self_, "runc") else { return };
    let ran = desk.run(&desk.ours(), "go").args(["env", "-json"]).run().ended(0);
    let env: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(env["GOFLAGS"], "-mod=vendor");
    assert_eq!(env["GOPROXY"], "off");
    assert_eq!(env["GOMOD"], desk.checkout().join("go.mod").to_str().unwrap());
    assert_eq!(ran.stderr, "");
}

/// A -mod on the command line that leaves vendor/ is refused, even if it is only asked with.
#[test]
#[ignore = "needs GO_OFFLINE_CORPUS"]
fn a_question_that_leaves_vendor_is_refused() {
    let Some(desk) = Desk::of(Who::Self_, "runc") else { return };
    for args in
        [&["list", "-mod=mod", "-m", "-json", "all"][..], &["list", "-mod=readonly", "./..."]]
    {
        let bare = desk.run(&desk.bare(), "go").args(args).run().ended(1);
        assert!(!desk.world().heard().is_empty(), "control: {bare:#?}");
        let ours = desk.run(&desk.ours(), "go").args(args).run().ended(65);
        assert_eq!(ours.said("flag-leaves-profile").stdout, "");
        desk.assert_alone();
    }
}

/// GOFLAGS of the environment does not leave it either, and that is said once on stderr.
#[test]
#[ignore = "needs GO_OFFLINE_CORPUS"]
fn goflags_give_way() {
    let Some(desk) = Desk::of(Who::Self_, "runc") else { return };
    let list = ["list", "./..."];
    let sound = desk.run(&desk.bare(), "go").args(list).run().ended(0);
    let ours = desk.run(&desk.ours(), "go").args(list).env("GOFLAGS", "-mod=mod").run().ended(0);
    assert_eq!(ours.stdout, sound.stdout);
    assert_eq!(ours.stderr.matches("goenv-override").count(), 1, "{ours:#?}");
    desk.assert_alone();
}
