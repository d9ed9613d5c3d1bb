//! The doctor, against a store that is well and against stores that are broken in one way each:
//! real HTTP, real signatures, the embedded store behind a front that breaks what it is told.

#![cfg(test)]

mod faults;
mod fixes;
mod reports;

use std::sync::Arc;

use frond_config::Clock;
use frond_config::Config;
use frond_doctor::{self as doctor, Owner, Probe, Report, Topic};
use frond_testing::clock::now;
use frond_testing::front::{self, Fault, Front, OWNER};
use rusty_s3::Credentials;

/// A clock that is so many seconds ahead.
fn clock(ahead: u64) -> Clock {
    Arc::new(move || now() + ahead)
}

fn owner() -> Option<Owner> {
    Some(Owner(Credentials::new(OWNER.0, OWNER.1)))
}

fn probe(config: &Config, ahead: u64) -> Probe {
    Probe::new(config.store.clone(), owner(), None, clock(ahead)).unwrap()
}

async fn examine(config: &Config) -> Report {
    doctor::examine(config, &probe(config, 0)).await
}

#[tokio::test]
async fn a_bucket_that_is_well() {
    let front = Front::open(Fault::None).await;
    let mut config = front.config();
    config.store.prefix = front::PREFIX.to_owned();
    let report = examine(&config).await;
    assert!(report.findings().is_empty(), "{}", report.text());
    assert_eq!(report.exit_code(), 0);
    assert_eq!(report.well(), Topic::ALL, "it looked at everything");
    assert_eq!(front.keys().await, Vec::<String>::new(), "nothing of the doctor is left");
    assert_eq!(front.uploads().await, 0, "nor of its uploads");
}

#[tokio::test]
async fn without_the_owner_it_says_what_it_cannot_see() {
    let front = Front::open(Fault::None).await;
    let config = front.config();
    let probe = Probe::new(config.store.clone(), None, None, clock(0)).unwrap();
    let report = doctor::examine(&config, &probe).await;
    let unseen: Vec<Topic> = report.findings().iter().map(|finding| finding.topic).collect();
    assert_eq!(unseen, [Topic::Lifecycle, Topic::Versioning]);
    assert!(report.findings().iter().all(|finding| finding.wrong.contains("could not be seen")));
    assert_eq!(report.exit_code(), 0);
}
