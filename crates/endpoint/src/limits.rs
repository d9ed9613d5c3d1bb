//! How much one login, and one address, may ask for (threat T23). In memory, per instance, bounded.
//!
//! ```text
//! a request costs 1, + 1 for each 40 operations that it has signed, + 1 for each 64 KiB that it sends,
//!                    + 1 for each 64 KiB of the page's files that it is sent
//! ```
//! With the default of 50 a second: 2 000 URLs a second for a login, more than a browser can use
//! over the six connections that it opens to a store, and 12.5 MiB of the page a second for an
//! address, some forty first visits at one moment. No part costs more than half a burst: a low rate
//! makes a large request wait, and never for ever.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::{NonZeroU8, NonZeroU32};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use frond_wire::LoginId;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::App;
use crate::error::Refusal;

/// Most logins, and most addresses, that are told apart at one time.
const MAX_KEYS: usize = 50_000;
/// A burst is this many seconds' worth.
pub const BURST_SECONDS: u32 = 5;
/// One address may be several people.
pub const PEOPLE: u32 = 4;
/// So many operations cost as much as a request.
pub const OPERATIONS: u64 = 40;
/// So many bytes cost as much as a request.
pub const BYTES: u64 = 64 * 1024;

/// Where a request comes from: an address, or the network that one person has. Without one (a
/// request that came through no socket) all share one count.
#[derive(Clone, Debug, Default)]
pub struct Address(Option<IpAddr>);

/// The two limiters.
pub struct Limits {
    logins: Limiter<LoginId>,
    addresses: Limiter<IpAddr>,
    /// How many proxies in front write `X-Forwarded-For`.
    proxies: Option<NonZeroU8>,
}

impl Limits {
    /// As configured.
    #[must_use]
    pub fn new(limits: frond_config::Limits) -> Self {
        let rate = limits.requests_per_second;
        Self {
            logins: Limiter::new(rate),
            addresses: Limiter::new(
                rate.saturating_mul(NonZeroU32::MIN.saturating_add(PEOPLE - 1)),
            ),
            proxies: limits.forwarded.then_some(limits.proxies),
        }
    }

    /// Counts a request of this login.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooMany`].
    pub fn login(&self, login: &LoginId) -> Result<(), Refusal> {
        self.logins.check(Some(login), 1)
    }

    /// Counts operations of a request that is counted already.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooMany`].
    pub fn operations(
        &self,
        address: &Address,
        login: &LoginId,
        operations: usize,
    ) -> Result<(), Refusal> {
        let cost = u64::try_from(operations).unwrap_or(u64::MAX) / OPERATIONS;
        self.logins.check(Some(login), cost)?;
        self.addresses.check(address.0.as_ref(), cost)
    }

    /// Counts bytes of a request that is counted already.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooMany`].
    pub fn bytes(&self, address: &Address, bytes: usize) -> Result<(), Refusal> {
        self.addresses.check(address.0.as_ref(), u64::try_from(bytes).unwrap_or(u64::MAX) / BYTES)
    }
}

/// Counts a request of its address, before anything else is done for it, and notes the address for
/// what follows.
///
/// # Errors
///
/// [`Refusal::TooMany`].
pub async fn by_address(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let named = app.limits.proxies.and_then(|proxies| forwarded(request.headers(), proxies));
    let address = Address(named.or(peer).map(network));
    app.limits.addresses.check(address.0.as_ref(), 1)?;
    request.extensions_mut().insert(address);
    Ok(next.run(request).await)
}

/// The address that the outermost of our proxies saw: each appends the one that it sees itself, so
/// with `proxies` of them it is that many entries from the end. What stands before it, the caller
/// may have written.
fn forwarded(headers: &HeaderMap, proxies: NonZeroU8) -> Option<IpAddr> {
    let lines =
        headers.get_all("x-forwarded-for").iter().map(|line| line.to_str().unwrap_or_default());
    let entries: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let entry = entries.iter().rev().nth(usize::from(proxies.get() - 1))?;
    // Some write the port as well.
    entry.parse().ok().or_else(|| entry.parse().ok().map(|socket: SocketAddr| socket.ip()))
}

/// Who has one IPv6 address has the 2⁶⁴ around it.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

struct Limiter<K: Clone + Eq + Hash> {
    keyed: DefaultKeyedRateLimiter<Option<K>>,
    burst: NonZeroU32,
    calls: AtomicU32,
}

impl<K: Clone + Eq + Hash> Limiter<K> {
    fn new(rate: NonZeroU32) -> Self {
        let burst = rate.saturating_mul(NonZeroU32::MIN.saturating_add(BURST_SECONDS - 1));
        Self {
            keyed: RateLimiter::keyed(Quota::per_second(rate).allow_burst(burst)),
            burst,
            calls: AtomicU32::new(0),
        }
    }

    fn check(&self, key: Option<&K>, cost: u64) -> Result<(), Refusal> {
        let cost = u32::try_from(cost).unwrap_or(u32::MAX).min(self.burst.get() / 2);
        let Some(cost) = NonZeroU32::new(cost) else { return Ok(()) };
        // Keys that have been quiet are as good as new: they are forgotten now and then.
        if self.calls.fetch_add(1, Ordering::Relaxed) % 1_024 == 1_023 {
            self.keyed.retain_recent();
        }
        // Memory stays bounded: while too many are busy at once, all share one count.
        let key = key.filter(|_| self.keyed.len() < MAX_KEYS).cloned();
        match self.keyed.check_key_n(&key, cost) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(until)) => {
                let wait = until.wait_time_from(DefaultClock::default().now());
                Err(Refusal::TooMany(wait.as_secs().saturating_add(1)))
            }
            // Never: a cost is at most half a burst.
            Err(_) => Err(Refusal::TooMany(BURST_SECONDS.into())),
        }
    }
}
