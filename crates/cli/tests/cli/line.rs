//! A line that hangs, or breaks: a forward proxy for plain HTTP, as `HTTP_PROXY` names one. It
//! counts what passes between the program and the store.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Requests up to this many bytes always get through: they are no parts of files.
const SMALL: u64 = 512 * 1024;
/// Parts that are held back: all that an upload sends at one time.
pub const HELD: u64 = 3;

/// What happens to what passes between the program and the store.
#[derive(Clone, Copy)]
pub enum Rule {
    /// Nothing.
    Clear,
    /// After so many bytes went up, three parts hang.
    HoldsAfter(u64),
    /// Each time so many bytes came down, the connection that brought the last of them breaks.
    BreaksEvery(u64),
    /// After so many bytes came down, nothing else does.
    HangsAfter(u64),
}

/// A line, and what it saw.
pub struct Line {
    address: String,
    seen: Arc<Seen>,
}

struct Seen {
    endpoint: String,
    rule: Rule,
    up: AtomicU64,
    down: AtomicU64,
    held: AtomicU64,
    broken: AtomicU64,
    /// Parts that were sent, one entry a request, and those of which the store said that it has
    /// them.
    sent: Mutex<Vec<u32>>,
    acknowledged: Mutex<BTreeSet<u32>>,
}

impl Line {
    /// A line to `endpoint`, an address with its port, and to the store, which is any other.
    pub async fn start(endpoint: &str, rule: Rule) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let endpoint = endpoint.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let seen = Arc::new(Seen {
            endpoint,
            rule,
            up: AtomicU64::default(),
            down: AtomicU64::default(),
            held: AtomicU64::default(),
            broken: AtomicU64::default(),
            sent: Mutex::default(),
            acknowledged: Mutex::default(),
        });
        let forwarding = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let seen = Arc::clone(&forwarding);
                tokio::spawn(async move { seen.forward(client).await });
            }
        });
        Self { address, seen }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// Bytes that the store sent.
    pub fn down(&self) -> u64 {
        self.seen.down.load(Ordering::SeqCst)
    }

    /// Requests that hang.
    pub fn held(&self) -> u64 {
        self.seen.held.load(Ordering::SeqCst).min(HELD)
    }

    /// Connections that broke.
    pub fn broken(&self) -> u64 {
        self.seen.broken.load(Ordering::SeqCst)
    }

    /// The parts of each request that sent one.
    pub fn sent(&self) -> Vec<u32> {
        self.seen.sent.lock().unwrap().clone()
    }

    /// Parts of which the store said that it has them.
    pub fn acknowledged(&self) -> BTreeSet<u32> {
        self.seen.acknowledged.lock().unwrap().clone()
    }
}

impl Seen {
    async fn forward(&self, mut client: TcpStream) -> Option<()> {
        let mut buffer = vec![0; 64 * 1024];
        let mut read = client.read(&mut buffer).await.ok()?;
        // `PUT http://localhost:9000/… HTTP/1.1`: all that a client sends here is for the same
        // host.
        let host = head(&buffer[..read]).split_once("://")?.1.split('/').next()?.to_owned();
        let mut server = TcpStream::connect(&host).await.ok()?;
        let (mut answers, mut requests) = server.split();
        let (mut from, mut to) = client.split();
        let store = host != self.endpoint;
        // Bytes of the request that has no answer yet, and which part it sends.
        let (open, part) = (AtomicU64::new(0), Mutex::new(None));
        let upwards = async {
            while read > 0 {
                if store {
                    let length = u64::try_from(read).unwrap();
                    let before = open.fetch_add(length, Ordering::SeqCst);
                    if before == 0 {
                        let number = part_of(head(&buffer[..read]));
                        *part.lock().unwrap() = number;
                        self.sent.lock().unwrap().extend(number);
                    }
                    self.hold(before).await;
                    self.up.fetch_add(length, Ordering::SeqCst);
                }
                requests.write_all(&buffer[..read]).await.ok()?;
                read = from.read(&mut buffer).await.ok()?;
            }
            Some(())
        };
        let downwards = async {
            let mut buffer = vec![0; 64 * 1024];
            loop {
                let read = answers.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
                open.store(0, Ordering::SeqCst);
                let part = part.lock().unwrap().take();
                if buffer.starts_with(b"HTTP/1.1 200") {
                    self.acknowledged.lock().unwrap().extend(part);
                }
                if store && self.breaks(u64::try_from(read).unwrap()) {
                    return None;
                }
                self.hang(store).await;
                to.write_all(&buffer[..read]).await.ok()?;
            }
        };
        tokio::select! { end = upwards => end, end = downwards => end }
    }

    /// Never returns for a part that hangs, of which so many bytes went up before.
    async fn hold(&self, before: u64) {
        let Rule::HoldsAfter(enough) = self.rule else { return };
        let hangs = before > SMALL && self.up.load(Ordering::SeqCst) > enough;
        if hangs && self.held.fetch_add(1, Ordering::SeqCst) < HELD {
            std::future::pending::<()>().await;
        }
    }

    /// Never returns where what the store sends hangs.
    async fn hang(&self, store: bool) {
        if let Rule::HangsAfter(enough) = self.rule
            && store
            && self.down.load(Ordering::SeqCst) > enough
        {
            std::future::pending::<()>().await;
        }
    }

    /// Counts what comes down; whether it breaks with these bytes.
    fn breaks(&self, length: u64) -> bool {
        let down = self.down.fetch_add(length, Ordering::SeqCst);
        let Rule::BreaksEvery(every) = self.rule else { return false };
        let breaks = down / every != (down + length) / every;
        self.broken.fetch_add(u64::from(breaks), Ordering::SeqCst);
        breaks
    }
}

/// The beginning of a request, as far as it is text.
fn head(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes)
        .unwrap_or_else(|error| std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap())
}

/// The number of the part that a request sends, if it sends one.
fn part_of(head: &str) -> Option<u32> {
    let url = head.strip_prefix("PUT ")?.split_ascii_whitespace().next()?;
    url.split_once("partNumber=")?.1.split('&').next()?.parse().ok()
}
