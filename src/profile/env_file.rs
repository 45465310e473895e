//! The file of `go env -w`, read as `cmd/go/internal/cfg.readEnvFile` reads it.

use std::path::PathBuf;

/// A go/env file: `KEY=VALUE` lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnvFile {
    /// Where it is.
    pub path: PathBuf,
    entries: Vec<(String, String, usize)>,
}

impl EnvFile {
    /// Reads the text of a file. Lines that are not `KEY=VALUE` with a capital first letter are
    /// ignored, as go ignores them; of two lines for one key the last counts.
    pub fn parse(path: PathBuf, text: &str) -> EnvFile {
        let mut entries: Vec<(String, String, usize)> = Vec::new();
        for (index, line) in text.split('\n').enumerate() {
            let Some((key, value)) = line.split_once('=') else {
                continue;
            };
            if !line.starts_with(|first: char| first.is_ascii_uppercase()) {
                continue;
            }
            entries.retain(|(known, _, _)| known != key);
            entries.push((key.to_owned(), value.to_owned(), index + 1));
        }
        EnvFile { path, entries }
    }

    /// The value of a key and its one-based line.
    pub fn get(&self, key: &str) -> Option<(&str, usize)> {
        let (_, value, line) = self.entries.iter().find(|(known, _, _)| known == key)?;
        Some((value, *line))
    }

    /// Every key with its value and line, in the order of the lines that count.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str, usize)> {
        self.entries.iter().map(|(key, value, line)| (key.as_str(), value.as_str(), *line))
    }
}

#[cfg(test)]
mod tests {
    use super::EnvFile;

    #[test]
    fn the_last_line_counts_and_comments_do_not() {
        let file = EnvFile::parse(
            "env".into(),
            "# c=1\nGOFLAGS=-x\n\ncc=1\nGOFLAGS=-mod=mod\nNOVALUE\nCC=",
        );
        assert_eq!(file.get("GOFLAGS"), Some(("-mod=mod", 5)));
        assert_eq!(file.get("CC"), Some(("", 7)));
        assert_eq!(file.entries().count(), 2);
    }
}
