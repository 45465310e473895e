//! x
use std::io;
use std::net::{IpAddr, SocketAddr};
#[derive(Debug)]
pub(in crate::guard) struct Diag;
pub(super) enum Routed {
    None,
    Local,
    Elsewhere,
}
impl Diag {
    pub(super) fn open() -> io::Result<Diag> {
        Ok(Diag)
    }
    pub(super) fn udp_inode(&mut self, _: SocketAddr, _: SocketAddr) -> io::Result<Option<u64>> {
        Ok(None)
    }
    pub(super) fn tcp_inode(&mut self, _: SocketAddr, _: SocketAddr) -> io::Result<Option<u64>> {
        Ok(None)
    }
    pub(super) fn tcp_listens(&mut self, _: SocketAddr) -> io::Result<bool> {
        Ok(true)
    }
    pub(super) fn udp_bound(&mut self, _: SocketAddr) -> io::Result<bool> {
        Ok(true)
    }
    pub(super) fn unix_listens(&mut self, _: u64, _: u64) -> io::Result<bool> {
        Ok(false)
    }
    pub(super) fn route(&mut self, _: IpAddr, _: u32) -> io::Result<Routed> {
        Ok(Routed::None)
    }
}
