//! Format 1 against its vectors, byte for byte, with every engine. These vectors must never break.
//!
//! `FROND_VECTORS` names a further file of the same shape: natively it is read at run time, for the
//! browser it is built in (build.rs), so that anyone can judge the code by vectors of their own.

#![cfg(test)]

use base64ct::Encoding;
use frond::account::{
    Deployment, Keyring, Login, Username, recovery_root, recovery_words, root, salt,
};
use frond::fernet::{self, token_length};
use frond::object::{
    EventId, Header, Meta, ObjectId, SegmentId, SnapshotId, open_thumbnail, padme, seal_thumbnail,
};
use frond::secret::{ContentKey, FernetKey, FileKey, Password, Root, ShareSecret, VaultKey};
use frond::segment::{BadSegment, Segment};
use frond::share::{InvalidShare, ShareNote, ShareRecord, open_files, seal_files};
use frond_search::{Builder, Index};
use frond_testing::engines::engines;
use frond_testing::objects;
use frond_wire::{LoginKind, LoginRecord};
use serde_json::Value;
use sha2::{Digest, Sha256};
use wasm_bindgen_test::wasm_bindgen_test;

// In a Worker: a page that derives keys in software for seconds looks dead to the test's driver.
#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// Our own file, and the one that `FROND_VECTORS` names.
fn files() -> Vec<(String, Value)> {
    let own = ("frond_v1.json".to_owned(), include_str!("vectors/frond_v1.json").to_owned());
    #[cfg(not(target_arch = "wasm32"))]
    let named = std::env::var("FROND_VECTORS").ok().map(|path| {
        let text = std::fs::read_to_string(&path).expect("FROND_VECTORS names a file");
        (path, text)
    });
    #[cfg(target_arch = "wasm32")]
    let named = Some((
        "what FROND_VECTORS named".to_owned(),
        include_str!(concat!(env!("OUT_DIR"), "/vectors.json")).to_owned(),
    ));
    // Without `FROND_VECTORS`, what is built in is our own again.
    let named = named.filter(|(_, text)| *text != own.1);
    let files = [Some(own), named].into_iter().flatten();
    files
        .map(|(name, text)| (name, serde_json::from_str(&text).expect("vectors are JSON")))
        .collect()
}

/// All entries of a section over all files, each with a name for the failure message.
fn entries(section: &str) -> Vec<(String, Value)> {
    let mut entries = Vec::new();
    for (file, value) in files() {
        match &value[section] {
            Value::Array(list) => {
                assert!(!list.is_empty(), "{file}: {section} is empty");
                entries.extend(
                    list.iter()
                        .enumerate()
                        .map(|(i, v)| (format!("{file}: {section}[{i}]"), v.clone())),
                );
            }
            Value::Null => panic!("{file} has no section {section}"),
            one => entries.push((format!("{file}: {section}"), one.clone())),
        }
    }
    entries
}

fn text<'a>(vector: &'a Value, field: &str) -> &'a str {
    vector[field].as_str().unwrap_or_else(|| panic!("{field} is text"))
}

fn bytes<const N: usize>(vector: &Value, field: &str) -> [u8; N] {
    hex::decode(text(vector, field))
        .unwrap()
        .try_into()
        .unwrap_or_else(|_| panic!("{field} has {N} bytes"))
}

fn number(vector: &Value, field: &str) -> u64 {
    vector[field].as_u64().unwrap_or_else(|| panic!("{field} is a number"))
}

fn check_login(name: &str, vector: &Value, root: &Root) {
    let login = Login::from_root(root);
    assert_eq!(login.public_key(), &bytes::<32>(vector, "public_key"), "{name}: public key");
    assert_eq!(login.id().to_string(), text(vector, "login_id"), "{name}: login id");
    assert_eq!(*root.unlock_key().expose(), bytes(vector, "unlock_key"), "{name}: unlock key");
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn accounts() {
    for (name, vector) in entries("accounts") {
        let deployment = Deployment::parse(text(&vector, "deployment")).unwrap();
        let username = Username::parse(text(&vector, "username")).unwrap();
        let password = Password::new(text(&vector, "password").to_owned());
        assert_eq!(salt(&deployment, &username), bytes(&vector, "salt"), "{name}: salt");
        for (engine, cipher) in engines() {
            let root = root(&*cipher, &deployment, &username, &password).await.unwrap();
            assert_eq!(*root.expose(), bytes(&vector, "root"), "{name}: root by {engine}");
            assert_eq!(
                *root.login_seed().expose(),
                bytes(&vector, "login_seed"),
                "{name}: login seed"
            );
            check_login(&name, &vector, &root);
        }
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn recovery() {
    for (name, vector) in entries("recovery") {
        let root = Root::copied(&bytes(&vector, "entropy"));
        check_login(&name, &vector, &root);
        let words = recovery_words(&root);
        assert_eq!(words.split(' ').count(), 24, "{name}");
        assert!(recovery_root(&words) == Ok(root), "{name}: there and back");
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn keyring() {
    for (file, value) in files() {
        let vector = &value["keyring"];
        let account = value["accounts"].as_array().unwrap().iter();
        let owner = account
            .clone()
            .find(|a| a["login_id"] == vector["login_id"])
            .expect("the keyring's owner");
        let root = Root::copied(&bytes(owner, "root"));
        let ours = Keyring {
            account: frond::account::AccountId::parse(text(vector, "account")).unwrap(),
            vault_key: VaultKey::copied(&bytes(vector, "vault_key")),
            username: None,
        };
        let record =
            ours.record(&root, LoginKind::Password, number(vector, "time"), bytes(vector, "iv"));
        assert_eq!(record.keyring, text(vector, "token"), "{file}: keyring");
        assert_eq!(record.login.to_string(), text(vector, "login_id"), "{file}: login");
        let stored: LoginRecord =
            serde_json::from_str(&serde_json::to_string(&record).unwrap()).unwrap();
        assert_eq!(Keyring::open(&root, &stored), Ok(ours), "{file}: opens");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn vault_keys() {
    for (file, value) in files() {
        let vault_key = VaultKey::copied(&bytes(&value, "vault_key"));
        let vector = &value["keys"];
        let id = text(vector, "id");
        let is = |key: FernetKey, field: &str| {
            assert_eq!(*key.expose(), bytes(vector, field), "{file}: {field}")
        };
        is(vault_key.event_key(&EventId::parse(id).unwrap()), "event_key");
        is(vault_key.snapshot_key(&SnapshotId::parse(id).unwrap()), "snapshot_key");
        is(vault_key.upload_key(&ObjectId::parse(id).unwrap()), "upload_key");
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn stored_objects() {
    for (file, value) in files() {
        let vault_key = VaultKey::copied(&bytes(&value, "vault_key"));
        for (i, vector) in value["objects"].as_array().unwrap().iter().enumerate() {
            check_object(&format!("{file}: objects[{i}]"), vector, &vault_key).await;
        }
    }
}

async fn check_object(name: &str, vector: &Value, vault_key: &VaultKey) {
    let id = ObjectId::parse(text(vector, "id")).unwrap();
    let key = vault_key.file_key(&id);
    assert_eq!(*key.expose(), bytes(vector, "file_key"), "{name}: file key");
    assert_eq!(*key.content_key().expose(), bytes(vector, "content_key"), "{name}: content key");
    assert_eq!(key.content_key().commitment(), bytes(vector, "commitment"), "{name}: commitment");
    let meta = Meta {
        name: text(vector, "name").to_owned(),
        size: number(vector, "size"),
        media_type: text(vector, "type").to_owned(),
        modified: vector["modified"].as_i64(),
    };
    let header = Header::seal(&key, &id, &meta, objects::iv(0)).unwrap();
    assert_eq!(
        u64::from(header.length()),
        number(vector, "header_length"),
        "{name}: header length"
    );
    for (engine, cipher) in engines() {
        let (stored, seal) = objects::seal(&*cipher, &key, &id, &meta, 0).await;
        assert_eq!(
            u64::try_from(stored.len()).unwrap(),
            number(vector, "stored_length"),
            "{name}: length"
        );
        let digest = hex::encode(Sha256::digest(&stored));
        assert_eq!(digest, text(vector, "stored_sha256"), "{name}: stored by {engine}");
        if let Some(expected) = vector["stored"].as_str() {
            assert_eq!(hex::encode(&stored), expected, "{name}: stored by {engine}");
        }
        assert_eq!(seal.0, bytes(vector, "seal"), "{name}: seal");
        let (opened, content) = objects::open(&*cipher, &key, &id, &stored, seal).await;
        assert_eq!(opened, meta, "{name}: meta");
        assert!(content == objects::content(0, meta.size), "{name}: content by {engine}");
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn shares() {
    for (name, vector) in entries("shares") {
        let secret = ShareSecret::copied(&bytes(&vector, "secret"));
        assert_eq!(secret.id().to_string(), text(&vector, "share_id"), "{name}: id");
        let password = vector["password"].as_str().map(|text| Password::new(text.to_owned()));
        for (engine, cipher) in engines() {
            let key = secret.key(&*cipher, password.as_ref()).await.unwrap();
            assert_eq!(*key.expose(), bytes(&vector, "share_key"), "{name}: key by {engine}");
        }
        assert!(ShareSecret::from_text(&secret.to_text()) == Ok(secret), "{name}: link");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn padded_sizes() {
    for (name, pair) in entries("padme") {
        assert_eq!(padme(pair[0].as_u64().unwrap()), pair[1].as_u64().unwrap(), "{name}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn token_lengths() {
    let key = FernetKey::copied(&[7; 32]);
    for (name, pair) in entries("token_length") {
        let (n, length) = (pair[0].as_u64().unwrap(), pair[1].as_u64().unwrap());
        assert_eq!(token_length(n), Some(length), "{name}");
        let token = fernet::seal(&key, 0, [0; 16], &vec![0; usize::try_from(n).unwrap()]);
        assert_eq!(u64::try_from(token.len()).unwrap(), length, "{name}: a real token");
    }
    assert_eq!(token_length(u64::MAX), None);
}

/// What a share hands over opens the content, and only the content.
#[wasm_bindgen_test(unsupported = test)]
fn a_content_key_is_not_its_file_key() {
    for (name, vector) in entries("objects") {
        let (file_key, content_key) = (bytes(&vector, "file_key"), bytes(&vector, "content_key"));
        assert!(
            FileKey::copied(&file_key).content_key() == ContentKey::copied(&content_key),
            "{name}"
        );
        assert_ne!(file_key, content_key, "{name}");
    }
}

/// A share's record and note of FORMAT.md, by an independent implementation.
#[wasm_bindgen_test(unsupported = tokio::test)]
async fn share_records() {
    let vector: Value = serde_json::from_str(include_str!("vectors/share.json")).unwrap();
    let secret = ShareSecret::copied(&bytes(&vector, "secret"));
    let share = secret.id();
    assert_eq!(share.to_string(), text(&vector, "share"));
    let password = Password::new(text(&vector, "password").to_owned());
    let (_, cipher) = engines().into_iter().next().unwrap();
    let key = secret.key(&*cipher, Some(&password)).await.unwrap();
    let record: ShareRecord = serde_json::from_value(vector["record"].clone()).unwrap();
    let files = open_files(&key, &share, &record).unwrap();
    for (file, vector) in files.iter().zip(vector["files"].as_array().unwrap()) {
        assert_eq!(file.id.to_string(), text(vector, "id"));
        assert_eq!(file.path, text(vector, "path").replace("..", "__"), "names are cleaned");
        assert_eq!(
            (file.size, file.modified),
            (vector["size"].as_u64().unwrap(), vector["modified"].as_i64())
        );
        assert_eq!(u64::from(file.header), vector["header"].as_u64().unwrap());
        assert_eq!(file.media_type, text(vector, "type"));
        let [key, seal] = ["content_key", "seal"].map(|name| {
            let mut bytes = [0; 32];
            base64ct::Base64UrlUnpadded::decode(text(vector, name), &mut bytes).unwrap();
            bytes
        });
        assert_eq!((*file.content_key.expose(), file.seal.0), (key, seal));
    }
    assert_eq!(files.len(), 2);
    let iv: [u8; 16] = fernet::from_text(&record.sealed).unwrap()[9..25].try_into().unwrap();
    let empty = ShareRecord { objects: Vec::new(), sealed: String::new(), ..record.clone() };
    // The vector's second path is not one that a vault has.
    let sealed = seal_files(&key, &share, empty, &files, 1_763_886_000, iv).unwrap();
    assert_eq!(open_files(&key, &share, &sealed), Ok(files));
    let inside = |record: &ShareRecord| fernet::decrypt(&key, &record.sealed).unwrap().plaintext;
    let own = String::from_utf8(inside(&record)).unwrap().replace("..", "__");
    assert_eq!(String::from_utf8(inside(&sealed)).unwrap(), own);
    assert_eq!(sealed.objects, record.objects);
    for (fault, record) in vector["refused"].as_object().unwrap() {
        let record = serde_json::from_value(record.clone()).unwrap();
        assert_eq!(open_files(&key, &share, &record), Err(InvalidShare), "{fault}");
    }
    let wrong = secret.key(&*cipher, None).await.unwrap();
    assert_eq!(open_files(&wrong, &share, &record), Err(InvalidShare), "no password");

    let vault_key = VaultKey::copied(&bytes(&vector, "vault_key"));
    let token = text(&vector, "note");
    let note = ShareNote::open(&vault_key, &share, token).unwrap();
    let own = &vector["own"];
    assert_eq!(
        (note.label.as_str(), note.secret.to_text().as_str()),
        (text(own, "label"), text(own, "secret"))
    );
    assert_eq!(note.key, key);
    assert_eq!((note.password, note.files), (true, 2));
    assert_eq!((note.created, note.expires), (1_763_886_000, own["expires"].as_u64()));
    assert_eq!(serde_json::json!(note.paths), own["paths"]);
    let iv: [u8; 16] = fernet::from_text(token).unwrap()[9..25].try_into().unwrap();
    assert_eq!(note.seal(&vault_key, 1_763_886_000, iv).as_deref(), Ok(token));
    for (fault, note) in vector["refused_notes"].as_object().unwrap() {
        let opened = ShareNote::open(&vault_key, &share, note.as_str().unwrap());
        assert_eq!(opened, Err(InvalidShare), "{fault}");
    }
}

/// The index segment of FORMAT.md, by an independent implementation.
#[wasm_bindgen_test(unsupported = test)]
fn index_segments() {
    let vector: Value = serde_json::from_str(include_str!("vectors/segment.json")).unwrap();
    let key = VaultKey::copied(&bytes(&vector, "vault_key"));
    let id = SegmentId::parse(text(&vector, "id")).unwrap();
    let texts = |of: &str| -> Vec<_> {
        vector[of].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
    };
    let segment = Segment {
        replaced: texts("replaced").iter().map(|id| SegmentId::parse(id).unwrap()).collect(),
        files: texts("files").iter().map(|id| ObjectId::parse(id).unwrap()).collect(),
        index: hex::decode(text(&vector, "index")).unwrap(),
    };
    let token = hex::decode(text(&vector, "token")).unwrap();
    assert_eq!(Segment::open(&key, &id, &token), Ok(segment.clone()));
    let iv: [u8; 16] = token[9..25].try_into().unwrap();
    assert_eq!(segment.seal(&key, &id, iv).as_deref(), Ok(&*token));
    let mut builder = Builder::default();
    texts("texts").iter().for_each(|text| builder.add(text));
    assert_eq!(hex::encode(builder.finish()), hex::encode(&segment.index));
    let documents = u32::try_from(segment.files.len()).unwrap();
    let index = Index::read(documents, &segment.index).unwrap();
    for (word, having) in vector["words"].as_object().unwrap() {
        let mut found = Vec::new();
        index.find(word, false, |document| found.push(document));
        assert_eq!(serde_json::json!(found), *having, "{word}");
    }
    for (fault, token) in vector["refused"].as_object().unwrap() {
        let token = hex::decode(token.as_str().unwrap()).unwrap();
        assert_eq!(Segment::open(&key, &id, &token), Err(BadSegment), "{fault}");
    }
    for (fault, bytes) in vector["refused_indexes"].as_object().unwrap() {
        let bytes = hex::decode(bytes.as_str().unwrap()).unwrap();
        assert!(Index::read(documents, &bytes).is_err(), "{fault}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn thumbnails() {
    let vector: Value = serde_json::from_str(include_str!("vectors/thumbnail.json")).unwrap();
    let object = ObjectId::parse(text(&vector, "object")).unwrap();
    let vault_key = VaultKey::copied(&bytes(&vector, "vault_key"));
    let key = vault_key.file_key(&object).content_key();
    assert_eq!(*key.thumbnail_key().expose(), bytes(&vector, "key"));
    let picture = hex::decode(text(&vector, "picture")).unwrap();
    let decode = |text: &str| data_encoding::BASE64URL.decode(text.as_bytes()).unwrap();
    let token = decode(text(&vector, "token"));
    assert_eq!(seal_thumbnail(&key, &object, bytes(&vector, "iv"), &picture), Some(token.clone()));
    assert_eq!(open_thumbnail(&key, &object, &token), Ok(picture));
    for refused in vector["refused"].as_array().unwrap() {
        let opened = open_thumbnail(&key, &object, &decode(text(refused, "token")));
        assert!(opened.is_err(), "{}", text(refused, "why"));
    }
}
