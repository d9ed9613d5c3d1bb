//! Thumbnails as the session puts, fetches and deletes them; the page makes them.

use frond::object::THUMBNAIL_ROOM;

use super::*;

async fn thumbnails(deployment: &Deployment) -> Vec<String> {
    let mut keys = deployment.keys().await;
    keys.retain(|key| key.contains("/thumbnails/"));
    keys
}

#[test]
fn a_thumbnail_is_put_fetched_elsewhere_and_deleted_with_its_file() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        session.thumbnails().begin();
        add(&session, &[("a.png", b"one"), ("b.png", b"two")]).await;
        let (a, b) = (file(&session.look(), "a.png").id, file(&session.look(), "b.png").id);
        let (next, source) = session.thumbnails().next().await;
        assert!([a, b].contains(&next) && session.thumbnails().awaits(&a));
        assert!(["a.png", "b.png"].contains(&source.path().as_str()));
        let picture = content(1, THUMBNAIL_ROOM);
        session.thumbnails().put(next, &picture).await.unwrap();
        session.thumbnails().done(&next);
        assert!(!session.thumbnails().awaits(&next) && session.thumbnails().next().await.0 != next);
        let too_long = content(1, THUMBNAIL_ROOM + 1);
        let refused = session.thumbnails().put(a, &too_long).await;
        assert_eq!(refused, Err(TransferError::TooLarge));

        let other_tab = Tab::new(&deployment.base_url());
        let other = sign_in(&other_tab).await;
        until(&other, "the list is there", |view| view.files.len() == 2).await;
        let mut got = other.thumbnails().fetch(&[a, b]).await;
        got.sort();
        let of = |id| (id, (id == next).then(|| picture.clone()));
        let mut expected = [of(a), of(b)];
        expected.sort();
        assert_eq!(got, expected);
        let without = if next == a { b } else { a };
        assert_eq!(other.thumbnails().missing(&[a, b]).await, Ok(vec![without]));

        let key = thumbnails(&deployment).await.remove(0);
        let mut damaged = deployment.object(&key).await;
        damaged[100] ^= 1;
        deployment.overwrite(&key, damaged).await;
        assert_eq!(other.thumbnails().fetch(&[next]).await, [(next, None)]);

        other.files().trash(next).await.unwrap();
        other.files().purge(vec![next]).await.unwrap();
        assert!(thumbnails(&deployment).await.is_empty());
    });
}

#[test]
fn none_is_made_where_they_are_off() {
    story(async {
        let (_deployment, _tab, session) = vault().await;
        add(&session, &[("nobody makes any.png", b"zero")]).await;
        session.thumbnails().begin();
        session.thumbnails().switch(false);
        add(&session, &[("a.png", b"one")]).await;
        let a = file(&session.look(), "a.png").id;
        assert!(!session.thumbnails().awaits(&a) && !session.thumbnails().are_on());
        session.thumbnails().switch(true);
        add(&session, &[("b.png", b"two")]).await;
        let b = file(&session.look(), "b.png").id;
        assert_eq!(session.thumbnails().next().await.0, b);
    });
}
