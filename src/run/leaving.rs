//! Which words of a command line would take it out of its profile.

use super::class::Class;
use super::scene::Scene;
use crate::check::LeavingFlag;
use std::path::Path;

/// The flags and arguments that leave the profile. `-modfile` is not among them: the file it
/// names is what is checked.
pub(super) fn leaving(scene: &Scene, class: Class) -> Vec<LeavingFlag> {
    match class {
        Class::Versioned => versioned(scene).into_iter().collect(),
        Class::Build => mod_flag(scene).into_iter().chain(overlay(scene)).collect(),
        Class::Mend | Class::Ask | Class::EnvWrite => Vec::new(),
    }
}

/// A `-mod` other than the profile's. One in GOFLAGS does not get here: it is replaced.
fn mod_flag(scene: &Scene) -> Option<LeavingFlag> {
    let wanted = scene.profile.mod_mode.value()?;
    let given = scene.invocation.value("mod")?;
    if given == wanted {
        return None;
    }
    let effect = match wanted {
        "vendor" => {
            "go would build from the module cache or the network instead of vendor/".to_owned()
        }
        _ => format!("this profile builds with -mod={wanted}"),
    };
    Some(LeavingFlag {
        words: format!("-mod={}", given.display()),
        origin: "the command line".to_owned(),
        effect,
        help: format!(
            "leave the flag away, or choose a profile that allows it: `{}`",
            scene.under("online")
        ),
    })
}

/// `run` and `install` of a version need a source of modules, which `vendor` is not.
fn versioned(scene: &Scene) -> Option<LeavingFlag> {
    if scene.profile.mod_mode.value() != Some("vendor") {
        return None;
    }
    let operand = scene.invocation.versioned_operand()?.display().to_string();
    Some(LeavingFlag {
        words: operand.clone(),
        origin: "the command line".to_owned(),
        effect: "a package with a version is never taken from vendor/".to_owned(),
        help: format!(
            "`{}` takes it from the module cache, `{}` from the network",
            scene.under("cache"),
            scene.under("online")
        ),
    })
}

/// An overlay over what was checked. One over the user's own files, as editors make it, is fine.
fn overlay(scene: &Scene) -> Option<LeavingFlag> {
    if scene.profile.is_open() {
        return None;
    }
    let project = scene.project.as_ref()?;
    let goroot = scene.go.as_ref().and_then(|go| go.goroot.as_deref());
    let vendor = project.vendor_dir();
    let is_guarded = |path: &Path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // Anywhere: a go.mod or go.work that is only in the overlay makes another project of this
        // directory than the one that was checked.
        matches!(name, "go.mod" | "go.sum" | "go.work" | "go.work.sum")
            || project.list_files().any(|list| list == path || list.with_extension("sum") == path)
            || path.starts_with(&vendor)
            || goroot.is_some_and(|root| path.starts_with(root))
    };
    let path = scene.overlaid.iter().find(|path| is_guarded(path))?;
    let (file, origin) = scene.flag("overlay")?;
    Some(LeavingFlag {
        words: format!("-overlay={}", file.display()),
        origin,
        effect: format!(
            "it replaces {}, which was checked as it is on disk",
            project.shown(path).display()
        ),
        help: "overlay the project's own source files only, or choose `--profile online`"
            .to_owned(),
    })
}
