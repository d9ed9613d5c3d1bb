//! The network: every request takes its time and may meet a fault. A request whose last byte has
//! left arrives whatever becomes of the one who sent it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use async_trait::async_trait;
use frond::port::{Http, HttpError, Request, Response};
use frond::session::SnapshotLimits;
use frond_wire::Operation;
use futures_channel::oneshot;

use crate::bucket::{Bucket, range};
use crate::device::Device;
use crate::executor::{Executor, OUTSIDE};
use crate::fault::Fault;
use crate::gate::{Gate, STORE};
use crate::plant::Plant;
use crate::random::Random;
use crate::trace::Trace;

/// Seconds since the Unix epoch when a world begins.
pub const BEGAN: u64 = 1_760_000_000;
/// The most that a store's lists run behind, in milliseconds.
const BEHIND: u64 = 60_000;
/// After so many milliseconds without a byte a browser's request is given up.
const STALL: u64 = 30_000;

/// Which requests something is planned for.
pub type Meets = fn(&Operation) -> bool;

/// What the sky over a schedule is like.
pub struct Weather {
    /// Faults in a thousand requests.
    pub rate: Cell<u64>,
    /// Those that this schedule knows.
    pub faults: RefCell<Vec<Fault>>,
    /// What meets the next request that it suits, whatever the rate.
    pub planned: RefCell<Vec<(Fault, Meets)>>,
    /// Until then nobody reaches the store, the endpoint.
    pub store_down: Cell<u64>,
    pub gate_down: Cell<u64>,
    /// Longest way of a request, in milliseconds, and bytes that leave in one.
    pub latency: Cell<u64>,
    pub bandwidth: Cell<u64>,
}

pub struct Net {
    pub executor: Rc<Executor>,
    pub trace: Rc<Trace>,
    pub bucket: Rc<Bucket>,
    pub gate: Gate,
    pub weather: Weather,
    pub random: Random,
    pub plant: Option<Plant>,
    pub snapshots: SnapshotLimits,
    pub requests: Cell<u64>,
    pub faults: Cell<u64>,
}

impl Net {
    /// Seconds since the Unix epoch by a clock that is right.
    fn time(&self) -> u64 {
        BEGAN + self.executor.now() / 1000
    }

    /// No more faults, from now on and for ever.
    pub fn heal(&self) {
        self.weather.rate.set(0);
        self.weather.store_down.set(0);
        self.weather.gate_down.set(0);
    }

    fn reachable(&self, device: &Device, store: bool) -> bool {
        let down = if store { &self.weather.store_down } else { &self.weather.gate_down };
        self.executor.now() >= down.get().max(device.offline.get())
    }

    fn draw(&self, request: &Request) -> Option<Fault> {
        self.requests.set(self.requests.get() + 1);
        let signed = self.gate.signed(&request.url);
        let operation = signed.as_ref().map(|signed| &signed.operation);
        let mut planned = self.weather.planned.borrow_mut();
        let met = planned.iter().position(|(_, suits)| operation.is_some_and(suits));
        if let Some(met) = met {
            return Some(planned.remove(met).0);
        }
        if !self.random.chance(self.weather.rate.get()) {
            return None;
        }
        let faults = self.weather.faults.borrow();
        let suited: Vec<_> =
            faults.iter().copied().filter(|fault| fault.suits(operation, request)).collect();
        let fault = self.random.pick(&suited).copied();
        self.faults.set(self.faults.get() + u64::from(fault.is_some()));
        fault
    }

    /// What comes back from the other side.
    fn perform(
        &self,
        request: &Request,
        fault: Option<Fault>,
        device: &str,
        began: u64,
    ) -> Response {
        if let Some(refusal) = fault.and_then(|fault| fault.refusal(&self.random)) {
            return refusal;
        }
        let now = self.executor.now();
        let response = match self.gate.signed(&request.url) {
            Some(signed) if signed.until <= began => crate::bucket::error(403, "AccessDenied"),
            Some(signed) => {
                let asked = self.crooked(request, fault);
                let behind = match fault {
                    Some(Fault::Stale) => self.random.between(1, BEHIND),
                    Some(Fault::StaleByMost) => BEHIND,
                    _ => 0,
                };
                let behind =
                    behind.max(Plant::blindness(self.plant, device, &signed.operation, now));
                let response = self.bucket.perform(&signed.operation, &asked, now, behind);
                Plant::after(self.plant, &self.bucket, &signed.operation);
                response
            }
            None => self.gate.answer(request, self.time()),
        };
        match fault {
            Some(fault) => fault.spoil(response, &self.random),
            None => response,
        }
    }

    /// The request as the store understands it.
    fn crooked(&self, request: &Request, fault: Option<Fault>) -> Request {
        let mut headers = request.headers.clone();
        match (fault, range(request)) {
            (Some(Fault::Whole), Some(_)) => headers.retain(|(name, _)| name != "range"),
            (Some(Fault::WrongRange), Some((first, end))) => {
                headers.retain(|(name, _)| name != "range");
                headers.push(("range".to_owned(), format!("bytes={}-{end}", first + 1)));
            }
            _ => {}
        }
        let Request { method, url, body, max_response, .. } = request;
        let mut body = Rc::clone(body);
        if fault == Some(Fault::Damaged) {
            let mut bytes = body.to_vec();
            let at = self.random.below(u64::try_from(bytes.len()).unwrap());
            bytes[usize::try_from(at).unwrap()] ^= 1 << self.random.below(8);
            body = Rc::new(bytes.into());
        }
        Request {
            method: method.clone(),
            url: url.clone(),
            headers,
            body,
            max_response: *max_response,
        }
    }

    fn named(&self, request: &Request) -> String {
        match self.gate.signed(&request.url) {
            Some(signed) => {
                let range = range(request).map(|(first, end)| format!(" {first}..{end}"));
                format!("{:?}{}", signed.operation, range.unwrap_or_default())
            }
            None => format!(
                "{} {} {}",
                request.method,
                request.url,
                String::from_utf8_lossy(&request.body.bytes())
            ),
        }
    }
}

/// One tab's way out.
pub struct Line {
    pub net: Rc<Net>,
    pub device: Rc<Device>,
}

impl Line {
    pub fn new(net: &Rc<Net>, device: &Rc<Device>) -> Self {
        Self { net: Rc::clone(net), device: Rc::clone(device) }
    }
}

#[async_trait(?Send)]
impl Http for Line {
    async fn send(&self, request: Request, sent: &dyn Fn(u64)) -> Result<Response, HttpError> {
        let net = &self.net;
        let store = request.url.starts_with(STORE);
        let fault = net.draw(&request);
        let what = if net.trace.on() { net.named(&request) } else { String::new() };
        net.trace.say(|| format!("{} → {what} {fault:?}", self.device.name));
        let length = u64::try_from(request.body.len()).unwrap();
        net.executor.sleep(net.random.between(1, net.weather.latency.get())).await;
        sent(length / 2);
        // A signature is judged when a request's head arrives, not its last byte.
        let mut began = net.time();
        if fault == Some(Fault::Stalled) {
            net.executor.sleep(STALL).await;
            return Err(HttpError::Stalled);
        }
        net.executor.sleep(length / net.weather.bandwidth.get()).await;
        if fault == Some(Fault::Lost) || !net.reachable(&self.device, store) {
            net.trace.say(|| format!("{} lost: {what}", self.device.name));
            return Err(HttpError::NoAnswer);
        }
        sent(length);
        let (reply, answer) = oneshot::channel();
        let (packet, device) = (Rc::clone(net), Rc::clone(&self.device));
        // What has left is no longer the tab's memory.
        let request = Request { body: Rc::new(request.body.to_vec().into()), ..request };
        net.executor.spawn(OUTSIDE, async move {
            let net = packet;
            if fault == Some(Fault::Late) {
                net.executor.sleep(net.random.between(1_000, 600_000)).await;
                began = net.time();
            }
            let response = net.perform(&request, fault, &device.name, began);
            net.trace.say(|| {
                let body =
                    String::from_utf8_lossy(response.body.get(..200).unwrap_or(&response.body))
                        .into_owned();
                format!("{} done: {what} {} {body}", device.name, response.status)
            });
            let back = net.random.between(1, net.weather.latency.get());
            let back =
                back + u64::try_from(response.body.len()).unwrap() / net.weather.bandwidth.get();
            net.executor.sleep(if fault == Some(Fault::Slow) { 25_000 } else { back }).await;
            let fits = response.body.len() <= request.most(response.status);
            if fault != Some(Fault::AnswerLost) && net.reachable(&device, store) {
                let _ = reply.send(if fits { Ok(response) } else { Err(HttpError::TooLarge) });
            }
        });
        if fault == Some(Fault::Late) {
            return Err(HttpError::NoAnswer);
        }
        answer.await.unwrap_or(Err(HttpError::NoAnswer))
    }
}
