//! The quota: how much an account may store, with URLs in flight, parts unfinished, and
//! two instances.

use axum::Router;
use frond_endpoint::quota::{COUNT_SECONDS, RECOUNT_SECONDS, SKEW_SECONDS};
use frond_wire::{EventKey, Name, ObjectId, Operation, QuotaUse, UploadId, Used};
use serde_json::Value;

use crate::support::{Person, World, device_id, event_id, go, object_id, part};

const FULL: (u16, &str) = (413, "quota");
/// Life of a URL, by the endpoint's clock. The store's own stands still.
const LIFE: u64 = 120;

fn put(length: u64) -> Operation {
    Operation::put(Name::Object(object_id()), length)
}

async fn with_quota(bytes: u64) -> (World, Router, Person) {
    let world = World::with(|config| {
        config.limits.quota_bytes = Some(bytes);
        config.presign_seconds = LIFE;
        config.limits.requests_per_second = 1_000.try_into().unwrap();
    })
    .await;
    let app = world.app();
    let person = Person::new();
    person.create(&world, &app).await;
    (world, app, person)
}

async fn store(person: &Person, world: &World, app: &Router, operation: Operation, length: usize) {
    let url = person.presign(world, app, operation).await;
    assert_eq!(go(&url, vec![0; length]).await.status(), 200);
}

async fn is_full(person: &Person, world: &World, app: &Router, operation: Operation) -> bool {
    let answer = person.try_presign(world, app, &[operation]).await;
    if answer.status == 200 {
        return false;
    }
    assert_eq!(answer.problem(), FULL);
    true
}

#[tokio::test]
async fn a_quota_holds_for_what_is_stored_and_what_is_signed() {
    let (world, app, person) = with_quota(100).await;
    assert_eq!(person.try_presign(&world, &app, &[put(60), put(41)]).await.problem(), FULL);
    store(&person, &world, &app, put(60), 60).await;
    assert!(is_full(&person, &world, &app, put(41)).await);
    // What was signed may still be used: it counts until it expires, however often the account is
    // counted.
    person.presign(&world, &app, put(40)).await;
    for seconds in [0, COUNT_SECONDS, COUNT_SECONDS] {
        world.pass(seconds);
        assert!(is_full(&person, &world, &app, put(1)).await);
    }
    world.pass(LIFE + SKEW_SECONDS);
    person.presign(&world, &app, put(40)).await;
    // Reading and deleting go on when it is full.
    assert!(is_full(&person, &world, &app, put(1)).await);
    for operation in [
        Operation::Delete(Name::Object(object_id())),
        Operation::Get(Name::Object(object_id())),
        Operation::ListUploads { object: None },
    ] {
        person.presign(&world, &app, operation).await;
    }
}

#[tokio::test]
async fn what_was_used_is_not_counted_twice() {
    let (world, app, person) = with_quota(100).await;
    for _ in 0..4 {
        store(&person, &world, &app, put(20), 20).await;
    }
    world.pass(COUNT_SECONDS);
    store(&person, &world, &app, put(20), 20).await;
    assert!(is_full(&person, &world, &app, put(1)).await);
    // The same place again is no second object: a lost answer may be asked for anew.
    let object = object_id();
    let (world, app, person) = with_quota(100).await;
    let again = Operation::put(Name::Object(object), 60);
    for _ in 0..3 {
        person.presign(&world, &app, again.clone()).await;
    }
    assert!(is_full(&person, &world, &app, put(41)).await);
}

#[tokio::test]
async fn a_url_is_not_used_twice_past_the_quota() {
    let (world, app, person) = with_quota(100).await;
    let object = object_id();
    let first = person.presign(&world, &app, Operation::put(Name::Object(object), 60)).await;
    assert_eq!(go(&first, vec![0; 60]).await.status(), 200);
    let delete = person.presign(&world, &app, Operation::Delete(Name::Object(object))).await;
    assert_eq!(go(&delete, "").await.status(), 204);
    world.pass(COUNT_SECONDS);
    // Nothing is stored, but the first URL still works.
    assert!(is_full(&person, &world, &app, put(60)).await);
    assert_eq!(go(&first, vec![0; 60]).await.status(), 200);
}

#[tokio::test]
async fn what_is_deleted_is_free_within_seconds() {
    let (world, app, person) = with_quota(100).await;
    let object = object_id();
    // Another instance signed it, so this one does not wait for its URL to die.
    store(&person, &world, &world.app(), Operation::put(Name::Object(object), 90), 90).await;
    assert!(is_full(&person, &world, &app, put(50)).await);
    let delete = person.presign(&world, &app, Operation::Delete(Name::Object(object))).await;
    assert_eq!(go(&delete, "").await.status(), 204);
    world.pass(RECOUNT_SECONDS);
    person.presign(&world, &app, put(50)).await;
}

async fn begin(person: &Person, world: &World, app: &Router, object: ObjectId) -> UploadId {
    let create = person.presign(world, app, Operation::CreateUpload(object)).await;
    let answer = go(&create, "").await.text().await.unwrap();
    let id = answer.split_once("<UploadId>").unwrap().1.split_once('<').unwrap().0;
    UploadId::parse(id).unwrap()
}

#[tokio::test]
async fn parts_of_unfinished_uploads_count() {
    let (world, app, person) = with_quota(100).await;
    let object = object_id();
    let upload = begin(&person, &world, &app, object).await;
    let part = |number, length| Operation::UploadPart {
        object,
        upload: upload.clone(),
        part: part(number),
        length,
        checksum: None,
    };
    store(&person, &world, &app, part(1, 40), 40).await;
    store(&person, &world, &app, part(2, 40), 40).await;
    // Signed here, or found by counting: at once, later, elsewhere.
    for app in [&app, &world.app()] {
        assert!(is_full(&person, &world, app, part(3, 21)).await);
        assert!(is_full(&person, &world, app, put(21)).await);
    }
    world.pass(LIFE + SKEW_SECONDS);
    assert!(is_full(&person, &world, &app, put(21)).await);
    // A part that is sent again takes its own place.
    store(&person, &world, &app, part(2, 40), 40).await;
    // When the upload is given up, its parts are free, and its URLs are dead.
    let abort = person
        .presign(&world, &app, Operation::AbortUpload { object, upload: upload.clone() })
        .await;
    assert_eq!(go(&abort, "").await.status(), 204);
    world.pass(COUNT_SECONDS);
    store(&person, &world, &app, put(100), 100).await;
}

#[tokio::test]
async fn an_object_of_parts_has_the_same_bound_as_any_other() {
    let world = World::with(|config| config.limits.max_object_bytes = 1_000).await;
    let app = world.app();
    let person = Person::new();
    person.create(&world, &app).await;
    let object = object_id();
    let ask = async |number, length| {
        let operation = Operation::UploadPart {
            object,
            upload: UploadId::parse("u").unwrap(),
            part: part(number),
            length,
            checksum: None,
        };
        person.try_presign(&world, &app, &[operation]).await.status.as_u16()
    };
    // Ten parts of a hundred; a last one is shorter.
    for (part, length, expected) in [
        (1, 1_000, 200),
        (10, 100, 200),
        (11, 90, 200),
        (11, 91, 413),
        (2, 501, 413),
        (10_000, 1, 413),
    ] {
        assert_eq!(ask(part, length).await, expected, "part {part} of {length}");
    }
}

#[tokio::test]
async fn objects_are_counted_too() {
    let world = World::with(|config| config.limits.quota_objects = Some(4)).await;
    let app = world.app();
    let person = Person::new();
    person.create(&world, &app).await;
    // The account's list of logins is the first.
    let event =
        Operation::put(Name::Event(EventKey { device: device_id(), seq: 0, event: event_id() }), 9);
    store(&person, &world, &app, event, 9).await;
    begin(&person, &world, &app, object_id()).await;
    store(&person, &world, &app, put(1), 1).await;
    assert!(is_full(&person, &world, &app, put(1)).await);
    assert!(is_full(&person, &world, &app, Operation::CreateUpload(object_id())).await);
    world.pass(COUNT_SECONDS);
    assert!(is_full(&person, &world, &app, put(1)).await);
}

/// The stated tolerance: two instances let through at most once more what was free, and learn of it
/// within a minute.
#[tokio::test]
async fn two_instances_pass_a_quota_by_no_more_than_stated() {
    let (world, first, person) = with_quota(100).await;
    store(&person, &world, &first, put(20), 20).await;
    let second = world.app();
    let apps = [&first, &second];
    // Both have counted 20; then as much as either signs is sent, in small pieces, turn by turn.
    let mut stored = 20;
    for turn in 0..100 {
        let answer = person.try_presign(&world, apps[turn % 2], &[put(7)]).await;
        if answer.status == 200 {
            let response: frond_wire::PresignResponse =
                serde_json::from_value(answer.json).unwrap();
            assert_eq!(go(&response.urls[0], vec![0; 7]).await.status(), 200);
            stored += 7;
        }
    }
    let free = 100 - 20;
    assert!(stored > 100 - 7, "it is used up: {stored}");
    assert!(stored <= 100 + free, "{stored}");
    for app in apps {
        world.pass(COUNT_SECONDS);
        assert!(is_full(&person, &world, app, put(7)).await);
    }
}

#[tokio::test]
async fn an_account_is_told_what_it_stores_and_may() {
    let (world, app, person) = with_quota(100).await;
    let used = async || {
        let answer = person.call(&world, &app, "GET", "/v1/quota", &Value::Null).await;
        assert_eq!(answer.status, 200);
        serde_json::from_value::<QuotaUse>(answer.json).unwrap()
    };
    let of = |stored| QuotaUse { bytes: Some(Used { stored, quota: 100 }), objects: None };
    assert_eq!(used().await, of(0));
    store(&person, &world, &app, put(60), 60).await;
    // What is signed and not stored does not count.
    person.presign(&world, &app, put(30)).await;
    world.pass(COUNT_SECONDS);
    assert_eq!(used().await, of(60));
    let stranger = Person::new();
    let refused = stranger.call(&world, &app, "GET", "/v1/quota", &Value::Null).await;
    assert_eq!(refused.problem(), (403, "not-listed"));
}

#[tokio::test]
async fn without_a_quota_nothing_is_counted() {
    let mut world = World::new().await;
    let app = world.app();
    let person = Person::new();
    person.create(&world, &app).await;
    let used = async |world: &World| {
        let answer = person.call(world, &app, "GET", "/v1/quota", &Value::Null).await;
        serde_json::from_value::<QuotaUse>(answer.json).unwrap()
    };
    assert_eq!(used(&world).await, QuotaUse::default());
    // The login is known by now, and nothing else is asked of the store.
    world.store.take().unwrap().shutdown().await;
    assert_eq!(used(&world).await, QuotaUse::default());
}
