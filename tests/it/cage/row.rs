//! One line of the matrix: a program, what it does outside the guard, and what is said of it inside.
//!
//! Words and texts may hold:
//!
//! - `{c}` and the other [`super::programs::Programs::NAMES`];
//! - `{world}`, `{project}`, `{goroot}`;
//! - `{marks}`: the file where a program leaves its process id;
//! - `{dir}`: a name that is one for the control and another for the guarded runs, so that no cache
//!   helps from one to the other;
//! - `{port}`: of a listener outside;
//! - `{guard}`: the guard in the middle of a command that needs something before it.

/// A line of the matrix.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) name: &'static str,
    /// The command, or the arguments of the go command.
    pub(super) words: Vec<String>,
    pub(super) is_go: bool,
    pub(super) only_root: bool,
    /// What a shell of root does first, in a mount namespace of the command's own.
    pub(super) mounts: Option<String>,
    /// Files of the world, by name; those in `bin` can be executed.
    pub(super) files: Vec<(&'static str, String)>,
    pub(super) variables: Vec<(&'static str, String)>,
    /// A unix socket or a loopback address where somebody listens who is not in the cage.
    pub(super) outside: Option<&'static str>,
    pub(super) control: Vec<Control>,
    /// What the control prints where this machine lacks the thing altogether.
    pub(super) lacking: Option<&'static str>,
    /// How often it is run in the guard, with the same verdict.
    pub(super) runs: usize,
    /// The packets that are sent before there is a guard.
    pub(super) before: Vec<&'static str>,
    pub(super) wants: Vec<Want>,
    /// What the guarded program prints: the answer that it got.
    pub(super) answers: Option<&'static str>,
    /// What it prints is what it prints outside.
    pub(super) works: bool,
    pub(super) end: End,
    /// What is different where no namespace stands; `None` for a row that is about namespaces.
    pub(super) bare: Option<fn(Row) -> Row>,
}

/// What shows that the program does reach something.
#[derive(Clone, Debug)]
pub(super) enum Control {
    /// A server on the far side writes this down.
    Heard(&'static str),
    /// This packet comes over the cable.
    Packet(&'static str),
    /// The program says this.
    Says(&'static str),
    /// The listener outside lets somebody in.
    LetIn,
}

/// How the command ends outside, and inside if it did nothing that is a violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Code(i32),
    Signal(i32),
}

/// An attempt that the report holds.
#[derive(Clone, Debug)]
pub(super) struct Want {
    pub(super) kind: &'static str,
    /// As the report has it; `*` at the end stands for anything.
    pub(super) address: String,
    /// `None`: it may be either.
    pub(super) violation: Option<bool>,
    pub(super) optional: bool,
    pub(super) culprit: Culprit,
}

/// The command line of whoever tried.
#[derive(Clone, Debug)]
pub(super) enum Culprit {
    /// The command of the row itself.
    Command,
    /// Exactly these words.
    Words(&'static str),
    /// A command line with this in it; it leaves no mark.
    Like(&'static str),
}

impl Row {
    /// A command, its words between spaces.
    pub(super) fn new(name: &'static str, words: &str) -> Row {
        Row {
            name,
            words: words.split(' ').map(str::to_owned).collect(),
            is_go: false,
            only_root: false,
            mounts: None,
            files: Vec::new(),
            variables: Vec::new(),
            outside: None,
            control: Vec::new(),
            lacking: None,
            runs: 1,
            before: Vec::new(),
            wants: Vec::new(),
            answers: None,
            works: false,
            end: End::Code(0),
            bare: Some(|row| row),
        }
    }

    /// A script for bash.
    pub(super) fn bash(name: &'static str, script: &str) -> Row {
        let words = ["bash", "-c", script].map(str::to_owned).to_vec();
        Row { words, ..Row::new(name, "") }
    }

    /// The go command, which is wrapped; twice, since nothing may hide an attempt from the second.
    pub(super) fn go(name: &'static str, arguments: &str) -> Row {
        Row { is_go: true, runs: 2, ..Row::new(name, arguments) }
    }

    // The control.

    pub(super) fn heard(mut self, word: &'static str) -> Row {
        self.control.push(Control::Heard(word));
        self
    }

    pub(super) fn sends(mut self, packet: &'static str) -> Row {
        self.control.push(Control::Packet(packet));
        self
    }

    pub(super) fn says(mut self, text: &'static str) -> Row {
        self.control.push(Control::Says(text));
        self
    }

    pub(super) fn let_in(mut self, socket: &'static str) -> Row {
        self.outside = Some(socket);
        self.control.push(Control::LetIn);
        self
    }

    /// The same with a listener that the row starts itself, and that writes to `{world}/came_{dir}`.
    pub(super) fn lets_in(mut self) -> Row {
        self.control.push(Control::LetIn);
        self
    }

    /// Or else it prints this, and the machine has no such thing.
    pub(super) fn or_lacks(self, text: &'static str) -> Row {
        Row { lacking: Some(text), ..self }
    }

    // The guarded run.

    /// The row's own words send this packet before the guard stands.
    pub(super) fn sends_before(mut self, packet: &'static str) -> Row {
        self.before.push(packet);
        self
    }

    /// The program gets this answer.
    pub(super) fn answers(self, text: &'static str) -> Row {
        Row { answers: Some(text), ..self }
    }

    /// The program says the same as outside.
    pub(super) fn works(self) -> Row {
        Row { works: true, ..self }
    }

    /// A violation.
    pub(super) fn reports(self, kind: &'static str, address: &str) -> Row {
        self.wants(kind, address, Some(true), false)
    }

    /// A note.
    pub(super) fn notes(self, kind: &'static str, address: &str) -> Row {
        self.wants(kind, address, Some(false), false)
    }

    /// There may be a word of it, as a note or as a violation.
    pub(super) fn may_report(self, kind: &'static str, address: &str) -> Row {
        self.wants(kind, address, None, true)
    }

    fn wants(
        mut self,
        kind: &'static str,
        address: &str,
        violation: Option<bool>,
        optional: bool,
    ) -> Row {
        let address = address.to_owned();
        self.wants.push(Want { kind, address, violation, optional, culprit: Culprit::Command });
        self
    }

    /// What was named last was done by this command line, which is not the row's own.
    pub(super) fn by(self, words: &'static str) -> Row {
        self.culprit(Culprit::Words(words))
    }

    /// The same where only a part of the command line is known, and there is no mark.
    pub(super) fn by_one_like(self, part: &'static str) -> Row {
        self.culprit(Culprit::Like(part))
    }

    fn culprit(mut self, culprit: Culprit) -> Row {
        self.wants.last_mut().expect("something was named").culprit = culprit;
        self
    }

    // The world.

    pub(super) fn only_root(self) -> Row {
        Row { only_root: true, ..self }
    }

    pub(super) fn mounts(self, script: &str) -> Row {
        Row { mounts: Some(script.to_owned()), ..self }
    }

    /// With this file for the resolvers of Go and of the C library.
    pub(super) fn resolv_conf(self, text: &str) -> Row {
        self.file("resolv.conf", text).mounts("mount --bind {world}/resolv.conf /etc/resolv.conf")
    }

    pub(super) fn file(mut self, name: &'static str, text: &str) -> Row {
        self.files.push((name, text.to_owned()));
        self
    }

    pub(super) fn variable(mut self, name: &'static str, value: &str) -> Row {
        self.variables.push((name, value.to_owned()));
        self
    }

    pub(super) fn ends(self, end: End) -> Row {
        Row { end, ..self }
    }

    /// What is different where no namespace stands.
    pub(super) fn bare(self, change: fn(Row) -> Row) -> Row {
        Row { bare: Some(change), ..self }
    }

    /// For a row that wants something else.
    pub(super) fn forget_wants(self) -> Row {
        Row { wants: Vec::new(), ..self }
    }

    /// It is about namespaces.
    pub(super) fn only_in_namespace(self) -> Row {
        Row { bare: None, ..self }
    }

    /// The row as it is where no namespace stands.
    pub(super) fn without_namespace(&self) -> Option<Row> {
        Some(self.bare?(self.clone()))
    }

    /// Every text of the row, for what is asked of all.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let words = self.words.iter().chain(&self.mounts);
        let files = self.files.iter().chain(&self.variables).map(|(_, text)| text);
        words.chain(files).map(String::as_str)
    }
}
