//! What lies around a project and is none of Go's: CI services, files that call go, .envrc.
//!
//! Reads only, and only to word a first go-offline.toml: what cannot be read is taken for absent,
//! and what is a pipe or a device is not opened.

use super::Project;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A build file longer than this is read up to here, in bytes.
const LONGEST: u64 = 1 << 20;

/// Verbs of go that stand in build files.
const VERBS: &[&str] = &[
    "build", "fix", "fmt", "generate", "get", "install", "list", "mod", "run", "test", "tool",
    "vet", "work",
];

/// A CI service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ci {
    /// GitHub Actions.
    GitHub,
    /// GitLab CI.
    GitLab,
    /// CircleCI.
    CircleCi,
    /// Jenkins.
    Jenkins,
    /// Azure Pipelines.
    Azure,
    /// Woodpecker.
    Woodpecker,
    /// Drone.
    Drone,
    /// Buildkite.
    Buildkite,
    /// Travis CI.
    Travis,
    /// Bitbucket Pipelines.
    Bitbucket,
    /// Forgejo Actions.
    Forgejo,
    /// Gitea Actions.
    Gitea,
    /// builds.sr.ht.
    SourceHut,
}

impl Ci {
    /// Every service with its name and where its files are: a path, or a directory of YAML files
    /// with a slash at the end.
    const PLACES: &'static [(Ci, &'static str, &'static [&'static str])] = &[
        (Ci::GitHub, "GitHub Actions", &[".github/workflows/"]),
        (Ci::GitLab, "GitLab CI", &[".gitlab-ci.yml"]),
        (Ci::CircleCi, "CircleCI", &[".circleci/config.yml"]),
        (Ci::Jenkins, "Jenkins", &["Jenkinsfile"]),
        (Ci::Azure, "Azure Pipelines", &["azure-pipelines.yml"]),
        (Ci::Woodpecker, "Woodpecker", &[".woodpecker.yml", ".woodpecker.yaml", ".woodpecker/"]),
        (Ci::Drone, "Drone", &[".drone.yml"]),
        (Ci::Buildkite, "Buildkite", &[".buildkite/"]),
        (Ci::Travis, "Travis CI", &[".travis.yml"]),
        (Ci::Bitbucket, "Bitbucket Pipelines", &["bitbucket-pipelines.yml"]),
        (Ci::Forgejo, "Forgejo Actions", &[".forgejo/workflows/"]),
        (Ci::Gitea, "Gitea Actions", &[".gitea/workflows/"]),
        (Ci::SourceHut, "builds.sr.ht", &[".build.yml", ".builds/"]),
    ];

    /// Every service, in a fixed order.
    pub fn all() -> impl Iterator<Item = Ci> {
        Self::PLACES.iter().map(|(ci, _, _)| *ci)
    }

    /// Its name, for people.
    pub fn name(self) -> &'static str {
        Self::PLACES.iter().find(|(ci, _, _)| *ci == self).map_or("", |(_, name, _)| name)
    }
}

/// What was found. Paths are absolute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Around {
    /// The CI services in use, each with the file that says so, in the order of [`Ci::all`].
    pub services: Vec<(Ci, PathBuf)>,
    /// A Makefile, a Taskfile and a justfile, as far as they call go.
    pub callers: Vec<PathBuf>,
    /// An .envrc.
    pub envrc: Option<PathBuf>,
}

/// Looks from the project's root up to the directory that holds `.git`; without one, in the root
/// only. The nearest file of each kind counts.
pub fn look_around(project: &Project) -> Around {
    let dirs = dirs(&project.root);
    let nearest = |places: &[&str]| {
        let mut all = dirs.iter().flat_map(|dir| places.iter().map(move |place| (dir, place)));
        all.find_map(|(dir, place)| file_at(dir, place))
    };
    let services = Ci::PLACES.iter().filter_map(|(ci, _, places)| Some((*ci, nearest(places)?)));
    // Of several names for one kind, the one that its program prefers stands first.
    let kinds: [&[&str]; 3] = [
        &["GNUmakefile", "makefile", "Makefile"],
        &["Taskfile.yml", "Taskfile.yaml", "Taskfile.dist.yml"],
        &["justfile", "Justfile", ".justfile"],
    ];
    let callers = kinds.iter().filter_map(|names| nearest(names));
    Around {
        services: services.collect(),
        callers: callers.filter(|path| calls_go(&start_of(path))).collect(),
        envrc: nearest(&[".envrc"]),
    }
}

fn dirs(root: &Path) -> Vec<&Path> {
    let Some(top) = root.ancestors().find(|dir| dir.join(".git").exists()) else {
        return vec![root];
    };
    root.ancestors().take_while(|dir| dir.starts_with(top)).collect()
}

/// A regular file at a place; in a directory the first YAML file by name.
fn file_at(dir: &Path, place: &str) -> Option<PathBuf> {
    let path = dir.join(place);
    if !place.ends_with('/') {
        return path.is_file().then_some(path);
    }
    let entries = std::fs::read_dir(path).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let is_yaml = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml")
    };
    entries.filter(is_yaml).filter(|path| path.is_file()).min()
}

fn start_of(path: &Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(file) = std::fs::File::open(path) {
        // What was read before an error is as good as a shorter file.
        let _ = file.take(LONGEST).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether a line has `go`, `$(GO)` or `${GO}`, with or without a directory, and then a verb of go.
fn calls_go(text: &str) -> bool {
    let is_go = |word: &str| {
        let word = word.trim_start_matches(['@', '-', '+', '"', '\'', '(', '`', '[', '{']);
        matches!(word, "go" | "$(GO)" | "${GO}" | "$GO" | "GO)" | "GO}") || word.ends_with("/go")
    };
    let is_verb = |word: &str| {
        let word = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        VERBS.contains(&word)
    };
    text.lines().filter(|line| !line.trim_start().starts_with('#')).any(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.windows(2).any(|pair| is_go(pair[0]) && is_verb(pair[1]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, files: &[(&str, &str)]) {
        for (name, text) in files {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }

    fn project(root: &Path) -> Project {
        Project {
            dir: root.to_path_buf(),
            root: root.to_path_buf(),
            work: None,
            modules: Vec::new(),
            nearest_module: Some(root.to_path_buf()),
        }
    }

    #[test]
    fn every_service_is_found_by_its_file() {
        let files = [
            (Ci::GitHub, ".github/workflows/b.yaml"),
            (Ci::GitLab, ".gitlab-ci.yml"),
            (Ci::CircleCi, ".circleci/config.yml"),
            (Ci::Jenkins, "Jenkinsfile"),
            (Ci::Azure, "azure-pipelines.yml"),
            (Ci::Woodpecker, ".woodpecker/x.yml"),
            (Ci::Drone, ".drone.yml"),
            (Ci::Buildkite, ".buildkite/pipeline.yml"),
            (Ci::Travis, ".travis.yml"),
            (Ci::Bitbucket, "bitbucket-pipelines.yml"),
            (Ci::Forgejo, ".forgejo/workflows/x.yml"),
            (Ci::Gitea, ".gitea/workflows/x.yaml"),
            (Ci::SourceHut, ".builds/debian.yml"),
        ];
        let temp = tempfile::tempdir().unwrap();
        for (_, name) in files {
            write(temp.path(), &[(name, "")]);
        }
        write(temp.path(), &[(".github/workflows/a.txt", "")]);
        let want = files.map(|(ci, name)| (ci, temp.path().join(name)));
        assert_eq!(look_around(&project(temp.path())).services, want);
        assert!(Ci::all().eq(files.map(|(ci, _)| ci)));
        assert!(Ci::all().all(|ci| !ci.name().is_empty()));
    }

    #[test]
    fn it_looks_up_to_the_repository_and_no_further() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("repository/sub/module");
        write(
            temp.path(),
            &[
                (".travis.yml", ""),
                ("repository/.gitlab-ci.yml", ""),
                ("repository/.envrc", ""),
                ("repository/sub/module/.envrc", ""),
            ],
        );
        let found = look_around(&project(&root));
        assert_eq!(found.services, [], "no repository: in the root only");
        assert_eq!(found.envrc, Some(root.join(".envrc")));

        // A worktree has a file there.
        write(temp.path(), &[("repository/.git", "gitdir: /elsewhere\n")]);
        let found = look_around(&project(&root));
        let gitlab = temp.path().join("repository/.gitlab-ci.yml");
        assert_eq!(found.services, [(Ci::GitLab, gitlab)]);
        assert_eq!(found.envrc, Some(root.join(".envrc")), "the nearest counts");
    }

    #[test]
    fn build_files_count_if_they_call_go() {
        let temp = tempfile::tempdir().unwrap();
        write(
            temp.path(),
            &[
                ("Makefile", "all:\n\tcargo build\n# go build\n"),
                ("Taskfile.yml", "tasks:\n  b:\n    cmds:\n      - go build ./...\n"),
                ("justfile", "test:\n    CGO_ENABLED=0 go test ./...\n"),
            ],
        );
        let callers = look_around(&project(temp.path())).callers;
        assert_eq!(callers, ["Taskfile.yml", "justfile"].map(|name| temp.path().join(name)));
    }

    #[test]
    fn calls_are_told_from_words() {
        for text in [
            "\t@go vet ./...",
            "\t$(GO) build",
            "x := $(shell go list -m)",
            "\t/usr/local/go/bin/go mod vendor;",
            "cmd: \"go test\"",
            "\tcd x && go install",
        ] {
            assert!(calls_go(text), "{text}");
        }
        for text in ["go-offline build", "# go build", "ergo test", "to go on", "go", "cargo test"]
        {
            assert!(!calls_go(text), "{text}");
        }
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        let temp = tempfile::tempdir().unwrap();
        let made = std::process::Command::new("mkfifo")
            .args(["Makefile", ".travis.yml", ".envrc"])
            .current_dir(temp.path())
            .status();
        assert!(made.unwrap().success());
        assert_eq!(look_around(&project(temp.path())), Around::default());
    }
}
