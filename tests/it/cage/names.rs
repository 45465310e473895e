//! Names that are looked up, by Go's resolver and by the C library's.

use super::drive::drive;
use super::row::Row;

const SERVER: &str = "nameserver 198.51.100.7\n";

pub(super) fn lookup(name: &'static str, program: &str) -> Row {
    Row::new(name, &format!("{program} {{marks}} lookup peer.example"))
        .resolv_conf(SERVER)
        .heard("dns udp peer.example")
        .reports("dns", "peer.example")
}

#[test]
pub(super) fn by_udp() {
    drive(&[
        lookup("go lookup", "{go}"),
        lookup("go 386 lookup", "{go-386}"),
        lookup("go cgo lookup", "{go-cgo}"),
        lookup("c lookup", "{c}"),
        lookup("python lookup", "python3 {python}"),
        lookup("c lookup, server by IPv6", "{c}").resolv_conf("nameserver 2001:db8::7\n"),
        lookup("go lookup, server by IPv6", "{go}").resolv_conf("nameserver 2001:db8::7\n"),
    ]);
}

#[test]
pub(super) fn by_tcp() {
    let tcp = |name, program| {
        Row::new(name, &format!("{program} {{marks}} lookup peer.example"))
            .resolv_conf("nameserver 198.51.100.7\noptions use-vc\n")
            .heard("dns tcp peer.example")
            .reports("dns", "peer.example")
    };
    drive(&[tcp("go lookup by tcp", "{go}"), tcp("c lookup by tcp", "{c}")]);
}

/// A name server that is not in resolv.conf is an address like any other.
#[test]
pub(super) fn of_another_server() {
    drive(&[Row::new("another server", "{c} {marks} udp 198.51.100.200 53")
        .sends("udp 198.51.100.200:53")
        .reports("udp", "198.51.100.200:53")]);
}

/// The C library asks a name service by a socket of the file system first, where there is one; it
/// is refused, so that the name is seen.
#[test]
pub(super) fn by_a_name_service() {
    let listens = "mount -t tmpfs none /run; mkdir /run/nscd; chmod 755 /run; \
        mount --bind {world}/resolv.conf /etc/resolv.conf; \
        {c} {marks} unix-serve /run/nscd/socket {world}/came_{dir} > /dev/null 2>&1 & \
        until [ -w /run/nscd/socket ]; do sleep 0.01; done";
    drive(&[Row::new("name service", "{c} {marks} lookup peer.example")
        .file("resolv.conf", SERVER)
        .mounts(listens)
        .lets_in()
        .reports("dns", "peer.example")
        .may_report("unix", "/var/run/nscd/socket")]);
}
