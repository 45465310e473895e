//! Every place from where the go command runs a program of somebody else.

use super::drive::drive;
use super::row::Row;

const PEER: &str = "198.51.100.7:4242";
const DIAL: &str = "{c} {marks} tcp 198.51.100.7 4242";
/// A go program that dials by itself.
const DIALS: &str = "import (\n\t\"fmt\"\n\t\"net\"\n\t\"time\"\n)\n\nfunc dial() {\n\tconnection, err := net.DialTimeout(\"tcp\", \"198.51.100.7:4242\", 5*time.Second)\n\tif err == nil {\n\t\tfmt.Fprintln(connection, \"dialled\")\n\t\tconnection.Close()\n\t}\n}\n";
const CGO: &str = "// int seven(void) { return 7; }\nimport \"C\"\n\nfunc Seven() int { return int(C.seven()) }\n";

fn heard(row: Row) -> Row {
    row.heard("tcp dialled").reports("tcp", PEER)
}

#[test]
pub(super) fn programs_of_a_build() {
    let quietly = format!("{DIAL} > /dev/null");
    let cc = format!("case \"$*\" in *c.cgo2.c*) {quietly};; esac\nexec gcc \"$@\"");
    let passing = format!("case \"$*\" in *-V=full*) ;; *) {quietly};; esac\nexec \"$@\"");
    drive(&[
        heard(Row::go("generate", "generate ./{dir}"))
            .by(DIAL)
            .file("project/{dir}/x.go", &format!("package x\n\n//go:generate {DIAL}\n")),
        heard(Row::go("cgo CC", "build ./{dir}"))
            .by(DIAL)
            .file("project/{dir}/c.go", &format!("package {{dir}}\n\n{CGO}"))
            .file("bin/mycc", &cc)
            .variable("CC", "{world}/bin/mycc")
            .variable("CGO_ENABLED", "1"),
        heard(Row::go("pkg-config", "build ./{dir}"))
            .by(DIAL)
            .file(
                "project/{dir}/c.go",
                &format!("package {{dir}}\n\n// #cgo pkg-config: seven\n{CGO}"),
            )
            .file("bin/mypkg", &quietly)
            .variable("PKG_CONFIG", "{world}/bin/mypkg")
            .variable("CGO_ENABLED", "1"),
        heard(Row::go("toolexec", "build -toolexec={world}/bin/passing ./{dir}"))
            .by(DIAL)
            .file("project/{dir}/x.go", "package {dir}\n")
            .file("bin/passing", &passing),
    ]);
}

#[test]
pub(super) fn programs_of_the_project() {
    let main = format!("package main\n\n{DIALS}\nfunc main() {{ dial() }}\n");
    let test = DIALS.replace("\t\"net\"\n", "\t\"net\"\n\t\"testing\"\n");
    drive(&[
        heard(Row::go("test", "test ./{dir}"))
            .by_one_like("{dir}.test ")
            .file("project/{dir}/x_test.go", &format!("package x\n\n{test}\nfunc TestIt(*testing.T) {{ dial() }}\n")),
        heard(Row::go("run", "run ./{dir}")).by_one_like("/exe/{dir}").file("project/{dir}/main.go", &main),
        heard(Row::go("tool", "tool {dir}"))
            .by_one_like("{dir}")
            .file("project/{dir}/main.go", &main)
            .file("project/go.mod", "module example.com/hello\n\ngo 1.24\n\ntool example.com/hello/{dir}\n\nrequire (\n\tgithub.com/google/uuid v1.6.0\n\tgolang.org/x/mod v0.17.0\n)\n"),
    ]);
}

/// Scripts that undo what the environment says, and call the real go command by its path.
#[test]
pub(super) fn a_go_command_that_has_left_the_profile() {
    let script = |settings: &str, arguments: &str| {
        format!(
            "export GOFLAGS=-mod=mod GOSUMDB=off GOTOOLCHAIN=local GOENV=off {settings}; {{goroot}}/bin/go {arguments} 2> /dev/null; true"
        )
    };
    let dial = "{go} {marks} tcp 198.51.100.7 4242";
    let fetch = "list -m peer.example/x@latest";
    drive(&[
        Row::bash(
            "run at latest",
            &script("GOPROXY=http://198.51.100.7", "run peer.example/x@latest"),
        )
        .heard("http GET /peer.example/x/@v/list HTTP/1.1")
        .reports("tcp", "198.51.100.7:80")
        .by_one_like("bin/go run peer.example/x@latest"),
        heard(Row::bash(
            "GOAUTH",
            &script(&format!("GOAUTH='{dial}' GOPROXY=https://198.51.100.7:9"), fetch),
        ))
        .by(dial)
        .reports("tcp", "198.51.100.7:9")
        .by_one_like("bin/go list -m"),
        heard(Row::bash("GOCACHEPROG", &script(&format!("GOCACHEPROG='{dial}'"), "build .")))
            .by(dial),
        Row::bash(
            "git",
            &script(
                "GOPROXY=direct GOVCS=*:all GIT_ALLOW_PROTOCOL=https",
                "list -m peer.example/x.git@latest",
            ),
        )
        .resolv_conf("nameserver 198.51.100.7\n")
        .heard("dns udp peer.example")
        .reports("dns", "peer.example")
        .by_one_like("git-remote-https"),
    ]);
}
