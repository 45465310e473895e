//! Did you mean …?

/// The candidate most like a word, if any is like it at all.
pub fn similar<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored =
        candidates.into_iter().map(|candidate| (strsim::jaro_winkler(word, candidate), candidate));
    let (score, best) = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (score > 0.8).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::similar;

    #[test]
    fn typos_are_found_and_strangers_are_not() {
        let verbs = ["build", "test", "check", "explain"];
        assert_eq!(similar("biuld", verbs), Some("build"));
        assert_eq!(similar("chekc", verbs), Some("check"));
        assert_eq!(similar("frobnicate", verbs), None);
    }
}
