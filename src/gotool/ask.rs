//! Asks the go command itself, where no file tells.

use super::find::Go;
use anyhow::Context;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

impl Go {
    /// The version, such as `1.26.8`, as the go command tells it. It is asked for its own, not for
    /// that of a toolchain it would switch to, and needs no network for it.
    ///
    /// # Errors
    /// It cannot be started, fails, or does not tell.
    pub fn ask_version(&self) -> anyhow::Result<String> {
        let command = format!("GOTOOLCHAIN=local {} env GOVERSION", self.path.display());
        let told = duct::cmd(self.path.as_os_str(), ["env", "GOVERSION"])
            .env("GOTOOLCHAIN", "local")
            .dir("/")
            .stderr_null()
            .read()
            .with_context(|| format!("running {command}"))?;
        let version = told.trim().strip_prefix("go").unwrap_or(told.trim());
        anyhow::ensure!(!version.is_empty(), "{command} tells no version");
        Ok(version.to_owned())
    }

    /// What variables of the go command come to, by name, with these changes to the environment.
    ///
    /// # Errors
    /// It cannot be started, fails, or does not tell.
    pub fn ask_env(
        &self,
        names: &[&str],
        env: &[(OsString, Option<OsString>)],
        dir: &Path,
    ) -> anyhow::Result<BTreeMap<String, String>> {
        let command = format!("{} env -json {}", self.path.display(), names.join(" "));
        let args = ["env", "-json"].iter().chain(names);
        let mut asked = duct::cmd(self.path.as_os_str(), args).stderr_capture().dir(dir);
        for (name, value) in env {
            asked = match value {
                Some(value) => asked.env(name, value),
                None => asked.env_remove(name),
            };
        }
        let told = asked.read().with_context(|| format!("running {command}"))?;
        serde_json::from_str(&told).with_context(|| format!("reading what {command} tells"))
    }
}
