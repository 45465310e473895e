//! What `--report` writes of a run: one object, versioned schema, described in docs/report.md.
//!
//! A report is kept and passed around, so the passwords of URLs are left out of it.

use super::Finding;
use super::json::JsonFinding;
use super::without_passwords;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Everything there is to say of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunReport {
    /// The profile; `None` where it failed before one was chosen.
    pub profile: Option<String>,
    /// The wall.
    pub isolation: Isolation,
    /// Variables that are set for the command.
    pub set: BTreeMap<String, String>,
    /// Variables that are unset for it.
    pub unset: Vec<String>,
    /// The command.
    pub argv: Vec<String>,
    /// The go command, where there is one.
    pub go: Option<RunGo>,
    /// Everything that was found, as shown to people.
    pub findings: Vec<Finding>,
    /// Everything that was tried, notes included.
    pub attempts: Vec<RunAttempt>,
    /// What the kernel has counted beyond these.
    pub unattributed: Unattributed,
    /// The program that `go run` has built and that ran outside the wall, with its arguments.
    pub outside: Option<Vec<String>>,
    /// What the command has left behind.
    pub leftovers: Vec<RunLeftover>,
    /// Why we could not do our work.
    pub error: Option<String>,
    /// Our exit code; 128 and more for a signal.
    pub exit: u8,
    /// The signal that ended the command, and so us.
    pub signal: Option<i32>,
}

/// Which wall stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Isolation {
    /// Its name, with what watched in it; `none` without one.
    pub level: String,
    /// Why there was none, or why a part did not watch.
    pub reason: Option<String>,
}

impl Default for Isolation {
    fn default() -> Self {
        Isolation { level: "none".to_owned(), reason: Some("nothing was started".to_owned()) }
    }
}

/// The go command of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunGo {
    /// The file.
    pub path: String,
    /// The version, where it is known without asking.
    pub version: Option<String>,
}

/// One thing that one process tried to reach.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RunAttempt {
    /// `tcp`, `udp`, `dns`, `unix` or `other`.
    pub kind: &'static str,
    /// `ip:port`, `[ip6]:port`, the name asked, or a path.
    pub address: String,
    /// The host name, where one is known.
    pub host: Option<String>,
    /// The system call, or the kind of question.
    pub call: String,
    /// Who; 0 if that is not known.
    pub pid: u32,
    /// Its command line.
    pub argv: Vec<String>,
    /// Its working directory.
    pub cwd: Option<String>,
    /// Its parents, the nearest first.
    pub parents: Vec<RunProcess>,
    /// How many times.
    pub count: u64,
    /// Whether it makes a command fail that said 0.
    pub violation: bool,
    /// What mends it, in the words of the finding's help.
    pub hint: Option<String>,
}

/// A parent of a process.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RunProcess {
    /// Its id.
    pub pid: u32,
    /// Its command line.
    pub argv: Vec<String>,
}

/// A process that the command has left behind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RunLeftover {
    /// Its id.
    pub pid: u32,
    /// Its command line.
    pub argv: Vec<String>,
    /// Whether it was ended; else it lives on.
    pub ended: bool,
}

/// Attempts whose author is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Unattributed {
    /// Over IPv4.
    pub ipv4: u64,
    /// Over IPv6.
    pub ipv6: u64,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    profile: Option<&'a str>,
    isolation: Isolation,
    env: Env<'a>,
    argv: Vec<Cow<'a, str>>,
    go: Option<&'a RunGo>,
    findings: Vec<JsonFinding<'a>>,
    attempts: Vec<RunAttempt>,
    unattributed: Unattributed,
    outside: Option<Vec<Cow<'a, str>>>,
    leftovers: Vec<RunLeftover>,
    error: Option<Cow<'a, str>>,
    exit: u8,
    signal: Option<i32>,
}

#[derive(Serialize)]
struct Env<'a> {
    set: BTreeMap<&'a str, Cow<'a, str>>,
    unset: &'a [String],
}

impl RunReport {
    /// The object as JSON, with a final newline.
    ///
    /// # Errors
    /// Never in practice: every value is a string or a number.
    pub fn json(&self) -> serde_json::Result<String> {
        let set = self.set.iter().map(|(name, value)| (name.as_str(), without_passwords(value)));
        let document = Document {
            schema: 1,
            profile: self.profile.as_deref(),
            isolation: self.isolation.without_passwords(),
            env: Env { set: set.collect(), unset: &self.unset },
            argv: clean(&self.argv),
            go: self.go.as_ref(),
            findings: self.findings.iter().map(JsonFinding::of).collect(),
            attempts: self.attempts.iter().map(RunAttempt::without_passwords).collect(),
            unattributed: self.unattributed,
            outside: self.outside.as_ref().map(|words| clean(words)),
            leftovers: self.leftovers.iter().map(RunLeftover::without_passwords).collect(),
            error: self.error.as_deref().map(without_passwords),
            exit: self.exit,
            signal: self.signal,
        };
        let mut text = serde_json::to_string_pretty(&document)?;
        text.push('\n');
        Ok(text)
    }
}

/// The words of a command line, less what is nobody's business.
fn clean(words: &[String]) -> Vec<Cow<'_, str>> {
    words.iter().map(|word| without_passwords(word)).collect()
}

impl Isolation {
    fn without_passwords(&self) -> Isolation {
        let clean = |reason: &String| without_passwords(reason).into_owned();
        Isolation { level: self.level.clone(), reason: self.reason.as_ref().map(clean) }
    }
}

impl RunAttempt {
    fn without_passwords(&self) -> RunAttempt {
        let parent =
            |parent: &RunProcess| RunProcess { pid: parent.pid, argv: command_line(&parent.argv) };
        RunAttempt {
            kind: self.kind,
            address: self.address.clone(),
            host: self.host.clone(),
            call: self.call.clone(),
            pid: self.pid,
            argv: command_line(&self.argv),
            cwd: self.cwd.clone(),
            parents: self.parents.iter().map(parent).collect(),
            count: self.count,
            violation: self.violation,
            hint: self.hint.as_deref().map(|hint| without_passwords(hint).into_owned()),
        }
    }
}

impl RunLeftover {
    fn without_passwords(&self) -> RunLeftover {
        RunLeftover { pid: self.pid, argv: command_line(&self.argv), ended: self.ended }
    }
}

/// Of a command line this much is written, in bytes: it may be a megabyte, and stands beside each
/// attempt of its process and of those that it started.
const LONGEST_COMMAND: usize = 4096;

/// The first words of a command line. What is cut ends in ` …`.
fn command_line(argv: &[String]) -> Vec<String> {
    let mut room = LONGEST_COMMAND;
    let mut words = Vec::new();
    for word in argv {
        let word = without_passwords(word);
        // An empty word takes room as well.
        if word.len() >= room {
            let end = (0..=room).rev().find(|at| word.is_char_boundary(*at)).unwrap_or(0);
            words.push(format!("{} …", &word[..end.min(word.len())]));
            break;
        }
        room -= word.len() + 1;
        words.push(word.into_owned());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Level;

    #[test]
    fn a_report_has_the_findings_as_check_has_them() {
        let finding = Finding::new("a-code", Level::Deny, "m")
            .with_cause("it needs https://u:p@h")
            .with_help("run `curl https://u:p@h`");
        let reason = Some("profile p needs https://u:p@h".to_owned());
        let report = RunReport {
            isolation: Isolation { level: "none".to_owned(), reason },
            findings: vec![finding.clone()],
            argv: vec!["git".to_owned(), "https://u:p@h".to_owned()],
            attempts: vec![RunAttempt {
                parents: vec![RunProcess { pid: 1, argv: vec!["https://u:p@h".to_owned()] }],
                hint: Some("run `curl https://u:p@h`".to_owned()),
                ..RunAttempt::default()
            }],
            ..RunReport::default()
        };
        let text = report.json().unwrap();
        assert!(!text.contains("u:p"), "{text}");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let check = crate::report::json("p", &[finding], &[], crate::report::Exit::Ok).unwrap();
        let mut check: serde_json::Value = serde_json::from_str(&check).unwrap();
        // What stands in rows a run has in fields of its own.
        let rows = check["findings"][0].as_object_mut().unwrap().remove("rows");
        assert_eq!(rows, Some(serde_json::json!([])));
        assert_eq!(value["findings"], check["findings"]);
    }

    #[test]
    fn a_command_line_is_cut_where_nobody_reads_on() {
        let argv = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let plain = argv(&["sh", "", "-c", "x"]);
        assert_eq!(command_line(&plain), plain);
        let long = "é".repeat(1 << 19);
        let cut = command_line(&argv(&["sh", "-c", &long, "after"]));
        assert_eq!(cut.len(), 3);
        assert!(cut[2].ends_with("é …") && cut[2].len() <= LONGEST_COMMAND, "{}", cut[2].len());
        let many = vec![String::new(); 1 << 20];
        let cut = command_line(&many);
        assert_eq!((cut.len(), cut.last().unwrap().as_str()), (LONGEST_COMMAND + 1, " …"));
    }
}
