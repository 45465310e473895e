//! A test that cannot run here says so where everybody sees it, and fails where that is not allowed.

use std::io::Write;

/// Says that the calling test did not run, which must then return. Panics if `GO_OFFLINE_NO_SKIP`
/// is set, as where every test is expected to be able to run.
#[cfg_attr(go_offline_stub, allow(dead_code))] // without a wall there is little to skip
pub(crate) fn skipped(reason: &str) {
    not_here(reason);
    assert!(std::env::var_os("GO_OFFLINE_NO_SKIP").is_none(), "SKIPPED: {reason}");
}

/// The same where the machine lacks what no right could give it: never a failure.
pub(crate) fn not_here(reason: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    // Not eprintln!, which the test harness keeps to itself when the test passes.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {test}: {reason}");
}

/// Fails where the tests were started with this signal ignored, as a shell without job control does
/// with what it starts by `&`: whoever sends it here would wait for ever.
pub(crate) fn not_ignored(name: &str, number: i32) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    assert!(
        ignored.unwrap_or_default() & (1 << (number - 1)) == 0,
        "SIG{name} is ignored here; start the tests in the foreground"
    );
}
