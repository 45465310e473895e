//! Every call that leads out, from C.

use super::drive::drive;
use super::row::{End, Row};

const PEER: &str = "198.51.100.7:4242";
const PEER6: &str = "[2001:db8::7]:4242";
/// Where the kernel lets nobody read the memory of a process but the namespace's own root.
const UNREADABLE: &str = "(arguments that cannot be read*";

fn dial(name: &'static str, words: &str) -> Row {
    Row::new(name, &format!("{{c}} {{marks}} {words}"))
}

#[test]
pub(super) fn internet() {
    drive(&[
        dial("tcp 4", "tcp 198.51.100.7 4242")
            .heard("tcp dialled")
            .reports("tcp", PEER)
            .answers("connect 101"),
        dial("tcp 6", "tcp 2001:db8::7 4242")
            .heard("tcp dialled")
            .reports("tcp", PEER6)
            .answers("connect 101"),
        dial("tcp mapped", "tcp-mapped 198.51.100.7 4242")
            .heard("tcp dialled")
            .reports("tcp", PEER)
            .answers("connect 101"),
        dial("tcp by the default route", "tcp 198.51.100.200 4242")
            .heard("tcp dialled")
            .reports("tcp", "198.51.100.200:4242"),
        dial("tcp multipath", "tcp-multipath 198.51.100.7 4242")
            .heard("tcp dialled")
            .or_lacks("socket 93")
            .reports("tcp", PEER),
        dial("udp 4", "udp 198.51.100.7 4242")
            .heard("udp dialled")
            .reports("udp", PEER)
            .answers("sendto 101"),
        dial("udp 6", "udp 2001:db8::7 4242")
            .heard("udp dialled")
            .reports("udp", PEER6)
            .answers("sendto 101"),
        dial("udp connect", "udp-connect 198.51.100.7 4242")
            .says("connect ok")
            .notes("udp", PEER)
            .answers("connect 101"),
        dial("sendmsg", "udp-sendmsg 198.51.100.7 4242")
            .heard("udp dialled")
            .reports("udp", PEER)
            .answers("sendmsg 101"),
        dial("sendmmsg", "udp-sendmmsg 198.51.100.7 4242")
            .heard("udp dialled")
            .reports("udp", PEER)
            .answers("sendmmsg 101"),
        dial("sendmmsg, second", "udp-sendmmsg-second 198.51.100.7 4242")
            .heard("udp dialled")
            .reports("udp", PEER),
        dial("sendmmsg, then unreadable", "udp-sendmmsg-then-unreadable 198.51.100.7 4242")
            .heard("udp dialled")
            .reports("udp", PEER),
        dial("tcp of a process that is not dumpable", "tcp-hidden 198.51.100.7 4242")
            .heard("tcp dialled")
            .reports("tcp", PEER)
            .answers("connect 101")
            .bare(|row| row.forget_wants().reports("other", UNREADABLE).answers("connect 1")),
        dial("fast open, sendto", "fastopen-sendto 198.51.100.7 4242")
            .heard("tcp dialled")
            .reports("tcp", PEER)
            .answers("sendto 101"),
        dial("fast open, sendmsg", "fastopen-sendmsg 198.51.100.7 4242")
            .heard("tcp dialled")
            .reports("tcp", PEER)
            .answers("sendmsg 101"),
        dial("fast open, connect", "fastopen-connect 198.51.100.7 4242")
            .heard("tcp dialled")
            .reports("tcp", PEER)
            .answers("connect 101"),
    ]);
}

/// Raw sockets, other families, and a way past the calls.
#[test]
pub(super) fn beside_the_internet() {
    drive(&[
        dial("raw", "raw 198.51.100.7")
            .sends("ip-253 198.51.100.7")
            .reports("other", "198.51.100.7*")
            .only_root(),
        dial("icmp", "icmp 198.51.100.7")
            .sends("icmp 198.51.100.7")
            .reports("other", "198.51.100.7*")
            .only_root(),
        dial("icmp, a name server", "icmp-with-port 198.51.100.7 53")
            .resolv_conf("nameserver 198.51.100.7\n")
            .sends("icmp 198.51.100.7")
            .reports("other", "198.51.100.7*")
            .only_root(),
        dial("packet", "packet cable").sends("ether-88b5").reports("other", "*").only_root(),
        dial("vsock", "vsock")
            .says("socket")
            .reports("other", "*")
            .answers("socket 97")
            // The container's own filter refuses it first.
            .bare(|row| row.forget_wants().answers("socket 1")),
        dial("uring", "uring 198.51.100.7 4242")
            .heard("tcp dialled")
            .or_lacks("io_uring_setup 1")
            .reports("other", "*")
            .answers("io_uring_setup 38"),
    ]);
}

/// The numbers of other binary interfaces for the same calls.
#[test]
pub(super) fn other_numbers() {
    drive(&[
        dial("int 80", "int80-connect 198.51.100.7 4242")
            .heard("tcp dialled")
            .or_lacks("connect 38")
            .reports("tcp", PEER)
            .answers("connect 101"),
        dial("int 80, socketcall", "int80-socketcall 198.51.100.7 4242")
            .heard("tcp dialled")
            .or_lacks("connect 38")
            .reports("tcp", PEER)
            .answers("connect 101"),
        dial("int 80, socketcall udp", "int80-socketcall-udp 198.51.100.7 4242")
            .heard("udp dialled")
            .or_lacks("connect 38")
            .reports("udp", PEER)
            .answers("sendto 101"),
        dial("x32", "x32 198.51.100.7 4242")
            .heard("tcp dialled")
            .or_lacks("connect 38")
            .reports("other", "*")
            .answers("connect 38"),
    ]);
}

#[test]
pub(super) fn quiet() {
    drive(&[
        dial("netlink", "interfaces").says("interfaces ok").works(),
        dial("loopback 4", "loopback 127.0.0.1").says("heard dialled").works(),
        dial("loopback 6", "loopback ::1").says("heard dialled").works(),
        dial("no descriptor", "tcp-no-descriptor 198.51.100.7 4242").says("connect 9").works(),
        dial("socket of another network", "tcp-socket-of-another-network 198.51.100.77 4242")
            .says("connect ok")
            .only_root()
            .notes("tcp", "198.51.100.77:4242")
            .works()
            .only_in_namespace(),
        Row::new("nothing", "true").works(),
        Row::bash("own code", "exit 5").ends(End::Code(5)).works(),
    ]);
}
