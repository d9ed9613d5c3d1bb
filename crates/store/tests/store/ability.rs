//! What some stores do and others do not: asked of the store, never assumed.

use jiff::{SignedDuration, Timestamp};

use crate::multipart::{PART, Upload};
use frond_testing::store::{Reply, Target, page};

/// Something that the suite looks at closely where a store does it at all, and leaves out where it
/// does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ability {
    /// If-None-Match on PutObject.
    ConditionalPut,
    /// If-Match on PutObject, with the ETag as it came.
    ConditionalUpdate,
    /// If-None-Match on CompleteMultipartUpload.
    ConditionalComplete,
    /// `x-amz-checksum-…` is verified.
    Checksums,
    /// `x-amz-content-sha256` is verified, on presigned requests too.
    ContentHash,
    /// An object's ETag is its MD5, that of an upload in parts the MD5 of theirs.
    Md5Etags,
    /// Part numbers below 1 and above 10 000 are refused.
    PartNumbers,
    /// Parts under 5 MiB, but for the last, are refused.
    PartSizes,
    /// Parts are completed in rising order only.
    PartOrder,
    /// Some of an upload's parts can be completed without the others.
    PartChoice,
    /// Complete answers the same again.
    RepeatedComplete,
    /// Completing an upload that is not there is a refusal, not a fault of the store.
    UnknownUploads,
    /// An `x-amz-` header that is not signed is refused.
    SignedHeaders,
    /// A body without Content-Length is refused.
    LengthRequired,
    /// If-Range is honoured.
    IfRange,
    /// Who asks first (Expect: 100-continue) is refused before the body.
    EarlyRefusals,
    /// A list from a token that the store never gave, or of a number of keys that is none, is
    /// refused.
    CheckedLists,
    /// A URL is not good before its time.
    NotBefore,
    /// A signature for another region is refused.
    Regions,
    /// Keys may be 1 024 bytes long.
    LongKeys,
    /// Uploads are listed by any prefix.
    UploadPrefixes,
    /// The bucket has CORS rules for [`page`].
    Cors,
    /// A page reads refusals of its signature too.
    CorsOnRefusals,
    /// Browsers are told how long a preflight holds.
    PreflightAge,
}

impl Ability {
    pub const ALL: [Self; 24] = [
        Self::ConditionalPut,
        Self::ConditionalUpdate,
        Self::ConditionalComplete,
        Self::Checksums,
        Self::ContentHash,
        Self::Md5Etags,
        Self::PartNumbers,
        Self::PartSizes,
        Self::PartOrder,
        Self::PartChoice,
        Self::RepeatedComplete,
        Self::UnknownUploads,
        Self::SignedHeaders,
        Self::LengthRequired,
        Self::IfRange,
        Self::EarlyRefusals,
        Self::CheckedLists,
        Self::NotBefore,
        Self::Regions,
        Self::LongKeys,
        Self::UploadPrefixes,
        Self::Cors,
        Self::CorsOnRefusals,
        Self::PreflightAge,
    ];

    /// Whether the store does that; says so where it does not.
    pub async fn is_of(self, store: &Target) -> bool {
        let is_of = self.is_seen_of(store).await;
        if !is_of {
            let test = std::thread::current().name().unwrap_or_default().to_owned();
            println!("skipped {test} lacks {self:?}");
        }
        is_of
    }

    /// One look at the store.
    async fn is_seen_of(self, store: &Target) -> bool {
        let key = store.key(&format!("ability-{self:?}"));
        let put = |body: &'static str| store.put(&key, body);
        match self {
            Self::ConditionalPut => {
                put("first").send().await.ok();
                put("second").header("if-none-match", "*").send().await.status == 412
            }
            Self::ConditionalUpdate => {
                let etag = put("first").send().await.ok().header("etag").to_owned();
                put("second").header("if-match", &etag).send().await.status == 200
                    && put("third").header("if-match", &etag).send().await.status == 412
            }
            Self::ConditionalComplete => {
                let upload = Upload::of(store, &key).await;
                let etag = upload.put(1, "upload").await;
                put("first").send().await.ok();
                upload.complete(&[(1, &etag)]).header("if-none-match", "*").send().await.status
                    == 412
            }
            Self::Checksums => {
                put("body").header("x-amz-checksum-crc32", "AAAAAA==").send().await.status == 400
            }
            Self::ContentHash => {
                put("body").header("x-amz-content-sha256", &"0".repeat(64)).send().await.status
                    == 400
            }
            Self::Md5Etags => {
                put("abc").send().await.ok().etag() == "900150983cd24fb0d6963f7d28e17f72"
            }
            Self::PartNumbers => {
                Upload::of(store, &key).await.part(10_001, "part").send().await.status == 400
            }
            Self::PartSizes => {
                let upload = Upload::of(store, &key).await;
                let (one, two) = (upload.put(1, "small").await, upload.put(2, "last").await);
                upload.complete(&[(1, &one), (2, &two)]).send().await.status == 400
            }
            Self::PartOrder => {
                let upload = Upload::of(store, &key).await;
                let (one, two) =
                    (upload.put(1, vec![1; PART]).await, upload.put(2, vec![2; PART]).await);
                upload.complete(&[(2, &two), (1, &one)]).send().await.status == 400
            }
            Self::PartChoice => {
                let upload = Upload::of(store, &key).await;
                let (_, two) = (upload.put(1, "one").await, upload.put(2, "two").await);
                upload.complete(&[(2, &two)]).send().await.status == 200
            }
            Self::RepeatedComplete => {
                let upload = Upload::of(store, &key).await;
                let etag = upload.put(1, "body").await;
                upload.complete(&[(1, &etag)]).send().await.ok();
                upload.complete(&[(1, &etag)]).send().await.status == 200
            }
            Self::UnknownUploads => {
                let upload = Upload::of(store, &key).await;
                let etag = upload.put(1, "body").await;
                upload.abort().await;
                upload.complete(&[(1, &etag)]).send().await.status == 404
            }
            Self::SignedHeaders => {
                put("body").unsigned("x-amz-meta-colour", "green").send().await.status == 403
            }
            Self::LengthRequired => {
                crate::bodies::chunked(&put("")).await.starts_with("HTTP/1.1 411 ")
            }
            Self::IfRange => {
                put("0123456789").send().await.ok();
                let get = store
                    .get(&key)
                    .unsigned("range", "bytes=2-3")
                    .unsigned("if-range", "\"another\"");
                get.send().await.status == 200
            }
            Self::EarlyRefusals => {
                put("first").send().await.ok();
                crate::bodies::expecting(&put("").header("if-none-match", "*"))
                    .await
                    .starts_with("HTTP/1.1 412 ")
            }
            Self::CheckedLists => {
                store.list(&store.prefix).query("continuation-token", "%%%").send().await.status
                    == 400
            }
            Self::NotBefore => {
                put("body").send().await.ok();
                let in_an_hour = Timestamp::now() + SignedDuration::from_hours(1);
                store.get(&key).signed_at(in_an_hour, 900).send().await.status == 403
            }
            Self::Regions => {
                store.head_bucket().signed_for("mars-north-1").send().await.status != 200
            }
            Self::LongKeys => {
                let name = "k".repeat(1024 - store.prefix.len());
                store.put(&store.key(&name), "x").send().await.status == 200
            }
            Self::UploadPrefixes => {
                Upload::of(store, &key).await;
                let listed = store
                    .get_bucket()
                    .query("uploads", "")
                    .query("prefix", &store.prefix)
                    .send()
                    .await;
                listed.ok().all("Key").contains(&key)
            }
            Self::Cors => {
                put("body").send().await.ok();
                reads(&store.get(&key).unsigned("origin", page()).send().await)
            }
            Self::CorsOnRefusals => reads(
                &store.get(&key).signed_by("AKID", "wrong").unsigned("origin", page()).send().await,
            ),
            Self::PreflightAge => {
                let request =
                    store.http.request(reqwest::Method::OPTIONS, store.bucket.object_url(&key));
                let request =
                    request.header("origin", page()).header("access-control-request-method", "PUT");
                !Reply::of(request).await.header("access-control-max-age").is_empty()
            }
        }
    }
}

/// Whether a page of [`page`] may read this answer.
pub fn reads(reply: &Reply) -> bool {
    [page(), "*"].contains(&reply.header("access-control-allow-origin"))
}

#[tokio::test]
async fn the_embedded_store_lacks_nothing() {
    let store = Target::embedded().await;
    for ability in Ability::ALL {
        assert!(ability.is_of(&store).await, "{ability:?}");
    }
}

#[test]
fn of_each_the_documents_say_what_frond_makes_of_it() {
    let documents = include_str!("../../../../docs/STORES.md");
    for ability in Ability::ALL {
        let line = documents.lines().find(|line| line.starts_with(&format!("| `{ability:?}` |")));
        let line = line.unwrap_or_else(|| panic!("docs/STORES.md does not tell of {ability:?}"));
        let known = ["configured", "probed", "not relied upon"].map(|how| format!("| {how} |"));
        assert!(known.iter().any(|how| line.contains(how)), "{line}");
    }
}

/// What `make test-stores` prints of a store, and docs/STORES.md tells.
#[tokio::test]
async fn what_this_store_does() {
    let store = Target::open().await;
    for ability in Ability::ALL {
        println!(
            "ability {ability:?}: {}",
            if ability.is_seen_of(&store).await { "yes" } else { "no" }
        );
    }
}
