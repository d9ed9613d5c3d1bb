//! The command line's HTTP client, as a line that a test cuts.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use async_trait::async_trait;
use frond::port::{Http, HttpError, Request, Response};
use frond_cli::native::http::NativeHttp;

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

type Fates = dyn Fn(&Request) -> Fate;
/// Puts other words into the mouth of what has this URL.
type Words = dyn Fn(&str, &mut serde_json::Value);

/// The command line's client, whose line can be cut where a test says so.
pub struct Line {
    http: NativeHttp,
    fate: RefCell<Rc<Fates>>,
    words: RefCell<Option<Rc<Words>>>,
    round_trips: Cell<u32>,
}

impl Default for Line {
    fn default() -> Self {
        let http = NativeHttp::with(reqwest::Client::builder().no_proxy()).unwrap();
        Self {
            http,
            fate: RefCell::new(Rc::new(|_| Fate::Answered)),
            words: RefCell::default(),
            round_trips: Cell::new(0),
        }
    }
}

impl Line {
    /// From now on whoever answers in JSON says something else.
    pub fn lies(&self, words: impl Fn(&str, &mut serde_json::Value) + 'static) {
        *self.words.borrow_mut() = Some(Rc::new(words));
    }

    /// Length of the longest chain of requests so far of which each began after the one before was
    /// answered.
    #[must_use]
    pub fn round_trips(&self) -> u32 {
        self.round_trips.get()
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
        let before = self.round_trips.get();
        let mut answer = self.http.send(request, sent).await?;
        self.round_trips.set(self.round_trips.get().max(before + 1));
        let words = self.words.borrow().clone();
        if let (Some(words), Ok(mut value)) = (words, serde_json::from_slice(&answer.body)) {
            words(&url, &mut value);
            answer.body = serde_json::to_vec(&value).unwrap();
        }
        if fate == Fate::AnswerLost { Err(HttpError::NoAnswer) } else { Ok(answer) }
    }
}
