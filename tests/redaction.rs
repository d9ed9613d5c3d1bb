//! No secret in Debug: every type that holds one is formatted and searched for it.

#![cfg(test)]

use frond::account::{AccountId, Deployment, Keyring, Login, Username};
use frond::fernet::{self, MultiFernet};
use frond::object::{Header, Meta, ObjectId, Opener};
use frond::secret::{
    ContentKey, FernetKey, FileKey, LoginSeed, Password, Root, ShareSecret, VaultKey,
};
use wasm_bindgen_test::wasm_bindgen_test;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// 32 bytes that read as text, in decimal and in hex are easily found.
const MARKER: &[u8; 32] = b"MARKERMARKERMARKERMARKERMARKER!!";

fn hides(what: &str, formatted: &str) {
    let lower = formatted.to_lowercase();
    let decimal = "77, 65, 82, 75";
    for trace in ["marker", "4d41524b", "4d, 41, 52", decimal, "tufss0"] {
        assert!(!lower.contains(trace), "{what} shows {trace}: {formatted}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn secrets_are_not_shown() {
    let text = || String::from_utf8(MARKER.to_vec()).unwrap();
    let id = ObjectId::parse("019aafcc-6780-79b3-a699-92983e5d69ef").unwrap();
    let fernet_key = || FernetKey::copied(MARKER);
    let token = fernet::seal(&fernet_key(), 7, [3; 16], MARKER);
    let meta = Meta { name: "x".to_owned(), size: 0, media_type: String::new(), modified: None };
    let header = Header::seal(&FileKey::copied(MARKER), &id, &meta, [3; 16]).unwrap();
    let opener =
        Opener::new(&id, FileKey::copied(MARKER).content_key(), 0, header.bytes(), &[0; 32], None)
            .unwrap();
    let account = AccountId::from_bytes([5; 16]);
    let formatted = [
        ("Root", format!("{:?} {:#?}", Root::copied(MARKER), Root::copied(MARKER))),
        ("LoginSeed", format!("{:?}", LoginSeed::copied(MARKER))),
        ("VaultKey", format!("{:?}", VaultKey::copied(MARKER))),
        ("FileKey", format!("{:?}", FileKey::copied(MARKER))),
        ("ContentKey", format!("{:?}", ContentKey::copied(MARKER))),
        ("ShareSecret", format!("{:?}", ShareSecret::copied(MARKER))),
        ("FernetKey", format!("{:?}", fernet_key())),
        ("Password", format!("{:?} {:#?}", Password::new(text()), Password::new(text()))),
        ("Username", format!("{:?}", Username::parse("marker").unwrap())),
        ("MultiFernet", format!("{:#?}", MultiFernet::new(fernet_key(), vec![fernet_key()]))),
        ("Opened", format!("{:?}", fernet::open(&fernet_key(), &token).unwrap())),
        ("Login", format!("{:#?}", Login::from_seed(LoginSeed::copied(MARKER)))),
        (
            "Keyring",
            format!(
                "{:#?}",
                Keyring { account, vault_key: VaultKey::copied(MARKER), username: None }
            ),
        ),
        ("Opener", format!("{opener:?}")),
        ("Meta", format!("{:?}", Meta { name: text(), media_type: text(), ..meta })),
    ];
    for (what, formatted) in formatted {
        hides(what, &formatted);
    }
    // The search itself finds what it looks for.
    assert!(format!("{:?}", Deployment::parse("marker").unwrap()).contains("marker"));
}

/// Errors are one sentence, the same for every occurrence: there is nothing in them to hide.
#[wasm_bindgen_test(unsupported = test)]
fn errors_say_nothing_of_the_input() {
    let errors = [
        FernetKey::from_text("MARKER").unwrap_err().to_string(),
        fernet::decrypt(&FernetKey::copied(MARKER), "MARKER").unwrap_err().to_string(),
        frond::account::recovery_root("MARKER").unwrap_err().to_string(),
        ShareSecret::from_text("MARKER").unwrap_err().to_string(),
        ObjectId::parse("MARKER").unwrap_err().to_string(),
        AccountId::parse("MARKER").unwrap_err().to_string(),
        Username::parse("MARKER MARKER").unwrap_err().to_string(),
    ];
    for error in errors {
        hides("an error", &error);
    }
}
