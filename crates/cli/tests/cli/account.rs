//! Signing in and out, and what is kept of it.

use frond::account;
use frond::secret::Password;
use frond::software::Software;

use super::person::below;
use super::*;

#[test]
fn signing_in_stays_and_signing_out_leaves_nothing() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::new(&deployment).await;
        assert!(person.run(["ls"]).with(3).err.contains("frond login"));

        let login = ["login", &person.address, "--user", NAME, "--password-stdin"];
        let wrong = person.fed(login, b"cake-gauge-patch-three-candy-ghost-peaces").with(3);
        assert!(wrong.err.contains("Wrong username or password"), "{}", wrong.err);
        person.run(["ls"]).with(3);
        let file = person.file("password", format!("{PASSWORD}\n").as_bytes());
        let login =
            ["login", &person.address, "--user", NAME, "--password-file", file.to_str().unwrap()];
        let signed_in = person.run(login).done();
        assert!(signed_in.err.contains("as ada: 0 files"), "{}", signed_in.err);
        person.run(["ls"]).done();
        let status = person.run(["status"]).done();
        assert!(status.text().contains("list fingerprint: "), "{}", status.text());
        let status = person.run(["status", "--json"]).done().json();
        assert_eq!((&status["user"], &status["read_only"]), (&"ada".into(), &false.into()));
        assert_eq!(status["merges"], serde_json::json!([]));
        assert_eq!(
            person.run(["merge", "--json"]).done().json(),
            serde_json::json!({ "merged": 0 })
        );

        let another = person
            .fed(["login", "https://elsewhere.example", "--user", NAME, "--password-stdin"], b"x");
        assert!(another.with(1).err.contains("--profile"));
        person.run(["logout"]).done();
        assert!(below(&person.state()).is_empty(), "{:?}", below(&person.state()));
        person.run(["ls"]).with(3);
    });
}

#[test]
fn several_accounts_on_one_machine() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        person.run(["ls", "--profile", "work"]).with(3);
        for odd in ["../x", "", ".", "a/b"] {
            person.run(["ls", "--profile", odd]).with(2);
        }
        person.run(["ls"]).done();
    });
}

#[test]
fn no_secret_lies_in_the_state_folder_in_clear() {
    use std::os::unix::fs::PermissionsExt;

    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        person.file("plain.txt", b"a line that nobody else reads");
        person.run(["put", "plain.txt"]).done();
        person.run(["ls", "-l"]).done();
        let key =
            deployment.keys().await.into_iter().find(|key| key.starts_with("logins/")).unwrap();
        let record = serde_json::from_slice(&deployment.object(&key).await).unwrap();
        let name = String::from_utf8(deployment.object("deployment").await).unwrap();
        let (name, user) =
            (account::Deployment::parse(&name).unwrap(), account::Username::parse(NAME).unwrap());
        let root = account::root(&Software, &name, &user, &Password::new(PASSWORD.to_owned()))
            .await
            .unwrap();
        let (seed, keyring) = (root.login_seed(), account::Keyring::open(&root, &record).unwrap());
        for path in below(&person.state()) {
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{path:?} has mode {mode:o}");
            let bytes = std::fs::read(&path).unwrap();
            let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
            assert!(!holds(PASSWORD.as_bytes()) && !holds(b"nobody else reads"), "{path:?}");
            for secret in [seed.expose(), keyring.vault_key.expose(), root.expose()] {
                assert!(!holds(secret), "{path:?} holds a key");
            }
        }
        let mode = std::fs::metadata(person.state().join("default")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "the folder has mode {mode:o}");
    });
}

/// How many sessions are open, on whatever device.
async fn shares(deployment: &Deployment) -> usize {
    deployment.keys().await.iter().filter(|key| key.ends_with("/share")).count()
}

#[test]
fn what_logout_leaves_and_a_copy_from_before_open_nothing() {
    story(async {
        let mut deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        let copies = [(); 2].map(|()| {
            let copy = Person::again(&deployment);
            let copied = std::process::Command::new("cp")
                .arg("-r")
                .arg(person.state())
                .arg(copy.state())
                .status();
            assert!(copied.unwrap().success());
            copy
        });
        copies[0].run(["ls"]).done();
        // Without the server nothing opens, and nothing is lost.
        deployment.stop_endpoint();
        assert!(person.run(["ls"]).with(5).err.contains("do not open without it"));
        assert!(
            person.run(["put", "x", "--wait", "0"]).with(5).err.contains("do not open without it")
        );
        assert!(person.run(["logout"]).with(5).err.contains("--force"));
        deployment.start_endpoint().await;
        let before = shares(&deployment).await;
        person.run(["logout"]).done();
        assert_eq!(shares(&deployment).await, before - 1);
        for copy in &copies {
            copy.run(["ls"]).with(3);
        }
    });
}

#[test]
fn an_account_is_made_at_the_terminal() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::again(&deployment);
        let signup = ["signup", &person.address, "--user", NAME, "--password-stdin"];
        assert!(person.fed(signup, b"123456789012").with(1).err.contains("too easy to guess"));
        person.run(["ls"]).with(3);
        person.fed(signup, PASSWORD.as_bytes()).done();
        person.run(["ls"]).done();
        let other = Person::again(&deployment);
        assert!(other.fed(signup, PASSWORD.as_bytes()).with(1).err.contains("Sign in instead"));
        other.sign_in();
        assert_eq!(
            deployment.keys().await.iter().filter(|key| key.starts_with("logins/")).count(),
            1
        );
    });
}

const NEW: &str = "truck-orbit-salad-velvet-inmate-gravity-pledge";

#[test]
fn a_new_password_takes_the_place_of_the_old_one() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        let other = Person::again(&deployment);
        other.sign_in();
        person.file("a.txt", b"text");
        person.run(["put", "a.txt"]).done();
        let objects = async || {
            let mut keys = deployment.keys().await;
            keys.retain(|key| key.contains("/objects/") || key.contains("/log/"));
            keys
        };
        let before = objects().await;

        let file = |name: &str, password: &str| {
            person.file(name, password.as_bytes()).to_str().unwrap().to_owned()
        };
        let (old, new) = (file("old", PASSWORD), file("new", NEW));
        let (weak, wrong) = (file("weak", "123456789012"), file("wrong", &format!("{PASSWORD}s")));
        let change = |current: &str, new: &str| {
            person.run(["password", "--password-file", current, "--new-password-file", new])
        };
        let without = person.run(["password", "--password-file", &old]).with(2);
        assert!(without.err.contains("--new-password-file"), "{}", without.err);
        let mut ends = Vec::new();
        for (current, new, code, said) in [
            (&wrong, &new, 3, "not your current password"),
            (&old, &old, 1, "your current password already"),
            (&old, &weak, 1, "too easy to guess"),
            (&old, &new, 0, "Changed the password."),
        ] {
            let ended = change(current, new).with(code);
            assert!(ended.err.contains(said), "{}", ended.err);
            ends.push(ended);
        }

        assert_eq!(objects().await, before, "no file is touched");
        person.run(["ls"]).done();
        other.run(["ls"]).with(3);
        let login = ["login", &other.address, "--user", NAME, "--password-stdin"];
        let refused = other.fed(login, PASSWORD.as_bytes()).with(3);
        assert!(refused.err.contains("Wrong username or password"), "{}", refused.err);
        other.fed(login, NEW.as_bytes()).done();
        let back = person.run(["password", "--json", "--password-file", &new]);
        assert!(back.with(2).out.is_empty());

        // Neither password lies in what the program keeps, nor in what it said.
        for said in ends {
            let text = [said.text(), &said.err].concat();
            assert!(!text.contains(PASSWORD) && !text.contains(NEW), "{text}");
        }
        for path in below(&person.state()) {
            let bytes = std::fs::read(&path).unwrap();
            let holds =
                |needle: &str| bytes.windows(needle.len()).any(|at| at == needle.as_bytes());
            assert!(!holds(PASSWORD) && !holds(NEW), "{path:?} holds a password");
        }
    });
}

#[test]
fn an_account_is_deleted_once_its_name_and_password_are_given() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        let other = Person::again(&deployment);
        other.sign_in();
        person.file("a.txt", b"text");
        person.run(["put", "a.txt"]).done();
        let file = |name: &str, password: &str| {
            person.file(name, password.as_bytes()).to_str().unwrap().to_owned()
        };
        let (right, wrong) = (file("right", PASSWORD), file("wrong", &format!("{PASSWORD}s")));
        let delete = |name: &str, password: &str| {
            person.run(["delete-account", "--confirm", name, "--password-file", password])
        };
        let before = deployment.keys().await;
        person.run(["delete-account"]).with(2);
        person.run(["delete-account", "--password-file", &right]).with(2);
        let name = delete("eda", &right).with(1);
        assert!(name.err.contains("not your username"), "{}", name.err);
        let password = delete(NAME, &wrong).with(3);
        assert!(password.err.contains("not your current password"), "{}", password.err);
        assert_eq!(deployment.keys().await, before);

        let deleted = delete(NAME, &right).done();
        assert!(deleted.err.contains("1 file (4 bytes)"), "{}", deleted.err);
        assert!(deleted.err.contains("The account was deleted."), "{}", deleted.err);
        assert!(deployment.keys().await.iter().all(|key| !key.contains('/')));
        assert_eq!(below(&person.state()), Vec::<std::path::PathBuf>::new());
        person.run(["ls"]).with(3);
        other.run(["ls"]).with(3);
        let login = ["login", &other.address, "--user", NAME, "--password-stdin"];
        Person::again(&deployment).fed(login, PASSWORD.as_bytes()).with(3);
    });
}
