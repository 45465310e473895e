//! What the kernel refused. Numbers only: who asked and for what is not in a counter.

/// What the kernel refused for want of a route, by address family.
///
/// Every refused `connect` and every refused datagram counts one. A UDP `connect` counts too,
/// although it sends nothing. Traffic to loopback is never counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Refused over IPv4.
    pub ipv4: u64,
    /// Refused over IPv6.
    pub ipv6: u64,
}

impl Counted {
    /// Both families together.
    pub fn total(&self) -> u64 {
        self.ipv4.saturating_add(self.ipv6)
    }

    /// Whether nothing was refused.
    pub fn is_empty(&self) -> bool {
        self.total() == 0
    }

    /// What was added since `earlier`.
    #[cfg_attr(not(all(target_os = "linux", not(go_offline_stub))), allow(dead_code))] // counts nothing there
    pub(super) fn since(self, earlier: Counted) -> Counted {
        Counted {
            ipv4: self.ipv4.saturating_sub(earlier.ipv4),
            ipv6: self.ipv6.saturating_sub(earlier.ipv6),
        }
    }
}
