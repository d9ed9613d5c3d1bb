//! `--fix`: what can be set is set, and then found well; what the owner set besides stays.

use frond_config::Config;
use frond_doctor::{self as doctor, Kind, Probe, Topic};

use crate::{clock, examine, owner, probe};
use frond_testing::front::{Fault, Front};

/// CORS rules for all origins of a configuration.
pub fn rules(config: &Config) -> String {
    let origins =
        config.origins.iter().map(|origin| format!("<AllowedOrigin>{origin}</AllowedOrigin>"));
    let exposed = ["ETag", "Content-Range", "Date"]
        .map(|name| format!("<ExposeHeader>{name}</ExposeHeader>"));
    let rule = origins.chain(exposed).collect::<String>();
    format!("<CORSConfiguration><CORSRule>{rule}</CORSRule></CORSConfiguration>")
}

#[tokio::test]
async fn what_can_be_set_is_set() {
    let front = Front::open(Fault::None).await;
    for name in ["cors", "lifecycle", "versioning"] {
        front.set(name, None);
    }
    let config = front.config();
    let probe = probe(&config, 0);
    let report = doctor::examine(&config, &probe).await;
    let found: Vec<Topic> = report.findings().iter().map(|finding| finding.topic).collect();
    assert_eq!(found, [Topic::Cors, Topic::Lifecycle, Topic::Versioning]);
    assert_eq!(report.exit_code(), 2);

    let done = doctor::fix(&config, &probe, &report).await;
    assert_eq!(done.len(), 3);
    assert!(done.iter().all(|line| line.ends_with(": set.")), "{done:?}");
    let report = doctor::examine(&config, &probe).await;
    assert!(report.findings().is_empty(), "{}", report.text());
    assert!(doctor::fix(&config, &probe, &report).await.is_empty(), "nothing is set twice");
}

#[tokio::test]
async fn what_the_owner_set_is_kept_or_told() {
    let front = Front::open(Fault::None).await;
    let own = "<Rule><ID>logs</ID><Status>Enabled</Status><Expiration>\
        <Days>30</Days></Expiration></Rule>";
    front
        .set("lifecycle", Some(&format!("<LifecycleConfiguration>{own}</LifecycleConfiguration>")));
    front.set(
        "cors",
        Some(
            "<CORSConfiguration><CORSRule>\
             <AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>",
        ),
    );
    let config = front.config();
    let probe = probe(&config, 0);
    let report = doctor::examine(&config, &probe).await;
    let done = doctor::fix(&config, &probe, &report).await;
    let rules = front.setting("lifecycle").unwrap();
    assert!(rules.contains(own) && rules.contains("<AbortIncompleteMultipartUpload>"), "{rules}");
    assert!(
        done.iter().any(|line| line.contains("before were") && line.contains("<AllowedOrigin>*")),
        "{done:?}"
    );
    assert!(examine(&config).await.findings().is_empty());
}

#[tokio::test]
async fn the_public_is_shut_out_where_that_is_safe() {
    for (kind, set) in [(Kind::Aws, true), (Kind::Ceph, false)] {
        let front = Front::open(Fault::PublicReads).await;
        let config = front.config();
        let probe = Probe::new(config.store.clone(), owner(), Some(kind), clock(0)).unwrap();
        let report = doctor::examine(&config, &probe).await;
        doctor::fix(&config, &probe, &report).await;
        assert_eq!(front.setting("publicAccessBlock").is_some(), set, "{kind:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_set_is_said() {
    let front = Front::open(Fault::None).await;
    front.set("versioning", None);
    let config = front.config();
    // The endpoint's own key in the owner's place may set nothing.
    let probe = Probe::new(config.store.clone(), None, None, clock(0)).unwrap();
    let report = examine(&config).await;
    let done = doctor::fix(&config, &probe, &report).await;
    assert_eq!(done, ["Versions: not set, the store answered 403 AccessDenied."]);
}
