//! Fifty guarded commands at once: each report tells of its own command, and of nothing else.

use crate::cage::programs::programs;
use crate::skip::skipped;
use crate::world::{Ran, Run, Who, World, walled};
use serde_json::Value;
use std::process::Stdio;

const SIZE: usize = 50;

/// One command of the crowd. It does one thing that no other does, and says nothing of it.
struct Member {
    number: usize,
    /// The words of go-offline.
    words: Vec<String>,
    tries: Option<Attempt>,
}

/// The kind and the address of what it tries to reach.
type Attempt = (&'static str, String);

/// The programs that dial and that are there.
const DIALLERS: [&str; 3] = ["c", "go", "python"];

impl Member {
    fn new(number: usize, words: &[&str], tries: Option<Attempt>) -> Member {
        Member { number, words: words.iter().map(|word| (*word).to_owned()).collect(), tries }
    }

    /// The crowd in equal parts: builds, tests that dial, programs that dial, programs that ask for a
    /// name, and quiet ones.
    fn of(number: usize) -> Option<Member> {
        let (address, name) = (address(number), format!("own-{number}.example"));
        let (host, port) = address.split_once(':').unwrap();
        let marks = format!("../marks-{number}");
        // Rooted, so that no search list adds anything to it.
        let rooted = format!("{name}.");
        let dials = format!("./dials{number}");
        let program = programs().path(DIALLERS[number / 5 % 3]);
        let by = |verb: &[&str], attempt: Option<Attempt>| {
            let program = program.as_deref()?;
            // No program that starts with a line of its own.
            let python = program.ends_with("/python").then_some("python3");
            let exec = ["exec", "--"].into_iter().chain(python).chain([program, &marks]);
            let words: Vec<&str> = exec.chain(verb.iter().copied()).collect();
            Some(Member::new(number, &words, attempt))
        };
        match number % 5 {
            0 => {
                let built = format!("../built-{number}");
                Some(Member::new(number, &["build", "-o", &built, "."], None))
            }
            1 => Some(Member::new(number, &["test", &dials], Some(("tcp", address.clone())))),
            2 => by(&["tcp", host, port], Some(("tcp", address.clone()))),
            3 => by(&["lookup", &rooted], Some(("dns", name))),
            _ => Some(Member::quiet(number)),
        }
    }

    fn quiet(number: usize) -> Member {
        let words: [&[&str]; 4] = [
            &["exec", "--", "sh", "-c", "go version && sleep 1"],
            &["test", "./quiet"],
            &["vet", "./quiet"],
            &["list", "-deps", "./..."],
        ];
        Member::new(number, words[number / 5 % 4], None)
    }

    /// Waits for its standard input to be closed, and becomes the command.
    fn start<'w>(&self, world: &'w World) -> Run<'w> {
        let report = self.report();
        world
            .shell("read -r gate; exec \"$OURS\" --report \"$@\"")
            .args(["sh", &report])
            .args(&self.words)
            .env("GO_OFFLINE_ISOLATION", "require")
            .with(|command| {
                command.stdin(Stdio::piped());
            })
    }

    fn report(&self) -> String {
        format!("../report-{}", self.number)
    }

    /// Holds what came of it against what it did.
    fn judge(&self, world: &World, ran: &Ran) {
        let number = self.number;
        let said = || format!("number {number}, {:?}, as {:?}: {ran:#?}", self.words, world.who());
        let code = if self.tries.is_some() { 77 } else { 0 };
        assert_eq!(ran.code(), Some(code), "{}", said());
        let report: Value = serde_json::from_str(&world.read(&format!("report-{number}"))).unwrap();
        let said = || format!("{}\n{report:#}", said());
        assert_eq!(report["exit"], code, "{}", said());
        let nothing = serde_json::json!({ "ipv4": 0, "ipv6": 0 });
        assert_eq!(report["unattributed"], nothing, "{}", said());
        let attempts = report["attempts"].as_array().unwrap();
        assert_eq!(attempts.len(), usize::from(self.tries.is_some()), "{}", said());
        let Some((kind, address)) = &self.tries else {
            return assert_eq!(ran.stderr, "", "{}", said());
        };
        let attempt = &attempts[0];
        let text = |name: &str| attempt[name].as_str().unwrap().trim_end_matches('.').to_owned();
        assert_eq!(
            (text("kind"), text("address")),
            ((*kind).to_owned(), address.clone()),
            "{}",
            said()
        );
        let own: u64 = world.read(&format!("marks-{number}")).trim().parse().unwrap();
        assert_eq!(attempt["pid"], own, "{}", said());
        assert_eq!(attempt["violation"], true, "{}", said());
        assert!(ran.stderr.contains(address.as_str()), "{}", said());
        let others = (1..=SIZE).filter(|other| *other != number);
        let of_others =
            others.flat_map(|other| [self::address(other), format!("own-{other}.example")]);
        let told = of_others.filter(|other| ran.stderr.contains(other.as_str()));
        assert_eq!(told.collect::<Vec<_>>(), [""; 0], "{}", said());
    }
}

/// Of the range for documentation: nobody is there. No one's is the start of another's.
fn address(number: usize) -> String {
    format!("198.51.100.{number}:{}", 4000 + number)
}

/// The sample project with a quiet test and one for each of those that dial.
fn world(who: Who) -> World {
    let world = World::with_own_cache(who);
    let test = |name: &str, body: &str| {
        let text = format!(
            "package it\n\nimport (\n\t\"net\"\n\t\"os\"\n\t\"strconv\"\n\t\"testing\"\n)\n\nvar _, _, _ = net.Dial, os.Getpid, strconv.Itoa\n\nfunc TestIt(t *testing.T) {{\n{body}}}\n"
        );
        world.write(&format!("project/{name}/it_test.go"), &text);
    };
    test("quiet", "");
    for number in (1..=SIZE).filter(|number| number % 5 == 1) {
        let marks = world.root().join(format!("marks-{number}")).display().to_string();
        let dial = format!(
            "\tos.WriteFile({marks:?}, []byte(strconv.Itoa(os.Getpid())), 0o644)\n\tnet.Dial(\"tcp\", \"{}\")\n",
            address(number)
        );
        test(&format!("dials{number}"), &dial);
    }
    world
}

#[test]
fn fifty_at_once() {
    let members: Vec<Member> = (1..=SIZE).filter_map(Member::of).collect();
    if members.len() < SIZE {
        skipped("a part of the crowd: no C compiler or no python3");
    }
    for world in walled(world) {
        let mut children: Vec<_> =
            members.iter().map(|member| member.start(&world).spawn()).collect();
        let gates: Vec<_> = children.iter_mut().map(|child| child.stdin.take()).collect();
        drop(gates);
        let ran: Vec<Ran> = children.into_iter().map(Ran::of).collect();
        for (member, ran) in members.iter().zip(&ran) {
            member.judge(&world, ran);
        }
    }
}
