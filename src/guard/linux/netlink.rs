//! What we ask of rtnetlink, in the network namespace of the calling thread: loopback, and addresses
//! on it.

use super::talk::{Talk, add_attribute};
use rustix::net::AddressFamily;
use std::io;
use std::net::IpAddr;

/// A conversation with the kernel about links and their addresses.
#[derive(Debug)]
pub(super) struct Route(Talk);

const RTM_NEWLINK: u16 = 16;
const RTM_NEWADDR: u16 = 20;
const NLM_F_REPLACE: u16 = 0x100;
const NLM_F_CREATE: u16 = 0x400;
const IFF_UP: u32 = 1;
/// Loopback is the first device of every network namespace.
const LOOPBACK: i32 = 1;

impl Route {
    pub(super) fn open() -> io::Result<Route> {
        Talk::about_routes().map(Route)
    }

    pub(super) fn bring_up_loopback(&mut self) -> io::Result<()> {
        // struct ifinfomsg { u8 family, u8 pad, u16 type, i32 index, u32 flags, u32 change }
        let mut body = vec![0; 4];
        body.extend(LOOPBACK.to_ne_bytes());
        body.extend(IFF_UP.to_ne_bytes());
        body.extend(IFF_UP.to_ne_bytes());
        self.0.order(RTM_NEWLINK, 0, &body)
    }

    /// Gives loopback one more address, alone in its network. That it has it already is no error.
    pub(super) fn add_address(&mut self, address: IpAddr) -> io::Result<()> {
        self.0.order(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &host_address(address))
    }
}

/// Takes addresses on in the network of the calling thread, which holds nothing but its loopback.
#[derive(Debug, Default)]
pub(super) struct Places {
    route: Option<Route>,
    /// Those that were taken on.
    pub(super) taken: Vec<IpAddr>,
}

impl Places {
    /// Makes an address one of this network. Loopback's are.
    pub(super) fn take(&mut self, address: IpAddr) -> io::Result<()> {
        if address.is_loopback() || self.taken.contains(&address) {
            return Ok(());
        }
        let route = match &mut self.route {
            Some(route) => route,
            none => none.insert(Route::open()?),
        };
        route.add_address(address)?;
        self.taken.push(address);
        Ok(())
    }
}

/// struct ifaddrmsg { u8 family, u8 prefix length, u8 flags, u8 scope, u32 index }, then the address
/// as the attributes IFA_LOCAL and IFA_ADDRESS: the same where there is no peer.
fn host_address(address: IpAddr) -> Vec<u8> {
    const IFA_F_NODAD: u8 = 2; // usable at once: nobody else can have it
    const RT_SCOPE_HOST: u8 = 254;
    const IFA_ADDRESS: u16 = 1;
    const IFA_LOCAL: u16 = 2;
    let (family, bits, bytes) = match address {
        IpAddr::V4(address) => (AddressFamily::INET, 32, address.octets().to_vec()),
        IpAddr::V6(address) => (AddressFamily::INET6, 128, address.octets().to_vec()),
    };
    let mut body = vec![family.as_raw() as u8, bits, IFA_F_NODAD, RT_SCOPE_HOST]; // 2 or 10
    body.extend(LOOPBACK.to_ne_bytes());
    for attribute in [IFA_LOCAL, IFA_ADDRESS] {
        add_attribute(&mut body, attribute, &bytes);
    }
    body
}
