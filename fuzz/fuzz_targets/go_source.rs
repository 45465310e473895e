//! Go files: no panic, whatever the source and the pattern.
#![no_main]

use go_offline::vendoring::{EmbedPattern, embed_patterns, embeds, is_left_out};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &[u8]| {
    is_left_out(source);
    embeds(&embed_patterns(source), "a/b.txt");
    let text = String::from_utf8_lossy(source);
    let (pattern, name) = text.split_once('\n').unwrap_or((&text, "a/b"));
    if let Some(pattern) = EmbedPattern::parse(pattern) {
        pattern.matches(name);
    }
});
