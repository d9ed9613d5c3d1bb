//! An account with a vault of many files, for the page to open: its events, 500 files each, and
//! their snapshot. The files have no content.

use std::rc::Rc;

use frond::account::{AccountId, Deployment, DeviceId, Keyring, Username, root};
use frond::catalog::snapshot::{Cut, Snapshot};
use frond::catalog::{self, Content, Event, EventHash, Index, Op};
use frond::object::{EventId, ObjectId, Seal, SnapshotId};
use frond::secret::{Password, VaultKey};
use frond::software::Software;
use frond_wire::{Name, Operation, PublicConfig};
use futures_util::future::try_join_all;
use reqwest::Client;

use crate::Failure;
use crate::person::{self, Person};

/// Files that one event adds.
const EVENT: u64 = 500;
/// Files of a folder.
const FOLDER: u64 = 1_000;
/// Objects that are stored at once.
const BATCH: usize = 200;
/// When the first file was added, in milliseconds since the Unix epoch.
const BEGIN: u64 = 1_763_886_000_000;

/// Makes the account at this origin, with that many files.
pub async fn make(origin: &str, username: &str, password: &str, files: u64) -> Result<(), Failure> {
    let client = person::client()?;
    let config = client.get(format!("{origin}/config.json")).send().await?.bytes().await?;
    let config: PublicConfig = serde_json::from_slice(&config)?;
    let deployment = Deployment::parse(&config.deployment).map_err(|_| "deployment")?;
    let username = Username::parse(username).map_err(|_| "username")?;
    let root = root(&Software, &deployment, &username, &Password::new(password.to_owned())).await;
    let root = root.map_err(|_| "key derivation")?;
    let account = AccountId::from_bytes([7; 16]);
    let keyring = Keyring { account, vault_key: VaultKey::copied(&[7; 32]), username: None };
    let key = &keyring.vault_key;
    let person = Person::register(origin, deployment.as_str(), &root, &keyring).await?;

    let mut index = Index::default();
    let mut objects = Vec::new();
    for first in (0..files).step_by(EVENT.try_into()?) {
        let ops = (first..files.min(first + EVENT)).map(add).collect::<Result<_, _>>()?;
        let device = DeviceId::from_bytes([7; 16]);
        let (seq, parents) = (index.log().next_seq(&device), index.log().parents(&device));
        let event = Event::new(EventId::from_bytes(uuid(first))?, device, seq, parents, ops);
        let token = catalog::seal(key, &event, iv(first))?;
        let name = Name::Event(event.key());
        index.apply(EventHash::of(&token), event);
        objects.push((name, token));
    }
    let snapshot = Snapshot::of(&index).ok_or("no snapshot")?;
    let mut pages = Vec::new();
    for (n, cut) in (0..).zip(snapshot.pages(&[], async || {}).await) {
        let Cut::New(page) = cut else { continue };
        let (page, token) = page.seal(key, SnapshotId::new(BEGIN + n, iv(n)), iv(n))?;
        objects.push((Name::Snapshot(page.page), token));
        pages.push(page);
    }
    let manifest = snapshot.manifest(SnapshotId::manifest(BEGIN, iv(1)), pages);
    objects.push((Name::Snapshot(manifest.snapshot), manifest.seal(key, iv(2))?));
    store(&person, &client, &objects).await
}

async fn store(
    person: &Person,
    client: &Client,
    objects: &[(Name, Vec<u8>)],
) -> Result<(), Failure> {
    for batch in objects.chunks(BATCH) {
        let operations = batch.iter().map(|(name, token)| -> Result<_, Failure> {
            let length = token.len().try_into()?;
            Ok(Operation::Put { name: *name, length, checksum: None })
        });
        let operations = operations.collect::<Result<Vec<_>, _>>()?;
        let urls = person.urls(client, &operations).await?;
        let puts = urls.into_iter().zip(batch).map(async |(url, (_, token))| {
            let mut request = client.put(&url.url).body(token.clone());
            for (name, value) in &url.headers {
                request = request.header(name, value);
            }
            request.send().await?.error_for_status().map(drop)
        });
        try_join_all(puts).await?;
    }
    Ok(())
}

fn add(n: u64) -> Result<Op, Failure> {
    Ok(Op::Add {
        object: ObjectId::from_bytes(uuid(n))?,
        path: format!("Photos {}/IMG_{n:07}.JPG", n / FOLDER),
        content: Rc::new(Content {
            size: 4_000_000 + n % 1_000_000,
            stored: 5_001_000,
            header: 512,
            media_type: "image/jpeg".into(),
            modified: Some(i64::try_from(BEGIN + n * 60_000)?),
            seal: Seal([7; 32]),
        }),
    })
}

/// A UUIDv7 that grows with `n`, and whose last bytes are like random ones.
fn uuid(n: u64) -> [u8; 16] {
    let [_, _, a, b, c, d, e, f] = (BEGIN + n).to_be_bytes();
    let [g, h, i, j, k, l, m, o] = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    [a, b, c, d, e, f, 0x70 | (g & 15), h, 0x80 | (i & 63), j, k, l, m, o, g, h]
}

/// 16 bytes that are like random ones: of a bench, so that every run stores the same.
fn iv(n: u64) -> [u8; 16] {
    uuid(n.wrapping_add(0x5bd1_e995))
}
