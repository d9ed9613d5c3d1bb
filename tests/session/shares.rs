//! Links: two people, a stranger and an endpoint or a bucket that lies (threats T17 to T19).

use frond::object::ObjectId;
use frond::secret::ShareSecret;
use frond::session::{LinkRow, NewLink, ShareError, SharedFiles, SharedLink};
use frond::share::{ShareRecord, open_files, seal_files};
use frond::software::Software;
use frond::transfer::{Progress, TransferControl};

use super::*;

const DAY: u64 = 86_400;

fn link<'a>(paths: &'a [String]) -> NewLink<'a> {
    NewLink { paths, label: "", seconds: Some(30 * DAY), password: None }
}

fn of(paths: &[&str]) -> Vec<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

fn secret(row: &LinkRow) -> ShareSecret {
    ShareSecret::from_link(row.link.as_ref().unwrap()).unwrap().1
}

async fn share(session: &Session, paths: &[&str]) -> LinkRow {
    session.shares().make(link(&of(paths))).await.unwrap()
}

/// A browser of somebody who was never here.
fn stranger(deployment: &Deployment) -> Tab {
    Tab::new(&deployment.base_url())
}

async fn fetched(tab: &Tab, row: &LinkRow) -> Result<SharedLink, ShareError> {
    tab.locked.shared(secret(row)).await
}

async fn opened(tab: &Tab, row: &LinkRow) -> SharedFiles {
    fetched(tab, row).await.unwrap().open(None).await.unwrap()
}

fn shown(files: &SharedFiles) -> Vec<&str> {
    files.rows().iter().map(|row| row.path.as_str()).collect()
}

fn control() -> Rc<TransferControl> {
    Rc::new(TransferControl::new(|_: Progress| {}))
}

async fn read(files: &SharedFiles, id: ObjectId) -> Result<Vec<u8>, TransferError> {
    files.read(id, 0..u64::MAX, |_| {}).await.map(|bytes| bytes.to_vec())
}

fn record_key(row: &LinkRow) -> String {
    format!("shares/{}", row.id)
}

#[test]
fn somebody_without_an_account_reads_saves_and_zips_what_was_shared() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        let large = content(7, 3 << 20);
        add(&session, &[("a/b/one.txt", b"one"), ("a/b/c/two.bin", &large), ("a/no.txt", b"no")])
            .await;
        let made = share(&session, &["a/b"]).await;
        assert_eq!((made.label.as_str(), made.files, made.is_over), ("b", 2, false));
        assert_eq!(made.link.as_ref().unwrap().len(), deployment.base_url().len() + 4 + 43);

        let other = stranger(&deployment);
        let files = opened(&other, &made).await;
        assert_eq!(shown(&files), ["b/c/two.bin", "b/one.txt"]);
        let (two, one) = (&files.rows()[0], &files.rows()[1]);
        assert_eq!((one.size, one.modified), (3, Some(1_700_000_000_123)));
        assert_eq!(read(&files, one.id).await.unwrap(), b"one");
        let part = files.read(two.id, 600_000..700_000, |_| {}).await.unwrap();
        assert!(part.to_vec() == large[600_000..700_000]);

        files.download(two.id, control()).await.unwrap();
        let ids: Vec<_> = files.rows().iter().map(|row| row.id).collect();
        files.download_archive(&ids, "b", control()).await.unwrap();
        let saved = other.folder.0.borrow();
        assert!(saved["two.bin"] == (large.clone(), true));
        let (zip, finished) = &saved["b.zip"];
        assert!(*finished && zip.len() > large.len());
        for name in ["b/one.txt", "b/c/two.bin"] {
            assert!(zip.windows(name.len()).any(|bytes| bytes == name.as_bytes()), "{name}");
        }
    });
}

#[test]
fn a_link_opens_nothing_that_it_does_not_name() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        add_each(&session, &["shared.txt", "kept.txt"]).await;
        let kept = file(&session.look(), "kept.txt").id;
        let made = share(&session, &["shared.txt"]).await;
        let files = opened(&stranger(&deployment), &made).await;
        assert_eq!(read(&files, kept).await, Err(TransferError::Missing));
        // Nor does its record say more than the account, the objects and when it ends.
        let record = String::from_utf8(deployment.object(&record_key(&made)).await).unwrap();
        assert!(!record.contains("shared.txt") && !record.contains(&kept.to_string()));
    });
}

#[test]
fn a_link_password_is_part_of_the_key_and_a_wrong_one_uses_nothing_up() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        add_each(&session, &["a.txt"]).await;
        let (paths, right) = (of(&["a.txt"]), Password::new("open sesame".to_owned()));
        let new = NewLink { password: Some(&right), label: "for Bo", ..link(&paths) };
        let made = session.shares().make(new).await.unwrap();
        assert!(made.password && made.label == "for Bo");
        let other = stranger(&deployment);
        let fetched = fetched(&other, &made).await.unwrap();
        assert!(fetched.needs_password());
        for wrong in [None, Some("Open sesame"), Some("")] {
            let wrong = wrong.map(|text| Password::new(text.to_owned()));
            assert_eq!(fetched.open(wrong.as_ref()).await.err(), Some(ShareError::Password));
        }
        let files = fetched.open(Some(&right)).await.unwrap();
        assert_eq!(read(&files, files.rows()[0].id).await.unwrap(), b"a.txt");
        // Its owner need not type it to bring the link up to date.
        session.shares().update(&made.id, None).await.unwrap();
        assert!(self::fetched(&other, &made).await.unwrap().open(Some(&right)).await.is_ok());
    });
}

#[test]
fn a_revoked_link_opens_nothing_and_a_copy_of_its_record_does_not_revive_it() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        add_each(&session, &["a.txt"]).await;
        let made = share(&session, &["a.txt"]).await;
        let other = stranger(&deployment);
        let files = opened(&other, &made).await;
        let copy = deployment.object(&record_key(&made)).await;
        for _ in 0..2 {
            session.shares().revoke(&made.id).await.unwrap();
        }
        deployment.overwrite(&record_key(&made), copy).await;
        assert_eq!(fetched(&other, &made).await.err(), Some(ShareError::Ended));
        assert_eq!(session.shares().list().await, Ok(Vec::new()));
        // URLs that were signed before work for some minutes; no others are signed.
        let id = files.rows()[0].id;
        assert!(read(&files, id).await.is_ok());
        assert_eq!(read(&files, id).await, Err(TransferError::Unshared));
    });
}

#[test]
fn a_link_ends_by_the_receivers_clock_and_by_the_endpoints() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        add_each(&session, &["a.txt"]).await;
        let made = share(&session, &["a.txt"]).await;
        let late = stranger(&deployment);
        late.storage.ahead.set(31 * DAY * 1000);
        let fetched = fetched(&late, &made).await.unwrap();
        assert_eq!(fetched.open(None).await.err(), Some(ShareError::Ended));
        let never = session.shares().update(&made.id, Some(None)).await.unwrap();
        assert_eq!((never.expires, never.is_over), (None, false));
        opened(&late, &never).await;
    });
}

#[test]
fn all_devices_see_the_links_and_a_note_that_was_changed_can_still_be_revoked() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        add_each(&session, &["a.txt", "b.txt"]).await;
        let first = share(&session, &["a.txt"]).await;
        let second = share(&session, &["a.txt", "b.txt"]).await;
        let elsewhere = sign_in(&stranger(&deployment)).await;
        let mut listed = elsewhere.shares().list().await.unwrap();
        listed.sort_by_key(|row| row.files);
        assert_eq!(listed, [first.clone(), second.clone()]);
        assert_eq!(second.label, "a.txt and 1 more");

        let key = deployment.keys().await;
        let note = |row: &LinkRow| {
            let end = format!("/shares/{}", row.id);
            key.iter()
                .find(|key| key.starts_with("vaults/") && key.ends_with(&end))
                .unwrap()
                .clone()
        };
        let swapped = deployment.object(&note(&first)).await;
        deployment.overwrite(&note(&second), swapped).await;
        let listed = session.shares().list().await.unwrap();
        let changed = listed.iter().find(|row| row.id == second.id).unwrap();
        assert_eq!((changed.link.as_ref(), changed.label.as_str()), (None, ""));
        assert_eq!(session.shares().update(&second.id, None).await, Err(ShareError::Changed));
        session.shares().revoke(&second.id).await.unwrap();
        assert_eq!(session.shares().list().await.unwrap(), [first]);
    });
}

#[test]
fn an_updated_link_has_what_its_folder_has_now() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        add_each(&session, &["f/a.txt", "f/b.txt"]).await;
        let made = share(&session, &["f"]).await;
        let other = stranger(&deployment);
        let before = opened(&other, &made).await;
        let gone = before.rows()[0].id;
        session.files().trash(gone).await.unwrap();
        add_each(&session, &["f/c.txt"]).await;
        assert_eq!(shown(&opened(&other, &made).await), ["f/a.txt", "f/b.txt"], "not by itself");
        let updated = session.shares().update(&made.id, None).await.unwrap();
        assert_eq!((updated.files, updated.expires), (2, made.expires));
        assert_eq!(updated.link, made.link);
        assert_eq!(shown(&opened(&other, &made).await), ["f/b.txt", "f/c.txt"]);
        // Who has the old list open reads what is still shared: of the rest, what was signed
        // already.
        let kept = before.rows()[1].id;
        for _ in 0..3 {
            assert_eq!(read(&before, kept).await.unwrap(), b"f/b.txt");
        }
        assert_eq!(read(&before, gone).await.unwrap(), b"f/a.txt");
        assert_eq!(read(&before, gone).await, Err(TransferError::Unshared));

        for id in before.rows().iter().chain(opened(&other, &made).await.rows()) {
            let _ = session.files().trash(id.id).await;
        }
        assert_eq!(session.shares().update(&made.id, None).await, Err(ShareError::Gone));
    });
}

#[test]
fn what_is_not_there_is_not_shared() {
    story(async {
        let (_deployment, _tab, session) = vault().await;
        add_each(&session, &["a.txt"]).await;
        for paths in [&["b.txt"][..], &["a.txt", "f"], &[]] {
            let made = session.shares().make(link(&of(paths))).await;
            assert_eq!(made, Err(ShareError::Gone), "{paths:?}");
        }
        assert_eq!(session.shares().list().await, Ok(Vec::new()));
    });
}

/// The record of one link under the id of another, and files that are not what was shared.
#[test]
fn a_swapped_record_and_changed_files_are_refused() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        add(&session, &[("a.txt", b"what was shared"), ("b.txt", b"something other")]).await;
        let (first, second) =
            (share(&session, &["a.txt"]).await, share(&session, &["b.txt"]).await);
        let other = stranger(&deployment);
        let files = opened(&other, &first).await;
        let record = deployment.object(&record_key(&first)).await;
        let swapped = deployment.object(&record_key(&second)).await;
        deployment.overwrite(&record_key(&first), swapped).await;
        let fetched = fetched(&other, &first).await.unwrap();
        assert_eq!(fetched.open(None).await.err(), Some(ShareError::Changed));
        deployment.overwrite(&record_key(&first), record).await;

        let keys = deployment.keys().await;
        let (a, b) = (file(&session.look(), "a.txt").id, file(&session.look(), "b.txt").id);
        let object = deployment.object(&object_key(&keys, b)).await;
        deployment.overwrite(&object_key(&keys, a), object).await;
        assert_eq!(read(&files, a).await, Err(TransferError::Changed));
        deployment.delete(&object_key(&keys, a)).await;
        assert_eq!(read(&opened(&other, &first).await, a).await, Err(TransferError::Missing));
    });
}

/// An endpoint that says other things than the record it was given.
#[test]
fn an_endpoint_that_lies_about_a_record_is_found_out() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        add_each(&session, &["a.txt"]).await;
        let made = share(&session, &["a.txt"]).await;
        for (what, from, to) in [
            ("never ends", format!(r#""expires":{}"#, made.expires.unwrap()), r#""expires":null"#),
            ("has a password", r#""password":false"#.to_owned(), r#""password":true"#),
            ("has another format", "frond/1 share".to_owned(), "frond/2 share"),
        ] {
            let record = String::from_utf8(deployment.object(&record_key(&made)).await).unwrap();
            assert!(record.contains(&from), "{what}: {record}");
            deployment.overwrite(&record_key(&made), record.replace(&from, to).into_bytes()).await;
            let fetched = fetched(&stranger(&deployment), &made).await.unwrap();
            let asked = fetched.needs_password().then(|| Password::new("a".to_owned()));
            let refused = fetched.open(asked.as_ref()).await.err().unwrap();
            let expected = if asked.is_some() { ShareError::Password } else { ShareError::Changed };
            assert_eq!(refused, expected, "{what}");
            deployment.overwrite(&record_key(&made), record.into_bytes()).await;
        }
    });
}

#[test]
fn opening_a_link_says_nothing_secret_on_the_line() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        add_each(&session, &["a.txt"]).await;
        let made = share(&session, &["a.txt"]).await;
        let (_, secret) = made.link.as_ref().unwrap().split_once("#/s/").unwrap();
        let (other, secret) = (stranger(&deployment), secret.to_owned());
        let seen: Rc<RefCell<Vec<String>>> = Rc::default();
        let sent = seen.clone();
        other.line.fate(move |request| {
            sent.borrow_mut().push(format!("{} {:?}", request.url, request.headers));
            Fate::Answered
        });
        let files = opened(&other, &made).await;
        read(&files, files.rows()[0].id).await.unwrap();
        let seen = seen.borrow();
        assert!(seen.len() >= 3 && seen.iter().all(|request| !request.contains(&secret)));
    });
}

/// Who has a link can open and seal its record, and the bucket takes it.
#[test]
fn link_and_bucket_together_forge_what_receivers_see_and_nothing_of_the_vault() {
    story(async {
        let (deployment, tab, session) = vault().await;
        add_each(&session, &["a.txt"]).await;
        let made = share(&session, &["a.txt"]).await;
        let key = secret(&made).key(&Software, None).await.unwrap();
        let stored = deployment.object(&record_key(&made)).await;
        let record: ShareRecord = serde_json::from_slice(&stored).unwrap();
        let mut files = open_files(&key, &made.id, &record).unwrap();
        files[0].path = "other.txt".to_owned();
        let forged = seal_files(&key, &made.id, record, &files, 0, [1; 16]).unwrap();
        deployment.overwrite(&record_key(&made), serde_json::to_vec(&forged).unwrap()).await;
        let seen = opened(&stranger(&deployment), &made).await;
        assert_eq!(shown(&seen), ["other.txt"]);

        // Its owner sees what the catalog says, and nobody else can write that.
        session.sync().await.unwrap();
        assert_eq!(paths(&session.look().files), ["a.txt"]);
        assert_eq!(fetch(&tab, &session, "a.txt").await, b"a.txt");
        let object = object_key(&deployment.keys().await, files[0].id);
        let mut bytes = deployment.object(&object).await;
        *bytes.last_mut().unwrap() ^= 1;
        deployment.overwrite(&object, bytes).await;
        let id = files[0].id;
        assert!(matches!(
            download(&session, id).await,
            TransferState::Failed(TransferError::Changed)
        ));
    });
}
