//! How a go command line reads: the command words, `-C`, flags, and the rest. The rules are
//! those of Go's flag package, of `cmd/go/main.go` (`handleChdirFlag`) and, for `go test`, of
//! `cmd/go/internal/test/testflag.go`.

use super::flags::FlagTable;
use super::verbs::is_group;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// One flag of a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// The name without dashes.
    pub name: String,
    /// Its value; `None` for a boolean flag without `=`.
    pub value: Option<OsString>,
    /// The index in the argument list of the word that holds the value, or of the flag itself.
    pub at: usize,
    /// Whether the value stands behind a `=` in the flag's own word.
    pub joined: bool,
}

/// An argument list of the go command, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Invocation {
    /// The command words: `build`, or `mod tidy`. Empty if there are none.
    pub command: String,
    /// The directory that `-C` names.
    pub chdir: Option<PathBuf>,
    /// The flags of the command itself, in order.
    pub flags: Vec<Flag>,
    /// The arguments of the command itself that are not flags, in order. For `run` and `tool`
    /// only the package or tool, not what is passed on to it.
    pub operands: Vec<OsString>,
    /// The index of the first word after the command words and `-C`.
    pub rest: usize,
}

impl Invocation {
    /// Reads the arguments after the word `go`.
    pub fn parse(args: &[OsString]) -> Invocation {
        let mut read = Invocation::default();
        let mut at = read.take_chdir(args, 0);
        let mut words = Vec::new();
        while let Some(word) = args.get(at).and_then(|arg| arg.to_str()) {
            let wanted = words.is_empty() || (words.len() == 1 && is_group(words[0]));
            if !wanted || word.starts_with('-') {
                break;
            }
            words.push(word);
            at += 1;
            if read.chdir.is_none() {
                at = read.take_chdir(args, at);
            }
        }
        read.command = words.join(" ");
        read.rest = at;
        read.take_flags(args, at);
        read
    }

    /// The last value of a flag, as go takes it.
    pub fn value(&self, name: &str) -> Option<&OsStr> {
        self.flags.iter().rev().find(|flag| flag.name == name)?.value.as_deref()
    }

    /// Whether the flag is there at all.
    pub fn has(&self, name: &str) -> bool {
        self.flags.iter().any(|flag| flag.name == name)
    }

    /// The directory that go will run in.
    pub fn dir(&self, current: &Path) -> PathBuf {
        match &self.chdir {
            Some(dir) => current.join(dir),
            None => current.to_path_buf(),
        }
    }

    /// The first operand with a version, such as `example.com/tool@latest`.
    pub fn versioned_operand(&self) -> Option<&OsStr> {
        let versioned = |operand: &&OsString| operand.to_str().is_some_and(has_version);
        self.operands.iter().find(versioned).map(OsString::as_os_str)
    }

    fn take_chdir(&mut self, args: &[OsString], at: usize) -> usize {
        let Some(word) = args.get(at).and_then(|arg| arg.to_str()) else {
            return at;
        };
        let (dir, used) = match word {
            "-C" | "--C" => (args.get(at + 1).map(PathBuf::from), 2),
            _ => match word.strip_prefix("-C=").or_else(|| word.strip_prefix("--C=")) {
                Some(dir) => (Some(PathBuf::from(dir)), 1),
                None => return at,
            },
        };
        if dir.is_none() {
            return at;
        }
        self.chdir = dir;
        at + used
    }

    fn take_flags(&mut self, args: &[OsString], mut at: usize) {
        let table = FlagTable::of(&self.command);
        let flags_may_follow = self.command == "test";
        while let Some(arg) = args.get(at) {
            let Some(name) = arg.to_str().and_then(flag_name) else {
                // A word that is not text cannot be a flag, nor the dashes that end them.
                if arg == "--" && !flags_may_follow {
                    return self.take_operands(&args[at + 1..]);
                }
                if !flags_may_follow {
                    return self.take_operands(&args[at..]);
                }
                self.operands.push(arg.clone());
                at += 1;
                continue;
            };
            if flags_may_follow && name == "args" {
                return;
            }
            at = self.take_flag(args, at, name, &table);
        }
    }

    fn take_flag(&mut self, args: &[OsString], at: usize, name: &str, table: &FlagTable) -> usize {
        let text = args[at].to_str().unwrap_or_default();
        let name = name.to_owned();
        if let Some((_, value)) = text.split_once('=') {
            self.flags.push(Flag { name, value: Some(value.into()), at, joined: true });
            return at + 1;
        }
        // A flag that is not in the table may be of a newer go, or of a vet tool or test binary.
        // Its next word is not taken for a value, so that no flag of go's hides behind it.
        if table.takes_value(&name) == Some(true)
            && let Some(value) = args.get(at + 1)
        {
            self.flags.push(Flag { name, value: Some(value.clone()), at: at + 1, joined: false });
            return at + 2;
        }
        self.flags.push(Flag { name, value: None, at, joined: false });
        at + 1
    }

    fn take_operands(&mut self, rest: &[OsString]) {
        let passed_on = matches!(self.command.as_str(), "run" | "tool");
        let own = if passed_on { own_operands(rest) } else { rest.len() };
        self.operands.extend_from_slice(&rest[..own]);
    }
}

/// `go run` takes either one package or a list of .go files; the rest goes to the program.
fn own_operands(rest: &[OsString]) -> usize {
    let is_go_file = |arg: &&OsString| arg.to_str().is_some_and(|name| name.ends_with(".go"));
    let files = rest.iter().take_while(is_go_file).count();
    if files > 0 { files } else { rest.len().min(1) }
}

fn flag_name(word: &str) -> Option<&str> {
    let name = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
    let name = name.split_once('=').map_or(name, |(name, _)| name);
    (!name.is_empty() && !name.starts_with('-')).then_some(name)
}

/// Whether an operand is `path@version`; a local path such as `./a@b` is not.
fn has_version(operand: &str) -> bool {
    operand.contains('@') && !operand.starts_with(['.', '/'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Invocation {
        let args: Vec<OsString> =
            line.split(' ').filter(|word| !word.is_empty()).map(OsString::from).collect();
        Invocation::parse(&args)
    }

    fn flags(line: &str) -> Vec<String> {
        let show = |flag: &Flag| match &flag.value {
            Some(value) => format!("{}={}", flag.name, value.display()),
            None => flag.name.clone(),
        };
        read(line).flags.iter().map(show).collect()
    }

    #[test]
    fn command_words_and_chdir() {
        for line in ["build -C d -x ./a", "-C d build -x ./a", "build --C=d -x ./a"] {
            let read = read(line);
            assert_eq!(
                (read.command.as_str(), read.chdir.as_deref()),
                ("build", Some(Path::new("d"))),
                "{line}"
            );
            assert_eq!(read.operands, ["./a"], "{line}");
        }
        assert_eq!(read("mod -C d tidy").command, "mod tidy");
        assert_eq!(read("mod tidy -C d").chdir.as_deref(), Some(Path::new("d")));
        assert_eq!(read("mod tidy -x").rest, 2);
        assert_eq!(read("").command, "");
    }

    #[test]
    fn a_value_is_not_a_flag_and_not_a_package() {
        assert_eq!(flags("build -o -mod=mod ./a -mod=x"), ["o=-mod=mod"]);
        assert_eq!(flags("build -mod mod --modfile=f -race ./a"), ["mod=mod", "modfile=f", "race"]);
        assert_eq!(read("build -o x ./a ./b").operands, ["./a", "./b"]);
    }

    #[test]
    fn the_last_value_counts() {
        assert_eq!(read("build -mod=vendor -mod=mod").value("mod"), Some(OsStr::new("mod")));
    }

    #[test]
    fn double_dash_ends_flags() {
        let read = read("build -x -- -mod=mod");
        assert_eq!(
            (read.flags.len(), read.operands.as_slice()),
            (1, &[OsString::from("-mod=mod")][..])
        );
    }

    #[test]
    fn test_takes_flags_behind_packages_up_to_args() {
        assert_eq!(flags("test ./a -run X -mod=mod -args -mod=y"), ["run=X", "mod=mod"]);
        assert_eq!(flags("test ./a -custom -mod=mod"), ["custom", "mod=mod"]);
    }

    #[test]
    fn what_run_passes_on_is_not_its_own() {
        assert_eq!(flags("run -x ./cmd -mod=mod a@b"), ["x"]);
        assert_eq!(read("run ./cmd a@b").versioned_operand(), None);
        assert_eq!(read("run a.go b.go c@d").operands, ["a.go", "b.go"]);
        assert_eq!(
            read("run example.com/x@latest -y").versioned_operand(),
            Some(OsStr::new("example.com/x@latest"))
        );
        assert_eq!(read("install ./a@b").versioned_operand(), None);
    }
}
