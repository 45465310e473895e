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
    /// Whether what came last was handed on, or that nothing came.
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
                    self.take(&bytes[..length], ears);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => return Turn::Over,
            }
        }
        turn
    }

    /// Answers what is complete with these bytes, and keeps the rest.
    fn take(&mut self, bytes: &[u8], ears: &Ears) {
        let was_begun = !self.begun.is_empty();
        self.begun.extend(bytes);
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
        let begins_anew = taken > 0 || !was_begun;
        if begins_anew && !self.begun.is_empty() {
            self.is_noted = false;
        }
    }

    /// Hands on, once, that somebody came who has not asked, or not to the end.
    pub(super) fn note_unfinished(&mut self, ears: &Ears) {
        if !std::mem::replace(&mut self.is_noted, true) {
            let why = if self.begun.is_empty() { "nothing" } else { "an incomplete query" };
            ears.note(Question::none(why, Transport::Tcp, self.asker, self.server));
        }
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
