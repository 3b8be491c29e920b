//! What all connections of one address together may use.
//!
//! An IPv6 visitor has a /64 of addresses, so that counts as one. A loopback address stands for a reverse proxy or a
//! developer, never for a visitor, and is not limited.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

use swarmfetch_wire::{Bucket, Millis};

use crate::Limits;

/// One address's use.
#[derive(Clone, Debug)]
struct Account {
    connections: usize,
    connects: Bucket,
    messages: Bucket,
    strangers: Bucket,
}

/// The accounts of all addresses with connections, or with connections a short while ago.
#[derive(Clone, Debug, Default)]
pub(crate) struct Addresses {
    accounts: BTreeMap<IpAddr, Account>,
}

impl Addresses {
    /// Counts a new connection; false when there are too many.
    pub(crate) fn connect(&mut self, now: Millis, address: IpAddr, limits: &Limits) -> bool {
        if address.is_loopback() {
            return true;
        }
        let new = |(burst, token_ms)| Bucket::new(burst, token_ms);
        let account = self.accounts.entry(address).or_insert_with(|| Account {
            connections: 0,
            connects: new(limits.connects_per_address),
            messages: new(limits.messages_per_address),
            strangers: new(limits.strangers_per_address),
        });
        let granted =
            account.connections < limits.connections_per_address && account.connects.take(now);
        account.connections += usize::from(granted);
        granted
    }

    /// Counts a connection less.
    pub(crate) fn disconnect(&mut self, address: IpAddr) {
        if let Some(account) = self.accounts.get_mut(&address) {
            account.connections = account.connections.saturating_sub(1);
        }
    }

    /// Counts messages; false when there were too many.
    pub(crate) fn message(&mut self, now: Millis, address: IpAddr, weight: u64) -> bool {
        self.accounts
            .get_mut(&address)
            .is_none_or(|account| account.messages.take_many(now, weight))
    }

    /// Counts an introduction to a stranger; false when there were too many.
    pub(crate) fn meet(&mut self, now: Millis, address: IpAddr) -> bool {
        self.accounts
            .get_mut(&address)
            .is_none_or(|account| account.strangers.take(now))
    }

    /// Forgets the accounts that a new one would equal.
    pub(crate) fn sweep(&mut self, now: Millis) {
        self.accounts.retain(|_, account| {
            let full = [account.connects, account.messages, account.strangers]
                .iter()
                .all(|bucket| bucket.is_full(now));
            account.connections > 0 || !full
        });
    }

    /// Number of accounts.
    pub(crate) fn len(&self) -> usize {
        self.accounts.len()
    }
}

/// The address that an account goes by.
pub(crate) fn account(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if !v6.is_loopback() => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}
