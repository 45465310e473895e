//! Sockets of the file system, and descriptors that are handed on.

use super::drive::drive;
use super::row::Row;

const PEER: &str = "198.51.100.7:4242";

#[test]
pub(super) fn of_somebody_outside() {
    drive(&[
        Row::new("outside socket", "{c} {marks} unix {world}/outside")
            .let_in("{world}/outside")
            .notes("unix", "{world}/outside")
            .works(),
        // The kernel has another such name in each network, and where there is one network it is known
        // who had the name before.
        Row::new("abstract socket", "{c} {marks} unix @{world}/outside")
            .let_in("@{world}/outside")
            .may_report("unix", "@{world}/outside")
            .answers("connect 111"),
        // So is loopback, where that somebody is not.
        Row::new("host loopback", "{c} {marks} tcp 127.0.0.1 {port}")
            .let_in("127.0.0.1:{port}")
            .notes("tcp", "127.0.0.1:{port}")
            .answers("connect 111"),
    ]);
}

#[test]
pub(super) fn of_somebody_outside_where_that_is_denied() {
    let settings = "default-profile = \"strict\"\n[profile.strict]\ninherits = \"vendor\"\nunix-sockets = \"deny\"\n";
    let denied = |name, words: &str, socket, address| {
        Row::new(name, &format!("{{c}} {{marks}} {words}"))
            .file("project/go-offline.toml", settings)
            .let_in(socket)
            .reports("unix", address)
    };
    let [one, two, three] = ["{world}/outside", "{world}/outside-2", "{world}/outside-3"];
    drive(&[
        denied("denied socket", "unix {world}/outside", one, one),
        denied("denied to the hidden", "unix-hidden {world}/outside-2", two, two)
            .bare(|row| row.forget_wants().reports("other", "(arguments that cannot be read*")),
        denied(
            "denied by descriptor",
            "unix-by-descriptor {world} outside-3",
            three,
            "/proc/self/fd/*",
        ),
    ]);
}

#[test]
pub(super) fn between_two_inside() {
    drive(&[
        Row::bash("inside socket", "{c} {marks} unix-between-two inside; rm inside")
            .says("heard dialled")
            .works(),
        Row::new("inside abstract socket", "{c} {marks} unix-between-two @go-offline-inside")
            .says("heard dialled")
            .works(),
        Row::new("passed descriptor", "{c} {marks} pass-descriptor 198.51.100.7 4242")
            .heard("tcp dialled")
            .reports("tcp", PEER),
    ]);
}

/// It was open before the guard was there, which does not hand it on. Nobody can be seen to try a
/// descriptor that is closed, so it is a note, and of the guard itself.
#[test]
pub(super) fn an_inherited_connection() {
    let script = "exec 5<> /dev/tcp/198.51.100.7/4242; {guard} bash -c 'echo dialled 2> /dev/null >&5; true'";
    drive(&[Row::bash("inherited", script)
        .heard("tcp dialled")
        .sends_before("tcp 198.51.100.7:4242")
        .notes("tcp", PEER)
        .by_one_like("go-offline")]);
}

/// Unix sockets that were open before: one end of a pair is as good as a pipe, a name is noted.
#[test]
pub(super) fn inherited_unix_sockets() {
    let pair = "one, other = socket.socketpair(); other.send(b'sent\\n')";
    let named = "one = socket.socket(socket.AF_UNIX); one.connect('{world}/outside')";
    let strict = "default-profile = \"strict\"\n[profile.strict]\ninherits = \"vendor\"\nunix-sockets = \"deny\"\n";
    let look = "readlink /proc/self/fd/5 > /dev/null && echo kept || echo closed";
    let denied = |name, open| {
        let row = as_descriptor_five(name, open, look).file("project/go-offline.toml", strict);
        row.says("kept").answers("closed")
    };
    drive(&[
        as_descriptor_five("inherited pair", pair, "head -c 5 <&5").says("sent").works(),
        as_descriptor_five("inherited unix socket", named, look)
            .let_in("{world}/outside")
            .says("kept")
            .notes("unix", "{world}/outside")
            .by_one_like("go-offline")
            .works(),
        denied("denied pair", pair),
        // The same listener as before.
        denied("denied inherited", named)
            .notes("unix", "{world}/outside")
            .by_one_like("go-offline"),
    ]);
}

/// Starts a guarded script with `one` of python's as descriptor 5.
fn as_descriptor_five(name: &'static str, open: &str, script: &str) -> Row {
    let program = format!(
        "import os, socket, sys; {open}; os.dup2(one.fileno(), 5); os.execvp(sys.argv[1], sys.argv[1:])"
    );
    let guarded = format!("{{guard}} bash -c '{script}'");
    let words = ["python3", "-c", &program, "bash", "-c", &guarded];
    Row { words: words.map(str::to_owned).to_vec(), ..Row::new(name, "") }
}
