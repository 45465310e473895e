//! A conversation over TCP: messages, each after its length in two bytes.

use super::serve::Ears;
use super::{Question, Transport};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// One of them.
#[derive(Debug)]
pub(super) struct Conversation {
    pub(super) stream: TcpStream,
    asker: SocketAddr,
    server: SocketAddr,
    /// What came of the next message; never longer than one message and one read.
    begun: Vec<u8>,
    /// When the last message was complete; at first, when the conversation began.
    since: Instant,
    /// Whether something was handed on of it.
    is_noted: bool,
    /// Whether the asker takes its answers.
    is_listening: bool,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing came.
    Silent,
    /// Something came.
    Heard,
    /// The asker has ended it.
    Over,
}

/// No resolver waits so long between its questions and expects the server to be there still.
const LONGEST: Duration = Duration::from_secs(10);
/// How often we read on before others have their turn.
const READS: usize = 64;

impl Conversation {
    pub(super) fn new(
        stream: TcpStream,
        asker: SocketAddr,
        server: SocketAddr,
    ) -> io::Result<Conversation> {
        stream.set_nonblocking(true)?;
        Ok(Conversation {
            stream,
            asker,
            server,
            begun: Vec::new(),
            since: Instant::now(),
            is_noted: false,
            is_listening: true,
        })
    }

    /// When it ends, unless another message comes.
    pub(super) fn ends_at(&self) -> Instant {
        self.since + LONGEST
    }

    /// Reads what is there, and answers what is complete.
    pub(super) fn listen(&mut self, ears: &Ears) -> Turn {
        let mut turn = Turn::Silent;
        let mut bytes = [0; 4096];
        for _ in 0..READS {
            match self.stream.read(&mut bytes) {
                Ok(0) => return Turn::Over,
                Ok(length) => {
                    turn = Turn::Heard;
                    self.begun.extend(&bytes[..length]);
                    self.answer_complete(ears);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => return Turn::Over,
            }
        }
        turn
    }

    fn answer_complete(&mut self, ears: &Ears) {
        let mut taken = 0;
        while let Some(message) = first_message(&self.begun[taken..]) {
            taken += 2 + message.len();
            let answer = ears.hear(message, Transport::Tcp, self.asker, self.server);
            if let Some(answer) = answer
                && self.is_listening
            {
                self.is_listening = say(&self.stream, &answer).is_ok();
            }
            self.is_noted = true;
            self.since = Instant::now();
        }
        self.begun.drain(..taken);
    }

    /// Hands on that somebody came who has not asked, or not to the end.
    pub(super) fn note_unfinished(&mut self, ears: &Ears) {
        let why = match self.begun.is_empty() {
            true if self.is_noted => return,
            true => "nothing",
            false => "an incomplete query",
        };
        self.begun.clear();
        self.is_noted = true;
        ears.note(Question::none(why, Transport::Tcp, self.asker, self.server));
    }
}

/// The first message of what has come, once it is complete.
fn first_message(bytes: &[u8]) -> Option<&[u8]> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.get(..usize::from(u16::from_be_bytes(*length)))
}

/// Answers are far smaller than the buffer of a socket. Where one does not fit, nobody is reading.
fn say(mut stream: &TcpStream, answer: &[u8]) -> io::Result<()> {
    let length = u16::try_from(answer.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), answer].concat())
}
