//! The JSON schema of go-offline.toml, made from the table of keys, for editors that check by it.

use super::keys::{FILE, Key, Kind};
use serde_json::{Map, Value, json};

/// The schema, pretty-printed, with a final newline. `codes` are the finding codes that `[lints]`
/// may name.
pub fn schema(codes: &[&str]) -> String {
    let mut root = table(FILE);
    let head = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "go-offline.toml",
        "description": "Profiles and policy of go-offline. A built-in profile cannot be changed, only inherited.",
    });
    merge(&mut root, head);
    root["properties"]["lints"]["propertyNames"] = json!({ "enum": codes });
    let builtin: Vec<&str> = crate::profile::BuiltIn::names().collect();
    root["properties"]["profile"]["propertyNames"] = json!({ "not": { "enum": builtin } });
    let mut text = format!("{root:#}");
    text.push('\n');
    text
}

fn merge(into: &mut Value, from: Value) {
    if let (Some(into), Value::Object(from)) = (into.as_object_mut(), from) {
        into.extend(from);
    }
}

fn table(keys: &[Key]) -> Value {
    let properties: Map<String, Value> = keys
        .iter()
        .map(|key| {
            let mut value = of(&key.kind);
            merge(&mut value, json!({ "description": key.about }));
            (key.name.to_owned(), value)
        })
        .collect();
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut value =
        json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        merge(&mut value, json!({ "required": required }));
    }
    value
}

fn of(kind: &Kind) -> Value {
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Word(words) => json!({ "type": "string", "enum": words }),
        // TOML has dates and JSON has none: whoever checks hands over the text.
        Kind::Date => json!({ "type": "string", "format": "date" }),
        Kind::Integer => json!({ "type": "integer" }),
        Kind::List(inner) => json!({ "type": "array", "items": of(inner) }),
        Kind::TextOr(inner) => json!({ "anyOf": [{ "type": "string" }, of(inner)] }),
        Kind::Table(keys) => table(keys),
        Kind::Named(inner) => json!({ "type": "object", "additionalProperties": of(inner) }),
    }
}
