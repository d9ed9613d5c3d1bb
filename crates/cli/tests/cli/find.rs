//! `find` and `index`: files found by their names, paths and contents.

use frond_testing::tab::Tab;

use super::person::added_by;
use super::*;

#[test]
fn files_are_found_by_words_phrases_and_filters() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        person.file("Reisen/Süd küste/Zoë.jpg", b"one");
        person.file("Reisen/notes.txt", b"two");
        person.run(["put", "Reisen"]).done();
        let found = |terms: &[&str]| {
            let terms = terms.iter().copied();
            person.run(["find"].into_iter().chain(terms)).done().text().to_owned()
        };
        assert_eq!(found(&["zoe"]), "Reisen/Süd küste/Zoë.jpg\n");
        assert_eq!(found(&["sud kuste"]), "Reisen/Süd küste/Zoë.jpg\n");
        assert_eq!(found(&["type:txt", "in:reisen", "after:2020"]), "Reisen/notes.txt\n");
        assert_eq!(found(&["reisen"]).lines().count(), 2);
        person.run(["find", "kuste sud"]).with(4);
        person.run(["rm", "Reisen/notes.txt"]).done();
        person.run(["find", "notes"]).with(4);
        assert_eq!(found(&["notes", "--trash"]), "Reisen/notes.txt\n");
    });
}

#[test]
fn contents_are_found_once_they_are_put() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        person.file("notes/a.txt", "first\nthe old house in Zürich\n".as_bytes());
        person.file("notes/house.md", b"house of old");
        person.file("b.bin", b"old");
        person.run(["put", "notes", "b.bin"]).done();
        let found = |terms: &[&str]| {
            let terms = terms.iter().copied();
            person.run(["find"].into_iter().chain(terms)).done().text().to_owned()
        };
        assert_eq!(found(&["old"]), "notes/a.txt\nnotes/house.md\n");
        assert_eq!(found(&["house"]), "notes/house.md\nnotes/a.txt\n", "names come first");
        assert_eq!(found(&["old house", "--lines"]), "notes/a.txt\n    the old house in Zürich\n");
        let found = person.run(["--json", "find", "ZURI", "--lines"]).done().json();
        assert_eq!(found[0]["line"], "the old house in Zürich");
        person.run(["rm", "notes/a.txt"]).done();
        person.run(["find", "zurich"]).with(4);
    });
}

#[test]
fn contents_of_another_device_are_found_once_they_are_indexed() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        let tab = Tab::new(&deployment.base_url());
        added_by(&tab, &[("a.txt", "the old house"), ("b.md", "a new one"), ("c.bin", "old")])
            .await;
        person.run(["find", "old"]).with(4);
        let indexed = person.run(["--json", "index"]).done().json();
        assert_eq!((&indexed["indexed"], &indexed["files"]), (&2.into(), &2.into()));
        assert_eq!(person.run(["find", "old"]).done().text(), "a.txt\n");
    });
}
