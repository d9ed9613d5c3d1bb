//! Requests from outside that are refused, with nothing signed: ids, keys, origins, methods, sizes.

use axum::body::Body;
use axum::http::{StatusCode, header};
use frond_wire::{Listing, MAX_BODY, Name, Operation, UploadId};
use serde_json::{Value, json};
use std::num::NonZeroU32;

use crate::support::{
    HEADER, ORIGIN, Person, World, device_id, go, object_id, part, request, send,
};

/// Sends one operation as raw JSON.
async fn ask(
    world: &World,
    app: &axum::Router,
    person: &Person,
    operation: Value,
) -> (u16, String) {
    let answer =
        person.call(world, app, "POST", "/v1/presign", &json!({ "operations": [operation] })).await;
    if answer.status == StatusCode::OK {
        return (200, String::new());
    }
    assert!(!answer.text.contains("X-Amz"), "nothing is signed");
    let (status, name) = answer.problem();
    (status, name.to_owned())
}

async fn world_and_person() -> (World, axum::Router, Person) {
    let world =
        World::with(|config| config.limits.requests_per_second = NonZeroU32::new(1_000).unwrap())
            .await;
    let app = world.app();
    let person = Person::new();
    assert_eq!(person.create(&world, &app).await.status, 201);
    (world, app, person)
}

#[tokio::test]
async fn ids_have_one_spelling() {
    let (world, app, person) = world_and_person().await;
    let (id, device) = (object_id().to_string(), device_id().to_string());
    let bad_ids = [
        String::new(),
        "../".to_owned() + &id,
        format!("{id}/../{id}"),
        id.to_uppercase(),
        id.replace('-', ""),
        format!("{{{id}}}"),
        format!("urn:uuid:{id}"),
        format!("{id}\0"),
        format!(" {id}"),
        id.replace("-7", "-4"),
        "00000000-0000-0000-0000-000000000000".to_owned(),
        "%2e%2e%2f%2e%2e%2f".to_owned(),
        "//".to_owned(),
        "\u{2024}\u{2024}/x".to_owned(),
        "a".repeat(1_025),
        format!("{}/objects/{id}", Person::new().account),
    ];
    for bad in &bad_ids {
        for operation in [
            json!({"op": "put-object", "object": bad, "length": 1}),
            json!({"op": "get-object", "object": bad}),
            json!({"op": "head-object", "object": bad}),
            json!({"op": "delete-object", "object": bad}),
            json!({"op": "create-upload", "object": bad}),
            json!({"op": "upload-part", "object": bad, "upload": "u", "part": 1, "length": 1}),
            json!({"op": "list-parts", "object": bad, "upload": "u"}),
            json!({"op": "list-uploads", "object": bad}),
            json!({"op": "complete-upload", "object": bad, "upload": "u"}),
            json!({"op": "abort-upload", "object": bad, "upload": "u"}),
            json!({"op": "put-event", "device": device, "seq": 0, "event": bad, "length": 1}),
            json!({"op": "get-event", "device": device, "seq": 0, "event": bad}),
            json!({"op": "delete-event", "device": device, "seq": 0, "event": bad}),
            json!({"op": "put-snapshot", "snapshot": bad, "length": 1}),
            json!({"op": "get-snapshot", "snapshot": bad}),
            json!({"op": "delete-snapshot", "snapshot": bad}),
            json!({"op": "list-snapshots", "after": bad}),
            json!({"op": "put-journal", "object": bad, "part": 1, "length": 1}),
            json!({"op": "get-journal", "object": bad, "part": 1}),
            json!({"op": "delete-journal", "object": bad, "part": 1}),
            json!({"op": "list-journals", "object": bad}),
            json!({"op": "list-journals", "after": bad}),
            json!({"op": "list-journals", "object": object_id(), "after": bad}),
            json!({"op": "list-objects", "after": bad}),
        ] {
            let found = ask(&world, &app, &person, operation.clone()).await;
            assert_eq!(found, (400, "malformed".to_owned()), "{operation}");
        }
    }
    let last = device.chars().last().unwrap();
    let bad_devices = [
        String::new(),
        "/".to_owned(),
        "..".to_owned(),
        device.to_uppercase(),
        format!("{device}="),
        device.replace(last, "1"),
        // Spare bits set: another spelling of the same bytes.
        format!("{}b", "a".repeat(25)),
        format!("{device}/0000000000000000"),
        "a".repeat(1_025),
    ];
    for bad in &bad_devices {
        for operation in [
            json!({"op": "put-event", "device": bad, "seq": 0, "event": id, "length": 1}),
            json!({"op": "get-event", "device": bad, "seq": 0, "event": id}),
            json!({"op": "list-events", "device": bad}),
            json!({"op": "list-events", "after": bad}),
        ] {
            let found = ask(&world, &app, &person, operation.clone()).await;
            assert_eq!(found, (400, "malformed".to_owned()), "{operation}");
        }
    }
    for bad in ["", "a b", "a&b", "a/../b?", "a\0", "é", &"a".repeat(1_025)] {
        let operation = json!({"op": "list-parts", "object": id, "upload": bad});
        let found = ask(&world, &app, &person, operation).await;
        assert_eq!(found, (400, "malformed".to_owned()), "{bad:?}");
    }
    for bad in
        ["", "0", "000000000000000G", "000000000000000A", "+00000000000000f", "00000000000000000"]
    {
        let operation = json!({"op": "list-events", "device": device, "after": bad});
        assert_eq!(
            ask(&world, &app, &person, operation).await,
            (400, "malformed".to_owned()),
            "{bad:?}"
        );
    }
    // The same shapes with right ids are signed, so what was refused above was refused for its id.
    for operation in [
        json!({"op": "get-object", "object": id}),
        json!({"op": "list-parts", "object": id, "upload": "aZ09._~+/=-"}),
        json!({"op": "list-events", "device": device, "after": "000000000000000f"}),
        json!({"op": "put-event", "device": device, "seq": u64::MAX, "event": id, "length": 1}),
    ] {
        assert_eq!(ask(&world, &app, &person, operation).await.0, 200);
    }
}

#[tokio::test]
async fn sizes_are_bounded() {
    let mut world = World::with(|config| config.limits.max_object_bytes = 1_000).await;
    world.config.limits.requests_per_second = NonZeroU32::new(1_000).unwrap();
    let app = world.app();
    let person = Person::new();
    person.create(&world, &app).await;
    let (id, device) = (object_id().to_string(), device_id().to_string());
    for (length, expected) in [
        (json!(0), (400, "malformed")),
        (json!(-1), (400, "malformed")),
        (json!(1.5), (400, "malformed")),
        (json!("1"), (400, "malformed")),
        (json!(null), (400, "malformed")),
        (json!(1), (200, "")),
        (json!(1_000), (200, "")),
        (json!(1_001), (413, "too-large")),
        (json!(1_u64 << 63), (413, "too-large")),
        (json!(u64::MAX), (413, "too-large")),
    ] {
        for operation in [
            json!({"op": "put-object", "object": id, "length": length}),
            json!({"op": "upload-part", "object": id, "upload": "u", "part": 1, "length": length}),
            json!({"op": "put-event", "device": device, "seq": 0, "event": id, "length": length}),
            json!({"op": "put-snapshot", "snapshot": id, "length": length}),
            json!({"op": "put-journal", "object": id, "part": 1, "length": length}),
            json!({"op": "put-segment", "segment": id, "length": length}),
            json!({"op": "put-thumbnail", "object": id, "length": length}),
        ] {
            let found = ask(&world, &app, &person, operation.clone()).await;
            assert_eq!(found, (expected.0, expected.1.to_owned()), "{operation}");
        }
    }
}

#[tokio::test]
async fn parts_are_1_to_10_000_and_each_once() {
    let (world, app, person) = world_and_person().await;
    let id = object_id();
    for part in [json!(0), json!(10_001), json!(-1), json!(u64::MAX), json!(1.0), json!("1")] {
        for operation in [
            json!({"op": "upload-part", "object": id, "upload": "u", "part": part, "length": 1}),
            json!({"op": "list-parts", "object": id, "upload": "u", "after": part}),
            json!({"op": "put-journal", "object": id, "part": part, "length": 1}),
            json!({"op": "get-journal", "object": id, "part": part}),
        ] {
            let found = ask(&world, &app, &person, operation.clone()).await;
            assert_eq!(found, (400, "malformed".to_owned()), "{operation}");
        }
    }
    let upload = |number| Operation::UploadPart {
        object: object_id(),
        upload: UploadId::parse("u").unwrap(),
        part: part(number),
        length: 9,
        checksum: None,
    };
    let pair = |a, b| [upload(a), upload(b)];
    assert_eq!(person.try_presign(&world, &app, &pair(1, 10_000)).await.status, 200);
    assert_eq!(person.try_presign(&world, &app, &pair(7, 7)).await.problem(), (400, "malformed"));
}

#[tokio::test]
async fn a_list_is_of_the_callers_own_and_nothing_else() {
    let (world, app, person) = world_and_person().await;
    let other = Person::new();
    for operation in [
        json!({"op": "list-events", "prefix": ""}),
        json!({"op": "list-events", "prefix": "/"}),
        json!({"op": "list-events", "account": other.account}),
        json!({"op": "list-events", "device": format!("../../{}/log", other.account)}),
        json!({"op": "list-snapshots", "prefix": "vaults/"}),
        json!({"op": "list-segments", "prefix": "vaults/"}),
        json!({"op": "list-segments", "account": other.account}),
        json!({"op": "list-segments", "after": format!("../../{}/segments/", other.account)}),
        json!({"op": "get-segment", "segment": format!("../../{}/segments/x", other.account)}),
        json!({"op": "list-uploads", "object": "/"}),
        json!({"op": "list-journals", "after": "/"}),
        json!({"op": "list-objects", "prefix": ""}),
        json!({"op": "list-objects", "account": other.account}),
        json!({"op": "list-journals", "object": object_id(), "after": "1"}),
        json!({"op": "list-journals", "object": object_id(), "after": "00000"}),
        json!({"op": "list-journals", "object": object_id(), "after": "+0001"}),
        json!({"op": "list"}),
        json!({}),
    ] {
        let found = ask(&world, &app, &person, operation.clone()).await;
        assert_eq!(found, (400, "malformed".to_owned()), "{operation}");
    }
    let list =
        person.presign(&world, &app, Operation::List(Listing::Devices { after: None })).await;
    assert!(
        list.url.contains(&format!("prefix=vaults%2F{}%2Flog%2F", person.account)),
        "{}",
        list.url
    );
    // The prefix is signed: emptied or replaced, the URL is worth nothing.
    for prefix in ["", "vaults%2F", &format!("vaults%2F{}%2Flog%2F", other.account)] {
        let mut stolen = list.clone();
        stolen.url = list.url.replace(&format!("vaults%2F{}%2Flog%2F", person.account), prefix);
        assert_eq!(go(&stolen, "").await.status(), 403);
    }
}

#[tokio::test]
async fn bodies_are_strict_json() {
    let (world, app, person) = world_and_person().await;
    let id = object_id();
    let good = format!(r#"{{"operations":[{{"op":"get-object","object":"{id}"}}]}}"#);
    let ask = async |body: &str, media: Option<&str>| {
        let mut request = person.request(&world, "POST", "/v1/presign", body.as_bytes());
        request.headers_mut().remove(header::CONTENT_TYPE);
        if let Some(media) = media {
            request.headers_mut().insert(header::CONTENT_TYPE, media.parse().unwrap());
        }
        send(&app, request).await
    };
    let json = Some("application/json");
    assert_eq!(ask(&good, json).await.status, 200);
    assert_eq!(ask(&good, Some("application/json; charset=utf-8")).await.status, 200);
    for bad in [
        good.replace("]}", r#"],"more":1}"#),
        good.replace(r#"}]"#, r#","length":1}]"#),
        good.replace("{\"operations\"", "{\"operations\":[],\"operations\""),
        good.replace("\"op\"", "\"op\":\"head-object\",\"op\""),
        good.replace("get-object", "GetObject"),
        format!("{good}{good}"),
        format!("\u{feff}{good}"),
        good.split_at(good.len() - 1).0.to_owned(),
        "[".repeat(100_000),
        format!(r#"{{"operations":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000)),
        "null".to_owned(),
        "{}".to_owned(),
    ] {
        assert_eq!(
            ask(&bad, json).await.problem(),
            (400, "malformed"),
            "{}",
            bad.chars().take(90).collect::<String>()
        );
    }
    for media in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data"),
    ] {
        assert_eq!(ask(&good, media).await.problem(), (415, "media-type"));
    }
    assert_eq!(ask("", json).await.problem(), (415, "media-type"));
    assert_eq!(ask(&" ".repeat(MAX_BODY + 1), json).await.problem(), (413, "too-large"));
}

#[tokio::test]
async fn other_origins_and_other_hosts_are_refused() {
    let (world, app, person) = world_and_person().await;
    let ask = async |name: header::HeaderName, value: Option<&str>| {
        let mut request = person.request(&world, "GET", "/v1/login", b"");
        request.headers_mut().remove(&name);
        if let Some(value) = value {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        send(&app, request).await
    };
    for origin in
        ["http://localhost:8081", "https://localhost:8080", "http://evil.example", "null", "", "*"]
    {
        let answer = ask(header::ORIGIN, Some(origin)).await;
        assert_eq!(answer.problem(), (403, "origin"), "{origin}");
        assert!(!answer.headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
    }
    for origin in [ORIGIN, "http://127.0.0.1:8080"] {
        let answer = ask(header::ORIGIN, Some(origin)).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], origin);
    }
    for host in [
        "evil.example",
        "localhost",
        "localhost:80",
        "localhost:8080.evil.example",
        "127.0.0.2:8080",
        "",
    ] {
        assert_eq!(ask(header::HOST, Some(host)).await.problem(), (421, "host"), "{host}");
    }
    assert_eq!(ask(header::HOST, None).await.problem(), (421, "host"));
    assert_eq!(ask(header::HOST, Some("127.0.0.1:8080")).await.status, 200);
    let mut two = person.request(&world, "GET", "/v1/login", b"");
    two.headers_mut().append(header::HOST, "evil.example".parse().unwrap());
    assert_eq!(send(&app, two).await.problem(), (421, "host"));
}

#[tokio::test]
async fn preflights_are_answered_to_our_pages_only() {
    let world = World::new().await;
    let app = world.app();
    let preflight = async |origin: &str| {
        let request = request("OPTIONS", "/v1/presign")
            .header(header::ORIGIN, origin)
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,content-type");
        send(&app, request.body(Body::empty()).unwrap()).await
    };
    let ours = preflight(ORIGIN).await;
    assert_eq!(ours.status, 200);
    assert_eq!(ours.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], ORIGIN);
    assert_eq!(ours.headers[header::ACCESS_CONTROL_ALLOW_HEADERS], "authorization,content-type");
    assert!(!ours.headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
    assert!(
        !preflight("https://evil.example")
            .await
            .headers
            .contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN)
    );
}

#[tokio::test]
async fn other_routes_and_methods_are_problems_too() {
    let world = World::new().await;
    let app = world.app();
    for (method, target, expected) in [
        ("GET", "/v1/nothing", (404, "not-found")),
        ("POST", "/v1/../config.json", (404, "not-found")),
        ("GET", "/v1/presign", (405, "method")),
        ("PUT", "/v1/accounts", (405, "method")),
        ("POST", "/", (405, "method")),
        ("GET", "/nothing.js", (404, "not-found")),
    ] {
        let answer = send(&app, request(method, target).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.problem(), expected, "{method} {target}");
    }
}

#[tokio::test]
async fn an_unlisted_key_gets_403_and_no_url() {
    let world = World::new().await;
    let app = world.app();
    let (owner, stranger) = (Person::new(), Person::new());
    owner.create(&world, &app).await;
    let get = [Operation::Get(Name::Object(object_id()))];
    let answer = stranger.try_presign(&world, &app, &get).await;
    assert_eq!(answer.problem(), (403, "not-listed"));
    assert!(!answer.text.contains("http"));
    for (method, target) in
        [("DELETE", "/v1/account".to_owned()), ("DELETE", format!("/v1/logins/{}", owner.login()))]
    {
        let answer = stranger.call(&world, &app, method, &target, &Value::Null).await;
        assert_eq!(answer.problem(), (403, "not-listed"));
    }
    let answer = stranger.add(&world, &app, &stranger).await;
    assert_eq!(answer.problem(), (403, "not-listed"));
    // A token that names the owner's login but is the stranger's.
    let body = json!({"operations": get}).to_string().into_bytes();
    let mut claims = stranger.claims(&world.config.deployment, "POST", "/v1/presign", &body);
    claims["iss"] = json!(owner.login());
    let mut request = stranger.request(&world, "POST", "/v1/presign", &body);
    let token = format!("Bearer {}", stranger.token(HEADER, &claims.to_string()));
    request.headers_mut().insert(header::AUTHORIZATION, token.parse().unwrap());
    assert_eq!(send(&app, request).await.problem(), (401, "token"));
}
