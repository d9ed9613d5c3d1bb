//! Uploads in parts.

use data_encoding::{BASE64, HEXLOWER};
use s3s::crypto::{Checksum as _, Crc32, Md5};

use crate::ability::Ability;
use frond_testing::store::{Call, Reply, Target};

/// Least size of a part that is not the last.
pub const PART: usize = 5 * 1024 * 1024;

/// Ceph says of a part that its key is missing.
const NO_UPLOAD: &[&str] = &["NoSuchUpload", "NoSuchKey"];

/// An upload of a test.
pub struct Upload<'a> {
    store: &'a Target,
    key: String,
    id: String,
}

impl<'a> Upload<'a> {
    async fn begin(store: &'a Target, name: &str) -> Self {
        Self::of(store, &store.key(name)).await
    }

    pub async fn of(store: &'a Target, key: &str) -> Self {
        let reply = store
            .post(key)
            .query("uploads", "")
            .header("content-type", "image/png")
            .send()
            .await
            .ok();
        let id = reply.first("UploadId");
        assert!(!id.is_empty());
        Self { store, key: key.to_owned(), id }
    }

    pub fn part(&self, number: u32, body: impl Into<Vec<u8>>) -> Call<'a> {
        let call = self.store.put(&self.key, body);
        call.query("partNumber", &number.to_string()).query("uploadId", &self.id)
    }

    pub async fn put(&self, number: u32, body: impl Into<Vec<u8>>) -> String {
        self.part(number, body).send().await.ok().etag().to_owned()
    }

    pub fn complete(&self, parts: &[(u32, &str)]) -> Call<'a> {
        let parts: String = parts
            .iter()
            .map(|(number, etag)| {
                format!("<Part><PartNumber>{number}</PartNumber><ETag>\"{etag}\"</ETag></Part>")
            })
            .collect();
        let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        self.store.post(&self.key).query("uploadId", &self.id).body(body)
    }

    async fn list(&self) -> Reply {
        self.store.get(&self.key).query("uploadId", &self.id).send().await
    }

    pub async fn abort(&self) -> Reply {
        self.store.delete(&self.key).query("uploadId", &self.id).send().await
    }
}

fn bytes(seed: u8, size: usize) -> Vec<u8> {
    (0..=u8::MAX).cycle().take(size).map(|i| i.wrapping_mul(31).wrapping_add(seed)).collect()
}

#[tokio::test]
async fn parts_become_an_object() {
    let store = Target::open().await;
    let upload = Upload::begin(&store, "three").await;
    let bodies = [bytes(1, PART), bytes(2, PART + 1), bytes(3, 617)];
    let mut etags = Vec::new();
    // Parts come in any order, with holes between their numbers.
    for (number, index) in [(7, 2), (1, 0), (4, 1)] {
        etags.push((number, upload.put(number, bodies[index].clone()).await));
    }
    etags.sort_unstable();
    store.get(&upload.key).send().await.refused(404, &["NoSuchKey"]);

    let parts: Vec<(u32, &str)> =
        etags.iter().map(|(number, etag)| (*number, etag.as_str())).collect();
    let done = upload.complete(&parts).send().await.ok();
    let md5s: Vec<u8> = bodies.iter().flat_map(|body| Md5::checksum(body)).collect();
    // Ceph leaves it out of the answer.
    let said = done.first("ETag").trim_matches('"').to_owned();
    let expected = store.head(&upload.key).send().await.ok().etag().to_owned();
    assert!(said.is_empty() || said == expected, "{said}");
    if Ability::Md5Etags.is_of(&store).await {
        assert_eq!(expected, format!("{}-3", HEXLOWER.encode(&Md5::checksum(&md5s))));
    }

    let whole: Vec<u8> = bodies.concat();
    let got = store.get(&upload.key).send().await.ok();
    assert!(got.body == whole);
    assert_eq!(got.etag(), expected);
    assert_eq!(got.header("content-type"), "image/png");
    let head = store.head(&upload.key).send().await.ok();
    assert_eq!(
        (head.etag(), head.header("content-length")),
        (expected.as_str(), whole.len().to_string().as_str())
    );
    for range in [PART - 3..PART + 4, PART * 2..PART * 2 + 10, 0..1, whole.len() - 1..whole.len()] {
        let header = format!("bytes={}-{}", range.start, range.end - 1);
        let got = store.get(&upload.key).unsigned("range", &header).send().await;
        assert_eq!(got.status, 206);
        assert!(got.body == whole[range], "{header}");
    }
    upload.list().await.refused(404, NO_UPLOAD);
    assert_eq!(store.delete(&upload.key).send().await.status, 204);
    store.get(&upload.key).send().await.refused(404, &["NoSuchKey"]);
}

#[tokio::test]
async fn a_part_is_replaced_by_the_next_of_its_number() {
    let store = Target::open().await;
    let upload = Upload::begin(&store, "replaced").await;
    let first = upload.put(1, "first").await;
    let second = upload.put(1, "second").await;
    upload.complete(&[(1, &first)]).send().await.refused(400, &["InvalidPart"]);
    upload.complete(&[(1, &second)]).send().await.ok();
    assert_eq!(store.get(&upload.key).send().await.ok().body, b"second");
}

#[tokio::test]
async fn parts_are_listed_in_pages() {
    let store = Target::open().await;
    let upload = Upload::begin(&store, "listed").await;
    let mut etags = Vec::new();
    for number in [1, 2, 5, 10_000] {
        etags.push(upload.put(number, vec![7; usize::try_from(number).unwrap()]).await);
    }
    let all = upload.list().await.ok();
    assert_eq!(all.all("PartNumber"), ["1", "2", "5", "10000"]);
    assert_eq!(all.all("Size"), ["1", "2", "5", "10000"]);
    let listed: Vec<String> =
        all.all("ETag").iter().map(|etag| etag.trim_matches('"').to_owned()).collect();
    assert_eq!(listed, etags);
    let page = |after: &str| {
        let call = store.get(&upload.key).query("uploadId", &upload.id).query("max-parts", "2");
        call.query("part-number-marker", after)
    };
    let first = page("0").send().await.ok();
    assert_eq!(first.all("PartNumber"), ["1", "2"]);
    assert_eq!(
        (first.first("IsTruncated"), first.first("NextPartNumberMarker")),
        ("true".into(), "2".into())
    );
    let second = page("2").send().await.ok();
    assert_eq!(second.all("PartNumber"), ["5", "10000"]);
    assert_eq!(second.first("IsTruncated"), "false");
}

#[tokio::test]
async fn a_refused_completion_leaves_the_upload_as_it_was() {
    let store = Target::open().await;
    let upload = Upload::begin(&store, "refused").await;
    let small = upload.put(1, "small").await;
    let large = upload.put(2, bytes(2, PART)).await;
    let last = upload.put(3, "last").await;
    let no_part = HEXLOWER.encode(&Md5::checksum(b"never uploaded"));
    upload.complete(&[(2, &large), (7, &no_part)]).send().await.refused(400, &["InvalidPart"]);
    upload.complete(&[(2, &no_part), (3, &last)]).send().await.refused(400, &["InvalidPart"]);
    upload.complete(&[(2, "not an md5"), (3, &last)]).send().await.refused(400, &["InvalidPart"]);
    if Ability::PartOrder.is_of(&store).await {
        upload
            .complete(&[(3, &last), (2, &large)])
            .send()
            .await
            .refused(400, &["InvalidPartOrder"]);
        upload
            .complete(&[(2, &large), (2, &large)])
            .send()
            .await
            .refused(400, &["InvalidPartOrder"]);
    }
    if Ability::PartSizes.is_of(&store).await {
        upload
            .complete(&[(1, &small), (2, &large)])
            .send()
            .await
            .refused(400, &["EntityTooSmall", "InvalidPart"]);
    }
    upload.complete(&[]).send().await.refused(400, &["MalformedXML", "EntityTooSmall"]);
    upload
        .complete(&[])
        .body("<Complete")
        .send()
        .await
        .refused(400, &["MalformedXML", "InvalidRequest"]);
    store.get(&upload.key).send().await.refused(404, &["NoSuchKey"]);
    assert_eq!(upload.list().await.ok().all("PartNumber"), ["1", "2", "3"]);
    if !Ability::PartChoice.is_of(&store).await {
        return;
    }
    // A part that the list leaves out is not in the object.
    upload.complete(&[(2, &large), (3, &last)]).send().await.ok();
    let got = store.get(&upload.key).send().await.ok();
    assert!(got.body == [bytes(2, PART), b"last".to_vec()].concat());
}

#[tokio::test]
async fn completed_again_it_answers_the_same() {
    let store = Target::open().await;
    if !Ability::RepeatedComplete.is_of(&store).await {
        return;
    }
    let upload = Upload::begin(&store, "again").await;
    let etag = upload.put(1, "body").await;
    let other = HEXLOWER.encode(&Md5::checksum(b"another body"));
    let once = upload.complete(&[(1, &etag)]).header("if-none-match", "*").send().await.ok();
    let again = upload.complete(&[(1, &etag)]).header("if-none-match", "*").send().await.ok();
    let stored = store.head(&upload.key).send().await.ok().etag().to_owned();
    for said in [once, again].map(|reply| reply.first("ETag")) {
        assert!(["", &stored].contains(&said.trim_matches('"')), "{said}");
    }
    if !Ability::UnknownUploads.is_of(&store).await {
        return;
    }
    upload.complete(&[(1, &other)]).send().await.refused(404, NO_UPLOAD);
    store.put(&upload.key, "overwritten").send().await.ok();
    upload.complete(&[(1, &etag)]).send().await.refused(404, NO_UPLOAD);
    assert_eq!(store.get(&upload.key).send().await.ok().body, b"overwritten");
}

#[tokio::test]
async fn a_create_only_key_is_completed_once() {
    let store = Target::open().await;
    if !Ability::ConditionalComplete.is_of(&store).await {
        return;
    }
    let upload = Upload::begin(&store, "create-only").await;
    let etag = upload.put(1, "the upload").await;
    store.put(&upload.key, "was faster").send().await.ok();
    let create = upload.complete(&[(1, &etag)]).header("if-none-match", "*");
    create.send().await.refused(412, &["PreconditionFailed"]);
    assert_eq!(store.get(&upload.key).send().await.ok().body, b"was faster");
    assert_eq!(upload.list().await.ok().all("PartNumber"), ["1"]);
    store.delete(&upload.key).send().await.ok();
    create.send().await.ok();
    assert_eq!(store.get(&upload.key).send().await.ok().body, b"the upload");
}

#[tokio::test]
async fn an_aborted_upload_is_gone() {
    let store = Target::open().await;
    let upload = Upload::begin(&store, "aborted").await;
    let etag = upload.put(1, "part").await;
    assert_eq!(upload.abort().await.status, 204);
    upload.list().await.refused(404, NO_UPLOAD);
    upload.part(2, "late").send().await.refused(404, NO_UPLOAD);
    if Ability::UnknownUploads.is_of(&store).await {
        upload.complete(&[(1, &etag)]).send().await.refused(404, NO_UPLOAD);
    }
    upload.abort().await.refused(404, NO_UPLOAD);
    store.get(&upload.key).send().await.refused(404, &["NoSuchKey"]);
}

#[tokio::test]
async fn an_upload_belongs_to_its_key() {
    let store = Target::open().await;
    let mut upload = Upload::begin(&store, "mine").await;
    let etag = upload.put(1, "part").await;
    let key = std::mem::replace(&mut upload.key, store.key("yours"));
    upload.part(1, "x").send().await.refused(404, NO_UPLOAD);
    upload.list().await.refused(404, NO_UPLOAD);
    if Ability::UnknownUploads.is_of(&store).await {
        upload.complete(&[(1, &etag)]).send().await.refused(404, NO_UPLOAD);
    }
    upload.abort().await.refused(404, NO_UPLOAD);
    upload.key = key;
    upload.complete(&[(1, &etag)]).send().await.ok();
}

#[tokio::test]
async fn part_numbers_and_digests_are_checked() {
    let store = Target::open().await;
    let upload = Upload::begin(&store, "numbers").await;
    if Ability::PartNumbers.is_of(&store).await {
        for number in [0, 10_001] {
            upload.part(number, "x").send().await.refused(400, &["InvalidArgument"]);
        }
    }
    let md5 = BASE64.encode(&Md5::checksum(b"meant"));
    upload.part(1, "other").header("content-md5", &md5).send().await.refused(400, &["BadDigest"]);
    upload.part(1, "meant").header("content-md5", &md5).send().await.ok();
    if Ability::Checksums.is_of(&store).await {
        let crc = BASE64.encode(&Crc32::checksum(b"meant"));
        let part = |body: &'static str| upload.part(2, body).header("x-amz-checksum-crc32", &crc);
        assert_eq!(part("other").send().await.status, 400);
        assert_eq!(part("meant").send().await.ok().header("x-amz-checksum-crc32"), crc);
    }
}

#[tokio::test]
async fn uploads_are_listed() {
    let store = Target::open().await;
    if !Ability::UploadPrefixes.is_of(&store).await {
        return;
    }
    let mut begun = Vec::new();
    for name in ["list/a", "list/a", "list/b", "list/c", "other"] {
        let upload = Upload::begin(&store, name).await;
        begun.push((upload.key, upload.id));
    }
    let list = || store.get_bucket().query("uploads", "").query("prefix", &store.key("list/"));
    let all = list().send().await.ok();
    let pairs = |reply: &Reply| -> Vec<(String, String)> {
        reply.all("Key").into_iter().zip(reply.all("UploadId")).collect()
    };
    let mut expected = begun[..4].to_vec();
    expected.sort_unstable();
    let mut found = pairs(&all);
    found.sort_unstable();
    assert_eq!(found, expected);

    let mut paged = Vec::new();
    let (mut key, mut id) = (String::new(), String::new());
    loop {
        let mut call = list().query("max-uploads", "1");
        if !key.is_empty() {
            call = call.query("key-marker", &key).query("upload-id-marker", &id);
        }
        let page = call.send().await.ok();
        paged.extend(pairs(&page));
        (key, id) = (page.first("NextKeyMarker"), page.first("NextUploadIdMarker"));
        if page.first("IsTruncated") == "false" {
            break;
        }
    }
    // Garage's pages are in another order than its whole.
    paged.sort_unstable();
    assert_eq!(paged, expected);
}
