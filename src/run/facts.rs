//! What the rules need to know of the profile and the command.

use super::scene::Scene;
use crate::check::{
    Carried, CommandFacts, LeavingFlag, Levels, ModulePolicy, RESERVED, RULES, SumdbOff,
};
use crate::gomod::Spanned;
use crate::profile::{Config, GoEnv, LintLevel, Loosened, ModuleTable, Origin, Overridden, Trust};
use crate::report::{Code, Finding, Level};

/// The codes that `[lints]` and the options of `check` may name.
pub fn lint_codes() -> Vec<&'static str> {
    let codes = RULES.iter().map(|rule| rule.code).chain(super::CODES);
    codes.map(|code| code.name).chain(RESERVED.iter().copied()).collect()
}

/// What is to be judged about a command with an environment.
pub fn command_facts(
    scene: &Scene,
    env: &GoEnv,
    leaving: Vec<LeavingFlag>,
    overridden: Vec<Overridden>,
) -> CommandFacts {
    let profile = &scene.profile;
    CommandFacts {
        profile: profile.name.clone(),
        follows_user: profile.is_open(),
        refused: profile.refused.clone(),
        sumdb_off: sumdb_off(scene, env),
        proxies: profile.network_proxies().map(str::to_owned).collect(),
        leaving,
        overridden,
    }
}

/// GOSUMDB=off, where the profile does not leave everything to the user and modules can come in.
fn sumdb_off(scene: &Scene, env: &GoEnv) -> Option<SumdbOff> {
    if scene.profile.is_transparent() {
        return None;
    }
    let setting = env.settings().iter().find(|setting| setting.name == "GOSUMDB");
    let origin = match setting {
        Some(setting) if setting.value.as_ref().is_some_and(|value| value == "off") => {
            setting.origin.clone()
        }
        Some(_) => return None,
        None => scene.user.get("GOSUMDB").filter(|(value, _)| *value == "off")?.1,
    };
    Some(SumdbOff { origin })
}

/// The rules on modules of each settings file.
pub(super) fn policies(scene: &Scene) -> Vec<ModulePolicy> {
    let policy =
        |config: &Config| ModulePolicy { file: config.file.clone(), table: config.modules.clone() };
    scene.settings.layers().files().map(policy).collect()
}

/// The known patches inside vendor/. Where a floor is laid only the user's own count.
pub(super) fn carries(scene: &Scene) -> Vec<Carried> {
    let carried = |config: &Config| {
        let counts = !(scene.profile.is_floored && is_of_project(config));
        let file = config.file.clone();
        config
            .carry
            .iter()
            .map(move |carry| Carried { file: file.clone(), carry: carry.clone(), counts })
            .collect::<Vec<_>>()
    };
    scene.settings.layers().files().flat_map(carried).collect()
}

/// The levels of the settings files: the user's, and over them the project's. Where a floor is laid
/// a project takes nothing back.
pub fn levels(scene: &Scene) -> Levels {
    let mut levels = Levels::default();
    let known = lint_codes();
    for (config, code, level) in lints(scene) {
        if counts(scene, config, &code.value, level) {
            // The reader has refused every other code.
            let _ = levels.set(&code.value, report_level(level), &known);
        }
    }
    levels
}

/// Everything that settings files loosen: values of the profile, levels, and known patches.
pub fn loosened(scene: &Scene) -> Vec<Loosened> {
    let mut all = scene.profile.loosened.clone();
    for (config, code, level) in lints(scene) {
        if lowers(&code.value, level) && counts(scene, config, &code.value, level) {
            let what = format!("{} is {}", code.value, level.word());
            all.push(Loosened { what, origin: line(config, code.span.start) });
        }
    }
    all.extend(carries(scene).iter().filter(|carried| carried.counts).map(
        |Carried { file, carry, .. }| Loosened {
            what: format!("{} of {} is carried", carry.path, carry.module.value),
            origin: Origin::File {
                path: file.shown.clone(),
                line: file.line(carry.module.span.start),
            },
        },
    ));
    all
}

/// Whether a lint is heeded. Where a floor is laid a project takes nothing back, and never what the
/// user's own rules on modules find.
fn counts(scene: &Scene, config: &Config, code: &str, level: LintLevel) -> bool {
    if !is_of_project(config) || !lowers(code, level) {
        return true;
    }
    let rules = scene.settings.user.as_ref().map(|user| &user.modules);
    let has_rules = rules.is_some_and(|rules| *rules != ModuleTable::default());
    let is_about_modules = matches!(code, "module-denied" | "module-not-allowed" | "private-leak");
    !(scene.profile.is_floored || has_rules && is_about_modules)
}

/// The lines by which a project silences findings, with how many they are.
pub(super) fn silenced(scene: &Scene, findings: &[Finding]) -> Vec<(Origin, &'static str, usize)> {
    let mut all = Vec::new();
    for (config, code, level) in lints(scene) {
        let allowed =
            |finding: &&Finding| finding.code == code.value && finding.level == Level::Allow;
        let count = findings.iter().filter(allowed).count();
        if let Some(finding) = findings.iter().find(allowed)
            && is_of_project(config)
            && level == LintLevel::Allow
        {
            all.push((line(config, code.span.start), finding.code, count));
        }
    }
    all
}

fn line(config: &Config, at: usize) -> Origin {
    Origin::File { path: config.file.shown.clone(), line: config.file.line(at) }
}

fn is_of_project(config: &Config) -> bool {
    config.file.trust == Trust::Project
}

/// Every lint of the settings files, the weaker file first.
fn lints(scene: &Scene) -> impl Iterator<Item = (&Config, &Spanned<String>, LintLevel)> {
    let files: Vec<&Config> = scene.settings.layers().files().collect();
    files
        .into_iter()
        .rev()
        .flat_map(|config| config.lints.iter().map(move |(code, level)| (config, code, *level)))
}

/// Whether this level is below the one that the code has by itself.
fn lowers(code: &str, level: LintLevel) -> bool {
    let by_itself = RULES.iter().map(|rule| rule.code).find(|rule: &&Code| rule.name == code);
    // What no rule of this version has weighs as most of them do.
    report_level(level) < by_itself.map_or(Level::Deny, |code| code.level)
}

fn report_level(level: LintLevel) -> Level {
    match level {
        LintLevel::Allow => Level::Allow,
        LintLevel::Warn => Level::Warn,
        LintLevel::Deny => Level::Deny,
    }
}
