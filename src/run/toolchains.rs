//! Which toolchains a bundle carries: modules of their own, golang.org/toolchain.

use super::scene::Scene;
use crate::gomod::go_version::TOOLCHAIN_MODULE;
use crate::gomod::{ModuleVersion, go_version, platform};
use crate::project::{Project, ProxyTree};
use anyhow::{Context, bail};

/// The toolchains that the values of `--toolchain` name: `1.26.8`, `go1.26.8`, or with a platform
/// `go1.26.8.linux-arm64`. An empty one is the project's own, and no option is none.
///
/// # Errors
/// A word names none, or there is no telling which is the project's own.
pub(super) fn toolchains(
    scene: &Scene,
    words: Option<&[String]>,
) -> anyhow::Result<Vec<ModuleVersion>> {
    let Some(words) = words else { return Ok(Vec::new()) };
    let oldest = lines(scene).0;
    let named = words.iter().map(|word| match word.as_str() {
        "" => module(&own(scene)?, oldest),
        word => module(word, oldest),
    });
    let mut modules = named.collect::<anyhow::Result<Vec<_>>>()?;
    modules.sort();
    modules.dedup();
    Ok(modules)
}

/// The toolchain that a word names. The project cannot be built by one that is older than `oldest`.
fn module(word: &str, oldest: &str) -> anyhow::Result<ModuleVersion> {
    let text = word.strip_prefix("go").unwrap_or(word);
    // A platform has a hyphen, and a version has none.
    let (version, platform) = match text.split_once('-') {
        Some((version, arch)) => {
            let (version, os) = version.rsplit_once('.').with_context(|| bad(word))?;
            (version, format!("{os}-{arch}"))
        }
        None => (text, host()?),
    };
    let module = ModuleVersion::new(TOOLCHAIN_MODULE, format!("v0.0.1-go{version}.{platform}"));
    let is_sound = go_version::is_valid(version) && ProxyTree::name(&module, "zip").is_some();
    if !is_sound || go_version::compare(version, "1.21").is_lt() {
        bail!("--toolchain {}", bad(word));
    }
    if go_version::compare(version, oldest).is_lt() {
        bail!(
            "--toolchain {word}: the project asks for go {oldest} or newer, and cannot be built with it"
        );
    }
    Ok(module)
}

fn bad(word: &str) -> String {
    format!(
        "{word} names no toolchain: write `1.26.8`, or with a platform `go1.26.8.linux-arm64`; there are modules of them from 1.21 on"
    )
}

fn host() -> anyhow::Result<String> {
    let (os, arch) = platform::host().context(
        "Go has no name for this machine: name the platform, as in go1.26.8.linux-amd64",
    )?;
    Ok(format!("{os}-{arch}"))
}

/// The version that the project is built with: that of the toolchain line, else the go that is here, if it
/// is new enough, else the one of the go line.
fn own(scene: &Scene) -> anyhow::Result<String> {
    let (go, toolchain) = lines(scene);
    if !toolchain.is_empty() && go_version::compare(toolchain, go).is_ge() {
        return Ok(toolchain.to_owned());
    }
    let here = match &scene.go {
        Some(command) => command.version().map_or_else(|| command.ask_version(), Ok)?,
        None => String::new(),
    };
    let is_enough = go_version::is_valid(&here) && go_version::compare(&here, go).is_ge();
    Ok(if is_enough { here } else { go_version::first_release(go) })
}

/// The newest version of all go lines, and of all toolchain lines; empty where there is none.
fn lines(scene: &Scene) -> (&str, &str) {
    let (mut go, mut toolchain) = ("", "");
    let work =
        scene.project.iter().filter_map(|project| project.work.as_ref()?.value.as_ref().ok());
    let of_work = work.map(|work| (&work.go, &work.toolchain));
    let files = scene.project.iter().flat_map(Project::mod_files);
    let of_modules = files.map(|(_, _, file)| (&file.go, &file.toolchain));
    for (go_line, toolchain_line) in of_work.chain(of_modules) {
        if let Some(line) = go_line {
            go = newer(go, &line.value);
        }
        if let Some(line) = toolchain_line {
            // `default` is a word for none.
            toolchain = newer(toolchain, line.value.strip_prefix("go").unwrap_or_default());
        }
    }
    (go, toolchain)
}

fn newer<'a>(one: &'a str, other: &'a str) -> &'a str {
    if go_version::compare(one, other).is_lt() { other } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_toolchain_is_named_with_or_without_its_platform() {
        let host = host().unwrap();
        let version = |word: &str| module(word, "").unwrap().version;
        assert_eq!(version("1.26.8"), format!("v0.0.1-go1.26.8.{host}"));
        assert_eq!(version("go1.26.8"), format!("v0.0.1-go1.26.8.{host}"));
        assert_eq!(version("go1.26rc1.linux-arm64"), "v0.0.1-go1.26rc1.linux-arm64");
        assert_eq!(version("1.21.0.windows-amd64"), "v0.0.1-go1.21.0.windows-amd64");
        for word in ["", "go", "1.20.3", "latest", "../1.26.8", "1.26.8.linux", "1.26.8-amd64/.."] {
            let error = module(word, "").unwrap_err().to_string();
            assert!(error.contains("names no toolchain"), "{word}: {error}");
        }
    }
}
