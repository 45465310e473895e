//! Which flags a go command takes, and whether they take a value.

use std::collections::HashMap;

const TABLE: &str = include_str!("flags.txt");

/// Every flag that some command takes, without dashes, each once.
pub fn flag_names() -> Vec<&'static str> {
    let rows = TABLE.lines().filter(|line| !line.starts_with('#'));
    let rows = rows.filter_map(|line| line.split_once(':'));
    let mut names: Vec<&str> = rows
        .flat_map(|(_, flags)| flags.split_whitespace())
        .map(|flag| flag.trim_end_matches('?'))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The flags of one command.
pub(super) struct FlagTable(HashMap<&'static str, bool>);

impl FlagTable {
    /// The table of a command such as `build` or `mod tidy`; empty for one that is not known.
    pub(super) fn of(command: &str) -> FlagTable {
        let rows = TABLE.lines().filter(|line| !line.starts_with('#'));
        let row = rows.filter_map(|line| line.split_once(':')).find(|(name, _)| *name == command);
        let flags = row.map_or("", |(_, flags)| flags).split_whitespace();
        FlagTable(flags.map(|flag| (flag.trim_end_matches('?'), flag.ends_with('?'))).collect())
    }

    /// Whether the flag takes a value from the next word; `None` if the flag is not known.
    pub(super) fn takes_value(&self, name: &str) -> Option<bool> {
        self.0.get(name).map(|boolean| !boolean)
    }
}

#[cfg(test)]
mod tests {
    use super::FlagTable;

    #[test]
    fn values_and_booleans_are_told_apart_by_command() {
        assert_eq!(FlagTable::of("build").takes_value("mod"), Some(true));
        assert_eq!(FlagTable::of("build").takes_value("race"), Some(false));
        assert_eq!(FlagTable::of("list").takes_value("f"), Some(true));
        assert_eq!(FlagTable::of("get").takes_value("f"), Some(false));
        assert_eq!(FlagTable::of("mod tidy").takes_value("compat"), Some(true));
        assert_eq!(FlagTable::of("build").takes_value("nonesuch"), None);
    }
}
