//! Where the search begins: something right for each target, and something nearly right.

use frond::account::{AccountId, Keyring, recovery_words};
use frond::catalog::{Event, EventHash, FolderId, Op, Retention};
use frond::fernet;
use frond::object::{EventId, Meta, ObjectId};
use frond::secret::{Root, VaultKey};
use frond_wire::LoginKind;
use serde_json::json;

use crate::{endpoint, object, search, token};

const EXAMPLE: &str = include_str!("../../frond.example.toml");

/// Target, name of the file, bytes.
#[must_use]
pub fn seeds() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let token = fernet::seal(&token::key(), 1_700_000_000, [1; 16], b"hello");
    let text = fernet::to_text(&token);
    let (stored, _) = object::stored();
    let meta =
        Meta { name: "a.txt".into(), size: 5, media_type: "text/plain".into(), modified: Some(1) };
    let events = events();
    let lines: Vec<_> = events.iter().map(|event| event.trim_ascii_end().to_vec()).collect();
    let jwt = endpoint::token();
    let claims: Vec<Vec<u8>> = jwt
        .split('.')
        .take(2)
        .map(|part| data_encoding::BASE64URL_NOPAD.decode(part.as_bytes()).unwrap())
        .collect();
    let words = recovery_words(&Root::copied(&[6; 32]));
    let cut = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
    vec![
        ("token", "good", token.clone()),
        ("token", "cut", cut(&token)),
        ("forged", "good", token[..token.len() - 32].to_vec()),
        ("forged", "padding", vec![0x80; 41]),
        ("token-text", "good", text.clone().into_bytes()),
        ("token-text", "unpadded", text.trim_end_matches('=').as_bytes().to_vec()),
        ("header", "good", stored[..4096.min(stored.len())].to_vec()),
        ("header", "cut", stored[..300].to_vec()),
        ("container", "good", stored.clone()),
        ("container", "cut", cut(&stored)),
        ("meta", "good", meta.encode().unwrap()),
        ("meta", "spaces", br#"{"name": "a", "size": 1, "type": "", "modified": null}"#.to_vec()),
        ("event", "good", events[0].clone()),
        ("event", "unpadded", lines[0].clone()),
        ("event", "merge", events[2].clone()),
        ("event", "mkdir", events[3].clone()),
        ("event", "place", events[7].clone()),
        ("event", "retention", events[9].clone()),
        ("catalog", "good", lines.join(&b'\n')),
        ("catalog", "none", b"{}".to_vec()),
        ("snapshot", "good", snapshot()),
        ("snapshot", "cut", cut(&snapshot())),
        ("segment", "good", segment()),
        ("segment", "cut", cut(&segment())),
        ("document", "txt", "txt\nAn old house\nin Z\u{fc}rich".as_bytes().to_vec()),
        (
            "document",
            "docx",
            document("docx", include_bytes!("../../crates/search/tests/files/a.docx")),
        ),
        (
            "document",
            "eml",
            document("eml", include_bytes!("../../crates/search/tests/files/a.eml")),
        ),
        (
            "document",
            "html",
            document("html", include_bytes!("../../crates/search/tests/files/a.html")),
        ),
        ("document", "pdf", document("pdf", PDF.as_bytes())),
        ("document", "none", b"jpg\n\xff\xd8".to_vec()),
        ("journal", "good", journal()),
        ("journal", "version", vec![2, 0]),
        ("listing", "good", LISTING.as_bytes().to_vec()),
        (
            "listing",
            "entity",
            br#"<!DOCTYPE x [<!ENTITY a "b">]><ListBucketResult>&a;</ListBucketResult>"#.to_vec(),
        ),
        ("job", "good", job()),
        ("job", "cut", cut(&job())),
        ("key-text", "good", token::key().to_text().as_bytes().to_vec()),
        ("key-text", "bits", b"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwd=".to_vec()),
        ("link", "good", "B".repeat(42).into_bytes().into_iter().chain(*b"A").collect()),
        ("link", "long", "B".repeat(44).into_bytes()),
        ("recovery", "good", words.as_bytes().to_vec()),
        ("recovery", "cut", cut(words.as_bytes())),
        ("names", "good", "Ada".as_bytes().to_vec()),
        ("names", "hostile", "..\\../CON\u{202e}\0\n".as_bytes().to_vec()),
        ("jwt", "good", jwt.clone().into_bytes()),
        ("jwt", "unsigned", jwt.rsplit_once('.').unwrap().0.as_bytes().to_vec()),
        ("claims", "good", claims.join(&b'\n')),
        ("claims", "none", b"{\"alg\":\"none\",\"typ\":\"frond+jwt\"}\n{}".to_vec()),
        ("presign", "good", batch().to_string().into_bytes()),
        ("presign", "ids", br#"{"operations":[{"op":"get-object","object":"../x"}]}"#.to_vec()),
        ("login", "good", login()),
        ("login", "empty", b"{}".to_vec()),
        ("config", "good", EXAMPLE.replace("# credentials_file", "# file").into_bytes()),
        ("config", "unknown", b"deployment = \"a\"\nmore = 1\n".to_vec()),
    ]
}

fn events() -> Vec<Vec<u8>> {
    let id = |n: u8| format!("018f4e2a-0000-7000-8000-0000000000{n:02x}");
    let device = frond::account::DeviceId::parse("aaaaaaaaaaaaaaaaaaaaaaaaaa").unwrap();
    let event = |n: u8, seq, op| {
        let event = EventId::parse(&id(n)).unwrap();
        Event::new(event, device, seq, Vec::new(), vec![op]).encode().unwrap()
    };
    let object = ObjectId::parse(&id(1)).unwrap();
    let folder = FolderId::derived(None, "b");
    let mut forked = vec![EventHash::of(b"a"), EventHash::of(b"b")];
    forked.sort_unstable();
    vec![
        event(2, 0, Op::Move { object, path: "b/c".to_owned() }),
        event(3, 1, Op::Trash { object }),
        event(4, 2, Op::Merge { events: forked }),
        event(5, 3, Op::Mkdir { folder, parent: None, name: "a".to_owned() }),
        event(6, 4, Op::MoveFolder { folder, parent: Some(folder), name: "a".to_owned() }),
        event(7, 5, Op::TrashFolder { folder }),
        event(8, 6, Op::PurgeFolder { folder }),
        event(9, 7, Op::Place { object, folder: Some(folder), name: "c".to_owned() }),
        event(10, 8, Op::Supersede { object, by: Some(object) }),
        event(11, 9, Op::Retention(Retention { versions: Some(5), ..Retention::default() })),
    ]
}

/// The vector of docs/FORMAT.md.
fn snapshot() -> Vec<u8> {
    let vector = include_str!("../../tests/vectors/snapshot.json");
    let vector: serde_json::Value = serde_json::from_str(vector).unwrap();
    let mut seed = vector["manifest"]["json"].to_string().into_bytes();
    seed.push(b'\n');
    for page in vector["pages"].as_array().unwrap() {
        let records = page["records"].as_str().unwrap().as_bytes();
        let records = data_encoding::HEXLOWER.decode(records).unwrap();
        seed.extend(u32::try_from(records.len()).unwrap().to_be_bytes());
        seed.extend(records);
    }
    seed
}

/// An index of two files, padded.
fn segment() -> Vec<u8> {
    let mut builder = frond_search::Builder::default();
    ["An old house", "an old tree"].iter().for_each(|text| builder.add(text));
    let files = ["018f4e2a-0000-7000-8000-000000000002", "018f4e2a-0000-7000-8000-000000000003"];
    let files = files.map(|id| ObjectId::parse(id).unwrap()).to_vec();
    let segment = frond::segment::Segment { replaced: Vec::new(), files, index: builder.finish() };
    let token = segment.seal(&search::key(), &search::id(), [1; 16]).unwrap();
    fernet::open(&search::key().segment_key(&search::id()), &token).unwrap().plaintext.to_vec()
}

/// A file after the end of its name.
fn document(ending: &str, file: &[u8]) -> Vec<u8> {
    [ending.as_bytes(), b"\n", file].concat()
}

/// `upload id ‖ 1 ‖ part 1 ‖ ETag ‖ 1 ‖ IV ‖ HMAC`, as docs/FORMAT.md has it.
fn journal() -> Vec<u8> {
    let number = |n: u64| n.to_be_bytes().to_vec();
    let text = |text: &str| {
        [u32::try_from(text.len()).unwrap().to_be_bytes().to_vec(), text.into()].concat()
    };
    [vec![1], text("upload"), number(1), number(1), text("etag"), number(1), vec![5; 48]].concat()
}

fn job() -> Vec<u8> {
    let job = frond::transfer::UploadJob {
        id: object::id(),
        upload: frond_wire::UploadId::parse("u").ok(),
        content_key: object::file_key().content_key(),
        journal_key: object::journal_key(),
        header: vec![1; 512],
        size: 9,
        resumed: true,
        offline: false,
        spooled: false,
        checksum: frond_wire::ChecksumAlgorithm::Crc32c,
    };
    frond::transfer::ToWorker::begin(&frond::transfer::Job::Upload(job)).to_vec()
}

fn batch() -> serde_json::Value {
    let (id, device) = ("018f4e2a-0000-7000-8000-000000000001", "aaaaaaaaaaaaaaaaaaaaaaaaaa");
    json!({"operations": [
        {"op": "put-object", "object": id, "length": 9, "checksum": {"crc32c": "AAAAAA=="}},
        {"op": "upload-part", "object": id, "upload": "u", "part": 1, "length": 9},
        {"op": "list-events", "device": device, "after": "000000000000000f"},
        {"op": "put-event", "device": device, "seq": 1, "event": id, "length": 9},
        {"op": "list-journals", "object": id},
        {"op": "put-snapshot", "snapshot": id, "length": 9},
        {"op": "list-uploads"},
    ]})
}

fn login() -> Vec<u8> {
    let account = AccountId::parse("aaaaaaaaaaaaaaaaaaaaaaaaaa").unwrap();
    let keyring = Keyring { account, vault_key: VaultKey::copied(&[3; 32]), username: None };
    let record =
        keyring.record(&Root::copied(&[4; 32]), LoginKind::Password, 1_700_000_000, [1; 16]);
    serde_json::to_vec(&record).unwrap()
}

/// One page, without the table of objects that readers can do without.
const PDF: &str = "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n\
    2 0 obj\n<</Type/Pages/Count 1/Kids[3 0 R]>>\nendobj\n\
    3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 5 0 R\
    /Resources<</Font<</F 4 0 R>>>>>>\nendobj\n\
    4 0 obj\n<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>\nendobj\n\
    5 0 obj\n<</Length 35>>stream\nBT /F 9 Tf 9 9 Td (old house) Tj ET\nendstream\nendobj\n\
    trailer<</Size 6/Root 1 0 R>>\n%%EOF\n";

const LISTING: &str = "<?xml version=\"1.0\"?>\
    <ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
    <EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><Contents>\
    <Key>a%2Fb&amp;<![CDATA[c]]></Key>\
    <Size>1</Size></Contents><CommonPrefixes>\
    <Prefix>d/</Prefix></CommonPrefixes></ListBucketResult>";
