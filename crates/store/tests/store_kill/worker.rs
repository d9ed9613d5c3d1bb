//! Loads the store with writes to keys of its own, and holds it to its answers.

use std::collections::BTreeSet;
use std::fmt;

use crate::model::{Key, Random, Version};
use frond_testing::store::{Call, Reply, Target};

const KEYS: usize = 40;
/// Least size of a part that is not the last.
const PART: usize = 5 * 1024 * 1024;

/// How many calls were answered with success.
#[derive(Default)]
pub struct Count {
    puts: u64,
    creates: u64,
    copies: u64,
    deletes: u64,
    parts: u64,
    completes: u64,
}

impl Count {
    pub fn add(&mut self, other: &Self) {
        self.puts += other.puts;
        self.creates += other.creates;
        self.copies += other.copies;
        self.deletes += other.deletes;
        self.parts += other.parts;
        self.completes += other.completes;
    }

    pub fn answered(&self) -> u64 {
        self.puts + self.creates + self.copies + self.deletes + self.parts + self.completes
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { puts, creates, copies, deletes, parts, completes } = self;
        write!(
            f,
            "{puts} puts, {creates} creates, {copies} copies, {deletes} deletes, {parts} parts, \
             {completes} completes"
        )
    }
}

/// An upload that is neither completed nor aborted as far as its worker knows.
struct Upload {
    key: usize,
    id: String,
    version: Version,
    /// The key whose bytes its one part copies, if it does.
    source: Option<usize>,
    /// ETags of the parts that were acknowledged, in order.
    etags: Vec<String>,
}

/// The server is gone; the answer will never come.
struct Killed;

pub struct Worker {
    number: u64,
    random: Random,
    keys: Vec<Key>,
    touched: BTreeSet<usize>,
    upload: Option<Upload>,
    pub count: Count,
}

async fn send(call: Call<'_>) -> Result<Reply, Killed> {
    let answer = call.request().send().await.map_err(|_| Killed)?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = answer.bytes().await.map_err(|_| Killed)?.into();
    Ok(Reply { status, headers, body }.ok())
}

impl Worker {
    pub fn new(number: u64, seed: u64) -> Self {
        let keys = (0..KEYS).map(|_| Key::default()).collect();
        Self {
            number,
            random: Random::new(seed),
            keys,
            touched: BTreeSet::new(),
            upload: None,
            count: Count::default(),
        }
    }

    fn name(&self, key: usize) -> String {
        format!("worker-{}/key-{key:02}", self.number)
    }

    /// Works until the server is killed.
    pub async fn load(&mut self, store: &Target) {
        while self.step(store).await.is_ok() {}
    }

    async fn step(&mut self, store: &Target) -> Result<(), Killed> {
        if self.upload.is_some() {
            return self.go_on(store).await;
        }
        let key = self.random.index(KEYS);
        let source = self.source_for(key);
        match (self.random.below(12), source) {
            (0, _) if self.keys[key].acknowledged.is_some() => self.delete(store, key).await,
            (1, _) => self.delete_some(store, key).await,
            (2..4, source) => {
                self.begin(store, key, source.filter(|_| key.is_multiple_of(2))).await
            }
            (4..6, Some(source)) => self.copy(store, key, source).await,
            _ => self.put(store, key).await,
        }
    }

    /// Another key, with an object of one blob: a copy has one.
    fn source_for(&mut self, key: usize) -> Option<usize> {
        let source = self.random.index(KEYS);
        let one_blob = |version: &Version| version.sizes.len() == 1;
        (source != key && self.keys[source].acknowledged.as_ref().is_some_and(one_blob))
            .then_some(source)
    }

    fn version(&mut self, sizes: Vec<usize>) -> Version {
        Version { seed: self.random.next(), sizes }
    }

    /// From here on `key` may name `new`, until [`Worker::acknowledge`].
    fn announce(&mut self, key: usize, new: Option<Version>) {
        self.touched.insert(key);
        self.keys[key].under_way = Some(new);
    }

    fn acknowledge(&mut self, key: usize) {
        if let Some(new) = self.keys[key].under_way.take() {
            self.keys[key].acknowledged = new;
        }
    }

    async fn put(&mut self, store: &Target, key: usize) -> Result<(), Killed> {
        let largest = if self.random.below(8) == 0 { 600_000 } else { 20_000 };
        let size = self.random.index(largest);
        let version = self.version(vec![size]);
        let create = self.keys[key].acknowledged.is_none();
        let mut call = store.put(&self.name(key), version.bytes());
        if create {
            call = call.header("if-none-match", "*");
        }
        self.announce(key, Some(version));
        send(call).await?;
        self.acknowledge(key);
        *(if create { &mut self.count.creates } else { &mut self.count.puts }) += 1;
        Ok(())
    }

    async fn delete(&mut self, store: &Target, key: usize) -> Result<(), Killed> {
        self.announce(key, None);
        send(store.delete(&self.name(key))).await?;
        self.acknowledge(key);
        self.count.deletes += 1;
        Ok(())
    }

    /// Three keys in one call, of which some may name nothing.
    async fn delete_some(&mut self, store: &Target, key: usize) -> Result<(), Killed> {
        let keys = [key, (key + 1) % KEYS, (key + 2) % KEYS];
        let listed: String = keys
            .iter()
            .map(|key| format!("<Object><Key>{}</Key></Object>", self.name(*key)))
            .collect();
        for key in keys {
            self.announce(key, None);
        }
        send(store.post_bucket().query("delete", "").body(format!("<Delete>{listed}</Delete>")))
            .await?;
        for key in keys {
            self.acknowledge(key);
        }
        self.count.deletes += 1;
        Ok(())
    }

    async fn copy(&mut self, store: &Target, key: usize, source: usize) -> Result<(), Killed> {
        let version = self.keys[source].acknowledged.clone();
        let call = store
            .put(&self.name(key), "")
            .header("x-amz-copy-source", &self.location(store, source));
        self.announce(key, version);
        send(call).await?;
        self.acknowledge(key);
        self.count.copies += 1;
        Ok(())
    }

    /// Where a key is, as `x-amz-copy-source` says it.
    fn location(&self, store: &Target, key: usize) -> String {
        format!("{}/{}", store.bucket.name(), self.name(key))
    }

    async fn begin(
        &mut self,
        store: &Target,
        key: usize,
        source: Option<usize>,
    ) -> Result<(), Killed> {
        // A part that is not the last must be large; most uploads here have one part only.
        let last = self.random.index(30_000);
        let sizes = if self.random.below(12) == 0 { vec![PART, last] } else { vec![last] };
        let copied = source.and_then(|source| self.keys[source].acknowledged.clone());
        let version = copied.unwrap_or_else(|| self.version(sizes));
        let id = send(store.post(&self.name(key)).query("uploads", "")).await?.first("UploadId");
        self.upload = Some(Upload { key, id, version, source, etags: Vec::new() });
        Ok(())
    }

    /// The next part of the upload, or its completion.
    async fn go_on(&mut self, store: &Target) -> Result<(), Killed> {
        let Some(upload) = self.upload.as_ref() else { return Ok(()) };
        let location = upload.source.map(|source| self.location(store, source));
        let Some(upload) = self.upload.as_mut() else { return Ok(()) };
        let key = upload.key;
        let next = upload.etags.len();
        let name = format!("worker-{}/key-{key:02}", self.number);
        if next < upload.version.sizes.len() {
            let call = match &location {
                Some(location) => store.put(&name, "").header("x-amz-copy-source", location),
                None => store.put(&name, upload.version.part(next)),
            };
            let call =
                call.query("uploadId", &upload.id).query("partNumber", &(next + 1).to_string());
            let reply = send(call).await?;
            upload.etags.push(match location {
                Some(_) => reply.first("ETag").trim_matches('"').to_owned(),
                None => reply.etag().to_owned(),
            });
            self.count.parts += 1;
            return Ok(());
        }
        let call = complete(store, &name, upload);
        let version = upload.version.clone();
        self.announce(key, Some(version));
        send(call).await?;
        self.upload = None;
        self.acknowledge(key);
        self.count.completes += 1;
        Ok(())
    }

    /// After a start: every key that was touched shows what it may show, and the upload is as it
    /// was left.
    pub async fn look(&mut self, store: &Target) {
        for key in std::mem::take(&mut self.touched) {
            self.look_at(store, key).await;
        }
        let Some(upload) = &self.upload else { return };
        let name = self.name(upload.key);
        let reply = store.get(&name).query("uploadId", &upload.id).send().await;
        if reply.status == 404 {
            // Completed, without an answer: then the key shows it.
            assert_eq!(
                self.keys[upload.key].acknowledged.as_ref(),
                Some(&upload.version),
                "an upload is lost"
            );
            self.upload = None;
            return;
        }
        let listed: Vec<String> =
            reply.ok().all("ETag").iter().map(|etag| etag.trim_matches('"').to_owned()).collect();
        assert!(
            listed.starts_with(&upload.etags),
            "{name}: parts {listed:?} and not {:?}",
            upload.etags
        );
    }

    async fn look_at(&mut self, store: &Target, key: usize) {
        let name = self.name(key);
        let reply = store.get(&name).send().await;
        let shown = if reply.status == 404 { None } else { Some(reply.ok().body) };
        self.keys[key].settle(shown.as_deref()).unwrap_or_else(|error| panic!("{name} {error}"));
    }

    pub async fn look_at_all(&mut self, store: &Target) {
        for key in 0..KEYS {
            self.look_at(store, key).await;
        }
    }

    /// Aborts the upload; tells how many blobs the keys stand for.
    pub async fn finish(&mut self, store: &Target) -> usize {
        if let Some(upload) = self.upload.take() {
            store.delete(&self.name(upload.key)).query("uploadId", &upload.id).send().await.ok();
        }
        let versions = self.keys.iter().filter_map(|key| key.acknowledged.as_ref());
        versions.map(|version| version.sizes.len()).sum()
    }
}

fn complete<'a>(store: &'a Target, name: &str, upload: &Upload) -> Call<'a> {
    let parts: String = (1..)
        .zip(&upload.etags)
        .map(|(number, etag)| {
            format!("<Part><PartNumber>{number}</PartNumber><ETag>\"{etag}\"</ETag></Part>")
        })
        .collect();
    let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    store.post(name).query("uploadId", &upload.id).body(body)
}
