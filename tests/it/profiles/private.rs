//! What is private is asked of nobody public, and everything else as ever.

use crate::world::World;

const SETTINGS: &str =
    "[modules]\nprivate = ['example.com/private/**']\n[profile.site]\ninherits = 'proxy'\n";

/// What the proxy and the checksum database of a world are asked for, module by module.
fn asked(world: &World, profile: &str, module: &str) -> (bool, bool) {
    world.heard();
    let args = ["--profile", profile, "mod", "download", &format!("{module}@v1.0.0")];
    world
        .ours(args)
        .env("GOPROXY", world.url())
        .env("GOSUMDB", format!("sum.golang.org {}/sumdb", world.url()))
        .env("GO_OFFLINE_ISOLATION", "off")
        .run();
    let heard = world.heard();
    let of_module = |line: &&String| line.contains(module.rsplit('/').next().unwrap_or(module));
    let (database, proxy): (Vec<_>, Vec<_>) =
        heard.iter().filter(of_module).partition(|line| line.contains("/sumdb/"));
    (!proxy.is_empty(), !database.is_empty())
}

#[test]
fn online_takes_it_directly_and_the_rest_from_the_proxy() {
    let Some(world) = World::with_traps() else { return };
    assert!(asked(&world, "online", "example.com/private/secret").0, "control: no settings");
    world.write("project/go-offline.toml", SETTINGS);
    assert_eq!(asked(&world, "online", "example.com/private/secret"), (false, false));
    assert!(asked(&world, "online", "example.com/dep").0, "what is not private comes as ever");
}

#[test]
fn a_sites_proxy_has_it_and_the_checksum_database_never_hears_of_it() {
    let Some(world) = World::with_traps() else { return };
    world.write("project/go-offline.toml", &SETTINGS.replace("private/**", "other/**"));
    assert_eq!(asked(&world, "site", "example.com/dep"), (true, true), "control: not private");
    world.write("project/go-offline.toml", &SETTINGS.replace("private/**", "dep/**"));
    assert_eq!(asked(&world, "site", "example.com/dep"), (true, false));
}
