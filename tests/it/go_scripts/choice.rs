//! Which of upstream's scripts are run, and what cannot pass with any wrapper.

use super::upstream::Script;

/// The scripts of every `cargo test`: vendoring, GOFLAGS, the environment, generators, programs
/// that are run, and PATH. Each takes less than a second or two.
pub(super) const SMALL: [&str; 40] = [
    "chdir",
    "env_changed",
    "env_exp",
    "env_issue46807",
    "env_sanitize",
    "env_unset",
    "env_write",
    "generate",
    "generate_bad_imports",
    "generate_env",
    "generate_goroot_PATH",
    "generate_invalid",
    "go_badcmd",
    "go_version",
    "goflags",
    "gotoolchain_path",
    "gotoolchain_version",
    "help",
    "mod_getmode_vendor",
    "mod_vendor",
    "mod_vendor_auto",
    "mod_vendor_build",
    "mod_vendor_embed",
    "mod_vendor_gomod",
    "mod_vendor_goversion",
    "mod_vendor_nodeps",
    "mod_vendor_redundant_requirement",
    "mod_vendor_replace",
    "mod_vendor_unused",
    "run_dirs",
    "run_goroot_PATH",
    "run_hello",
    "run_internal",
    "run_set_executable_name",
    "run_vendor",
    "run_wildcard",
    "test_flags",
    "vendor_outside_module",
    "work_disablevendor",
    "work_vendor_modules_txt_consistent",
];

/// Words of a script's commands, and why a script with one is not in the long set.
const UNFIT: [(&str, &str); 10] = [
    ("[net:", "needs a real host"),
    ("[!net:", "needs a real host"),
    ("GOCACHE=$WORK", "compiles the standard library into a cache of its own"),
    (" -a ", "compiles the standard library anew"),
    ("-race", "compiles the standard library for the race detector"),
    ("-msan", "compiles the standard library for the memory sanitizer"),
    ("-asan", "compiles the standard library for the address sanitizer"),
    ("-cover", "compiles the standard library for coverage"),
    ("-gcflags=all", "compiles the standard library with other flags"),
    ("-fuzz", "fuzzes for a time of its own choice"),
];

/// Scripts that no wrapper can pass, however it finds the real go.
const NO_WRAPPER: [(&str, &str); 1] = [(
    "list_goroot_symlink",
    "copies the go under test into a GOROOT and expects it to find that GOROOT by its own path; \
     a wrapper starts a go that lies elsewhere",
)];

/// Scripts after whose `env PATH=` no real go is on PATH any more, and nothing else names it.
const NO_GO_ON_PATH: [&str; 9] = [
    "build_buildvcs_auto",
    "generate_goroot_PATH",
    "gotoolchain_godebug_trace",
    "gotoolchain_issue66175",
    "gotoolchain_path",
    "mod_doc_path",
    "run_goroot_PATH",
    "test_buildvcs",
    "test_goroot_PATH",
];

/// The scripts that cannot pass, with the reason.
pub(super) fn cannot_pass(by_path: bool) -> Vec<(&'static str, &'static str)> {
    let more: &[&str] = if by_path { &NO_GO_ON_PATH } else { &[] };
    let reason = "leaves no go on PATH, and starts the wrapper by its own path";
    NO_WRAPPER.into_iter().chain(more.iter().map(|name| (*name, reason))).collect()
}

/// The long set: every script without a reason against it.
pub(super) fn long(scripts: &[Script]) -> Vec<&str> {
    let fit = scripts.iter().filter(|script| unfit(script).is_none());
    fit.map(|script| script.name.as_str()).collect()
}

/// How many scripts are left out, reason by reason.
pub(super) fn left_out(scripts: &[Script]) -> Vec<(&'static str, usize)> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for reason in scripts.iter().filter_map(unfit) {
        match counts.iter_mut().find(|(counted, _)| *counted == reason) {
            Some((_, count)) => *count += 1,
            None => counts.push((reason, 1)),
        }
    }
    counts
}

/// The scripts that empty or replace PATH: there a wrapper has to know its real go otherwise.
pub(super) fn path_changing(scripts: &[Script]) -> Vec<&str> {
    let changing = scripts.iter().filter(|script| {
        commands(script).any(|line| line.contains("env PATH=") || line.contains("env path="))
    });
    changing.map(|script| script.name.as_str()).collect()
}

fn unfit(script: &Script) -> Option<&'static str> {
    let found = UNFIT.iter().find(|(word, _)| commands(script).any(|line| line.contains(word)));
    found.map(|(_, reason)| *reason)
}

/// The lines of a script that are neither comments nor its files.
fn commands(script: &Script) -> impl Iterator<Item = &str> {
    let lines = script.text.lines().take_while(|line| !line.starts_with("-- "));
    lines.map(str::trim).filter(|line| !line.starts_with('#'))
}

#[test]
fn a_script_is_chosen_by_its_commands() {
    let script = |text: &str| Script { name: "s".to_owned(), text: text.to_owned() };
    let chosen = script("# go build -race\ngo build\n-- x.sh --\ngo test -race\nenv PATH=\n");
    assert_eq!(unfit(&chosen), None);
    assert!(path_changing(&[chosen]).is_empty());
    assert_eq!(unfit(&script("[!net:golang.org] skip\ngo build\n")), Some("needs a real host"));
    let scripts = [script("go test -race\n"), script("[!GOOS:plan9] env PATH=\n")];
    assert_eq!(long(&scripts).len(), 1);
    assert_eq!(left_out(&scripts).len(), 1);
    assert_eq!(path_changing(&scripts).len(), 1);
}
