//! CORS: the page reads every answer, others read none.

use reqwest::Method;

use crate::ability::{Ability, reads};
use frond_testing::store::{Reply, Target, page};

async fn preflight(store: &Target, origin: &str, method: &str, headers: &str) -> Reply {
    let url = store.bucket.object_url(&store.key("preflight"));
    let request = store.http.request(Method::OPTIONS, url).header("origin", origin);
    let request = request.header("access-control-request-method", method);
    Reply::of(request.header("access-control-request-headers", headers)).await
}

#[tokio::test]
async fn preflights_need_no_signature() {
    let store = Target::open().await;
    if !Ability::Cors.is_of(&store).await {
        return;
    }
    // What the tab sends besides what CORS always lets through, and what docs/STORES.md therefore
    // allows.
    let asked = "content-type,if-none-match,range";
    for method in ["GET", "PUT", "HEAD", "DELETE", "POST"] {
        let reply = preflight(&store, page(), method, asked).await.ok();
        assert!(reads(&reply));
        let allowed = reply.header("access-control-allow-headers").to_ascii_lowercase();
        let allowed: Vec<&str> = allowed.split(',').map(str::trim).collect();
        assert!(asked.split(',').all(|name| allowed.contains(&name)), "{allowed:?}");
        assert!(reply.header("access-control-allow-methods").contains(method));
    }
    if Ability::PreflightAge.is_of(&store).await {
        let age = preflight(&store, page(), "PUT", asked)
            .await
            .header("access-control-max-age")
            .parse::<u32>();
        assert!(age.unwrap() > 0);
    }
    assert_eq!(preflight(&store, "http://evil.example", "PUT", asked).await.status, 403);
    assert_eq!(preflight(&store, page(), "PATCH", asked).await.status, 403);
    assert_eq!(preflight(&store, page(), "PUT", "cookie").await.status, 403);
}

#[tokio::test]
async fn the_page_reads_successes_and_refusals() {
    let store = Target::open().await;
    if !Ability::Cors.is_of(&store).await {
        return;
    }
    let key = store.key("read");
    let mut refusals = vec![
        store
            .get(&store.key("missing"))
            .unsigned("origin", page())
            .send()
            .await
            .refused(404, &["NoSuchKey"]),
        store.get(&key).unsigned("if-match", "\"x\"").unsigned("origin", page()).send().await,
    ];
    let successes = [
        store.put(&key, "body").unsigned("origin", page()).send().await.ok(),
        store.get(&key).unsigned("origin", page()).send().await.ok(),
        store.list(&store.prefix).unsigned("origin", page()).send().await.ok(),
    ];
    if Ability::CorsOnRefusals.is_of(&store).await {
        refusals.push(
            store.get(&key).signed_by("AKID", "wrong").unsigned("origin", page()).send().await,
        );
    }
    assert!(refusals.iter().all(reads));
    for reply in successes {
        assert!(reads(&reply), "{}", reply.status);
        let exposed = reply.header("access-control-expose-headers").to_ascii_lowercase();
        for name in
            ["etag", "content-length", "content-range", "accept-ranges", "date", "x-amz-request-id"]
        {
            assert!(exposed.split(',').any(|listed| listed.trim() == name), "{name}");
        }
        assert!(reply.header("vary").to_ascii_lowercase().contains("origin"));
    }
    let stranger = store.get(&key).unsigned("origin", "http://evil.example").send().await.ok();
    assert_eq!(stranger.header("access-control-allow-origin"), "");
}
