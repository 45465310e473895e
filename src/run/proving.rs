//! Holds go.sum against the checksum database.

use super::Failure;
use super::bundle_proofs::bundle_database;
use super::codes::{SUMDB_MISMATCH, SUMDB_UNPROVEN};
use super::doors::variable;
use super::facts::levels;
use super::fetching::{Fetching, Sums};
use super::scene::Scene;
use super::write_over::write_over;
use crate::fetch::{Access, Database, HeadChoice, Proven, SumdbSettings};
use crate::gomod::glob::match_prefix_patterns;
use crate::gomod::{ModuleVersion, SumLine};
use crate::profile::GoEnv;
use crate::project::{File, SumFile, sum_lines};
use crate::report::{Code, Exit, Finding, Place, SourceText};
use crate::sumdb::{LookupError, NoteError, ProofError, TileLengthError};
use anyhow::Context;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Variables of the go command that say which database there is, and where.
const VARIABLES: [&str; 4] = ["GOSUMDB", "GOPROXY", "GONOSUMDB", "GOAUTH"];

/// What is to be proven, and by what.
#[derive(Debug)]
pub(super) struct Proving {
    /// The database; `None` if the settings say that there is none.
    pub database: Option<Database>,
    /// Patterns, as GONOSUMDB has them, of modules that it is not asked for.
    pub private: String,
}

/// Who may be asked for what no cache has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// The database, over the network.
    Anybody,
    /// Nobody.
    Nobody,
}

impl Proving {
    /// The database as the settings have it that are in force for `fetch`.
    ///
    /// # Errors
    /// go does not tell its settings, or they lead to no database.
    pub(super) fn by_settings(fetching: &Fetching, ask: Ask) -> Result<Proving, Failure> {
        let told = fetching.ask_env(&VARIABLES).map_err(Failure::config)?;
        let value = |name: &str| told.get(name).map(String::as_str).unwrap_or_default();
        let private = value("GONOSUMDB").to_owned();
        let scene = &fetching.scene;
        let env = GoEnv::new(&scene.profile, &scene.user);
        let variable = |name: &str| variable(scene, &env, name);
        let netrc = netrc(&variable, value("GOAUTH"));
        let access = Access::new(netrc.as_deref(), &variable);
        let settings =
            SumdbSettings { gosumdb: value("GOSUMDB"), goproxy: value("GOPROXY"), access: &access };
        let Some((key, url)) = settings.key().map_err(Failure::config)? else {
            return Ok(Proving { database: None, private });
        };
        let remote = match (ask, &fetching.no_source) {
            (Ask::Nobody, _) | (_, Some(_)) => None,
            (Ask::Anybody, None) => {
                settings.source(&key, url.as_deref()).map_err(Failure::config)?
            }
        };
        let below = format!("cache/download/sumdb/{}", key.name());
        let stores = vec![fetching.cache.dir.join(below)];
        let cache = own_cache(scene, key.name());
        Ok(Proving { database: Some(Database { key, stores, cache, remote }), private })
    }

    /// The database of which a bundle has the proofs, by the settings as they are without a go command,
    /// of which there need be none where bundles go.
    ///
    /// # Errors
    /// The settings lead to no database.
    fn without_go(scene: &Scene) -> Result<Proving, Failure> {
        let env = GoEnv::new(&scene.profile, &scene.user);
        let value = |name: &str| {
            let of_profile = env.get(name).map(|value| value.to_string_lossy().into_owned());
            let user =
                || scene.user.get(name).map(|(value, _)| value.to_string_lossy().into_owned());
            let goroot = || Some(scene.user.goroot_file.as_ref()?.get(name)?.0.to_owned());
            of_profile.or_else(user).or_else(goroot).filter(|value| !value.is_empty())
        };
        let gosumdb = value("GOSUMDB").unwrap_or_else(|| "sum.golang.org".to_owned());
        let private = value("GONOSUMDB").or_else(|| value("GOPRIVATE")).unwrap_or_default();
        let access = Access::default();
        let settings = SumdbSettings { gosumdb: &gosumdb, goproxy: "", access: &access };
        let key = settings.key().map_err(Failure::config)?;
        let database = key.map(|(key, _)| Database::of_dir(key, PathBuf::new()));
        Ok(Proving { database, private })
    }

    /// The database, for whoever can do nothing without one.
    ///
    /// # Errors
    /// It is off.
    fn database(&self) -> Result<&Database, Failure> {
        self.database.as_ref().ok_or_else(|| {
            Failure::config(anyhow::anyhow!(
                "GOSUMDB=off: there is no checksum database to prove anything by; `GOSUMDB=sum.golang.org go-offline sumdb verify` asks the public one"
            ))
        })
    }

    /// Whether a module is private, so that no database is asked for it.
    pub(super) fn is_private(&self, path: &str) -> bool {
        match_prefix_patterns(&self.private, path)
    }

    /// The modules of checksum files that the database is asked for, each once.
    pub(super) fn public(&self, sums: &[SumFile]) -> Vec<ModuleVersion> {
        let modules = lines(sums).map(|(_, line)| &line.module);
        let public = modules.filter(|module| !self.is_private(&module.path));
        public.collect::<BTreeSet<_>>().into_iter().cloned().collect()
    }
}

/// Where what was read of a database is kept.
fn own_cache(scene: &Scene, name: &str) -> Option<PathBuf> {
    Some(scene.user.environ.own_cache_dir()?.join("sumdb").join(name))
}

/// The text of the user's netrc file, unless GOAUTH does without: `cmd/go/internal/auth`, auth.go
/// `runGoAuth` and netrc.go `netrcPath`. An empty variable is none.
fn netrc(variable: &dyn Fn(&str) -> Option<String>, goauth: &str) -> Option<String> {
    let is_netrc = |way: &str| way.split_whitespace().next() == Some("netrc");
    if !goauth.is_empty() && !goauth.split(';').any(is_netrc) {
        return None;
    }
    let path = match variable("NETRC") {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(variable("HOME")?).join(".netrc"),
    };
    Some(String::from_utf8_lossy(&std::fs::read(path).ok()?).into_owned())
}

/// How go.sum is to be proven.
#[derive(Debug, Clone, Default)]
pub struct SumdbRequest {
    /// A signed tree head to prove everything by.
    pub head: Option<PathBuf>,
    /// The newest head is asked for.
    pub refresh_head: bool,
    /// Nobody is asked.
    pub offline: bool,
    /// Where the head is to be written.
    pub write_head: Option<PathBuf>,
}

/// Holds the project's go.sum against the checksum database, and says by what that was done.
///
/// # Errors
/// There is no database, it cannot be read, or what it says is no proof.
pub fn prove_sums(
    fetching: &Fetching,
    request: &SumdbRequest,
    tell: &(dyn Fn(usize, usize) + Sync),
) -> Result<(Judged, String), Failure> {
    let Fetching { scene, sums, .. } = fetching;
    let ask = if request.offline { Ask::Nobody } else { Ask::Anybody };
    let proving = Proving::by_settings(fetching, ask)?;
    proving.database()?;
    let dir = &scene.surroundings.dir;
    let choice = head_choice(request.head.as_deref(), request.refresh_head, dir)?;
    prove(scene, sums, &proving, &choice, request.write_head.as_deref(), tell)
}

/// Holds the project's go.sum against what a bundle has of the checksum database. Nobody is asked, and
/// neither a go command nor a module cache is needed.
///
/// # Errors
/// There is no database, the bundle has no proofs of it, or they are none.
pub fn prove_by_bundle(
    sums: &Sums,
    bundle: &Path,
    write_head: Option<&Path>,
    tell: &(dyn Fn(usize, usize) + Sync),
) -> Result<(Judged, String), Failure> {
    let Sums { scene, sums, .. } = sums;
    let mut proving = Proving::without_go(scene)?;
    proving.database()?;
    let database = proving.database.as_mut().expect("it has just been looked at");
    let bundle = scene.surroundings.dir.join(bundle);
    let (_temp, choice) = bundle_database(&bundle, database)?;
    prove(scene, sums, &proving, &choice, write_head, tell)
}

fn prove(
    scene: &Scene,
    sums: &[SumFile],
    proving: &Proving,
    choice: &HeadChoice,
    write_head: Option<&Path>,
    tell: &(dyn Fn(usize, usize) + Sync),
) -> Result<(Judged, String), Failure> {
    let database = proving.database()?;
    let proven = database.prove(&proving.public(sums), choice, tell).map_err(refused)?;
    if let Some(path) = write_head {
        let path = scene.surroundings.dir.join(path);
        write_over(&path, proven.head.note().as_bytes()).map_err(Failure::io)?;
    }
    let by = format!("{} (tree of {} records)", database.key.name(), proven.head.size());
    Ok((judge(scene, sums, proving, &proven), by))
}

/// What is no proof is a finding; what cannot be reached or read is not.
pub(super) fn refused(error: anyhow::Error) -> Failure {
    let is_no_proof = |cause: &(dyn std::error::Error + 'static)| {
        let of_proof = cause.downcast_ref::<ProofError<anyhow::Error>>();
        of_proof.is_some_and(|error| !matches!(error, ProofError::Read { .. }))
            || cause.is::<TileLengthError>()
            || cause.is::<LookupError>()
            || cause.is::<NoteError>()
    };
    match error.chain().any(is_no_proof) {
        true => Failure { exit: Exit::Findings, error },
        false => Failure::io(error),
    }
}

/// The head that everything is to be proven by.
pub(super) fn head_choice(
    head: Option<&Path>,
    is_newest: bool,
    dir: &Path,
) -> Result<HeadChoice, Failure> {
    match (head, is_newest) {
        (Some(path), _) => {
            let reading = || format!("reading --head {}", path.display());
            let note = std::fs::read(dir.join(path)).with_context(reading);
            Ok(HeadChoice::Given(note.map_err(Failure::io)?))
        }
        (None, true) => Ok(HeadChoice::Newest),
        (None, false) => Ok(HeadChoice::Kept),
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Judged {
    /// What is not as the database says, and what it says nothing of.
    pub findings: Vec<Finding>,
    /// How many lines of go.sum are proven.
    pub proven: usize,
    /// How many lines are of private modules, for which nobody was asked.
    pub private: usize,
    /// How many lines the database says nothing of.
    pub unproven: usize,
    /// How many lines the database contradicts.
    pub contradicted: usize,
    /// What could not be checked besides.
    pub notes: Vec<String>,
}

/// Holds each line of the checksum files against what is proven.
pub(super) fn judge(scene: &Scene, sums: &[SumFile], proving: &Proving, proven: &Proven) -> Judged {
    let mut judged = Judged { notes: proven.notes.clone(), ..Judged::default() };
    let mut told: BTreeSet<&ModuleVersion> = BTreeSet::new();
    for (file, line) in lines(sums) {
        if proving.is_private(&line.module.path) {
            judged.private += 1;
            continue;
        }
        match verdict(line, proven) {
            Verdict::Proven => judged.proven += 1,
            Verdict::Other(hash) => {
                judged.contradicted += 1;
                judged.findings.push(contradicted(file, line, &hash));
            }
            Verdict::Nothing(why) => {
                judged.unproven += 1;
                // A version's two lines have one reason.
                if told.insert(&line.module) {
                    judged.findings.push(unproven(file, line, &why));
                }
            }
        }
    }
    let levels = levels(scene);
    for finding in &mut judged.findings {
        finding.level = levels.level(finding.code, finding.level);
    }
    Finding::sort(&mut judged.findings);
    judged
}

/// The lines of checksum files that can be checked, with the file of each.
fn lines(sums: &[SumFile]) -> impl Iterator<Item = (&File, &SumLine)> {
    sum_lines(sums).filter(|(_, line)| line.is_h1())
}

enum Verdict {
    Proven,
    /// The database has this hash instead.
    Other(String),
    Nothing(String),
}

fn verdict(line: &SumLine, proven: &Proven) -> Verdict {
    let Some(record) = proven.records.get(&line.module) else {
        let why = proven.lacking.get(&line.module).cloned();
        return Verdict::Nothing(why.unwrap_or_else(|| "it was not asked for".to_owned()));
    };
    let hashes = record.hashes(&line.module);
    match if line.go_mod { hashes.go_mod } else { hashes.zip } {
        None => Verdict::Nothing("its record has no line of this kind".to_owned()),
        Some(hash) if hash == line.hash => Verdict::Proven,
        Some(hash) => Verdict::Other(hash.to_owned()),
    }
}

fn contradicted(file: &File, line: &SumLine, has: &str) -> Finding {
    let module = &line.module;
    let what = if line.go_mod { format!("the go.mod of {module}") } else { module.to_string() };
    let message = format!("{what} has another hash in the checksum database");
    finding(&SUMDB_MISMATCH, file, line, message, format!("the checksum database has {has}"))
        .with_cause("the line was not written by a go command that asked the checksum database")
        .with_help("see `go-offline explain sumdb-mismatch`; `git log -S` and the hash tell who wrote the line")
}

fn unproven(file: &File, line: &SumLine, why: &str) -> Finding {
    let message = format!("{} is not proven by the checksum database", line.module);
    finding(&SUMDB_UNPROVEN, file, line, message, String::new())
        .with_cause(why)
        .with_help("if it is private, name it under `[modules] private` in go-offline.toml")
}

fn finding(code: &Code, file: &File, line: &SumLine, message: String, label: String) -> Finding {
    let source = SourceText { path: file.shown.clone(), text: Arc::clone(&file.text) };
    let place = Place::Text { source: Arc::new(source), span: line.span.clone(), label };
    Finding::new(code.name, code.level, message)
        .with_place(place)
        .with_module(&line.module.path, &line.module.version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sumdb::Tile;

    /// What cannot be read is no finding, and nothing of why is lost.
    #[test]
    fn what_cannot_be_read_is_no_verdict() {
        let tile = Tile::parse("tile/8/0/000").unwrap();
        let exit = |error: ProofError<anyhow::Error>| refused(anyhow::Error::new(error)).exit;
        assert_eq!(exit(ProofError::OtherRecord { id: 1 }), Exit::Findings);
        assert_eq!(exit(ProofError::Tile { tile, parent: tile }), Exit::Findings);
        let error = || anyhow::anyhow!("no route to host").context("reading https://x/tile");
        assert_eq!(exit(ProofError::Read { tile, error: error() }), Exit::Io);
        assert_eq!(refused(error()).exit, Exit::Io);
        let no_note = NoteError::Malformed { why: String::new() };
        assert_eq!(refused(no_note.into()).exit, Exit::Findings);
    }

    #[test]
    fn the_netrc_file_is_the_one_that_go_reads() {
        let temp = tempfile::tempdir().unwrap();
        std::fs::write(temp.path().join(".netrc"), b"at home \xff").unwrap();
        std::fs::write(temp.path().join("other"), "elsewhere").unwrap();
        let home = temp.path().display().to_string();
        let read = |netrc_file: &str, goauth: &str| {
            let variable = |name: &str| match name {
                "HOME" => Some(home.clone()),
                "NETRC" => Some(netrc_file.to_owned()).filter(|value| !value.is_empty()),
                _ => None,
            };
            netrc(&variable, goauth)
        };
        for goauth in ["", "netrc", "git /dir; netrc ", "netrc;/bin/tool"] {
            assert_eq!(read("", goauth).as_deref(), Some("at home \u{fffd}"), "{goauth}");
        }
        assert_eq!(read(&format!("{home}/other"), "").as_deref(), Some("elsewhere"));
        assert_eq!(read(&format!("{home}/nowhere"), ""), None);
        for goauth in ["off", "git /dir", "/bin/netrc"] {
            assert_eq!(read("", goauth), None, "{goauth}");
        }
    }
}
