//! Every finding, each against a store that is broken in that way and in no other.

use frond_config::{Config, Origin};
use frond_doctor::{self as doctor, Kind, Probe, Severity, Topic};
use frond_wire::ChecksumAlgorithm;
use rusty_s3::{Bucket, Credentials, UrlStyle};

use crate::{clock, examine, owner, probe};
use frond_testing::front::{Fault, Front, PREFIX, TAB};

/// Examines, and asserts that this and nothing else was found.
#[track_caller]
fn only(report: &doctor::Report, topic: Topic, severity: Severity, said: &str) {
    let findings = report.findings();
    assert!(!findings.is_empty(), "nothing was found, expected {topic:?}");
    for finding in &findings {
        assert_eq!((finding.topic, finding.severity), (topic, severity), "{}", report.text());
        assert!(finding.wrong.contains(said), "`{}` does not say `{said}`", finding.wrong);
    }
    assert!(!report.well().contains(&topic));
}

#[tokio::test]
async fn every_fault_of_a_store_is_found_and_nothing_else() {
    use Severity::{Error, Note, Warning};
    for (fault, topic, severity, said) in [
        (Fault::NoDate, Topic::Clock, Warning, "does not tell its time"),
        (Fault::AnySignature, Topic::Signature, Error, "wrong signature is taken"),
        (Fault::MissingIsForbidden, Topic::Missing, Error, "403"),
        (Fault::NoRanges, Topic::Range, Error, "three bytes is answered 200"),
        (Fault::HeadWithoutEtag, Topic::Head, Error, "without the object's length or ETag"),
        (Fault::ListFromTheStart, Topic::List, Error, "after a given one"),
        (Fault::ListOnePage, Topic::List, Error, "page by page"),
        (Fault::ListFlat, Topic::List, Error, "common prefixes"),
        (Fault::NoUploads, Topic::Multipart, Error, "does not begin"),
        (Fault::PartsWithoutEtag, Topic::Multipart, Error, "no ETag"),
        (Fault::NoPartList, Topic::Multipart, Error, "are not listed (501 NotImplemented)"),
        (Fault::ErrorUnder200, Topic::Multipart, Error, "200 InternalError"),
        (Fault::AbortKeeps, Topic::Multipart, Error, "given up stays"),
        (Fault::NoUploadList, Topic::UploadList, Warning, "not among those listed"),
        (Fault::PutIgnoresCondition, Topic::ConditionalPut, Warning, "ignores If-None-Match"),
        (
            Fault::PutRefusesCondition,
            Topic::ConditionalPut,
            Error,
            "is refused (501 NotImplemented)",
        ),
        (
            Fault::CompleteIgnoresCondition,
            Topic::ConditionalComplete,
            Note,
            "ignores If-None-Match",
        ),
        (
            Fault::CompleteRefusesCondition,
            Topic::ConditionalComplete,
            Error,
            "is refused (501 NotImplemented)",
        ),
        (Fault::ChecksumsIgnored, Topic::Checksums, Warning, "does not match its content-md5"),
        (Fault::CorsWithoutChecksums, Topic::Cors, Error, "may not: PUT."),
        (Fault::PublicReads, Topic::Public, Error, "read files"),
        (Fault::PublicLists, Topic::Public, Error, "list the bucket"),
        (Fault::PublicWrites, Topic::Public, Error, "write files"),
        (Fault::TwoBuckets, Topic::OtherBuckets, Warning, "1 other bucket."),
        (Fault::TabIsOwner, Topic::Settings, Warning, "cors"),
    ] {
        let front = Front::open(fault).await;
        println!("{fault:?}");
        only(&examine(&front.config()).await, topic, severity, said);
    }
}

#[tokio::test]
async fn what_breaks_more_than_itself_is_found_too() {
    for (fault, topic, said) in [
        (Fault::PutRefused, Topic::Put, "403 AccessDenied"),
        (
            Fault::ChecksumsRefused,
            Topic::Checksums,
            "refused (501 NotImplemented): nothing goes up",
        ),
        (Fault::GetDamaged, Topic::Get, "not what was stored"),
        (Fault::ListEmpty, Topic::List, "all keys in order"),
        (Fault::DeleteKeeps, Topic::Delete, "GET after it 200"),
    ] {
        let front = Front::open(fault).await;
        let report = examine(&front.config()).await;
        let found = report.findings().into_iter().find(|finding| finding.topic == topic).cloned();
        let finding = found.unwrap_or_else(|| panic!("{fault:?}: {}", report.text()));
        assert_eq!(finding.severity, Severity::Error);
        assert!(finding.wrong.contains(said), "{}", finding.wrong);
    }
}

#[tokio::test]
async fn settings_that_are_wrong() {
    use Severity::{Error, Warning};
    let rule = |origin: &str, exposed: &str| {
        format!(
            "<CORSConfiguration><CORSRule>\
             <AllowedOrigin>{origin}</AllowedOrigin>{exposed}</CORSRule></CORSConfiguration>"
        )
    };
    let exposed = |names: &[&str]| {
        names.iter().map(|name| format!("<ExposeHeader>{name}</ExposeHeader>")).collect::<String>()
    };
    let page = "http://localhost:8080";
    let all = exposed(&["ETag", "Content-Range", "Date"]);
    let expiring = "<LifecycleConfiguration><Rule><Status>Enabled</Status><Expiration>\
        <Days>30</Days></Expiration></Rule></LifecycleConfiguration>";
    let off = expiring
        .replace("Enabled", "Disabled")
        .replace("Expiration", "AbortIncompleteMultipartUpload");
    for (name, xml, topic, severity, said) in [
        ("cors", None, Topic::Cors, Error, "GET, HEAD, PUT, POST, DELETE, to read answers"),
        (
            "cors",
            Some(rule("https://other.example", &all)),
            Topic::Cors,
            Error,
            "http://localhost:8080",
        ),
        (
            "cors",
            Some(rule(page, &exposed(&["Content-Range", "Date"]))),
            Topic::CorsExpose,
            Error,
            "ETag",
        ),
        (
            "cors",
            Some(rule(page, &exposed(&["ETag", "Content-Range"]))),
            Topic::CorsExpose,
            Warning,
            "Date",
        ),
        ("cors", Some(rule("*", &all)), Topic::CorsStrangers, Warning, "Every page"),
        ("lifecycle", None, Topic::Lifecycle, Warning, "No rule"),
        ("lifecycle", Some(expiring.to_owned()), Topic::Lifecycle, Warning, "No rule"),
        ("lifecycle", Some(off), Topic::Lifecycle, Warning, "No rule"),
        (
            "versioning",
            Some("<VersioningConfiguration/>".to_owned()),
            Topic::Versioning,
            Warning,
            "not kept",
        ),
    ] {
        let front = Front::open(Fault::None).await;
        front.set(name, xml.as_deref());
        only(&examine(&front.config()).await, topic, severity, said);
    }
}

#[tokio::test]
async fn versions_on_ceph_are_one_thing_or_the_other() {
    for (xml, severity, said) in [
        (None, Severity::Note, "one or the other"),
        (
            Some("<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"),
            Severity::Warning,
            "suspended",
        ),
    ] {
        let front = Front::open(Fault::None).await;
        front.set("versioning", xml);
        let config = front.config();
        let probe = Probe::new(config.store.clone(), owner(), Some(Kind::Ceph), clock(0)).unwrap();
        only(&doctor::examine(&config, &probe).await, Topic::Versioning, severity, said);
    }
}

/// What the configuration says, and the store does not bear out.
#[tokio::test]
async fn configurations_that_are_wrong() {
    type Change = fn(&mut Config);
    let target = |config: &Config, bucket: &str, region: &str| {
        let url = format!("{}/", config.store.origin()).parse().unwrap();
        Bucket::new(url, UrlStyle::Path, bucket.to_owned(), region.to_owned()).unwrap()
    };
    let front = Front::open(Fault::None).await;
    let base = front.config();
    let mut no_bucket = base.clone();
    no_bucket.store.bucket = target(&base, "nowhere", "local");
    let mut no_region = base.clone();
    no_region.store.bucket = target(&base, "frond", "mars-north-1");
    for (config, said) in
        [(no_bucket, "no bucket `nowhere`"), (no_region, "not in region `mars-north-1`")]
    {
        only(&examine(&config).await, Topic::Credentials, Severity::Error, said);
    }
    let changes: [(Change, Topic, Severity, &str); 5] = [
        (
            |config| config.store.credentials = Credentials::new("NOBODY", "x"),
            Topic::Credentials,
            Severity::Error,
            "does not know the access key",
        ),
        (
            |config| config.store.credentials = Credentials::new(TAB.0, "another secret"),
            Topic::Credentials,
            Severity::Error,
            "secret key is not",
        ),
        (
            |config| config.store.conditional = false,
            Topic::ConditionalPut,
            Severity::Warning,
            "says `conditional = false`",
        ),
        (
            |config| config.origins.push(Origin::parse(&config.store.origin()).unwrap()),
            Topic::Origins,
            Severity::Error,
            "the bucket's own origin",
        ),
        (
            |config| config.origins.push(Origin::parse("http://files.example.org").unwrap()),
            Topic::Tls,
            Severity::Error,
            "not on https",
        ),
    ];
    for (change, topic, severity, said) in changes {
        let mut config = base.clone();
        change(&mut config);
        front.set("cors", Some(&crate::fixes::rules(&config)));
        only(&examine(&config).await, topic, severity, said);
    }
}

/// Each of the checksums that a store may be said to verify, on a store that does, and on one that
/// does not.
#[tokio::test]
async fn the_checksum_that_is_configured_is_the_one_that_is_probed() {
    for checksum in [ChecksumAlgorithm::Crc32c, ChecksumAlgorithm::Sha256, ChecksumAlgorithm::Md5] {
        for fault in [Fault::None, Fault::ChecksumsIgnored] {
            let front = Front::open(fault).await;
            let mut config = front.config();
            config.store.checksum = checksum;
            let report = examine(&config).await;
            if fault == Fault::None {
                assert!(report.findings().is_empty(), "{checksum:?}: {}", report.text());
            } else {
                // The store behind this one also objects to checksums at the end of an upload that
                // it never saw.
                let findings = report.findings();
                let warned = |finding: &&&doctor::Finding| {
                    finding.topic == Topic::Checksums && finding.severity == Severity::Warning
                };
                assert_eq!(findings.iter().filter(warned).count(), 2, "of a file, and of a part");
            }
            assert_eq!(front.uploads().await, 0);
        }
    }
}

#[tokio::test]
async fn a_store_that_is_not_there() {
    let front = Front::open(Fault::None).await;
    let config = front.config();
    drop(front);
    only(&examine(&config).await, Topic::Reach, Severity::Error, "did not answer");
}

#[tokio::test]
async fn clocks_that_differ() {
    let front = Front::open(Fault::None).await;
    let config = front.config();
    for (ahead, severity) in [(120, Severity::Warning), (7200, Severity::Error)] {
        let report = doctor::examine(&config, &probe(&config, ahead)).await;
        only(&report, Topic::Clock, severity, "differ by");
    }
}

#[tokio::test]
async fn the_bucket_of_another_deployment() {
    let front = Front::open(Fault::None).await;
    front.put("deployment", "another.test").await;
    only(&examine(&front.config()).await, Topic::Deployment, Severity::Error, "`another.test`");
    front.put("deployment", "files.test").await;
    assert!(examine(&front.config()).await.findings().is_empty());
}

#[tokio::test]
async fn a_key_that_is_for_more_than_its_prefix() {
    let front = Front::open(Fault::TabIsEverywhere).await;
    let mut config = front.config();
    config.store.prefix = PREFIX.to_owned();
    only(&examine(&config).await, Topic::Prefix, Severity::Warning, "outside of `vault/`");
    assert_eq!(front.keys().await, Vec::<String>::new(), "what it wrote there is gone again");
}
