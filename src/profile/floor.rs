//! What no project may go below.
//!
//! A floor of the command line (or of GO_OFFLINE_FLOOR, which hands it to children) holds against
//! everything. One in the user's own file holds against everything but what the same user says on
//! the command line or in a variable.

use super::chain::Layers;
use super::config::Floor;
use super::goenv::Origin;
use super::policy::{Isolation, Network, UnixSockets, Verify};
use super::select::{Choice, SelectError};
use super::user_env::Environ;

/// The variable that hands a floor to children.
pub(super) const NAME: &str = "GO_OFFLINE_FLOOR";

/// A floor and where it was laid.
type Laid = (Floor, Origin);

/// The floors in force.
pub(super) struct Floors {
    strict: Vec<Laid>,
    of_user: Option<Laid>,
}

/// The bounds of one value.
pub(super) struct Bounds<T> {
    strict: Option<(T, Origin)>,
    of_user: Option<(T, Origin)>,
}

impl Floors {
    pub(super) fn new(
        choice: &Choice,
        layers: Layers<'_>,
        environ: &Environ,
    ) -> Result<Floors, SelectError> {
        let mut strict = Vec::new();
        if let Some(floor) = choice.floor {
            strict.push((floor, Origin::CommandLine));
        }
        if let Some(value) = environ.get(NAME) {
            let floor = Floor::parse(&value.to_string_lossy())
                .map_err(|reason| SelectError::BadVariable { name: NAME, reason })?;
            strict.push((floor, Origin::Variable(NAME)));
        }
        let of_user = layers.user.and_then(|config| {
            let floor = config.floor.as_ref()?;
            Some((floor.value, super::chain::origin_of(config, floor)))
        });
        Ok(Floors { strict, of_user })
    }

    /// Whether there is any.
    pub(super) fn any(&self) -> bool {
        !self.strict.is_empty() || self.of_user.is_some()
    }

    /// Whether a choice is the user's own word, which the floor in the user's file does not bind.
    pub(super) fn is_exempt(&self, origin: &Origin, by_project: bool) -> bool {
        !by_project && matches!(origin, Origin::CommandLine | Origin::Variable(_))
    }

    /// Whether some floor keeps a project from opening the network.
    pub(super) fn shut_the_network(&self) -> bool {
        let bounds = self.network();
        [&bounds.strict, &bounds.of_user]
            .into_iter()
            .flatten()
            .any(|(bound, _)| *bound > Network::Allow)
    }

    pub(super) fn network(&self) -> Bounds<Network> {
        self.bounds(|floor| floor.network)
    }

    pub(super) fn verify(&self) -> Bounds<Verify> {
        self.bounds(|floor| floor.verify)
    }

    pub(super) fn isolation(&self) -> Bounds<Isolation> {
        self.bounds(|floor| floor.isolation)
    }

    pub(super) fn unix_sockets(&self) -> Bounds<UnixSockets> {
        self.bounds(|floor| floor.unix_sockets)
    }

    fn bounds<T: Ord>(&self, of: impl Fn(&Floor) -> Option<T>) -> Bounds<T> {
        let bound = |(floor, origin): &Laid| Some((of(floor)?, origin.clone()));
        let strict = self.strict.iter().filter_map(bound).max_by(|a, b| a.0.cmp(&b.0));
        Bounds { strict, of_user: self.of_user.as_ref().and_then(bound) }
    }
}

impl<T: Ord + Copy> Bounds<T> {
    /// With a bound more that the user's own file lays.
    pub(super) fn and_of_user(mut self, bound: Option<(T, Origin)>) -> Bounds<T> {
        // Of two that are equal the floor is named: it holds for every profile.
        self.of_user = bound.into_iter().chain(self.of_user).max_by(|a, b| a.0.cmp(&b.0));
        self
    }

    /// Of both the higher ones; of two that are equal those of `self`.
    pub(super) fn and(self, other: Bounds<T>) -> Bounds<T> {
        let higher = |one: Option<(T, Origin)>, other: Option<(T, Origin)>| {
            other.into_iter().chain(one).max_by(|a, b| a.0.cmp(&b.0))
        };
        Bounds {
            strict: higher(self.strict, other.strict),
            of_user: higher(self.of_user, other.of_user),
        }
    }

    /// Bounds of another value, which is at least this one where a bound of ours is so.
    pub(super) fn calls_for<U: Copy>(self, least: U, is_so: impl Fn(T) -> bool) -> Bounds<U> {
        let of = |bound: Option<(T, Origin)>| {
            bound.filter(|(bound, _)| is_so(*bound)).map(|(_, origin)| (least, origin))
        };
        Bounds { strict: of(self.strict), of_user: of(self.of_user) }
    }

    /// The bound that a value is below, if there is one.
    pub(super) fn holds(&self, value: T, is_exempt: bool) -> Option<(T, Origin)> {
        let of_user = self.of_user.iter().filter(|_| !is_exempt);
        let bound = self.strict.iter().chain(of_user).max_by(|a, b| a.0.cmp(&b.0))?;
        (value < bound.0).then(|| bound.clone())
    }
}
