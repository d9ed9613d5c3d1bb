//! A line that hangs: a forward proxy for plain HTTP, as `HTTP_PROXY` names one. It counts what goes up to the store,
//! and holds two parts back once that is enough.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Requests up to this many bytes always get through: they are no parts of files.
const SMALL: u64 = 512 * 1024;
/// Connections that are held, so that one of an upload's three lanes is free for all else.
const HELD: u64 = 2;

pub struct Line {
    address: String,
    up: Arc<AtomicU64>,
}

impl Line {
    /// Holds two parts back after so many bytes went to another host than `endpoint`, an address with its port.
    pub async fn start(endpoint: &str, enough: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let up = Arc::new(AtomicU64::new(0));
        let endpoint = endpoint.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let (count, held) = (Arc::clone(&up), Arc::new(AtomicU64::new(0)));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, endpoint.clone(), Arc::clone(&count), Arc::clone(&held), enough));
            }
        });
        Self { address, up }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// Bytes that went up to the store.
    pub fn up(&self) -> u64 {
        self.up.load(Ordering::SeqCst)
    }
}

async fn carry(
    mut client: TcpStream,
    endpoint: String,
    up: Arc<AtomicU64>,
    held: Arc<AtomicU64>,
    enough: u64,
) -> Option<()> {
    let mut buffer = vec![0; 64 * 1024];
    let mut read = client.read(&mut buffer).await.ok()?;
    // `PUT http://localhost:9000/… HTTP/1.1`: all that a client sends here is for the same host.
    let host = std::str::from_utf8(&buffer[..read])
        .unwrap_or_else(|error| std::str::from_utf8(&buffer[..error.valid_up_to()]).unwrap());
    let host = host.split_once("://")?.1.split('/').next()?.to_owned();
    let mut server = TcpStream::connect(&host).await.ok()?;
    let (mut answers, mut requests) = server.split();
    let (mut from, mut to) = client.split();
    // Bytes of the request that has no answer yet.
    let open = AtomicU64::new(0);
    let upwards = async {
        while read > 0 {
            if host != endpoint {
                let length = u64::try_from(read).unwrap();
                let body = open.fetch_add(length, Ordering::SeqCst) > SMALL;
                if body && up.load(Ordering::SeqCst) > enough && held.fetch_add(1, Ordering::SeqCst) < HELD {
                    std::future::pending::<()>().await;
                }
                up.fetch_add(length, Ordering::SeqCst);
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
            to.write_all(&buffer[..read]).await.ok()?;
        }
    };
    tokio::select! { end = upwards => end, end = downwards => end }
}
