//! The library itself, as root: there the wall can be prepared among the threads of the tests.

use super::caged::we_are_root;
use super::lab::Lab;
use super::probe::PORT;
use crate::skip::skipped;
use go_offline::guard::{self, Cage, Kind, Level, Policy};
use std::fs;
use std::net::TcpStream;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;

fn cage() -> Option<Cage> {
    if !we_are_root() {
        skipped("without root the wall cannot be prepared among threads");
        return None;
    }
    let wall = guard::prepare().expect("root has a wall");
    assert!(wall.weaker().is_none());
    let mut cage = wall.raise(Policy::default());
    assert_eq!(cage.ready().unwrap().level, Level::Netns);
    Some(cage)
}

fn network() -> PathBuf {
    fs::read_link("/proc/thread-self/ns/net").unwrap()
}

#[test]
fn work_is_inside_and_the_caller_outside() {
    let before = network();
    let Some(mut cage) = cage() else { return };
    cage.ready().unwrap();
    cage.ready().expect("asked again, the same answer");
    let (inside, record) = cage.run(network).unwrap();
    assert_ne!(inside, before);
    assert_eq!(network(), before);
    assert!(record.is_clean());
}

#[test]
fn attempts_of_this_process_are_counted() {
    let Some(lab) = Lab::open() else { return };
    let dial = || TcpStream::connect(("198.51.100.7", PORT)).is_ok();
    assert!(lab.inside(dial), "control");
    let (reached, record) = lab.inside(|| cage().expect("as root").run(dial).unwrap());
    assert!(!reached);
    let [attempt] = &record.attempts[..] else { panic!("{record:?}") };
    assert_eq!((attempt.kind, attempt.address.as_str()), (Kind::Tcp, "198.51.100.7:7777"));
    assert_eq!(attempt.process.pid, std::process::id());
    assert!(record.unattributed.is_empty() && !record.is_clean());
}

#[test]
fn a_panic_comes_back_to_the_caller() {
    let Some(cage) = cage() else { return };
    let payload =
        panic::catch_unwind(AssertUnwindSafe(|| cage.run(|| panic!("in the cage")))).unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"in the cage"));
}

#[test]
fn a_cage_that_is_not_used_is_no_trouble() {
    drop(cage());
}

#[test]
fn two_cages_are_two_networks() {
    let (Some(one), Some(two)) = (cage(), cage()) else {
        return;
    };
    assert_ne!(one.run(network).unwrap().0, two.run(network).unwrap().0);
}

#[test]
fn levels_have_names() {
    assert_eq!(Level::Netns.to_string(), "netns");
    assert_eq!(Level::NetnsUserns.to_string(), "netns+userns");
}
