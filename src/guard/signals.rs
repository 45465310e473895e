//! Dying of the signal that the command died of, so that our caller sees the same end.

/// Ends this process by `signal`, as the command was.
///
/// No core file is written for us: the command's own is the one of interest. Where a signal
/// cannot end us (process 1 of a container is shielded from its own signals, and real-time
/// signals are not known here), the exit code is 128 + `signal`, as a shell would have it.
pub fn die_by_signal(signal: i32) -> ! {
    #[cfg(unix)]
    if std::process::id() != 1 {
        forgo_core_file();
        // Default disposition, unblocked, raised. Returns only for what does not end a process.
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
    std::process::exit(128_i32.saturating_add(signal))
}

/// Not by `RLIMIT_CORE`, which the kernel ignores where cores are piped to a program.
#[cfg(target_os = "linux")]
fn forgo_core_file() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

#[cfg(all(unix, not(target_os = "linux")))]
fn forgo_core_file() {}
