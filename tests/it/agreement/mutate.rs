//! Every change that a hand, a merge or a tool may make in one place of a file.

/// A changed text.
pub(crate) struct Mutant {
    /// What was done, for the message.
    pub(crate) what: String,
    pub(crate) text: String,
}

/// The mutants of a file, in a fixed order, without those that change nothing.
pub(crate) fn mutants(name: &str, text: &str) -> Vec<Mutant> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut all = Vec::new();
    let mut add = |what: String, text: String| all.push(Mutant { what, text });
    for (index, line) in lines.iter().enumerate() {
        let with = |replacement: &str| {
            let (before, after) = (lines[..index].concat(), lines[index + 1..].concat());
            format!("{before}{replacement}{after}")
        };
        let number = index + 1;
        add(format!("line {number} deleted"), with(""));
        add(format!("line {number} twice"), with(&line.repeat(2)));
        if let Some(next) = lines.get(index + 1) {
            let mut swapped = lines.clone();
            swapped.swap(index, index + 1);
            add(format!("lines {number} and {next:?} swapped"), swapped.concat());
        }
        for (what, changed) in tokens(line).into_iter().chain(lines_of(name, line)) {
            add(format!("line {number}: {what}: {changed:?}"), with(&changed));
        }
    }
    add("CRLF".to_owned(), text.replace('\n', "\r\n"));
    add("empty".to_owned(), String::new());
    all.retain(|mutant| mutant.text != text);
    all
}

/// The words of a line, one after the other removed, doubled and altered.
fn tokens(line: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut at = 0;
    for word in line.split_inclusive(char::is_whitespace) {
        let token = word.trim_end();
        let (before, after) = (&line[..at], &line[at + token.len()..]);
        at += word.len();
        if token.is_empty() {
            continue;
        }
        let mut change = |what: &str, new: &str| {
            all.push((format!("{token:?} {what}"), format!("{before}{new}{after}")));
        };
        change("removed", "");
        change("doubled", &format!("{token} {token}"));
        if let Some(digit) = token.rfind(|c: char| c.is_ascii_digit()) {
            let new = if &token[digit..=digit] == "9" { "8" } else { "9" };
            change(
                "with another digit",
                &format!("{}{new}{}", &token[..digit], &token[digit + 1..]),
            );
        }
        if let Some(letter) = token.find(|c: char| c.is_ascii_lowercase()) {
            let new = if &token[letter..=letter] == "z" { "y" } else { "z" };
            change(
                "with another letter",
                &format!("{}{new}{}", &token[..letter], &token[letter + 1..]),
            );
        }
    }
    all
}

/// What a line of this kind may become.
fn lines_of(name: &str, line: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut change = |what: &str, new: String| all.push((what.to_owned(), new));
    let body = line.trim_end();
    if name == "vendor/modules.txt" {
        if body.starts_with("## ") {
            change("newer go", format!("{body}; go 1.99\n"));
            change("no go", format!("{}\n", body.split(';').next().unwrap_or_default()));
            change("unknown annotation", format!("{body}; future\n"));
        } else if let Some((module, _)) = body.split_once(" => ") {
            change("not replaced", format!("{module}\n"));
            change("replaced by a directory", format!("{module} => ./other\n"));
            change("replaced by a module", format!("{module} => example.com/other v1.0.0\n"));
            change("nonsense replacement", format!("{body} x y\n"));
        } else if body.starts_with("# ") {
            change("replaced by a directory", format!("{body} => ./other\n"));
            change("replaced by a module", format!("{body} => example.com/other v1.0.0\n"));
            change("explicit", format!("{body}\n## explicit\n"));
            change("not a version", format!("{body}.x\n"));
        } else {
            change("of a module that nobody requires", format!("# example.com/zzz v1.0.0\n{line}"));
            change(
                "of an explicit module that nobody requires",
                format!("# example.com/zzz v1.0.0\n## explicit\n{line}"),
            );
            change("of a newer version", format!("# example.com/dep v1.9.9\n{line}"));
        }
    } else if body.contains(" => ") {
        let (module, _) = body.split_once(" => ").unwrap_or_default();
        change("replaced by a directory", format!("{module} => ./other\n"));
        change("replaced by a module", format!("{module} => example.com/other v1.0.0\n"));
        change("replaced twice", format!("{line}{module} => ./other\n"));
        change("replaced in a roundabout way", body.replace("/local", "/x/../local") + "\n");
        change("replaced with a slash at the end", format!("{body}/\n"));
    } else if let Some(module) = body.trim().strip_prefix("example.com/") {
        let module = module.trim_end_matches(" // indirect");
        change("another requirement", format!("{line}\texample.com/zzz v1.0.0\n"));
        change("excluded", format!("{line})\nexclude example.com/{module}\nrequire (\n"));
        change(
            "replaced",
            format!("{line})\nreplace example.com/{module} => ./other\nrequire (\n"),
        );
        change(
            "required in a newer version too",
            format!("{line}\texample.com/{}\n", module.replace(" v1.0", " v1.9")),
        );
    } else if body.starts_with("go ") {
        for version in ["1.12", "1.14", "1.17", "1.20", "1.23", "1.99"] {
            change("another go", format!("go {version}\n"));
        }
    } else if let Some(module) = body.strip_prefix("module ") {
        change("main module required", format!("{line}require {module} v1.0.0\n"));
        change("main module replaced", format!("{line}replace {module} => ./other\n"));
        change("main module named like a dependency", "module example.com/dep\n".to_owned());
    } else if body.starts_with("\t./") {
        change("used twice", format!("{line}\t./b\n"));
        change("a missing directory used", format!("{line}\t./missing\n"));
        change("a dependency used", format!("{line}\t./local\n"));
    }
    all
}
