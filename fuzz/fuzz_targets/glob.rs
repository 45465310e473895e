//! Patterns: no panic, whatever the pattern.
#![no_main]

use go_offline::gomod::glob;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (pattern, name) = text.split_once('\n').unwrap_or((text, "a/b"));
    let _ = glob::match_path(pattern, name);
    glob::match_prefix_patterns(pattern, name);
});
