//! `fetch`: which modules, from where, and into which cache.

use super::Failure;
use super::scene::{Request, Scene, Surroundings, gather};
use crate::check::summed_as;
use crate::fetch::{FetchGo, Fetched, Files, Progress, Wanted, fetch, look_at_all, wanted};
use crate::gomod::{ModuleVersion, ParseError, Span, line_col};
use crate::profile::{GoEnv, Network, Origin, flags};
use crate::project::{File, ModuleCache, Project, SumFile, sum_lines};
use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// All that is needed to fetch.
#[derive(Debug)]
pub struct Fetching {
    /// What was gathered, under the profile that has a source.
    pub scene: Scene,
    /// The module cache.
    pub cache: ModuleCache,
    /// What go.sum names.
    pub wanted: Vec<Wanted>,
    /// The checksum files that count.
    pub sums: Vec<SumFile>,
    /// Of which module versions there is no hash that could be held against anything, and where: go.sum has one
    /// of another algorithm only, or none at all of what go.mod requires.
    pub unhashed: Vec<String>,
    /// Why the source cannot be asked; `None` if it can.
    pub no_source: Option<String>,
    go: PathBuf,
    env: Vec<(OsString, Option<OsString>)>,
}

/// A project's checksum files, and by which settings they are looked at.
#[derive(Debug)]
pub struct Sums {
    /// What was gathered, under the profile that has a source.
    pub scene: Scene,
    /// The checksum files that count.
    pub sums: Vec<SumFile>,
    /// As of [`Fetching`].
    pub unhashed: Vec<String>,
}

/// Gathers the checksum files. Where nobody has chosen a profile, the user's own settings say from where
/// modules come: `auto` is for builds, and has no source at all.
///
/// # Errors
/// There is no module, or a go.sum that does not parse.
pub fn sums(surroundings: Surroundings, request: &Request) -> Result<Sums, Failure> {
    let mut scene = gather(surroundings.clone(), request)?;
    if scene.profile.origin == Origin::Auto && !has_source(&scene) {
        let mut online = request.clone();
        online.choice.profile = Some("online".to_owned());
        scene = gather(surroundings, &online)?;
    }
    let Some(project) = &scene.project else {
        return Err(Failure::config(anyhow::anyhow!(
            "no go.mod here or above: it is go.sum of a module or workspace that says which modules there are"
        )));
    };
    refuse_unreadable(project)?;
    let sums = project.read_sums().map_err(Failure::io)?;
    refuse_malformed(&sums)?;
    let unhashed = without_hash(project, &sums)?;
    Ok(Sums { scene, sums, unhashed })
}

/// Gathers what is needed.
///
/// # Errors
/// As [`sums`]; or there is no go command or no module cache.
pub fn fetching(surroundings: Surroundings, request: &Request) -> Result<Fetching, Failure> {
    let Sums { scene, sums, unhashed } = sums(surroundings, request)?;
    let no_source = no_source(&scene);
    let wanted = wanted(sum_lines(&sums).map(|(_, line)| line));
    let go = scene.go.as_ref().map(|go| go.path.clone());
    let go = go.ok_or_else(|| Failure::config(crate::gotool::FindError::NotOnPath))?;
    let cache = scene.module_cache().ok_or_else(|| {
        Failure::config(anyhow::anyhow!("there is no module cache: set HOME, GOPATH or GOMODCACHE"))
    })?;
    let env = environment(&scene, &cache);
    Ok(Fetching {
        cache: ModuleCache { dir: cache },
        wanted,
        sums,
        unhashed,
        no_source,
        go,
        env,
        scene,
    })
}

impl Fetching {
    /// Fetches what go.sum names, and what is wanted besides.
    ///
    /// # Errors
    /// The go command cannot be started, or a file cannot be read or removed.
    pub fn run(
        &self,
        besides: &[ModuleVersion],
        tell: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Fetched, Failure> {
        let wanted = self.all_wanted(besides);
        if let Some(why) = &self.no_source {
            let looked = self.look_at(&wanted, tell)?;
            return match looked.entries.iter().find(|entry| !entry.is_whole()) {
                None => Ok(looked),
                Some(entry) => {
                    let lacks = entry.lacks().join("; ");
                    Err(Failure::config(anyhow::anyhow!("{}: {lacks}: {why}", entry.module)))
                }
            };
        }
        self.fetch(&wanted, tell)
    }

    /// Fetches these.
    ///
    /// # Errors
    /// The go command cannot be started, or a file cannot be read or removed.
    pub(super) fn fetch(
        &self,
        wanted: &[Wanted],
        tell: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Fetched, Failure> {
        let go_sum = self.go_sum();
        let go = FetchGo { path: &self.go, env: &self.env, go_sum: &go_sum };
        fetch(&self.cache, wanted, &go, tell).map_err(Failure::io)
    }

    /// Looks at what go.sum names, and at what is wanted besides, and changes nothing.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn look(
        &self,
        besides: &[ModuleVersion],
        tell: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Fetched, Failure> {
        self.look_at(&self.all_wanted(besides), tell)
    }

    /// Looks at these, and changes nothing.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(super) fn look_at(
        &self,
        wanted: &[Wanted],
        tell: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Fetched, Failure> {
        let entries = look_at_all(&self.cache, wanted, tell).map_err(Failure::io)?;
        Ok(Fetched { entries, ..Fetched::default() })
    }

    fn all_wanted(&self, besides: &[ModuleVersion]) -> Vec<Wanted> {
        let mut wanted = self.wanted.clone();
        for module in besides {
            match wanted.iter_mut().find(|wanted| wanted.module == *module) {
                Some(wanted) => wanted.files = Files::Zip,
                None => wanted.push(Wanted::unsummed(module.clone(), Files::Zip)),
            }
        }
        wanted
    }

    /// What variables of the go command come to when it fetches.
    ///
    /// # Errors
    /// The go command does not tell.
    pub fn ask_env(&self, names: &[&str]) -> anyhow::Result<BTreeMap<String, String>> {
        let go = self.scene.go.as_ref().expect("there is none to fetch with otherwise");
        // Outside any module, so that no toolchain line is followed.
        go.ask_env(names, &self.env, Path::new("/"))
    }

    /// The lines of all checksum files.
    fn go_sum(&self) -> String {
        let mut text = String::new();
        for (_, line) in sum_lines(&self.sums) {
            let kind = if line.go_mod { "/go.mod" } else { "" };
            text += &format!("{} {}{kind} {}\n", line.module.path, line.module.version, line.hash);
        }
        text
    }
}

fn has_source(scene: &Scene) -> bool {
    let env = GoEnv::new(&scene.profile, &scene.user);
    env.get("GOPROXY").is_none_or(|value| value != "off")
}

/// Why nothing can be fetched under the profile.
fn no_source(scene: &Scene) -> Option<String> {
    let name = &scene.profile.name;
    if !has_source(scene) {
        let instead = scene.program_under("online");
        return Some(format!(
            "profile {name} has no source of modules (GOPROXY=off): `{instead} fetch` takes the user's own"
        ));
    }
    let is_cut = scene.profile.is_open() && scene.profile.network == Network::Deny;
    is_cut.then(|| {
        format!("the network is denied to profile {name}: a floor or GO_OFFLINE_NETWORK says so")
    })
}

/// A line that go stops at, or whose h1 hash can be that of nothing: that of no module is to be passed over.
fn refuse_malformed(sums: &[SumFile]) -> Result<(), Failure> {
    for (file, sum) in sums.iter().filter_map(|sum| sum.content.as_ref()) {
        let malformed = sum.malformed.iter().map(|error| (&error.span, error.message.clone()));
        let broken = sum.lines.iter().filter(|line| line.is_broken_h1()).map(|line| {
            (&line.span, format!("`{}` is no h1 hash: not 32 bytes in base64", line.hash))
        });
        if let Some((span, message)) = malformed.chain(broken).next() {
            return Err(Failure::config(anyhow::anyhow!(
                "{}: {message}: remove the line, and `go-offline --profile online mod tidy` writes it anew",
                place(file, span)
            )));
        }
    }
    Ok(())
}

fn place(file: &File, span: &Span) -> String {
    format!("{}:{}", file.shown.display(), line_col(&file.text, span.start).0)
}

/// Of what there is no hash, and where.
///
/// # Errors
/// There is none of anything, though modules are required.
fn without_hash(project: &Project, sums: &[SumFile]) -> Result<Vec<String>, Failure> {
    let has_hash = sum_lines(sums).any(|(_, line)| line.is_h1());
    let mut unhashed = unhashed(sums);
    let unsummed = unsummed(project, sums);
    if let Some(required) = unsummed.first().filter(|_| !has_hash) {
        return Err(Failure::config(anyhow::anyhow!(
            "go.sum has no hash of any module, and {required} is required: `go-offline --profile online mod tidy` writes it"
        )));
    }
    let unsummed = unsummed.into_iter().map(|module| {
        format!("{module} is required, and go.sum does not name it (`go-offline --profile online mod tidy`)")
    });
    unhashed.extend(unsummed);
    Ok(unhashed)
}

/// A go.mod or go.work that go does not take: what it requires is not known.
fn refuse_unreadable(project: &Project) -> Result<(), Failure> {
    let malformed = |file: &File, errors: &[ParseError]| {
        let error = errors.first().expect("there is no error without a cause");
        Failure::config(anyhow::anyhow!("{}: {}", place(file, &error.span), error.message))
    };
    if let Some(work) = &project.work {
        work.value.as_ref().map_err(|errors| malformed(&work.file, errors))?;
    }
    for module in &project.modules {
        let Some(parsed) = &module.mod_file else {
            return Err(Failure::config(anyhow::anyhow!(
                "go.work names {}, where there is no go.mod: `go work edit -dropuse` takes the line out, and GOWORK=off passes go.work over",
                module.dir.display()
            )));
        };
        parsed.value.as_ref().map_err(|errors| malformed(&parsed.file, errors))?;
    }
    Ok(())
}

/// What is required, has to come from elsewhere, and has no line in any go.sum.
fn unsummed(project: &Project, sums: &[SumFile]) -> Vec<ModuleVersion> {
    let known: HashSet<&ModuleVersion> = sum_lines(sums).map(|(_, line)| &line.module).collect();
    let required = project.mod_files().flat_map(|(_, _, file)| &file.require);
    let required = required.map(|require| &require.module);
    let mut unsummed: Vec<_> = required
        .filter_map(|module| summed_as(project, module))
        .filter(|module| !known.contains(module))
        .collect();
    unsummed.sort();
    unsummed.dedup();
    unsummed
}

/// The lines of other algorithms that no line with h1 stands beside.
fn unhashed(sums: &[SumFile]) -> Vec<String> {
    let hashed: HashSet<(&ModuleVersion, bool)> = sum_lines(sums)
        .filter(|(_, line)| line.is_h1())
        .map(|(_, line)| (&line.module, line.go_mod))
        .collect();
    let unhashed =
        sum_lines(sums).filter(|(_, line)| !hashed.contains(&(&line.module, line.go_mod)));
    unhashed
        .map(|(file, line)| format!("{}: {} {}", place(file, &line.span), line.module, line.hash))
        .collect()
}

/// What changes for the go command that fetches. Of the user's flags one counts here; an empty GOFLAGS
/// would let those of the user's file in.
fn environment(scene: &Scene, cache: &Path) -> Vec<(OsString, Option<OsString>)> {
    let mut env = GoEnv::new(&scene.profile, &scene.user);
    let words = flags::split(&env.goflags(&scene.user)).unwrap_or_default();
    let is_rw = words.iter().rev().find(|word| flags::flag_name(word) == Some("modcacherw"));
    let is_rw =
        is_rw.is_some_and(|word| flags::flag_value(word).is_none_or(|value| value != "false"));
    let own = || Origin::BuiltIn(scene.profile.base);
    env.set("GOFLAGS", format!("-modcacherw={is_rw}"), own());
    env.set("GO111MODULE", "on", own());
    // What is hashed afterwards has to be what go has filled.
    env.set("GOMODCACHE", cache, own());
    env.keep_restored(&scene.surroundings.restored);
    let settings = env.settings().iter();
    settings.map(|setting| (setting.name.clone().into(), setting.value.clone())).collect()
}
