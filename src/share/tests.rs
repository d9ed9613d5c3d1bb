use super::*;
use crate::object::{ObjectId, Seal};
use crate::secret::{ContentKey, VaultKey};

fn key() -> FernetKey {
    FernetKey::copied(&[7; 32])
}

fn share() -> ShareId {
    ShareSecret::copied(&[1; 32]).id()
}

fn file(number: u64, path: &str) -> SharedFile {
    SharedFile {
        id: ObjectId::new(number, [3; 16]),
        content_key: ContentKey::copied(&[5; 32]),
        path: path.to_owned(),
        size: 9,
        media_type: "text/plain".to_owned(),
        modified: None,
        header: 512,
        seal: Seal([6; 32]),
    }
}

fn empty() -> ShareRecord {
    ShareRecord {
        format: SHARE_FORMAT.to_owned(),
        account: frond_wire::AccountId::from_bytes([2; 16]),
        objects: Vec::new(),
        created: 1_763_886_000,
        expires: None,
        password: false,
        sealed: String::new(),
    }
}

fn sealed(files: &[SharedFile]) -> Result<ShareRecord, InvalidShare> {
    seal_files(&key(), &share(), empty(), files, 1_763_886_000, [4; 16])
}

#[test]
fn names_of_strangers_are_cleaned() {
    for (path, shown) in [
        ("../../etc/passwd", "__/__/etc/passwd"),
        ("/a", "_/a"),
        ("", "_"),
        ("a\u{202e}b", "a\u{202e}b"),
    ] {
        let record = sealed(&[file(1, path)]).unwrap();
        let opened = open_files(&key(), &share(), &record).unwrap();
        assert_eq!(opened.first().map(|file| file.path.as_str()), Some(shown));
    }
}

#[test]
fn a_record_has_as_many_files_as_fit_and_each_once() {
    assert_eq!(sealed(&[]), Err(InvalidShare));
    assert_eq!(sealed(&[file(1, "a"), file(1, "b")]), Err(InvalidShare));
    let many = |count: usize, path: &str| -> Vec<_> {
        (0_u64..).take(count).map(|number| file(number, path)).collect()
    };
    let record = sealed(&many(MAX_SHARED, "a/folder/and a file of usual length.jpeg")).unwrap();
    assert!(serde_json::to_vec(&record).unwrap().len() <= MAX_SHARE);
    assert!(record.objects.is_sorted_by(|a, b| a < b));
    assert_eq!(open_files(&key(), &share(), &record).unwrap().len(), MAX_SHARED);
    assert_eq!(sealed(&many(MAX_SHARED + 1, "a")), Err(InvalidShare));
    assert_eq!(sealed(&many(MAX_SHARED, &"a".repeat(250))), Err(InvalidShare), "too long");
}

#[test]
fn a_record_longer_than_any_is_not_opened() {
    let record = sealed(&[file(1, "a")]).unwrap();
    let long = ShareRecord { sealed: record.sealed.repeat(MAX_SHARE / 300), ..record.clone() };
    assert_eq!(open_files(&key(), &share(), &long), Err(InvalidShare));
    let objects = record.objects.repeat(MAX_SHARED + 1);
    assert_eq!(open_files(&key(), &share(), &ShareRecord { objects, ..record }), Err(InvalidShare));
}

#[test]
fn a_note_leaves_out_paths_that_do_not_fit() {
    let vault_key = VaultKey::copied(&[8; 32]);
    let note = |label: &str, paths: Vec<String>| ShareNote {
        label: label.to_owned(),
        secret: ShareSecret::copied(&[1; 32]),
        key: key(),
        password: true,
        created: 1,
        expires: Some(2),
        files: 3,
        paths,
    };
    let short = note("for Bo", vec!["a/b".to_owned()]);
    let token = short.seal(&vault_key, 1, [4; 16]).unwrap();
    assert_eq!(ShareNote::open(&vault_key, &share(), &token), Ok(short));
    // Alike in length, whatever the label.
    let other = note("somebody else", vec!["a".to_owned()]).seal(&vault_key, 1, [4; 16]).unwrap();
    assert_eq!(other.len(), token.len());

    let long = note("for Bo", vec!["a".repeat(4_000); 4]);
    let token = long.seal(&vault_key, 1, [4; 16]).unwrap();
    let opened = ShareNote::open(&vault_key, &share(), &token).unwrap();
    assert_eq!(opened, ShareNote { paths: Vec::new(), ..long });
    assert_eq!(
        note(&"a".repeat(20_000), Vec::new()).seal(&vault_key, 1, [4; 16]),
        Err(InvalidShare)
    );
}

/// Row 109 of THREATS.md: cut, longer, of another version, two `#`, percent-encoded, `javascript:`.
#[test]
fn a_link_has_one_spelling() {
    let secret = ShareSecret::copied(&[0xfe; 32]);
    let link = secret.link("https://files.example/");
    assert_eq!(link.len(), "https://files.example/#/s/".len() + 43);
    assert_eq!(ShareSecret::from_link(&link), Ok(("https://files.example/", secret)));
    let (start, _) = link.split_at(link.len() - 1);
    for bad in [
        String::new(),
        start.to_owned(),
        format!("{}A", *link),
        format!("{} ", *link),
        format!("{}#/s/", *link),
        link.replace("#/s/", "#/s2/"),
        link.replace("#/s/", "#/t/"),
        link.replace("#/s/", "##/s/"),
        link.replace("#/s/", "%23/s/"),
        link.replace("_v7", "%5Fv7"),
        link.replace("https:", "javascript:"),
        link.replace("https:", "file:"),
        link.replace("#/s/", "?a#/s/"),
    ] {
        assert_eq!(ShareSecret::from_link(&bad), Err(InvalidLink), "{bad}");
    }
}
