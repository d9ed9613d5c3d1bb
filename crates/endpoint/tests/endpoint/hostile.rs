//! Connections that only cost: idle, slow, oversized, malformed, too many. People are served
//! meanwhile.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::body::Body;
use axum::http::header;
use frond_endpoint::serve::{Bounds, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::process::start;
use crate::support::{Person, World, request, send};

/// An endpoint on a socket of its own, within these bounds.
async fn listening(world: &World, bounds: Bounds) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = world.instance();
    app.confirm().await.unwrap();
    tokio::spawn(serve(listener, app.router(), bounds, std::future::pending()));
    address
}

fn client(from: &str) -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .local_address(from.parse::<IpAddr>().unwrap())
        .build()
        .unwrap()
}

async fn healthy(client: &reqwest::Client, url: &str) -> bool {
    client.get(format!("{url}/healthz")).send().await.is_ok_and(|answer| answer.status() == 200)
}

/// What a peer gets that sends this and waits for the end.
async fn said(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut answer = Vec::new();
    // Either may fail: the other side is free to hang up.
    let _ = stream.write_all(bytes).await;
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

/// Connections that this test may open: the system may allow fewer.
fn many() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let files = limit.current.unwrap_or(u64::MAX);
    usize::try_from(files.saturating_sub(500)).unwrap_or(usize::MAX).min(10_000)
}

#[tokio::test]
async fn ten_thousand_idle_connections_do_not_keep_a_person_out() {
    let folder = tempfile::tempdir().unwrap();
    let (_running, url) = start(folder.path());
    let address: SocketAddr = url.strip_prefix("http://").unwrap().parse().unwrap();
    let person = client("127.0.0.1");
    let mut idle = Vec::new();
    while idle.len() < many() {
        let more = (0..100).map(|_| TcpStream::connect(address));
        idle.extend(futures_util::future::try_join_all(more).await.unwrap());
        if idle.len() % 1_000 == 0 {
            assert!(healthy(&person, &url).await, "with {} idle connections", idle.len());
        }
    }
    assert!(healthy(&client("127.0.0.1"), &url).await, "somebody new");
}

#[tokio::test]
async fn the_idle_make_room_and_the_busy_stay() {
    let world = World::new().await;
    let address = listening(&world, Bounds { connections: 32, ..Bounds::default() }).await;
    let mut busy = TcpStream::connect(address).await.unwrap();
    let mut idle = Vec::new();
    for _ in 0..200 {
        idle.push(TcpStream::connect(address).await.unwrap());
        busy.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut head = [0; 12];
        busy.read_exact(&mut head).await.unwrap();
        assert_eq!(&head, b"HTTP/1.1 200");
        let mut rest = [0; 1_024];
        while !busy_answered(&mut busy, &mut rest).await {}
    }
    // The first to come has long been shown out.
    assert_eq!(idle[0].read(&mut [0]).await.unwrap_or(0), 0);
}

/// Reads to the end of an answer without a body.
async fn busy_answered(stream: &mut TcpStream, rest: &mut [u8]) -> bool {
    let read = stream.read(rest).await.unwrap();
    assert!(read > 0);
    rest[..read].ends_with(b"\r\n\r\n")
}

#[tokio::test]
async fn a_head_that_never_ends_is_cut_off() {
    let world = World::new().await;
    let bounds = Bounds { header_time: Duration::from_millis(300), ..Bounds::default() };
    let address = listening(&world, bounds).await;
    for start in [&b""[..], b"G", b"GET /healthz HTTP/1.1\r\nhost: x\r\n", b"PRI * HTTP/2.0\r\n"] {
        let answer = said(address, start).await;
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
    }
    // A byte now and then does not help.
    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nx: ").await.unwrap();
    let mut sent = 0;
    while slow.write_all(b"y").await.is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
        sent += 1;
        assert!(sent < 2_000);
    }
    assert!(healthy(&client("127.0.0.1"), &format!("http://{address}")).await);
}

#[tokio::test]
async fn what_is_no_http_is_refused() {
    let world = World::new().await;
    let address = listening(&world, Bounds::default()).await;
    let long = |head: &str, size: usize| [head.as_bytes(), &vec![b'a'; size], b"\r\n\r\n"].concat();
    let post = "POST /v1/presign HTTP/1.1\r\nhost: localhost:8080\r\n";
    for bytes in [
        b"\r\n\r\n\r\n\r\nx\r\n\r\n".to_vec(),
        vec![0; 4_096],
        vec![0xff; 4_096],
        b"GET\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"GET / HTTP/2.0\r\n\r\n".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        b"GET  / HTTP/1.1\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nhost: localhost:8080\r\n folded: x\r\n\r\n".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec(),
        long("GET /", 100_000),
        long("GET / HTTP/1.1\r\nx: ", 100_000),
        [b"GET / HTTP/1.1\r\n".to_vec(), b"x: y\r\n".repeat(10_000), b"\r\n".to_vec()].concat(),
        format!("{post}content-length: -1\r\n\r\n").into_bytes(),
        format!("{post}content-length: 1\r\ncontent-length: 2\r\n\r\nx").into_bytes(),
        format!("{post}content-length: 99999999999999999999\r\n\r\n").into_bytes(),
        format!("{post}transfer-encoding: gzip\r\n\r\n").into_bytes(),
    ] {
        let mut bytes = bytes;
        bytes.extend_from_slice(b"");
        let answer = said(address, &bytes).await;
        let shown = String::from_utf8_lossy(&answer[..answer.len().min(60)]).into_owned();
        assert!(
            answer.is_empty()
                || answer.starts_with(b"HTTP/1.1 4")
                || answer.starts_with(b"HTTP/1.0 4"),
            "{shown}"
        );
    }
    assert!(healthy(&client("127.0.0.1"), &format!("http://{address}")).await);
}

#[tokio::test]
async fn a_body_that_is_too_long_is_not_read() {
    let world = World::new().await;
    let address = listening(&world, Bounds::default()).await;
    let person = Person::new();
    let token = person.request(&world, "POST", "/v1/presign", b"{}").headers()
        [header::AUTHORIZATION]
        .to_str()
        .unwrap()
        .to_owned();
    let head = |authorization: &str, length: &str| {
        format!(
            "POST /v1/presign HTTP/1.1\r\nhost: localhost:8080\r\n\
             content-type: application/json\r\n\
             {authorization}{length}\r\nconnection: close\r\n\r\n"
        )
    };
    let signed = format!("authorization: {token}\r\n");
    for (head, expected) in [
        // Answered although nothing of the body was sent.
        (head("", "content-length: 10000000000"), "HTTP/1.1 401"),
        (head(&signed, "content-length: 10000000000"), "HTTP/1.1 413"),
    ] {
        let answer = said(address, head.as_bytes()).await;
        assert!(answer.starts_with(expected.as_bytes()), "{}", String::from_utf8_lossy(&answer));
    }
    // Without a length, as long as it likes.
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head(&signed, "transfer-encoding: chunked").as_bytes()).await.unwrap();
    let chunk = [&b"10000\r\n"[..], &[b' '; 0x10000], b"\r\n"].concat();
    let (mut read, mut write) = stream.split();
    let endless = async { while write.write_all(&chunk).await.is_ok() {} };
    let mut answer = [0; 12];
    let (_, got) = tokio::join!(
        tokio::time::timeout(Duration::from_secs(60), endless),
        read.read_exact(&mut answer)
    );
    assert!(got.is_ok() && &answer == b"HTTP/1.1 413", "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn a_body_that_stops_is_given_up() {
    let world = World::new().await;
    let app = world.app();
    let person = Person::new();
    let signed = person.request(&world, "POST", "/v1/presign", b"{}");
    let body =
        Body::from_stream(futures_util::stream::pending::<Result<bytes::Bytes, std::io::Error>>());
    let asked = request("POST", "/v1/presign")
        .header(header::AUTHORIZATION, signed.headers()[header::AUTHORIZATION].clone())
        .header(header::CONTENT_TYPE, "application/json")
        .body(body)
        .unwrap();
    assert_eq!(send(&app, asked).await.problem(), (408, "timeout"));
}

#[tokio::test]
async fn a_flood_from_one_address_does_not_hurt_another() {
    let world =
        World::with(|config| config.limits.requests_per_second = 10.try_into().unwrap()).await;
    let url = format!("http://{}", listening(&world, Bounds::default()).await);
    let ask = async |client: &reqwest::Client| {
        let asked = client.get(format!("{url}/v1/login")).header(header::HOST, "localhost:8080");
        asked.send().await.unwrap().status().as_u16()
    };
    let (flooder, person) = (client("127.0.0.2"), client("127.0.0.1"));
    let mut refused = 0;
    for _ in 0..100 {
        let flood = futures_util::future::join_all((0..10).map(|_| ask(&flooder))).await;
        refused += flood.iter().filter(|status| **status == 429).count();
        // Unsigned, but heard.
        if refused > 0 && refused < 200 {
            assert_eq!(ask(&person).await, 401);
        }
    }
    assert!(refused > 500, "{refused}");
}
