//! What the report says, in its three shapes, and that documents and program say the same.

use frond_doctor::{self as doctor, Kind, Probe};

use crate::{clock, examine, owner};
use frond_testing::front::{Fault, Front, OWNER, TAB};

fn project(path: &str) -> String {
    std::fs::read_to_string(format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn the_documents_show_what_the_doctor_prints() {
    let page = project("docs/STORES.md");
    for name in ["policy", "cors", "lifecycle"] {
        let json = project(&format!("docs/stores/{name}.json"));
        serde_json::from_str::<serde_json::Value>(&json).unwrap();
        assert!(page.contains(json.trim_end()), "docs/STORES.md has another {name}.json");
    }
}

#[tokio::test]
async fn three_shapes_say_the_same() {
    let front = Front::open(Fault::TabIsOwner).await;
    front.set("cors", None);
    let mut config = front.config();
    config.store.prefix = "vault/".to_owned();
    let report = examine(&config).await;
    let (text, json, html) = (report.text(), report.json(), report.html());
    for shape in [&text, &json.to_string(), &html] {
        assert!(shape.contains("may not: GET, HEAD"));
        for secret in [TAB.1, OWNER.1, TAB.0, OWNER.0, "X-Amz-"] {
            assert!(!shape.contains(secret), "{secret}");
        }
    }
    assert_eq!(json["findings"][0]["topic"], "cors");
    assert_eq!(json["findings"][0]["severity"], "error");
    assert_eq!(json["findings"].as_array().unwrap().len(), 2);
    assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>\n"));
    assert!(
        !html.contains("<script")
            && !html.contains("style=")
            && html.contains("default-src 'none'")
    );
    // The policy is for this bucket and prefix, in every store's words.
    assert!(text.contains("arn:aws:s3:::frond/vault/*") && !text.contains("example"));
    for kind in Kind::ALL {
        assert!(text.contains(&format!("{}:", kind.name())), "{kind:?}");
    }
}

#[tokio::test]
async fn where_the_store_is_known_only_its_commands_are_told() {
    let front = Front::open(Fault::None).await;
    for name in ["cors", "lifecycle", "versioning"] {
        front.set(name, None);
    }
    let config = front.config();
    for (kind, command) in [
        (Kind::Aws, "aws s3api put-bucket-cors --bucket frond --region local"),
        (Kind::R2, "--endpoint-url http://127.0.0.1:"),
        (Kind::B2, "b2 bucket update frond --lifecycle-rule"),
        (Kind::Minio, "mc version enable ALIAS/frond"),
        (Kind::Garage, "--endpoint-url http://127.0.0.1:"),
        (Kind::Ceph, "aws s3api put-bucket-versioning --bucket frond"),
    ] {
        let probe = Probe::new(config.store.clone(), owner(), Some(kind), clock(0)).unwrap();
        let text = doctor::examine(&config, &probe).await.text();
        assert!(text.contains(command), "{text}");
        let others = Kind::ALL.into_iter().filter(|other| *other != kind);
        assert!(
            others.map(|other| format!("{}:\n", other.name())).all(|line| !text.contains(&line)),
            "{text}"
        );
    }
}

#[tokio::test]
async fn what_a_store_says_is_text_on_the_page() {
    let front = Front::open(Fault::None).await;
    front.put("deployment", "<img src=x onerror=alert(1)>").await;
    let html = examine(&front.config()).await.html();
    assert!(html.contains("&lt;img src=x") && !html.contains("<img"));
}
