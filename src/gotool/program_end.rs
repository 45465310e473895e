//! How a program ended, in the words in which `go run` says it.

use super::process::Ended;
use std::fmt;
use std::process::ExitStatus;

/// The end of a program that go has built and we have run in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgramEnd {
    /// Its end.
    pub ended: Ended,
    /// Whether it left a core.
    pub dumped_core: bool,
}

impl ProgramEnd {
    #[cfg(unix)]
    pub(super) fn of(ended: Ended, status: ExitStatus) -> ProgramEnd {
        let dumped_core = std::os::unix::process::ExitStatusExt::core_dumped(&status);
        ProgramEnd { ended, dumped_core }
    }

    #[cfg(not(unix))]
    pub(super) fn of(ended: Ended, _: ExitStatus) -> ProgramEnd {
        ProgramEnd { ended, dumped_core: false }
    }
}

/// As `os.ProcessState.String` has it.
impl fmt::Display for ProgramEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ended {
            Ended::Code(code) => write!(f, "exit status {code}")?,
            Ended::Signal(signal) => match word(signal) {
                Some(word) => write!(f, "signal: {word}")?,
                None => write!(f, "signal: signal {signal}")?,
            },
        }
        f.write_str(if self.dumped_core { " (core dumped)" } else { "" })
    }
}

/// A signal in the words of package syscall.
fn word(signal: i32) -> Option<&'static str> {
    let at = usize::try_from(signal).ok()?.checked_sub(1)?;
    SIGNALS.get(at).copied()
}

/// From 1 on: syscall/zerrors_linux_amd64.go, which is the same for all but mips.
const SIGNALS: &[&str] = &[
    "hangup",
    "interrupt",
    "quit",
    "illegal instruction",
    "trace/breakpoint trap",
    "aborted",
    "bus error",
    "floating point exception",
    "killed",
    "user defined signal 1",
    "segmentation fault",
    "user defined signal 2",
    "broken pipe",
    "alarm clock",
    "terminated",
    "stack fault",
    "child exited",
    "continued",
    "stopped (signal)",
    "stopped",
    "stopped (tty input)",
    "stopped (tty output)",
    "urgent I/O condition",
    "CPU time limit exceeded",
    "file size limit exceeded",
    "virtual timer expired",
    "profiling timer expired",
    "window changed",
    "I/O possible",
    "power failure",
    "bad system call",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_gos() {
        let end = |ended, dumped_core| ProgramEnd { ended, dumped_core }.to_string();
        assert_eq!(end(Ended::Code(3), false), "exit status 3");
        assert_eq!(end(Ended::Signal(9), false), "signal: killed");
        assert_eq!(end(Ended::Signal(15), false), "signal: terminated");
        assert_eq!(end(Ended::Signal(6), true), "signal: aborted (core dumped)");
        assert_eq!(end(Ended::Signal(31), false), "signal: bad system call");
        assert_eq!(end(Ended::Signal(40), false), "signal: signal 40");
    }
}
