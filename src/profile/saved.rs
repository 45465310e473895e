//! GO_OFFLINE_SAVED: what we changed of the environment, for a go-offline that is started inside.
//!
//! A script that we run may start us again in another project. That one is judged by what its user
//! has set, and not by what we made of it: a `-mod=vendor` of ours is nobody's wish there.

use super::goenv::{GoEnv, Origin};
use super::user_env::Environ;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

/// The variable.
pub(super) const NAME: &str = "GO_OFFLINE_SAVED";

/// What is handed on as we made it: a go-offline inside must find the shim on PATH too.
const HANDED_ON: &[&str] = &["PATH"];

/// Variable by variable, what it was and what we made of it; `null` is unset.
type Saved = BTreeMap<String, (Option<String>, Option<String>)>;

/// A variable and its value; `None` is unset.
pub type Change = (String, Option<OsString>);

/// Takes back what an outer go-offline changed. A variable that somebody has set to something else
/// since is theirs. Gives back what was changed here: the process environment does not know it.
pub fn restore(environ: &mut Environ) -> Vec<Change> {
    // What is no text of ours says nothing.
    let saved: Saved = environ
        .get(NAME)
        .and_then(OsStr::to_str)
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let mut changes = Vec::new();
    for (name, (was, now)) in saved {
        if environ.raw(&name) == now.as_deref().map(OsStr::new) {
            let was = was.map(OsString::from);
            environ.put(&name, was.clone());
            changes.push((name, was));
        }
    }
    if environ.has(NAME) {
        environ.put(NAME, None);
        changes.push((NAME.to_owned(), None));
    }
    changes
}

impl GoEnv {
    /// Hands on what this list changes of an environment, to be restored by a go-offline inside.
    pub fn save(&mut self, environ: &Environ) {
        let text = |value: &OsStr| value.to_str().map(str::to_owned);
        let mut saved = Saved::new();
        let settings = self.settings().iter();
        for setting in settings.filter(|setting| !HANDED_ON.contains(&setting.name.as_str())) {
            let was = environ.raw(&setting.name);
            let (before, now) = (was.and_then(text), setting.value.as_deref().and_then(text));
            // What is no text cannot be written down, and stays as it is.
            if before.is_some() == was.is_some() && now.is_some() == setting.value.is_some() {
                saved.insert(setting.name.clone(), (before, now));
            }
        }
        if let Ok(text) = serde_json::to_string(&saved)
            && !saved.is_empty()
        {
            self.set(NAME, text, Origin::Variable(NAME));
        }
    }

    /// Takes over what was restored, where this list says nothing else.
    pub fn keep_restored(&mut self, changes: &[Change]) {
        for (name, value) in changes {
            if !self.settings().iter().any(|setting| setting.name == *name) {
                self.change(name, value.clone(), Origin::Variable(NAME));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environ(variables: &[(&str, &str)]) -> Environ {
        variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    #[test]
    fn what_was_changed_is_restored_and_what_changed_since_is_not() {
        let before = environ(&[("GOFLAGS", "-x"), ("GOPROXY", "direct"), ("HOME", "/h")]);
        let mut env = GoEnv::default();
        env.set("GOFLAGS", "-x -mod=vendor", Origin::Auto);
        env.set("GOPROXY", "off", Origin::Auto);
        env.set("GOENV", "/dev/null", Origin::Auto);
        env.save(&before);

        let saved = env.get(NAME).unwrap().to_str().unwrap().to_owned();
        let mut inside = environ(&[
            ("GOFLAGS", "-x -mod=vendor"),
            ("GOPROXY", "http://theirs"),
            ("GOENV", "/dev/null"),
            ("HOME", "/h"),
            (NAME, &saved),
        ]);
        let changes = restore(&mut inside);
        assert_eq!(
            inside,
            environ(&[("GOFLAGS", "-x"), ("GOPROXY", "http://theirs"), ("HOME", "/h")])
        );

        let mut inner = GoEnv::default();
        inner.set("GOENV", "/elsewhere", Origin::Auto);
        inner.keep_restored(&changes);
        let names: Vec<_> = inner.settings().iter().map(|setting| setting.name.as_str()).collect();
        assert_eq!(names, ["GOENV", "GOFLAGS", NAME]);
        assert_eq!(inner.get("GOENV").unwrap(), "/elsewhere");
    }

    #[test]
    fn path_is_handed_on_as_we_made_it() {
        let mut env = GoEnv::default();
        env.set("PATH", "/shim:/bin", Origin::Auto);
        env.set("GOPROXY", "off", Origin::Auto);
        env.save(&environ(&[("PATH", "/bin")]));
        let saved = env.get(NAME).unwrap().to_str().unwrap().to_owned();
        let mut inside = environ(&[("PATH", "/shim:/bin"), ("GOPROXY", "off"), (NAME, &saved)]);
        restore(&mut inside);
        assert_eq!(inside, environ(&[("PATH", "/shim:/bin")]));
    }

    #[test]
    fn garbage_restores_nothing() {
        let mut inside = environ(&[("GOFLAGS", "-x"), (NAME, "garbage")]);
        assert_eq!(restore(&mut inside), [(NAME.to_owned(), None)]);
        assert_eq!(inside, environ(&[("GOFLAGS", "-x")]));
    }
}
