//! What only the embedded store promises of copies, and of deleting many keys. Stock clients do the
//! rest (`store_clients.rs`).

use std::fs;

use frond_testing::store::Target;

fn source(store: &Target, key: &str) -> String {
    format!("{}/{key}", store.bucket.name())
}

#[tokio::test]
async fn a_copy_keeps_to_the_conditions_of_its_target() {
    let store = Target::embedded().await;
    let (from, to) = (store.key("from"), store.key("to"));
    store.put(&from, "new").send().await.ok();
    let copy = |name: &str, value: &str| {
        store.put(&to, "").header("x-amz-copy-source", &source(&store, &from)).header(name, value)
    };
    copy("if-none-match", "*").send().await.ok();
    let etag = store.put(&to, "old").send().await.ok().etag().to_owned();
    copy("if-none-match", "*").send().await.refused(412, &["PreconditionFailed"]);
    copy("if-match", "\"00000000000000000000000000000000\"")
        .send()
        .await
        .refused(412, &["PreconditionFailed"]);
    assert_eq!(store.get(&to).send().await.ok().body, b"old");
    copy("if-match", &format!("\"{etag}\"")).send().await.ok();
    assert_eq!(store.get(&to).send().await.ok().body, b"new");
}

#[tokio::test]
async fn a_damaged_source_is_not_copied() {
    let store = Target::embedded().await;
    let (from, to) = (store.key("from"), store.key("to"));
    store.put(&from, "as it was stored").send().await.ok();
    let blobs: Vec<_> = fs::read_dir(store.folder().join("store/blobs")).unwrap().collect();
    let blob =
        blobs.into_iter().find_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap().next());
    fs::write(blob.unwrap().unwrap().path(), "as the disk has it").unwrap();
    let copy = store.put(&to, "").header("x-amz-copy-source", &source(&store, &from));
    copy.send().await.refused(500, &["InternalError"]);
    store.get(&to).send().await.refused(404, &["NoSuchKey"]);
}

#[tokio::test]
async fn a_part_copies_the_range_it_names_or_nothing() {
    let store = Target::embedded().await;
    let (from, to) = (store.key("from"), store.key("to"));
    store.put(&from, "0123456789").send().await.ok();
    let id = store.post(&to).query("uploads", "").send().await.ok().first("UploadId");
    let copy = |range: &str| {
        let call = store.put(&to, "").query("uploadId", &id).query("partNumber", "1");
        call.header("x-amz-copy-source", &source(&store, &from))
            .header("x-amz-copy-source-range", range)
    };
    for range in ["bytes=8-10", "bytes=10-11"] {
        copy(range).send().await.refused(416, &["InvalidRange"]);
    }
    for range in ["bytes=2-", "bytes=-2", "2-3"] {
        copy(range).send().await.refused(400, &["InvalidArgument"]);
    }
    let etag = copy("bytes=2-4").send().await.ok().first("ETag");
    let part = format!("<Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>");
    let list = format!("<CompleteMultipartUpload>{part}</CompleteMultipartUpload>");
    store.post(&to).query("uploadId", &id).body(list).send().await.ok();
    assert_eq!(store.get(&to).send().await.ok().body, b"234");
}

#[tokio::test]
async fn deleting_many_tells_of_each_key() {
    let store = Target::embedded().await;
    let (kept, gone) = (store.key("kept"), store.key("a <b> & c"));
    for key in [&kept, &gone] {
        store.put(key, "body").send().await.ok();
    }
    let gone_xml = gone.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let list = format!(
        "<Delete><Object><Key>{kept}</Key><VersionId>3</VersionId></Object><Object>\
         <Key>{gone_xml}</Key></Object></Delete>"
    );
    let reply = store.post_bucket().query("delete", "").body(list).send().await.ok();
    assert_eq!(reply.all("Key"), [gone.replace('>', "&gt;"), kept.clone()]);
    assert_eq!(reply.all("Code"), ["NoSuchVersion"]);
    store.get(&gone).send().await.refused(404, &["NoSuchKey"]);
    store.get(&kept).send().await.ok();
}
