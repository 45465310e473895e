//! go.mod: no panic, and every span lies in the text.
#![no_main]

use go_offline::gomod::ModFile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for file in [ModFile::parse(text), ModFile::parse_lax(text)] {
        match file {
            Ok(file) => {
                for require in &file.require {
                    assert!(
                        text[require.span.clone()].ends_with(&text[require.version_span.clone()])
                    );
                }
                for replace in &file.replace {
                    assert!(text[replace.span.clone()].contains("=>"));
                }
            }
            Err(errors) => {
                assert!(!errors.is_empty());
                errors
                    .iter()
                    .for_each(|err| assert!(text.get(err.span.clone()).is_some()));
            }
        }
    }
});
