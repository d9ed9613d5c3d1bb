//! `frond-endpoint check`: the sentences, the warnings, the lines of errors.

use frond_config::Config;
use frond_endpoint::check::Report;

const EXAMPLE: &str = include_str!("../../../../frond.example.toml");

fn env(name: &str) -> Option<String> {
    name.starts_with("FROND_")
        .then(|| if name == "FROND_DIST" { "/nowhere".to_owned() } else { name.to_owned() })
}

const FORWARDED: (&str, &str) = ("forwarded = false", "forwarded = true");

fn report(changes: &[(&str, &str)]) -> String {
    let text = changes.iter().fold(EXAMPLE.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    Report::of(&Config::parse(&text, env).unwrap()).to_string()
}

#[test]
fn the_example_is_said_in_sentences() {
    let said = report(&[]);
    for sentence in [
        "The deployment is files.example.org.",
        "The endpoint is reached at https://files.example.org.",
        "It listens on 127.0.0.1:8080 and takes a caller's address from the connection.",
        "Files lie in the bucket example-frond at https://\
         example-frond.s3.eu-central-1.amazonaws.com/, region eu-central-1.",
        "The key for it comes from the environment: FROND_ACCESS_KEY and FROND_SECRET_KEY.",
        "If-None-Match",
        "1 invite code can make an account each.",
        "A file may be stored in up to 5 TiB.",
        "An account may store 100 GiB.",
        "A login may ask 50 times a second, an address 200 times; in a burst 5 times that.",
        "refused everywhere after 10 seconds; what it had signed before lives up to 900 seconds",
    ] {
        assert!(said.contains(sentence), "{sentence}\n{said}");
    }
    let warnings: Vec<_> = said.lines().filter(|line| line.starts_with("warning: ")).collect();
    // The quota of the example is below its largest object, whoever puts a proxy in front has to
    // say so, and the page is not built where it looks.
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    assert!(!said.contains("7b4dd743"));
}

#[test]
fn what_is_risky_is_warned_of() {
    for (changes, warned) in [
        (
            &[("registration = \"invite\"", "registration = \"open\"")][..],
            "anybody can fill the bucket",
        ),
        (
            &[(
                "invites = [\"7b4dd7438dfb54baaf45a45e4ba5d19b7a6dccc99b4b28db30c0f8ba4d3c5ee0\"]",
                "",
            )],
            "no invite code",
        ),
        (&[("registration = \"invite\"", "registration = \"closed\"")], "count for nothing"),
        (&[("quota_bytes", "# quota_bytes")], "There is no quota_bytes"),
        (&[("[\"https://files", "[\"http://files")], "no cryptography"),
        (
            &[(
                "[\"https://files.example.org\"]",
                "[\"https://a.example\", \"https://a.example\"]",
            )],
            "twice",
        ),
        (&[("endpoint = \"https:", "endpoint = \"http:")], "The store is not https"),
        (&[FORWARDED, ("127.0.0.1:8080", "0.0.0.0:8080")], "can be reached past the proxy"),
        (&[FORWARDED, ("[\"https://files", "[\"http://files")], "as if no proxy stood in front"),
        (&[("# proxies = 1", "proxies = 2")], "proxies counts for nothing"),
        (&[], "share one rate"),
        (&[], "There is no page in /nowhere"),
    ] {
        let said = report(changes);
        assert!(
            said.lines().any(|line| line.starts_with("warning: ") && line.contains(warned)),
            "{warned}\n{said}"
        );
    }
    // And nothing of the kind where there is nothing of the kind.
    let calm = report(&[
        FORWARDED,
        ("max_object_bytes = 5_497_558_138_880", "max_object_bytes = 1_073_741_824"),
    ]);
    assert_eq!(calm.matches("warning: ").count(), 1, "{calm}");
}

#[cfg(unix)]
#[test]
fn a_credentials_file_that_others_may_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials.json");
    std::fs::write(&file, r#"{"access_key":"a","secret_key":"SECRET"}"#).unwrap();
    for (mode, warned) in [(0o644, true), (0o600, false)] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let line = format!("credentials_file = \"{}\"", file.display());
        let said = report(&[("# credentials_file = \"/etc/frond/credentials.json\"", &line)]);
        assert_eq!(said.contains("chmod 600"), warned, "{said}");
        assert!(!said.contains("SECRET"));
    }
}

#[test]
fn errors_name_the_line() {
    let line = |of: &str| 1 + EXAMPLE.lines().position(|line| line.starts_with(of)).unwrap();
    for (from, to, at) in [
        ("listen =", "lisen =", line("listen")),
        ("presign_seconds = 900", "presign_seconds = 901", line("presign_seconds")),
        ("path_style = false", "path_style = 0", line("path_style")),
        ("prefix = \"\"", "prefix = \"../\"", line("prefix")),
        ("7b4dd743", "spring-7", line("invites")),
        ("max_object_bytes = 5_497", "max_object_bytes = 0 # 5_497", line("max_object_bytes")),
        ("https://files.example.org", "https://files.example.org/", line("public_origins")),
        ("[limits]", "[limits", line("[limits]")),
    ] {
        let error = Config::parse(&EXAMPLE.replacen(from, to, 1), env).unwrap_err().to_string();
        assert!(error.starts_with(&format!("line {at}: ")), "{to}: {error}");
    }
}
