//! What a record means for a run that has ended: what is said of it, and the outcome.

use super::account::Teller;
use super::cause::{Ground, HOOKS, NAMING, cause, table};
use super::codes::{NETWORK_ATTEMPT, PROCESSES_LEFT};
use super::culprit::Told;
use super::facts::levels;
use super::nesting::is_nested;
use super::plan::Plan;
use super::scene::Scene;
use super::{Outcome, blocks, build_cache, leftovers};
use crate::gotool::Ended;
use crate::guard::{self, Attempt, Nature, Record};
use crate::profile::{Network, flags};
use crate::project::Project;
use crate::report::{Exit, Finding, Level};
use std::path::Path;
use std::time::SystemTime;

/// A command that has ended.
pub(super) struct Run {
    pub(super) ended: Ended,
    pub(super) record: Record,
    /// Whether system calls were watched.
    pub(super) calls_watched: bool,
    pub(super) start: SystemTime,
    /// That what was checked before it started is no longer what lies there.
    pub(super) changed: Option<Finding>,
}

/// The network's part in the outcome: go's own failure stands, its success may not.
pub(super) fn verdict(
    scene: &Scene,
    plan: &Plan,
    mut run: Run,
    teller: &mut Teller<'_>,
) -> Outcome {
    let changed = run.changed.take();
    let run = &run;
    let servers_matter = !plan.is_go || scene.invocation.command == "run";
    let told = explain(scene, plan, &run.record.attempts, servers_matter);
    teller.account.tried(&told, run.record.unattributed);
    teller.account.leftovers = run.record.leftovers.iter().map(leftovers::reported).collect();
    let left = left(scene, run);
    // By what is left only who has asked for that in [lints] fails.
    let is_denied = left.iter().chain(&changed).any(|finding| finding.level == Level::Deny);
    let end = match is_denied && run.ended.is_success() {
        true => Outcome::Own(Exit::Findings),
        false => Outcome::Command(run.ended),
    };
    let mut findings = found(scene, plan, run, &told);
    findings.extend(left);
    findings.extend(changed);
    if run.record.is_clean() {
        if !findings.is_empty() {
            teller.findings(findings);
        }
        return end;
    }
    // A script around us may swallow what we say, and the wall around it does not see into ours.
    if is_nested(&scene.surroundings) {
        guard::pass_on(&run.record);
    }
    let cache = build_cache::directory(&plan.env, &scene.user);
    let forgotten = build_cache::forget_run(&run.record, cache.as_deref(), run.start);
    findings.extend(forgotten);
    // The go-offline around us forgets for those whom it sees, and says it where it sees nobody.
    if !run.record.unattributed.is_empty() && !is_nested(&scene.surroundings) {
        findings.extend(cache.as_deref().map(build_cache::others_unknown));
    }
    teller.findings(findings);
    if run.ended.is_success() && plan.network == Network::Deny && !is_denied {
        return Outcome::Own(Exit::NetworkAttempt);
    }
    end
}

/// What people are told.
fn found(scene: &Scene, plan: &Plan, run: &Run, told: &[Told<'_>]) -> Vec<Finding> {
    let level = if plan.network == Network::Deny { NETWORK_ATTEMPT.level } else { Level::Warn };
    let counted = run.record.unattributed;
    let online = || scene.under("online");
    let help = if !plan.watch_calls {
        let on = "`watch-calls = \"on\"` in the profile names the program that dials";
        format!("{on}; `{}` lets it through", online())
    } else if is_nested(&scene.surroundings) && !run.calls_watched {
        // One command has one watch over its calls, and there the names of programs are.
        "the report of the go-offline around this one names the program".to_owned()
    } else {
        format!("look for the program that dials; `{}` lets it through", online())
    };
    let mut findings = blocks::violations(told, level);
    findings.extend(blocks::unattributed(counted, run.calls_watched, level, help));
    findings.extend(blocks::notes(told));
    findings
}

/// What is said of processes that were left behind.
fn left(scene: &Scene, run: &Run) -> Option<Finding> {
    let leftovers = &run.record.leftovers;
    // Inside another go-offline they fall to that one, and it knows whether they live to the end.
    let is_theirs = is_nested(&scene.surroundings) && !run.calls_watched;
    if leftovers.is_empty() || is_theirs && leftovers.iter().all(|left| !left.ended) {
        return None;
    }
    let level = levels(scene).level(PROCESSES_LEFT.name, PROCESSES_LEFT.level);
    leftovers::finding(leftovers, level, &scene.strictly())
}

/// Each attempt with its cause. A server of a test is there for the test; only one that the user has
/// started may be meant for others.
fn explain<'r>(
    scene: &Scene,
    plan: &Plan,
    attempts: &'r [Attempt],
    servers_matter: bool,
) -> Vec<Told<'r>> {
    if attempts.is_empty() {
        return Vec::new();
    }
    let shown = |path: &Path| {
        let shown = scene.project.as_ref().map(|project| project.shown(path));
        shown.as_deref().unwrap_or(path).display().to_string()
    };
    let ground = Ground {
        variables: NAMING
            .iter()
            .filter_map(|name| Some((*name, variable(scene, plan, name)?)))
            .collect(),
        hooks: hooks(scene, plan),
        uses_vendor: scene.uses_vendor(),
        online: scene.under("online"),
        program_online: scene.program_under("online"),
        table: table(&scene.profile.name),
        in_workspace: scene.project.as_ref().is_some_and(Project::is_workspace),
        shown: &shown,
        read: &read_source,
    };
    attempts
        .iter()
        .filter(|attempt| attempt.nature != Nature::Listening || servers_matter)
        .map(|attempt| Told { attempt, cause: cause(attempt, &ground) })
        .collect()
}

/// The text of a source file. A program of the command may have named any: a pipe is not waited for.
fn read_source(path: &Path) -> Option<String> {
    path.is_file().then(|| std::fs::read_to_string(path).ok()).flatten()
}

/// A variable as the command has it.
fn variable(scene: &Scene, plan: &Plan, name: &str) -> Option<String> {
    let set = plan.env.settings().iter().find(|setting| setting.name == name);
    let value = match set {
        Some(setting) => setting.value.as_ref().map(|value| value.to_string_lossy().into_owned()),
        None => {
            let own = scene.user.get(name).map(|(value, _)| value.to_string_lossy().into_owned());
            let file = scene.user.goroot_file.as_ref();
            own.or_else(|| Some(file?.get(name)?.0.to_owned()))
        }
    };
    value.filter(|value| !value.is_empty())
}

/// The programs that flags name, on the command line or in GOFLAGS as the command has it.
fn hooks(scene: &Scene, plan: &Plan) -> Vec<(&'static str, String, String)> {
    let of_line = HOOKS.iter().filter_map(|name| {
        let value = scene.invocation.value(name)?.to_str()?.to_owned();
        Some((*name, value, "the command line".to_owned()))
    });
    let words = flags::split(&plan.env.goflags(&scene.user)).unwrap_or_default();
    let of_goflags = words.iter().filter_map(|word| {
        let named = flags::flag_name(word)?;
        let name = HOOKS.iter().find(|name| **name == named)?;
        Some((*name, flags::flag_value(word)?.to_owned(), "GOFLAGS".to_owned()))
    });
    of_line.chain(of_goflags).collect()
}

#[cfg(test)]
mod tests {
    use super::super::account::Account;
    use super::super::cause::tests::{attempt, process};
    use super::super::{Listener, Request, Surroundings, Target, gather, plan};
    use super::*;
    use crate::guard::{Counted, Nature, Process};
    use crate::profile::Choice;
    use crate::run::ConfigChoice;

    struct Nobody;

    impl Listener for Nobody {
        fn findings(&mut self, _: &[Finding]) {}
        fn hint(&mut self, _: &str) {}
    }

    /// A vendored project in which a record is judged.
    struct Bench {
        dir: tempfile::TempDir,
        /// Inside another go-offline, which watches the calls.
        nested: bool,
    }

    impl Bench {
        fn new() -> Bench {
            let bench = Bench { dir: tempfile::tempdir().unwrap(), nested: false };
            for (name, text) in [
                ("go.mod", "module m\n\ngo 1.26\n"),
                ("vendor/modules.txt", ""),
                ("gen/gen.go", "package gen\n\n//go:generate curl x\n"),
            ] {
                let path = bench.dir.path().join(name);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            bench
        }

        fn judge(&self, network: &str, ended: Ended, record: Record) -> (Outcome, Account) {
            let cache = self.dir.path().join("cache").display().to_string();
            let variables = [
                ("GOCACHE", cache.as_str()),
                ("GO_OFFLINE_NETWORK", network),
                ("CC", "/w/mycc -m64"),
                ("GOFLAGS", "-toolexec=/w/wrap"),
            ];
            let surroundings = Surroundings {
                environ: variables.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
                restored: self
                    .nested
                    .then(|| ("GO_OFFLINE_SAVED".to_owned(), None))
                    .into_iter()
                    .collect(),
                dir: self.dir.path().to_path_buf(),
                this_program: "/w/go-offline".into(),
                arg0: "go-offline".into(),
                called_as: None,
            };
            let request = Request {
                target: Target::Exec(vec!["make".into()]),
                choice: Choice::default(),
                floor: None,
                config: ConfigChoice::Off,
                changed_to: None,
                is_traced: false,
                is_reported: true,
                is_strict: false,
            };
            let scene = gather(surroundings, &request).unwrap();
            let plan = plan(&scene, &request).unwrap();
            let mut account = Account::default();
            let mut teller = Teller { listener: &mut Nobody, account: &mut account };
            let calls_watched = !self.nested;
            let start = SystemTime::now();
            let run = Run { ended, record, calls_watched, start, changed: None };
            (verdict(&scene, &plan, run, &mut teller), account)
        }

        fn account_of(&self, attempts: Vec<Attempt>) -> Account {
            let record = Record { attempts, ..Record::default() };
            self.judge("deny", Ended::Code(0), record).1
        }
    }

    fn curl() -> Attempt {
        attempt(&[process("curl x"), process("make")])
    }

    #[test]
    fn success_is_overruled_and_a_failure_stands() {
        let bench = Bench::new();
        let judge = |network, ended, record| bench.judge(network, ended, record).0;
        let seen = || Record { attempts: vec![curl()], ..Record::default() };
        let counted = || Record { unattributed: Counted { ipv4: 1, ipv6: 0 }, ..Record::default() };
        let note = || Record {
            attempts: vec![Attempt { violation: false, nature: Nature::AddressProbe, ..curl() }],
            ..Record::default()
        };
        let (well, failed) = (Ended::Code(0), Ended::Code(5));
        for record in [seen(), counted()] {
            let overruled = judge("deny", well, record.clone());
            assert_eq!(overruled, Outcome::Own(Exit::NetworkAttempt));
            assert_eq!(judge("deny", failed, record.clone()), Outcome::Command(failed));
            assert_eq!(judge("warn", well, record), Outcome::Command(well));
        }
        for record in [note(), Record::default()] {
            assert_eq!(judge("deny", well, record), Outcome::Command(well));
        }
    }

    #[test]
    fn levels_are_those_of_the_profile() {
        let bench = Bench::new();
        let levels = |network| {
            let attempts =
                vec![curl(), Attempt { violation: false, nature: Nature::OutsideSocket, ..curl() }];
            let unattributed = Counted { ipv4: 1, ipv6: 1 };
            let (_, account) = bench.judge(
                network,
                Ended::Code(0),
                Record { attempts, unattributed, ..Record::default() },
            );
            account.findings.iter().map(|finding| finding.level).collect::<Vec<_>>()
        };
        // The last is that a GOCACHE of a script's own is not known.
        assert_eq!(levels("deny"), [Level::Deny, Level::Deny, Level::Note, Level::Warn]);
        assert_eq!(levels("warn"), [Level::Warn, Level::Warn, Level::Note, Level::Warn]);
    }

    /// Inside another go-offline that one knows who it was, and forgets for whom it sees.
    #[test]
    fn what_the_outer_one_knows_is_not_asked_of_people() {
        let said = |nested| {
            let bench = Bench { nested, ..Bench::new() };
            let unattributed = Counted { ipv4: 1, ipv6: 0 };
            let record = Record { unattributed, ..Record::default() };
            let (outcome, account) = bench.judge("deny", Ended::Code(0), record);
            assert_eq!(outcome, Outcome::Own(Exit::NetworkAttempt));
            account.findings.iter().map(|one| (one.level, one.help.clone())).collect::<Vec<_>>()
        };
        let alone = said(false);
        assert_eq!([alone[0].0, alone[1].0], [Level::Deny, Level::Warn]);
        assert!(alone[0].1.contains("look for the program"), "{alone:?}");
        let nested = said(true);
        assert_eq!(nested.len(), 1);
        assert!(nested[0].1.contains("the go-offline around this one"), "{nested:?}");
    }

    /// People and programs are told the same mend.
    #[test]
    fn the_hint_is_the_help() {
        let account = Bench::new().account_of(vec![Attempt {
            count: 3,
            host: Some("h".to_owned()),
            ..curl()
        }]);
        let (told, finding) = (&account.attempts[0], &account.findings[0]);
        assert_eq!(told.hint.as_deref(), Some(finding.help.as_str()));
        assert_eq!((told.kind, told.pid, told.count, told.violation), ("tcp", 10, 3, true));
        assert_eq!((told.address.as_str(), told.host.as_deref()), ("198.51.100.7:443", Some("h")));
        assert_eq!(
            (told.argv.join(" "), told.cwd.as_deref()),
            ("curl x".to_owned(), Some("/p/dir"))
        );
        assert_eq!(told.parents[0].argv, ["make"]);
        assert!(
            finding.help.contains("`go-offline --no-config --profile online exec -- make`"),
            "{finding:?}"
        );
    }

    /// What the user and the profile have set leads to the cause.
    #[test]
    fn causes_from_the_run() {
        let bench = Bench::new();
        let cause = |chain: &[&str]| {
            let chain: Vec<Process> = chain.iter().map(|line| process(line)).collect();
            bench.account_of(vec![attempt(&chain)]).findings[0].cause.clone()
        };
        let go = "go build";
        assert!(
            cause(&["bash", "/bin/sh /w/mycc -m64 -c x.c", go]).starts_with("CC=/w/mycc -m64,")
        );
        let wrapped = cause(&["/bin/sh /w/wrap compile", go]);
        assert!(wrapped.starts_with("-toolexec=/w/wrap (from GOFLAGS)"), "{wrapped}");
        let vendored = bench.account_of(vec![attempt(&[process(go)])]);
        assert!(vendored.findings[0].help.contains("mod vendor"), "{vendored:?}");
    }

    #[test]
    fn the_line_of_a_generator_is_shown() {
        let bench = Bench::new();
        let variables = [("GOFILE", "gen.go"), ("GOLINE", "3")];
        let generator = Process {
            cwd: Some(bench.dir.path().join("gen")),
            variables: variables.map(|(name, value)| (name.into(), value.into())).to_vec(),
            ..process("curl x")
        };
        let account = bench.account_of(vec![attempt(&[generator, process("go generate")])]);
        let place = &account.findings[0].places[0];
        assert_eq!(place.path(), Path::new("gen/gen.go"));
        assert_eq!(place.line_column(), Some((3, 1)));
    }
}
