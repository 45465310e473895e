//! What will be done, from what was gathered. Pure.

use super::class::Class;
use super::doors::allowed;
use super::facts::command_facts;
use super::leaving::leaving;
use super::nesting::{DEPTH, depth};
use super::scene::{Request, Scene, Target};
use super::settings::ConfigChoice;
use super::test_cache::{Kind, own_results, script_results};
use super::transparent::go_name;
use crate::check::CommandFacts;
use crate::guard;
use crate::profile::{
    Decision, GoEnv, Isolation, Network, Origin, Overridden, RunNetwork, UnixSockets, Verify,
    WatchCalls,
};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A command ready to be checked and run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What kind of command it is.
    pub class: Class,
    /// What is checked before it starts.
    pub verify: Verify,
    /// The file to start.
    pub program: PathBuf,
    /// Whether it is the go command.
    pub is_go: bool,
    /// The name it is started under, where that is not the program's own.
    pub arg0: Option<OsString>,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// What changes in the environment.
    pub env: GoEnv,
    /// Whether the network is to be cut, and what an attempt means.
    pub network: Network,
    /// Which wall must stand.
    pub isolation: Isolation,
    /// What becomes of unix sockets of the world outside.
    pub unix_sockets: guard::UnixSockets,
    /// Whether system calls are looked at one by one.
    pub watch_calls: bool,
    /// Addresses, `host:port`, that are reached from behind the wall.
    pub allow: Vec<String>,
    /// Addresses, `host:port`, at which a server behind the wall is reached from the host.
    pub publish: Vec<String>,
    /// Why no wall can be built here whatever the system allows; empty if there is no such reason.
    pub no_wall: String,
    /// The profile's name.
    pub profile: String,
    /// The built-in profile that it stands on.
    pub base: &'static str,
    /// What the rules need to know of the command.
    pub facts: CommandFacts,
    /// Whether go may cache something that it compiles or tests.
    pub may_cache: bool,
    /// Whether the command takes the place of this process: nothing is checked, cut or counted, and
    /// the environment is as it would be without us.
    pub takes_our_place: bool,
    /// Whether somebody waits for an account of it all, so that this process has to stay.
    pub is_reported: bool,
    /// Whether what was not checked stops the command, and what it leaves behind is ended.
    pub is_strict: bool,
}

/// Makes the plan.
///
/// # Errors
/// The target is nothing, or a go command without a go.
pub fn plan(scene: &Scene, request: &Request) -> anyhow::Result<Plan> {
    let class = match &request.target {
        Target::Exec(_) => Class::Build,
        _ => Class::of(&scene.invocation, scene.project.as_ref()),
    };
    let mut env = GoEnv::new(&scene.profile, &scene.user);
    if class == Class::EnvWrite {
        env = for_env_write(scene, &env);
    }
    let (program, args) = match &request.target {
        Target::Go(args) => {
            let go = scene.go.as_ref().ok_or_else(|| anyhow::anyhow!("there is no go command"))?;
            (go.path.clone(), args.clone())
        }
        Target::Exec(words) => {
            let (program, args) =
                words.split_first().ok_or_else(|| anyhow::anyhow!("there is no command to run"))?;
            (PathBuf::from(program), args.to_vec())
        }
        Target::Nothing => anyhow::bail!("there is nothing to run"),
    };
    let is_go = matches!(request.target, Target::Go(_));
    let mut plan = Plan {
        class,
        verify: scene.profile.verify,
        program,
        is_go,
        arg0: is_go.then(|| go_name(&scene.surroundings)),
        args,
        network: scene.profile.network,
        isolation: scene.profile.isolation,
        unix_sockets: unix_sockets(scene.profile.unix_sockets),
        watch_calls: scene.profile.watch_calls == WatchCalls::On,
        allow: allow(scene, is_go, &env),
        publish: publish(scene, is_go),
        no_wall: no_wall(scene),
        profile: scene.profile.name.clone(),
        base: scene.profile.base,
        facts: facts(scene, class, &env),
        may_cache: !is_go || class.may_cache(&scene.invocation),
        takes_our_place: scene.profile.is_transparent() && !request.is_traced,
        is_reported: request.is_reported,
        is_strict: request.is_strict,
        env,
    };
    if request.is_traced {
        trace(scene, &mut plan);
    }
    if Class::is_probe(&scene.invocation)
        && let Some(mode) = scene.user.environ.get("GO111MODULE")
    {
        // Without modules there is no inconsistent vendoring either, which is what is asked for.
        plan.env.set("GO111MODULE", mode, Origin::Environment);
    }
    keep_test_results_apart(scene, request, &mut plan);
    plan.env.save(&scene.surroundings.environ);
    plan.env.keep_restored(&scene.surroundings.restored);
    if !plan.takes_our_place
        && class != Class::EnvWrite
        && let Some(go) = &scene.go
    {
        plan.env.set("GO_OFFLINE_GO", go.path.clone(), Origin::BuiltIn(plan.base));
        let depth = depth(&scene.surroundings.environ) + 1;
        plan.env.set(DEPTH, depth.to_string(), Origin::BuiltIn(plan.base));
    }
    if !plan.takes_our_place {
        hand_down(scene, request, &mut plan.env);
    }
    if request.is_traced {
        // A go-offline inside is to let its command go on as well.
        plan.env.set("GO_OFFLINE_NETWORK", Network::Warn.word(), Origin::CommandLine);
    }
    if request.changed_to.is_some() {
        plan.env.set("PWD", scene.surroundings.dir.clone(), Origin::CommandLine);
    }
    Ok(plan)
}

/// For finding out what a command tries to reach the network is cut whatever the profile says of
/// it, and nothing fails by that. Only a user who wants no wall has none.
fn trace(scene: &Scene, plan: &mut Plan) {
    let profile = &scene.profile;
    let is_users_word = |decision: &&Decision| {
        decision.key == "isolation" && matches!(decision.origin, Origin::Variable(_))
    };
    plan.network = Network::Warn;
    if !profile.decisions.iter().any(|decision| is_users_word(&decision)) {
        plan.isolation = plan.isolation.max(Isolation::Prefer);
    }
    if profile.network == Network::Allow {
        plan.no_wall = String::new();
    }
}

fn facts(scene: &Scene, class: Class, env: &GoEnv) -> CommandFacts {
    let lost = env.overridden.iter().filter(|lost| changes_the_build(lost)).cloned().collect();
    command_facts(scene, env, leaving(scene, class), lost)
}

/// Of the values that lose, those that somebody set in order to build differently. That a proxy
/// or a checksum database is shut out is what an offline profile is for: only `check` names it.
fn changes_the_build(lost: &Overridden) -> bool {
    match lost.name.as_str() {
        "GOFLAGS" | "GO111MODULE" | "GOCACHEPROG" => lost.value != "auto",
        "GOTOOLCHAIN" => !matches!(lost.value.as_str(), "auto" | "path" | "local"),
        _ => false,
    }
}

/// The user's own environment, so that go writes the user's file; but go chooses its toolchain
/// before it does anything, and downloads it. A command that writes GOTOOLCHAIN itself chooses none,
/// and would warn of a value in its environment.
fn for_env_write(scene: &Scene, profile: &GoEnv) -> GoEnv {
    let mut env = GoEnv::default();
    let names_it = |word: &OsString| word.to_string_lossy().starts_with("GOTOOLCHAIN");
    if let Some(value) = profile.get("GOTOOLCHAIN")
        && !scene.invocation.operands.iter().any(names_it)
    {
        env.set("GOTOOLCHAIN", value.clone(), Origin::BuiltIn(scene.profile.base));
    }
    env
}

/// What the command line says of the profile holds for a go-offline inside as well. It is handed
/// down after what is saved: the one inside is not to take it back.
fn hand_down(scene: &Scene, request: &Request, env: &mut GoEnv) {
    if let Some(profile) = &request.choice.profile {
        env.set("GO_OFFLINE_PROFILE", profile, Origin::CommandLine);
    }
    if let Some(floor) = &request.floor {
        // Of two words for one key the stricter counts, so the floor of whoever started us stays.
        let outer = scene.user.environ.text("GO_OFFLINE_FLOOR").map(|outer| format!("{outer},"));
        let floor = format!("{}{floor}", outer.unwrap_or_default());
        env.set("GO_OFFLINE_FLOOR", floor, Origin::CommandLine);
    }
    // The one inside may run in another directory.
    let absolute = |path: &Path| scene.surroundings.dir.join(path);
    let bundle = scene.user.environ.get("GO_OFFLINE_BUNDLE").map(Path::new);
    if let Some(bundle) = bundle.filter(|bundle| bundle.is_relative()) {
        let origin = Origin::Variable("GO_OFFLINE_BUNDLE");
        env.set("GO_OFFLINE_BUNDLE", absolute(bundle), origin);
    }
    let named = scene.user.environ.get("GO_OFFLINE_CONFIG").filter(|value| *value != "off");
    match (&request.config, named) {
        (ConfigChoice::Off, _) => env.set("GO_OFFLINE_CONFIG", "off", Origin::CommandLine),
        (ConfigChoice::File(path), _) => {
            env.set("GO_OFFLINE_CONFIG", absolute(path), Origin::CommandLine);
        }
        (ConfigChoice::Found, Some(path)) => {
            let origin = Origin::Variable("GO_OFFLINE_CONFIG");
            env.set("GO_OFFLINE_CONFIG", absolute(Path::new(path)), origin);
        }
        (ConfigChoice::Found, None) => {}
    }
}

/// Commands that may run `go test`, directly or by a script.
fn keep_test_results_apart(scene: &Scene, request: &Request, plan: &mut Plan) {
    // Of whatever class: outside a module go tests the standard library, and `run pkg@v` may be a
    // program that runs tests.
    let verb = scene.invocation.command.as_str();
    let may_test = matches!(request.target, Target::Exec(_))
        || matches!(verb, "test" | "generate" | "run" | "tool");
    if !may_test || plan.network == Network::Allow {
        return;
    }
    let goflags = plan.env.goflags(&scene.user);
    // A test may run `go test` as a script does.
    let kind = Kind::of(&plan.allow);
    let mut words = script_results(&goflags, kind);
    if verb == "test" {
        let own = own_results(&scene.invocation, &plan.args, &goflags, kind);
        plan.args = own.args;
        let new = own.goflag.filter(|word| !words.contains(word));
        words.extend(new);
    }
    for word in words {
        plan.env.add_goflag(&scene.user, &word, Origin::BuiltIn(plan.base));
    }
}

/// A command that only tells something needs no service, and is not to wait for a name.
fn allow(scene: &Scene, is_go: bool, env: &GoEnv) -> Vec<String> {
    match is_go && Class::only_asks(&scene.invocation) {
        true => Vec::new(),
        false => allowed(scene, env),
    }
}

/// Servers for people outside are those that they have started; one that runs outside the wall listens
/// there itself.
fn publish(scene: &Scene, is_go: bool) -> Vec<String> {
    let runs = scene.invocation.command == "run" && scene.profile.run_network == RunNetwork::Deny;
    if is_go && !runs { Vec::new() } else { scene.profile.publish.clone() }
}

fn unix_sockets(word: UnixSockets) -> guard::UnixSockets {
    match word {
        UnixSockets::Note => guard::UnixSockets::Note,
        UnixSockets::Deny => guard::UnixSockets::Deny,
    }
}

fn no_wall(scene: &Scene) -> String {
    // A wall around an open network would be a claim and no wall.
    let profile = &scene.profile;
    if profile.network == Network::Allow && profile.isolation >= Isolation::Require {
        return format!("profile {} lets the command use the network", profile.name);
    }
    String::new()
}
