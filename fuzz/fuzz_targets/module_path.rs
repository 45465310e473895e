//! Paths and versions: no panic, and the escaped form comes back as it was.
#![no_main]

use go_offline::gomod::{go_version, module_path, semver};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(escaped) = module_path::escape_path(text) {
        assert_eq!(module_path::unescape_path(&escaped).as_deref(), Ok(text));
    }
    if let Ok(path) = module_path::unescape_path(text) {
        assert_eq!(module_path::escape_path(&path).as_deref(), Ok(text));
    }
    if let Ok(escaped) = module_path::escape_version(text) {
        assert_eq!(module_path::unescape_version(&escaped).as_deref(), Ok(text));
    }
    if let Some((prefix, major)) = module_path::split_path_version(text) {
        assert_eq!(prefix.len() + major.len(), text.len());
    }
    let (a, b) = text.split_once(' ').unwrap_or((text, ""));
    assert_eq!(semver::compare(a, b), semver::compare(b, a).reverse());
    assert_eq!(
        go_version::compare(a, b),
        go_version::compare(b, a).reverse()
    );
    assert!(!semver::is_pseudo(text) || semver::is_valid(text));
    let _ = module_path::check(a, b);
});
