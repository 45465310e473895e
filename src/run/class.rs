//! What kind of command it is: it decides whether findings stop it.

use crate::gotool::Invocation;
use crate::project::Project;

/// The classes of go commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Compiles or runs the project's code: a finding of level deny stops it.
    Build,
    /// Mends what findings are about: they are notes.
    Mend,
    /// Tells something: nothing is checked.
    Ask,
    /// `run` or `install` of `package@version`: the project's own modules do not matter.
    Versioned,
    /// `env -w` and `env -u`: acts on the user's real file, so the environment stays as it is.
    EnvWrite,
}

/// Commands that tell something, or nothing at all.
const ASKING: &[&str] = &["", "version", "env", "help", "doc", "bug", "fmt", "clean", "telemetry"];

/// Commands that change go.mod, go.work, go.sum or vendor/, or look into them.
const MENDING: &[&str] = &["get", "mod", "work"];

impl Class {
    /// Whether the command can do without knowing its project: what is wrong with a variable or a
    /// flag that leads to it is then for go to say, if it is wrong at all.
    pub fn needs_no_project(invocation: &Invocation) -> bool {
        let verb = verb(invocation);
        (ASKING.contains(&verb) && !invocation.has("mod")) || MENDING.contains(&verb)
    }

    /// Whether the command is `list` of the package `unsafe`, which is no file's: editors ask so for
    /// the release of go. gopls opens no project where it is refused.
    pub fn is_probe(invocation: &Invocation) -> bool {
        invocation.command == "list" && invocation.operands.iter().eq(["unsafe"])
    }

    /// Whether the command only tells something, or nothing at all.
    pub fn only_asks(invocation: &Invocation) -> bool {
        ASKING.contains(&verb(invocation))
    }

    /// Whether the command may start programs that talk to themselves over loopback: tests, tools,
    /// generators. A build starts compilers only, which do not.
    pub fn may_need_loopback(invocation: &Invocation) -> bool {
        !matches!(verb(invocation), "build" | "install" | "list" | "vet" | "get" | "mod" | "work")
            && !ASKING.contains(&verb(invocation))
    }

    /// Whether a command of this class may cache what it compiles or tests. Outside a module it may,
    /// though nothing is checked.
    pub fn may_cache(self, invocation: &Invocation) -> bool {
        let verb = verb(invocation);
        match self {
            Class::Build | Class::Mend | Class::Versioned => true,
            Class::EnvWrite => false,
            Class::Ask => {
                !ASKING.contains(&verb) && !MENDING.contains(&verb) && !Class::is_probe(invocation)
            }
        }
    }

    /// The class of a go command in a project, or outside any.
    pub fn of(invocation: &Invocation, project: Option<&Project>) -> Class {
        match verb(invocation) {
            "run" | "install" if invocation.versioned_operand().is_some() => Class::Versioned,
            "env" if invocation.has("w") || invocation.has("u") => Class::EnvWrite,
            // They take -mod too, and load packages by it.
            "clean" | "fmt" if invocation.has("mod") && project.is_some() => Class::Build,
            verb if ASKING.contains(&verb) => Class::Ask,
            "list" if Class::is_probe(invocation) => Class::Ask,
            _ if matches!(
                invocation.command.as_str(),
                "mod edit" | "work edit" | "mod" | "work"
            ) =>
            {
                Class::Ask
            }
            verb if MENDING.contains(&verb) => Class::Mend,
            _ if project.is_none() => Class::Ask,
            "tool" if !is_module_tool(invocation, project) => Class::Ask,
            // A verb of a newer go is taken for one that builds.
            _ => Class::Build,
        }
    }
}

fn verb(invocation: &Invocation) -> &str {
    invocation.command.split(' ').next().unwrap_or_default()
}

/// Whether `go tool NAME` is one of go.mod's tools: by its path, or by the last element of it.
fn is_module_tool(invocation: &Invocation, project: Option<&Project>) -> bool {
    let Some(name) = invocation.operands.first().and_then(|name| name.to_str()) else {
        return false;
    };
    let tools =
        project.into_iter().flat_map(Project::mod_files).flat_map(|(_, _, value)| &value.tool);
    tools.into_iter().any(|tool| {
        let path = tool.value.as_str();
        path == name || short_name(path) == name
    })
}

/// The last path element, or the one before it where the last is a major version.
fn short_name(path: &str) -> &str {
    let mut elements = path.rsplit('/');
    let last = elements.next().unwrap_or(path);
    let is_major = last
        .strip_prefix('v')
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    if is_major { elements.next().unwrap_or(last) } else { last }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(line: &str) -> Class {
        let args: Vec<_> = line.split(' ').map(Into::into).collect();
        let project = Project {
            dir: "/p".into(),
            root: "/p".into(),
            work: None,
            modules: Vec::new(),
            nearest_module: None,
        };
        Class::of(&Invocation::parse(&args), Some(&project))
    }

    #[test]
    fn each_command_has_its_class() {
        for line in [
            "build",
            "install ./x",
            "list -m all",
            "run .",
            "test ./...",
            "vet",
            "fix",
            "generate",
            "newverb",
        ] {
            assert_eq!(class(line), Class::Build, "{line}");
        }
        for line in [
            "get x",
            "mod tidy",
            "mod vendor",
            "mod verify",
            "work sync",
            "work vendor",
            "mod init m",
        ] {
            assert_eq!(class(line), Class::Mend, "{line}");
        }
        for line in [
            "version",
            "env",
            "env GOPROXY",
            "help build",
            "doc fmt",
            "bug",
            "fmt ./...",
            "clean -cache",
            "telemetry off",
            "mod edit -json",
            "tool compile -V",
            "tool",
        ] {
            assert_eq!(class(line), Class::Ask, "{line}");
        }
        assert_eq!(class("list -e -f {{context.ReleaseTags}} -- unsafe"), Class::Ask);
        assert_eq!(class("list -deps unsafe ./..."), Class::Build);
        assert_eq!(class("env -w GOFLAGS=-x"), Class::EnvWrite);
        assert_eq!(class("env -u GOFLAGS"), Class::EnvWrite);
        assert_eq!(class("run example.com/x@latest"), Class::Versioned);
        assert_eq!(class("install -x example.com/x@v1.0.0"), Class::Versioned);
    }

    #[test]
    fn outside_a_module_nothing_is_checked() {
        let args = ["build".into(), "x.go".into()];
        assert_eq!(Class::of(&Invocation::parse(&args), None), Class::Ask);
    }

    #[test]
    fn tools_have_short_names() {
        assert_eq!(short_name("example.com/a/stringer"), "stringer");
        assert_eq!(short_name("example.com/a/lint/v2"), "lint");
        assert_eq!(short_name("v2"), "v2");
    }
}
