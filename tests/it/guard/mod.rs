//! The guard, from outside: what a command can do bare it cannot do in the cage.
//!
//! Every address dialled is loopback or a host in a network namespace made here (see `lab`); what
//! must fail inside is first shown to work outside.

#[cfg(all(target_os = "linux", not(go_offline_stub)))]
pub(crate) mod linux;

#[cfg(not(all(target_os = "linux", not(go_offline_stub))))]
#[test]
fn the_stub_refuses_and_says_why() {
    let refusal = go_offline::guard::prepare().expect_err("there is no wall here");
    assert_eq!(refusal.to_string(), "cannot cut the network: no network namespaces on this system");
    assert_eq!(
        go_offline::guard::seal_descriptors(go_offline::guard::UnixSockets::Note)
            .expect("nothing to seal"),
        []
    );
}
