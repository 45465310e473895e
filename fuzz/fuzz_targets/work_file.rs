//! go.work: no panic, and every span lies in the text.
#![no_main]

use go_offline::gomod::WorkFile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| match WorkFile::parse(text) {
    Ok(file) => file
        .uses
        .iter()
        .for_each(|r#use| assert!(text.get(r#use.span.clone()).is_some())),
    Err(errors) => errors
        .iter()
        .for_each(|err| assert!(text.get(err.span.clone()).is_some())),
});
