//! Reads which files an -overlay replaces, as `cmd/go/internal/fsys` reads it.
//!
//! It does not look at what they are replaced by.

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// The files that an overlay replaces, as they are written there.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    /// The keys of each `"Replace"` object, in order.
    pub(super) replaced: Vec<String>,
}

impl<'de> Deserialize<'de> for Overlay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Overlay, D::Error> {
        deserializer.deserialize_map(Keys)
    }
}

/// Go's encoding/json takes a key for a field's name in whatever case it is written (gopls writes
/// `"replace"`), and adds what a second such key holds to what the first one held.
struct Keys;

impl<'de> Visitor<'de> for Keys {
    type Value = Overlay;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a \"Replace\" object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Overlay, A::Error> {
        let mut overlay = Overlay::default();
        while let Some(key) = map.next_key::<String>()? {
            if key.eq_ignore_ascii_case("Replace") {
                let replace = map.next_value::<Option<BTreeMap<String, IgnoredAny>>>()?;
                overlay.replaced.extend(replace.unwrap_or_default().into_keys());
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(overlay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(text: &str) -> Vec<String> {
        serde_json::from_str::<Overlay>(text).unwrap().replaced
    }

    #[test]
    fn keys_are_taken_as_go_takes_them() {
        for key in ["Replace", "replace", "REPLACE", "rEPLACE", "\\u0072eplace"] {
            assert_eq!(replaced(&format!("{{\"{key}\":{{\"a.go\":\"/x\"}}}}")), ["a.go"], "{key}");
        }
        assert_eq!(
            replaced(r#"{"replace":{"a":"x"},"Else":{"Replace":{"n":""}},"Replace":{"b":""}}"#),
            ["a", "b"]
        );
        for text in ["{}", r#"{"Replace":null}"#, r#"{"Replace":{}}"#, r#"{"replaced":{"a":""}}"#] {
            assert_eq!(replaced(text), Vec::<String>::new(), "{text}");
        }
        assert_eq!(replaced(r#"{"Replace":{"a":null}}"#), ["a"]);
        for text in ["", "[]", r#"{"Replace":["a"]}"#, "{} {}"] {
            assert!(serde_json::from_str::<Overlay>(text).is_err(), "{text}");
        }
    }
}
