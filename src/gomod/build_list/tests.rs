//! Small graphs.

use super::*;
use std::collections::BTreeMap;
use std::convert::Infallible;

/// The list and the go.mod files that were asked for.
fn select(mains: &[&str], work: Option<&str>, others: &[(&str, &str)]) -> (BuildList, Vec<String>) {
    let files: Vec<ModFile> = mains.iter().map(|text| ModFile::parse(text).unwrap()).collect();
    let files: Vec<&ModFile> = files.iter().collect();
    let work = work.map(|text| WorkFile::parse(text).unwrap());
    let rebase = |number: usize, path: &str| format!("../main{number}/{path}");
    let mains = MainModules { files: &files, work: work.as_ref(), rebase: &rebase };
    let mut asked = Vec::new();
    let list = build_list(mains, &mut |module: &ModuleVersion| {
        asked.push(module.to_string());
        let found = others.iter().find(|(name, _)| *name == module.to_string());
        Ok::<_, Infallible>(found.map(|(_, text)| (*text).to_owned()))
    });
    asked.sort_unstable();
    (list.unwrap(), asked)
}

fn lines(list: &BuildList) -> Vec<String> {
    list.modules.iter().map(ToString::to_string).collect()
}

/// Selects over a graph as in cmd/go/internal/mvs/mvs_test.go: `A: B1 C2` for a module that requires
/// B in version 1 and C in version 2; the first module is the main one.
fn mvs(graph: &str) -> String {
    let version = |name: &str| {
        let (path, version) = name.split_at(1);
        format!("x.y/{path} v1.{}.0", if version.is_empty() { "0" } else { version })
    };
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    let mut main = None;
    for line in graph.split([';', '\n']) {
        let (name, required) = line.trim().split_once(':').unwrap();
        let require: String = required
            .split_whitespace()
            .map(|name| format!("require {}\n", version(name)))
            .collect();
        let text = format!("module x.y/{}\n{require}", &name[..1]);
        main.get_or_insert_with(|| (name.to_owned(), text.clone()));
        texts.insert(version(name).replace(' ', "@"), text);
    }
    let (name, main) = main.unwrap();
    let others: Vec<(&str, &str)> =
        texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let (list, _) = select(&[&main], None, &others);
    let short = |selected: &Selected| {
        let path = selected.module.path.trim_start_matches("x.y/");
        let version = selected.module.version.trim_start_matches("v1.").trim_end_matches(".0");
        format!("{path}{}", if version == "0" { "" } else { version })
    };
    let rest: Vec<String> = list.modules[1..].iter().map(short).collect();
    format!("{name} {}", rest.join(" "))
}

#[test]
fn the_highest_of_the_required_versions_is_selected() {
    // cmd/go/internal/mvs/mvs_test.go, the `build` lines.
    let blog =
        "B1: D3;C1: D2;C2: D4;C3: D5;C4: G1;D2: E1;D3: E2;D4: E2 F1;D5: E2;G1: C4;E1:;E2:;F1:";
    assert_eq!(mvs(&format!("A: B1 C2;{blog}")), "A B1 C2 D4 E2 F1");
    assert_eq!(mvs(&format!("A2: B1 C4 D4;{blog}")), "A2 B1 C4 D4 E2 F1 G1");
    let cases = [
        ("A: B1 C2; B1: D3; C2: B2; B2:; D3:", "A B2 C2 D3"),
        ("A: B C; B: D1; C: D2; D1: E2; D2: E1; E1:; E2:", "A B C D2 E2"),
        ("A: B2 C D2 E1; B1:; B2: D1; C: D2; D1: E2; D2: E1; E1:; E2:", "A B2 C D2 E2"),
        ("A: B1 C; B1:; B2: D1; C: D2; D1: E2; D2: E1; E1:; E2:", "A B1 C D2 E1"),
        ("A: B C; B: D2; C: D1; D1: E2; D2: E1; E1:; E2:", "A B C D2 E2"),
        ("A: B D2 E1; B: D1 E2; D1: E2; D2: E1; E1:; E2:", "A B D2 E2"),
        ("A1: B1 D2; A2: B2 D2; B1: D1; B2: D2; D1: E2; D2: E1; E1:; E2:", "A1 B1 D2 E2"),
        ("A2: B2 D2; A1: B1 D2; B1: D1; B2: D2; D1: E2; D2: E1; E1:; E2:", "A2 B2 D2 E1"),
        ("A: B C; B: D1; C: E1; D1: E2; E1: D2; D2:; E2:", "A B C D2 E2"),
        ("M: A1 B1; A1: X1; B1: X2; X1: I1; X2:; I1:", "M A1 B1 I1 X2"),
        ("A: B1 C1; B1: C2; C1: D1; C2:; D1:", "A B1 C2 D1"),
        ("A: B2; B2: A1; A1: C1; C1:", "A B2 C1"),
    ];
    for (graph, want) in cases {
        assert_eq!(mvs(graph), want, "{graph}");
    }
}

#[test]
fn pruned_modules_are_not_followed() {
    let main = "module m.x/m\ngo 1.17\nrequire a.x/a v1.0.0\n";
    let others = [
        (
            "a.x/a@v1.0.0",
            "module a.x/a\ngo 1.17\nrequire b.x/b v1.1.0\nrequire c.x/c v1.0.0 // indirect\n",
        ),
        ("b.x/b@v1.1.0", "module b.x/b\ngo 1.17\nrequire d.x/d v1.0.0\n"),
    ];
    let (list, asked) = select(&[main], None, &others);
    assert_eq!(lines(&list), ["m.x/m", "a.x/a v1.0.0", "b.x/b v1.1.0", "c.x/c v1.0.0"]);
    assert_eq!(asked, ["a.x/a@v1.0.0"]);
    assert!(list.missing.is_empty() && list.raised.is_empty());
}

#[test]
fn modules_before_go_1_17_are_followed_to_the_end() {
    let main = "module m.x/m\ngo 1.17\nrequire a.x/a v1.0.0\n";
    let others = [
        ("a.x/a@v1.0.0", "module a.x/a\ngo 1.16\nrequire b.x/b v1.0.0\n"),
        ("b.x/b@v1.0.0", "module b.x/b\ngo 1.17\nrequire c.x/c v1.0.0\n"),
        ("c.x/c@v1.0.0", "module c.x/c\n"),
        ("d.x/d@v1.0.0", "module d.x/d\n"),
    ];
    // a is unpruned and lists too little; b is pruned, but required by it.
    let (list, asked) = select(&[main], None, &others);
    assert_eq!(lines(&list), ["m.x/m", "a.x/a v1.0.0", "b.x/b v1.0.0", "c.x/c v1.0.0"]);
    assert_eq!(asked, ["a.x/a@v1.0.0", "b.x/b@v1.0.0", "c.x/c@v1.0.0"]);
}

#[test]
fn an_old_main_module_is_followed_to_the_end() {
    for go in ["", "go 1.16\n"] {
        let main = format!("module m.x/m\n{go}require a.x/a v1.0.0\n");
        let others = [
            ("a.x/a@v1.0.0", "module a.x/a\ngo 1.25\nrequire b.x/b v1.0.0\n"),
            ("b.x/b@v1.0.0", "module b.x/b\ngo 1.25\nrequire c.x/c v1.0.0\n"),
            ("c.x/c@v1.0.0", "module c.x/c\n"),
        ];
        let (list, _) = select(&[&main], None, &others);
        assert_eq!(lines(&list), ["m.x/m", "a.x/a v1.0.0", "b.x/b v1.0.0", "c.x/c v1.0.0"]);
    }
}

#[test]
fn excluded_versions_are_required_by_nobody() {
    let main = "module m.x/m\nrequire (\n\ta.x/a v1.0.0\n\tb.x/b v1.3.0\n)\n\
                exclude (\n\tb.x/b v1.2.0\n\tb.x/b v1.3.0\n)\n";
    let others = [
        (
            "a.x/a@v1.0.0",
            "module a.x/a\nrequire b.x/b v1.2.0\nrequire c.x/c v1.0.0\nexclude d.x/d v1.0.0\n",
        ),
        ("c.x/c@v1.0.0", "module c.x/c\nrequire b.x/b v1.1.0\nrequire d.x/d v1.0.0\n"),
        ("b.x/b@v1.1.0", "module b.x/b\n"),
        ("d.x/d@v1.0.0", "module d.x/d\nretract v1.0.0\n"),
    ];
    let (list, _) = select(&[main], None, &others);
    assert_eq!(
        lines(&list),
        ["m.x/m", "a.x/a v1.0.0", "b.x/b v1.1.0", "c.x/c v1.0.0", "d.x/d v1.0.0"]
    );
}

#[test]
fn the_go_mod_of_a_replacement_counts() {
    let main = "module m.x/m\nrequire (\n\ta.x/a v1.0.0\n\tb.x/b v1.0.0\n\tc.x/c v1.0.0\n)\n\
                replace a.x/a => f.x/fork v1.9.0\nreplace b.x/b v1.0.0 => ../b\n\
                replace c.x/c v1.1.0 => ./no\nreplace m.x/m => ./no\n";
    let others = [
        ("f.x/fork@v1.9.0", "module a.x/a\nrequire d.x/d v1.0.0\nreplace d.x/d => ./no\n"),
        ("../b", "module any.name\nrequire a.x/a v1.1.0\n"),
        ("c.x/c@v1.0.0", "module c.x/c\n"),
        ("d.x/d@v1.0.0", "module d.x/d\n"),
    ];
    let (list, asked) = select(&[main], None, &others);
    assert_eq!(
        lines(&list),
        [
            "m.x/m",
            "a.x/a v1.1.0 => f.x/fork v1.9.0",
            "b.x/b v1.0.0 => ../b",
            "c.x/c v1.0.0",
            "d.x/d v1.0.0"
        ]
    );
    let raised = [(ModuleVersion::new("a.x/a", "v1.0.0"), "v1.1.0".to_owned())];
    assert_eq!(list.raised, raised);
    // Both versions of a.x/a are the same fork.
    assert_eq!(asked.iter().filter(|name| *name == "f.x/fork@v1.9.0").count(), 2);
}

#[test]
fn a_go_line_has_to_be_as_high_as_those_of_the_dependencies() {
    let others = [
        ("a.x/a@v1.0.0", "module a.x/a\ngo 1.25.1\n"),
        ("b.x/b@v1.0.0", "module b.x/b\ngo 1.20\n"),
    ];
    let raised = |go: &str| {
        let main = format!("module m.x/m\n{go}require a.x/a v1.0.0\nrequire b.x/b v1.0.0\n");
        select(&[&main], None, &others).0.raised
    };
    assert_eq!(raised("go 1.25\n"), [(ModuleVersion::new("go", "1.25"), "1.25.1".to_owned())]);
    assert_eq!(raised(""), [(ModuleVersion::new("go", "1.16"), "1.25.1".to_owned())]);
    assert_eq!(raised("go 1.26\n"), []);
}

#[test]
fn what_is_not_at_hand_is_told() {
    let main = "module m.x/m\nrequire (\n\ta.x/a v1.0.0\n\tb.x/b v1.0.0\n\tc.x/c v1.0.0\n\td.x/d v1.0.0\n)\n\
                replace b.x/b => ../b\n";
    let others = [
        ("c.x/c@v1.0.0", "module other.x/c\nrequire z.x/z v1.0.0\n"),
        ("d.x/d@v1.0.0", "module d.x/d\nrequire e.x/e one two\n"),
    ];
    let (list, _) = select(&[main], None, &others);
    assert_eq!(list.modules.len(), 5);
    assert_eq!(
        list.missing,
        [ModuleVersion::new("../b", ""), ModuleVersion::new("a.x/a", "v1.0.0")]
    );
    let refused: Vec<String> =
        list.refused.iter().map(|(module, why)| format!("{module}: {why}")).collect();
    assert_eq!(
        refused[0],
        "c.x/c@v1.0.0: module declares its path as other.x/c but was required as c.x/c"
    );
    assert!(refused[1].starts_with("d.x/d@v1.0.0: parsing go.mod: "), "{refused:?}");
}

#[test]
fn a_failure_to_read_ends_it() {
    let main = ModFile::parse("module m.x/m\nrequire a.x/a v1.0.0\n").unwrap();
    let mains = MainModules { files: &[&main], work: None, rebase: &|_, path| path.to_owned() };
    assert_eq!(build_list(mains, &mut |_| Err("broken")), Err("broken"));
}

#[test]
fn a_version_of_the_main_module_is_followed_but_not_selected() {
    let main = "module m.x/m\nrequire a.x/a v1.0.0\n";
    let others = [
        ("a.x/a@v1.0.0", "module a.x/a\nrequire m.x/m v1.5.0\n"),
        ("m.x/m@v1.5.0", "module m.x/m\nrequire b.x/b v1.0.0\n"),
        ("b.x/b@v1.0.0", "module b.x/b\n"),
    ];
    let (list, _) = select(&[main], None, &others);
    assert_eq!(lines(&list), ["m.x/m", "a.x/a v1.0.0", "b.x/b v1.0.0"]);
}

#[test]
fn the_modules_of_a_workspace_are_one_root_each() {
    let work = "go 1.25\nuse (\n\t./z\n\t./a\n)\nreplace c.x/c => ./c\n";
    let z =
        "module z.x/z\ngo 1.25\nrequire a.x/a v1.0.0\nrequire b.x/b v1.0.0\nreplace b.x/b => ./b\n";
    let a = "module a.x/a\ngo 1.25\nrequire c.x/c v1.0.0\nreplace c.x/c => ./no\nexclude d.x/d v1.0.0\n";
    let others = [
        ("a.x/a@v1.0.0", "module a.x/a\ngo 1.25\n"),
        ("../main0/./b", "module b.x/b\ngo 1.25\nrequire d.x/d v1.0.0\nrequire e.x/e v1.0.0\n"),
        ("./c", "module c.x/c\ngo 1.25\n"),
    ];
    let (list, _) = select(&[z, a], Some(work), &others);
    assert_eq!(
        lines(&list),
        ["a.x/a", "z.x/z", "b.x/b v1.0.0 => ../main0/./b", "c.x/c v1.0.0 => ./c", "e.x/e v1.0.0"]
    );
    assert!(list.missing.is_empty(), "{:?}", list.missing);
}

/// cmd/go/testdata/script/work_prune.txt and its kin: what a workspace's module needs of a module
/// is told by the selected version of it.
#[test]
fn in_a_workspace_the_selected_versions_are_read() {
    let work = "go 1.25\nuse ./p\nuse ./q\n";
    let p = "module p.x/p\ngo 1.25\nrequire a.x/a v1.0.0\nrequire b.x/b v1.0.0 // indirect\n";
    let q = "module q.x/q\ngo 1.25\nrequire b.x/b v1.1.0\n";
    let others = [
        ("a.x/a@v1.0.0", "module a.x/a\ngo 1.25\nrequire b.x/b v1.0.0\n"),
        ("b.x/b@v1.0.0", "module b.x/b\ngo 1.25\n"),
        ("b.x/b@v1.1.0", "module b.x/b\ngo 1.25\nrequire c.x/c v1.0.0\n"),
        ("c.x/c@v1.0.0", "module c.x/c\ngo 1.25\nrequire d.x/d v1.0.0\n"),
        ("d.x/d@v1.0.0", "module d.x/d\ngo 1.25\n"),
    ];
    let (list, _) = select(&[p, q], Some(work), &others);
    let want = ["p.x/p", "q.x/q", "a.x/a v1.0.0", "b.x/b v1.1.0", "c.x/c v1.0.0", "d.x/d v1.0.0"];
    assert_eq!(lines(&list), want);
}
