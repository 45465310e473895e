//! Thousands of findings, for people to read.

use super::finding::{Finding, Level, first_few};
use std::collections::{BTreeSet, HashMap};

/// Findings of one code and level, and of them of one module, before the rest is only counted: a tree
/// that was changed as a whole has thousands, and the first few say what happened.
const MOST: usize = 40;
const MOST_OF_MODULE: usize = 10;
/// Modules named where they are counted.
const NAMED: usize = 8;

/// Keeps the first findings of each code and module, and counts the others in the place of the first
/// of them. Whoever adds findings up, or passes them on to a program, takes them all.
pub fn few(findings: &[Finding]) -> Vec<Finding> {
    let mut of_code: HashMap<(&str, Level), Group> = HashMap::new();
    let mut kept: Vec<Finding> = Vec::new();
    for finding in findings {
        let group = of_code.entry((finding.code, finding.level)).or_default();
        if group.takes(finding) {
            kept.push(finding.clone());
            continue;
        }
        if group.more == 0 {
            group.speaker = kept.len();
            kept.push(finding.clone());
        }
        group.more += 1;
        group.modules.extend(finding.module.as_ref().map(module_name));
    }
    for group in of_code.into_values().filter(|group| group.more > 1) {
        let speaker = &mut kept[group.speaker];
        *speaker = group.in_short(speaker);
    }
    kept
}

/// Those of one code and level.
#[derive(Default)]
struct Group {
    kept: usize,
    of_module: HashMap<(String, String), usize>,
    more: usize,
    /// Where the first of the others stands.
    speaker: usize,
    modules: BTreeSet<String>,
}

impl Group {
    fn takes(&mut self, finding: &Finding) -> bool {
        let is_one_of_few = finding.module.as_ref().is_none_or(|module| {
            let count = self.of_module.entry(module.clone()).or_default();
            *count += 1;
            *count <= MOST_OF_MODULE
        });
        let takes = is_one_of_few && self.kept < MOST;
        self.kept += usize::from(takes);
        takes
    }

    /// One finding for all the others.
    fn in_short(&self, first: &Finding) -> Finding {
        let of = match self.modules.len() {
            0 => String::new(),
            1 => ", of 1 module".to_owned(),
            count => format!(", of {count} modules"),
        };
        let message = format!("and {} more like this{of}", self.more);
        let short = Finding { message, rows: Vec::new(), cause: String::new(), ..first.clone() };
        match self.modules.is_empty() {
            true => short,
            false => short.with_rows("modules", first_few(self.modules.iter().cloned(), NAMED)),
        }
    }
}

fn module_name((path, version): &(String, String)) -> String {
    if version.is_empty() { path.clone() } else { format!("{path}@{version}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(code: &'static str, module: &str, number: usize) -> Finding {
        let finding = Finding::new(code, Level::Deny, format!("{code} {number}"));
        if module.is_empty() { finding } else { finding.with_module(module, "v1.0.0") }
    }

    fn said(findings: &[Finding]) -> Vec<String> {
        few(findings).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn what_is_few_stays() {
        let all: Vec<Finding> = (0..MOST_OF_MODULE + 1).map(|i| finding("a", "m", i)).collect();
        assert_eq!(few(&all), all, "one more is as long as itself");
        let all: Vec<Finding> = (0..MOST + 1).map(|i| finding("a", "", i)).collect();
        assert_eq!(few(&all), all);
    }

    #[test]
    fn the_rest_is_counted_by_code() {
        let mut all: Vec<Finding> = (0..30).map(|i| finding("a", "m", i)).collect();
        all.insert(20, finding("b", "m", 0));
        all.push(finding("a", "n", 0));
        let said_of_these = said(&all);
        assert_eq!(said_of_these.len(), MOST_OF_MODULE + 3);
        assert_eq!(
            said_of_these[MOST_OF_MODULE..],
            ["and 20 more like this, of 1 module", "b 0", "a 0"]
        );
        let all: Vec<Finding> =
            (0..100).map(|i| finding("a", &format!("m{}", i % 50), i)).collect();
        let said_of_these = said(&all);
        assert_eq!(said_of_these.len(), MOST + 1);
        assert_eq!(said_of_these[MOST], "and 60 more like this, of 50 modules");
        let none: Vec<Finding> = (0..100).map(|i| finding("a", "", i)).collect();
        assert_eq!(said(&none)[MOST], "and 60 more like this");
    }
}
