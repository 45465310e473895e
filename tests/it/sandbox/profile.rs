//! Seccomp profiles as container engines write them, read as those do.

use super::bpf::{Action, Comparison, Condition, Interface, Rule, filter};
use super::numbers::{X32, numbers};
use serde::Deserialize;

/// The default errno of a profile that names none (EPERM).
const REFUSED: u16 = 1;
/// What a runtime makes of calls that are newer than everything in a profile.
const UNKNOWN: u16 = 38;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    default_action: String,
    default_errno_ret: Option<u16>,
    syscalls: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    names: Vec<String>,
    action: String,
    errno_ret: Option<u16>,
    #[serde(default)]
    args: Vec<Argument>,
    #[serde(default)]
    includes: Machines,
    #[serde(default)]
    excludes: Machines,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Argument {
    index: u8,
    value: u64,
    #[serde(default)]
    value_two: u64,
    op: String,
}

/// On which machines an entry is in force, or is not.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Machines {
    arches: Vec<String>,
    caps: Vec<String>,
    min_kernel: Option<String>,
}

/// The filter that a profile comes to on x86-64 in a container whose bounding set is this.
pub(super) fn compile(text: &str, bounding: &[&str]) -> Vec<u8> {
    let profile: Profile = serde_json::from_str(text).unwrap();
    let default = action(&profile.default_action, profile.default_errno_ret);
    let entries: Vec<&Entry> =
        profile.syscalls.iter().filter(|entry| entry.is_in_force(bounding)).collect();
    // The interfaces of `archMap` that this machine has, by the names of linux/audit.h.
    let interfaces = [
        ("asm/unistd_x32.h", 0xc000_003e, X32),
        ("asm/unistd_64.h", 0xc000_003e, 0),
        ("asm/unistd_32.h", 0x4000_0003, 0),
    ];
    let interface = |(header, arch, from)| {
        let numbers = numbers(header);
        // Calls that the headers or this interface do not have are passed over, as libseccomp does.
        let rules = |entry: &&Entry| -> Vec<Rule> {
            let known = entry.names.iter().filter_map(|name| numbers.get(name));
            known.map(|number| entry.rule(*number)).collect()
        };
        let rules: Vec<Rule> = entries.iter().flat_map(rules).collect();
        let last = rules.iter().map(|rule| rule.number).max();
        let is_strict = default != Action::Allow;
        let beyond = last.filter(|_| is_strict).map(|last| (last, Action::Errno(UNKNOWN)));
        Interface { arch, from, rules, others: default, beyond }
    };
    filter(&interfaces.map(interface))
}

impl Entry {
    fn is_in_force(&self, bounding: &[&str]) -> bool {
        // Both by the machine's own architecture, not by the interface of the call.
        let native = |arches: &[String]| arches.iter().any(|arch| arch == "amd64");
        let has = |cap: &String| bounding.contains(&cap.as_str());
        let (wanted, unwanted) = (&self.includes, &self.excludes);
        let kernel_is_old =
            wanted.min_kernel.as_ref().is_some_and(|least| kernel() < version(least));
        assert!(unwanted.min_kernel.is_none(), "minKernel among the excludes is not read");
        (wanted.arches.is_empty() || native(&wanted.arches))
            && wanted.caps.iter().all(has)
            && !kernel_is_old
            && !native(&unwanted.arches)
            && !unwanted.caps.iter().any(has)
    }

    fn rule(&self, number: u32) -> Rule {
        let conditions = self.args.iter().map(Argument::condition).collect();
        Rule { number, conditions, action: action(&self.action, self.errno_ret) }
    }
}

impl Argument {
    fn condition(&self) -> Condition {
        let (is, value) = match self.op.as_str() {
            "SCMP_CMP_EQ" => (Comparison::Equal, self.value),
            "SCMP_CMP_GT" => (Comparison::Greater, self.value),
            "SCMP_CMP_LT" => (Comparison::Less, self.value),
            "SCMP_CMP_MASKED_EQ" => (Comparison::EqualIn(self.value), self.value_two),
            other => panic!("{other} is not read"),
        };
        Condition { argument: self.index, is, value }
    }
}

fn action(name: &str, errno: Option<u16>) -> Action {
    match name {
        "SCMP_ACT_ALLOW" => Action::Allow,
        "SCMP_ACT_NOTIFY" => Action::Notify,
        "SCMP_ACT_ERRNO" => Action::Errno(errno.unwrap_or(REFUSED)),
        other => panic!("{other} is not read"),
    }
}

fn kernel() -> (u32, u32) {
    version(&std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap())
}

/// The first two numbers of a version.
fn version(text: &str) -> (u32, u32) {
    let mut numbers =
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok());
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

#[test]
fn versions_are_compared_by_number() {
    assert!(version("4.8") < version("6.18.44-x") && version("4.8") < version("4.10"));
}
