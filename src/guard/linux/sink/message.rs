//! What is said to a name server, and what this one answers: RFC 1035, section 4.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The names that have an address here, in lower case.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Known(HashMap<String, Vec<IpAddr>>);

impl Known {
    /// Names and what they stand for. A resolver may try a name with each search domain first.
    pub(in super::super) fn new<'n>(
        names: impl Iterator<Item = (&'n str, &'n [SocketAddr])>,
        search: &[String],
    ) -> Known {
        let mut known = Known::default();
        for (name, found) in names.filter(|(name, _)| name.parse::<IpAddr>().is_err()) {
            let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
            let tried = search.iter().map(|domain| format!("{name}.{domain}"));
            for name in tried.chain([name.clone()]) {
                let all = known.0.entry(name).or_default();
                for ip in found.iter().map(SocketAddr::ip) {
                    all.extend(Some(ip).filter(|ip| !all.contains(ip)));
                }
            }
        }
        known
    }
}

/// What is to be done about a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) said: Said,
    /// `None` where an answer would not be understood, or could go round in circles.
    pub(super) answer: Option<Vec<u8>>,
}

/// What a message says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// A question for a name that is not of this machine.
    Question {
        /// As written, without the final dot.
        name: String,
        /// In lower case.
        key: String,
        /// Its type.
        kind: String,
    },
    /// A question for this machine itself, which every resolver must answer (RFC 6761), or for a name
    /// that is known.
    OurOwn,
    /// Something else, in words.
    NoQuestion(&'static str),
}

const HEADER: usize = 12;
const LONGEST_NAME: usize = 255; // as sent, with the length of each label and the root's

/// Understands one message, of whatever bytes.
pub(super) fn hear(message: &[u8], known: &Known) -> Heard {
    let Some(header) = message.first_chunk() else {
        return Heard { said: Said::NoQuestion("too short for a message"), answer: None };
    };
    if is_response(header) {
        return Heard { said: Said::NoQuestion("a response"), answer: None };
    }
    let refuse = |why, code| Heard {
        said: Said::NoQuestion(why),
        answer: Some(head(header, code, Counts::default()).to_vec()),
    };
    if opcode(header) != 0 {
        return refuse("not a query", Code::NotImplemented);
    }
    let Some(asked) = Asked::read(header, message) else {
        return refuse("an unreadable query", Code::Malformed);
    };
    match asked.own().or_else(|| asked.known(known)) {
        Some(data) => Heard { said: Said::OurOwn, answer: Some(asked.found(header, data)) },
        None => Heard { answer: Some(asked.not_found(header)), said: asked.question() },
    }
}

fn is_response(header: &[u8; HEADER]) -> bool {
    header[2] & 0x80 != 0
}

fn opcode(header: &[u8; HEADER]) -> u8 {
    header[2] >> 3 & 0x0f
}

#[derive(Clone, Copy)]
enum Code {
    Found = 0,
    Malformed = 1,
    NoSuchName = 3,
    NotImplemented = 4,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    questions: u8,
    answers: u8,
}

/// The header of an answer: the same id and opcode, authoritative, and recursion available, else
/// some would go on to ask for it.
fn head(to: &[u8; HEADER], code: Code, counts: Counts) -> [u8; HEADER] {
    const RESPONSE: u8 = 0x80;
    const AUTHORITATIVE: u8 = 0x04;
    const RECURSION_AVAILABLE: u8 = 0x80;
    const OPCODE_AND_RECURSION_DESIRED: u8 = 0x79;
    let flags = RESPONSE | AUTHORITATIVE | to[2] & OPCODE_AND_RECURSION_DESIRED;
    let code = RECURSION_AVAILABLE | code as u8;
    [to[0], to[1], flags, code, 0, counts.questions, 0, counts.answers, 0, 0, 0, 0]
}

/// The one question of a query.
struct Asked<'m> {
    labels: Vec<&'m [u8]>,
    kind: u16,
    class: u16,
    /// As it came, to be sent back.
    bytes: &'m [u8],
}

const CLASS_IN: u16 = 1;
const TYPE_A: u16 = 1;
const TYPE_PTR: u16 = 12;
const TYPE_AAAA: u16 = 28;

/// The data of each answer; none where the name is known and has none of that type.
type Data = Vec<Vec<u8>>;

/// With more of them an answer could be too long for a datagram of old: 512 bytes.
const MOST_ANSWERS: usize = 8;

impl<'m> Asked<'m> {
    /// Takes exactly one question. What comes after it (EDNS) changes nothing here.
    fn read(header: &[u8; HEADER], message: &'m [u8]) -> Option<Asked<'m>> {
        if header[4..6] != [0, 1] {
            return None;
        }
        let question = message.get(HEADER..)?;
        let mut labels = Vec::new();
        let mut at = 0;
        loop {
            let length = usize::from(*question.get(at)?);
            at += 1;
            match length {
                0 => break,
                // Longer ones are pointers, and there is nothing before a question to point to.
                1..=63 => labels.push(question.get(at..at + length)?),
                _ => return None,
            }
            at += length;
        }
        let [kind_high, kind_low, class_high, class_low] = *question.get(at..)?.first_chunk()?;
        (at <= LONGEST_NAME).then(|| Asked {
            labels,
            kind: u16::from_be_bytes([kind_high, kind_low]),
            class: u16::from_be_bytes([class_high, class_low]),
            bytes: &question[..at + 4],
        })
    }

    fn name(&self) -> String {
        match self.labels.is_empty() {
            true => ".".to_owned(),
            false => self.labels.iter().map(|label| text(label)).collect::<Vec<_>>().join("."),
        }
    }

    fn question(&self) -> Said {
        let name = self.name();
        Said::Question { key: name.to_ascii_lowercase(), name, kind: kind(self.kind) }
    }

    /// What is known of this machine itself.
    fn own(&self) -> Option<Data> {
        let is_localhost = self.labels.last()?.eq_ignore_ascii_case(b"localhost");
        match self.kind {
            _ if self.class != CLASS_IN => None,
            TYPE_A if is_localhost => Some(vec![vec![127, 0, 0, 1]]),
            TYPE_AAAA if is_localhost => Some(vec![Ipv6Addr::LOCALHOST.octets().to_vec()]),
            TYPE_PTR if self.is_loopback_reversed() => Some(vec![b"\x09localhost\x00".to_vec()]),
            _ if is_localhost => Some(Vec::new()),
            _ => None,
        }
    }

    /// What a known name stands for.
    fn known(&self, known: &Known) -> Option<Data> {
        if self.class != CLASS_IN || known.0.is_empty() {
            return None;
        }
        let addresses = known.0.get(&self.name().to_ascii_lowercase())?;
        let of_kind = addresses.iter().filter_map(|address| match (self.kind, address) {
            (TYPE_A, IpAddr::V4(ip)) => Some(ip.octets().to_vec()),
            (TYPE_AAAA, IpAddr::V6(ip)) => Some(ip.octets().to_vec()),
            _ => None,
        });
        Some(of_kind.take(MOST_ANSWERS).collect())
    }

    /// `d.c.b.127.in-addr.arpa`, or the one of `::1`.
    fn is_loopback_reversed(&self) -> bool {
        let is = |label: &[u8], word: &[u8]| label.eq_ignore_ascii_case(word);
        match self.labels.as_slice() {
            [rest @ .., net, domain, arpa] if is(domain, b"in-addr") && is(arpa, b"arpa") => {
                rest.len() == 3 && is(net, b"127") && rest.iter().all(|label| is_octet(label))
            }
            [one, zeros @ .., domain, arpa] if is(domain, b"ip6") && is(arpa, b"arpa") => {
                is(one, b"1") && zeros.len() == 31 && zeros.iter().all(|label| is(label, b"0"))
            }
            _ => false,
        }
    }

    fn not_found(&self, header: &[u8; HEADER]) -> Vec<u8> {
        let counts = Counts { questions: 1, answers: 0 };
        [head(header, Code::NoSuchName, counts).as_slice(), self.bytes].concat()
    }

    fn found(&self, header: &[u8; HEADER], all: Data) -> Vec<u8> {
        const NAME_OF_THE_QUESTION: [u8; 2] = [0xc0, HEADER as u8];
        const SECONDS_TO_LIVE: [u8; 4] = [0; 4];
        let counts = Counts { questions: 1, answers: all.len() as u8 }; // at most eight
        let mut answer = [head(header, Code::Found, counts).as_slice(), self.bytes].concat();
        for data in all {
            answer.extend(NAME_OF_THE_QUESTION);
            answer.extend(self.kind.to_be_bytes());
            answer.extend(self.class.to_be_bytes());
            answer.extend(SECONDS_TO_LIVE);
            answer.extend([0, data.len() as u8]); // at most sixteen
            answer.extend(data);
        }
        answer
    }
}

fn is_octet(label: &[u8]) -> bool {
    std::str::from_utf8(label).is_ok_and(|label| label.parse::<u8>().is_ok())
}

/// A label in printable ASCII, the rest as `\DDD`: also a dot inside it, and the backslash itself.
fn text(label: &[u8]) -> String {
    let mut text = String::with_capacity(label.len());
    for byte in label {
        match byte {
            b'.' | b'\\' => _ = write!(text, "\\{byte:03}"),
            byte if byte.is_ascii_graphic() => text.push(char::from(*byte)),
            byte => _ = write!(text, "\\{byte:03}"),
        }
    }
    text
}

fn kind(number: u16) -> String {
    let word = match number {
        TYPE_A => "A",
        2 => "NS",
        5 => "CNAME",
        6 => "SOA",
        TYPE_PTR => "PTR",
        15 => "MX",
        16 => "TXT",
        TYPE_AAAA => "AAAA",
        33 => "SRV",
        65 => "HTTPS",
        255 => "ANY",
        other => return format!("TYPE{other}"),
    };
    word.to_owned()
}

/// A query as resolvers send it, for tests.
#[cfg(test)]
pub(super) fn query(id: u16, name: &str, kind: u16) -> Vec<u8> {
    let mut message = id.to_be_bytes().to_vec();
    message.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]); // recursion desired
    for label in name.split('.').filter(|label| !label.is_empty()) {
        message.push(u8::try_from(label.len()).unwrap());
        message.extend(label.as_bytes());
    }
    message.push(0);
    message.extend(kind.to_be_bytes());
    message.extend(CLASS_IN.to_be_bytes());
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(message: &[u8]) -> Said {
        hear(message, &Known::default()).said
    }

    fn question(name: &str, kind: &str) -> Said {
        Said::Question {
            name: name.to_owned(),
            key: name.to_ascii_lowercase(),
            kind: kind.to_owned(),
        }
    }

    #[test]
    fn a_question_is_heard_and_its_name_is_not_found() {
        let mut asked = query(0x1234, "Proxy.Example", TYPE_AAAA);
        let sent = asked.len();
        asked[11] = 1; // one additional record follows: EDNS
        asked.extend([0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0]);
        let heard = hear(&asked, &Known::default());
        assert_eq!(heard.said, question("Proxy.Example", "AAAA"));
        let answer = heard.answer.unwrap();
        assert_eq!(answer[..HEADER], [0x12, 0x34, 0x85, 0x83, 0, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(answer[HEADER..], asked[HEADER..sent]);
    }

    #[test]
    fn kinds_have_their_words() {
        let words = [(1, "A"), (33, "SRV"), (65, "HTTPS"), (255, "ANY"), (64, "TYPE64")];
        for (number, word) in words {
            assert_eq!(said(&query(1, "x.example", number)), question("x.example", word));
        }
        assert_eq!(said(&query(1, "", 2)), question(".", "NS"));
    }

    #[test]
    fn what_is_not_printable_is_escaped() {
        let mut asked = query(1, "abcdef.example", 1);
        asked[13..19].copy_from_slice(b"\x1b[.\\ \xff");
        assert_eq!(said(&asked), question("\\027[\\046\\092\\032\\255.example", "A"));
    }

    #[test]
    fn this_machine_knows_itself() {
        let found = |name, kind| {
            let heard = hear(&query(1, name, kind), &Known::default());
            assert_eq!(heard.said, Said::OurOwn, "{name}");
            let answer = heard.answer.unwrap();
            assert_eq!(answer[3] & 0x0f, 0, "{name}");
            (answer[7], answer)
        };
        for name in ["localhost", "LocalHost", "db.localhost"] {
            let (answers, answer) = found(name, TYPE_A);
            assert_eq!(answers, 1);
            assert!(answer.ends_with(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1]));
            assert!(found(name, TYPE_AAAA).1.ends_with(&[0, 0, 0, 1]));
            assert_eq!(found(name, 15).0, 0, "no mail");
        }
        let v6 = format!("1.{}ip6.arpa", "0.".repeat(31));
        for name in ["1.0.0.127.in-addr.arpa", "53.0.0.127.IN-ADDR.arpa", &v6] {
            assert!(found(name, TYPE_PTR).1.ends_with(b"\x09localhost\x00"));
        }
    }

    #[test]
    fn a_known_name_has_its_addresses() {
        let at = |text: &str| text.parse::<SocketAddr>().unwrap();
        let names = [
            ("Athens.Internal".to_owned(), vec![at("192.0.2.1:3000"), at("[2001:db8::1]:3000")]),
            ("192.0.2.2".to_owned(), vec![at("192.0.2.2:80")]),
        ];
        let names = names.iter().map(|(name, found)| (name.as_str(), found.as_slice()));
        let known = Known::new(names, &["corp.example".to_owned()]);
        let answer = |name: &str, kind| hear(&query(1, name, kind), &known);
        for name in ["athens.internal", "ATHENS.internal", "athens.internal.corp.example"] {
            let heard = answer(name, TYPE_A);
            assert_eq!(heard.said, Said::OurOwn, "{name}");
            assert!(heard.answer.unwrap().ends_with(&[0, 4, 192, 0, 2, 1]));
            assert!(answer(name, TYPE_AAAA).answer.unwrap().ends_with(&[0, 0, 0, 1]));
            let mail = answer(name, 15).answer.unwrap();
            assert_eq!((mail[3] & 0x0f, mail[7]), (0, 0), "it is known, and has none");
        }
        for name in ["internal", "x.athens.internal", "192.0.2.2", "athens.internal.other"] {
            assert_eq!(answer(name, TYPE_A).said, question(name, "A"), "{name}");
        }
    }

    #[test]
    fn others_are_not_this_machine() {
        let v6 = format!("2.{}ip6.arpa", "0.".repeat(31));
        for name in [
            "localhost.example",
            "xlocalhost",
            "1.0.0.10.in-addr.arpa",
            "0.127.in-addr.arpa",
            "256.0.0.127.in-addr.arpa",
            "127.in-addr.arpa",
            "ip6.arpa",
            &v6,
        ] {
            assert_eq!(said(&query(1, name, TYPE_PTR)), question(name, "PTR"));
        }
        let mut chaos = query(1, "localhost", TYPE_A);
        *chaos.last_mut().unwrap() = 3;
        assert_eq!(said(&chaos), question("localhost", "A"));
    }

    #[test]
    fn what_cannot_be_read_is_refused_as_such() {
        let code = |message: &[u8]| {
            let heard = hear(message, &Known::default());
            assert!(matches!(heard.said, Said::NoQuestion(_)), "{heard:?}");
            let answer = heard.answer.unwrap();
            assert_eq!(answer.len(), HEADER);
            assert_eq!(answer[4..], [0; 8]);
            answer[3] & 0x0f
        };
        let good = query(7, "proxy.example", 1);
        for cut in HEADER..good.len() {
            assert_eq!(code(&good[..cut]), 1, "{cut} bytes");
        }
        let mut pointer = good.clone();
        pointer[12] = 0xc0;
        assert_eq!(code(&pointer), 1);
        for questions in [0, 2] {
            let mut other = good.clone();
            other[5] = questions;
            assert_eq!(code(&other), 1, "{questions} questions");
        }
        let long = vec!["a".repeat(63); 4].join(".");
        assert_eq!(code(&query(7, &long, 1)), 1, "256 bytes");
        assert_eq!(said(&query(7, &long[2..], 1)), question(&long[2..], "A"), "254 bytes");
        let mut update = good.clone();
        update[2] |= 5 << 3;
        assert_eq!(code(&update), 4);
    }

    #[test]
    fn no_answer_where_it_would_go_round_in_circles() {
        let mut response = query(7, "proxy.example", 1);
        response[2] |= 0x80;
        for message in [&response[..], &response[..11], &[]] {
            assert_eq!(hear(message, &Known::default()).answer, None);
        }
    }

    /// Any bytes, and a query with some bytes changed.
    fn messages() -> impl Strategy<Value = Vec<u8>> {
        let near = ("([a-z]{0,70}\\.){0,5}localhost", any::<u16>(), any::<[u8; 3]>());
        let near = near.prop_map(|(name, kind, [at, to, cut])| {
            let mut message = query(kind, &name, kind % 40);
            let length = message.len();
            message[usize::from(at) % length] = to;
            message.truncate(length.saturating_sub(usize::from(cut) % 16));
            message
        });
        prop_oneof![prop::collection::vec(any::<u8>(), 0..600), near]
    }

    proptest! {
        #[test]
        fn no_message_does_harm(message in messages()) {
            let heard = hear(&message, &Known::default());
            if let Said::Question { name, .. } = &heard.said {
                prop_assert!(name.bytes().all(|byte| byte.is_ascii_graphic()));
            }
            if let Some(answer) = heard.answer {
                prop_assert!(answer.len() <= message.len() + 64);
                prop_assert_eq!(&answer[..2], &message[..2]);
                prop_assert!(answer[2] & 0x80 != 0);
            }
        }
    }
}
