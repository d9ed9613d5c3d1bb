//! Shares: made, changed and revoked by their owner, opened by anybody (threats T17 to T19).

use std::num::NonZeroU32;

use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use frond_wire::{
    Key, MAX_SHARE, MAX_SHARED, MAX_SHARES, Name, ObjectId, OpenedShare, Operation, SHARE_FORMAT,
    SHARE_PAGE, ShareId, ShareRecord, Vault,
};
use serde_json::{Value, json};

use crate::support::{Answer, KEYRING, Person, World, go, now, object_id, random, request, send};

/// Any token: the endpoint cannot tell.
const SEALED: &str = KEYRING;

fn record(owner: &Person, objects: &[ObjectId]) -> ShareRecord {
    let mut objects = objects.to_vec();
    objects.sort_unstable();
    ShareRecord {
        format: SHARE_FORMAT.to_owned(),
        account: owner.account,
        objects,
        created: 1_763_886_000,
        expires: Some(now() + 3_600),
        password: false,
        sealed: SEALED.to_owned(),
    }
}

fn share_id() -> ShareId {
    ShareId::from_bytes(random())
}

async fn make(world: &World, app: &Router, by: &Person, id: ShareId, new: &Value) -> Answer {
    let body = json!({ "share": id, "record": new, "note": SEALED });
    by.call(world, app, "POST", "/v1/shares", &body).await
}

async fn change(world: &World, app: &Router, by: &Person, id: ShareId, new: &Value) -> Answer {
    let body = json!({ "record": new, "note": SEALED });
    by.call(world, app, "POST", &format!("/v1/shares/{id}"), &body).await
}

async fn revoke(world: &World, app: &Router, by: &Person, id: ShareId) -> Answer {
    by.call(world, app, "DELETE", &format!("/v1/shares/{id}"), &Value::Null).await
}

/// As somebody without an account asks.
async fn open(app: &Router, id: &str) -> Answer {
    send(app, request("GET", &format!("/v1/shares/{id}")).body(Body::empty()).unwrap()).await
}

async fn opened(app: &Router, id: ShareId) -> OpenedShare {
    let answer = open(app, &id.to_string()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    serde_json::from_value(answer.json).unwrap()
}

async fn listed(world: &World, app: &Router, by: &Person) -> Value {
    by.call(world, app, "GET", "/v1/shares", &Value::Null).await.json
}

/// An object of this person, with its id as content.
async fn object(world: &World, app: &Router, of: &Person) -> ObjectId {
    let (id, text) = (object_id(), "what is stored");
    let length = u64::try_from(text.len()).unwrap();
    let put = of.presign(world, app, Operation::put(Name::Object(id), length)).await;
    assert_eq!(go(&put, text).await.status(), 200);
    id
}

async fn people(world: &World, app: &Router) -> (Person, Person) {
    let (owner, other) = (Person::new(), Person::new());
    owner.create(world, app).await;
    other.create(world, app).await;
    (owner, other)
}

#[tokio::test]
async fn anybody_opens_what_a_link_names_and_nothing_else() {
    let world = World::new().await;
    let app = world.app();
    let (owner, _) = people(&world, &app).await;
    let (shared, kept) = (object(&world, &app, &owner).await, object(&world, &app, &owner).await);
    let (id, new) = (share_id(), record(&owner, &[shared]));
    for _ in 0..2 {
        let made = make(&world, &app, &owner, id, &json!(new)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    }
    for _ in 0..3 {
        let found = opened(&world.app(), id).await;
        assert_eq!((found.record.as_ref(), &found.objects), (Some(&new), &vec![shared]));
        assert_eq!(found.urls.len(), 1);
        let got = go(&found.urls[0], "").await;
        assert_eq!(
            (got.status().as_u16(), got.text().await.unwrap().as_str()),
            (200, "what is stored")
        );
    }
    // The signature is for this GET: neither for another object nor for another method.
    let found = opened(&app, id).await;
    let mut other = found.urls[0].clone();
    other.url = other.url.replace(&shared.to_string(), &kept.to_string());
    assert_eq!(go(&other, "").await.status(), 403);
    for method in ["PUT", "DELETE"] {
        let mut other = found.urls[0].clone();
        other.method = method.to_owned();
        assert_eq!(go(&other, "x").await.status(), 403, "{method}");
    }
    assert_eq!(
        listed(&world, &app, &owner).await,
        json!({ "shares": [{ "share": id, "note": SEALED }] })
    );
}

#[tokio::test]
async fn a_share_without_a_record_or_with_a_bad_address_is_not_there() {
    let world = World::new().await;
    let app = world.app();
    let id = share_id().to_string();
    let long = format!("{id}a");
    for bad in [id.as_str(), "revoked", &long, &id.to_uppercase(), "%2e%2e%2fdeployment"] {
        assert_eq!(open(&app, bad).await.problem(), (404, "not-found"), "{bad}");
    }
    for bad in ["?from=1", "?from=", "?before=1"] {
        assert_eq!(open(&app, &format!("{id}{bad}")).await.problem(), (400, "malformed"), "{bad}");
    }
}

#[tokio::test]
async fn an_expired_share_opens_nothing_and_its_urls_end_with_it() {
    let world = World::new().await;
    let app = world.app();
    let (owner, _) = people(&world, &app).await;
    let (id, new) = (share_id(), record(&owner, &[object_id()]));
    let new = ShareRecord { expires: Some(now() + 100), ..new };
    make(&world, &app, &owner, id, &json!(new)).await;
    assert!(opened(&app, id).await.expires <= 100, "not longer than the share");
    world.pass(101);
    assert_eq!(open(&app, &id.to_string()).await.problem(), (410, "share-ended"));
    // Its owner still sees it, and can give it more time.
    assert_eq!(listed(&world, &app, &owner).await["shares"].as_array().unwrap().len(), 1);
    let longer = ShareRecord { expires: None, ..new };
    assert_eq!(
        change(&world, &app, &owner, id, &json!(longer)).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(opened(&app, id).await.record, Some(longer));
}

#[tokio::test]
async fn a_revoked_share_is_not_revived() {
    let world = World::new().await;
    let instance = world.instance();
    let app = instance.router();
    let (owner, _) = people(&world, &app).await;
    let (id, new) = (share_id(), json!(record(&owner, &[object_id()])));
    make(&world, &app, &owner, id, &new).await;
    let copy = instance.store.get(&Key::share(&id)).await.unwrap().unwrap();
    for _ in 0..2 {
        assert_eq!(revoke(&world, &app, &owner, id).await.status, StatusCode::NO_CONTENT);
        let ended = open(&world.app(), &id.to_string()).await;
        assert_eq!(ended.problem(), (410, "share-ended"));
    }
    // Neither by the requests that made it, nor by a copy of its record in the bucket.
    for again in
        [make(&world, &app, &owner, id, &new).await, change(&world, &app, &owner, id, &new).await]
    {
        assert_eq!(again.problem(), (410, "share-ended"));
    }
    assert_eq!(instance.store.get(&Key::share(&id)).await.unwrap(), None, "its keys are gone");
    instance.store.put_new(&Key::share(&id), copy.into()).await.unwrap();
    assert_eq!(open(&app, &id.to_string()).await.problem(), (410, "share-ended"));
    assert_eq!(listed(&world, &app, &owner).await, json!({ "shares": [] }));
}

#[tokio::test]
async fn a_stranger_changes_and_revokes_nothing() {
    let world = World::new().await;
    let app = world.app();
    let (owner, other) = people(&world, &app).await;
    let (id, new) = (share_id(), record(&owner, &[object_id()]));
    make(&world, &app, &owner, id, &json!(new)).await;
    let theirs = json!(record(&other, &[object_id()]));
    for refused in [
        make(&world, &app, &other, id, &theirs).await,
        make(&world, &app, &other, share_id(), &json!(new)).await,
        change(&world, &app, &other, id, &theirs).await,
        change(&world, &app, &other, id, &json!(new)).await,
        revoke(&world, &app, &other, id).await,
    ] {
        assert_eq!(refused.problem(), (403, "forbidden"));
    }
    assert_eq!(revoke(&world, &app, &other, share_id()).await.problem(), (404, "not-found"));
    let stranger = Person::new();
    assert_eq!(revoke(&world, &app, &stranger, id).await.problem(), (403, "not-listed"));
    assert_eq!(
        make(&world, &app, &stranger, id, &json!(record(&stranger, &[object_id()])))
            .await
            .problem(),
        (403, "not-listed")
    );
    assert_eq!(opened(&app, id).await.record, Some(new));
    assert_eq!(listed(&world, &app, &other).await, json!({ "shares": [] }));
}

#[tokio::test]
async fn another_accounts_objects_are_not_opened() {
    let world = World::new().await;
    let app = world.app();
    let (owner, other) = people(&world, &app).await;
    let (theirs, id) = (object(&world, &app, &owner).await, share_id());
    make(&world, &app, &other, id, &json!(record(&other, &[theirs]))).await;
    let found = opened(&app, id).await;
    assert!(found.urls[0].url.contains(&other.account.to_string()));
    assert_eq!(go(&found.urls[0], "").await.status(), 404);
}

#[tokio::test]
async fn a_changed_share_keeps_its_address_and_its_kind() {
    let world = World::new().await;
    let app = world.app();
    let (owner, _) = people(&world, &app).await;
    let (old, new) = (object_id(), object_id());
    let (id, first) = (share_id(), record(&owner, &[old]));
    make(&world, &app, &owner, id, &json!(first)).await;
    let second = ShareRecord { objects: vec![new], ..first.clone() };
    assert_eq!(
        make(&world, &app, &owner, id, &json!(second)).await.problem(),
        (409, "share-exists")
    );
    for bad in [
        ShareRecord { password: true, ..second.clone() },
        ShareRecord { created: 1, ..second.clone() },
    ] {
        assert_eq!(
            change(&world, &app, &owner, id, &json!(bad)).await.problem(),
            (400, "malformed")
        );
    }
    assert_eq!(
        change(&world, &app, &owner, id, &json!(second)).await.status,
        StatusCode::NO_CONTENT
    );
    let found = opened(&app, id).await;
    assert_eq!((found.record, found.objects), (Some(second.clone()), vec![new]));
    // Who read the old list asks for an object that is not in it any more.
    let rest = open(&app, &format!("{id}?from={old}")).await;
    assert!(!rest.json["objects"].as_array().unwrap().contains(&json!(old)));
    assert_eq!(
        change(&world, &app, &owner, share_id(), &json!(second)).await.problem(),
        (404, "not-found")
    );
}

#[tokio::test]
async fn what_is_not_a_share_is_refused() {
    let world = World::new().await;
    let app = world.app();
    let (owner, _) = people(&world, &app).await;
    let good = record(&owner, &[object_id(), object_id()]);
    let with = |member: &str, value: Value| {
        let mut record = json!(good);
        record[member] = value;
        record
    };
    let (first, second) = (good.objects[0], good.objects[1]);
    for (what, bad, problem) in [
        ("another format", with("format", json!("frond/2 share")), (400, "malformed")),
        ("no objects", with("objects", json!([])), (400, "malformed")),
        ("an object twice", with("objects", json!([first, first])), (400, "malformed")),
        ("not ascending", with("objects", json!([second, first])), (400, "malformed")),
        ("a key", with("objects", json!(["../x"])), (400, "malformed")),
        ("no token", with("sealed", json!("gAAAA")), (400, "malformed")),
        ("over already", with("expires", json!(now())), (400, "malformed")),
        ("more", with("more", json!(1)), (400, "malformed")),
    ] {
        let refused = make(&world, &app, &owner, share_id(), &bad).await;
        assert_eq!(refused.problem(), problem, "{what}");
    }
    let body = json!({ "share": share_id(), "record": good, "note": "A".repeat(20_000) });
    let refused = owner.call(&world, &app, "POST", "/v1/shares", &body).await;
    assert_eq!(refused.problem(), (400, "malformed"), "a long note");
    assert_eq!(listed(&world, &app, &owner).await, json!({ "shares": [] }));
}

fn many(count: usize) -> Vec<ObjectId> {
    let mut all: Vec<_> = std::iter::repeat_with(object_id).take(count).collect();
    all.sort_unstable();
    all
}

/// The token of a message of this many bytes; the endpoint cannot tell that it opens with no key.
fn token(length: usize) -> String {
    let mut raw = vec![0x80];
    raw.resize(57 + (length / 16 + 1) * 16, 7);
    data_encoding::BASE64URL.encode(&raw)
}

#[tokio::test]
async fn a_large_share_is_opened_page_by_page() {
    let mut world = World::new().await;
    world.config.limits.requests_per_second = NonZeroU32::new(10_000).unwrap();
    let app = world.app();
    let (owner, _) = people(&world, &app).await;
    let (id, all) = (share_id(), many(MAX_SHARED));
    let new = ShareRecord { sealed: token(2_600_000), ..record(&owner, &all) };
    let made = make(&world, &app, &owner, id, &json!(new)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let found = opened(&app, id).await;
    assert_eq!(found.record.unwrap().objects, all);
    let (mut objects, mut page) = (found.objects, SHARE_PAGE);
    while let Some(next) = all.get(objects.len()) {
        let answer = open(&app, &format!("{id}?from={next}")).await;
        let found: OpenedShare = serde_json::from_value(answer.json).unwrap();
        assert_eq!((found.record, found.urls.len()), (None, found.objects.len()));
        page = page.max(found.urls.len());
        objects.extend(found.objects);
    }
    assert!(objects == all && page == SHARE_PAGE);

    let more = many(MAX_SHARED + 1);
    let refused = make(&world, &app, &owner, share_id(), &json!(record(&owner, &more))).await;
    assert_eq!(refused.problem(), (413, "too-large"));
    let long = ShareRecord { sealed: token(MAX_SHARE * 3 / 4 - 100), ..record(&owner, &all) };
    let refused = make(&world, &app, &owner, share_id(), &json!(long)).await;
    assert_eq!(refused.problem(), (413, "too-large"));
}

/// Nothing of it is read: whoever has no account sends no large body.
#[tokio::test]
async fn a_large_body_is_read_only_from_who_has_an_account() {
    let world = World::new().await;
    let app = world.app();
    let body = vec![b' '; 1 << 20];
    let stranger = Person::new().request(&world, "POST", "/v1/shares", &body);
    let (parts, _) = stranger.into_parts();
    let never =
        Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let refused = send(&app, axum::http::Request::from_parts(parts, never)).await;
    assert_eq!(refused.problem(), (403, "not-listed"));
    // Nor is another body taken for the one that was signed.
    let (owner, _) = people(&world, &app).await;
    let signed = owner.request(&world, "POST", "/v1/shares", &body);
    let (parts, _) = signed.into_parts();
    let refused = send(&app, axum::http::Request::from_parts(parts, Body::from("{}"))).await;
    assert_eq!(refused.problem(), (401, "token"));
}

#[tokio::test]
async fn shares_are_bounded_by_number_and_by_quota() {
    let world = World::new().await;
    let instance = world.instance();
    let app = instance.router();
    let (owner, _) = people(&world, &app).await;
    let new = json!(record(&owner, &[object_id()]));
    for _ in 0..MAX_SHARES {
        let note = Vault(owner.account).share(&share_id());
        instance.store.put_new(&note, "x".into()).await.unwrap();
    }
    assert_eq!(
        make(&world, &app, &owner, share_id(), &new).await.problem(),
        (409, "too-many-shares")
    );

    let world = World::with(|config| config.limits.quota_bytes = Some(1_000)).await;
    let app = world.app();
    let (owner, _) = people(&world, &app).await;
    let large = ShareRecord { sealed: token(2_000), ..record(&owner, &[object_id()]) };
    assert_eq!(
        make(&world, &app, &owner, share_id(), &json!(large)).await.problem(),
        (413, "quota")
    );
}

#[tokio::test]
async fn who_opens_links_without_end_gets_429_and_takes_nothing_from_others() {
    let mut world = World::new().await;
    world.config.limits.requests_per_second = NonZeroU32::new(2).unwrap();
    let app = world.app();
    let owner = Person::new();
    owner.create(&world, &app).await;
    let id = share_id();
    make(&world, &app, &owner, id, &json!(record(&owner, &[object_id()]))).await;
    let mut refused = None;
    for _ in 0..15 {
        let answer = open(&app, &id.to_string()).await;
        if answer.status != StatusCode::OK {
            refused = Some(answer);
            break;
        }
    }
    assert_eq!(refused.unwrap().problem(), (429, "too-many"));
    let login = owner.call(&world, &app, "GET", "/v1/login", &Value::Null).await;
    assert_eq!(login.status, StatusCode::OK);
}

#[tokio::test]
async fn the_shares_of_a_removed_account_are_revoked() {
    let world = World::new().await;
    let instance = world.instance();
    let app = instance.router();
    let (owner, other) = people(&world, &app).await;
    let (id, theirs) = (share_id(), share_id());
    make(&world, &app, &owner, id, &json!(record(&owner, &[object_id()]))).await;
    make(&world, &app, &other, theirs, &json!(record(&other, &[object_id()]))).await;
    let gone = owner.call(&world, &app, "DELETE", "/v1/account", &Value::Null).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(open(&app, &id.to_string()).await.problem(), (410, "share-ended"));
    assert_eq!(instance.store.get(&Key::share(&id)).await.unwrap(), None);
    assert!(opened(&app, theirs).await.record.is_some());
}
