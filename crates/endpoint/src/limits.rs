//! How often one login, and one address, may ask (threat T23). In memory, per instance, bounded.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::App;
use crate::config;
use crate::error::Refusal;
use crate::keys::LoginId;

/// Most logins, and most addresses, that are told apart at one time.
const MAX_KEYS: usize = 50_000;
/// A burst is this many seconds' worth.
pub const BURST_SECONDS: u32 = 5;
/// One address may be several people.
pub const PEOPLE: u32 = 4;

/// The two limiters.
pub struct Limits {
    logins: Limiter<LoginId>,
    addresses: Limiter<IpAddr>,
    forwarded: bool,
}

impl Limits {
    /// As configured.
    #[must_use]
    pub fn new(limits: config::Limits) -> Self {
        let rate = limits.requests_per_second;
        Self {
            logins: Limiter::new(rate),
            addresses: Limiter::new(rate.saturating_mul(NonZeroU32::MIN.saturating_add(PEOPLE - 1))),
            forwarded: limits.forwarded,
        }
    }

    /// Counts a request of this login.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooMany`].
    pub fn login(&self, login: &LoginId) -> Result<(), Refusal> {
        self.logins.check(Some(login.clone()))
    }
}

/// Counts a request of its address, before anything else is done for it. Without an address (a request that came
/// through no socket) all share one count.
///
/// # Errors
///
/// [`Refusal::TooMany`].
pub async fn by_address(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let address = if app.limits.forwarded { forwarded(request.headers()).or(peer) } else { peer };
    app.limits.addresses.check(address.map(network))?;
    Ok(next.run(request).await)
}

/// The last address in `X-Forwarded-For`: the one that the proxy next to us has seen itself.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
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
    calls: AtomicU32,
}

impl<K: Clone + Eq + Hash> Limiter<K> {
    fn new(rate: NonZeroU32) -> Self {
        let burst = rate.saturating_mul(NonZeroU32::MIN.saturating_add(BURST_SECONDS - 1));
        Self {
            keyed: RateLimiter::keyed(Quota::per_second(rate).allow_burst(burst)),
            calls: AtomicU32::new(0),
        }
    }

    fn check(&self, key: Option<K>) -> Result<(), Refusal> {
        // Keys that have been quiet are as good as new: they are forgotten now and then.
        if self.calls.fetch_add(1, Ordering::Relaxed) % 1_024 == 1_023 {
            self.keyed.retain_recent();
        }
        // Memory stays bounded: while too many are busy at once, all share one count.
        let key = key.filter(|_| self.keyed.len() < MAX_KEYS);
        self.keyed.check_key(&key).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            Refusal::TooMany(wait.as_secs().saturating_add(1))
        })
    }
}
