//! x
use crate::guard::Attempt;
use std::io;
use std::net::{IpAddr, SocketAddr};
#[derive(Debug)]
pub(super) struct Sink;
#[derive(Debug)]
pub(super) struct ResolvConf;
impl ResolvConf {
    pub(super) fn read() -> ResolvConf {
        ResolvConf
    }
    pub(super) fn fold_names(&self, _: &mut Vec<Attempt>) {}
}
pub(super) enum Transport {
    Udp,
    Tcp,
}
pub(super) struct Question {
    pub(super) name: String,
    pub(super) key: String,
    pub(super) kind: String,
    pub(super) transport: Transport,
    pub(super) asker: SocketAddr,
    pub(super) server: SocketAddr,
}
impl Sink {
    pub(super) fn open(
        _: &ResolvConf,
        _: impl Fn(Question) + Send + Sync + 'static,
    ) -> io::Result<Sink> {
        Ok(Sink)
    }
    pub(super) fn drain(&self) {}
    pub(super) fn addresses(&self) -> Vec<IpAddr> {
        vec![]
    }
}
