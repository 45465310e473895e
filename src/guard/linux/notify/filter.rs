//! The seccomp filter: which calls of the caged command are shown to the supervisor.
//!
//! It shows the calls that take an address, and the few that make a road which a network namespace
//! does not hold. All else is allowed at once, the most frequent calls first.

use std::collections::HashMap;

pub(super) const ARCH_X86_64: u32 = 0xC000_003E;
pub(super) const ARCH_I386: u32 = 0x4000_0003;
pub(super) const ARCH_AARCH64: u32 = 0xC000_00B7;

/// Of the number of a call in the x32 ABI of `x86_64`.
pub(super) const X32: u32 = 0x4000_0000;

const ALLOW: u32 = 0x7fff_0000; // SECCOMP_RET_ALLOW
const NOTIFY: u32 = 0x7fc0_0000; // SECCOMP_RET_USER_NOTIF
const ERROR: u32 = 0x0005_0000; // SECCOMP_RET_ERRNO

/// Address families that a network namespace holds, or that lead nowhere: they need not be shown.
/// In turn: unix, IPv4, IPv6, key, netlink, CAN, algorithm, KCM, XDP.
const HELD: [u32; 9] = [1, 2, 10, 15, 16, 29, 38, 41, 44];

/// Address families that stay on this machine without a namespace: unix, key, netlink, algorithm.
const OWN: [u32; 4] = [1, 15, 16, 38];

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Shown {
    /// In a network namespace: what leads out of it.
    InCage,
    /// On the machine's own network: every socket that could leave the machine as well, so that it is
    /// known what kind it is.
    OnMachine,
}

/// `struct seccomp_data { int nr; u32 arch; u64 instruction_pointer; u64 args[6]; }`
const NUMBER: u32 = 0;
const ARCH: u32 = 4;
/// The low half of an argument; both machines are little-endian.
const fn argument(index: u32) -> u32 {
    16 + 8 * index
}

/// A step of the program before jumps are counted.
#[derive(Clone, Copy)]
enum Step {
    Load(u32),
    Equals(u32, &'static str),
    AtLeast(u32, &'static str),
    Goto(&'static str),
    Return(u32),
    Label(&'static str),
}
use Step::{AtLeast, Equals, Goto, Label, Load, Return};

/// The program that shows calls.
pub(super) fn program(shown: Shown) -> Vec<libc::sock_filter> {
    let families: &[u32] = match shown {
        Shown::InCage => &HELD,
        Shown::OnMachine => &OWN,
    };
    let mut steps = by_machine();
    steps.extend([
        Label("x86_64"),
        Load(NUMBER),
        Equals(1, "allow"),   // write
        Equals(0, "allow"),   // read
        Equals(202, "allow"), // futex
        AtLeast(X32, "x32"),
        Equals(42, "notify"),  // connect
        Equals(44, "sendto"),  // sendto
        Equals(46, "notify"),  // sendmsg
        Equals(50, "notify"),  // listen
        Equals(307, "notify"), // sendmmsg
        Equals(425, "notify"), // io_uring_setup
        Equals(41, "socket"),  // socket
        Goto("allow"),
    ]);
    let x32 = [41, 42, 44, 46, 50, 307, 425, 518, 538].map(|number| Equals(X32 | number, "notify"));
    steps.push(Label("x32"));
    steps.extend(x32);
    steps.push(Goto("allow"));
    steps.extend([
        Label("aarch64"),
        Load(NUMBER),
        Equals(203, "notify"), // connect
        Equals(201, "notify"), // listen
        Equals(206, "sendto"), // sendto
        Equals(211, "notify"), // sendmsg
        Equals(269, "notify"), // sendmmsg
        Equals(425, "notify"), // io_uring_setup
        Equals(198, "socket"), // socket
        Goto("allow"),
        Label("i386"),
        Load(NUMBER),
        Equals(102, "socketcall"),
        Equals(362, "notify"), // connect
        Equals(363, "notify"), // listen
        Equals(369, "notify"), // sendto
        Equals(370, "notify"), // sendmsg
        Equals(345, "notify"), // sendmmsg
        Equals(425, "notify"), // io_uring_setup
        Equals(359, "socket"), // socket
        Goto("allow"),
        Label("socketcall"),
        Load(argument(0)),
        // The address family lies in memory, where a filter cannot look.
        Equals(1, "notify"),  // socket
        Equals(3, "notify"),  // connect
        Equals(4, "notify"),  // listen
        Equals(11, "notify"), // sendto
        Equals(16, "notify"), // sendmsg
        Equals(20, "notify"), // sendmmsg
        Goto("allow"),
        // Without an address it goes where the socket is connected to already.
        Label("sendto"),
        Load(argument(4)),
        Equals(0, "sendto, upper half"),
        Goto("notify"),
        Label("sendto, upper half"),
        Load(argument(4) + 4),
        Equals(0, "allow"),
        Goto("notify"),
        Label("socket"),
        Load(argument(0)),
    ]);
    steps.extend(families.iter().map(|family| Equals(*family, "allow")));
    steps.extend([Label("notify"), Return(NOTIFY), Label("allow"), Return(ALLOW)]);
    assemble(&steps)
}

/// The program that lets nobody have a socket which could leave this machine, and shows nothing.
pub(super) fn denying() -> Vec<libc::sock_filter> {
    // The x32 ABI has calls of its own, and next to no users.
    silent(&[AtLeast(X32, "none")], &[Equals(102, "socketcall")], &OWN)
}

/// The program for a network namespace in which calls are not watched: it refuses the address families
/// that the namespace does not hold. In a `socketcall` the family cannot be seen.
pub(super) fn beyond_namespace() -> Vec<libc::sock_filter> {
    const PACKET: u32 = 17; // it sees nothing but loopback there
    let x32 = [Equals(X32 | 41, "socket"), Equals(X32 | 425, "none")];
    silent(&x32, &[], &[&[PACKET], &HELD[..]].concat())
}

/// A program that shows nothing, and lets nobody have a socket but of these families: with its own steps
/// for x32 and for i386.
fn silent(x32: &[Step], i386: &[Step], families: &[u32]) -> Vec<libc::sock_filter> {
    let mut steps = by_machine();
    steps.extend([Label("x86_64"), Load(NUMBER)]);
    steps.extend(x32);
    steps.extend([
        Equals(41, "socket"),
        Goto("any machine"),
        Label("aarch64"),
        Load(NUMBER),
        Equals(198, "socket"),
        Goto("any machine"),
        Label("i386"),
        Load(NUMBER),
        Equals(359, "socket"),
    ]);
    steps.extend(i386);
    steps.extend([
        Label("any machine"),
        Equals(425, "none"), // io_uring_setup: a ring makes sockets without a call
        Return(ALLOW),
    ]);
    if !i386.is_empty() {
        // The address family lies in memory, where a filter cannot look.
        let socketcall = [Label("socketcall"), Load(argument(0)), Equals(1, "no family")];
        steps.extend(socketcall.into_iter().chain([Return(ALLOW)]));
    }
    steps.extend([Label("socket"), Load(argument(0))]);
    steps.extend(families.iter().map(|family| Equals(*family, "allow")));
    steps.extend([
        Label("no family"),
        Return(ERROR | libc::EAFNOSUPPORT as u32),
        Label("none"),
        Return(ERROR | libc::ENOSYS as u32),
        Label("allow"),
        Return(ALLOW),
    ]);
    assemble(&steps)
}

/// To the part for the machine that a call is of. An ABI that we cannot read may not run at all.
fn by_machine() -> Vec<Step> {
    vec![
        Load(ARCH),
        Equals(ARCH_X86_64, "x86_64"),
        Equals(ARCH_I386, "i386"),
        Equals(ARCH_AARCH64, "aarch64"),
        Return(ERROR | libc::ENOSYS as u32),
    ]
}

/// Counts the jumps.
fn assemble(steps: &[Step]) -> Vec<libc::sock_filter> {
    let mut labels = HashMap::new();
    let mut length = 0_u32;
    for step in steps {
        match step {
            Label(name) => drop(labels.insert(*name, length)),
            _ => length += 1,
        }
    }
    let mut program = Vec::with_capacity(length as usize);
    for step in steps {
        // Jumps lead forward, and are counted from the instruction behind them.
        let next = program.len() as u32 + 1;
        let far = |name: &str| labels[name] - next;
        let near = |name: &str| far(name) as u8; // a test below holds that it fits
        let instruction = |code, jt, k| libc::sock_filter { code, jt, jf: 0, k };
        program.push(match *step {
            Load(offset) => instruction(0x20, 0, offset), // BPF_LD | BPF_W | BPF_ABS
            Equals(value, to) => instruction(0x15, near(to), value), // BPF_JMP | BPF_JEQ | BPF_K
            AtLeast(value, to) => instruction(0x35, near(to), value), // BPF_JMP | BPF_JGE | BPF_K
            Goto(to) => instruction(0x05, 0, far(to)),    // BPF_JMP | BPF_JA
            Return(value) => instruction(0x06, 0, value), // BPF_RET | BPF_K
            Label(_) => continue,
        });
    }
    program
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the program as the kernel does.
    fn verdict(arch: u32, number: u32, arguments: [u64; 6]) -> u32 {
        run(&program(Shown::InCage), arch, number, arguments)
    }

    fn run(program: &[libc::sock_filter], arch: u32, number: u32, arguments: [u64; 6]) -> u32 {
        let mut data = Vec::new();
        data.extend(number.to_le_bytes());
        data.extend(arch.to_le_bytes());
        data.extend(0_u64.to_le_bytes());
        arguments.iter().for_each(|argument| data.extend(argument.to_le_bytes()));
        let (mut at, mut value) = (0, 0);
        for _ in 0..program.len() {
            let step = program[at];
            at += 1;
            match step.code {
                0x20 => {
                    let from = step.k as usize;
                    value = u32::from_le_bytes(data[from..from + 4].try_into().unwrap());
                }
                0x15 => at += usize::from(if value == step.k { step.jt } else { step.jf }),
                0x35 => at += usize::from(if value >= step.k { step.jt } else { step.jf }),
                0x05 => at += step.k as usize,
                0x06 => return step.k,
                code => panic!("{code:#x}"),
            }
        }
        panic!("no end")
    }

    #[test]
    fn every_jump_fits() {
        let all =
            [program(Shown::InCage), program(Shown::OnMachine), denying(), beyond_namespace()];
        for steps in all {
            assert!(steps.len() < 128, "{} steps: near jumps hold 255", steps.len());
        }
    }

    #[test]
    fn calls_with_an_address_are_shown() {
        let none = [0; 6];
        for (arch, numbers) in [
            (ARCH_X86_64, &[42, 46, 307, 425, X32 | 42, X32 | 518, X32 | 538, X32 | 41][..]),
            (ARCH_AARCH64, &[203, 211, 269, 425]),
            (ARCH_I386, &[362, 369, 370, 345, 425]),
        ] {
            for number in numbers {
                assert_eq!(verdict(arch, *number, none), NOTIFY, "{arch:#x} {number}");
            }
            for number in [3, 4, 5, 6, 1000] {
                assert_eq!(verdict(arch, number, none), ALLOW, "{arch:#x} {number}");
            }
        }
        for call in [1, 3, 11, 16, 20] {
            assert_eq!(verdict(ARCH_I386, 102, [call, 0, 0, 0, 0, 0]), NOTIFY);
        }
        assert_eq!(verdict(ARCH_I386, 102, [5, 0, 0, 0, 0, 0]), ALLOW, "accept");
    }

    #[test]
    fn sendto_is_shown_if_it_has_an_address() {
        for (arch, number) in [(ARCH_X86_64, 44), (ARCH_AARCH64, 206)] {
            for (address, wanted) in [(0, ALLOW), (1, NOTIFY), (1 << 32, NOTIFY)] {
                assert_eq!(verdict(arch, number, [3, 0, 0, 0, address, 16]), wanted);
            }
        }
    }

    #[test]
    fn families_that_no_namespace_holds_are_shown() {
        for (arch, number) in [(ARCH_X86_64, 41), (ARCH_AARCH64, 198), (ARCH_I386, 359)] {
            for family in HELD {
                assert_eq!(verdict(arch, number, [family.into(), 1, 0, 0, 0, 0]), ALLOW);
            }
            // packet, RDS, InfiniBand, TIPC, bluetooth, vsock, SMC, and whatever comes
            for family in [17, 21, 27, 30, 31, 40, 43, 46, 77] {
                assert_eq!(verdict(arch, number, [family, 1, 0, 0, 0, 0]), NOTIFY, "{family}");
            }
        }
    }

    #[test]
    fn an_unknown_machine_may_not_run() {
        for program in [program(Shown::InCage), program(Shown::OnMachine), denying()] {
            assert_eq!(run(&program, 0x1234, 42, [0; 6]), ERROR | libc::ENOSYS as u32);
        }
    }

    #[test]
    fn without_a_namespace_every_socket_that_could_leave_is_shown() {
        let program = program(Shown::OnMachine);
        for (arch, number) in [(ARCH_X86_64, 41), (ARCH_AARCH64, 198), (ARCH_I386, 359)] {
            for family in OWN {
                assert_eq!(run(&program, arch, number, [family.into(), 1, 0, 0, 0, 0]), ALLOW);
            }
            for family in [2, 10, 17, 29, 30, 31, 40, 43, 44, 77] {
                assert_eq!(run(&program, arch, number, [family, 1, 0, 0, 0, 0]), NOTIFY);
            }
        }
    }

    #[test]
    fn unwatched_nobody_has_a_socket_that_no_namespace_holds() {
        let program = beyond_namespace();
        let no_family = ERROR | libc::EAFNOSUPPORT as u32;
        let calls =
            [(ARCH_X86_64, 41), (ARCH_X86_64, X32 | 41), (ARCH_AARCH64, 198), (ARCH_I386, 359)];
        for (arch, number) in calls {
            for family in HELD.into_iter().chain([17]) {
                assert_eq!(run(&program, arch, number, [family.into(), 1, 0, 0, 0, 0]), ALLOW);
            }
            for family in [21, 27, 30, 31, 40, 43, 46, 77] {
                assert_eq!(run(&program, arch, number, [family, 1, 0, 0, 0, 0]), no_family);
            }
            assert_eq!(run(&program, arch, 42, [0; 6]), ALLOW);
            assert_eq!(run(&program, arch, 425, [0; 6]), ERROR | libc::ENOSYS as u32);
        }
    }

    #[test]
    fn nobody_has_a_socket_that_could_leave() {
        let no_family = ERROR | libc::EAFNOSUPPORT as u32;
        let none = ERROR | libc::ENOSYS as u32;
        let denying = denying();
        for (arch, number) in [(ARCH_X86_64, 41), (ARCH_AARCH64, 198), (ARCH_I386, 359)] {
            for family in OWN {
                assert_eq!(run(&denying, arch, number, [family.into(), 1, 0, 0, 0, 0]), ALLOW);
            }
            for family in [0, 2, 10, 17, 40, 77] {
                assert_eq!(run(&denying, arch, number, [family, 1, 0, 0, 0, 0]), no_family);
            }
            assert_eq!(run(&denying, arch, 425, [0; 6]), none);
            assert_eq!(run(&denying, arch, 1, [0; 6]), ALLOW);
        }
        assert_eq!(run(&denying, ARCH_I386, 102, [1, 0, 0, 0, 0, 0]), no_family);
        assert_eq!(run(&denying, ARCH_I386, 102, [3, 0, 0, 0, 0, 0]), ALLOW);
        assert_eq!(run(&denying, ARCH_X86_64, X32 | 41, [1, 1, 0, 0, 0, 0]), none);
    }
}
