//! Links: made, listed, revoked by their owner; got by somebody without an account.

use super::*;

/// Somebody who never signed in.
fn stranger() -> Person {
    Person { home: tempfile::tempdir().unwrap(), address: String::new() }
}

#[test]
fn a_link_is_got_without_an_account_until_it_is_revoked() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        let large = content(1, 3_000_000);
        person.file("trip/a.bin", &large);
        person.file("trip/deep/b.txt", b"two");
        person.file("no.txt", b"no");
        person.run(["put", "trip", "no.txt"]).done();
        let made = person.run(["share", "trip", "--label", "Trip"]).done();
        let link = made.text().trim().to_owned();
        assert!(link.starts_with(&format!("{}#/s/", deployment.base_url())), "{link}");
        assert!(made.err.contains("Trip  2 files, until "), "{}", made.err);

        let other = stranger();
        let got = other.run(["get", &link, "--to", "out/", "--json"]).done().json();
        assert_eq!(got["got"].as_array().unwrap().len(), 2);
        assert!(std::fs::read(other.path("out/trip/a.bin")).unwrap() == large);
        assert_eq!(std::fs::read(other.path("out/trip/deep/b.txt")).unwrap(), b"two");
        assert!(!other.state().exists(), "nothing is kept of it");
        // One file, and one archive; the link from a file.
        other.file("link", link.as_bytes());
        let one = other.run(["get", "--link-file", "link", "trip/deep/b.txt", "-"]).done();
        assert_eq!(one.out, b"two");
        other.run(["get", "--link-file", "link", "--zip", "trip.zip"]).done();
        let zip = std::fs::read(other.path("trip.zip")).unwrap();
        assert!(zip.windows(15).any(|name| name == b"trip/deep/b.txt"));
        other.run(["get", &link, "--to", "out/"]).with(1);

        let listed = person.run(["shares"]).done();
        assert!(listed.text().contains("  Trip  2 files, until "), "{}", listed.text());
        assert!(!listed.text().contains("#/s/"));
        assert!(person.run(["shares", "-l"]).done().text().contains(&link));
        person.run(["unshare", "Trap"]).with(4);
        let revoked = person.run(["unshare", "Trip"]).done();
        assert!(revoked.err.contains("may have been saved"), "{}", revoked.err);
        let refused = other.run(["get", &link, "--to", "again/"]).with(3);
        assert!(refused.err.contains("This link has ended"), "{}", refused.err);
        assert!(!other.path("again").exists());
        assert_eq!(person.run(["shares"]).done().text(), "");
    });
}

#[test]
fn a_link_with_a_password_opens_with_it_only() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        person.file("a.txt", b"one");
        person.run(["put", "a.txt"]).done();
        person.file("pw", b"open sesame\n");
        let share = ["share", "a.txt", "--password-file", "pw", "--expires", "never", "--json"];
        let made = person.run(share).done().json();
        assert_eq!((&made["password"], &made["expires"]), (&true.into(), &().into()));
        let (link, other) = (made["link"].as_str().unwrap(), stranger());
        other.file("right", b"open sesame");
        other.file("wrong", b"open  sesame");
        other.run(["get", link]).with(2);
        for _ in 0..2 {
            let refused = other.run(["get", link, "--link-password-file", "wrong"]).with(3);
            assert!(refused.err.contains("This is not the link password"), "{}", refused.err);
        }
        other.run(["get", link, "--link-password-file", "right"]).done();
        assert_eq!(std::fs::read(other.path("a.txt")).unwrap(), b"one");
    });
}

#[test]
fn a_link_is_brought_up_to_date_under_the_same_address() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        person.file("f/a.txt", b"one");
        person.run(["put", "f"]).done();
        let link = person.run(["share", "f", "--expires", "2h"]).done().text().trim().to_owned();
        person.file("f/b.txt", b"two");
        person.run(["put", "f"]).done();
        let updated = person.run(["share", "--update", "f", "--expires", "never"]).done();
        assert_eq!(updated.text().trim(), link);
        assert!(updated.err.contains("2 files, no end"), "{}", updated.err);
        let other = stranger();
        other.run(["get", &link]).done();
        assert_eq!(std::fs::read(other.path("f/b.txt")).unwrap(), b"two");
    });
}

#[test]
fn what_is_no_link_is_named_and_sent_nowhere() {
    let other = stranger();
    let secret = "A".repeat(43);
    for bad in [
        "https://files.invalid/#/s/AAAA".to_owned(),
        format!("https://files.invalid/#/s/{secret}#/s/{secret}"),
        format!("https://files.invalid/#/s2/{secret}"),
        format!("javascript://files.invalid/#/s/{secret}"),
    ] {
        let refused = other.run(["get", &bad]).with(2);
        assert!(refused.err.contains("not a whole link"), "{}", refused.err);
    }
    for bad in [["share", "a", "--expires", "30"], ["share", "a", "--expires", "0d"]] {
        other.run(bad).with(2);
    }
    other.run(["share"]).with(2);
    other.run(["unshare"]).with(2);
}
