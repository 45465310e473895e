//! go-offline.toml: no panic, and each mistake lies inside the text.
#![no_main]

use go_offline::profile::{Config, ConfigFile, Known, Trust};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for trust in [Trust::Project, Trust::User] {
        let file = ConfigFile {
            path: "go-offline.toml".into(),
            shown: "go-offline.toml".into(),
            text: text.into(),
            trust,
        };
        let known = Known { codes: &["sum-missing"], flags: &["race", "tags", "mod"] };
        if let Err(mistakes) = Config::parse(file, known) {
            assert!(!mistakes.is_empty());
            for mistake in mistakes {
                assert!(mistake.span.start <= mistake.span.end && mistake.span.end <= text.len());
                assert!(text.get(mistake.span).is_some(), "not between characters");
            }
        }
    }
});
