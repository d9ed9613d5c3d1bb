//! Rate limits per login and per address (threat T23). In memory, per instance, bounded.
//!
//! ```text
//! a request costs 1, + 1 for each 40 operations that it has signed,
//!                    + 1 for each 64 KiB that it sends,
//!                    + 1 for each 64 KiB of the page's files that it is sent
//! ```
//! Who opens links is counted once more by address, at a login's rate, also for the record that is
//! read: it needs no login, and takes nothing from those who have one.
//!
//! The default of 50 a second allows a login 2 000 URLs a second, more than a browser can use over
//! its six connections to a store, and an address 12.5 MiB of the page a second, some forty
//! concurrent first visits. No component of a request costs more than half a burst: with a low rate
//! a large request waits, but not forever.

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

/// Most logins, and most addresses, that are tracked separately.
const MAX_KEYS: usize = 50_000;
/// Burst size, in seconds of the rate.
pub const BURST_SECONDS: u32 = 5;
/// One address may have several users.
pub const PEOPLE: u32 = 4;
/// This many operations cost as much as a request.
pub const OPERATIONS: u64 = 40;
/// This many bytes cost as much as a request.
pub const BYTES: u64 = 64 * 1024;

/// Source of a request: an IPv4 address or an IPv6 /64 network. Requests without one (not from a
/// socket) share one counter.
#[derive(Clone, Debug, Default)]
pub struct Address(Option<IpAddr>);

/// The limiters.
pub struct Limits {
    logins: Limiter<LoginId>,
    addresses: Limiter<IpAddr>,
    /// Of what anybody may ask without a login.
    strangers: Limiter<IpAddr>,
    /// Number of trusted proxies that write `X-Forwarded-For`.
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
            strangers: Limiter::new(rate),
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

    /// Counts operations of a request that was counted already.
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

    /// Counts a request that needs no login.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooMany`].
    pub fn stranger(&self, address: &Address) -> Result<(), Refusal> {
        self.strangers.check(address.0.as_ref(), 1)
    }

    /// Counts what a request without a login, counted already, has signed and read: operations, and
    /// the bytes of a record.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooMany`].
    pub fn opened(
        &self,
        address: &Address,
        operations: usize,
        bytes: usize,
    ) -> Result<(), Refusal> {
        let count = |amount| u64::try_from(amount).unwrap_or(u64::MAX);
        let cost = count(operations) / OPERATIONS + count(bytes) / BYTES;
        self.strangers.check(address.0.as_ref(), cost)
    }

    /// Counts bytes of a request that was counted already.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooMany`].
    pub fn bytes(&self, address: &Address, bytes: usize) -> Result<(), Refusal> {
        self.addresses.check(address.0.as_ref(), u64::try_from(bytes).unwrap_or(u64::MAX) / BYTES)
    }
}

/// Counts a request for its address before any other work, and stores the address for later
/// handlers.
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

/// The address that our outermost proxy saw: each proxy appends the address that it sees, so with
/// `proxies` of them it is that many entries from the end. The client may have forged the entries
/// before it.
fn forwarded(headers: &HeaderMap, proxies: NonZeroU8) -> Option<IpAddr> {
    let lines =
        headers.get_all("x-forwarded-for").iter().map(|line| line.to_str().unwrap_or_default());
    let entries: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let entry = entries.iter().rev().nth(usize::from(proxies.get() - 1))?;
    // Some proxies write the port as well.
    entry.parse().ok().or_else(|| entry.parse().ok().map(|socket: SocketAddr| socket.ip()))
}

/// One IPv6 user has a whole /64: 2⁶⁴ addresses.
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
        // Idle keys equal new ones: drop them from time to time.
        if self.calls.fetch_add(1, Ordering::Relaxed) % 1_024 == 1_023 {
            self.keyed.retain_recent();
        }
        // Bounds memory: while too many keys are active, all share one counter.
        let key = key.filter(|_| self.keyed.len() < MAX_KEYS).cloned();
        match self.keyed.check_key_n(&key, cost) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(until)) => {
                let wait = until.wait_time_from(DefaultClock::default().now());
                Err(Refusal::TooMany(wait.as_secs().saturating_add(1)))
            }
            // Unreachable: a cost is at most half a burst.
            Err(_) => Err(Refusal::TooMany(BURST_SECONDS.into())),
        }
    }
}
