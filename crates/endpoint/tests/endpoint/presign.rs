//! Every operation signed, sent to the store as it stands, and judged by what the store did.

use frond_endpoint::presign::{Rules, plan};
use frond_wire::{
    AccountId, Checksum, ChecksumAlgorithm, DeviceId, EventKey, Listing, Name, ObjectId, Operation,
    PresignResponse, Presigned, SegmentId, SnapshotId, UploadId, Vault,
};
use reqwest::Response;
use serde_json::json;

use crate::support::{Person, World, device_id, event_id, go, object_id, part, random};

async fn person(world: &World, app: &axum::Router) -> Person {
    let person = Person::new();
    assert_eq!(person.create(world, app).await.status, 201);
    person
}

async fn text(response: Response) -> String {
    assert_eq!(response.status(), 200);
    response.text().await.unwrap()
}

/// Contents of each `<name>…</name>`, percent-decoded as `encoding-type=url` has them.
fn upload_id(xml: &str) -> UploadId {
    UploadId::parse(&values(xml, "UploadId").remove(0)).unwrap()
}

fn values(xml: &str, name: &str) -> Vec<String> {
    let open = format!("<{name}>");
    let values = xml.split(&open).skip(1).filter_map(|rest| rest.split("</").next());
    values.map(|value| value.replace("%2F", "/")).collect()
}

#[tokio::test]
async fn an_object_is_put_once_with_its_length_read_by_range_and_deleted() {
    let world = World::new().await;
    let app = world.app();
    let person = person(&world, &app).await;
    let object = object_id();
    let put = person.presign(&world, &app, Operation::put(Name::Object(object), 10)).await;
    assert_eq!(put.headers["if-none-match"], "*");
    assert_eq!(put.headers["content-type"], "application/octet-stream");
    assert_eq!(put.headers["content-length"], "10");
    assert_eq!(go(&put, "too short").await.status(), 403);
    assert_eq!(go(&put, "0123456789").await.status(), 200);
    assert_eq!(go(&put, "9876543210").await.status(), 412);
    let without = Presigned { headers: [].into(), ..put.clone() };
    assert_eq!(go(&without, "9876543210").await.status(), 403);

    let get = person.presign(&world, &app, Operation::Get(Name::Object(object))).await;
    assert_eq!(text(go(&get, "").await).await, "0123456789");
    let range = Presigned { headers: [("range".to_owned(), "bytes=2-4".to_owned())].into(), ..get };
    let answer = go(&range, "").await;
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap()), (206, "234".to_owned()));
    let head = person.presign(&world, &app, Operation::Head(object)).await;
    assert_eq!(go(&head, "").await.headers()["content-length"], "10");
    let delete = person.presign(&world, &app, Operation::Delete(Name::Object(object))).await;
    assert_eq!(go(&delete, "").await.status(), 204);
    assert_eq!(go(&head, "").await.status(), 404);
}

#[tokio::test]
async fn an_upload_of_many_parts_is_made_listed_completed_and_aborted() {
    let world = World::new().await;
    let app = world.app();
    let person = person(&world, &app).await;
    let object = object_id();
    let create = person.presign(&world, &app, Operation::CreateUpload(object)).await;
    let upload = upload_id(&text(go(&create, "").await).await);

    let sizes = [(1, 5 << 20), (2, 7_usize)];
    let mut etags = Vec::new();
    for (number, size) in sizes {
        let operation = Operation::UploadPart {
            object,
            upload: upload.clone(),
            part: part(number),
            length: u64::try_from(size).unwrap(),
            checksum: None,
        };
        let put = person.presign(&world, &app, operation).await;
        assert_eq!(go(&put, vec![7; size + 1]).await.status(), 403);
        let answer = go(&put, vec![7; size]).await;
        assert_eq!(answer.status(), 200);
        etags.push(answer.headers()["etag"].to_str().unwrap().to_owned());
    }
    let list = |after| Operation::ListParts { object, upload: upload.clone(), after };
    let all = text(go(&person.presign(&world, &app, list(None)).await, "").await).await;
    assert_eq!(values(&all, "PartNumber"), ["1", "2"]);
    let rest = text(go(&person.presign(&world, &app, list(Some(part(1)))).await, "").await).await;
    assert_eq!(values(&rest, "PartNumber"), ["2"]);
    for of in [None, Some(object)] {
        let list = person.presign(&world, &app, Operation::ListUploads { object: of }).await;
        assert_eq!(values(&text(go(&list, "").await).await, "UploadId"), [upload.as_str()]);
    }

    let complete = Operation::CompleteUpload { object, upload: upload.clone() };
    let complete = person.presign(&world, &app, complete).await;
    let parts = sizes.iter().zip(&etags).map(|((part, _), etag)| {
        format!("<Part><PartNumber>{part}</PartNumber><ETag>{etag}</ETag></Part>")
    });
    let body =
        format!("<CompleteMultipartUpload>{}</CompleteMultipartUpload>", parts.collect::<String>());
    assert!(text(go(&complete, body).await).await.contains("ETag"));
    let head = person.presign(&world, &app, Operation::Head(object)).await;
    assert_eq!(go(&head, "").await.headers()["content-length"], ((5 << 20) + 7).to_string());

    let other = object_id();
    let create = person.presign(&world, &app, Operation::CreateUpload(other)).await;
    let upload = upload_id(&text(go(&create, "").await).await);
    let abort =
        person.presign(&world, &app, Operation::AbortUpload { object: other, upload }).await;
    assert_eq!(go(&abort, "").await.status(), 204);
    let list = person.presign(&world, &app, Operation::ListUploads { object: None }).await;
    assert!(values(&text(go(&list, "").await).await, "UploadId").is_empty());
}

#[tokio::test]
async fn events_are_listed_by_device_and_after_a_number() {
    let world = World::new().await;
    let app = world.app();
    let person = person(&world, &app).await;
    let mut devices = [device_id(), device_id()];
    // As the store lists them: by text, in which digits come before letters.
    devices.sort_by_key(ToString::to_string);
    let seqs = [0, 9, 10, 255, 256, u64::MAX];
    for device in devices {
        for seq in seqs {
            let put = Operation::put(Name::Event(EventKey { device, seq, event: event_id() }), 1);
            assert_eq!(go(&person.presign(&world, &app, put).await, "e").await.status(), 200);
        }
    }
    let list = async |listing| {
        let list = Operation::List(listing);
        text(go(&person.presign(&world, &app, list).await, "").await).await
    };
    let of_device = async |after| list(Listing::Events { device: devices[0], after }).await;
    let log = format!("vaults/{}/log/", person.account);
    let found = |xml: &str| -> Vec<u64> {
        let keys = values(xml, "Key");
        let seq = |key: &String| {
            u64::from_str_radix(key.strip_prefix(&log).unwrap().split('/').nth(1).unwrap(), 16)
        };
        keys.iter().map(|key| seq(key).unwrap()).collect()
    };

    let named = |xml: &str| values(&xml.replace("<CommonPrefixes><Prefix>", "<Device>"), "Device");
    let folder = |device: &DeviceId| format!("{log}{device}/");
    assert_eq!(
        named(&list(Listing::Devices { after: None }).await),
        devices.iter().map(folder).collect::<Vec<_>>()
    );
    assert_eq!(
        named(&list(Listing::Devices { after: Some(devices[0]) }).await),
        [folder(&devices[1])]
    );
    assert_eq!(found(&of_device(None).await), seqs);
    assert_eq!(found(&of_device(Some(9)).await), seqs[2..]);
    assert_eq!(found(&of_device(Some(8)).await), seqs[1..]);
    assert!(found(&of_device(Some(u64::MAX)).await).is_empty());

    let event = event_id();
    let (device, seq) = (devices[0], 1);
    let put = Operation::put(Name::Event(EventKey { device, seq, event }), 5);
    assert_eq!(go(&person.presign(&world, &app, put).await, "event").await.status(), 200);
    let get = Operation::Get(Name::Event(EventKey { device, seq, event }));
    let get = person.presign(&world, &app, get).await;
    assert_eq!(text(go(&get, "").await).await, "event");
    let delete = person
        .presign(&world, &app, Operation::Delete(Name::Event(EventKey { device, seq, event })))
        .await;
    assert_eq!(go(&delete, "").await.status(), 204);
    assert_eq!(go(&get, "").await.status(), 404);
}

#[tokio::test]
async fn snapshots_journals_and_thumbnails_are_kept_listed_and_deleted() {
    let world = World::new().await;
    let app = world.app();
    let person = person(&world, &app).await;
    let mut ids = [object_id(), object_id(), object_id()];
    ids.sort();
    // Ids of the one kind are ids of the other.
    let snapshot = |id: ObjectId| SnapshotId::parse(&id.to_string()).unwrap();
    for id in ids {
        let put = Operation::put(Name::Snapshot(snapshot(id)), 2);
        assert_eq!(go(&person.presign(&world, &app, put).await, "s1").await.status(), 200);
        for first in [1, 17, 10_000] {
            let put = Operation::put(Name::Journal(id, part(first)), 2);
            assert_eq!(go(&person.presign(&world, &app, put).await, "j1").await.status(), 200);
        }
    }
    let keys = async |list| {
        values(&text(go(&person.presign(&world, &app, list).await, "").await).await, "Key")
    };
    let vault = format!("vaults/{}", person.account);
    let snapshots: Vec<String> = ids.iter().map(|id| format!("{vault}/snapshots/{id}")).collect();
    assert_eq!(keys(Operation::List(Listing::Snapshots { after: None })).await, snapshots);
    assert_eq!(
        keys(Operation::List(Listing::Snapshots { after: Some(snapshot(ids[0])) })).await,
        snapshots[1..]
    );
    let pages = |id: &ObjectId| {
        ["00001", "00017", "10000"].map(|part| format!("{vault}/uploads/{id}/{part}"))
    };
    let journals: Vec<String> = ids.iter().flat_map(pages).collect();
    assert_eq!(keys(Operation::List(Listing::Journals { after: None })).await, journals);
    assert_eq!(
        keys(Operation::List(Listing::Journals { after: Some(ids[1]) })).await,
        journals[6..]
    );
    assert_eq!(
        keys(Operation::List(Listing::Journal { object: ids[1], after: None })).await,
        journals[3..6]
    );
    let after = Some(part(17));
    assert_eq!(
        keys(Operation::List(Listing::Journal { object: ids[1], after })).await,
        journals[5..6]
    );
    for id in ids {
        let put = Operation::put(Name::Object(id), 2);
        assert_eq!(go(&person.presign(&world, &app, put).await, "o1").await.status(), 200);
    }
    let objects: Vec<String> = ids.iter().map(|id| format!("{vault}/objects/{id}")).collect();
    assert_eq!(keys(Operation::List(Listing::Objects { after: None })).await, objects);
    assert_eq!(keys(Operation::List(Listing::Objects { after: Some(ids[0]) })).await, objects[1..]);

    let get = person.presign(&world, &app, Operation::Get(Name::Snapshot(snapshot(ids[0])))).await;
    assert_eq!(text(go(&get, "").await).await, "s1");
    let delete =
        person.presign(&world, &app, Operation::Delete(Name::Snapshot(snapshot(ids[0])))).await;
    assert_eq!(go(&delete, "").await.status(), 204);
    assert_eq!(go(&get, "").await.status(), 404);
    for id in ids {
        let put = Operation::put(Name::Thumbnail(id), 2);
        assert_eq!(go(&person.presign(&world, &app, put).await, "t1").await.status(), 200);
    }
    let thumbnails: Vec<String> = ids.iter().map(|id| format!("{vault}/thumbnails/{id}")).collect();
    assert_eq!(keys(Operation::List(Listing::Thumbnails { after: None })).await, thumbnails);
    assert_eq!(
        keys(Operation::List(Listing::Thumbnails { after: Some(ids[0]) })).await,
        thumbnails[1..]
    );
    let get = person.presign(&world, &app, Operation::Get(Name::Thumbnail(ids[0]))).await;
    assert_eq!(text(go(&get, "").await).await, "t1");
    let delete = person.presign(&world, &app, Operation::Delete(Name::Thumbnail(ids[0]))).await;
    assert_eq!(go(&delete, "").await.status(), 204);
    assert_eq!(go(&get, "").await.status(), 404);
    let get = person.presign(&world, &app, Operation::Get(Name::Journal(ids[0], part(17)))).await;
    assert_eq!(text(go(&get, "").await).await, "j1");
    let delete =
        person.presign(&world, &app, Operation::Delete(Name::Journal(ids[0], part(17)))).await;
    assert_eq!(go(&delete, "").await.status(), 204);
    assert_eq!(go(&get, "").await.status(), 404);
}

#[tokio::test]
async fn segments_are_kept_listed_and_deleted_by_their_account_alone() {
    let world = World::new().await;
    let app = world.app();
    let (owner, other) = (person(&world, &app).await, person(&world, &app).await);
    let mut ids = [(); 3].map(|()| SegmentId::parse(&object_id().to_string()).unwrap());
    ids.sort();
    let text_of = async |person: &Person, operation| {
        text(go(&person.presign(&world, &app, operation).await, "").await).await
    };
    let list = async |person: &Person, after| {
        let list = Operation::List(Listing::Segments { after });
        values(&text_of(person, list).await, "Key")
    };
    for id in ids {
        let put = owner.presign(&world, &app, Operation::put(Name::Segment(id), 7)).await;
        assert_eq!(put.headers["if-none-match"], "*");
        assert_eq!(go(&put, "segment").await.status(), 200);
        assert_eq!(go(&put, "another").await.status(), 412, "never replaced");
    }
    let place = |id: &SegmentId| format!("vaults/{}/segments/{id}", owner.account);
    let places: Vec<_> = ids.iter().map(place).collect();
    assert_eq!(list(&owner, None).await, places);
    assert_eq!(list(&owner, Some(ids[0])).await, places[1..]);
    assert_eq!(text_of(&owner, Operation::Get(Name::Segment(ids[1]))).await, "segment");

    // Who asks names no account: the same ids are other keys.
    assert!(list(&other, None).await.is_empty());
    let get = other.presign(&world, &app, Operation::Get(Name::Segment(ids[1]))).await;
    assert_eq!(go(&get, "").await.status(), 404);
    let delete = other.presign(&world, &app, Operation::Delete(Name::Segment(ids[1]))).await;
    assert_eq!(go(&delete, "").await.status(), 204);
    assert_eq!(list(&owner, None).await, places);

    let delete = owner.presign(&world, &app, Operation::Delete(Name::Segment(ids[1]))).await;
    assert_eq!(go(&delete, "").await.status(), 204);
    assert_eq!(list(&owner, None).await, [place(&ids[0]), place(&ids[2])]);

    let largest = 4 << 20;
    for (length, status) in [(largest, 200), (largest + 1, 413)] {
        let put = [Operation::put(Name::Segment(ids[1]), length)];
        assert_eq!(owner.try_presign(&world, &app, &put).await.status, status);
    }
}

#[tokio::test]
async fn a_batch_is_answered_in_order_and_all_or_nothing() {
    let world = World::new().await;
    let app = world.app();
    let person = person(&world, &app).await;
    let ids: Vec<_> = (0..1_000).map(|_| object_id()).collect();
    let mut batch: Vec<Operation> =
        ids.iter().map(|id| Operation::Get(Name::Object(*id))).collect();
    let answer = person.try_presign(&world, &app, &batch).await;
    let answer: PresignResponse = serde_json::from_value(answer.json).unwrap();
    assert_eq!(answer.expires, 900);
    assert_eq!(answer.urls.len(), ids.len());
    for (url, id) in answer.urls.iter().zip(&ids) {
        assert!(url.url.contains(&format!("/vaults/{}/objects/{id}?", person.account)));
    }
    let mut bad = json!({ "operations": batch });
    bad["operations"][999]["object"] = json!("no");
    let answer = person.call(&world, &app, "POST", "/v1/presign", &bad).await;
    assert_eq!(answer.problem(), (400, "malformed"));
    batch.push(batch[0].clone());
    assert_eq!(person.try_presign(&world, &app, &batch).await.problem(), (400, "malformed"));
    assert_eq!(person.try_presign(&world, &app, &[]).await.problem(), (400, "malformed"));
}

#[tokio::test]
async fn urls_live_as_long_as_configured() {
    let world = World::with(|config| config.presign_seconds = 77).await;
    let app = world.app();
    let person = person(&world, &app).await;
    let get = person.presign(&world, &app, Operation::Get(Name::Object(object_id()))).await;
    assert!(get.url.contains("X-Amz-Expires=77&"), "{}", get.url);
}

/// The checksums of "0123456789".
fn checksums() -> [(Checksum, &'static str); 3] {
    let sha256 = "hNiYd/DUBB77a/kaFvAkjy/Vc+avBcGflr7bn4gveII=";
    [
        (Checksum::Crc32c("KAwGng==".to_owned()), "x-amz-checksum-crc32c"),
        (Checksum::Sha256(sha256.to_owned()), "x-amz-checksum-sha256"),
        (Checksum::Md5("eB5eJF1ptWaXm4bijSPyxw==".to_owned()), "content-md5"),
    ]
}

#[tokio::test]
async fn a_checksum_is_signed_and_the_store_refuses_another_body() {
    let world = World::new().await;
    let app = world.app();
    let person = person(&world, &app).await;
    for (checksum, header) in checksums() {
        let object = object_id();
        let put = Operation::Put {
            name: Name::Object(object),
            length: 10,
            checksum: Some(checksum.clone()),
        };
        let part = |upload: &UploadId| Operation::UploadPart {
            object,
            upload: upload.clone(),
            part: part(1),
            length: 10,
            checksum: Some(checksum.clone()),
        };
        let create = person.presign(&world, &app, Operation::CreateUpload(object)).await;
        assert_eq!(create.headers["x-amz-checksum-algorithm"], "CRC32C");
        let upload = upload_id(&text(go(&create, "").await).await);
        for operation in [put, part(&upload)] {
            let put = person.presign(&world, &app, operation).await;
            let damaged = go(&put, "0123456780").await;
            assert_eq!(damaged.status(), 400, "{header}");
            assert!(damaged.text().await.unwrap().contains("<Code>BadDigest</Code>"), "{header}");
            // Without the header, or with that of another body, the signature does not hold.
            let mut other = put.clone();
            other.headers.remove(header).unwrap();
            assert_eq!(go(&other, "0123456780").await.status(), 403, "{header}");
            assert_eq!(go(&put, "0123456789").await.status(), 200, "{header}");
        }
        let head = person.presign(&world, &app, Operation::Head(object)).await;
        assert_eq!(go(&head, "").await.headers()["content-length"], "10");
        let list = Operation::ListParts { object, upload, after: None };
        let listed = text(go(&person.presign(&world, &app, list).await, "").await).await;
        if let Checksum::Crc32c(crc) = &checksum {
            assert_eq!(values(&listed, "ChecksumCRC32C"), std::slice::from_ref(crc));
        }
    }
}

#[test]
fn a_checksum_has_one_spelling() {
    let account = AccountId::from_bytes(random());
    let rules = Rules { conditional: true, checksum: ChecksumAlgorithm::Sha256, max_object: 10 };
    let planned = |checksum: Checksum| {
        let put =
            Operation::Put { name: Name::Object(object_id()), length: 1, checksum: Some(checksum) };
        plan(&put, Vault(account), rules)
    };
    for (checksum, header) in checksums() {
        assert!(planned(checksum).unwrap().headers.contains_key(header));
    }
    for bad in [
        "",
        "KAwGng",
        "KAwGng=",
        "KAwGnh==",
        "KAwGng==\n",
        "KAwG-g==",
        "AAAAAAA=",
        "AAAA",
        "=AwGng==",
    ] {
        for of in [Checksum::Crc32c, Checksum::Sha256, Checksum::Md5] {
            assert!(planned(of(bad.to_owned())).is_err(), "{bad:?}");
        }
    }
    assert!(
        planned(Checksum::Md5("KAwGng==".to_owned())).is_err(),
        "the length is the algorithm's"
    );
    let create = plan(&Operation::CreateUpload(object_id()), Vault(account), rules).unwrap();
    assert_eq!(create.headers["x-amz-checksum-algorithm"], "SHA256");
    let rules = Rules { checksum: ChecksumAlgorithm::Md5, ..rules };
    let create = plan(&Operation::CreateUpload(object_id()), Vault(account), rules).unwrap();
    assert!(create.headers.is_empty());
}

#[test]
fn a_store_without_conditional_writes_is_not_asked_for_them() {
    let account = AccountId::from_bytes(random());
    let put = Operation::put(Name::Object(object_id()), 1);
    let headers = |conditional| {
        let rules = Rules { conditional, checksum: ChecksumAlgorithm::Md5, max_object: 10 };
        plan(&put, Vault(account), rules).unwrap().headers.into_keys().collect::<Vec<_>>()
    };
    assert_eq!(headers(true), ["content-length", "content-type", "if-none-match"]);
    assert_eq!(headers(false), ["content-length", "content-type"]);
}

#[tokio::test]
async fn a_prefix_and_no_conditional_writes_work_as_well() {
    let world = World::with(|config| {
        config.store.prefix = "team/one/".to_owned();
        config.store.conditional = false;
    })
    .await;
    let app = world.app();
    let person = person(&world, &app).await;
    assert_eq!(person.create(&world, &app).await.status, 201);
    let mut other = Person::new();
    other.account = person.account;
    assert_eq!(other.create(&world, &app).await.problem(), (409, "account-exists"));
    let device = device_id();
    let put = Operation::put(Name::Event(EventKey { device, seq: 3, event: event_id() }), 1);
    let put = person.presign(&world, &app, put).await;
    assert!(put.url.contains("/frond/team/one/vaults/"));
    assert_eq!(go(&put, "x").await.status(), 200);
    for (after, count) in [(2, 1), (3, 0)] {
        let list = Operation::List(Listing::Events { device, after: Some(after) });
        let list = person.presign(&world, &app, list).await;
        assert_eq!(values(&text(go(&list, "").await).await, "Key").len(), count);
    }
}

#[tokio::test]
async fn a_stolen_url_serves_nothing_else() {
    let world = World::new().await;
    let app = world.app();
    let (one, two) = (person(&world, &app).await, person(&world, &app).await);
    let object = object_id();
    let put = one.presign(&world, &app, Operation::put(Name::Object(object), 1)).await;
    assert_eq!(go(&put, "x").await.status(), 200);
    let get = one.presign(&world, &app, Operation::Get(Name::Object(object))).await;
    for (method, url) in [
        ("DELETE", get.url.clone()),
        ("PUT", get.url.clone()),
        ("GET", get.url.replace(&one.account.to_string(), &two.account.to_string())),
        ("GET", get.url.replace("X-Amz-Expires=900", "X-Amz-Expires=901")),
        ("GET", format!("{}&response-content-type=text/html", get.url)),
    ] {
        let stolen = Presigned { method: method.to_owned(), url, headers: [].into() };
        assert_eq!(go(&stolen, "").await.status(), 403, "{method}");
    }
    // The same id under another account is another key.
    let theirs = two.presign(&world, &app, Operation::Get(Name::Object(object))).await;
    assert_eq!(go(&theirs, "").await.status(), 404);
}
