//! The numbers of system calls, from the headers of the C compiler.

use std::collections::BTreeMap;
use std::process::Command;

/// Names and numbers of one binary interface.
pub(super) type Numbers = BTreeMap<String, u32>;

/// What x32 adds to every number.
pub(super) const X32: u32 = 0x4000_0000;

/// Of `asm/unistd_64.h` and its like.
pub(super) fn numbers(header: &str) -> Numbers {
    let mut gcc = Command::new("gcc");
    gcc.args(["-E", "-dM", "-include", header, "-xc", "/dev/null"]);
    let output = gcc.output().unwrap_or_else(|error| panic!("{gcc:?}: {error}"));
    assert!(output.status.success(), "{gcc:?}: {}", String::from_utf8_lossy(&output.stderr));
    let numbers = read(&String::from_utf8_lossy(&output.stdout));
    assert!(numbers.len() > 300, "{header}: only {} numbers were read", numbers.len());
    numbers
}

/// Lines such as `#define __NR_read 0` and `#define __NR_read (__X32_SYSCALL_BIT + 0)`.
fn read(text: &str) -> Numbers {
    let entry = |line: &str| {
        let (name, value) = line.strip_prefix("#define __NR_")?.split_once(' ')?;
        let base = if value.contains("__X32_SYSCALL_BIT") { X32 } else { 0 };
        let number: u32 = value.trim_end_matches(')').rsplit(' ').next()?.parse().ok()?;
        Some((name.to_owned(), base + number))
    };
    text.lines().filter_map(entry).collect()
}
