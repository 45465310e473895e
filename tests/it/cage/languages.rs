//! The same roads from programs in other languages, and from C linked statically.

use super::drive::drive;
use super::row::Row;

const PEER: &str = "198.51.100.7:4242";

pub(super) fn tcp(name: &'static str, program: &str) -> Row {
    Row::new(name, &format!("{program} {{marks}} tcp 198.51.100.7 4242"))
        .heard("tcp dialled")
        .reports("tcp", PEER)
}

#[test]
pub(super) fn go() {
    drive(&[
        tcp("go", "{go}"),
        tcp("go cgo", "{go-cgo}"),
        tcp("go 386", "{go-386}"),
        Row::new("go tcp 6", "{go} {marks} tcp 2001:db8::7 4242")
            .heard("tcp dialled")
            .reports("tcp", "[2001:db8::7]:4242"),
        Row::new("go udp", "{go} {marks} udp-send 198.51.100.7 4242")
            .heard("udp dialled")
            .reports("udp", PEER),
        Row::new("go 386 udp", "{go-386} {marks} udp-send 198.51.100.7 4242")
            .heard("udp dialled")
            .reports("udp", PEER),
        Row::new("go udp connect", "{go} {marks} udp 198.51.100.7 4242")
            .says("dial ok")
            .notes("udp", PEER),
        Row::new("go netlink", "{go} {marks} interfaces").says("interfaces true <nil>").works(),
        Row::new("go loopback", "{go} {marks} loopback 127.0.0.1").says("heard dialled").works(),
        Row::new("go loopback 6", "{go-386} {marks} loopback ::1").says("heard dialled").works(),
    ]);
}

#[test]
pub(super) fn others() {
    drive(&[
        tcp("static c", "{c-static}"),
        tcp("python", "python3 {python}"),
        Row::new("python udp", "python3 {python} {marks} udp 198.51.100.7 4242")
            .heard("udp dialled")
            .reports("udp", PEER),
        Row::bash(
            "bash tcp",
            "echo $$ >> {marks}; echo dialled 2> /dev/null > /dev/tcp/198.51.100.7/4242; true",
        )
        .heard("tcp dialled")
        .reports("tcp", PEER),
        Row::bash(
            "bash udp",
            "echo $$ >> {marks}; echo dialled 2> /dev/null > /dev/udp/198.51.100.7/4242; true",
        )
        .heard("udp dialled")
        .notes("udp", PEER),
    ]);
}
