//! Classic BPF for seccomp: rules for the system calls of each binary interface, made into a filter.

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Allow,
    Errno(u16),
    Notify,
    Kill,
}

/// A comparison of a call's argument, of 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) argument: u8,
    pub(super) is: Comparison,
    pub(super) value: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Greater,
    Less,
    /// These bits of it are equal.
    EqualIn(u64),
}

/// What becomes of a call where all conditions hold.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) number: u32,
    pub(super) conditions: Vec<Condition>,
    pub(super) action: Action,
}

/// The rules for one binary interface; the first that fits decides.
pub(super) struct Interface {
    /// `AUDIT_ARCH_*`.
    pub(super) arch: u32,
    /// Only calls whose numbers lie here: x32 shares its name with x86-64.
    pub(super) from: u32,
    pub(super) rules: Vec<Rule>,
    /// What becomes of others, up to a number and beyond it.
    pub(super) others: Action,
    pub(super) beyond: Option<(u32, Action)>,
}

/// The filter. Of interfaces with the same name, the one with the higher numbers comes first. What
/// belongs to none is killed.
pub(super) fn filter(interfaces: &[Interface]) -> Vec<u8> {
    let mut code = vec![Instruction::load(ARCH)];
    for interface in interfaces {
        let body = body(interface);
        let length = body.len() as u32;
        // By long jumps: those with a condition reach 255 instructions.
        code.extend([
            Instruction::jump(JEQ, interface.arch, 1, 0),
            Instruction { code: JA, yes: 0, no: 0, value: length + 4 },
            Instruction::load(NUMBER),
            Instruction::jump(JGE, interface.from, 2, 0),
            Instruction::load(ARCH),
            Instruction { code: JA, yes: 0, no: 0, value: length },
        ]);
        code.extend(body);
    }
    code.push(Instruction::end(Action::Kill));
    assert!(code.len() <= 4096, "{} instructions are more than the kernel takes", code.len());
    code.into_iter().flat_map(Instruction::bytes).collect()
}

fn body(interface: &Interface) -> Vec<Instruction> {
    let mut code = Vec::new();
    for rule in &interface.rules {
        if rule.conditions.is_empty() {
            code.extend([Instruction::jump(JEQ, rule.number, 0, 1), Instruction::end(rule.action)]);
            continue;
        }
        let mut inner = conditions(&rule.conditions, rule.action);
        inner.push(Instruction::load(NUMBER)); // for the next rule
        code.push(Instruction::jump(JEQ, rule.number, 0, inner.len() as u8));
        code.extend(inner);
    }
    if let Some((last, action)) = interface.beyond {
        code.extend([Instruction::jump(JGT, last, 0, 1), Instruction::end(action)]);
    }
    code.push(Instruction::end(interface.others));
    code
}

/// Ends with the action where all hold; goes on behind the last instruction where one does not.
fn conditions(conditions: &[Condition], action: Action) -> Vec<Instruction> {
    let mut code = vec![Instruction::end(action)];
    for condition in conditions.iter().rev() {
        code = [steps(*condition, code.len() as u8), code].concat();
    }
    code
}

/// Where a comparison goes.
#[derive(Clone, Copy)]
enum To {
    Next,
    Yes,
    No,
}

/// One condition: on to what follows it where it holds, else past the `rest` instructions behind it.
fn steps(condition: Condition, rest: u8) -> Vec<Instruction> {
    let (high, low) = ((condition.value >> 32) as u32, condition.value as u32);
    let (yes, no) = (To::Yes, To::No);
    let at = ARGUMENTS + 8 * u32::from(condition.argument); // of a little-endian machine
    let load = [Instruction::load(at + 4), Instruction::load(at)];
    let equal = |yes, no| vec![vec![(JEQ, high, To::Next, no)], vec![(JEQ, low, yes, no)]];
    let more = |last, yes, no| {
        vec![
            vec![(JGT, high, yes, To::Next), (JEQ, high, To::Next, no)],
            vec![(last, low, yes, no)],
        ]
    };
    let (mask, halves) = match condition.is {
        Comparison::Equal => (None, equal(yes, no)),
        Comparison::EqualIn(mask) => (Some(mask), equal(yes, no)),
        Comparison::Greater => (None, more(JGT, yes, no)),
        Comparison::Less => (None, more(JGE, no, yes)),
    };
    let mut code: Vec<(Instruction, To, To)> = Vec::new();
    let masks = mask.map(|mask| [(mask >> 32) as u32, mask as u32]);
    for (half, comparisons) in halves.into_iter().enumerate() {
        code.push((load[half], To::Next, To::Next));
        if let Some(masks) = masks {
            let and = Instruction { code: AND, yes: 0, no: 0, value: masks[half] };
            code.push((and, To::Next, To::Next));
        }
        for (jump, value, yes, no) in comparisons {
            code.push((Instruction::jump(jump, value, 0, 0), yes, no));
        }
    }
    let count = code.len();
    let place = |(index, (instruction, yes, no)): (usize, (Instruction, To, To))| {
        let behind = (count - index - 1) as u8;
        let distance = |to| match to {
            To::Next => 0,
            To::Yes => behind,
            To::No => behind + rest,
        };
        Instruction { yes: distance(yes), no: distance(no), ..instruction }
    };
    code.into_iter().enumerate().map(place).collect()
}

#[derive(Clone, Copy, Debug)]
struct Instruction {
    code: u16,
    yes: u8,
    no: u8,
    value: u32,
}

// Of linux/bpf_common.h and linux/seccomp.h.
const LOAD: u16 = 0x20;
const AND: u16 = 0x54;
const JA: u16 = 0x05;
const JEQ: u16 = 0x15;
const JGT: u16 = 0x25;
const JGE: u16 = 0x35;
const END: u16 = 0x06;
const NUMBER: u32 = 0;
const ARCH: u32 = 4;
const ARGUMENTS: u32 = 16;

impl Instruction {
    /// Of the kernel's description of the call.
    fn load(at: u32) -> Instruction {
        Instruction { code: LOAD, yes: 0, no: 0, value: at }
    }

    fn jump(code: u16, value: u32, yes: u8, no: u8) -> Instruction {
        Instruction { code, yes, no, value }
    }

    fn end(action: Action) -> Instruction {
        let value = match action {
            Action::Allow => 0x7fff_0000,
            Action::Notify => 0x7fc0_0000,
            Action::Errno(number) => 0x0005_0000 | u32::from(number),
            Action::Kill => 0x8000_0000,
        };
        Instruction { code: END, yes: 0, no: 0, value }
    }

    fn bytes(self) -> [u8; 8] {
        let mut bytes = [0; 8];
        bytes[..2].copy_from_slice(&self.code.to_ne_bytes());
        bytes[2..4].copy_from_slice(&[self.yes, self.no]);
        bytes[4..].copy_from_slice(&self.value.to_ne_bytes());
        bytes
    }
}
