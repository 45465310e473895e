//! go.sum: no panic, and a line is the three words of its span.
#![no_main]

use go_offline::gomod::GoSum;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let sum = GoSum::parse(text);
    for line in &sum.lines {
        let written = &text[line.span.clone()];
        assert!(written.starts_with(&line.module.path) && written.ends_with(&line.hash));
        line.is_h1();
    }
    sum.malformed
        .iter()
        .for_each(|err| assert!(text.get(err.span.clone()).is_some()));
});
