//! Files in and out, listed, renamed, thrown away, brought back.

use std::time::{Duration, SystemTime};

use super::person::{added_by, below};
use super::*;
use frond_testing::tab::Tab;

#[test]
fn what_is_put_is_got_back_with_its_time() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        let image = content(1, 3_000_000);
        let path = person.file("image.png", &image);
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_500_000_000_123);
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        person.file("album/a.txt", b"one");
        person.file("album/deep/b.txt", b"two");
        let put = person.run(["put", "image.png", "album", "--json"]).done().json();
        assert_eq!(put["added"].as_array().unwrap().len(), 3);

        assert_eq!(person.run(["ls"]).done().text(), "album/\nimage.png\n");
        assert_eq!(person.run(["ls", "album"]).done().text(), "album/deep/\nalbum/a.txt\n");
        assert_eq!(
            person.run(["ls", "-r"]).done().text(),
            "album/a.txt\nalbum/deep/b.txt\nimage.png\n"
        );
        assert!(person.run(["ls", "-l", "image.png"]).done().text().contains("3 MB"));
        let listed = person.run(["ls", "--json"]).done().json();
        let row = listed.as_array().unwrap().iter().find(|row| row["path"] == "image.png").unwrap();
        assert_eq!((&row["size"], &row["type"]), (&3_000_000.into(), &"image/png".into()));
        assert_eq!(row["modified"], 1_500_000_000_123_i64);
        person.run(["ls", "nothing"]).with(4);

        person.run(["get", "image.png", "album", "--to", "out/"]).done();
        assert_eq!(std::fs::read(person.path("out/image.png")).unwrap(), image);
        assert_eq!(
            std::fs::metadata(person.path("out/image.png")).unwrap().modified().unwrap(),
            time
        );
        assert_eq!(std::fs::read(person.path("out/album/deep/b.txt")).unwrap(), b"two");
        assert_eq!(below(&person.path("out")).len(), 3, "and nothing beside them");
    });
}

#[test]
fn a_folder_is_got_as_one_archive() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        let image = content(1, 3_000_000);
        person.file("trip/album/image.png", &image);
        person.file("trip/album/deep/b.txt", b"two");
        person.file("trip/c.txt", b"three");
        person.run(["put", "trip"]).done();

        let names = |archive: &str| {
            let list = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); \
                assert z.testzip() is None; print(*z.namelist(), sep='\\n')";
            let mut python = std::process::Command::new("python3");
            let output = python.args(["-c", list]).arg(person.path(archive)).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        let got = person.run(["get", "trip/album", "--zip", "album.zip", "--json"]).done().json();
        assert_eq!(got["got"].as_array().unwrap().len(), 2);
        assert_eq!(names("album.zip"), "album/deep/b.txt\nalbum/image.png\n");
        person.run(["get", "trip/album/deep", "trip/c.txt", "--zip", "some.zip"]).done();
        assert_eq!(names("some.zip"), "album/deep/b.txt\nc.txt\n");

        let refused = person.run(["get", "trip", "--zip", "album.zip"]).with(1);
        assert!(refused.err.contains("--force"), "{}", refused.err);
        person.run(["get", "trip", "--zip", "album.zip", "--force"]).done();
        assert_eq!(names("album.zip").lines().count(), 3);
        person.run(["get", "trip", "-", "--zip", "no.zip"]).with(2);
    });
}

#[test]
fn nothing_is_overwritten_silently() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        person.file("a.txt", b"first");
        person.run(["put", "a.txt"]).done();
        person.file("a.txt", b"another");
        let refused = person.run(["get", "a.txt"]).with(1);
        assert!(refused.err.contains("--force"), "{}", refused.err);
        assert_eq!(std::fs::read(person.path("a.txt")).unwrap(), b"another");
        person.run(["get", "a.txt", "--to", "b.txt"]).done();
        assert_eq!(std::fs::read(person.path("b.txt")).unwrap(), b"first");
        person.run(["get", "a.txt", "--force"]).done();
        assert_eq!(std::fs::read(person.path("a.txt")).unwrap(), b"first");

        // In the vault both are kept if one asks for it.
        person.file("a.txt", b"another");
        person.run(["put", "a.txt", "--keep-both"]).done();
        assert_eq!(person.run(["ls"]).done().text(), "a (2).txt\na.txt\n");
        assert_eq!(person.run(["get", "a (2).txt", "-"]).done().out, b"another");
    });
}

#[test]
fn files_that_are_there_and_the_same_are_skipped_if_asked() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        for name in ["same.txt", "touched.txt", "gone.txt"] {
            person.file(&format!("album/{name}"), b"first");
        }
        person.run(["put", "album"]).done();
        std::fs::remove_file(person.path("album/gone.txt")).unwrap();
        person.file("album/touched.txt", b"other");
        let epoch = std::time::SystemTime::UNIX_EPOCH;
        let touched = std::fs::File::options().write(true).open(person.path("album/touched.txt"));
        touched.unwrap().set_modified(epoch).unwrap();
        let again = person.run(["get", "album", "--skip-existing", "--json"]).with(1).json();
        assert_eq!(again["existing"], serde_json::json!(["album/same.txt"]));
        assert_eq!(again["got"][0]["path"], "album/gone.txt");
        assert_eq!(again["failed"][0]["path"], "album/touched.txt");
        assert_eq!(std::fs::read(person.path("album/touched.txt")).unwrap(), b"other");
        let forced = person.run(["get", "album", "--skip-existing", "--force"]).done();
        assert!(forced.err.contains("Skipped 2 existing files"), "{}", forced.err);
        assert_eq!(std::fs::read(person.path("album/touched.txt")).unwrap(), b"first");
    });
}

#[test]
fn what_the_vault_deletes_by_itself_is_shown_and_set() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        for bytes in [&b"first"[..], b"another", b"the third"] {
            person.file("a.txt", bytes);
            person.run(["put", "a.txt"]).done();
        }
        let shown = person.run(["settings"]).done();
        assert_eq!(shown.text(), "versions      all\nversion-days  always\ntrash-days    never\n");
        let versions = || person.run(["versions", "a.txt"]).done().text().lines().count();
        let refused = person.run(["settings", "--versions", "1"]).with(1);
        assert!(refused.err.contains("1 older version (5 bytes)"), "{}", refused.err);
        assert_eq!(versions(), 2);
        let verified = person.run(["verify", "--json"]).done().json();
        assert_eq!(verified["ok"], 3, "older versions too");
        person.run(["settings", "--versions", "1", "--trash-days", "30", "--force"]).done();
        assert_eq!(versions(), 1);
        let shown = person.run(["settings", "--json"]).done().json();
        let set = serde_json::json!({ "versions": 1, "version_days": null, "trash_days": 30 });
        assert_eq!(shown, set);
        // What another change makes due goes with it.
        person.file("a.txt", b"the fourth version");
        person.run(["put", "a.txt"]).done();
        assert_eq!(versions(), 1);
        let older = person.run(["versions", "a.txt", "--json"]).done().json();
        assert!(older[0]["expires"].is_null(), "the one version kept has no limit of days");
        person.run(["rm", "a.txt"]).done();
        let trash = person.run(["ls", "--trash", "--json"]).done().json();
        let month = 30 * 86_400_000;
        let expires = trash[0]["expires"].as_u64().unwrap();
        assert!(expires > trash[0]["added"].as_u64().unwrap() + month - 60_000);
        let line = person.run(["ls", "--trash", "-l"]).done();
        assert!(line.text().contains("a.txt  (deleted after "), "{}", line.text());
        assert_eq!(person.run(["ls", "--trash"]).done().text(), "a.txt\n");
        person.run(["settings", "--versions", "all"]).done();
        person.run(["settings", "--versions", "0"]).with(2);
    });
}

#[test]
fn streams_of_any_length() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        for (name, length) in
            [("empty", 0), ("short", 1), ("chunk", 524_288), ("long.tar", 20_000_000)]
        {
            let bytes = content(7, length);
            person.fed(["put", "-", "--name", name, "--into", "streams"], &bytes).done();
            let got = person.run(["get", &format!("streams/{name}"), "-"]).done();
            assert!(got.out == bytes, "{name}");
        }
        person.fed(["put", "-"], b"x").with(2);
        person.run(["get", "streams", "-"]).with(2);
        person.run(["get", "streams/short", "-", "--json"]).with(2);
    });
}

#[test]
fn trash_restore_rename_and_for_ever() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        person.file("box/a.txt", b"one");
        person.file("box/b.txt", b"two");
        person.run(["put", "box"]).done();
        person.run(["rm", "box"]).with(1);
        person.run(["rm", "box/a.txt"]).done();
        assert_eq!(person.run(["ls", "-r"]).done().text(), "box/b.txt\n");
        assert_eq!(person.run(["ls", "--trash"]).done().text(), "box/a.txt\n");
        person.run(["restore", "box/a.txt"]).done();
        person.run(["mv", "box", "chest"]).done();
        person.run(["mv", "chest/a.txt", "drawer/"]).done();
        assert_eq!(person.run(["ls", "-r"]).done().text(), "chest/b.txt\ndrawer/a.txt\n");
        let objects = || async {
            deployment.keys().await.iter().filter(|key| key.contains("/objects/")).count()
        };
        assert_eq!(objects().await, 2);
        person.run(["rm", "--forever", "drawer/a.txt"]).done();
        assert_eq!(objects().await, 1);
        person.run(["rm", "chest/b.txt"]).done();
        person.run(["rm", "--forever", "chest/b.txt"]).done();
        assert_eq!(objects().await, 0);
        person.run(["rm", "chest/b.txt"]).with(4);
    });
}

#[test]
fn what_belongs_to_nothing_but_is_young_stays() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        person.file("a.txt", b"one");
        person.run(["put", "a.txt"]).done();
        let before = deployment.keys().await;
        let looked = person.run(["--json", "tidy", "--remove"]).done();
        let found: serde_json::Value = serde_json::from_str(looked.text()).unwrap();
        assert_eq!(
            found,
            serde_json::json!({ "objects": 0, "bytes": 0, "uploads": 0, "removed": true })
        );
        assert_eq!(deployment.keys().await, before);
        assert_eq!(person.run(["ls"]).done().text(), "a.txt\n");
    });
}

#[test]
fn names_do_no_harm() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        let tab = Tab::new(&deployment.base_url());
        let names = [
            "up/..escape",
            "up/C:\\x",
            "up/A.txt",
            "up/a.txt",
            "up/\u{1b}[2Jclear",
            "up/-rf",
            "\\abs",
        ];
        added_by(&tab, &names.map(|name| (name, name))).await;

        let listed = person.run(["ls", "-r"]).done();
        assert!(
            !listed.text().contains('\u{1b}') && listed.text().contains("‹U+001B›"),
            "{}",
            listed.text()
        );
        let folder = person.path("target/inner");
        std::fs::create_dir_all(&folder).unwrap();
        let got = person.run(["get", "up", "\\abs", "--to", "target/inner/"]).done();
        assert!(!got.err.contains('\u{1b}'));
        let inside = below(&folder);
        assert_eq!(inside.len(), names.len(), "{inside:?}");
        assert_eq!(below(&person.path("target")), inside, "nothing outside");
        let mut contents: Vec<_> =
            inside.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
        contents.sort();
        let mut expected = names.map(str::to_owned).to_vec();
        expected.sort();
        assert_eq!(contents, expected);
        let lower: std::collections::BTreeSet<_> =
            inside.iter().map(|path| path.to_str().unwrap().to_lowercase()).collect();
        assert_eq!(lower.len(), names.len(), "twins are told apart");
    });
}

#[test]
fn what_is_no_name_is_refused_and_nothing_moves() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        person.file("a.txt", b"one");
        person.run(["put", "a.txt"]).done();
        for to in [
            "..",
            ".",
            " ",
            "../up.txt",
            "box/../up.txt",
            "box//up.txt",
            "\u{200b}",
            &"x".repeat(256),
        ] {
            let refused = person.run(["mv", "a.txt", to]).with(2);
            assert!(
                refused.err.contains("name") && refused.err.contains("Nothing was changed"),
                "{}",
                refused.err
            );
        }
        for arguments in [["put", "a.txt", "--into", ".."], ["put", "a.txt", "--name", " "]] {
            person.run(arguments).with(2);
        }
        assert_eq!(person.run(["ls", "-r"]).done().text(), "a.txt\n");
        // The disk may have such a name: it is not added, and the file stays where it is.
        person.file("\u{feff}", b"unseen");
        let refused = person.run(["put", "\u{feff}"]).with(1);
        assert!(refused.err.contains("no visible characters"), "{}", refused.err);
        assert_eq!(person.run(["ls", "-r"]).done().text(), "a.txt\n");
    });
}

#[test]
fn twins_of_the_longest_name_are_both_got() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        for name in [format!("{}.txt", "x".repeat(250)), "絵".repeat(85)] {
            for content in [b"one", b"two"] {
                let path = format!("in/{name}");
                person.file(&path, content);
                person.run(["put", &path, "--into", "in", "--keep-both"]).done();
            }
        }
        person.run(["get", "in", "--to", "out/"]).done();
        let mut contents: Vec<_> =
            below(&person.path("out")).iter().map(|path| std::fs::read(path).unwrap()).collect();
        contents.sort();
        assert_eq!(contents, [b"one", b"one", b"two", b"two"]);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_utf_8_is_told() {
    use std::os::unix::ffi::OsStrExt;

    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        let name = std::ffi::OsStr::from_bytes(b"caf\xe9.txt");
        std::fs::create_dir_all(person.path("in")).unwrap();
        std::fs::write(person.path("in").join(name), "one").unwrap();
        let put = person.run(["put", "in"]).done();
        assert!(
            put.err.contains("caf\\xe9.txt") && put.err.contains("caf\u{fffd}.txt"),
            "{}",
            put.err
        );
        let put = person.run(["put", "in", "--json"]).done();
        let warning = put.err.lines().find(|line| line.contains("not UTF-8")).unwrap();
        let warning: serde_json::Value = serde_json::from_str(warning).unwrap();
        assert!(warning["warning"].as_str().unwrap().contains("caf\u{fffd}.txt"), "{warning}");
        assert!(person.run(["ls", "-r"]).done().text().contains("in/caf\u{fffd}.txt"));
    });
}

#[cfg(unix)]
#[test]
fn why_a_file_was_not_written_is_told() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        person.file("a.txt", b"one");
        person.run(["put", "a.txt"]).done();
        // A file where the folder should be is neither room nor right.
        person.file("file", b"");
        let refused = person.run(["get", "a.txt", "--to", "file/a.txt"]).with(1);
        assert!(refused.err.contains("could not be written to this machine"), "{}", refused.err);
        // /proc takes no files, whoever asks.
        let refused = person.run(["get", "a.txt", "--to", "/proc/a.txt", "--json"]).with(1);
        let failed = &refused.json()["failed"][0]["error"];
        assert!(["target-denied", "target"].contains(&failed.as_str().unwrap()), "{failed}");
    });
}

#[test]
fn folders_are_made_moved_and_deleted_as_one() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        person.file("album/a.txt", b"one");
        person.file("album/deep/b.txt", b"two");
        person.file("album/.DS_Store", b"clutter");
        std::fs::create_dir(person.path("album/empty")).unwrap();
        let put = person.run(["put", "album"]).done();
        assert!(put.err.contains("Skipped 1 system file."), "{}", put.err);
        let listed = person.run(["ls", "album"]).done();
        assert_eq!(listed.text(), "album/deep/\nalbum/empty/\nalbum/a.txt\n");
        person.run(["mkdir", "new/deep"]).done();
        person.run(["mkdir", "new"]).with(1);
        assert_eq!(person.run(["ls"]).done().text(), "album/\nnew/\n");
        assert_eq!(person.run(["ls", "new"]).done().text(), "new/deep/\n");
        assert_eq!(person.run(["mv", "album", "new/", "--json"]).done().json()["files"], 2);
        person.run(["mv", "new", "new/deep/"]).with(1);
        assert_eq!(
            person.run(["ls", "-r"]).done().text(),
            "new/album/a.txt\nnew/album/deep/b.txt\n"
        );
        person.run(["rm", "new"]).with(1);
        person.run(["rm", "-r", "new"]).done();
        assert_eq!(person.run(["ls"]).done().text(), "");
        assert_eq!(
            person.run(["ls", "--trash"]).done().text(),
            "new/album/a.txt\nnew/album/deep/b.txt\n"
        );
        person.run(["restore", "new"]).done();
        assert_eq!(person.run(["ls", "new"]).done().text(), "new/album/\nnew/deep/\n");
        person.run(["rm", "-r", "--forever", "new/album", "new/deep"]).done();
        assert_eq!(person.run(["ls", "--trash"]).done().text(), "");
        assert_eq!(person.run(["ls"]).done().text(), "new/\n");
    });
}

#[test]
fn what_is_there_already_is_not_sent_again_and_what_differs_is_a_version() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        person.file("album/a.txt", b"one");
        person.file("album/b.txt", b"two");
        person.run(["put", "album"]).done();
        let again = person.run(["put", "album", "--json"]).done().json();
        assert_eq!(again["added"].as_array().unwrap().len(), 0);
        assert_eq!(again["unchanged"], serde_json::json!(["album/a.txt", "album/b.txt"]));
        person.file("album/a.txt", b"changed");
        person.run(["put", "album", "--skip-existing"]).done();
        assert_eq!(person.run(["get", "album/a.txt", "-"]).done().out, b"one");
        let put = person.run(["put", "album"]).done();
        assert!(put.err.contains("1 new version added."), "{}", put.err);
        assert!(put.err.contains("Skipped 1 unchanged file."), "{}", put.err);
        assert_eq!(person.run(["get", "album/a.txt", "-"]).done().out, b"changed");
        assert_eq!(person.run(["ls", "-r"]).done().text(), "album/a.txt\nalbum/b.txt\n");
        let versions = person.run(["versions", "album/a.txt", "--json"]).done().json();
        let id = versions[0]["id"].as_str().unwrap().to_owned();
        person.run(["versions", "album/a.txt", "--restore", &id]).done();
        assert_eq!(person.run(["get", "album/a.txt", "-"]).done().out, b"one");
        person.run(["versions", "album/a.txt", "--restore", &id]).with(4);
    });
}
