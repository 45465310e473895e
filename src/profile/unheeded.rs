//! Keys that this version reads and does not act on: a policy that is there and does not count must
//! not be taken for one in force.

use super::chain::{Chain, origin_of};
use super::config::Config;
use super::goenv::Origin;
use super::policy::{Network, RunNetwork};
use super::resolved::Decision;
use crate::gomod::Spanned;

/// The keys, and what they say.
pub(super) fn unheeded(
    chain: &Chain<'_>,
    network: Network,
) -> (Vec<(&'static str, Origin)>, Vec<Decision>) {
    let mut found = Found::default();
    // Where nothing is cut there is nothing to let through.
    let is_cut = network != Network::Allow;
    for (key, list) in [
        ("allow", chain.nearest(|link| link.table.allow.as_ref())),
        ("publish", chain.nearest(|link| link.table.publish.as_ref())),
    ] {
        if let Some((link, list)) = list.filter(|(_, list)| !list.value.is_empty()) {
            found.add(key, link.config, list, &list.value.join(" "), is_cut);
        }
    }
    if let Some((link, word)) = chain.nearest(|link| link.table.run_network.as_ref()) {
        let asks = is_cut && word.value == RunNetwork::Allow;
        found.add("run-network", link.config, word, word.value.word(), asks);
    }
    (found.keys, found.decisions)
}

#[derive(Default)]
struct Found {
    keys: Vec<(&'static str, Origin)>,
    decisions: Vec<Decision>,
}

impl Found {
    /// Notes what a key says, and whether it asks for something that is not done.
    fn add<T>(
        &mut self,
        key: &'static str,
        config: &Config,
        at: &Spanned<T>,
        text: &str,
        asks: bool,
    ) {
        let origin = origin_of(config, at);
        if asks {
            self.keys.push((key, origin.clone()));
        }
        self.decisions.push(Decision::plain(key, text, origin));
    }
}
