//! A `//go:generate` line. go tells the program that it starts the file and the line.

use super::{Cause, Ground};
use crate::guard::{Attempt, Process};
use crate::report::{Place, SourceText};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

const DIRECTIVE: &str = "//go:generate";

pub(super) fn cause(attempt: &Attempt, ground: &Ground<'_>) -> Option<Cause> {
    // The outermost is the one that go has started, in the directory of the file.
    let generator =
        attempt.process.chain().filter(|one| one.variable("GOFILE").is_some()).last()?;
    let (file, line) = line(generator)?;
    let shown = (ground.shown)(&file);
    let help = format!(
        "let the line work from what the repository carries, or run it with the network: `{}`",
        ground.online
    );
    let words = format!("the {DIRECTIVE} line {shown}:{line} runs it");
    Some(Cause { place: place(&file, shown, line, ground), ..Cause::new(words, help) })
}

/// The file and the line, which counts from 1.
fn line(generator: &Process) -> Option<(PathBuf, usize)> {
    let file = generator.variable("GOFILE").filter(|name| !name.is_empty())?;
    let line = generator.variable("GOLINE")?.parse().ok()?;
    let dir = generator.cwd.clone().unwrap_or_default();
    Some((dir.join(file), line))
}

/// The line itself, if it is still the one that go has read.
fn place(file: &std::path::Path, shown: String, line: usize, ground: &Ground<'_>) -> Option<Place> {
    let text = (ground.read)(file)?;
    let span = span(&text, line)?;
    let source = SourceText { path: shown.into(), text: text.into() };
    Some(Place::Text { source: Arc::new(source), span, label: String::new() })
}

fn span(text: &str, line: usize) -> Option<Range<usize>> {
    let found = text.split_inclusive('\n').nth(line.checked_sub(1)?)?;
    let start = found.as_ptr() as usize - text.as_ptr() as usize;
    found.starts_with(DIRECTIVE).then(|| start..start + found.trim_end().len())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{attempt, ground, process};
    use super::*;

    const TEXT: &str = "package gen\n\n//go:generate curl -O https://h/x\n";

    fn generated(line: &str, goline: &str) -> Process {
        let variables = [("GOFILE", "gen.go"), ("GOLINE", goline), ("GOPACKAGE", "gen")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Process { variables: variables.to_vec(), ..process(line) }
    }

    fn cause_at(goline: &str, chain: &[&str]) -> Option<Cause> {
        let mut chain: Vec<Process> = chain.iter().map(|line| generated(line, goline)).collect();
        chain[0].cwd = Some("/elsewhere".into());
        chain.push(Process { cwd: Some("/p".into()), ..generated("sh -c x", goline) });
        chain.push(process("go generate"));
        let read = |path: &std::path::Path| {
            (path == std::path::Path::new("/p/gen.go")).then(|| TEXT.to_owned())
        };
        cause(&attempt(&chain), &Ground { read: &read, ..ground(&[]) })
    }

    #[test]
    fn the_line_is_shown() {
        let cause = cause_at("3", &["curl -O https://h/x"]).unwrap();
        assert_eq!(cause.words, "the //go:generate line /p/gen.go:3 runs it");
        assert!(cause.help.contains("--profile online"));
        let Some(Place::Text { source, span, .. }) = cause.place else { panic!("no place") };
        assert_eq!(&source.text[span], "//go:generate curl -O https://h/x");
    }

    #[test]
    fn a_line_that_has_changed_is_only_named() {
        for line in ["1", "2", "9", "0"] {
            let cause = cause_at(line, &["curl"]).unwrap();
            assert!(cause.place.is_none() && cause.words.contains(&format!("gen.go:{line} ")));
        }
        assert_eq!(cause_at("x", &["curl"]), None);
        assert_eq!(cause(&attempt(&[process("curl"), process("go")]), &ground(&[])), None);
    }
}
