//! Doors in the wall: `allow`, `publish` and `run-network`. They count only where the network is cut,
//! and a floor that keeps it shut keeps a project's doors shut as well.

use super::chain::{Chain, Link, origin_of};
use super::floor::Bounds;
use super::goenv::Origin;
use super::policy::{Isolation, Network, RunNetwork};
use super::resolved::{Choices, Decision, Held, Loosened};
use crate::gomod::Spanned;

/// What is let through the wall.
pub(super) struct Doors {
    pub(super) allow: Vec<String>,
    pub(super) publish: Vec<String>,
    pub(super) run_network: RunNetwork,
}

/// The doors of a profile whose network is this.
pub(super) fn doors(
    chain: &Chain<'_>,
    network: Network,
    floor: &Bounds<Network>,
    isolation: &Bounds<Isolation>,
    choices: &mut Choices,
) -> Doors {
    // Where nothing is cut there is nothing to let through.
    if network == Network::Allow {
        return Doors { allow: Vec::new(), publish: Vec::new(), run_network: RunNetwork::Deny };
    }
    let held = |by_project: bool| floor.holds(Network::Allow, !by_project).map(|(_, floor)| floor);
    let mut decide = Decide { chain, held: &held, choices };
    let allow = decide.door("allow", |link| link.table.allow.as_ref());
    let publish = decide.door("publish", |link| link.table.publish.as_ref());
    // Outside there is no wall at all, which a floor may require.
    let unwalled = |by_project: bool| {
        let bound = isolation.holds(Isolation::Prefer, !by_project);
        held(by_project).or(bound.map(|(_, floor)| floor))
    };
    let mut decide = Decide { chain, held: &unwalled, choices: decide.choices };
    let run_network = decide.door("run-network", |link| link.table.run_network.as_ref());
    Doors { allow, publish, run_network }
}

/// The value of such a key.
trait Door: Clone + PartialEq {
    /// Nothing is let through.
    const SHUT: Self;

    /// As it is shown.
    fn text(&self) -> String;
}

impl Door for Vec<String> {
    const SHUT: Vec<String> = Vec::new();

    fn text(&self) -> String {
        if self.is_empty() { "none".to_owned() } else { self.join(" ") }
    }
}

impl Door for RunNetwork {
    const SHUT: RunNetwork = RunNetwork::Deny;

    fn text(&self) -> String {
        self.word().to_owned()
    }
}

struct Decide<'d, 'a> {
    chain: &'d Chain<'a>,
    /// The floor that shuts a door, of a project's or of the user's own.
    held: &'d dyn Fn(bool) -> Option<Origin>,
    choices: &'d mut Choices,
}

impl<'a> Decide<'_, 'a> {
    /// The value of the nearest table that has the key, unless a floor holds it.
    fn door<T: Door + 'a>(
        &mut self,
        key: &'static str,
        of_table: impl Fn(&Link<'a>) -> Option<&'a Spanned<T>>,
    ) -> T {
        let chain = self.chain;
        let mut words = chain.links.iter().filter_map(|link| Some((link, of_table(link)?)));
        let Some((link, word)) = words.next() else { return T::SHUT };
        let origin = origin_of(link.config, word);
        // A profile of the user's that a project has chosen is the project's word.
        let by_project = link.is_of_project() || chain.by_project;
        let mut decision = Decision::plain(key, &word.value.text(), origin.clone());
        decision.by_project = by_project;
        decision.lost =
            words.map(|(link, word)| (word.value.text(), origin_of(link.config, word))).collect();
        let value = match self.hold(&mut decision, &word.value, by_project) {
            true => T::SHUT,
            false => word.value.clone(),
        };
        if value != T::SHUT {
            let what = format!("{key} = {}", value.text());
            self.choices.loosened.push(Loosened { what, origin });
        }
        self.choices.decisions.push(decision);
        value
    }

    /// Whether a floor shuts this door; says so if it does.
    fn hold<T: Door>(&mut self, decision: &mut Decision, value: &T, by_project: bool) -> bool {
        let floor = (self.held)(by_project).filter(|_| *value != T::SHUT);
        let Some(floor) = floor else { return false };
        let instead = T::SHUT.text();
        let origin: Origin = std::mem::replace(&mut decision.origin, floor.clone());
        let wanted = std::mem::replace(&mut decision.value, instead.clone());
        decision.lost.insert(0, (wanted.clone(), origin.clone()));
        let what = format!("{} = {wanted}", decision.key);
        self.choices.held.push(Held { what, origin, instead, floor });
        true
    }
}
