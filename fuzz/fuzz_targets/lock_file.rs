//! go-offline.lock: no panic, every error has a place, and what is read is written as it was.
#![no_main]

use go_offline::lock::LockFile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| match LockFile::parse(text) {
    Ok(lock) => assert_eq!(lock.render(), text.replace("\r\n", "\n")),
    Err(error) => {
        assert!(!error.errors().is_empty());
        for error in error.errors() {
            assert!(text.get(error.span.clone()).is_some());
        }
    }
});
