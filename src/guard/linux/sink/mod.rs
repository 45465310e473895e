//! The name server of the cage. It stands at the addresses that programs know from resolv.conf, and
//! knows no name but those that the policy lets through: what it is for is to hear which names are
//! asked, and to let the asker fail at once instead of after its timeouts.
//!
//! It sends nothing to anybody but askers inside the cage, and asks nobody itself.

mod resolv_conf;
pub(super) use resolv_conf::ResolvConf;

mod fold;

mod message;
pub(super) use message::Known;

mod door;
use door::Door;

mod conversation;

mod serve;
use serve::{Ears, Order, Server};

#[cfg(test)]
mod tests;

use super::netlink::Places;
use rustix::event::EventfdFlags;
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

/// How a question came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    Udp,
    Tcp,
}

/// One question to the name server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// The name as it was written, without its final dot. Of what is no question, the server's
    /// address: it was spoken to all the same.
    pub(super) name: String,
    /// The name in lower case.
    pub(super) key: String,
    /// `A`, `AAAA`, …, `TYPE64`; or what came instead of a question, in parentheses.
    pub(super) kind: String,
    pub(super) transport: Transport,
    pub(super) asker: SocketAddr,
    pub(super) server: SocketAddr,
}

/// Called with each question before it is answered, so that the asker still waits.
type OnQuestion = Box<dyn Fn(Question) + Send>;

/// A name server that knows next to no name.
#[derive(Debug)]
pub(super) struct Sink {
    addresses: Vec<SocketAddr>,
    orders: Sender<Order>,
    /// Wakes the serving thread up for an order.
    bell: Arc<OwnedFd>,
}

/// How long [`Sink::drain`] waits at most.
const LONGEST_DRAIN: Duration = Duration::from_millis(200);

impl Sink {
    /// Opens it in the network of the calling thread, whose loopback is up and its own. It serves there
    /// on a thread of its own, until it is dropped.
    pub(super) fn open(
        resolv_conf: &ResolvConf,
        places: &mut Places,
        known: Known,
        on_question: impl Fn(Question) + Send + Sync + 'static,
    ) -> io::Result<Sink> {
        Sink::serve(Door::open_all(resolv_conf.name_servers(), places)?, known, on_question)
    }

    /// Opens it on a loopback that is shared with others, at a port that is free: whoever asks has to
    /// be led there.
    pub(super) fn open_anywhere(
        known: Known,
        on_question: impl Fn(Question) + Send + Sync + 'static,
    ) -> io::Result<Sink> {
        Sink::serve(vec![Door::open_anywhere()?], known, on_question)
    }

    fn serve(
        doors: Vec<Door>,
        known: Known,
        on_question: impl Fn(Question) + Send + Sync + 'static,
    ) -> io::Result<Sink> {
        let addresses = doors.iter().map(|door| door.address).collect();
        let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
        let bell = Arc::new(rustix::event::eventfd(0, flags)?);
        let (orders, to_do) = mpsc::channel();
        let ears = Ears { on_question: Box::new(on_question), known };
        let server = Server::new(doors, to_do, Arc::clone(&bell), ears);
        thread::Builder::new().name("name server".to_owned()).spawn(|| server.run())?;
        Ok(Sink { addresses, orders, bell })
    }

    /// Returns when all that was sent to it before was handed on.
    pub(super) fn drain(&self) {
        let (done, is_done) = mpsc::channel();
        self.order(Order::Drain(done));
        // Late or gone, it has nothing more to tell: the counters of the kernel do not depend on it.
        let _ = is_done.recv_timeout(LONGEST_DRAIN);
    }

    /// Where it is spoken to, by UDP and TCP.
    pub(super) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The calling thread may be one of the watched: this is one write(2), to no address.
    fn order(&self, order: Order) {
        if self.orders.send(order).is_ok() {
            // Its only error is that it has been rung 2^64 times and not been heard.
            let _ = rustix::io::write(&self.bell, &1_u64.to_ne_bytes());
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.order(Order::End);
    }
}
