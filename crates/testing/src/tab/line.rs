//! The command line's HTTP client, as a line that a test cuts.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use frond::port::{Http, HttpError, Request, Response};
use frond_cli::native::http::NativeHttp;
use tokio::sync::Notify;

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives, and so does its answer.
    Answered,
    /// It never arrives.
    Lost,
    /// It is carried out; its answer never arrives.
    AnswerLost,
    /// Nothing comes of it, and nobody gives it up.
    Stalled,
}

/// For how long no request comes before the answers arrive. All of a tab runs on one thread, with
/// its timers of a few milliseconds, so this is long enough however busy the machine is.
const QUIET: Duration = Duration::from_millis(100);

type Fates = dyn Fn(&Request) -> Fate;
/// Puts other words into the mouth of what has this URL.
type Words = dyn Fn(&str, &mut serde_json::Value);

/// The command line's client, whose line can be cut where a test says so.
pub struct Line {
    http: NativeHttp,
    fate: RefCell<Rc<Fates>>,
    words: RefCell<Option<Rc<Words>>>,
    waves: Waves,
}

/// Answers that are held back, see [`Line::answers_in_waves`].
#[derive(Default)]
struct Waves {
    held: Cell<bool>,
    /// Number of requests that were begun.
    begun: Cell<u32>,
    /// Number of these that were answered, or given up.
    answered: Cell<u32>,
    /// Number of requests that were begun when answers last arrived.
    passed_at: Cell<u32>,
    round_trips: Cell<u32>,
    next: Notify,
}

/// A request that is not answered yet.
struct Turn<'a>(&'a Waves);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.answered.set(self.0.answered.get() + 1);
    }
}

impl Waves {
    fn begin(&self) -> Turn<'_> {
        self.begun.set(self.begun.get() + 1);
        Turn(self)
    }

    fn waits(&self) -> bool {
        self.begun.get() > self.passed_at.get()
    }

    async fn pass(&self) {
        if self.held.get() {
            self.next.notified().await;
        }
    }
}

impl Default for Line {
    fn default() -> Self {
        let http = NativeHttp::with(reqwest::Client::builder().no_proxy()).unwrap();
        Self {
            http,
            fate: RefCell::new(Rc::new(|_| Fate::Answered)),
            words: RefCell::default(),
            waves: Waves::default(),
        }
    }
}

impl Line {
    /// From now on whoever answers in JSON says something else.
    pub fn lies(&self, words: impl Fn(&str, &mut serde_json::Value) + 'static) {
        *self.words.borrow_mut() = Some(Rc::new(words));
    }

    /// Holds all answers back until every request is answered and no other one comes, then lets
    /// them arrive together, again and again: each time is a round trip. Once it is dropped, no
    /// answer arrives any more.
    pub async fn answers_in_waves(&self) {
        self.waves.held.set(true);
        loop {
            let begun = self.waves.begun.get();
            tokio::time::sleep(QUIET).await;
            let Waves { answered, .. } = &self.waves;
            if begun == self.waves.begun.get() && begun == answered.get() && self.waves.waits() {
                self.waves.passed_at.set(begun);
                self.waves.round_trips.set(self.waves.round_trips.get() + 1);
                self.waves.next.notify_waiters();
            }
        }
    }

    /// How often answers arrived in [`Line::answers_in_waves`].
    #[must_use]
    pub fn round_trips(&self) -> u32 {
        self.waves.round_trips.get()
    }

    /// From now on this decides what happens to each request.
    pub fn fate(&self, fate: impl Fn(&Request) -> Fate + 'static) {
        *self.fate.borrow_mut() = Rc::new(fate);
    }
}

#[async_trait(?Send)]
impl Http for Line {
    async fn send(&self, request: Request, sent: &dyn Fn(u64)) -> Result<Response, HttpError> {
        let rule = self.fate.borrow().clone();
        let fate = rule(&request);
        if fate == Fate::Lost {
            return Err(HttpError::NoAnswer);
        }
        if fate == Fate::Stalled {
            return std::future::pending().await;
        }
        let url = request.url.clone();
        let turn = self.waves.begin();
        let mut answer = self.http.send(request, sent).await?;
        drop(turn);
        self.waves.pass().await;
        let words = self.words.borrow().clone();
        if let (Some(words), Ok(mut value)) = (words, serde_json::from_slice(&answer.body)) {
            words(&url, &mut value);
            answer.body = serde_json::to_vec(&value).unwrap();
        }
        if fate == Fate::AnswerLost { Err(HttpError::NoAnswer) } else { Ok(answer) }
    }
}
