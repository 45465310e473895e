//! golang.org/x/tools/go/packages, by which linters and generators load a project.

use super::desk::Desk;
use super::tools;

#[test]
#[ignore = "loads a large project; needs GO_OFFLINE_CORPUS"]
fn a_project_is_loaded_as_by_bare_go() {
    let load = tools::load();
    for desk in Desk::of_everybody("runc") {
        let bare = desk.run(&desk.bare(), load).run().ended(0);
        assert!(bare.stdout.lines().count() > 500, "control: {bare:#?}");
        assert!(bare.stdout.contains("/vendor/github.com/sirupsen/logrus/"), "control");
        assert!(!bare.stdout.contains("\terror "), "control: {}", bare.stdout);
        assert_eq!(desk.run(&desk.ours(), load).run(), bare);
        let exec = ["exec", "--", load.to_str().unwrap()];
        assert_eq!(desk.run(&desk.bare(), desk.world().program()).args(exec).run(), bare);
        desk.assert_alone();
    }
}

/// A tool that sets -mod for its own `go list`: bare go leaves vendor/ and asks around, we stay.
#[test]
#[ignore = "loads a large project; needs GO_OFFLINE_CORPUS"]
fn goflags_of_a_tool_do_not_leave_vendor() {
    let load = tools::load();
    for desk in Desk::of_everybody("runc") {
        let sound = desk.run(&desk.bare(), load).run().ended(0);
        for goflags in ["-mod=mod", "-mod=readonly"] {
            let ours = desk.run(&desk.ours(), load).env("GOFLAGS", goflags).run().ended(0);
            assert_eq!(ours.stdout, sound.stdout);
            desk.assert_alone();
        }
        let bare = desk.run(&desk.bare(), load).env("GOFLAGS", "-mod=mod").run();
        assert_ne!(bare.stdout, sound.stdout, "control");
        assert!(!desk.world().heard().is_empty(), "control");
    }
}
