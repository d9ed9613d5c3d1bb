//! `frond.toml`, the environment, and what is kept where nothing is configured.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use frond_config::{Config, ConfigError, Origin};
use frond_endpoint::embedded::Embedded;
use frond_wire::Registration;
use serde_json::Value;

const EXAMPLE: &str = include_str!("../../../../frond.example.toml");
const SECRET: &str = "MARKER-that-must-not-be-shown";

fn env(name: &str) -> Option<String> {
    match name {
        "FROND_ACCESS_KEY" => Some("AKEXAMPLE".to_owned()),
        "FROND_SECRET_KEY" => Some(SECRET.to_owned()),
        _ => None,
    }
}

fn changed(from: &str, to: &str) -> Result<Config, ConfigError> {
    assert!(EXAMPLE.contains(from), "{from}");
    Config::parse(&EXAMPLE.replacen(from, to, 1), env)
}

#[test]
fn the_example_parses_as_it_says() {
    let config = Config::parse(EXAMPLE, env).unwrap();
    assert_eq!(config.deployment, "files.example.org");
    assert_eq!(config.store.origin(), "https://example-frond.s3.eu-central-1.amazonaws.com");
    assert_eq!(config.accounts.registration, Registration::Invite);
    assert_eq!(config.accounts.invites.len(), 1);
    assert_eq!(config.limits.quota_bytes, Some(100 << 30));
    assert_eq!(config.presign_seconds, 900);
    assert!(config.store.conditional);
    // Without a proxy anybody writes the header: who has one says so.
    assert!(!config.limits.forwarded);
    assert_eq!(config.limits.proxies.get(), 1);
}

#[test]
fn what_is_wrong_is_an_error_that_names_the_setting() {
    for (from, to, named) in [
        ("listen =", "lisen =", "lisen"),
        ("[limits]", "[limits]\nmore = 1", "more"),
        ("bucket =", "buckets =", "buckets"),
        ("[accounts]", "[account]", "account"),
        ("deployment = \"files.example.org\"", "", "deployment"),
        ("\"files.example.org\"", "\"Files\"", "deployment"),
        ("\"files.example.org\"", "\"\"", "deployment"),
        ("[\"https://files.example.org\"]", "[]", "public_origins"),
        ("https://files.example.org", "https://files.example.org/", "public_origins"),
        ("https://files.example.org", "https://files.example.org:443", "public_origins"),
        ("https://files.example.org", "https://FILES.example.org", "public_origins"),
        ("https://files.example.org", "files.example.org", "public_origins"),
        ("https://files.example.org", "file:///", "public_origins"),
        (
            "https://files.example.org",
            "https://example-frond.s3.eu-central-1.amazonaws.com",
            "public_origins",
        ),
        ("presign_seconds = 900", "presign_seconds = 901", "presign_seconds"),
        ("presign_seconds = 900", "presign_seconds = 0", "presign_seconds"),
        ("presign_seconds = 900", "presign_seconds = -1", "u64"),
        (
            "https://s3.eu-central-1.amazonaws.com",
            "s3.eu-central-1.amazonaws.com",
            "store.endpoint",
        ),
        ("https://s3.eu-central-1.amazonaws.com", "ftp://s3.example", "store.endpoint"),
        ("\"example-frond\"", "\"example/frond\"", "store.bucket"),
        ("prefix = \"\"", "prefix = \"a\"", "store.prefix"),
        ("prefix = \"\"", "prefix = \"../\"", "store.prefix"),
        ("prefix = \"\"", "prefix = \"a//\"", "store.prefix"),
        ("registration = \"invite\"", "registration = \"anyone\"", "anyone"),
        ("7b4dd743", "7B4DD743", "accounts.invites"),
        ("7b4dd743", "spring-7", "accounts.invites"),
        ("logins = []", "logins = [\"x\"]", "accounts.logins"),
        ("max_object_bytes = 5_497", "max_object_bytes = 0 # 5_497", "max_object_bytes"),
        ("requests_per_second = 50", "requests_per_second = 0", "nonzero"),
        ("# proxies = 1", "proxies = 0", "nonzero"),
        ("# credentials_file", "credentials_file", "/etc/frond/credentials.json"),
    ] {
        let Err(error) = changed(from, to) else { panic!("accepted: {to}") };
        let error = error.to_string();
        assert!(error.contains(named), "{to}: {error}");
    }
    assert!(matches!(Config::parse(EXAMPLE, |_| None), Err(ConfigError::Credentials)));
}

#[test]
fn credentials_come_from_the_environment_or_a_file_and_are_never_shown() {
    let aws = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" => Some("AKEXAMPLE".to_owned()),
        "AWS_SECRET_ACCESS_KEY" | "AWS_SESSION_TOKEN" => Some(SECRET.to_owned()),
        _ => None,
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials.json");
    fs::write(&file, format!(r#"{{"access_key":"AKEXAMPLE","secret_key":"{SECRET}"}}"#)).unwrap();
    let with_file = EXAMPLE.replace(
        "# credentials_file = \"/etc/frond/",
        &format!("credentials_file = \"{}/", folder.path().display()),
    );
    for config in [
        Config::parse(EXAMPLE, env),
        Config::parse(EXAMPLE, aws),
        Config::parse(&with_file, |_| None),
    ] {
        let config = config.unwrap();
        assert_eq!(
            (config.store.credentials.key(), config.store.credentials.secret()),
            ("AKEXAMPLE", SECRET)
        );
        let shown = format!("{config:?} {config:#?}");
        assert!(shown.contains("files.example.org"));
        assert!(!shown.contains(SECRET) && !shown.contains("7b4dd743"));
    }
    // Nor in an error about the line that holds it.
    let misplaced = EXAMPLE.replace("[limits]", &format!("[limits]\nsecret_key = \"{SECRET}\""));
    let broken = EXAMPLE.replace("[limits]", &format!("[limits]\nsecret_key = \"{SECRET}"));
    fs::write(&file, format!(r#"{{"secret_key":"{SECRET}"}}"#)).unwrap();
    for text in [misplaced, broken, with_file] {
        let error = Config::parse(&text, |_| None).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(SECRET), "{error}");
    }
}

#[test]
fn an_origin_knows_its_hosts() {
    let https = Origin::parse("https://files.example.org").unwrap();
    for (host, ours) in [
        ("files.example.org", true),
        ("FILES.example.org", true),
        ("files.example.org:443", true),
        ("files.example.org:80", false),
        ("files.example.org:8443", false),
        ("files.example.org.", false),
        ("x.files.example.org", false),
        ("", false),
    ] {
        assert_eq!(https.is_host(host), ours, "{host}");
    }
    assert!(Origin::parse("http://[::1]:8080").unwrap().is_host("[::1]:8080"));
}

#[test]
fn without_a_configuration_what_is_made_once_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let env = |name: &str| (name == "FROND_DATA").then(|| data.display().to_string());
    let place = Embedded::from_env(env).unwrap();
    assert_eq!(
        (place.listen.to_string(), place.store_listen.to_string()),
        ("127.0.0.1:8080".into(), "127.0.0.1:8081".into())
    );
    let first = place.kept().unwrap();
    let config = place.config(&first, place.listen, ([127, 0, 0, 1], 4567).into()).unwrap();
    assert_eq!(config.accounts.registration, Registration::Open);
    assert_eq!(
        config.origins.iter().map(Origin::as_str).collect::<Vec<_>>(),
        ["http://localhost:8080", "http://127.0.0.1:8080"]
    );

    let file = data.join("store-credentials.json");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for made in [&file, &data.join("deployment")] {
        assert_eq!(mode(made), 0o600);
    }
    assert_eq!(mode(&data), 0o700);
    // A folder of an earlier version is closed; one that holds something else as well is not
    // Frond's to close.
    for (other, closed) in [(None, 0o700), (Some("notes.txt"), 0o755)] {
        if let Some(other) = other {
            fs::write(data.join(other), "").unwrap();
        }
        fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
        place.kept().unwrap();
        assert_eq!(mode(&data), closed, "{other:?}");
    }
    let written: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(written["access_key"], first.access_key);
    assert_eq!(written["secret_key"], first.secret_key);
    assert_eq!(written["bucket"], "frond");
    assert_eq!(written["endpoint"], "http://127.0.0.1:4567");
    assert!(!format!("{first:?} {config:?}").contains(&first.secret_key));

    let again = place.kept().unwrap();
    assert_eq!((again.deployment, again.access_key), (first.deployment.clone(), first.access_key));
    let other = Embedded { data: folder.path().join("other"), ..place }.kept().unwrap();
    assert_ne!(other.deployment, first.deployment);
}

#[test]
fn without_a_configuration_only_loopback_is_listened_on() {
    for name in ["FROND_LISTEN", "FROND_STORE_LISTEN"] {
        let at =
            |address: &str| Embedded::from_env(|asked| (asked == name).then(|| address.to_owned()));
        for bad in
            ["0.0.0.0:8080", "192.168.1.5:8080", "[::]:8080", "example.org:80", "8080", "localhost"]
        {
            assert!(at(bad).unwrap_err().to_string().contains(name), "{bad}");
        }
        for good in ["127.0.0.1:0", "[::1]:8080", "localhost:9"] {
            assert!(at(good).is_ok(), "{good}");
        }
    }
}

#[test]
fn what_the_documentation_shows_parses() {
    let text = include_str!("../../../../docs/STORES.md");
    let blocks = |language: &str| -> Vec<String> {
        let open = format!("```{language}\n");
        text.split(&open)
            .skip(1)
            .filter_map(|rest| rest.split("```").next())
            .map(str::to_owned)
            .collect()
    };
    let toml = blocks("toml");
    assert_eq!(toml.len(), 1);
    for block in toml {
        let config =
            Config::parse(&block.replace("credentials_file", "# credentials_file"), env).unwrap();
        assert_eq!(config.deployment, "files.example.org");
    }
    let json = blocks("json");
    assert_eq!(json.len(), 4);
    for block in json {
        serde_json::from_str::<Value>(&block).unwrap();
    }
}
