//! Rate limits: too many requests from one key and from one address.

use std::net::SocketAddr;
use std::num::{NonZeroU8, NonZeroU32};
use std::time::Instant;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{StatusCode, header};
use frond_wire::{Name, Operation};
use serde_json::{Value, json};

use crate::support::{Answer, Person, World, object_id, request, send};

#[tokio::test]
async fn a_flood_from_one_key_gets_429_and_nothing_is_lost() {
    let world =
        World::with(|config| config.limits.requests_per_second = NonZeroU32::new(10).unwrap())
            .await;
    let app = world.app();
    let (flooder, other) = (Person::new(), Person::new());
    flooder.create(&world, &app).await;
    let mut refused = 0;
    // Each from another address, so that only the key is the same.
    let ask = async |person: &Person, i: u8| {
        let mut request = person.request(&world, "GET", "/v1/login", b"");
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([10, 0, 0, i], 1))));
        send(&app, request).await
    };
    for i in 0..200 {
        let answer = ask(&flooder, i).await;
        if answer.status != StatusCode::OK {
            assert_eq!(answer.problem(), (429, "too-many"));
            assert!(
                answer.headers[header::RETRY_AFTER].to_str().unwrap().parse::<u64>().unwrap() >= 1
            );
            refused += 1;
        }
    }
    assert!(refused > 0);
    assert_eq!(ask(&other, 1).await.problem(), (404, "unknown-login"));
    // Another instance has counted nothing: the account is as it was.
    let answer = flooder.call(&world, &world.app(), "GET", "/v1/login", &Value::Null).await;
    assert_eq!(answer.json, json!(flooder.record()));
}

#[tokio::test]
async fn a_flood_from_one_address_gets_429_before_any_work() {
    let world =
        World::with(|config| config.limits.requests_per_second = NonZeroU32::new(10).unwrap())
            .await;
    let app = world.app();
    let ask = async |address: &str| {
        let address: std::net::IpAddr = address.parse().unwrap();
        let mut request = request("GET", "/v1/login").body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((address, 1))));
        send(&app, request).await.status.as_u16()
    };
    let mut statuses = Vec::new();
    for i in 0..1_000 {
        // One person's IPv6 network is one address.
        statuses.push(ask(&format!("2001:db8::{i:x}")).await);
    }
    assert_eq!(statuses[0], 401);
    assert!(statuses.contains(&429));
    assert_eq!(ask("2001:db8:0:1::1").await, 401);
    assert_eq!(ask("192.0.2.1").await, 401);
}

/// Whether a caller who writes another `X-Forwarded-For` each time passes the limit of its address.
async fn passes(forwarded: bool, proxies: u8, line: impl Fn(u32) -> Vec<String>) -> bool {
    let world = World::with(|config| {
        config.limits.requests_per_second = NonZeroU32::new(10).unwrap();
        config.limits.forwarded = forwarded;
        config.limits.proxies = NonZeroU8::new(proxies).unwrap();
    })
    .await;
    let app = world.app();
    for i in 0..500 {
        let mut request = request("GET", "/v1/login");
        for line in line(i) {
            request = request.header("x-forwarded-for", line);
        }
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 1))));
        if send(&app, request).await.status == 429 {
            return false;
        }
    }
    true
}

fn some(i: u32) -> String {
    format!("10.0.{}.{}", i / 200, i % 200)
}

#[tokio::test]
async fn without_a_proxy_nobody_chooses_an_address() {
    assert!(!frond_config::Limits::default().forwarded);
    assert!(!passes(false, 1, |i| vec![some(i)]).await);
    assert!(!passes(false, 2, |i| vec![some(i), some(i)]).await);
}

/// Each proxy appends what it sees: of what stands before, the caller may have written anything.
#[tokio::test]
async fn behind_proxies_only_what_the_outermost_saw_counts() {
    for (proxies, chosen, seen) in [
        (1, "chosen, 198.51.100.1", "198.51.100.1, seen"),
        (2, "chosen, 198.51.100.1, 10.9.9.9", "198.51.100.1, seen, 10.9.9.9"),
    ] {
        assert!(
            !passes(true, proxies, |i| vec![chosen.replace("chosen", &some(i))]).await,
            "{proxies}"
        );
        assert!(passes(true, proxies, |i| vec![seen.replace("seen", &some(i))]).await, "{proxies}");
        // Several lines are one, in their order; an address may have its port.
        let lines = |i| {
            seen.replace("seen", &format!("{}:443", some(i)))
                .split(", ")
                .map(str::to_owned)
                .collect()
        };
        assert!(passes(true, proxies, lines).await, "{proxies}");
    }
    // Shorter than it must be, or no address: the connection's counts.
    assert!(!passes(true, 2, |i| vec![some(i)]).await);
    assert!(!passes(true, 1, |i| vec![format!("{}, unknown{i}", some(i))]).await);
}

fn stopwatch() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "limits are of real seconds")]
    Instant::now()
}

/// What a limit of `rate` a second and bursts of five seconds can have let through since `began`,
/// however slow this machine is.
fn allowed(rate: u64, began: Instant) -> u64 {
    rate * (5 + began.elapsed().as_secs() + 1)
}

/// 400 URLs: a request and ten more.
fn batch() -> Vec<u8> {
    let operations: Vec<_> = (0..400).map(|_| Operation::Get(Name::Object(object_id()))).collect();
    json!({"operations": operations}).to_string().into_bytes()
}

async fn from(app: &axum::Router, mut request: axum::http::Request<Body>, address: u8) -> Answer {
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, address], 1))));
    send(app, request).await
}

/// One login signed 81 000 URLs a second, once.
#[tokio::test]
async fn operations_count_and_not_only_requests() {
    let world =
        World::with(|config| config.limits.requests_per_second = NonZeroU32::new(10).unwrap())
            .await;
    let (app, batch) = (world.app(), batch());
    let (flooder, other) = (Person::new(), Person::new());
    flooder.create(&world, &world.app()).await;
    other.create(&world, &world.app()).await;
    let (began, mut cost) = (stopwatch(), 0);
    for i in 0..40 {
        // Each from another address, so that only the login is the same.
        let answer = from(&app, flooder.request(&world, "POST", "/v1/presign", &batch), i).await;
        if answer.status == StatusCode::OK {
            cost += 11;
        } else {
            assert_eq!(answer.problem(), (429, "too-many"));
            assert!(
                answer.headers[header::RETRY_AFTER].to_str().unwrap().parse::<u64>().unwrap() >= 1
            );
        }
    }
    assert!(cost >= 11 && cost <= allowed(10, began), "{cost}");
    let answer = from(&app, other.request(&world, "POST", "/v1/presign", &batch), 99).await;
    assert_eq!(answer.status, StatusCode::OK);
}

/// Many logins of one address share what an address may have signed.
#[tokio::test]
async fn operations_count_for_the_address_too() {
    let world =
        World::with(|config| config.limits.requests_per_second = NonZeroU32::new(2).unwrap()).await;
    let (app, batch) = (world.app(), batch());
    let people: Vec<_> = (0..40).map(|_| Person::new()).collect();
    for person in &people {
        person.create(&world, &world.app()).await;
    }
    let (began, mut cost) = (stopwatch(), 0);
    for person in &people {
        // Each login asks once, within its own burst.
        let answer = from(&app, person.request(&world, "POST", "/v1/presign", &batch), 1).await;
        cost += if answer.status == StatusCode::OK { 11 } else { 0 };
    }
    assert!(cost >= 11 && cost <= allowed(8, began), "{cost}");
}

/// 250 KiB at a time, without a right signature: bytes are counted before anything is verified.
#[tokio::test]
async fn bytes_count_before_anything_is_verified() {
    let world = World::with(|config| config.limits.requests_per_second = NonZeroU32::MIN).await;
    let app = world.app();
    let (began, mut cost) = (stopwatch(), 0);
    for _ in 0..100 {
        let request = request("POST", "/v1/presign").header(header::AUTHORIZATION, "Bearer x");
        let answer = send(&app, request.body(Body::from(vec![b' '; 250 * 1024])).unwrap()).await;
        cost += if answer.status == StatusCode::UNAUTHORIZED { 4 } else { 0 };
    }
    assert!(cost >= 4 && cost <= allowed(4, began), "{cost}");
}

/// What the page asks for when a folder of 5 000 files is added: batches of 500, as `src/client.rs`
/// cuts them.
#[tokio::test]
async fn a_page_with_a_large_folder_is_not_refused() {
    let world = World::new().await;
    let app = world.app();
    let person = Person::new();
    person.create(&world, &app).await;
    for _ in 0..10 {
        let batch: Vec<_> =
            (0..500).map(|_| Operation::put(Name::Object(object_id()), 1_000)).collect();
        assert_eq!(person.try_presign(&world, &app, &batch).await.status, StatusCode::OK);
    }
}

/// A rate far below the cost of one whole batch makes it wait, and never for ever.
#[tokio::test]
async fn no_request_costs_more_than_a_burst() {
    let world = World::with(|config| config.limits.requests_per_second = NonZeroU32::MIN).await;
    let person = Person::new();
    person.create(&world, &world.app()).await;
    let batch: Vec<_> = (0..1_000).map(|_| Operation::Get(Name::Object(object_id()))).collect();
    assert_eq!(person.try_presign(&world, &world.app(), &batch).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_pages_files_count_for_the_address() {
    let world = World::with(|config| config.limits.requests_per_second = NonZeroU32::MIN).await;
    std::fs::create_dir_all(&world.config.page).unwrap();
    // 320 KiB: a request and five more.
    std::fs::write(world.config.page.join("frond-page-0123456789abcdef.wasm"), vec![7; 5 << 16])
        .unwrap();
    let app = world.app();
    let ask = async |address: u8, path: &str| {
        from(&app, request("GET", path).body(Body::empty()).unwrap(), address).await
    };
    let (began, mut cost, mut refused) = (stopwatch(), 0, None);
    for _ in 0..100 {
        let answer = ask(1, "/frond-page-0123456789abcdef.wasm").await;
        match answer.status {
            StatusCode::OK => cost += 6,
            _ => refused = Some(answer),
        }
    }
    assert!(cost >= 6 && cost <= allowed(4, began), "{cost}");
    let refused = refused.unwrap();
    assert_eq!(refused.problem(), (429, "too-many"));
    // Nobody keeps it, although its file never changes.
    assert_eq!(refused.headers[header::CACHE_CONTROL], "no-store");
    // What is not there counts as well, and nobody else waits.
    let mut statuses = Vec::new();
    for _ in 0..1_000 {
        statuses.push(ask(1, "/nothing").await.status.as_u16());
    }
    assert!(statuses.contains(&429), "nothing is refused");
    assert_eq!(ask(2, "/frond-page-0123456789abcdef.wasm").await.status, StatusCode::OK);
}
