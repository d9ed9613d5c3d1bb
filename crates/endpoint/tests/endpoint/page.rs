//! The page: what it may do, what it is told, how long it is kept.

use std::fs;
use std::time::Duration;

use axum::body::Body;
use axum::http::header;
use frond_endpoint::page::{PLACEHOLDER, export};
use frond_wire::{ChecksumAlgorithm, PublicConfig, Registration};

use crate::support::{Answer, ORIGIN, World, request, send};

async fn world() -> World {
    let world = World::new().await;
    let dist = &world.config.page;
    fs::create_dir_all(dist.join("sub")).unwrap();
    let meta = format!(
        r#"<meta http-equiv="Content-Security-Policy" content="connect-src 'self' {PLACEHOLDER}">"#
    );
    let name = r#"<meta name="frond-deployment" content="">"#;
    fs::write(dist.join("index.html"), format!("<!doctype html>{meta}{name}")).unwrap();
    fs::write(dist.join("index.html.br"), "stale").unwrap();
    fs::write(dist.join("sw.js"), "// worker").unwrap();
    fs::write(dist.join("manifest.webmanifest"), "{}").unwrap();
    fs::write(dist.join("frond-page-0123456789abcdef_bg.wasm"), b"\0asm".repeat(100)).unwrap();
    fs::write(dist.join("frond-page-0123456789abcdef.js"), "x".repeat(1000)).unwrap();
    fs::write(dist.join("frond-page-0123456789abcdef.js.br"), "brotli").unwrap();
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
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         font-src 'self'; worker-src 'self' blob:; manifest-src 'self'; img-src 'self' blob:; \
         media-src 'self'; connect-src 'self' {store}; frame-ancestors 'none'; base-uri 'none'; \
         form-action 'none'; require-trusted-types-for 'script'; trusted-types frond"
    );
    for target in [
        "/",
        "/index.html",
        "/sw.js",
        "/config.json",
        "/frond-page-0123456789abcdef_bg.wasm",
        "/nothing",
        "/v1x",
    ] {
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
    let named = format!(r#"<meta name="frond-deployment" content="{}">"#, world.config.deployment);
    assert!(index.text.contains(&named), "{}", index.text);
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
        ("/frond-page-0123456789abcdef_bg.wasm", "application/wasm", ever),
        ("/frond-page-0123456789abcdef.js", "text/javascript", ever),
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
    for target in
        ["/../secret", "/%2e%2e/secret", "/sub/../../secret", "/..%2fsecret", "/sub", "/sub/"]
    {
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
    let script = ask("/frond-page-0123456789abcdef.js").await;
    assert_eq!(
        (script.headers[header::CONTENT_ENCODING].to_str().unwrap(), script.text.as_str()),
        ("br", "brotli")
    );
    let wasm = ask("/frond-page-0123456789abcdef_bg.wasm").await;
    assert_eq!(wasm.headers[header::CONTENT_ENCODING], "br");
    assert!(wasm.text.len() < 400);
    assert!(
        !get(&world, "/frond-page-0123456789abcdef.js")
            .await
            .headers
            .contains_key(header::CONTENT_ENCODING)
    );
}

async fn ask(app: &axum::Router, target: &str, headers: &[(header::HeaderName, &str)]) -> Answer {
    let mut request = request("GET", target);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    send(app, request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn every_encoding_has_its_own_tag_and_says_what_it_depends_on() {
    let world = world().await;
    let app = world.app();
    let wasm = "/frond-page-0123456789abcdef_bg.wasm";
    let mut tags = Vec::new();
    for (accepted, encoding) in [
        ("", None),
        ("identity", None),
        ("gzip", Some("gzip")),
        ("br", Some("br")),
        ("gzip;q=1.0, BR; q=0.1", Some("br")),
        ("br;q=0, gzip", Some("gzip")),
        ("br;q=0.0, *;q=0", None),
    ] {
        let answer = ask(&app, wasm, &[(header::ACCEPT_ENCODING, accepted)]).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.headers.get(header::CONTENT_ENCODING).map(|v| v.to_str().unwrap()),
            encoding,
            "{accepted}"
        );
        assert_eq!(answer.headers[header::VARY], "accept-encoding", "{accepted}");
        let tag = answer.headers[header::ETAG].to_str().unwrap().to_owned();
        let known =
            ask(&app, wasm, &[(header::ACCEPT_ENCODING, accepted), (header::IF_NONE_MATCH, &tag)])
                .await;
        assert_eq!((known.status.as_u16(), known.text.as_str()), (304, ""));
        assert_eq!(known.headers[header::ETAG], tag.as_str());
        assert_eq!(known.headers[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        let others = format!("\"other\", W/{tag}");
        assert_eq!(
            ask(
                &app,
                wasm,
                &[(header::ACCEPT_ENCODING, accepted), (header::IF_NONE_MATCH, &others)]
            )
            .await
            .status,
            304
        );
        assert_eq!(ask(&app, wasm, &[(header::IF_NONE_MATCH, "\"other\"")]).await.status, 200);
        tags.push((encoding, tag));
    }
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(tags.len(), 3, "{tags:?}");
}

/// The folder is not read again for each request, nor is anything compressed again; a new version
/// is seen at once.
#[tokio::test]
async fn a_file_is_read_and_compressed_once_for_each_version() {
    let world = world().await;
    let app = world.app();
    let file = world.config.page.join("frond-page-0123456789abcdef_bg.wasm");
    let before = fs::metadata(&file).unwrap().modified().unwrap();
    let br = [(header::ACCEPT_ENCODING, "br")];
    let first = ask(&app, "/frond-page-0123456789abcdef_bg.wasm", &br).await;
    // Other bytes of the same length and time: whoever reads the file again would see them.
    fs::write(&file, b"\0ASM".repeat(100)).unwrap();
    fs::File::options().write(true).open(&file).unwrap().set_modified(before).unwrap();
    let again = ask(&app, "/frond-page-0123456789abcdef_bg.wasm", &br).await;
    assert_eq!(again.headers[header::ETAG], first.headers[header::ETAG]);
    assert_eq!(again.text, first.text);
    fs::File::options()
        .write(true)
        .open(&file)
        .unwrap()
        .set_modified(before + Duration::from_secs(1))
        .unwrap();
    let changed = ask(&app, "/frond-page-0123456789abcdef_bg.wasm", &br).await;
    assert_ne!(changed.headers[header::ETAG], first.headers[header::ETAG]);
    fs::remove_file(&file).unwrap();
    assert_eq!(ask(&app, "/frond-page-0123456789abcdef_bg.wasm", &br).await.status, 404);
}

#[tokio::test]
async fn a_file_that_is_too_large_to_be_held_is_not_served() {
    let world = world().await;
    let file = fs::File::create(world.config.page.join("film.mp4")).unwrap();
    file.set_len((16 << 20) + 1).unwrap();
    assert_eq!(get(&world, "/film.mp4").await.problem(), (404, "not-found"));
}

/// What was compressed of an older version says nothing of this one.
#[tokio::test]
async fn what_was_compressed_beforehand_is_not_older_than_its_file() {
    let world = world().await;
    let file = world.config.page.join("frond-page-0123456789abcdef.js");
    let packed = world.config.page.join("frond-page-0123456789abcdef.js.br");
    let time = fs::metadata(&packed).unwrap().modified().unwrap();
    fs::File::options()
        .write(true)
        .open(&file)
        .unwrap()
        .set_modified(time + Duration::from_secs(1))
        .unwrap();
    let answer =
        ask(&world.app(), "/frond-page-0123456789abcdef.js", &[(header::ACCEPT_ENCODING, "br")])
            .await;
    assert_eq!(answer.headers[header::CONTENT_ENCODING], "br");
    assert_ne!(answer.text, "brotli");
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
        checksum: ChecksumAlgorithm::Crc32c,
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
    let named = format!(r#"<meta name="frond-deployment" content="{}">"#, world.config.deployment);
    assert!(index.contains(&named), "{index}");
    let config: PublicConfig =
        serde_json::from_slice(&fs::read(out.join("config.json")).unwrap()).unwrap();
    assert_eq!(config.endpoint, ORIGIN);
    for file in ["sw.js", "frond-page-0123456789abcdef.js", "frond-page-0123456789abcdef_bg.wasm"] {
        assert_eq!(
            fs::read(out.join(file)).unwrap(),
            fs::read(world.config.page.join(file)).unwrap()
        );
    }
    assert!(!out.join("index.html.br").exists());
    // Files are not copied onto themselves.
    for inside in [world.config.page.clone(), world.config.page.join("sub")] {
        export(&world.config, &inside).unwrap_err();
    }
    assert!(
        fs::read_to_string(world.config.page.join("index.html")).unwrap().contains(PLACEHOLDER)
    );
}
