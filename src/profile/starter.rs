//! The text of a first go-offline.toml: what was found, the profiles that follow from it, and every
//! other key switched off, with a line on what it does.
//!
//! Pure. Names that come from the checkout are hostile until they are quoted: none leaves its
//! string or its comment.

use std::fmt::Write as _;

/// What a first file is made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StarterFacts {
    /// The paths of the main modules; of a workspace all of them.
    pub modules: Vec<String>,
    /// go.work is in force.
    pub is_workspace: bool,
    /// vendor/ is there.
    pub has_vendor: bool,
    /// How many modules vendor/modules.txt lists; `None` without one.
    pub vendored: Option<usize>,
    /// go-offline.lock is there.
    pub has_lock: bool,
    /// The CI services in use.
    pub services: Vec<StarterService>,
    /// Files that call go: Makefile, Taskfile, justfile.
    pub callers: Vec<String>,
    /// .envrc is there.
    pub has_envrc: bool,
    /// Patterns of private modules, as `[modules]` takes them.
    pub private: Vec<String>,
}

/// A CI service in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StarterService {
    /// Its name, for people.
    pub name: String,
    /// The file that says so.
    pub file: String,
    /// The lines to add to that file, in its own language.
    pub step: Vec<String>,
}

/// Makes the text. It is TOML of less than eighty lines, and stays TOML when every line that begins
/// with `#` and no space is switched on.
pub fn starter(facts: &StarterFacts) -> String {
    let mut out = String::from("#:schema ./go-offline.schema.json\n");
    for line in head(facts) {
        comment(&mut out, &line);
    }
    let base = if facts.vendored.is_some() { "vendor" } else { "auto" };
    out.push_str(&PROFILES.replace("{base}", base));
    out.push_str(&modules(&facts.private));
    out.push_str(LISTS);
    for service in &facts.services {
        out.push('\n');
        let place = format!("A step for {}, in {}:", service.name, quoted(&service.file));
        comment(&mut out, &place);
        service.step.iter().for_each(|line| comment(&mut out, &format!("  {line}")));
    }
    out
}

/// What was found, one fact a line.
fn head(facts: &StarterFacts) -> Vec<String> {
    let mut lines = vec![
        "How the go command runs in this project: `go-offline profile show` prints the outcome."
            .to_owned(),
        "A line that begins with # and no space is a setting that is switched off.".to_owned(),
    ];
    let mut found = Vec::new();
    let kind = if facts.is_workspace { "workspace of" } else { "module" };
    match facts.modules.as_slice() {
        [] => {}
        [one] => found.push(format!("{kind} {}", quoted(one))),
        many => found.push(format!("{kind} {} modules", many.len())),
    }
    match (facts.vendored, facts.has_vendor) {
        (Some(1), _) => found.push("vendor/ with 1 module".to_owned()),
        (Some(count), _) => found.push(format!("vendor/ with {count} modules")),
        (None, true) => found.push("vendor/ without modules.txt".to_owned()),
        (None, false) => found.push("no vendor/".to_owned()),
    }
    if facts.has_lock {
        found.push("go-offline.lock".to_owned());
    }
    found.extend(facts.services.iter().map(|service| service.name.clone()));
    found.extend(facts.callers.iter().map(|file| format!("{} calls go", quoted(file))));
    if facts.has_envrc {
        found.push(".envrc, which `go-offline profile env --format direnv` can feed".to_owned());
    }
    lines.push(format!("Found: {}.", found.join("; ")));
    lines
}

const PROFILES: &str = r##"
# The profile where neither --profile nor GO_OFFLINE_PROFILE names one.
default-profile = "dev"

[profile.dev]
# What it is built on: auto vendor cache bundle proxy online open, or another profile of this file.
inherits = "auto"

[profile.ci]
inherits = "{base}"
# The wall around the command: off | prefer | require | require-netns.
isolation = "require"
# What is checked first: off | lists | bytes. "bytes" holds every vendored file against go.sum.
verify = "lists"
# What becomes of an attempt to reach the network: deny | warn | allow.
#network = "deny"
# Addresses that may be reached all the same, and ports that may be reached from outside.
#allow = ["127.0.0.1:5432"]
#publish = ["127.0.0.1:8080"]
# Whether a program that `go run` has built runs behind the wall (deny) or outside of it (allow).
#run-network = "deny"
# Whether a connection to a Unix socket of somebody outside is noted or refused: note | deny.
#unix-sockets = "note"
# Whether system calls are watched: on | off, for a program that watches calls itself.
#watch-calls = "on"
# Whether a go.work counts: auto | off.
#gowork = "auto"

#[profile.test]
#inherits = "ci"
# Variables; {project} {cache} {goos} {goarch} {profile} {key} are filled in.
#env = { GOCACHE = "{cache}/go-build/{goos}-{goarch}" }

#[profile.prod]
#inherits = "ci"
# GOFLAGS is a list of flags: each replaces an inherited flag of its name.
#env = { GOFLAGS = ["-trimpath"], GOCACHE = "{cache}/go-build/{goos}-{goarch}" }

# A proxy of your own as the only source.
#[profile.site]
#inherits = "proxy"
#proxy = "http://athens.internal:3000"

# A bundle made by `go-offline bundle` as the only source.
#[profile.air]
#inherits = "bundle"
#bundle = "deps.tar.zst"

# Which modules may be used; the most specific pattern decides, `priority` breaks ties.
"##;

const LISTS: &str = r##"#allow = ["github.com/acme/**", "golang.org/x/*"]
#deny = [{ path = "github.com/evil/*", reason = "why" }]

# Findings and their levels: allow | warn | deny. `go-offline explain` lists the codes.
#[lints]
#vendor-file-extra = "warn"

# A known patch inside vendor/, until it expires.
#[[carry]]
#module = "example.com/module"
#path = "file.go"
#sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
#reason = "why"
#expires = 2030-01-01
"##;

/// The table of modules: switched on where private ones are known.
fn modules(private: &[String]) -> String {
    let about = "# Modules that must never be asked of a public proxy or checksum database.\n";
    if private.is_empty() {
        return format!("#[modules]\n{about}#private = [\"git.acme.example/**\"]\n");
    }
    let private: Vec<String> = private.iter().map(|pattern| quoted(pattern)).collect();
    format!("[modules]\n{about}private = [{}]\n", private.join(", "))
}

/// Appends a comment; every character that TOML or a terminal would take for more is spelt out.
fn comment(out: &mut String, text: &str) {
    out.push_str("# ");
    text.chars().for_each(|character| push_visible(out, character));
    out.push('\n');
}

/// A basic string of TOML, on one line.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            out.push('\\');
        }
        push_visible(&mut out, character);
    }
    out.push('"');
    out
}

/// Control characters, and characters that reorder or hide text, as TOML's `\uXXXX`.
fn push_visible(out: &mut String, character: char) {
    let hides = matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    if character.is_control() || hides {
        let _ = write!(out, "\\u{:04X}", u32::from(character));
    } else {
        out.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> StarterFacts {
        StarterFacts {
            modules: vec!["example.com/app".to_owned()],
            has_vendor: true,
            vendored: Some(12),
            has_lock: true,
            services: vec![StarterService {
                name: "GitHub Actions".to_owned(),
                file: ".github/workflows/ci.yml".to_owned(),
                step: vec!["- run: go-offline --profile ci check --strict".to_owned()],
            }],
            callers: vec!["Makefile".to_owned()],
            has_envrc: true,
            private: vec!["git.acme.example/**".to_owned()],
            ..StarterFacts::default()
        }
    }

    fn parse(text: &str) -> toml::Table {
        text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    /// Every setting switched on: lines that begin with `#` and no space, but the schema's.
    fn all_on(text: &str) -> String {
        let on = |line: &str| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with([' ', ':']) => format!("{rest}\n"),
            _ => format!("{line}\n"),
        };
        text.lines().map(on).collect()
    }

    #[test]
    fn what_is_on_is_what_was_found() {
        let text = starter(&facts());
        let table = parse(&text);
        assert_eq!(table["default-profile"].as_str(), Some("dev"));
        let profiles = table["profile"].as_table().unwrap();
        assert_eq!(profiles.keys().collect::<Vec<_>>(), ["ci", "dev"]);
        assert_eq!(profiles["dev"]["inherits"].as_str(), Some("auto"));
        let ci = profiles["ci"].as_table().unwrap();
        assert_eq!(ci["inherits"].as_str(), Some("vendor"));
        assert_eq!(ci["isolation"].as_str(), Some("require"));
        assert_eq!(ci["verify"].as_str(), Some("lists"));
        assert_eq!(ci.len(), 3);
        assert_eq!(table["modules"]["private"][0].as_str(), Some("git.acme.example/**"));
        assert_eq!(table.len(), 3);

        assert!(text.starts_with("#:schema ./go-offline.schema.json\n"));
        assert!(
            text.contains("module \"example.com/app\"; vendor/ with 12 modules; go-offline.lock")
        );
        assert!(text.ends_with(
            "# A step for GitHub Actions, in \".github/workflows/ci.yml\":\n#   - run: go-offline --profile ci check --strict\n"
        ));
    }

    #[test]
    fn without_a_list_of_vendored_modules_auto_decides() {
        for has_vendor in [false, true] {
            let table = parse(&starter(&StarterFacts { has_vendor, ..StarterFacts::default() }));
            assert_eq!(table["profile"]["ci"]["inherits"].as_str(), Some("auto"));
            assert!(!table.contains_key("modules"));
        }
    }

    #[test]
    fn everything_switched_on_is_toml_with_every_key() {
        for facts in [facts(), StarterFacts::default()] {
            let table = parse(&all_on(&starter(&facts)));
            for key in ["default-profile", "profile", "modules", "lints", "carry"] {
                assert!(table.contains_key(key), "{key}");
            }
            let profiles = table["profile"].as_table().unwrap();
            let mut keys: Vec<&str> = profiles
                .values()
                .flat_map(|profile| profile.as_table().unwrap().keys().map(String::as_str))
                .collect();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(
                keys,
                [
                    "allow",
                    "bundle",
                    "env",
                    "gowork",
                    "inherits",
                    "isolation",
                    "network",
                    "proxy",
                    "publish",
                    "run-network",
                    "unix-sockets",
                    "verify",
                    "watch-calls",
                ]
            );
            assert_eq!(profiles["prod"]["env"]["GOFLAGS"][0].as_str(), Some("-trimpath"));
            let modules: Vec<_> = table["modules"].as_table().unwrap().keys().collect();
            assert_eq!(modules, ["allow", "deny", "private"]);
            let builtin = crate::profile::BuiltIn::names().chain(["bundle"]);
            assert!(builtin.into_iter().all(|name| !profiles.contains_key(name)));
        }
    }

    #[test]
    fn it_can_be_read_in_one_go() {
        let text = starter(&facts());
        assert!(text.lines().count() <= 75, "{} lines", text.lines().count());
        let longest = text.lines().max_by_key(|line| line.len()).unwrap();
        let is_head = longest.starts_with("# Found: ");
        assert!(is_head || longest.chars().count() <= 100, "{longest}");
    }

    #[test]
    fn no_name_breaks_out() {
        let evil = "x\"]\n[profile.vendor]\nnetwork = \"allow\"\\\u{202e}\u{85}\r\0";
        let mut facts = facts();
        let before = starter(&facts).lines().count();
        facts.modules = vec![evil.to_owned()];
        facts.callers = vec![evil.to_owned()];
        facts.private = vec![evil.to_owned()];
        facts.services[0].file = evil.to_owned();
        facts.services[0].step = vec![evil.to_owned()];
        let text = starter(&facts);
        assert_eq!(text.lines().count(), before);
        assert!(!text.contains(['\u{202e}', '\u{85}', '\r', '\0']));
        let table = parse(&text);
        assert_eq!(table["profile"].as_table().unwrap().len(), 2);
        assert_eq!(table["modules"]["private"][0].as_str(), Some(evil));
        assert_eq!(table["modules"]["private"].as_array().unwrap().len(), 1);
    }
}
