//! Profiles of one project side by side, and their environment without us.

use crate::world::{Ran, World, everybody};
use std::path::Path;

const THREE: &str = include_str!("../../../examples/settings/three-platforms.toml");

const PLATFORMS: [(&str, &str); 3] =
    [("dev", "linux-arm64"), ("test", "windows-amd64"), ("prod", "darwin-arm64")];

/// What the first bytes of a program say it is for.
fn platform(program: &Path) -> &'static str {
    let bytes = std::fs::read(program).unwrap();
    match &bytes[..4] {
        b"\x7fELF" if bytes[18] == 0xb7 => "linux-arm64",
        [b'M', b'Z', ..] => "windows-amd64",
        [0xcf, 0xfa, 0xed, 0xfe] if bytes[4] == 0x0c => "darwin-arm64",
        other => panic!("{other:?}"),
    }
}

#[test]
fn three_profiles_build_at_the_same_time_for_three_platforms() {
    let world = World::new();
    world.write("project/go-offline.toml", THREE);
    let start = |profile: &str| {
        let args = ["--profile", profile, "build", "-v", "-o", profile, "."];
        world.ours(args).without("GOCACHE").without("CGO_ENABLED").spawn()
    };
    let build = || {
        let children: Vec<_> = PLATFORMS.map(|(profile, _)| start(profile)).into();
        children.into_iter().map(Ran::of).collect::<Vec<_>>()
    };
    let mut hashes = Vec::new();
    for ran in build() {
        let ran = ran.ended(0);
        assert!(ran.stderr.contains("example.com/hello"), "the first build compiles: {ran:#?}");
    }
    for (profile, wanted) in PLATFORMS {
        let program = world.project().join(profile);
        assert_eq!(platform(&program), wanted, "{profile}");
        hashes.push(std::fs::read(program).unwrap());
        assert!(
            world.has(&format!("home/.cache/go-offline/go-build/{wanted}/README")),
            "{profile}"
        );
    }
    // Nothing is done twice, and nothing has come out otherwise than alone.
    for ran in build() {
        assert_eq!(ran.ended(0).stderr, "", "a second build compiles nothing");
    }
    for ((profile, _), before) in PLATFORMS.iter().zip(&hashes) {
        assert_eq!(&std::fs::read(world.project().join(profile)).unwrap(), before, "{profile}");
    }
    assert!(!world.has("home/.cache/go-build"), "somebody used the cache of nobody");
}

/// Two profiles for one platform share what they compile: flags are part of go's own keys.
#[test]
fn profiles_for_one_platform_share_their_cache() {
    let world = World::new();
    world.write(
        "project/go-offline.toml",
        &THREE.replace("windows", "linux").replace("amd64", "arm64"),
    );
    let build = |profile: &str| {
        let args = ["--profile", profile, "build", "-v", "-o", profile, "."];
        world.ours(args).without("GOCACHE").without("CGO_ENABLED").run().ended(0).stderr
    };
    assert!(build("dev").contains("example.com/hello"));
    assert_eq!(build("test"), "");
}

/// Everything that would lead bare go somewhere else.
const TEMPTING: &str = "GOFLAGS=-mod=mod\nGOPROXY=http://127.0.0.1:9\nGOSUMDB=off\nGOPRIVATE=*\nGO111MODULE=off\nGOAMD64=v2\n";

#[test]
fn the_exported_environment_alone_gives_the_same_build() {
    for who in everybody() {
        let world = World::of(who);
        world.write(
            "project/go-offline.toml",
            "default-profile = 'p'\n[profile.p.env]\nGOFLAGS = ['-trimpath', '-ldflags=-s -w']\n",
        );
        world.go_env(TEMPTING);
        world.ours(["build", "-o", "ours", "."]).run().ended(0).said("goenv-override");
        let bare = world.bare(["build", "-o", "bare", "."]).run();
        assert_ne!(bare.code(), Some(0), "control: bare go goes astray: {bare:#?}");
        let formats = [
            ("sh", "eval \"$($OURS profile env --format sh)\"; go build -o exported ."),
            (
                "direnv",
                "$OURS profile env --format direnv > .envrc; . ./.envrc; go build -o exported .",
            ),
            (
                "dotenv",
                "$OURS profile env --format dotenv > .env; set -a; . ./.env; set +a; go build -o exported .",
            ),
            (
                "docker",
                "$OURS profile env --format docker > .env; xargs -d '\\n' -a .env sh -c 'env \"$@\" go build -o exported .' sh",
            ),
            (
                "gitlab",
                "$OURS profile env --format gitlab > .env; xargs -d '\\n' -a .env sh -c 'env \"$@\" go build -o exported .' sh",
            ),
            (
                "github",
                "$OURS profile env --format github > .env; xargs -d '\\n' -a .env sh -c 'env \"$@\" go build -o exported .' sh",
            ),
        ];
        for (format, script) in formats {
            let ran = world.shell(script).run();
            assert_eq!((ran.code(), ran.stderr.as_str()), (Some(0), ""), "{format}: {ran:#?}");
            let read = |name: &str| std::fs::read(world.project().join(name)).unwrap();
            assert!(read("ours") == read("exported"), "{format}: another program");
            world.remove("project/exported");
        }
    }
}
