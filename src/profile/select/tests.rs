use super::*;
use crate::profile::{
    Config, ConfigFile, GoEnv, Isolation, Known, Network, UnixSockets, Verify, WatchCalls,
};

const VENDORED: VendorFacts = VendorFacts {
    go_would_vendor: true,
    has_modules_txt: true,
    has_required_module: true,
    has_lock: false,
};

fn key(goos: &str, goarch: &str, profile: &str) -> Result<String, String> {
    Ok(format!("{goos}-{goarch}-{profile}"))
}

pub(in crate::profile) fn ground() -> Ground<'static> {
    Ground {
        project: Some("/src/p".into()),
        dir: "/src/p".into(),
        cache: Some("/home/u/.cache/go-offline".into()),
        host: Some(("linux", "amd64")),
        key: &key,
    }
}

pub(in crate::profile) fn resolve(profile: &str, user: &UserEnv) -> Profile {
    let choice = Choice { profile: Some(profile.to_owned()), ..Choice::default() };
    select(&choice, Layers::default(), user, VendorFacts::default(), &ground()).unwrap()
}

fn user(variables: &[(&str, &str)]) -> UserEnv {
    let environ = variables.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
    UserEnv { environ, ..UserEnv::default() }
}

pub(in crate::profile) fn parse(trust: Trust, text: &str) -> Result<Config, Vec<ConfigError>> {
    let name = if trust == Trust::Project { "go-offline.toml" } else { "config.toml" };
    let file = ConfigFile { path: name.into(), shown: name.into(), text: text.into(), trust };
    Config::parse(
        file,
        Known {
            codes: &["sum-missing", "config-executes"],
            flags: &["race", "tags", "trimpath", "toolexec", "ldflags", "mod"],
        },
    )
}

/// A run in a world of two files.
struct World {
    project: Option<Config>,
    user_file: Option<Config>,
    user: UserEnv,
    choice: Choice,
    facts: VendorFacts,
}

impl World {
    fn new(project: &str, user_file: &str) -> World {
        World {
            project: Some(parse(Trust::Project, project).unwrap()),
            user_file: Some(parse(Trust::User, user_file).unwrap()),
            user: user(&[]),
            choice: Choice::default(),
            facts: VENDORED,
        }
    }

    fn project(text: &str) -> World {
        World::new(text, "")
    }

    fn env(self, variables: &[(&str, &str)]) -> World {
        World { user: user(variables), ..self }
    }

    fn named(self, profile: &str) -> World {
        World { choice: Choice { profile: Some(profile.to_owned()), ..self.choice }, ..self }
    }

    fn floor(self, floor: &str) -> World {
        World {
            choice: Choice { floor: Some(Floor::parse(floor).unwrap()), ..self.choice },
            ..self
        }
    }

    fn select(&self) -> Result<Profile, SelectError> {
        let layers = Layers { project: self.project.as_ref(), user: self.user_file.as_ref() };
        select(&self.choice, layers, &self.user, self.facts, &ground())
    }

    fn profile(&self) -> Profile {
        self.select().unwrap()
    }

    fn value(&self, name: &str) -> Option<String> {
        let env = GoEnv::new(&self.profile(), &self.user);
        env.get(name).map(|value| value.to_string_lossy().into_owned())
    }

    fn mistake(&self) -> String {
        match self.select() {
            Err(SelectError::Config(errors)) => format!("{}; {}", errors[0], errors[0].help),
            other => panic!("{other:?}"),
        }
    }
}

fn name(variables: &[(&str, &str)], flag: Option<&str>, facts: VendorFacts) -> String {
    let choice = Choice { profile: flag.map(str::to_owned), ..Choice::default() };
    select(&choice, Layers::default(), &user(variables), facts, &ground()).unwrap().name
}

#[test]
fn auto_is_vendor_where_anything_says_vendored() {
    let none = VendorFacts::default();
    assert_eq!(name(&[], None, none), "cache");
    assert_eq!(name(&[], None, VendorFacts { go_would_vendor: true, ..none }), "vendor");
    assert_eq!(name(&[], None, VendorFacts { has_modules_txt: true, ..none }), "vendor");
    assert_eq!(name(&[], None, VendorFacts { has_required_module: true, ..none }), "vendor");
    assert_eq!(name(&[], None, VendorFacts { has_lock: true, ..none }), "vendor");
}

#[test]
fn the_flag_beats_the_variable_beats_the_project_beats_the_user() {
    let none = VendorFacts::default();
    assert_eq!(name(&[("GO_OFFLINE_PROFILE", "open")], None, none), "open");
    assert_eq!(name(&[("GO_OFFLINE_PROFILE", "open")], Some("online"), none), "online");
    let both = || World::new("default-profile = 'cache'", "default-profile = 'online'");
    assert_eq!(both().profile().name, "cache");
    assert_eq!(both().env(&[("GO_OFFLINE_PROFILE", "vendor")]).profile().name, "vendor");
    let users = World::new("", "default-profile = 'online'").profile();
    assert_eq!(
        (users.name.as_str(), users.origin.to_string().as_str()),
        ("online", "config.toml:1")
    );
}

#[test]
fn variables_override_single_values_and_are_checked() {
    let set = |value| World::project("").env(&[("GO_OFFLINE_ISOLATION", value)]).select();
    assert_eq!(set("require").unwrap().isolation, Isolation::Require);
    assert_eq!(set("").unwrap().isolation, Isolation::Prefer);
    assert!(set("requier").is_err());
}

#[test]
fn proxy_keeps_proxies_only() {
    let get = |value| {
        World::project("").named("proxy").env(&[("GOPROXY", value)]).select().map(|p| p.proxy)
    };
    assert_eq!(get("http://a,direct").unwrap(), "http://a");
    assert_eq!(get("http://a|http://b,direct").unwrap(), "http://a|http://b");
    assert!(get("direct").is_err());
    assert!(get("").is_err());
}

#[test]
fn go_vendors_by_itself_from_1_14_on() {
    assert!(go_would_vendor(true, Some("1.14"), false, false));
    assert!(!go_would_vendor(true, Some("1.13"), false, false));
    assert!(!go_would_vendor(true, None, false, false));
    assert!(!go_would_vendor(true, Some("1.22"), false, true));
    assert!(go_would_vendor(true, Some("1.22"), true, true));
    assert!(!go_would_vendor(false, Some("1.22"), false, false));
}

const CHAIN: &str = "
default-profile = 'ci'
[profile.base]
inherits = 'vendor'
verify = 'bytes'
network = 'warn'
[profile.base.env]
GOFLAGS = ['-trimpath', '-tags=a']
GOOS = 'windows'
[profile.ci]
inherits = 'base'
network = 'deny'
[profile.ci.env]
GOFLAGS = ['-tags=b', '-race']
";

#[test]
fn values_come_from_the_nearest_table_with_their_line() {
    let profile = World::project(CHAIN).profile();
    assert_eq!((profile.name.as_str(), profile.base), ("ci", "vendor"));
    assert_eq!(profile.inherits, ["base", "vendor"]);
    assert_eq!((profile.network, profile.verify), (Network::Deny, Verify::Bytes));
    let network = profile.decisions.iter().find(|decision| decision.key == "network").unwrap();
    assert_eq!(network.origin.to_string(), "go-offline.toml:12");
    let lost: Vec<_> =
        network.lost.iter().map(|(value, origin)| format!("{value} {origin}")).collect();
    assert_eq!(lost, ["warn go-offline.toml:6", "deny built-in profile vendor"]);
}

#[test]
fn flags_add_up_by_name_and_a_whole_value_replaces() {
    let flags = World::project(CHAIN).value("GOFLAGS");
    assert_eq!(flags.as_deref(), Some("-trimpath -tags=b -race -mod=vendor"));
    let whole = CHAIN.replace("['-tags=b', '-race']", "'-race'");
    assert_eq!(World::project(&whole).value("GOFLAGS").as_deref(), Some("-race -mod=vendor"));
    // The environment's own flags count first, flag by flag.
    let world = World::project(CHAIN).env(&[("GOFLAGS", "-tags=c -x -mod=mod")]);
    assert_eq!(world.value("GOFLAGS").as_deref(), Some("-trimpath -race -tags=c -x -mod=vendor"));
    let outranked = GoEnv::new(&world.profile(), &world.user).outranked;
    assert_eq!((outranked[0].value.as_str(), outranked[0].winner.as_str()), ("-tags=b", "-tags=c"));
}

#[test]
fn free_variables_lose_against_the_environment_and_win_against_go_env() {
    let mut world = World::project(CHAIN);
    assert_eq!(world.value("GOOS").as_deref(), Some("windows"));
    world.user.file = Some(crate::profile::EnvFile::parse("/env".into(), "GOOS=plan9\nCC=clang\n"));
    assert_eq!(world.value("GOOS").as_deref(), Some("windows"));
    assert_eq!(world.value("CC").as_deref(), Some("clang"));
    let world = world.env(&[("GOOS", "darwin")]);
    assert_eq!(world.value("GOOS"), None, "the environment's own stays");
}

#[test]
fn closed_variables_of_a_file_win_against_the_environment() {
    let text = "default-profile='p'\n[profile.p]\ninherits='online'\n[profile.p.env]\nGOSUMDB='sum.corp'\n";
    let world = World::project(text).env(&[("GOSUMDB", "off")]);
    assert_eq!(world.value("GOSUMDB").as_deref(), Some("sum.corp"));
    let lost = GoEnv::new(&world.profile(), &world.user).overridden;
    assert_eq!((lost[0].name.as_str(), lost[0].value.as_str()), ("GOSUMDB", "off"));
}

#[test]
fn of_one_name_the_projects_table_comes_before_the_users() {
    let world = World::new(
        "[profile.p]\nverify='bytes'\n[profile.p.env]\nGOOS='linux'\n",
        "[profile.p]\ninherits='online'\nverify='off'\n[profile.p.env]\nCC='clang'\nGOOS='plan9'\n",
    )
    .named("p");
    let profile = world.profile();
    assert_eq!((profile.base, profile.verify), ("online", Verify::Bytes));
    assert_eq!(
        world.value("CC").as_deref(),
        Some("clang"),
        "the user's own file may name programs"
    );
    assert_eq!(world.value("GOOS").as_deref(), Some("linux"));
}

#[test]
fn what_is_inherited_must_exist_and_not_be_itself() {
    let mistake = World::project("[profile.a]\ninherits='b'\n[profile.b]\ninherits='a'\n")
        .named("a")
        .mistake();
    assert!(
        mistake.contains("go-offline.toml:4:10") && mistake.contains("inherits itself"),
        "{mistake}"
    );
    let mistake = World::project("[profile.a]\ninherits='vendro'\n").named("a").mistake();
    assert!(mistake.contains("did you mean `vendor`?"), "{mistake}");
    let mistake = World::project("default-profile='aa'\n[profile.a1]\n").mistake();
    assert!(mistake.contains("no profile is named `aa`"), "{mistake}");
    let unknown =
        World::project("[profile.deploy]").named("deplyo").select().unwrap_err().to_string();
    assert!(unknown.contains("did you mean `deploy`?"), "{unknown}");
}

#[test]
fn the_profile_of_another_project_is_not_asked_of_this_one() {
    let mut world = World::project("").env(&[("GO_OFFLINE_PROFILE", "theirs")]);
    assert!(world.select().is_err());
    world.choice.nested = true;
    assert_eq!(world.profile().name, "vendor");
}

const HOSTILE: &str = "
default-profile = 'p'
[profile.p]
inherits = 'open'
network = 'allow'
verify = 'off'
isolation = 'off'
[profile.p.env]
CC = 'evil'
GOCACHEPROG = 'evil'
PATH = '/evil'
GOCACHE = '/evil'
GOSUMDB = 'off'
GOFLAGS = ['-toolexec=evil', '-ldflags=-extld=evil', '-trimpath']
";

#[test]
fn a_hostile_file_arms_nothing() {
    let world = World::project(HOSTILE);
    let profile = world.profile();
    let refused: Vec<usize> = profile
        .refused
        .iter()
        .map(|refused| crate::gomod::line_col(&refused.text, refused.span.start).0)
        .collect();
    assert_eq!(refused, [9, 10, 11, 12, 14, 14]);
    assert!(!profile.is_transparent(), "what is refused must be said");
    for name in ["CC", "GOCACHEPROG", "PATH", "GOCACHE"] {
        assert_eq!(world.value(name), None, "{name}");
    }
    assert_eq!(world.value("GOFLAGS").as_deref(), Some("-trimpath"));
    let lines: Vec<String> =
        profile.loosened.iter().map(|loosened| loosened.origin.to_string()).collect();
    assert_eq!(lines.len(), 5, "{:?}", profile.loosened);
}

#[test]
fn under_a_floor_nothing_is_loosened() {
    let floor = "verify=bytes,network=deny,isolation=require";
    let in_user_file = "[floor]\nverify='bytes'\nnetwork='deny'\nisolation='require'\n";
    for world in [
        World::project(HOSTILE).floor(floor),
        World::project(HOSTILE).env(&[("GO_OFFLINE_FLOOR", floor)]),
        World::new(HOSTILE, in_user_file),
    ] {
        let profile = world.profile();
        assert_eq!(
            (profile.base, profile.verify, profile.network, profile.isolation),
            ("vendor", Verify::Bytes, Network::Deny, Isolation::Require)
        );
        assert_eq!(profile.loosened, []);
        assert_eq!(profile.held.len(), 4);
        assert_eq!(world.value("GOPROXY").as_deref(), Some("off"));
        assert!(world.value("GOSUMDB").unwrap().starts_with("sum.golang.org file:///dev/null"));
    }
}

/// A proxy of the project's is a way out of the machine like any other.
#[test]
fn under_a_floor_a_project_names_no_proxy() {
    let text = "[profile.p]\ninherits='proxy'\nproxy='http://evil.example'\n";
    let world = World::project(text).named("p").floor("network=deny");
    let profile = world.profile();
    assert_eq!((profile.base, profile.proxy.as_str()), ("vendor", ""));
    assert_eq!(profile.held.len(), 1);
    assert_eq!(world.value("GOPROXY").as_deref(), Some("off"));
    // Nor does it send a profile of the user's elsewhere.
    let users = "[floor]\nnetwork='deny'\n[profile.p]\ninherits='proxy'\n";
    let world = World::new("[profile.p]\nproxy='http://evil.example'\n", users).named("p");
    assert_eq!(world.profile().base, "vendor");
    // A directory is none, and what the user names is the user's.
    for (project, users) in [
        ("[profile.p]\ninherits='proxy'\nproxy='file:///t'\n", ""),
        ("default-profile='p'\n", "[profile.p]\ninherits='proxy'\nproxy='http://athens'\n"),
    ] {
        let mut world = World::new(project, users).floor("network=deny");
        world.choice.profile = (users.is_empty()).then(|| "p".to_owned());
        assert_eq!(world.profile().base, "proxy", "{project}");
    }
}

#[test]
fn one_key_says_what_the_proxy_is() {
    let text = "[profile.p]\ninherits='proxy'\nproxy='http://a'\n[profile.p.env]\nGOPROXY='http://a,http://b'\n";
    let mistake = World::project(text).named("p").mistake();
    assert!(mistake.contains("go-offline.toml:5:1: `GOPROXY`"), "{mistake}");
}

/// With a key of its own a project can sign whatever it likes.
#[test]
fn what_a_project_takes_from_the_checksum_database_is_counted() {
    let loosened = |variable: &str| {
        let text = format!("[profile.p]\ninherits='online'\n[profile.p.env]\n{variable}\n");
        // `inherits` is one already.
        World::project(&text).named("p").profile().loosened.len() - 1
    };
    for variable in ["GOSUMDB='evil.example+00000000+AAAA'", "GONOSUMDB='*'", "GOPRIVATE='*'"] {
        assert_eq!(loosened(variable), 1, "{variable}");
    }
    for variable in ["GOSUMDB='sum.golang.org'", "GONOSUMDB='none'", "GOPROXY='http://a'"] {
        assert_eq!(loosened(variable), 0, "{variable}");
    }
}

#[test]
fn the_floor_in_the_users_file_does_not_bind_the_same_users_command_line() {
    let file = "[floor]\nnetwork='deny'\nverify='bytes'\n[profile.mine]\ninherits='online'\n";
    assert_eq!(World::new("", file).named("online").profile().network, Network::Allow);
    assert_eq!(World::new("", file).named("mine").profile().network, Network::Allow);
    assert_eq!(
        World::new("", file).env(&[("GO_OFFLINE_VERIFY", "off")]).profile().verify,
        Verify::Off
    );
    assert_eq!(World::new("", file).profile().verify, Verify::Bytes);
    // The project's definition of what the user names is still the project's.
    let project = "[profile.p]\ninherits='online'\n";
    assert_eq!(World::new(project, file).named("p").profile().network, Network::Deny);
    // A floor of the command line holds against everything.
    assert_eq!(
        World::new("", file).named("online").floor("network=warn").profile().network,
        Network::Warn
    );
}

/// A checkout can have any directory in it, and a module in that.
#[test]
fn the_name_of_a_directory_adds_no_flag() {
    let at = |project: &str, word: &str| {
        let ground = Ground { project: Some(project.into()), ..ground() };
        let text = format!("[profile.p]\ninherits='vendor'\n[profile.p.env]\nGOFLAGS=[{word}]\n");
        let world = World::project(&text).named("p");
        let layers = Layers { project: world.project.as_ref(), user: None };
        select(&world.choice, layers, &world.user, world.facts, &ground)
    };
    let word = "'-ldflags=-X a.b={project}'";
    assert_eq!(at("/c/x", word).unwrap().goflags[0].0, "-ldflags=-X a.b=/c/x");
    let profile = at("/c/x -linkmode=external -extld=./x", word).unwrap();
    assert_eq!((profile.goflags.len(), profile.refused.len()), (0, 1));
    let error = at("/c/'x' \" -toolexec=x \"-v", "'-tags={project}'").unwrap_err();
    assert!(error.to_string().contains("both kinds of quotes"), "{error}");
}

#[test]
fn caches_are_kept_apart_by_platform_and_profile() {
    let text =
        "[profile.p.env]\nGOOS='windows'\nGOCACHE='{cache}/{goos}-{goarch}/{profile}/{key}'\n";
    let world = World::project(text).named("p");
    assert_eq!(
        world.value("GOCACHE").as_deref(),
        Some("/home/u/.cache/go-offline/windows-amd64/p/windows-amd64-p")
    );
    let world = world.env(&[("GOARCH", "arm64"), ("GOOS", "linux")]);
    assert!(world.value("GOCACHE").unwrap().contains("/linux-arm64/"));
    let mistake = World::project("[profile.p.env]\nGOCACHE='{cache}/{gos}'\n").named("p").mistake();
    assert!(
        mistake.contains("go-offline.toml:2:9") && mistake.contains("did you mean `{goos}`?"),
        "{mistake}"
    );
}

/// A cache that the project chooses stays below ours, whatever it calls its platform.
#[test]
fn a_platform_is_a_name_and_no_path() {
    for (name, value) in [("GOOS", "../../evil"), ("GOARCH", "a/b"), ("GOOS", "x.y")] {
        let text =
            format!("[profile.p.env]\n{name}='{value}'\nGOCACHE='{{cache}}/{{goos}}-{{goarch}}'\n");
        let mistake = World::project(&text).named("p").mistake();
        assert!(mistake.contains("no platform's name"), "{mistake}");
    }
}

#[test]
fn what_is_private_is_asked_of_nobody_public() {
    let text = "[modules]\nprivate=['git.acme.example/**']\n";
    let online = World::project(text)
        .named("online")
        .env(&[("GOPRIVATE", "a.example"), ("GONOSUMDB", "none")]);
    assert_eq!(online.value("GONOPROXY").as_deref(), Some("a.example,git.acme.example"));
    assert_eq!(online.value("GONOSUMDB").as_deref(), Some("git.acme.example"));
    let proxy = World::project(text)
        .named("proxy")
        .env(&[("GOPROXY", "http://p"), ("GOPRIVATE", "a.example")]);
    assert_eq!(proxy.value("GONOPROXY").as_deref(), Some("none"), "the site's proxy has them");
    assert_eq!(proxy.value("GONOSUMDB").as_deref(), Some("a.example,git.acme.example"));
    let vendor = World::project(text);
    assert_eq!(vendor.value("GONOSUMDB").as_deref(), Some("none"));
}

#[test]
fn the_proxy_of_a_file_comes_before_the_environments() {
    let text = "[profile.site]\ninherits='proxy'\nproxy='http://athens.internal:3000'\n";
    let world = World::project(text).named("site").env(&[("GOPROXY", "http://other")]);
    assert_eq!(world.value("GOPROXY").as_deref(), Some("http://athens.internal:3000"));
    let mistake =
        World::project("[profile.p]\ninherits='vendor'\nproxy='http://x'\n").named("p").mistake();
    assert!(mistake.contains("`inherits = \"proxy\"`"), "{mistake}");
}

#[test]
fn gowork_can_be_left_out() {
    let world = World::project("[profile.p]\ngowork='off'\n").named("p");
    assert_eq!(world.value("GOWORK").as_deref(), Some("off"));
    assert_eq!(world.env(&[("GOWORK", "/w/go.work")]).value("GOWORK"), None);
}

#[test]
fn a_project_shuts_unix_sockets_and_opens_none_that_the_user_shut() {
    use UnixSockets::{Deny, Note};
    let p = |word: &str| format!("[profile.p]\nunix-sockets='{word}'\n");
    let inherits = "[profile.p]\ninherits='q'\n";
    let q = "[profile.q]\nunix-sockets='deny'\n";
    for (project, users, expected) in [
        ("[profile.p]\n".to_owned(), String::new(), Note),
        (p("deny"), String::new(), Deny),
        (p("deny"), p("note"), Deny),
        (String::new(), p("deny"), Deny),
        (p("note"), p("deny"), Deny),
        (format!("{inherits}unix-sockets='note'\n"), q.to_owned(), Deny),
        (format!("{inherits}unix-sockets='note'\n{q}"), String::new(), Note),
        // What the user opens again is the user's.
        (String::new(), format!("{inherits}unix-sockets='note'\n{q}"), Note),
        (p("note"), format!("{inherits}unix-sockets='note'\n{q}"), Note),
        (p("note"), "[floor]\nunix-sockets='deny'\n".to_owned(), Deny),
        (String::new(), format!("[floor]\nunix-sockets='deny'\n{}", p("note")), Note),
    ] {
        let profile = World::new(&project, &users).named("p").profile();
        assert_eq!(profile.unix_sockets, expected, "{project}{users}");
        let is_held = project.contains("note") && expected == Deny;
        assert_eq!(profile.held.len(), usize::from(is_held), "{project}{users}");
        assert_eq!(profile.loosened, Vec::new());
    }
    let floored = World::new("", &p("note")).named("p").floor("unix-sockets=deny");
    assert_eq!(floored.profile().unix_sockets, Deny);
    let held = World::new(&p("note"), &p("deny")).named("p").profile();
    let decision = held.decisions.iter().find(|decision| decision.key == "unix-sockets").unwrap();
    assert_eq!(
        (decision.value.as_str(), decision.origin.to_string()),
        ("deny", "config.toml:2".into())
    );
}

#[test]
fn a_project_leaves_calls_unwatched_unless_somebody_needs_the_watch() {
    use WatchCalls::{Off, On};
    let off = "[profile.p]\nwatch-calls='off'\n";
    let inherits = "[profile.p]\ninherits='q'\nwatch-calls='off'\n";
    for (project, users, expected) in [
        ("[profile.p]\n", "", On),
        (off, "", Off),
        ("", off, Off),
        (off, "[profile.p]\nwatch-calls='on'\n", On),
        (off, "[profile.p]\nunix-sockets='deny'\n", On),
        (inherits, "[profile.q]\nunix-sockets='deny'\n", On),
        (off, "[floor]\nunix-sockets='deny'\n", On),
        (off, "[floor]\nunix-sockets='note'\n", Off),
        (off, "[floor]\nnetwork='warn'\n", On),
        (off, "[floor]\nnetwork='allow'\n", Off),
        (off, "[floor]\nverify='bytes'\n", Off),
    ] {
        let profile = World::new(project, users).named("p").profile();
        assert_eq!(profile.watch_calls, expected, "{project}{users}");
        let is_held = project.contains("off") && expected == On;
        assert_eq!(profile.held.len(), usize::from(is_held), "{project}{users}");
        let loosened: Vec<_> = profile.loosened.iter().map(|one| one.what.as_str()).collect();
        let is_off = expected == Off;
        assert_eq!(loosened, ["watch-calls = off"][..usize::from(is_off)], "{project}{users}");
        let decision = profile.decisions.iter().find(|one| one.key == "watch-calls").unwrap();
        assert_eq!(decision.value, expected.word());
    }
    for floor in ["unix-sockets=deny", "network=deny", "network=deny,unix-sockets=deny"] {
        let floored = World::new("", off).named("p").floor(floor).profile();
        let is_held = floored.held.iter().any(|held| held.what == "watch-calls = off");
        assert_eq!((floored.watch_calls, is_held), (On, true), "{floor}");
    }
    // The user's file does not bind the profile that its user names on the command line.
    let own = World::new("", &format!("[floor]\nnetwork='deny'\n{off}"));
    assert_eq!(own.named("p").profile().watch_calls, Off);
}

const DOORS: &str = "allow=['127.0.0.1:5432','db.internal:5432']\npublish=['127.0.0.1:8080']\nrun-network='allow'\n";

/// What is let through: `allow`, `publish` and `run-network`.
fn doors(profile: &Profile) -> (String, String, &'static str) {
    (profile.allow.join(" "), profile.publish.join(" "), profile.run_network.word())
}

fn open_doors() -> (String, String, &'static str) {
    ("127.0.0.1:5432 db.internal:5432".to_owned(), "127.0.0.1:8080".to_owned(), "allow")
}

fn shut_doors() -> (String, String, &'static str) {
    (String::new(), String::new(), "deny")
}

#[test]
fn doors_are_counted_and_their_lines_are_known() {
    let profile = World::project(&format!("[profile.p]\n{DOORS}")).named("p").profile();
    assert_eq!(doors(&profile), open_doors());
    let loosened: Vec<String> =
        profile.loosened.iter().map(|one| format!("{} {}", one.what, one.origin)).collect();
    assert_eq!(
        loosened,
        [
            "allow = 127.0.0.1:5432 db.internal:5432 go-offline.toml:2",
            "publish = 127.0.0.1:8080 go-offline.toml:3",
            "run-network = allow go-offline.toml:4",
        ]
    );
    let decision = profile.decisions.iter().find(|decision| decision.key == "publish").unwrap();
    assert_eq!(
        (decision.value.as_str(), decision.origin.to_string()),
        ("127.0.0.1:8080", "go-offline.toml:3".to_owned())
    );
}

/// The nearest table has the word, and one that opens nothing loosens nothing.
#[test]
fn the_nearest_doors_count() {
    let user = format!("[profile.q]\n{DOORS}");
    let world = World::new(
        "[profile.p]\ninherits='q'\nallow=[]\npublish=['[::1]:80']\nrun-network='deny'\n",
        &user,
    );
    let profile = world.named("p").profile();
    assert_eq!(doors(&profile), (String::new(), "[::1]:80".to_owned(), "deny"));
    assert_eq!(profile.loosened.len(), 1, "{:?}", profile.loosened);
    let allow = profile.decisions.iter().find(|decision| decision.key == "allow").unwrap();
    assert_eq!(
        (allow.value.as_str(), allow.lost[0].1.to_string()),
        ("none", "config.toml:2".into())
    );
    assert_eq!(doors(&World::new("", "").profile()), shut_doors());
}

#[test]
fn an_open_network_has_no_doors() {
    for world in [
        World::project(&format!("[profile.p]\ninherits='online'\n{DOORS}")),
        World::project(&format!("[profile.p]\n{DOORS}")).env(&[("GO_OFFLINE_NETWORK", "allow")]),
    ] {
        let profile = world.named("p").profile();
        assert_eq!(doors(&profile), shut_doors());
        let is_door = |key| ["allow", "publish", "run-network"].contains(&key);
        assert!(!profile.decisions.iter().any(|decision| is_door(decision.key)));
    }
    let warn = World::project(&format!("[profile.p]\nnetwork='warn'\n{DOORS}")).named("p");
    assert_eq!(doors(&warn.profile()), open_doors(), "cut and reported");
}

/// The user's floor binds the project, one of the command line binds both.
#[test]
fn a_floor_shuts_doors() {
    let p = format!("[profile.p]\n{DOORS}");
    let chosen = "default-profile='p'\n";
    let floor = |network: &str| format!("[floor]\nnetwork='{network}'\n");
    for (project, users, expected) in [
        (p.clone(), floor("deny"), shut_doors()),
        (p.clone(), floor("warn"), shut_doors()),
        (p.clone(), floor("allow"), open_doors()),
        (String::new(), format!("{}{p}", floor("deny")), open_doors()),
        (String::new(), format!("{chosen}{}{p}", floor("deny")), open_doors()),
        // What the user has for another project.
        (chosen.to_owned(), format!("{}{p}", floor("deny")), shut_doors()),
    ] {
        let world = World::new(&project, &users);
        let is_named = !format!("{project}{users}").contains(chosen);
        let profile = if is_named { world.named("p") } else { world }.profile();
        assert_eq!(doors(&profile), expected, "{project}{users}");
        let is_held = expected == shut_doors();
        assert_eq!(profile.held.len(), if is_held { 3 } else { 0 }, "{project}{users}");
        assert_eq!(profile.loosened.len(), if is_held { 0 } else { 3 }, "{project}{users}");
    }
    for world in [World::new(&p, ""), World::new("", &p)] {
        let profile = world.named("p").floor("network=deny").profile();
        assert_eq!(doors(&profile), shut_doors());
        let held = profile.held[0].to_string();
        assert!(
            held.starts_with("allow = 127.0.0.1:5432 db.internal:5432 of ")
                && held.ends_with(" does not count: the floor of the command line makes it none"),
            "{held}"
        );
        let decision = profile.decisions.iter().find(|one| one.key == "run-network").unwrap();
        assert_eq!(
            (decision.value.as_str(), &decision.origin, decision.lost[0].0.as_str()),
            ("deny", &Origin::CommandLine, "allow")
        );
    }
    let handed = World::new("", &p).named("p").env(&[("GO_OFFLINE_FLOOR", "network=deny")]);
    assert_eq!(doors(&handed.profile()), shut_doors());
}

#[test]
fn only_open_itself_is_transparent() {
    assert!(World::project("").named("open").profile().is_transparent());
    assert!(World::project("[profile.p]\ninherits='open'").named("p").profile().is_transparent());
    for text in ["verify='lists'", "network='deny'", "[profile.p.env]\nGOOS='plan9'"] {
        let world = World::project(&format!("[profile.p]\ninherits='open'\n{text}")).named("p");
        assert!(!world.profile().is_transparent(), "{text}");
    }
    assert!(!World::project("").named("online").profile().is_transparent());
}

/// A network that is cut needs a wall, in a profile that has the network by itself as well.
#[test]
fn whoever_cuts_the_network_has_a_wall() {
    let online = || World::new("", "").named("online");
    assert_eq!(online().profile().isolation, Isolation::Off);
    for world in [
        online().floor("network=deny"),
        online().env(&[("GO_OFFLINE_NETWORK", "deny")]),
        online().env(&[("GO_OFFLINE_NETWORK", "warn")]),
        World::new("", "[profile.p]\ninherits='online'\nnetwork='deny'\n").named("p"),
    ] {
        assert_eq!(world.profile().isolation, Isolation::Prefer);
    }
    let off = [("GO_OFFLINE_NETWORK", "deny"), ("GO_OFFLINE_ISOLATION", "off")];
    assert_eq!(online().env(&off).profile().isolation, Isolation::Off, "said outright");
}
