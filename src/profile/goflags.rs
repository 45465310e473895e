//! GOFLAGS: words with optional quotes, as `cmd/internal/quoted` splits and joins them.

/// Splits a value into its words; quotes count at the start of a word only, and nothing is
/// unescaped.
///
/// # Errors
/// An unterminated quoted word.
pub fn split(value: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut rest = value.trim_start_matches(is_space);
    while let Some(first) = rest.chars().next() {
        if first == '"' || first == '\'' {
            let Some((word, after)) = rest[1..].split_once(first) else {
                return Err(format!("unterminated {first} string"));
            };
            words.push(word.to_owned());
            rest = after;
        } else {
            let end = rest.find(is_space).unwrap_or(rest.len());
            words.push(rest[..end].to_owned());
            rest = &rest[end..];
        }
        rest = rest.trim_start_matches(is_space);
    }
    Ok(words)
}

/// Joins words so that [`split`] gives them back. A word for which `can_be_joined` does not hold
/// would come back as several; no word that came from [`split`] is like that.
pub fn join<S: AsRef<str>>(words: &[S]) -> String {
    let mut out = String::new();
    for word in words.iter().map(AsRef::as_ref) {
        if !out.is_empty() {
            out.push(' ');
        }
        let plain = !word.is_empty() && !word.contains(is_space) && !word.starts_with(['"', '\'']);
        let quote = if word.contains('\'') { "\"" } else { "'" };
        let quote = if plain { "" } else { quote };
        out.push_str(quote);
        out.push_str(word);
        out.push_str(quote);
    }
    out
}

/// Whether a word comes back as the one that it is. One with both kinds of quote and a space cannot
/// be written: a part of it would become a flag of its own.
pub(super) fn can_be_joined(word: &str) -> bool {
    split(&join(&[word])).is_ok_and(|words| words == [word])
}

/// The name of a flag without its dashes and value: `mod` for `-mod=vendor` and `--mod`.
/// `None` for a word that is no flag.
pub fn flag_name(word: &str) -> Option<&str> {
    let name = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
    let name = name.split_once('=').map_or(name, |(name, _)| name);
    (!name.is_empty() && !name.starts_with('-')).then_some(name)
}

/// The value behind the `=` of a flag.
pub fn flag_value(word: &str) -> Option<&str> {
    word.split_once('=').map(|(_, value)| value)
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use super::{can_be_joined, flag_name, join, split};

    #[test]
    fn words_survive_a_round_trip() {
        let words = split(" -a '-ldflags=-s -w'\t\"-tags=it's x\" -b ''").unwrap();
        assert_eq!(words, ["-a", "-ldflags=-s -w", "-tags=it's x", "-b", ""]);
        assert_eq!(split(&join(&words)).unwrap(), words);
        assert!(split("'-a").is_err());
    }

    #[test]
    fn a_word_that_would_become_several_is_known() {
        for good in ["-a", "", "-tags=a b", "-x=it's", "-x=it's so", "-x=\"a b\"", "-x='\""] {
            assert!(can_be_joined(good), "{good}");
        }
        for bad in ["-tags='x' \" -toolexec=evil \"-v", "-x=\"a'\tb"] {
            assert!(!can_be_joined(bad), "{bad}");
        }
    }

    #[test]
    fn one_dash_or_two() {
        assert_eq!(flag_name("--mod=x"), Some("mod"));
        assert_eq!(flag_name("-mod"), Some("mod"));
        assert_eq!(flag_name("mod"), None);
        assert_eq!(flag_name("--"), None);
        assert_eq!(flag_name("-"), None);
    }
}
