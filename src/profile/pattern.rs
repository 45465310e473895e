//! Patterns of module paths, as `[modules]` has them.

use crate::gomod::glob::match_path;

/// A pattern: elements between slashes. `*`, `?` and `[…]` stand for characters of one element, as in
/// GOPRIVATE; `**` as an element of its own stands for any number of elements, none included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: &str) -> Result<Pattern, String> {
        if text.is_empty() {
            return Err("it is empty".to_owned());
        }
        for element in text.split('/') {
            if element.is_empty() {
                return Err("an element is empty".to_owned());
            }
            if element != "**" && element.contains("**") {
                return Err("`**` stands alone between slashes".to_owned());
            }
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~*?[]^".contains(c);
            if let Some(bad) = element.chars().find(|c| !is_plain(*c)) {
                return Err(format!("no module path contains {bad:?}"));
            }
            if match_path(element, "").is_err() {
                return Err("a bracket has no end".to_owned());
            }
        }
        Ok(Pattern { text: text.to_owned() })
    }

    /// The pattern as it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a module path matches, whole.
    pub fn matches(&self, path: &str) -> bool {
        let pattern: Vec<&str> = self.text.split('/').collect();
        let path: Vec<&str> = path.split('/').collect();
        elements_match(&pattern, &path)
    }

    /// How much the pattern says: the number of characters that stand for themselves, then fewer
    /// wildcards. Larger is more specific.
    pub fn specificity(&self) -> (usize, std::cmp::Reverse<usize>) {
        let wild = self.text.matches(['*', '?', '[']).count();
        (self.text.len() - wild, std::cmp::Reverse(wild))
    }

    /// The pattern of GOPRIVATE and its kin that covers at least the same paths: go matches the
    /// first elements of a path, so a `**` at the end is what go does anyway. `None` where a `**`
    /// stands elsewhere.
    pub fn go_pattern(&self) -> Option<&str> {
        if self.text == "**" {
            return Some("*");
        }
        let pattern = self.text.strip_suffix("/**").unwrap_or(&self.text);
        (!pattern.split('/').any(|element| element == "**")).then_some(pattern)
    }
}

fn elements_match(pattern: &[&str], path: &[&str]) -> bool {
    // Where the last `**` may still take one element more: what has matched before it stays so.
    let (mut p, mut t) = (0, 0);
    let mut again = None;
    while t < path.len() {
        if p < pattern.len() && pattern[p] == "**" {
            again = Some((p, t));
            p += 1;
        } else if p < pattern.len() && match_path(pattern[p], path[t]).unwrap_or(false) {
            (p, t) = (p + 1, t + 1);
        } else if let Some((star, taken)) = again {
            again = Some((star, taken + 1));
            (p, t) = (star + 1, taken + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|element| *element == "**")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_star_is_one_element_and_two_are_any_number() {
        let cases = [
            ("golang.org/x/*", "golang.org/x/mod", true),
            ("golang.org/x/*", "golang.org/x/tools/gopls", false),
            ("golang.org/x/*", "golang.org/x", false),
            ("github.com/acme/**", "github.com/acme/a/v2", true),
            ("github.com/acme/**", "github.com/acme", true),
            ("github.com/acme/**", "github.com/acme2/a", false),
            ("**/v2", "a/b/v2", true),
            ("**/v2", "a/b/v3", false),
            ("a/**/c/**", "a/b/c/d/c", true),
            ("k8s.io/kube-*", "k8s.io/kube-openapi", true),
            ("k8s.io/*-api*", "k8s.io/kube-openapi", false),
            ("git.acme.example/[a-c]?", "git.acme.example/bx", true),
            ("git.acme.example/[a-c]?", "git.acme.example/dx", false),
            ("a", "a", true),
            ("a", "a/b", false),
        ];
        for (pattern, path, wanted) in cases {
            assert_eq!(Pattern::parse(pattern).unwrap().matches(path), wanted, "{pattern} {path}");
        }
    }

    #[test]
    fn the_more_specific_pattern_says_more() {
        let order = [
            "**",
            "github.com/**",
            "github.com/acme/**",
            "github.com/acme/*",
            "github.com/acme/tool",
        ];
        for pair in order.windows(2) {
            let said = |text| Pattern::parse(text).unwrap().specificity();
            assert!(said(pair[0]) < said(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn bad_patterns_are_refused() {
        for bad in ["", "/a", "a//b", "a/b**", "a b", "a,b", "git@host/a", "a/[x"] {
            assert!(Pattern::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn go_knows_prefixes_only() {
        let go = |text| Pattern::parse(text).unwrap().go_pattern().map(str::to_owned);
        assert_eq!(go("git.acme.example/**").as_deref(), Some("git.acme.example"));
        assert_eq!(go("*.corp.example/x/*").as_deref(), Some("*.corp.example/x/*"));
        assert_eq!(go("**").as_deref(), Some("*"), "what `init` writes for GOPRIVATE=*");
        assert_eq!(go("a/**/b"), None);
    }
}
