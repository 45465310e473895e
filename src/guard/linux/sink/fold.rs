//! A resolver that does not find a name tries it with each domain of the search list as well. The
//! user wrote one name; these are the others, taken away again.
//!
//! In which order they are tried depends on `ndots`; that all of them are, does not, since none is
//! found here. So the option need not be known, which each process may set for itself anyway.

use super::ResolvConf;
use crate::guard::{Attempt, Kind};
use std::collections::HashMap;

/// Longer names are not asked.
const LONGEST_NAME: usize = 253;

/// Where in the list of attempts a process's question for a name stands.
type Index = HashMap<(u32, String), usize>;

impl ResolvConf {
    /// Counts `name.search-domain` as `name` where the same process asked both.
    pub(in super::super) fn fold_names(&self, attempts: &mut Vec<Attempt>) {
        if self.search().is_empty() {
            return;
        }
        let index = index(attempts);
        let into: Vec<_> = attempts.iter().map(|attempt| self.written(attempt, &index)).collect();
        for (at, target) in into.iter().enumerate() {
            // A target is shorter than what is folded into it, so this comes to an end.
            let Some(mut target) = *target else { continue };
            while let Some(next) = into[target] {
                target = next;
            }
            attempts[target].count = attempts[target].count.saturating_add(attempts[at].count);
        }
        let mut folded = into.iter().map(Option::is_some);
        attempts.retain(|_| folded.next() != Some(true));
    }

    /// Where the name stands of which `attempt` is a variant. `None` if it stands for itself.
    fn written(&self, attempt: &Attempt, index: &Index) -> Option<usize> {
        if attempt.kind != Kind::Dns || self.is_searched(attempt, index) {
            return None;
        }
        let without = |domain: &String| attempt.address.strip_suffix(domain)?.strip_suffix('.');
        let names = self.search().iter().filter_map(without);
        let found = names.filter_map(|name| {
            let at = index.get(&(attempt.process.pid, name.to_owned()))?;
            Some((name.len(), *at))
        });
        found.min().map(|(_, at)| at)
    }

    /// Whether the name was tried with every domain: then it is what was written, though it may end
    /// in a search domain itself.
    fn is_searched(&self, attempt: &Attempt, index: &Index) -> bool {
        let name = &attempt.address;
        let mut variants = self
            .search()
            .iter()
            .map(|domain| format!("{name}.{domain}"))
            .filter(|variant| variant.len() <= LONGEST_NAME)
            .peekable();
        let pid = attempt.process.pid;
        variants.peek().is_some() && variants.all(|variant| index.contains_key(&(pid, variant)))
    }
}

fn index(attempts: &[Attempt]) -> Index {
    let questions = attempts.iter().enumerate().filter(|(_, attempt)| attempt.kind == Kind::Dns);
    questions.map(|(at, attempt)| ((attempt.process.pid, attempt.address.clone()), at)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::{Nature, Process};
    use std::sync::Arc;

    const SEARCH: [&str; 3] = ["prod.svc.cluster.local", "svc.cluster.local", "corp.example"];

    fn attempt(pid: u32, kind: Kind, name: &str) -> Attempt {
        Attempt {
            kind,
            address: name.to_ascii_lowercase(),
            host: Some(name.to_owned()),
            call: "DNS A, DNS AAAA".to_owned(),
            process: Arc::new(Process { pid, ..Process::default() }),
            count: 2,
            nature: Nature::Outward,
            violation: true,
        }
    }

    fn asked(pid: u32, name: &str) -> Attempt {
        attempt(pid, Kind::Dns, name)
    }

    /// What glibc and Go ask for a name when nothing is found.
    fn tries(ndots: usize, name: &str) -> Vec<String> {
        let mut all: Vec<_> = SEARCH.iter().map(|domain| format!("{name}.{domain}")).collect();
        let first = name.matches('.').count() >= ndots;
        all.insert(if first { 0 } else { all.len() }, name.to_owned());
        all
    }

    fn fold(mut attempts: Vec<Attempt>) -> Vec<(u32, String, u64)> {
        ResolvConf::of(&format!("search {}\n", SEARCH.join(" "))).fold_names(&mut attempts);
        let one = |a: Attempt| (a.process.pid, a.host.unwrap_or(a.address), a.count);
        attempts.into_iter().map(one).collect()
    }

    #[test]
    fn the_name_stands_as_it_was_written() {
        for ndots in [1, 5] {
            for name in ["db", "Proxy.Example", "db.prod.svc.cluster.local", "a.b.c.d.e.f"] {
                let tried = tries(ndots, name).iter().map(|name| asked(7, name)).collect();
                assert_eq!(fold(tried), [(7, name.to_owned(), 8)], "ndots {ndots}");
            }
        }
    }

    #[test]
    fn two_written_names_both_stand_where_one_looks_like_a_variant_of_the_other() {
        for ndots in [1, 5] {
            for names in [["db", "db.corp.example"], ["db.corp.example", "db"]] {
                // The ledger lists each name once.
                let mut all: Vec<String> = Vec::new();
                for name in names.iter().flat_map(|name| tries(ndots, name)) {
                    if !all.contains(&name) {
                        all.push(name);
                    }
                }
                let mut left = fold(all.iter().map(|name| asked(7, name)).collect());
                left.sort();
                let left: Vec<_> = left.iter().map(|(_, name, _)| name.as_str()).collect();
                assert_eq!(left, ["db", "db.corp.example"], "ndots {ndots}");
            }
        }
    }

    #[test]
    fn what_was_asked_alone_stays() {
        let alone = || vec![asked(7, "db.corp.example"), asked(8, "db"), asked(7, "corp.example")];
        let one = |pid, name: &str| (pid, name.to_owned(), 2);
        let stay = [one(7, "db.corp.example"), one(8, "db"), one(7, "corp.example")];
        assert_eq!(fold(alone()), stay);
        let no_list = &mut alone();
        ResolvConf::of("").fold_names(no_list);
        assert_eq!(*no_list, alone());
    }

    #[test]
    fn a_domain_ends_at_a_dot_and_only_questions_are_folded() {
        let stay = vec![
            asked(7, "db"),
            asked(7, "dbcorp.example"),
            attempt(7, Kind::Unix, "db.corp.example"),
            asked(7, ".corp.example"),
        ];
        assert_eq!(fold(stay).len(), 4);
    }

    #[test]
    fn what_was_begun_only_is_folded_as_well() {
        let begun = vec![asked(7, "db.prod.svc.cluster.local"), asked(7, "db")];
        assert_eq!(fold(begun), [(7, "db".to_owned(), 4)]);
    }
}
