//! The worlds, each as edits of the sound one.

/// One way to come to a finding.
pub(super) struct Case {
    pub(super) code: &'static str,
    pub(super) what: &'static str,
    /// File, text to be replaced, new text: `""` for the old one appends, for both removes the file.
    pub(super) edits: &'static [(&'static str, &'static str, &'static str)],
    pub(super) args: &'static [&'static str],
    pub(super) env: &'static [(&'static str, &'static str)],
    pub(super) exit: i32,
    pub(super) file: Option<&'static str>,
    pub(super) line: Option<u64>,
    /// A part of the help: the command that mends it.
    pub(super) help: &'static str,
    /// The name of the file with the whole report; empty if there is none.
    pub(super) snapshot: &'static str,
}

pub(super) const SOUND: &str = "\
-- go.mod --
module example.com/app

go 1.21

require (
	example.com/dep v1.0.0
	example.com/local v0.0.0
)

replace example.com/local => ./local
-- go.sum --
example.com/dep v1.0.0 h1:NIvaJDMOsjHA8n1jAhLSgzrAzy1Hgr+hNrb57e+94F0=
example.com/dep v1.0.0/go.mod h1:TIyPZe4MgqvfeYDBFedMoGGpEw/LqOeaOT+nhxU+yHo=
-- main.go --
package main
-- local/go.mod --
module example.com/local
-- vendor/modules.txt --
# example.com/dep v1.0.0
## explicit; go 1.17
example.com/dep
# example.com/local v0.0.0 => ./local
## explicit
# example.com/local => ./local
-- vendor/example.com/dep/dep.go --
package dep
";

const NONE: Case = Case {
    code: "",
    what: "",
    edits: &[],
    args: &["check", "--verify", "lists"],
    env: &[],
    exit: 65,
    file: None,
    line: None,
    help: "",
    snapshot: "",
};

const LIST: Option<&str> = Some("vendor/modules.txt");

const MOD: Option<&str> = Some("go.mod");

const SETTINGS: Option<&str> = Some("go-offline.toml");

pub(super) const CASES: &[Case] = &[
    Case {
        code: "mod-malformed",
        what: "a misspelt verb",
        edits: &[("go.mod", "require", "requier")],
        file: MOD,
        line: Some(5),
        help: "go-offline mod edit",
        snapshot: "mod-malformed",
        ..NONE
    },
    Case {
        code: "mod-malformed",
        what: "a conflict marker",
        edits: &[("go.mod", "go 1.21", "<<<<<<< HEAD")],
        file: MOD,
        line: Some(3),
        help: "go-offline mod edit",
        ..NONE
    },
    Case {
        code: "mod-malformed",
        what: "no module line",
        edits: &[("go.mod", "module example.com/app\n", "\n")],
        file: MOD,
        line: Some(1),
        help: "mod edit -module=",
        ..NONE
    },
    Case {
        code: "mod-malformed",
        what: "two replacements for one module",
        edits: &[("go.mod", "", "replace example.com/local => ./other\n")],
        file: MOD,
        line: Some(11),
        help: "mod edit -dropreplace=example.com/local",
        ..NONE
    },
    Case {
        code: "mod-malformed",
        what: "go.work uses a directory without go.mod",
        edits: &[("go.work", "", "go 1.21\nuse .\nuse ./gone\n")],
        file: Some("go.work"),
        line: Some(3),
        help: "go-offline work edit -dropuse=./gone",
        ..NONE
    },
    Case {
        code: "mod-malformed",
        what: "go.work uses a directory twice",
        edits: &[("go.work", "", "go 1.21\nuse .\nuse ./\n")],
        file: Some("go.work"),
        line: Some(3),
        help: "remove one",
        ..NONE
    },
    Case {
        code: "mod-malformed",
        what: "go.work uses nothing",
        edits: &[("go.work", "", "go 1.21\n")],
        file: Some("go.work"),
        line: Some(1),
        help: "go-offline work use",
        ..NONE
    },
    Case {
        code: "mod-malformed",
        what: "go.work is older than its module",
        edits: &[("go.work", "", "go 1.20\nuse .\n")],
        file: Some("go.work"),
        line: Some(1),
        help: "go-offline work use",
        ..NONE
    },
    Case {
        code: "mod-malformed",
        what: "two modules of one path",
        edits: &[
            ("go.work", "", "go 1.21\nuse .\nuse ./b\n"),
            ("b/go.mod", "", "module example.com/app\n"),
        ],
        file: Some("b/go.mod"),
        line: Some(1),
        help: "work edit -dropuse=b",
        ..NONE
    },
    Case {
        code: "mod-malformed",
        what: "modules that replace one thing by two",
        edits: &[
            ("go.work", "", "go 1.21\nuse .\nuse ./b\n"),
            ("b/go.mod", "", "module example.com/b\nreplace example.com/local => ../other\n"),
        ],
        file: Some("b/go.mod"),
        line: Some(2),
        help: "go-offline work edit -replace=example.com/local=",
        ..NONE
    },
    Case {
        code: "mod-malformed",
        what: "a workspace module replaced",
        edits: &[("go.work", "", "go 1.21\nuse .\nreplace example.com/app => ./other\n")],
        file: Some("go.work"),
        line: Some(3),
        help: "go-offline work edit -dropreplace=example.com/app",
        ..NONE
    },
    Case {
        code: "vendor-missing",
        what: "modules.txt is gone",
        edits: &[("vendor/modules.txt", "", "")],
        file: MOD,
        line: Some(6),
        help: "go-offline mod vendor",
        snapshot: "vendor-missing",
        ..NONE
    },
    Case {
        code: "vendor-inconsistent",
        what: "a package under an older version of a module that is vendored in another",
        edits: &[
            (
                "vendor/modules.txt",
                "# example.com/local v0.0.0 => ./local",
                "# example.com/dep v0.9.0\nexample.com/dep/old\n# example.com/local v0.0.0 => ./local",
            ),
            ("vendor/example.com/dep/old/old.go", "", "package old\n"),
        ],
        file: LIST,
        line: Some(5),
        help: "go-offline mod vendor",
        ..NONE
    },
    Case {
        code: "vendor-inconsistent",
        what: "another version in go.mod",
        edits: &[("go.mod", "dep v1.0.0", "dep v1.0.1")],
        file: MOD,
        line: Some(6),
        help: "go-offline mod vendor",
        snapshot: "vendor-inconsistent",
        ..NONE
    },
    Case {
        code: "vendor-inconsistent",
        what: "one character of the version in the list",
        edits: &[("vendor/modules.txt", "v1.0.0", "v1.1.0")],
        file: MOD,
        line: Some(6),
        help: "go-offline mod vendor",
        ..NONE
    },
    Case {
        code: "vendor-inconsistent",
        what: "one character of the mark in the list",
        edits: &[("vendor/modules.txt", "explicit", "explicjt")],
        file: MOD,
        line: Some(6),
        help: "go-offline mod vendor",
        ..NONE
    },
    Case {
        code: "vendor-inconsistent",
        what: "no longer required",
        edits: &[("go.mod", "\texample.com/dep v1.0.0\n", "")],
        file: LIST,
        line: Some(1),
        help: "go-offline mod vendor",
        ..NONE
    },
    Case {
        code: "vendor-inconsistent",
        what: "another replacement",
        edits: &[(
            "vendor/modules.txt",
            "# example.com/local => ./local",
            "# example.com/local => ./elsewhere",
        )],
        file: MOD,
        line: Some(10),
        help: "go-offline mod vendor",
        ..NONE
    },
    Case {
        code: "vendor-inconsistent",
        what: "a replacement that go.mod has not",
        edits: &[("vendor/modules.txt", "", "# example.com/dep => ./dep\n")],
        file: LIST,
        line: Some(7),
        help: "go-offline mod vendor",
        ..NONE
    },
    Case {
        code: "vendor-inconsistent",
        what: "a module line removed",
        edits: &[(
            "vendor/modules.txt",
            "# example.com/local v0.0.0 => ./local\n## explicit\n",
            "",
        )],
        file: MOD,
        line: Some(7),
        help: "go-offline mod vendor",
        ..NONE
    },
    Case {
        code: "vendor-inconsistent",
        what: "a package of another module",
        edits: &[(
            "vendor/modules.txt",
            "=> ./local\n## explicit\n",
            "=> ./local\n## explicit\nexample.com/other\n",
        )],
        file: LIST,
        line: Some(6),
        help: "go-offline mod vendor",
        ..NONE
    },
    Case {
        code: "vendor-inconsistent",
        what: "a module that asks for a newer go",
        edits: &[("vendor/modules.txt", "go 1.17", "go 1.99")],
        args: &["check", "--verify", "lists", "--go", "1.26.8"],
        file: LIST,
        line: Some(2),
        help: "GO_OFFLINE_GO",
        ..NONE
    },
    Case {
        code: "vendor-inconsistent",
        what: "a module newer than its user",
        edits: &[("vendor/modules.txt", "go 1.17", "go 1.22")],
        exit: 0,
        file: LIST,
        line: Some(2),
        help: "go-offline mod vendor",
        ..NONE
    },
    Case {
        code: "vendor-inconsistent",
        what: "a line that go passes over",
        edits: &[("vendor/modules.txt", "go 1.17", "go1.17")],
        exit: 0,
        file: LIST,
        line: Some(2),
        help: "go-offline mod vendor",
        ..NONE
    },
    Case {
        code: "vendor-inconsistent",
        what: "an excluded requirement",
        edits: &[("go.mod", "", "exclude example.com/local v0.0.0\n")],
        file: MOD,
        line: Some(7),
        help: "go-offline mod tidy",
        ..NONE
    },
    Case {
        code: "vendor-ignored",
        what: "a go.work",
        edits: &[("go.work", "", "go 1.21\nuse .\n")],
        file: Some("go.work"),
        line: Some(1),
        help: "GOWORK=off go-offline build",
        snapshot: "vendor-ignored",
        ..NONE
    },
    Case {
        code: "vendor-ignored",
        what: "the list of a workspace",
        edits: &[("vendor/modules.txt", "# example.com/dep", "## workspace\n# example.com/dep")],
        file: LIST,
        line: Some(1),
        help: "GOWORK",
        ..NONE
    },
    Case {
        code: "vendor-ignored",
        what: "an old go line",
        edits: &[("go.mod", "go 1.21", "go 1.13"), ("vendor/modules.txt", "; go 1.17", "")],
        exit: 0,
        file: MOD,
        line: Some(3),
        help: "go-offline mod edit -go=1.14",
        ..NONE
    },
    Case {
        code: "vendor-ignored",
        what: "a go.work without a go line",
        edits: &[
            ("go.work", "", "use .\n"),
            ("go.mod", "go 1.21", "go 1.17"),
            ("vendor/modules.txt", "# example.com/dep", "## workspace\n# example.com/dep"),
        ],
        exit: 0,
        file: Some("go.work"),
        line: Some(1),
        help: "go-offline work edit -go=1.14",
        ..NONE
    },
    Case {
        code: "vendor-package-missing",
        what: "a package deleted",
        edits: &[("vendor/example.com/dep/dep.go", "", "")],
        file: LIST,
        line: Some(3),
        help: "go-offline mod vendor",
        snapshot: "vendor-package-missing",
        ..NONE
    },
    Case {
        code: "vendor-package-unlisted",
        what: "a package added",
        edits: &[("vendor/evil.example/x/x.go", "", "package x\n")],
        file: Some("vendor/evil.example/x/x.go"),
        help: "go-offline mod vendor",
        ..NONE
    },
    Case {
        code: "vendor-package-unlisted",
        what: "one character of a package in the list",
        edits: &[("vendor/modules.txt", "example.com/dep\n", "example.com/dep/x\n")],
        file: Some("vendor/example.com/dep/dep.go"),
        help: "go-offline mod vendor",
        ..NONE
    },
    Case {
        code: "sum-missing",
        what: "a line removed",
        edits: &[(
            "go.sum",
            "example.com/dep v1.0.0 h1:NIvaJDMOsjHA8n1jAhLSgzrAzy1Hgr+hNrb57e+94F0=\n",
            "",
        )],
        file: LIST,
        line: Some(1),
        help: "go-offline mod tidy",
        snapshot: "sum-missing",
        ..NONE
    },
    Case {
        code: "sum-missing",
        what: "go.sum deleted",
        edits: &[("go.sum", "", "")],
        file: LIST,
        line: Some(1),
        help: "go-offline mod tidy",
        ..NONE
    },
    Case {
        code: "sum-missing",
        what: "a line for go.mod alone removed",
        edits: &[(
            "go.sum",
            "example.com/dep v1.0.0/go.mod h1:TIyPZe4MgqvfeYDBFedMoGGpEw/LqOeaOT+nhxU+yHo=\n",
            "",
        )],
        exit: 0,
        file: LIST,
        line: Some(1),
        help: "go-offline mod tidy",
        ..NONE
    },
    Case {
        code: "sum-conflict",
        what: "both sides of a merge",
        edits: &[(
            "go.sum",
            "",
            "example.com/dep v1.0.0 h1:zY54UmvipHiNd+pm+m0x9KhZ9hl1/7QNMyxXbc6ICqA=\n",
        )],
        file: Some("go.sum"),
        line: Some(3),
        help: "go-offline --profile online mod tidy",
        snapshot: "sum-conflict",
        ..NONE
    },
    Case {
        code: "sum-malformed",
        what: "a conflict marker",
        edits: &[("go.sum", "", "<<<<<<< HEAD\n")],
        file: Some("go.sum"),
        line: Some(3),
        help: "go-offline mod tidy",
        ..NONE
    },
    Case {
        code: "sum-malformed",
        what: "a hash cut short",
        edits: &[("go.sum", "yHo=", "y")],
        file: Some("go.sum"),
        line: Some(2),
        help: "go-offline mod tidy",
        ..NONE
    },
    Case {
        code: "vendor-unverified",
        what: "bytes asked for",
        args: &["check", "--verify", "bytes"],
        exit: 75,
        file: LIST,
        line: Some(1),
        help: "go-offline lock --with-lists",
        ..NONE
    },
    Case {
        code: "toolchain-switch",
        what: "a newer go line",
        edits: &[("go.mod", "go 1.21", "go 1.99")],
        args: &["check", "--verify", "lists", "--go", "1.26.8"],
        exit: 0,
        file: MOD,
        line: Some(3),
        help: "GO_OFFLINE_GO",
        ..NONE
    },
    Case {
        code: "goenv-override",
        what: "-mod=mod in GOFLAGS",
        args: &["check", "--verify", "lists"],
        env: &[("GOFLAGS", "-mod=mod")],
        exit: 0,
        help: "--profile",
        ..NONE
    },
    Case {
        code: "flag-leaves-profile",
        what: "-mod=mod",
        args: &["build", "-mod=mod", "./..."],
        help: "go-offline --profile online build -mod=mod",
        ..NONE
    },
    Case {
        code: "flag-leaves-profile",
        what: "a package with a version",
        args: &["run", "example.com/x@latest"],
        help: "go-offline --profile online run example.com/x@latest",
        ..NONE
    },
    Case {
        code: "config-executes",
        what: "a compiler in the project's file",
        edits: &[(
            "go-offline.toml",
            "",
            "default-profile = 'p'\n\n[profile.p.env]\nGOOS = 'linux'\nCC = './tools/cc'\n",
        )],
        file: SETTINGS,
        line: Some(5),
        help: "go-offline/config.toml",
        snapshot: "config-executes",
        ..NONE
    },
    Case {
        code: "config-executes",
        what: "-toolexec in GOFLAGS, under a profile that checks nothing",
        edits: &[(
            "go-offline.toml",
            "",
            "default-profile = 'p'\n[profile.p]\ninherits = 'open'\nenv.GOFLAGS = ['-toolexec=./evil']\n",
        )],
        file: SETTINGS,
        line: Some(4),
        help: "go-offline/config.toml",
        ..NONE
    },
    Case {
        code: "module-denied",
        what: "a rule against a module",
        edits: &[(
            "go-offline.toml",
            "",
            "[modules]\nallow = ['example.com/**']\ndeny = [{ path = 'example.com/d*', reason = 'abandoned' }]\n",
        )],
        file: MOD,
        line: Some(6),
        help: "go-offline mod why -m example.com/dep",
        snapshot: "module-denied",
        ..NONE
    },
    Case {
        code: "module-not-allowed",
        what: "a list without the module",
        edits: &[(
            "go-offline.toml",
            "",
            "[modules]\nallow = ['example.org/**', 'example.com/d']\n",
        )],
        file: MOD,
        line: Some(6),
        help: "add `\"example.com/dep\"` to `allow` in go-offline.toml",
        ..NONE
    },
    Case {
        code: "private-leak",
        what: "two proxies and a private module",
        edits: &[(
            "go-offline.toml",
            "",
            "default-profile = 'site'\n[profile.site]\ninherits = 'proxy'\nproxy = 'http://127.0.0.1:9,http://127.0.0.1:10'\n[modules]\nprivate = ['example.com/**']\n",
        )],
        file: MOD,
        line: Some(6),
        help: "leave one proxy",
        ..NONE
    },
    Case {
        code: "sumdb-off",
        what: "GOSUMDB=off in the project's file",
        edits: &[(
            "go-offline.toml",
            "",
            "default-profile = 'p'\n[profile.p]\ninherits = 'online'\nenv.GOSUMDB = 'off'\n",
        )],
        exit: 0,
        help: "[modules] private",
        ..NONE
    },
    Case {
        code: "isolation-weak",
        what: "unix sockets that nobody watches",
        edits: &[(
            "go-offline.toml",
            "",
            "default-profile = 'p'\n[profile.p]\nunix-sockets = 'deny'\n",
        )],
        args: &["build"],
        env: &[("GO_OFFLINE_ISOLATION", "off")],
        exit: 0,
        help: "GO_OFFLINE_ISOLATION=off",
        ..NONE
    },
    #[cfg(all(target_os = "linux", not(go_offline_stub)))]
    Case {
        code: "network-attempt",
        what: "a command that dials",
        args: &["exec", "--", "bash", "-c", "</dev/tcp/192.0.2.1/9; true"],
        env: &[("GO_OFFLINE_ISOLATION", "require")],
        exit: 77,
        help: "go-offline --profile online",
        ..NONE
    },
    #[cfg(all(target_os = "linux", not(go_offline_stub)))]
    Case {
        code: "processes-left",
        what: "a command that ends before a process that it has started",
        args: &["exec", "--", "sh", "-c", "$GO_OFFLINE_GO version; sleep 1 >/dev/null 2>&1 &"],
        env: &[("GO_OFFLINE_ISOLATION", "require")],
        exit: 0,
        help: "--strict exec --",
        ..NONE
    },
];
