//! The thread that serves: it waits for any socket, and then looks at all of them.

use super::conversation::{Conversation, Turn};
use super::message::{self, Heard, Known, Said};
use super::{Door, LONGEST_DRAIN, OnQuestion, Question, Transport};
use rustix::event::{PollFd, PollFlags, Timespec};
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

/// What the serving thread is told.
#[derive(Debug)]
pub(super) enum Order {
    /// To hand on all that has come, and then to say so.
    Drain(Sender<()>),
    /// To stop.
    End,
}

/// The serving thread's own.
pub(super) struct Server {
    doors: Vec<Door>,
    /// The oldest first.
    conversations: VecDeque<Conversation>,
    orders: Receiver<Order>,
    bell: Arc<OwnedFd>,
    ears: Ears,
    datagram: Box<[u8]>,
}

/// More at a time are not kept up: the oldest, which has been heard, gives way.
const MOST_CONVERSATIONS: usize = 64;
/// How many of one socket we take before others have their turn.
const TURN: usize = 1024;
/// How long we rest where the system lacks something that we need.
const REST: Duration = Duration::from_millis(10);

impl Server {
    pub(super) fn new(
        doors: Vec<Door>,
        orders: Receiver<Order>,
        bell: Arc<OwnedFd>,
        ears: Ears,
    ) -> Server {
        let datagram = vec![0; 1 << 16].into_boxed_slice();
        let conversations = VecDeque::new();
        Server { doors, conversations, orders, bell, ears, datagram }
    }

    /// Serves until it is told to stop.
    pub(super) fn run(mut self) {
        loop {
            self.wait();
            self.look();
            loop {
                match self.orders.try_recv() {
                    Ok(Order::Drain(done)) => {
                        self.drain();
                        // Whoever waits no longer need not know.
                        let _ = done.send(());
                    }
                    Ok(Order::End) | Err(TryRecvError::Disconnected) => return,
                    Err(TryRecvError::Empty) => break,
                }
            }
        }
    }

    fn wait(&self) {
        let bell = std::iter::once(PollFd::new(&self.bell, PollFlags::IN));
        let udp = self.doors.iter().map(|door| PollFd::new(&door.udp, PollFlags::IN));
        let tcp = self.doors.iter().map(|door| PollFd::new(&door.tcp, PollFlags::IN));
        let talks = self.conversations.iter().map(|one| PollFd::new(&one.stream, PollFlags::IN));
        let mut all: Vec<_> = bell.chain(udp).chain(tcp).chain(talks).collect();
        let first_end = self.conversations.iter().map(Conversation::ends_at).min();
        let timeout = first_end.map(|end| timespec(end.saturating_duration_since(Instant::now())));
        match rustix::event::poll(&mut all, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => thread::sleep(REST),
        }
        // How often it was rung does not matter: orders are looked for after each wait.
        let _ = rustix::io::read(&self.bell, &mut [0; 8]);
    }

    fn drain(&mut self) {
        let until = Instant::now() + LONGEST_DRAIN;
        while self.look() == Found::Something && Instant::now() < until {}
        for conversation in &mut self.conversations {
            conversation.note_unfinished(&self.ears);
        }
    }

    /// Takes what has come, without waiting for anything.
    fn look(&mut self) -> Found {
        let mut found = Found::Nothing;
        for at in 0..self.doors.len() {
            found = found.or(self.take_datagrams(at));
            found = found.or(self.take_conversations(at));
        }
        found.or(self.listen())
    }

    fn take_datagrams(&mut self, door: usize) -> Found {
        let Door { address, udp, .. } = &self.doors[door];
        let mut found = Found::Nothing;
        for _ in 0..TURN {
            match udp.recv_from(&mut self.datagram) {
                Ok((length, asker)) => {
                    found = Found::Something;
                    let message = &self.datagram[..length];
                    if let Some(answer) = self.ears.hear(message, Transport::Udp, asker, *address) {
                        // An asker who does not wait for the answer need not get it.
                        let _ = udp.send_to(&answer, asker);
                    }
                }
                Err(error) if comes_again(&error) => {}
                Err(error) => {
                    rest_unless_empty(&error);
                    break;
                }
            }
        }
        found
    }

    fn take_conversations(&mut self, door: usize) -> Found {
        let mut found = Found::Nothing;
        for _ in 0..TURN {
            let Door { address, tcp, .. } = &self.doors[door];
            match tcp.accept() {
                Ok((stream, asker)) => {
                    found = Found::Something;
                    if let Ok(conversation) = Conversation::new(stream, asker, *address) {
                        self.begin(conversation);
                    }
                }
                Err(error) if comes_again(&error) => {}
                Err(error) => {
                    rest_unless_empty(&error);
                    break;
                }
            }
        }
        found
    }

    fn begin(&mut self, mut conversation: Conversation) {
        if conversation.listen(&self.ears) == Turn::Over {
            return conversation.note_unfinished(&self.ears);
        }
        if self.conversations.len() >= MOST_CONVERSATIONS
            && let Some(mut oldest) = self.conversations.pop_front()
        {
            oldest.listen(&self.ears);
            oldest.note_unfinished(&self.ears);
        }
        self.conversations.push_back(conversation);
    }

    fn listen(&mut self) -> Found {
        let now = Instant::now();
        let mut found = Found::Nothing;
        let ears = &self.ears;
        self.conversations.retain_mut(|conversation| {
            let turn = conversation.listen(ears);
            if turn == Turn::Heard {
                found = Found::Something;
            }
            let goes_on = turn != Turn::Over && conversation.ends_at() > now;
            if !goes_on {
                conversation.note_unfinished(ears);
            }
            goes_on
        });
        found
    }
}

/// Whether there was anything to take.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Something,
    Nothing,
}

impl Found {
    fn or(self, other: Found) -> Found {
        if self == Found::Something { self } else { other }
    }
}

/// Hands on what is heard.
pub(super) struct Ears {
    pub(super) on_question: OnQuestion,
    /// The names that are answered.
    pub(super) known: Known,
}

impl Ears {
    /// Hands on what a message asks, and says what to answer.
    pub(super) fn hear(
        &self,
        message: &[u8],
        transport: Transport,
        asker: SocketAddr,
        server: SocketAddr,
    ) -> Option<Vec<u8>> {
        let Heard { said, answer } = message::hear(message, &self.known);
        match said {
            Said::Question { name, key, kind } => {
                self.note(Question { name, key, kind, transport, asker, server });
            }
            Said::NoQuestion(why) => self.note(Question::none(why, transport, asker, server)),
            Said::OurOwn => {}
        }
        answer
    }

    pub(super) fn note(&self, question: Question) {
        (self.on_question)(question);
    }
}

impl Question {
    /// What stands for something that is no question: it went to a name server all the same.
    pub(super) fn none(
        why: &str,
        transport: Transport,
        asker: SocketAddr,
        server: SocketAddr,
    ) -> Question {
        let name = server.to_string();
        Question { key: name.clone(), name, kind: format!("({why})"), transport, asker, server }
    }

    /// The host that was asked for. What was no question has none, and its kind in brackets.
    pub(in super::super) fn host(&self) -> Option<&str> {
        (!self.kind.starts_with('(')).then_some(self.name.as_str())
    }
}

/// Errors of one asker, or of one moment: the next call may go well.
fn comes_again(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), Interrupted | ConnectionAborted | ConnectionReset)
}

/// Anything else than "nothing there" is a lack (of descriptors, of memory) that polling would meet
/// again at once.
fn rest_unless_empty(error: &io::Error) {
    if error.kind() != io::ErrorKind::WouldBlock {
        thread::sleep(REST);
    }
}

fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: duration.subsec_nanos().into(),
    }
}
