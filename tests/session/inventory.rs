//! What the bucket's operator can see, as the session lists it.

use frond::session::{StoredKind, StoredTotals};

use super::*;

#[test]
fn all_that_is_stored_is_listed_with_its_length() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        add(&session, &[("a", b"one"), ("b", &content(1, 70_000))]).await;
        let inventory = session.inventory().await.unwrap();
        let prefix = inventory.prefix();
        let shown: Vec<_> = inventory.items(None, 0).collect();
        let mut keys: Vec<_> =
            shown.iter().map(|item| format!("{}{}", prefix.as_str(), item.key)).collect();
        keys.sort();
        let of_vault = |key: &&String| {
            ["/objects/", "/log/", "/snapshots/", "/uploads/"].iter().any(|kind| key.contains(kind))
        };
        let mut stored: Vec<_> = deployment.keys().await.iter().filter(of_vault).cloned().collect();
        stored.sort();
        assert_eq!(keys, stored);
        for item in &shown {
            let key = format!("{}{}", prefix.as_str(), item.key);
            let length = u64::try_from(deployment.object(&key).await.len()).unwrap();
            assert_eq!(item.size, length, "{key}");
        }

        let files: Vec<_> = inventory.items(Some(StoredKind::File), 0).collect();
        let bytes = files.iter().map(|item| item.size).sum();
        let totals = inventory.totals();
        assert_eq!(totals[&StoredKind::File], StoredTotals { count: 2, bytes });
        assert_eq!(inventory.items(Some(StoredKind::File), 1).count(), 1);
        let overhead = inventory.overhead(session.files().index().state());
        assert_eq!((overhead.plain, overhead.stored), (70_003, bytes));
        // Padmé makes 4 of 3 … and 71,680 of 70,000.
        assert_eq!(overhead.padding, 1_680);
    });
}

#[test]
fn the_bytes_of_a_file_are_those_in_the_bucket() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        add(&session, &[("a", &content(1, 5_000))]).await;
        let id = file(&session.look(), "a").id;
        let keys = deployment.keys().await;
        let key = keys.iter().find(|key| key.ends_with(&format!("/objects/{id}"))).unwrap();
        let stored = deployment.object(key).await;
        assert_eq!(session.stored_bytes(id, 4_096).await.unwrap(), stored[..4_096]);

        let requests = session.requests();
        let of = |operation| {
            requests.iter().filter(move |one| one.operation.as_deref() == Some(operation))
        };
        let put = of("put-object").next().unwrap();
        assert!(put.path.ends_with(key), "{}", put.path);
        assert_eq!(put.bytes, u64::try_from(stored.len()).unwrap());
        assert!(of("get-object").any(|get| get.path.ends_with(key) && get.method == "GET"));
        assert!(requests.iter().any(|one| one.operation.is_none() && one.path == "/v1/presign"));
        let told = format!("{requests:?}").to_ascii_lowercase();
        assert!(!told.contains("signature") && !told.contains('?'), "{told}");
    });
}
