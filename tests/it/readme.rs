//! Everything that the README shows is run: its console blocks in a copy of the example project,
//! its set-up commands by `.ci/run`.

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The blocks of the README with the language given.
fn blocks(language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let opening = format!("```{language}\n");
    let parts = text.split(opening.as_str()).skip(1);
    parts.map(|part| part.split("```").next().unwrap().to_owned()).collect()
}

/// A fresh copy of the example project.
fn project() -> (tempfile::TempDir, PathBuf) {
    let temp = tempfile::tempdir().unwrap();
    let project = temp.path().join("project");
    let from = root().join("examples/quickstart/project");
    let status = Command::new("cp").arg("-r").arg(from).arg(&project).status().unwrap();
    assert!(status.success());
    (temp, project)
}

/// Runs the `$` lines of a block and writes the block anew with what they print.
fn play(block: &str, project: &Path) -> String {
    let bin = Path::new(env!("CARGO_BIN_EXE_go-offline")).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths(
        std::iter::once(bin.to_path_buf()).chain(std::env::split_paths(&path)),
    );
    let path = path.unwrap();
    // What this machine sets for go is not what the README is about.
    let of_go = std::env::vars_os().map(|(name, _)| name);
    let of_go: Vec<_> = of_go.filter(|name| name.to_string_lossy().starts_with("GO")).collect();
    let mut out = String::new();
    for command in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let mut bash = Command::new("bash");
        for name in &of_go {
            bash.env_remove(name);
        }
        let output = bash
            .args(["-c", &format!("{{ {command}\n}} 2>&1")])
            .current_dir(project)
            .env("PWD", project)
            .env("PATH", &path)
            .env("NO_COLOR", "1")
            // A test of the README must never reach for a real network.
            .env("GO_OFFLINE_ISOLATION", "require")
            .env("GOENV", project.join("no-such-file"))
            .output()
            .unwrap();
        out.push_str("$ ");
        out.push_str(command);
        out.push('\n');
        out.push_str(&String::from_utf8(output.stdout).unwrap());
        match output.status.code() {
            Some(0) => {}
            code => out.push_str(&format!("[exit code {}]\n", code.unwrap())),
        }
    }
    out
}

/// Times differ from run to run, and so do whether go had the result already, processes and
/// directories. The sessions run with a wall required, so what may use the network says otherwise.
fn without_times(text: &str) -> String {
    let text = text.replace("GO_OFFLINE_ISOLATION=off ", "");
    let line = |line: &str| match (line.rsplit_once('\t'), line.split_once(" pid ")) {
        (Some((before, time)), _) if time.ends_with('s') || time == "(cached)" => {
            format!("{before}\tTIME")
        }
        (_, Some((before, _))) if line.starts_with("  ") => format!("{before} PROCESS"),
        _ if line.starts_with("  in  ") => "  in  DIRECTORY".to_owned(),
        _ => line.trim_end().to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_readme_shows_what_happens() {
    let (_temp, project) = project();
    let blocks = blocks("console");
    assert!(blocks.len() >= 3, "the README shows only {} sessions", blocks.len());
    for block in blocks {
        let played = play(&block, &project);
        assert_eq!(without_times(&played), without_times(&block), "\n--- it is ---\n{played}");
    }
}

#[test]
fn what_the_readme_has_people_type_is_run_by_ci() {
    let ci = std::fs::read_to_string(root().join(".ci/run")).unwrap();
    let commands: Vec<String> =
        blocks("sh").iter().flat_map(|block| block.lines()).map(str::to_owned).collect();
    assert!(commands.len() >= 2, "{commands:?}");
    for command in commands {
        let command = command.split('#').next().unwrap().trim();
        assert!(ci.contains(command), ".ci/run does not run `{command}`");
    }
}

#[test]
fn the_quickstart_does_what_it_says() {
    let quickstart =
        Path::new(env!("CARGO_BIN_EXE_go-offline")).with_file_name("examples/quickstart");
    let output =
        Command::new(&quickstart).env("GOENV", "/dev/null").env_remove("GOFLAGS").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    for line in ["hello from v1.2", "[exit code 65]", "[exit code 77]"] {
        assert!(said.contains(line), "no `{line}` in\n{said}");
    }
}

#[test]
fn the_list_of_codes_is_the_one_in_the_program() {
    let output = Command::new(env!("CARGO_BIN_EXE_go-offline"))
        .args(["explain", "--markdown"])
        .output()
        .unwrap();
    let written = std::fs::read_to_string(root().join("docs/codes.md")).unwrap();
    let current = String::from_utf8(output.stdout).unwrap();
    assert_eq!(written, current, "run `go-offline explain --markdown > docs/codes.md`");
}
