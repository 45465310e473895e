//! `{project} {cache} {goos} {goarch} {profile} {key}` in the values of a profile's variables.

use super::similar;
use std::cell::OnceCell;
use std::path::{Path, PathBuf};

const NAMES: [&str; 6] = ["project", "cache", "goos", "goarch", "profile", "key"];

/// What stands around a profile: where the project and our cache are, and for which platform a
/// build is.
pub struct Ground<'a> {
    /// The project's root; `None` outside any.
    pub project: Option<PathBuf>,
    /// The working directory, absolute.
    pub dir: PathBuf,
    /// Our own cache directory; `None` where there is none.
    pub cache: Option<PathBuf>,
    /// The operating system and architecture of this machine, in Go's words.
    pub host: Option<(&'static str, &'static str)>,
    /// Makes the key of `{key}` for a platform and a profile's name.
    pub key: &'a dyn Fn(&str, &str, &str) -> Result<String, String>,
}

impl Ground<'_> {
    /// Our cache, which must not lie in the project: a build would find its own results there.
    fn cache(&self) -> Result<&Path, String> {
        let cache = self.cache.as_deref().ok_or("there is no directory for caches: HOME, XDG_CACHE_HOME and GO_OFFLINE_CACHE_DIR are all unset or relative")?;
        match &self.project {
            Some(project) if cache.starts_with(project) => Err(format!(
                "{{cache}} is {}, inside the project: set GO_OFFLINE_CACHE_DIR to a directory outside it",
                cache.display()
            )),
            _ => Ok(cache),
        }
    }
}

/// What the names stand for in one profile.
pub(super) struct Expansion<'a> {
    pub(super) ground: &'a Ground<'a>,
    pub(super) goos: String,
    pub(super) goarch: String,
    pub(super) profile: &'a str,
    pub(super) made_key: OnceCell<Result<String, String>>,
}

impl Expansion<'_> {
    /// Replaces every `{name}`; `{{` and `}}` are braces.
    ///
    /// # Errors
    /// A name that stands for nothing, a lonely brace, or a value that is not to be had here.
    pub(super) fn expand(&self, text: &str) -> Result<String, String> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(after) = rest.strip_prefix("{{") {
                out.push('{');
                rest = after;
            } else if let Some(after) = rest.strip_prefix("}}") {
                out.push('}');
                rest = after;
            } else if let Some((name, after)) =
                rest[1..].split_once('}').filter(|_| rest.starts_with('{'))
            {
                out.push_str(&self.value(name)?);
                rest = after;
            } else {
                return Err("a brace stands alone: write `{{` or `}}` for a brace".to_owned());
            }
        }
        out.push_str(rest);
        Ok(out)
    }

    fn value(&self, name: &str) -> Result<String, String> {
        let text = |path: &Path| {
            path.to_str()
                .map(str::to_owned)
                .ok_or_else(|| format!("{} is not UTF-8", path.display()))
        };
        match name {
            "project" => match &self.ground.project {
                Some(project) => text(project),
                None => Err("{project} is nothing outside a project".to_owned()),
            },
            "cache" => text(self.ground.cache()?),
            "goos" => platform("GOOS", &self.goos),
            "goarch" => platform("GOARCH", &self.goarch),
            "profile" => Ok(self.profile.to_owned()),
            "key" => self
                .made_key
                .get_or_init(|| (self.ground.key)(&self.goos, &self.goarch, self.profile))
                .clone(),
            _ => Err(match similar(name, NAMES) {
                Some(near) => {
                    format!("`{{{name}}}` stands for nothing: did you mean `{{{near}}}`?")
                }
                None => format!(
                    "`{{{name}}}` stands for nothing: there are {{{}}}, and `{{{{` for a brace",
                    NAMES.join("} {")
                ),
            }),
        }
    }
}

/// A platform's name becomes a part of a path, and a project may choose it: what is no name of one
/// could lead that path anywhere.
fn platform(variable: &str, value: &str) -> Result<String, String> {
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(value.to_owned());
    }
    Err(format!("{variable} is `{value}`, which is no platform's name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(text: &str, cache: &str) -> Result<String, String> {
        let key = |os: &str, arch: &str, profile: &str| Ok(format!("K-{os}-{arch}-{profile}"));
        let ground = Ground {
            project: Some("/src/p".into()),
            dir: "/src/p".into(),
            cache: Some(cache.into()),
            host: None,
            key: &key,
        };
        let expansion = Expansion {
            ground: &ground,
            goos: "linux".to_owned(),
            goarch: "arm64".to_owned(),
            profile: "ci",
            made_key: OnceCell::new(),
        };
        expansion.expand(text)
    }

    #[test]
    fn names_are_replaced_and_braces_can_be_written() {
        let cases = [
            ("", ""),
            ("{cache}/go-build/{goos}-{goarch}", "/c/go-build/linux-arm64"),
            ("{project}{profile}", "/src/pci"),
            ("{key}", "K-linux-arm64-ci"),
            ("{{x}} {{{goos}}}", "{x} {linux}"),
        ];
        for (text, wanted) in cases {
            assert_eq!(expand(text, "/c").as_deref(), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn what_stands_for_nothing_is_said() {
        for (text, said) in
            [("{gos}", "`{goos}`"), ("{HOME}", "{project}"), ("{", "alone"), ("a}b", "alone")]
        {
            assert!(expand(text, "/c").unwrap_err().contains(said), "{text}");
        }
    }

    #[test]
    fn a_cache_inside_the_project_is_refused() {
        assert!(expand("{cache}", "/src/p/.cache").unwrap_err().contains("inside the project"));
        assert!(expand("{cache}", "/src/p2").is_ok());
    }
}
