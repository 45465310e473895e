//! Gathers what a command is run on: the go command, the project, the profile, the user's settings.

use super::Failure;
use super::bundle;
use super::class::Class;
use super::nesting::is_nested;
use super::overlay::Overlay;
use super::settings::{self, ConfigChoice, Settings};
use super::transparent::search;
use crate::gotool::{FindError, Go, Invocation};
use crate::lock::KeyFacts;
use crate::profile::Environ;
use crate::profile::{
    Change, Choice, EnvFile, GoEnv, Ground, Origin, Profile, UserEnv, VendorFacts, flags,
    go_would_vendor, quote, select,
};
use crate::project::{GoWork, Lookup, Project, Vendor, clean_path, locate};
use anyhow::Context;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// The process we are, read by whoever may.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The environment: that of the process, less what a go-offline around us made of it.
    pub environ: Environ,
    /// In what it differs from the process environment.
    pub restored: Vec<Change>,
    /// The working directory, absolute, after `-C`.
    pub dir: PathBuf,
    /// This program's own file.
    pub this_program: PathBuf,
    /// The word that this program was called by.
    pub arg0: OsString,
    /// The file that it was called as, absolute, where that word is a path.
    pub called_as: Option<PathBuf>,
}

/// What to run.
#[derive(Debug, Clone)]
pub enum Target {
    /// The go command with these arguments.
    Go(Vec<OsString>),
    /// Any command: program and arguments.
    Exec(Vec<OsString>),
    /// Nothing: only look.
    Nothing,
}

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// What to run.
    pub target: Target,
    /// The profile that the command line names.
    pub choice: Choice,
    /// `--floor`, as it was given.
    pub floor: Option<String>,
    /// Which settings files are to be read.
    pub config: ConfigChoice,
    /// `-C` as it was given before the verb: PWD no longer fits.
    pub changed_to: Option<PathBuf>,
    /// `trace`: attempts to reach the network are found out and not refused.
    pub is_traced: bool,
    /// `--report`: an account of the run is wanted.
    pub is_reported: bool,
    /// `--strict`: what was not checked does not pass, and nothing is left behind. Not handed down: a
    /// go-offline inside may build tools that nobody has asked to be checked so.
    pub is_strict: bool,
}

/// Everything that a plan is made from.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The process we are.
    pub surroundings: Surroundings,
    /// The go command; an `exec` does without if there is none.
    pub go: Option<Go>,
    /// The arguments of a go command, read; empty for other targets.
    pub invocation: Invocation,
    /// The command as it was given, behind our own options.
    pub words: Vec<OsString>,
    /// Those of our own options that the same command under another profile needs as well.
    options: Vec<OsString>,
    /// The user's settings.
    pub user: UserEnv,
    /// The project that the command works on.
    pub project: Option<Project>,
    /// The vendor directory that counts.
    pub vendor: Option<Vendor>,
    /// The nearest module's own, where another counts.
    pub own_vendor: Option<Vendor>,
    /// The policy.
    pub profile: Profile,
    /// The files that an `-overlay` replaces, absolute; empty without one.
    pub overlaid: Vec<PathBuf>,
    /// The settings files that count.
    pub settings: Settings,
    /// A directory that has to last as long as anything runs.
    _temp: Option<Arc<TempDir>>,
}

impl Scene {
    /// The module cache that a command under the profile has.
    pub(super) fn module_cache(&self) -> Option<PathBuf> {
        module_cache(&self.profile, &self.user)
    }
}

/// The module cache that a command under a profile has.
pub(super) fn module_cache(profile: &Profile, user: &UserEnv) -> Option<PathBuf> {
    let env = GoEnv::new(profile, user);
    let set = |name: &str| {
        let setting = env.settings().iter().find(|setting| setting.name == name)?;
        setting.value.as_ref().filter(|value| !value.is_empty()).map(PathBuf::from)
    };
    // A GOMODCACHE of the user's comes before what a GOPATH of the profile's would make it.
    let own = user.get("GOMODCACHE").map(|(dir, _)| PathBuf::from(dir));
    let by_gopath = || {
        let list = set("GOPATH")?;
        Some(std::env::split_paths(&list).next()?.join("pkg/mod"))
    };
    set("GOMODCACHE").or(own).or_else(by_gopath).or_else(|| user.module_cache())
}

/// Looks around.
///
/// # Errors
/// No go command, a setting that means nothing, or a file that cannot be read.
pub fn gather(surroundings: Surroundings, request: &Request) -> Result<Scene, Failure> {
    let environ = &surroundings.environ;
    let (mut go, no_go) = find_go(&surroundings)?;
    let invocation = match &request.target {
        Target::Go(args) => Invocation::parse(args),
        Target::Exec(_) | Target::Nothing => Invocation::default(),
    };
    let goroot = go.as_ref().and_then(|go| go.goroot.clone());
    let mut user = UserEnv {
        environ: environ.clone(),
        file: environ.go_env_path().and_then(env_file),
        goroot_file: goroot_file(goroot.as_deref()),
    };
    let dir = invocation.dir(&surroundings.dir);
    let found = find_project(&user, &invocation, &dir, goroot.clone(), None);
    let may_do_without =
        matches!(request.target, Target::Go(_)) && Class::needs_no_project(&invocation);
    let mut found = match found {
        Err(_) if may_do_without => Found::default(),
        found => found?,
    };
    let settings =
        settings::read(&request.config, environ, found.project.as_ref(), &surroundings.dir)?;
    let choice = Choice { nested: is_nested(&surroundings), ..request.choice.clone() };
    let at = &surroundings.dir;
    let mut profile = found.profile(&choice, &settings, &user, go.as_ref(), at)?;
    let in_workspace = found.project.as_ref().is_some_and(Project::is_workspace);
    if profile.gowork_off && in_workspace && environ.get("GOWORK").is_none() {
        found = find_project(&user, &invocation, &dir, goroot, Some(GoWork::Off))?;
        profile = found.profile(&choice, &settings, &user, go.as_ref(), at)?;
    }
    let is_go = matches!(request.target, Target::Go(_));
    if let (Some(error), None, true) = (no_go, &profile.bundle, is_go) {
        return Err(Failure::config(error));
    }
    let (project, target) = (found.project.as_ref(), &request.target);
    let placed = bundle::place(&mut profile, &user, project, go.as_ref(), target)?;
    if let Some(own) = placed.go {
        user.goroot_file = goroot_file(own.goroot.as_deref());
        go = Some(own);
    }
    let Found { project, vendor, own_vendor, overlaid } = found;
    Ok(Scene {
        surroundings,
        go,
        invocation,
        words: request.target.words(),
        options: request.options(),
        user,
        project,
        vendor,
        own_vendor,
        profile,
        overlaid,
        settings,
        _temp: placed.temp,
    })
}

/// What the settings and the directory lead to.
#[derive(Default)]
struct Found {
    project: Option<Project>,
    vendor: Option<Vendor>,
    own_vendor: Option<Vendor>,
    overlaid: Vec<PathBuf>,
}

impl Found {
    fn profile(
        &self,
        choice: &Choice,
        settings: &Settings,
        user: &UserEnv,
        go: Option<&Go>,
        dir: &Path,
    ) -> Result<Profile, Failure> {
        let facts = match (&self.project, &self.vendor) {
            (Some(project), Some(vendor)) => {
                vendor_facts(project, vendor, self.own_vendor.as_ref())
            }
            _ => VendorFacts::default(),
        };
        let key = |goos: &str, goarch: &str, profile: &str| {
            let key = cache_key(self.project.as_ref(), go, goos, goarch, profile);
            key.map_err(|error| format!("`{{key}}` cannot be made: {error:#}"))
        };
        let ground = Ground {
            project: self.project.as_ref().map(|project| project.root.clone()),
            dir: dir.to_path_buf(),
            cache: user.environ.own_cache_dir(),
            host: crate::gomod::platform::host(),
            key: &key,
        };
        select(choice, settings.layers(), user, facts, &ground).map_err(Failure::config)
    }
}

/// The project's cache key for a platform and a profile.
///
/// # Errors
/// There is no project or no go command, or one of the files cannot be read.
pub fn cache_key(
    project: Option<&Project>,
    go: Option<&Go>,
    goos: &str,
    goarch: &str,
    profile: &str,
) -> anyhow::Result<String> {
    let project = project.context("there is no go.mod or go.work here")?;
    let go = go.context("there is no go command")?;
    let sums = project.read_sums()?;
    let texts: Vec<&str> =
        sums.iter().filter_map(|sum| sum.content.as_ref()).map(|(file, _)| &*file.text).collect();
    let go_version = match go.version() {
        Some(version) => version,
        None => go.ask_version()?,
    };
    Ok(crate::lock::cache_key(KeyFacts {
        sums: &texts,
        go_version: &go_version,
        goos,
        goarch,
        profile,
    }))
}

fn find_project(
    user: &UserEnv,
    invocation: &Invocation,
    dir: &Path,
    goroot: Option<PathBuf>,
    gowork: Option<GoWork>,
) -> Result<Found, Failure> {
    let mut lookup = lookup(user, invocation, dir, goroot).map_err(Failure::config)?;
    if let Some(gowork) = gowork {
        lookup.gowork = gowork;
    }
    let project = locate(&lookup).map_err(Failure::io)?;
    let vendor = project.as_ref().map(Project::read_vendor).transpose().map_err(Failure::io)?;
    let own_vendor = project.as_ref().map(Project::read_own_vendor).transpose();
    let own_vendor = own_vendor.map_err(Failure::io)?.flatten();
    let overlaid = overlaid(user, invocation, &lookup.dir)?;
    Ok(Found { project, vendor, own_vendor, overlaid })
}

impl Target {
    /// The words behind our own options that lead to this target.
    fn words(&self) -> Vec<OsString> {
        match self {
            Target::Go(args) => args.clone(),
            Target::Exec(command) => {
                let verb = ["exec", "--"].map(OsString::from);
                verb.into_iter().chain(command.iter().cloned()).collect()
            }
            Target::Nothing => Vec::new(),
        }
    }
}

impl Request {
    /// What says where the command works and by which settings.
    fn options(&self) -> Vec<OsString> {
        let dir = self.changed_to.iter().flat_map(|dir| ["-C".into(), dir.into()]);
        let config = match &self.config {
            ConfigChoice::Found => Vec::new(),
            ConfigChoice::Off => vec!["--no-config".into()],
            ConfigChoice::File(path) => vec!["--config".into(), path.into()],
        };
        dir.chain(config).collect()
    }
}

impl Scene {
    /// The same command under another profile, to be pasted into a shell.
    pub fn under(&self, profile: &str) -> String {
        format!("{} {}", self.program_under(profile), joined(&self.words))
    }

    /// The beginning of a command under another profile: everything before the verb.
    pub fn program_under(&self, profile: &str) -> String {
        let options = self.options.iter().map(|word| format!(" {}", quote(word)));
        let options: String = options.collect();
        let wall = self.user.environ.text("GO_OFFLINE_ISOLATION").unwrap_or_default();
        // A wall that is required does not go with a network that is open.
        let without = if profile == "online" && wall.starts_with("require") {
            "GO_OFFLINE_ISOLATION=off "
        } else {
            ""
        };
        format!("{without}go-offline{options} --profile {profile}")
    }

    /// The same command under `--strict`.
    pub fn strictly(&self) -> String {
        let options = self.options.iter().map(|word| format!(" {}", quote(word)));
        let options: String = options.collect();
        let profile = match self.profile.origin {
            Origin::CommandLine => format!(" --profile {}", quote(self.profile.name.as_ref())),
            _ => String::new(),
        };
        format!("go-offline{options}{profile} --strict {}", joined(&self.words))
    }

    /// The value of a flag of go's: from the command line, else from GOFLAGS, and where.
    pub fn flag(&self, name: &str) -> Option<(OsString, String)> {
        flag(&self.user, &self.invocation, name)
    }

    /// Whether the command will build from vendor/.
    pub fn uses_vendor(&self) -> bool {
        let chosen = self.invocation.value("mod").and_then(OsStr::to_str);
        match (chosen, self.profile.mod_mode.value()) {
            (Some(mode), _) | (None, Some(mode)) => mode == "vendor",
            (None, None) => match (&self.project, &self.vendor, self.flag("mod")) {
                (_, _, Some((mode, _))) => mode == "vendor",
                (Some(project), Some(vendor), None) => go_vendors(project, vendor),
                _ => false,
            },
        }
    }
}

fn joined(words: &[OsString]) -> String {
    words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}

/// The go command, or why there is none: the profile's bundle may hold one.
fn find_go(surroundings: &Surroundings) -> Result<(Option<Go>, Option<FindError>), Failure> {
    match crate::gotool::find(&search(surroundings)) {
        Ok(go) => Ok((Some(go), None)),
        // Whoever names one means that one.
        Err(error) if surroundings.environ.get("GO_OFFLINE_GO").is_some() => {
            Err(Failure::config(error))
        }
        Err(error) => Ok((None, Some(error))),
    }
}

/// What go reads of a GOROOT in every case.
fn goroot_file(goroot: Option<&Path>) -> Option<EnvFile> {
    env_file(goroot?.join("go.env"))
}

/// go takes a file that it cannot read for none (`cmd/go/internal/cfg.readEnvFile`), and so do we.
fn env_file(path: PathBuf) -> Option<EnvFile> {
    let bytes = std::fs::read(&path).ok()?;
    Some(EnvFile::parse(path, &String::from_utf8_lossy(&bytes)))
}

fn lookup(
    user: &UserEnv,
    invocation: &Invocation,
    dir: &Path,
    goroot: Option<PathBuf>,
) -> anyhow::Result<Lookup> {
    let gowork = user.get("GOWORK").map(|(value, _)| PathBuf::from(value));
    let temp_dir = user.environ.get("TMPDIR").map_or_else(|| PathBuf::from("/tmp"), PathBuf::from);
    Ok(Lookup {
        gowork: GoWork::parse(gowork.as_deref())?,
        modfile: flag(user, invocation, "modfile").map(|(value, _)| value.into()),
        goroot,
        temp_dir,
        gopath: user.gopath(),
        dir: clean_path(dir),
    })
}

fn flag(user: &UserEnv, invocation: &Invocation, name: &str) -> Option<(OsString, String)> {
    if let Some(value) = invocation.value(name) {
        return Some((value.to_os_string(), "the command line".to_owned()));
    }
    let (goflags, origin) = user.goflags();
    let words = flags::split(&goflags).ok()?;
    let word = words.iter().rev().find(|word| flags::flag_name(word) == Some(name))?;
    let value = flags::flag_value(word)?;
    Some((value.into(), format!("GOFLAGS, set by {}", origin?)))
}

fn go_vendors(project: &Project, vendor: &Vendor) -> bool {
    go_would_vendor(
        vendor.exists,
        project.go_version(),
        vendor.is_for_workspace(),
        project.is_workspace(),
    )
}

fn vendor_facts(project: &Project, vendor: &Vendor, own: Option<&Vendor>) -> VendorFacts {
    let has_list = |vendor: &Vendor| vendor.list.is_some();
    VendorFacts {
        go_would_vendor: go_vendors(project, vendor),
        has_modules_txt: has_list(vendor) || own.is_some_and(has_list),
        has_required_module: vendor.exists && holds_required_module(project, vendor),
        has_lock: project.root.join("go-offline.lock").is_file(),
    }
}

fn holds_required_module(project: &Project, vendor: &Vendor) -> bool {
    let mut required = project.mod_files().flat_map(|(_, _, value)| &value.require);
    required.any(|require| vendor.dir.join(&require.module.path).is_dir())
}

/// The files that an overlay replaces, which it names relative to go's directory
/// (`cmd/go/internal/fsys.Init`).
fn overlaid(user: &UserEnv, invocation: &Invocation, dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    let Some((name, _)) = flag(user, invocation, "overlay").filter(|(name, _)| !name.is_empty())
    else {
        return Ok(Vec::new());
    };
    let path = dir.join(name);
    // A pipe can be read once only, and go needs it.
    if !path.is_file() {
        return Err(Failure::config(anyhow::anyhow!(
            "-overlay={}: not a regular file, so it cannot be checked before go reads it",
            path.display()
        )));
    }
    let text = std::fs::read(&path)
        .with_context(|| format!("reading -overlay={}", path.display()))
        .map_err(Failure::io)?;
    let overlay: Overlay = serde_json::from_slice(&text)
        .with_context(|| format!("parsing -overlay={}", path.display()))
        .map_err(Failure::config)?;
    Ok(overlay.replaced.iter().map(|key| clean_path(&dir.join(key))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is pasted works where it was told.
    #[test]
    fn a_mend_is_for_the_same_place_and_settings() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().to_path_buf();
        let scene = |variables: &[(&str, &str)], config| {
            let environ = variables.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
            let surroundings = Surroundings {
                environ,
                restored: Vec::new(),
                dir: dir.clone(),
                this_program: "/w/go-offline".into(),
                arg0: "go-offline".into(),
                called_as: None,
            };
            let request = Request {
                target: Target::Exec(vec!["make".into(), "a b".into()]),
                choice: Choice::default(),
                floor: None,
                config,
                changed_to: Some("my dir".into()),
                is_traced: false,
                is_reported: false,
                is_strict: false,
            };
            gather(surroundings, &request).unwrap()
        };
        let plain = scene(&[], ConfigChoice::Found);
        assert_eq!(
            plain.under("online"),
            "go-offline -C 'my dir' --profile online exec -- make 'a b'"
        );
        let required = scene(&[("GO_OFFLINE_ISOLATION", "require")], ConfigChoice::Off);
        let online = "go-offline -C 'my dir' --no-config --profile online";
        assert_eq!(required.program_under("online"), format!("GO_OFFLINE_ISOLATION=off {online}"));
        assert!(required.program_under("cache").starts_with("go-offline "));
    }
}
