//! Signing in and out, and what is kept of it.

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
        let login = ["login", &person.address, "--user", NAME, "--password-file", file.to_str().unwrap()];
        let signed_in = person.run(login).done();
        assert!(signed_in.err.contains("as ada: 0 files"), "{}", signed_in.err);
        person.run(["ls"]).done();
        let status = person.run(["status", "--json"]).done().json();
        assert_eq!((&status["user"], &status["read_only"]), (&"ada".into(), &false.into()));
        assert_eq!(status["merges"], serde_json::json!([]));
        assert_eq!(person.run(["merge", "--json"]).done().json(), serde_json::json!({ "merged": 0 }));

        let another =
            person.fed(["login", "https://elsewhere.example", "--user", NAME, "--password-stdin"], b"x");
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
fn secrets_are_in_one_file_that_only_its_owner_reads() {
    use std::os::unix::fs::PermissionsExt;

    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        person.file("plain.txt", b"a line that nobody else reads");
        person.run(["put", "plain.txt"]).done();
        person.run(["ls", "-l"]).done();
        let keys = std::fs::read(person.state().join("default/keys")).unwrap();
        // The last 64 bytes are the seed of the login and the vault key.
        let secrets = [&keys[keys.len() - 32..], &keys[keys.len() - 64..keys.len() - 32]];
        for path in below(&person.state()) {
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{path:?} has mode {mode:o}");
            let bytes = std::fs::read(&path).unwrap();
            let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
            assert!(!holds(PASSWORD.as_bytes()) && !holds(b"nobody else reads"), "{path:?}");
            if !path.ends_with("keys") {
                assert!(!secrets.iter().any(|secret| holds(secret)), "{path:?} holds a key");
            }
        }
        let mode = std::fs::metadata(person.state().join("default")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "the folder has mode {mode:o}");
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
        assert_eq!(deployment.keys().await.iter().filter(|key| key.starts_with("logins/")).count(), 1);
    });
}
