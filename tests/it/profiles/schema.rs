//! The JSON schema: the committed one is the program's, and it agrees with the reader.

use crate::program::Program;
use crate::txtar::World;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn schema() -> Value {
    let program = Program::new();
    let world = World::new("");
    let printed = program.run(world.root(), &["profile", "schema"]).stdout;
    let path = root().join("docs/go-offline.schema.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &printed).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(committed, printed, "run `go-offline profile schema > docs/go-offline.schema.json`");
    serde_json::from_str(&printed).unwrap()
}

/// TOML as an editor's checker sees it: dates are strings.
fn as_json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(truth) => (*truth).into(),
        toml::Value::Datetime(date) => date.to_string().into(),
        toml::Value::Array(values) => values.iter().map(as_json).collect(),
        toml::Value::Table(table) => table
            .iter()
            .map(|(key, value)| (key.clone(), as_json(value)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

fn json(text: &str) -> Value {
    as_json(&toml::Value::Table(text.parse().unwrap()))
}

/// Every go-offline.toml of the repository, and every TOML block of its documents.
fn examples() -> Vec<(PathBuf, String)> {
    let mut found = vec![(
        "src/profile/config/whole.toml".into(),
        std::fs::read_to_string(root().join("src/profile/config/whole.toml")).unwrap(),
    )];
    let mut files = vec![root().join("README.md")];
    for dir in ["docs", "examples"] {
        collect(&root().join(dir), &mut files);
    }
    for file in files {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        if file.extension().is_some_and(|extension| extension == "toml") {
            found.push((file, text));
        } else if file.extension().is_some_and(|extension| extension == "md") {
            for block in text.split("```toml\n").skip(1) {
                found.push((file.clone(), block.split("```").next().unwrap().to_owned()));
            }
        }
    }
    found
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

#[test]
fn every_example_is_sound_for_the_schema_and_for_the_reader() {
    let schema = jsonschema::validator_for(&schema()).unwrap();
    let program = Program::new();
    let examples = examples();
    assert!(examples.len() >= 5, "only {} examples were found", examples.len());
    for (file, text) in examples {
        let errors: Vec<String> = schema
            .iter_errors(&json(&text))
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{}:\n{text}", file.display());
        let world = World::new("-- go.mod --\nmodule m\n");
        // The user's own file may hold everything.
        let settings = world.root().join("elsewhere/settings.toml");
        std::fs::create_dir(settings.parent().unwrap()).unwrap();
        std::fs::write(&settings, &text).unwrap();
        world.write("project/go.mod", "module m\n");
        let config = settings.to_str().unwrap();
        let args = ["--config", config, "--profile", "auto", "profile", "list"];
        let ran = program.run(&world.path("project"), &args);
        assert_eq!(ran.exit, 0, "{}: {}", file.display(), ran.stderr);
    }
}

/// What the table of keys refuses, the schema refuses as well.
#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let schema = jsonschema::validator_for(&schema()).unwrap();
    for text in [
        "defualt-profile='x'",
        "[profile.ci]\nisolaton='require'",
        "[profile.ci]\nisolation='requier'",
        "[profile.ci]\nnetwork=true",
        "[profile.ci]\nallow='x'",
        "[profile.vendor]\nverify='bytes'",
        "[modules]\ndeny=[{reason='x'}]",
        "[modules]\ndeny=[{path='x',priority='1'}]",
        "[lints]\nsum-mising='warn'",
        "[lints]\nsum-missing='error'",
        "[[carry]]\nmodule='m'",
    ] {
        assert!(!schema.is_valid(&json(text)), "{text}");
    }
}

/// Every key has a word in the documentation.
#[test]
fn every_key_is_documented() {
    let schema = schema();
    let text = std::fs::read_to_string(root().join("docs/profiles.md")).unwrap();
    let tables = [
        &schema["properties"],
        &schema["properties"]["profile"]["additionalProperties"]["properties"],
        &schema["properties"]["modules"]["properties"],
        &schema["properties"]["carry"]["items"]["properties"],
        &schema["properties"]["floor"]["properties"],
    ];
    for key in tables.iter().flat_map(|table| table.as_object().unwrap().keys()) {
        let named = text.contains(&format!("`{key}`"))
            || text.contains(&format!(".{key}`"))
            || text.contains(&format!("`{key}."));
        assert!(named, "docs/profiles.md does not name {key}");
    }
}
