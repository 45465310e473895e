//! The text of a first go-offline.toml for a project: what lies there, put into words.

use crate::profile::{StarterFacts, StarterService, UserEnv, private_patterns, starter};
use crate::project::{Ci, Project, Vendor, look_around, relative_path};
use std::path::{Path, PathBuf};

/// What a CI job runs.
const CHECK: &str = "go-offline --profile ci check --strict";

/// The text for a project with its vendor/, and with what of the user's settings concerns it.
pub fn first_config(project: &Project, vendor: &Vendor, user: &UserEnv) -> String {
    let around = look_around(project);
    let shown = |path: &Path| relative_path(&project.root, path).to_string_lossy().into_owned();
    let service = |(ci, file): &(Ci, PathBuf)| StarterService {
        name: ci.name().to_owned(),
        file: shown(file),
        step: step(*ci),
    };
    let modules: Vec<&str> = project
        .mod_files()
        .filter_map(|(_, _, value)| Some(value.module.as_ref()?.value.as_str()))
        .collect();
    starter(&StarterFacts {
        is_workspace: project.is_workspace(),
        has_vendor: vendor.exists,
        vendored: vendor.list.as_ref().map(|list| list.value().vendor_list().len()),
        has_lock: project.root.join("go-offline.lock").is_file(),
        services: around.services.iter().map(service).collect(),
        callers: around.callers.iter().map(|path| shown(path)).collect(),
        has_envrc: around.envrc.is_some(),
        private: private(project, &modules, user),
        modules: modules.into_iter().map(str::to_owned).collect(),
    })
}

fn private(project: &Project, modules: &[&str], user: &UserEnv) -> Vec<String> {
    let lists: Vec<String> = ["GOPRIVATE", "GONOPROXY", "GONOSUMDB"]
        .iter()
        .filter_map(|name| Some(user.get(name)?.0.to_string_lossy().into_owned()))
        .collect();
    let lists: Vec<&str> = lists.iter().map(String::as_str).collect();
    let required = project.mod_files().flat_map(|(_, _, value)| &value.require);
    let required: Vec<&str> = required.map(|require| require.module.path.as_str()).collect();
    private_patterns(&lists, modules, &required)
}

/// The lines that make a service run the check, in its own language.
fn step(ci: Ci) -> Vec<String> {
    let lines: &[&str] = match ci {
        Ci::GitHub | Ci::Forgejo | Ci::Gitea | Ci::CircleCi => &["- run: CHECK"],
        Ci::GitLab | Ci::Travis | Ci::Bitbucket => &["script:", "  - CHECK"],
        Ci::Azure => &["- script: CHECK"],
        Ci::Jenkins => &["sh 'CHECK'"],
        Ci::Buildkite => &["- command: CHECK"],
        Ci::Woodpecker | Ci::Drone => &["commands:", "  - CHECK"],
        Ci::SourceHut => &["- check: CHECK"],
    };
    lines.iter().map(|line| line.replace("CHECK", CHECK)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::{Lookup, locate};

    fn text(files: &[(&str, &str)], variables: &[(&str, &str)]) -> String {
        let temp = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = temp.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let dir = temp.path().join("m");
        let project = locate(&Lookup { dir, ..Lookup::default() }).unwrap().unwrap();
        let environ = variables.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        let user = UserEnv { environ, ..UserEnv::default() };
        first_config(&project, &project.read_vendor().unwrap(), &user)
    }

    #[test]
    fn a_project_is_put_into_words() {
        let text = text(
            &[
                (
                    "m/go.mod",
                    "module git.acme.example/m\n\nrequire (\n\tgit.corp/x v1.0.0\n\ta.b/c v1.0.0\n)\n",
                ),
                (
                    "m/vendor/modules.txt",
                    "# a.b/c v1.0.0\n## explicit\na.b/c\n# git.corp/x v1.0.0\n## explicit\ngit.corp/x\n",
                ),
                (".git", ""),
                (".gitlab-ci.yml", ""),
                ("Makefile", "all:\n\tgo build\n"),
            ],
            &[("GOPRIVATE", "*.acme.example,github.com/others/*")],
        );
        for want in [
            "# Found: module \"git.acme.example/m\"; vendor/ with 2 modules; GitLab CI; \"../Makefile\" calls go.\n",
            "\ninherits = \"vendor\"\n",
            "\nprivate = [\"*.acme.example/**\", \"git.corp/**\"]\n",
            "# A step for GitLab CI, in \"../.gitlab-ci.yml\":\n#   script:\n#     - go-offline --profile ci check --strict\n",
        ] {
            assert!(text.contains(want), "{want}\n{text}");
        }
        assert!(!text.contains("others"), "somebody else's names: {text}");
        text.parse::<toml::Table>().unwrap();
    }

    #[test]
    fn a_workspace_and_a_bare_module() {
        let work = text(
            &[
                ("m/go.work", "go 1.22\nuse (\n\t./a\n\t./b\n)\n"),
                ("m/a/go.mod", "module a.b/a\n"),
                ("m/b/go.mod", "module a.b/b\n"),
            ],
            &[],
        );
        assert!(work.contains("# Found: workspace of 2 modules; no vendor/.\n"), "{work}");
        let bare = text(&[("m/go.mod", "module x.y/z\n")], &[]);
        assert!(bare.contains("# Found: module \"x.y/z\"; no vendor/.\n"), "{bare}");
        assert!(bare.contains("#private = "), "{bare}");
    }

    #[test]
    fn every_service_is_told_to_check() {
        for ci in Ci::all() {
            let step = step(ci).join("\n");
            assert_eq!(step.matches(CHECK).count(), 1, "{step}");
        }
    }
}
