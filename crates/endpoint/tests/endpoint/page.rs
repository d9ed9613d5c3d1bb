//! The page: what it may do, what it is told, how long it is kept.

use std::fs;

use axum::body::Body;
use axum::http::header;
use frond_endpoint::page::{PLACEHOLDER, export};
use frond_wire::{PublicConfig, Registration};

use crate::support::{Answer, ORIGIN, World, request, send};

async fn world() -> World {
    let world = World::new().await;
    let dist = &world.config.page;
    fs::create_dir_all(dist.join("sub")).unwrap();
    let meta =
        format!(r#"<meta http-equiv="Content-Security-Policy" content="connect-src 'self' {PLACEHOLDER}">"#);
    fs::write(dist.join("index.html"), format!("<!doctype html>{meta}")).unwrap();
    fs::write(dist.join("sw.js"), "// worker").unwrap();
    fs::write(dist.join("manifest.webmanifest"), "{}").unwrap();
    fs::write(dist.join("frond-0123456789abcdef_bg.wasm"), b"\0asm".repeat(100)).unwrap();
    fs::write(dist.join("frond-0123456789abcdef.js"), "x".repeat(1000)).unwrap();
    fs::write(dist.join("frond-0123456789abcdef.js.br"), "brotli").unwrap();
    fs::write(world.folder.path().join("secret"), "outside").unwrap();
    world
}

async fn get(world: &World, target: &str) -> Answer {
    send(&world.app(), request("GET", target).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn every_answer_of_the_page_carries_the_policy() {
    let world = world().await;
    let store = world.config.store.origin();
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; font-src 'self'; \
         worker-src 'self' blob:; manifest-src 'self'; img-src 'self' blob:; media-src 'self' blob:; \
         connect-src 'self' {store}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types frond"
    );
    for target in
        ["/", "/index.html", "/sw.js", "/config.json", "/frond-0123456789abcdef_bg.wasm", "/nothing", "/v1x"]
    {
        let answer = get(&world, target).await;
        assert_eq!(answer.headers[header::CONTENT_SECURITY_POLICY], policy.as_str(), "{target}");
        assert_eq!(answer.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(answer.headers[header::REFERRER_POLICY], "no-referrer");
        assert_eq!(answer.headers["cross-origin-opener-policy"], "same-origin");
        assert!(answer.headers.contains_key("permissions-policy"));
    }
    let index = get(&world, "/").await;
    assert!(index.text.contains(&format!("connect-src 'self' {store}\"")), "{}", index.text);
    assert!(!index.text.contains(PLACEHOLDER));
}

#[tokio::test]
async fn files_have_their_types_and_lives() {
    let world = world().await;
    let (again, ever) = ("no-cache", "public, max-age=31536000, immutable");
    for (target, media, life) in [
        ("/", "text/html; charset=utf-8", again),
        ("/sw.js", "text/javascript", again),
        ("/manifest.webmanifest", "application/manifest+json", again),
        ("/config.json", "application/json", again),
        ("/frond-0123456789abcdef_bg.wasm", "application/wasm", ever),
        ("/frond-0123456789abcdef.js", "text/javascript", ever),
    ] {
        let answer = get(&world, target).await;
        assert_eq!(answer.status, 200, "{target}");
        assert_eq!(answer.headers[header::CONTENT_TYPE], media, "{target}");
        assert_eq!(answer.headers[header::CACHE_CONTROL], life, "{target}");
    }
}

#[tokio::test]
async fn nothing_outside_the_folder_is_served() {
    let world = world().await;
    for target in ["/../secret", "/%2e%2e/secret", "/sub/../../secret", "/..%2fsecret", "/sub", "/sub/"] {
        let answer = get(&world, target).await;
        assert_ne!(answer.status, 200, "{target}");
        assert!(!answer.text.contains("outside"), "{target}");
    }
}

#[tokio::test]
async fn what_was_compressed_beforehand_is_sent_so() {
    let world = world().await;
    let ask = async |target: &str| {
        let request = request("GET", target).header(header::ACCEPT_ENCODING, "gzip, br");
        send(&world.app(), request.body(Body::empty()).unwrap()).await
    };
    let script = ask("/frond-0123456789abcdef.js").await;
    assert_eq!(
        (script.headers[header::CONTENT_ENCODING].to_str().unwrap(), script.text.as_str()),
        ("br", "brotli")
    );
    let wasm = ask("/frond-0123456789abcdef_bg.wasm").await;
    assert_eq!(wasm.headers[header::CONTENT_ENCODING], "br");
    assert!(wasm.text.len() < 400);
    assert!(!get(&world, "/frond-0123456789abcdef.js").await.headers.contains_key(header::CONTENT_ENCODING));
}

#[tokio::test]
async fn the_public_configuration_says_what_a_tab_must_know() {
    let world = world().await;
    let answer = get(&world, "/config.json").await;
    let config: PublicConfig = serde_json::from_value(answer.json).unwrap();
    let expected = PublicConfig {
        deployment: world.config.deployment.clone(),
        endpoint: String::new(),
        store: world.config.store.origin(),
        registration: Registration::Open,
        max_object_bytes: world.config.limits.max_object_bytes,
        presign_seconds: 900,
    };
    assert_eq!(config, expected);
}

#[tokio::test]
async fn a_page_for_another_host_is_written() {
    let world = world().await;
    let out = world.folder.path().join("out");
    export(&world.config, &out).unwrap();
    let index = fs::read_to_string(out.join("index.html")).unwrap();
    assert!(
        index.contains(&format!("connect-src 'self' {ORIGIN} {}\"", world.config.store.origin())),
        "{index}"
    );
    let config: PublicConfig = serde_json::from_slice(&fs::read(out.join("config.json")).unwrap()).unwrap();
    assert_eq!(config.endpoint, ORIGIN);
}
