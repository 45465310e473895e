//! How much memory a process has had at most.

use std::process::{Command, Stdio};

/// The peak of a command in megabytes: the high-water mark that the kernel keeps, as it was last seen
/// before the end.
pub(crate) fn peak(command: &mut Command) -> f64 {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the command can be started");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().expect("it is a child of this process").is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        peak = mark(&text).unwrap_or(peak).max(peak);
    }
    f64::from(peak) * 1024.0 / 1e6
}

/// `VmHWM` of proc_pid_status(5), in kB; none once the process has ended.
fn mark(status: &str) -> Option<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
