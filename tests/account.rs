//! Accounts: names, passwords, recovery words, keyrings, and signed requests.

#![cfg(test)]

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use ed25519_dalek::{Signature, VerifyingKey};
use frond::account::{
    AccountId, Deployment, Forged, Keyring, Login, LoginId, PasswordFault, Username, added_login,
    authorise, passkey_salt, recovery_root, recovery_words, salt,
};
use frond::fernet;
use frond::object::ObjectId;
use frond::secret::{LoginSeed, Password, Root, ShareSecret, VaultKey};
use frond_wire::{AddedLogin, Claims, Header, LoginKind, LoginRecord};
use sha2::{Digest, Sha256};
use wasm_bindgen_test::wasm_bindgen_test;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

const NOW: u64 = 1_763_886_000;

fn account() -> AccountId {
    AccountId::from_bytes([5; 16])
}

fn keyring(vault_key: [u8; 32]) -> Keyring {
    Keyring { account: account(), vault_key: VaultKey::copied(&vault_key), username: None }
}

fn root(byte: u8) -> Root {
    Root::copied(&[byte; 32])
}

#[wasm_bindgen_test(unsupported = test)]
fn usernames() {
    for (typed, name) in [
        ("alice", "alice"),
        (" \t\nALICE\r\n ", "alice"),
        ("0", "0"),
        ("a@b.c+d_e-f", "a@b.c+d_e-f"),
    ] {
        assert_eq!(Username::parse(typed).unwrap().as_str(), name);
    }
    assert!(Username::parse(&"a".repeat(64)).is_ok());
    let long = "a".repeat(65);
    for typed in [
        "",
        " ",
        "-alice",
        ".alice",
        "_",
        "al ice",
        "al\nice",
        "alicé",
        "ALİCE",
        "\u{a0}alice",
        "a/b",
        "a%",
        "a\0",
        &long,
        "\u{212a}elvin",
    ] {
        assert!(Username::parse(typed).is_err(), "{typed:?}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn deployments() {
    for name in ["localhost", "frond.example.com", "0", &"a".repeat(63)] {
        assert_eq!(Deployment::parse(name).unwrap().as_str(), name);
    }
    for name in ["", "Localhost", " localhost", "a_b", ".a", "-a", "a b", "ä", &"a".repeat(64)] {
        assert!(Deployment::parse(name).is_err(), "{name:?}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn passwords_are_normalised_and_never_cut() {
    let normal = |text: &str| Password::new(text.to_owned()).normalised().expose().to_owned();
    assert_eq!(normal("e\u{301}"), "é", "NFD becomes NFC");
    assert_eq!(normal("ﬁ ﾊﾟ Ａ ①"), "fi パ A 1", "compatibility forms become plain");
    assert_eq!(normal(" a  b "), " a  b ", "white space stays, also at the ends");
    assert_ne!(normal("Password"), normal("password"), "case stays");
    assert_eq!(normal("👩\u{200d}🔬"), "👩\u{200d}🔬", "emoji stay");
    assert_eq!(normal(&"é".repeat(5120)).len(), 10_240, "10 KiB are taken");
    assert_eq!(
        normal(&"\u{fdfa}".repeat(100)).chars().count(),
        1800,
        "the longest expansion there is"
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn passwords_for_a_new_login() {
    let check = |text: &str| Password::new(text.to_owned()).check_new();
    assert_eq!(check("correct horse battery staple"), Ok(()));
    assert_eq!(check("pässwörd 🔑"), Ok(()));
    assert_eq!(check(""), Err(PasswordFault::Empty));
    for text in ["a\nb", "a\tb", "a\0b", "\u{7f}", "\u{85}", "half \u{fffd}"] {
        assert_eq!(check(text), Err(PasswordFault::Character), "{text:?}");
    }
}

/// The same words on two deployments, or for two names, share no salt; and no name runs into the
/// other.
#[wasm_bindgen_test(unsupported = test)]
fn salts_differ_between_usernames_and_deployments() {
    let salt =
        |d: &str, u: &str| salt(&Deployment::parse(d).unwrap(), &Username::parse(u).unwrap());
    let salts =
        [salt("a", "bc"), salt("ab", "c"), salt("a.b", "c"), salt("b", "bc"), salt("a", "bcd")];
    for (i, one) in salts.iter().enumerate() {
        assert!(salts[i + 1..].iter().all(|other| other != one));
    }
    assert_eq!(salt("a", "bc"), <[u8; 32]>::from(Sha256::digest(b"frond/1 salt\0a\0bc")));
}

#[wasm_bindgen_test(unsupported = test)]
fn recovery_words_have_one_form_and_a_checksum() {
    let words = recovery_words(&root(0));
    assert_eq!(*words, format!("{}art", "abandon ".repeat(23)), "BIP-39's own vector");
    assert!(
        recovery_root(&format!("  {}\n", words.to_uppercase().replace(' ', " \t "))) == Ok(root(0))
    );
    // One wrong word: the checksum of 8 bits finds 255 of 256, whichever the word.
    let list = bip39::Language::English.word_list();
    for at in [0, 11, 23] {
        let mut words: Vec<&str> = words.split(' ').collect();
        let accepted = list.iter().filter(|word| {
            words[at] = **word;
            recovery_root(&words.join(" ")).is_ok()
        });
        // The last word is 3 bits of entropy and the checksum itself: exactly one in 256.
        // Elsewhere, about that.
        let accepted = accepted.count();
        assert!(
            if at == 23 { accepted == 8 } else { (1..=24).contains(&accepted) },
            "word {at}: {accepted}"
        );
    }
    for wrong in [
        "",
        "abandon",
        &"abandon ".repeat(24),
        &"abandon ".repeat(11),
        &words.replace("art", "arts"),
    ] {
        assert!(recovery_root(wrong).is_err(), "{wrong}");
    }
    assert!(
        recovery_root(&format!("{}about", "abandon ".repeat(11))).is_err(),
        "12 words are not 24"
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn keyrings() {
    let record = keyring([9; 32]).record(&root(1), LoginKind::Password, NOW, [3; 16]);
    assert_eq!(Keyring::open(&root(1), &record), Ok(keyring([9; 32])));
    assert_eq!(Keyring::open(&root(2), &record), Err(Forged), "another root");
    let forged = |change: &dyn Fn(&mut LoginRecord)| {
        let mut record = record.clone();
        change(&mut record);
        Keyring::open(&root(1), &record) == Err(Forged)
    };
    let other = keyring([9; 32]).record(&root(2), LoginKind::Password, NOW, [3; 16]);
    assert!(forged(&|r| r.format = "frond/2 login".to_owned()));
    assert!(forged(&|r| r.login = other.login));
    assert!(forged(&|r| r.public_key = other.public_key.clone()));
    assert!(forged(&|r| r.account = AccountId::from_bytes([6; 16])));
    assert!(forged(&|r| r.keyring = other.keyring.clone()));
    assert!(forged(&|r| r.keyring.push('\n')));
}

/// T1: what is sealed for one purpose opens for no other, though all are Fernet tokens.
#[wasm_bindgen_test(unsupported = test)]
fn a_keyring_opens_in_its_own_record_only() {
    let record = keyring([9; 32]).record(&root(1), LoginKind::Password, NOW, [3; 16]);
    let id = ObjectId::parse("019aafcc-6780-79b3-a699-92983e5d69ef").unwrap();
    let vault_key = VaultKey::copied(&[9; 32]);
    let keys = [vault_key.file_key(&id).meta_key(), vault_key.upload_key(&id)];
    assert!(keys.iter().all(|key| fernet::decrypt(key, &record.keyring).is_err()));
    for key in &keys {
        let mut moved = record.clone();
        let json = fernet::decrypt(&root(1).unlock_key(), &record.keyring).unwrap().plaintext;
        moved.keyring = fernet::encrypt(key, NOW, [3; 16], &json);
        assert_eq!(Keyring::open(&root(1), &moved), Err(Forged));
    }
}

/// The plaintext of a keyring in every wrong shape, sealed by the right key.
#[wasm_bindgen_test(unsupported = test)]
fn keyrings_of_another_shape() {
    let record = keyring([9; 32]).record(&root(1), LoginKind::Password, NOW, [3; 16]);
    let key = root(1).unlock_key();
    let good =
        String::from_utf8(fernet::decrypt(&key, &record.keyring).unwrap().plaintext).unwrap();
    let open = |json: &str| {
        let keyring = fernet::encrypt(&key, NOW, [3; 16], json.as_bytes());
        Keyring::open(&root(1), &LoginRecord { keyring, ..record.clone() })
    };
    assert_eq!(open(&good), Ok(keyring([9; 32])));
    let vault_key = BASE64URL_NOPAD.encode(&[9; 32]);
    let (login, account) = (record.login.to_string(), record.account.to_string());
    for wrong in [
        "",
        "{}",
        "null",
        "[]",
        good.split_at(good.len() - 1).0,
        &format!("{good}{good}"),
        &good.replace(&vault_key, vault_key.split_at(1).1),
        &good.replace(&vault_key, &format!("{vault_key}=")),
        &good.replace(&vault_key, &format!("{vault_key}AA")),
        &good.replace(&vault_key, ""),
        &good.replace(&login, &account),
        &good.replace(&account, &login),
        &good.replace('}', ",\"more\":1}"),
        &good.replace("\"vault_key\"", "\"login\""),
    ] {
        assert_eq!(open(wrong), Err(Forged), "{wrong}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_request_is_bound_to_all_that_it_does() {
    let login = Login::from_root(&root(1));
    let deployment = Deployment::parse("localhost").unwrap();
    let url = "http://localhost:8080/v1/presign?a=b";
    let token = authorise(&login, &deployment, "POST", url, b"body", NOW);
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 3);
    let part = |i: usize| BASE64URL_NOPAD.decode(parts[i].as_bytes()).unwrap();
    assert_eq!(part(0), br#"{"alg":"Ed25519","typ":"frond+jwt"}"#);
    let header: Header = serde_json::from_slice(&part(0)).unwrap();
    assert_eq!((header.alg.as_str(), header.typ.as_str()), ("Ed25519", "frond+jwt"));
    let claims: Claims = serde_json::from_slice(&part(1)).unwrap();
    let expected = Claims {
        iss: login.id(),
        public_key: BASE64URL_NOPAD.encode(login.public_key()),
        aud: "localhost".to_owned(),
        iat: NOW,
        exp: NOW + 60,
        htm: "POST".to_owned(),
        htu: url.to_owned(),
        bh: BASE64URL_NOPAD.encode(&Sha256::digest(b"body")),
    };
    assert_eq!(claims, expected);
    let key = VerifyingKey::from_bytes(login.public_key()).unwrap();
    assert!(!key.is_weak());
    let signature = Signature::from_slice(&part(2)).unwrap();
    let signed = format!("{}.{}", parts[0], parts[1]);
    assert!(key.verify_strict(signed.as_bytes(), &signature).is_ok());
    assert!(key.verify_strict(format!("{signed}x").as_bytes(), &signature).is_err());
    let digest: [u8; 32] = Sha256::digest(login.public_key()).into();
    assert_eq!(
        BASE32_NOPAD.encode(&digest[..16]).to_lowercase(),
        claims.iss.to_string(),
        "the id is the key's hash"
    );
}

/// The vector of FORMAT.md, made by another implementation.
#[wasm_bindgen_test(unsupported = test)]
fn a_new_login_signs_for_who_adds_it() {
    let vector: serde_json::Value =
        serde_json::from_str(include_str!("vectors/added_login.json")).unwrap();
    let text = |name: &str| vector[name].as_str().unwrap();
    let mut seed = [0; 32];
    hex::decode_to_slice(text("seed"), &mut seed).unwrap();
    let new = Login::from_seed(LoginSeed::copied(&seed));
    let record: LoginRecord = serde_json::from_value(vector["record"].clone()).unwrap();
    let deployment = Deployment::parse(text("deployment")).unwrap();
    let by = LoginId::parse(text("by")).unwrap();
    let AddedLogin { record: sent, proof } = added_login(&new, &deployment, by, record.clone());
    assert_eq!((sent, proof.as_str()), (record.clone(), text("proof")));
    // Another who adds it, another place, another record: another proof.
    let elsewhere = Deployment::parse("localhost").unwrap();
    let mut later = record.clone();
    later.created += 1;
    for other in [
        added_login(&new, &deployment, new.id(), record.clone()),
        added_login(&new, &elsewhere, by, record),
        added_login(&new, &deployment, by, later),
    ] {
        assert_ne!(other.proof, proof);
    }
}

/// The vector of FORMAT.md, made by another implementation.
#[wasm_bindgen_test(unsupported = test)]
fn a_passkey_is_a_login_of_one_deployment() {
    let vector: serde_json::Value =
        serde_json::from_str(include_str!("vectors/passkey.json")).unwrap();
    let text = |name: &str| vector[name].as_str().unwrap();
    let bytes = |name: &str| -> [u8; 32] { hex::decode(text(name)).unwrap().try_into().unwrap() };
    let deployment = Deployment::parse(text("deployment")).unwrap();
    assert_eq!(passkey_salt(&deployment), bytes("salt"));
    let elsewhere = Deployment::parse("localhost").unwrap();
    assert_ne!(passkey_salt(&elsewhere), bytes("salt"));

    let root = Root::copied(&bytes("root"));
    let login = Login::from_root(&root);
    assert_eq!(login.id().to_string(), text("login_id"));
    assert_eq!(login.public_key(), &bytes("public_key"));
    assert_eq!(login.seed().expose(), &bytes("login_seed"));
    assert_eq!(root.unlock_key().expose(), &bytes("unlock_key"));

    let stored: LoginRecord = serde_json::from_value(vector["record"].clone()).unwrap();
    let ours = Keyring {
        account: stored.account,
        vault_key: VaultKey::copied(&bytes("vault_key")),
        username: Some(Username::parse(text("username")).unwrap()),
    };
    let iv = hex::decode(text("iv")).unwrap().try_into().unwrap();
    assert_eq!(ours.record(&root, LoginKind::Passkey, stored.created, iv), stored);
    assert_eq!(Keyring::open(&root, &stored), Ok(ours));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_kept_seed_is_the_same_login() {
    let login = Login::from_root(&root(1));
    let kept = Login::from_seed(frond::secret::LoginSeed::copied(login.seed().expose()));
    assert_eq!((kept.id(), kept.public_key()), (login.id(), login.public_key()));
}

#[wasm_bindgen_test(unsupported = test)]
fn ids_have_one_spelling() {
    let id = account();
    let text = id.to_string();
    assert_eq!((text.len(), AccountId::parse(&text)), (26, Ok(id)));
    assert_eq!(LoginId::from_bytes([0xff; 16]).to_string(), "77777777777777777777777774");
    let wrong = [
        "",
        text.split_at(1).1,
        &format!("{text}a"),
        &text.to_uppercase(),
        &format!("{text}======"),
    ];
    assert!(wrong.iter().all(|wrong| AccountId::parse(wrong).is_err()));
    for last in ['1', '8', '=', ' ', 'é', 'b'] {
        assert!(AccountId::parse(&format!("{}{last}", &"a".repeat(25))).is_err(), "{last}");
    }
    let id = "019aafcc-6780-79b3-a699-92983e5d69ef";
    assert_eq!(ObjectId::parse(id).unwrap().to_string(), id);
    assert_eq!(ObjectId::parse(id).unwrap().stamp(), 0x019a_afcc_6780 / 1000);
    for wrong in [
        "",
        "019AAFCC-6780-79b3-a699-92983e5d69ef",
        "019aafcc678079b3a69992983e5d69ef",
        "{019aafcc-6780-79b3-a699-92983e5d69ef}",
        "urn:uuid:019aafcc-6780-79b3-a699-92983e5d69ef",
        "019aafcc-6780-49b3-a699-92983e5d69ef",
        "019aafcc-6780-79b3-2699-92983e5d69ef",
        "019aafcc-6780-79b3-e699-92983e5d69ef",
        "019aafcc-6780-79b3-a699-92983e5d69e",
        "019aafcc-6780-79b3-a699-92983e5d69ef ",
        "019aafcc-678079-b3-a699-92983e5d69ef",
    ] {
        assert!(ObjectId::parse(wrong).is_err(), "{wrong}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn link_secrets_have_one_spelling() {
    let secret = ShareSecret::copied(&[0xff; 32]);
    let text = secret.to_text();
    assert!(text.len() == 43 && ShareSecret::from_text(&text) == Ok(secret));
    let wrong = [
        "",
        text.split_at(1).1,
        &format!("{}=", *text),
        &format!("{}A", *text),
        &text.replace("_8", "_9"),
    ];
    assert!(wrong.iter().all(|wrong| ShareSecret::from_text(wrong).is_err()));
}
