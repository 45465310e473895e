//! What a notified call wants, read from its registers and from the caller's memory.

use super::super::kernel;
use super::filter::{ARCH_AARCH64, ARCH_I386, ARCH_X86_64, X32};
use super::listener::Notified;
use crate::guard::echo::LONGEST;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// What a call wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// To connect a socket.
    Connect { fd: i32, address: Vec<u8> },
    /// To send to addresses, with the flags of send(2).
    Send { fd: i32, addresses: Vec<Vec<u8>>, flags: u32, name: &'static str },
    /// To make a socket, with the arguments of socket(2).
    Socket { family: u32, kind: u32, protocol: u32 },
    /// To let others connect to a socket.
    Listen { fd: i32 },
    /// To make an `io_uring`.
    IoUring,
}

/// The longest `struct sockaddr` there is, `sockaddr_storage`.
const LONGEST_ADDRESS: usize = 128;
/// The most messages of one sendmmsg(2), `UIO_MAXIOV`.
const MOST_MESSAGES: u64 = 1024;

#[derive(Clone, Copy)]
enum Operation {
    Socket,
    Connect,
    Listen,
    SendTo,
    SendMsg,
    SendMmsg,
    SocketCall,
    IoUring,
}

/// Reads a call. The caller must still be waiting afterwards, else somebody else's memory was read.
///
/// # Errors
/// The memory cannot be read, or the call is none that the filter shows.
pub(super) fn read(call: &Notified) -> io::Result<Call> {
    let strange = || io::Error::other("a call that the filter does not show");
    let operation = operation(call.arch, call.number).ok_or_else(strange)?;
    let caller = Caller::of(call);
    let (operation, arguments) = match operation {
        Operation::SocketCall => caller.socketcall(call.arguments)?,
        other => (other, call.arguments),
    };
    caller.want(operation, arguments)
}

/// What a sendto(2) sends, or the beginning of it.
///
/// # Errors
/// The memory cannot be read, or the call is another one.
pub(super) fn datagram(call: &Notified) -> io::Result<Vec<u8>> {
    if !matches!(operation(call.arch, call.number), Some(Operation::SendTo)) {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let [_, at, length, ..] = call.arguments;
    let length = usize::try_from(length).unwrap_or(usize::MAX).min(LONGEST);
    Caller::of(call).exactly(at, length)
}

fn operation(arch: u32, number: u32) -> Option<Operation> {
    Some(match (arch, number) {
        (ARCH_X86_64, 41) | (ARCH_AARCH64, 198) | (ARCH_I386, 359) => Operation::Socket,
        (ARCH_X86_64, 42) | (ARCH_AARCH64, 203) | (ARCH_I386, 362) => Operation::Connect,
        (ARCH_X86_64, 50) | (ARCH_AARCH64, 201) | (ARCH_I386, 363) => Operation::Listen,
        (ARCH_X86_64, 44) | (ARCH_AARCH64, 206) | (ARCH_I386, 369) => Operation::SendTo,
        (ARCH_X86_64, 46) | (ARCH_AARCH64, 211) | (ARCH_I386, 370) => Operation::SendMsg,
        (ARCH_X86_64, 307) | (ARCH_AARCH64, 269) | (ARCH_I386, 345) => Operation::SendMmsg,
        (ARCH_X86_64 | ARCH_AARCH64 | ARCH_I386, 425) => Operation::IoUring,
        (ARCH_I386, 102) => Operation::SocketCall,
        (ARCH_X86_64, number) if number >= X32 => match number & !X32 {
            518 => Operation::SendMsg,
            538 => Operation::SendMmsg,
            number => return operation(ARCH_X86_64, number),
        },
        _ => return None,
    })
}

struct Caller {
    tid: u32,
    /// Whether its pointers and structures have 32 bits.
    is_narrow: bool,
}

impl Caller {
    fn of(call: &Notified) -> Caller {
        let is_narrow = call.arch == ARCH_I386 || call.number >= X32 && call.arch == ARCH_X86_64;
        Caller { tid: call.tid, is_narrow }
    }

    fn want(&self, operation: Operation, arguments: [u64; 6]) -> io::Result<Call> {
        let [first, second, third, fourth, fifth, sixth] = arguments;
        let fd = first as i32; // the kernel takes the low half
        Ok(match operation {
            Operation::Socket => {
                Call::Socket { family: first as u32, kind: second as u32, protocol: third as u32 }
            }
            Operation::Listen => Call::Listen { fd },
            Operation::IoUring => Call::IoUring,
            Operation::Connect => Call::Connect { fd, address: self.address(second, third)? },
            Operation::SendTo => {
                let addresses =
                    if fifth == 0 { Vec::new() } else { vec![self.address(fifth, sixth)?] };
                Call::Send { fd, addresses, flags: fourth as u32, name: "sendto" }
            }
            Operation::SendMsg => {
                let addresses = self.names(second, 1, self.header())?;
                Call::Send { fd, addresses, flags: third as u32, name: "sendmsg" }
            }
            Operation::SendMmsg => {
                // struct mmsghdr { struct msghdr; unsigned int len; }, padded
                let stride = self.header() + if self.is_narrow { 4 } else { 8 };
                let count = u64::from(third as u32).min(MOST_MESSAGES);
                let addresses = self.names(second, count, stride)?;
                Call::Send { fd, addresses, flags: fourth as u32, name: "sendmmsg" }
            }
            Operation::SocketCall => return Err(io::Error::other("a socketcall in a socketcall")),
        })
    }

    /// socketcall(2) has the arguments of the call in memory.
    fn socketcall(&self, outer: [u64; 6]) -> io::Result<(Operation, [u64; 6])> {
        let (operation, count) = match outer[0] as u32 {
            1 => (Operation::Socket, 3),
            3 => (Operation::Connect, 3),
            4 => (Operation::Listen, 2),
            11 => (Operation::SendTo, 6),
            16 => (Operation::SendMsg, 3),
            20 => (Operation::SendMmsg, 4),
            _ => return Err(io::Error::other("a socketcall that the filter does not show")),
        };
        let block = self.exactly(outer[1] & 0xffff_ffff, count * 4)?;
        let mut arguments = [0; 6];
        for (argument, bytes) in arguments.iter_mut().zip(block.chunks_exact(4)) {
            *argument = u64::from(number(bytes));
        }
        Ok((operation, arguments))
    }

    /// The length of a `struct msghdr`.
    fn header(&self) -> usize {
        if self.is_narrow { 28 } else { 56 }
    }

    /// The addresses in the first fields of message headers.
    fn names(&self, at: u64, count: u64, stride: usize) -> io::Result<Vec<Vec<u8>>> {
        let count = usize::try_from(count).unwrap_or_default();
        let at = if self.is_narrow { at & 0xffff_ffff } else { at };
        let headers = self.up_to(at, stride * count)?;
        let mut names = Vec::new();
        for header in headers.chunks_exact(stride) {
            let (pointer, length) = match self.is_narrow {
                true => (u64::from(number(&header[..4])), number(&header[4..8])),
                false => (wide_number(&header[..8]), number(&header[8..12])),
            };
            if pointer != 0 && length != 0 {
                match self.address(pointer, length.into()) {
                    Ok(name) => names.push(name),
                    // The kernel sends what comes before it.
                    Err(_) if !names.is_empty() => break,
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(names)
    }

    fn address(&self, at: u64, length: u64) -> io::Result<Vec<u8>> {
        let at = if self.is_narrow { at & 0xffff_ffff } else { at };
        // The kernel takes an int.
        let length = usize::try_from(length as u32).unwrap_or_default().min(LONGEST_ADDRESS);
        self.exactly(at, length)
    }

    fn exactly(&self, at: u64, length: usize) -> io::Result<Vec<u8>> {
        let bytes = self.up_to(at, length)?;
        if bytes.len() == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn up_to(&self, at: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let read = match kernel::read_memory(self.tid, at, &mut bytes) {
            // A sandbox around us may refuse the call, and not the file.
            Err(error) if is_refusal(&error) => self.memory()?.read_at(&mut bytes, at)?,
            other => other?,
        };
        bytes.truncate(read);
        Ok(bytes)
    }

    fn memory(&self) -> io::Result<File> {
        File::open(format!("/proc/{}/mem", self.tid))
    }
}

fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported)
}

fn number(bytes: &[u8]) -> u32 {
    bytes.try_into().map_or(0, u32::from_ne_bytes)
}

fn wide_number(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(0, u64::from_ne_bytes)
}
