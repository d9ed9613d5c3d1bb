//! Row 62 of THREATS.md: too many requests, from one key and from one address.

use std::net::SocketAddr;
use std::num::NonZeroU32;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use crate::support::{Person, World, request, send};

#[tokio::test]
async fn row_62_a_flood_from_one_key_gets_429_and_nothing_is_lost() {
    let world = World::with(|config| config.limits.requests_per_second = NonZeroU32::new(10).unwrap()).await;
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
            assert!(answer.headers[header::RETRY_AFTER].to_str().unwrap().parse::<u64>().unwrap() >= 1);
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
async fn row_62_a_flood_from_one_address_gets_429_before_any_work() {
    let world = World::with(|config| config.limits.requests_per_second = NonZeroU32::new(10).unwrap()).await;
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

#[tokio::test]
async fn row_62_behind_a_proxy_its_word_for_the_address_counts_only_where_configured() {
    for forwarded in [false, true] {
        let world = World::with(|config| {
            config.limits.requests_per_second = NonZeroU32::new(10).unwrap();
            config.limits.forwarded = forwarded;
        })
        .await;
        let app = world.app();
        let mut refused = false;
        for i in 0..1_000 {
            let address = format!("1.2.3.4, 10.{}.{}.1", i / 200, i % 200);
            let mut request =
                request("GET", "/v1/login").header("x-forwarded-for", address).body(Body::empty()).unwrap();
            request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 1))));
            refused |= send(&app, request).await.status == 429;
        }
        assert_eq!(refused, !forwarded);
    }
}
