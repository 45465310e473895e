//! One character of modules.txt changed: the lists alone must notice, but for what they cannot know.

use crate::corpus::corpus;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use go_offline::check::{CommandFacts, Facts, Levels, check};
use go_offline::gomod::ModulesTxt;
use go_offline::profile::Verify;
use go_offline::project::{GoWork, List, Lookup, Project, SumFile, Vendor, locate};
use go_offline::report::{Finding, Level};

/// Why a change may pass without a finding of level deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Excuse {
    /// Space that go does not see: the entries are the same ones, in the same order.
    SameMeaning,
    /// `go 1.21` became another go version: only the module's own go.mod knows its go line. One
    /// above the main module's is a warning.
    GoLine,
    /// The `go` annotation is no longer one: go takes the module for 1.16. A warning.
    NoGoLine,
}

struct Subject {
    project: Project,
    vendor: Vendor,
    sums: Vec<SumFile>,
}

impl Subject {
    fn at(root: &Path) -> Subject {
        let lookup = Lookup {
            dir: root.to_path_buf(),
            gowork: GoWork::Auto,
            temp_dir: std::env::temp_dir(),
            ..Lookup::default()
        };
        let project = locate(&lookup).unwrap().unwrap();
        let vendor = project.read_vendor().unwrap();
        let sums = project.read_sums().unwrap();
        Subject { project, vendor, sums }
    }

    fn text(&self) -> &str {
        &self.vendor.list.as_ref().unwrap().file.text
    }

    /// The findings with another modules.txt. The walk over vendor/ is the slow part, and what it
    /// finds depends on the set of listed packages only.
    fn findings(&self, text: &str, trees: &mut Trees) -> (ModulesTxt, Vec<Finding>) {
        let mut vendor = self.vendor.clone();
        let mut file = vendor.list.unwrap().file;
        file.text = text.into();
        let list = List::new(file);
        vendor.list = Some(list.clone());
        let list = list.value().clone();
        let tree = trees.of(&self.project, &list);
        let facts = Facts {
            project: Some(&self.project),
            vendor: Some(&vendor),
            own_vendor: None,
            sums: &self.sums,
            tree: Some(tree),
            verify: Verify::Lists,
            uses_vendor: true,
            go_version: None,
            module_cache: None,
            command: CommandFacts { profile: "vendor".to_owned(), ..CommandFacts::default() },
            bytes: None,
            git: &Default::default(),
            carries: &[],
            today: "2026-01-01",
            policies: &[],
        };
        let findings = check(&facts, &Levels::default());
        (list, findings)
    }
}

/// The walk over vendor/ for the last sets of packages asked for.
#[derive(Default)]
struct Trees(BTreeMap<BTreeSet<String>, go_offline::project::Tree>);

impl Trees {
    fn of(&mut self, project: &Project, list: &ModulesTxt) -> &go_offline::project::Tree {
        let packages: BTreeSet<String> = list
            .entries
            .iter()
            .flat_map(|entry| &entry.packages)
            .map(|package| package.value.clone())
            .collect();
        self.0.entry(packages).or_insert_with(|| project.walk_vendor(list).unwrap())
    }
}

/// The characters that each one is changed to: one of its kind and one that is not.
fn changes(character: char) -> Vec<String> {
    let mut all = vec![String::new(), format!("{character}{character}")];
    let others: &[char] = match character {
        '0'..='8' => &['9', 'x', ' '],
        '9' => &['8', 'x', ' '],
        'a'..='y' => &['z', '7', ' ', '\n'],
        'z' => &['y', '7', ' ', '\n'],
        '\n' => &[' ', 'x'],
        _ => &['x', ' ', '\n'],
    };
    all.extend(others.iter().filter(|other| **other != character).map(char::to_string));
    all
}

/// Changes every `step`-th character in each way; returns how many changes there were and those
/// that are not denied, by excuse.
fn undetected(subject: &Subject, step: usize) -> (usize, BTreeMap<Option<Excuse>, Vec<String>>) {
    let text = subject.text();
    let sound = ModulesTxt::parse(text);
    let mut trees = Trees::default();
    let (_, findings) = subject.findings(text, &mut trees);
    assert!(findings.iter().all(|finding| finding.level < Level::Deny), "{findings:?}");
    let mut count = 0;
    let mut passed: BTreeMap<Option<Excuse>, Vec<String>> = BTreeMap::new();
    for (at, character) in text.char_indices().step_by(step) {
        for new in changes(character) {
            let changed = format!("{}{new}{}", &text[..at], &text[at + character.len_utf8()..]);
            let (list, findings) = subject.findings(&changed, &mut trees);
            // Each walk is of use for one line only.
            if trees.0.len() > 8 {
                trees = Trees::default();
            }
            count += 1;
            if findings.iter().any(|finding| finding.level == Level::Deny) {
                continue;
            }
            let line = changed[..at].matches('\n').count();
            let excuse = excuse(&sound, &list, &findings);
            let shown = changed.split('\n').nth(line).unwrap_or_default();
            passed.entry(excuse).or_default().push(format!("{}: {shown:?}", line + 1));
        }
    }
    (count, passed)
}

fn excuse(sound: &ModulesTxt, changed: &ModulesTxt, findings: &[Finding]) -> Option<Excuse> {
    let warned = findings
        .iter()
        .any(|finding| finding.code == "vendor-inconsistent" && finding.level == Level::Warn);
    let essence = |list: &ModulesTxt, with_go: bool| -> Vec<String> {
        list.entries
            .iter()
            .map(|entry| {
                let go = entry.go_version.as_ref().filter(|_| with_go).map(|go| &go.value);
                let packages: Vec<&str> =
                    entry.packages.iter().map(|package| package.value.as_str()).collect();
                format!(
                    "{} {:?} {} {go:?} {packages:?}",
                    entry.module, entry.replacement, entry.explicit
                )
            })
            .collect()
    };
    if essence(sound, true) == essence(changed, true) {
        return (changed.ignored == sound.ignored).then_some(Excuse::SameMeaning);
    }
    if essence(sound, false) == essence(changed, false) {
        let count = |list: &ModulesTxt| {
            list.entries.iter().filter(|entry| entry.go_version.is_some()).count()
        };
        return match count(sound) == count(changed) {
            true => Some(Excuse::GoLine),
            false => warned.then_some(Excuse::NoGoLine),
        };
    }
    None
}

fn report(name: &str, count: usize, passed: &BTreeMap<Option<Excuse>, Vec<String>>) {
    println!("{name}: {count} changes");
    for (excuse, lines) in passed {
        let some: Vec<&String> = lines.iter().take(6).collect();
        println!("  {excuse:?}: {} {some:?}", lines.len());
    }
}

#[test]
fn one_character_of_the_example_is_noticed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart/project");
    let (count, passed) = undetected(&Subject::at(&root), 1);
    report("quickstart", count, &passed);
    assert!(count > 700, "{count}");
    let excuses: Vec<Option<Excuse>> = passed.keys().copied().collect();
    assert_eq!(excuses, [Excuse::SameMeaning, Excuse::GoLine, Excuse::NoGoLine].map(Some));
}

#[test]
#[ignore = "needs GO_OFFLINE_CORPUS"]
fn one_character_of_the_corpus_is_noticed() {
    let corpus = corpus();
    for (name, step) in [("runc", 23), ("container-libs", 211), ("distribution-2021", 47)] {
        let (count, passed) = undetected(&Subject::at(&corpus.join(name)), step);
        report(name, count, &passed);
        assert_eq!(passed.get(&None), None, "{name}: no excuse");
    }
}
