//! The matrix can fail: a row that is wrong in one thing does not pass.

use super::drive::drive;
use super::peer::Peer;
use super::row::{End, Row};
use std::panic::{AssertUnwindSafe, catch_unwind};

const PEER: &str = "198.51.100.7:4242";
const WORDS: &str = "{go} {marks} tcp 198.51.100.7 4242";

fn dial() -> Row {
    Row::new("dial", WORDS)
}

#[test]
fn a_wrong_row_is_noticed() {
    if Peer::open().is_none() {
        return; // which was said
    }
    let heard = || dial().heard("tcp dialled");
    drive(&[heard().reports("tcp", PEER)]);
    let quiet = Row::new("quiet", "{go} {marks} interfaces");
    for (what, row) in [
        ("the control hears something else", dial().heard("udp dialled").reports("tcp", PEER)),
        (
            "another packet in the control",
            dial().sends("udp 198.51.100.7:4242").reports("tcp", PEER),
        ),
        ("another end", heard().reports("tcp", PEER).ends(End::Code(1))),
        ("nothing is wanted", heard()),
        ("another kind", heard().reports("udp", PEER)),
        ("another address", heard().reports("tcp", "198.51.100.7:4243")),
        ("a note only", heard().notes("tcp", PEER)),
        ("another command line", heard().reports("tcp", PEER).by("{go} {marks}")),
        ("another answer", heard().reports("tcp", PEER).answers("dial ok")),
        ("it works as outside", heard().reports("tcp", PEER).works()),
        ("no attempt", quiet.clone().reports("tcp", PEER)),
        (
            "a process that left no mark",
            Row::bash("dial", "{go} {world}/others tcp 198.51.100.7 4242; true")
                .file("others", "")
                .reports("tcp", PEER)
                .by("{go} {world}/others tcp 198.51.100.7 4242"),
        ),
        (
            "it was sent before the guard stood",
            Row::bash("dial", &format!("{WORDS}; {{guard}} {WORDS}"))
                .reports("tcp", PEER)
                .by(WORDS),
        ),
    ] {
        let passed = catch_unwind(AssertUnwindSafe(|| drive(&[row]))).is_ok();
        assert!(!passed, "it passes: {what}");
    }
    drive(&[quiet.works()]);
}
