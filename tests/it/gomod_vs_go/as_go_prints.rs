//! Our values in the shape that the go command prints.
//!
//! Before printing, go drops repeated entries and those with an empty path, so the same is done
//! here.

use std::collections::HashSet;

use go_offline::gomod::{ModFile, ModuleVersion, Replace, WorkFile};
use serde_json::{Map, Value, json};

/// What `go mod edit -json` prints.
pub(super) fn mod_json(file: &ModFile) -> Value {
    let mut module = Map::new();
    module.insert("Path".into(), file.module.as_ref().map_or("", |m| &m.value).into());
    insert_some(&mut module, "Deprecated", file.deprecated.as_deref());
    let mut out = Map::new();
    out.insert("Module".into(), module.into());
    insert_some(&mut out, "Go", file.go.as_ref().map(|go| go.value.as_str()));
    insert_some(&mut out, "Toolchain", file.toolchain.as_ref().map(|t| t.value.as_str()));
    let godebug = file.godebug.iter().filter(|g| !g.key.is_empty());
    let godebug: Vec<Value> = godebug.map(|g| json!({"Key": g.key, "Value": g.value})).collect();
    if !godebug.is_empty() {
        out.insert("GoDebug".into(), godebug.into());
    }
    let require = file.require.iter().filter(|r| !r.module.path.is_empty()).map(|r| {
        let mut value = version_json(&r.module);
        if r.indirect {
            value["Indirect"] = true.into();
        }
        value
    });
    out.insert("Require".into(), require.collect());
    let exclude = first_of_each(file.exclude.iter().map(|exclude| &exclude.module));
    out.insert(
        "Exclude".into(),
        exclude.filter(|m| !m.path.is_empty()).map(version_json).collect(),
    );
    out.insert("Replace".into(), replace_json(&file.replace));
    let retract =
        file.retract.iter().filter(|r| !r.low.is_empty() || !r.high.is_empty()).map(|r| {
            let mut value = Map::new();
            insert_some(&mut value, "Low", Some(r.low.as_str()).filter(|v| !v.is_empty()));
            insert_some(&mut value, "High", Some(r.high.as_str()).filter(|v| !v.is_empty()));
            insert_some(
                &mut value,
                "Rationale",
                Some(&r.rationale).filter(|why| !why.is_empty()).map(String::as_str),
            );
            Value::from(value)
        });
    out.insert("Retract".into(), retract.collect());
    let path_json = |path: &String| json!({"Path": path});
    out.insert(
        "Tool".into(),
        first_of_each(file.tool.iter().map(|t| &t.value)).map(path_json).collect(),
    );
    out.insert(
        "Ignore".into(),
        first_of_each(file.ignore.iter().map(|i| &i.value)).map(path_json).collect(),
    );
    out.into()
}

/// What `go work edit -json` prints.
pub(super) fn work_json(file: &WorkFile) -> Value {
    let mut out = Map::new();
    insert_some(&mut out, "Go", file.go.as_ref().map(|go| go.value.as_str()));
    let uses = file.uses.iter().filter(|u| !u.path.is_empty()).map(|u| json!({"DiskPath": u.path}));
    out.insert("Use".into(), uses.collect());
    out.insert("Replace".into(), replace_json(&file.replace));
    out.into()
}

/// Of repeated replacements go keeps the last.
fn replace_json(replace: &[Replace]) -> Value {
    let mut seen = HashSet::new();
    let mut kept: Vec<&Replace> = replace.iter().rev().filter(|r| seen.insert(&r.old)).collect();
    kept.reverse();
    kept.retain(|r| !r.old.path.is_empty());
    kept.iter().map(|r| json!({"Old": version_json(&r.old), "New": version_json(&r.new)})).collect()
}

fn first_of_each<'a, T: Eq + std::hash::Hash + 'a>(
    all: impl Iterator<Item = &'a T>,
) -> impl Iterator<Item = &'a T> {
    let mut seen = HashSet::new();
    all.filter(move |&item| seen.insert(item))
}

fn version_json(module: &ModuleVersion) -> Value {
    let mut out = Map::new();
    out.insert("Path".into(), module.path.as_str().into());
    insert_some(&mut out, "Version", Some(module.version.as_str()).filter(|v| !v.is_empty()));
    out.into()
}

fn insert_some(out: &mut Map<String, Value>, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        out.insert(key.to_owned(), value.into());
    }
}
