//! What reaches the endpoint: tokens, batches, records, its configuration.

use data_encoding::BASE64URL_NOPAD;
use frond::account::{Deployment, Keyring, Login};
use frond::secret::{LoginSeed, Root};
use frond_config::{Config, Origin};
use frond_endpoint::auth::jwt::{self, Request};
use frond_endpoint::presign::{Rules, plan};
use frond_wire::{
    AccountId, AddedLogin, ChecksumAlgorithm, LoginRecord, NewLogin, PresignRequest, Vault,
};

pub const NOW: u64 = 1_700_000_000;
pub const TARGET: &str = "/v1/presign";
pub const BODY: &[u8] = b"{}";
const ORIGIN: &str = "https://files.example.org";
const SECRET: &str = "PLANTED";
const ACCOUNT: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaa";

pub fn login_of() -> Login {
    Login::from_seed(LoginSeed::copied(&[5; 32]))
}

/// The token that the tab would send.
pub fn token() -> String {
    let url = format!("{ORIGIN}{TARGET}");
    frond::account::authorise(
        &login_of(),
        &Deployment::parse("garden").unwrap(),
        "POST",
        &url,
        BODY,
        NOW,
    )
}

fn verify(token: &str) -> bool {
    let origins = [Origin::parse(ORIGIN).unwrap()];
    let request = Request {
        deployment: "garden",
        origins: &origins,
        method: "POST",
        target: TARGET,
        body: Some(BODY),
        now: NOW,
    };
    jwt::verify(token, &request).is_ok_and(|signer| {
        assert_eq!(signer.login, login_of().id());
        true
    })
}

/// A token. Only the one that was signed is accepted.
pub fn jwt(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let accepted = verify(text);
    assert!(!accepted || text == token(), "another token of one key");
    accepted
}

/// Header and claims, split by a newline, well signed: what a member's own program may send.
pub fn claims(data: &[u8]) -> bool {
    use ed25519_dalek::Signer;
    let Some(end) = data.iter().position(|byte| *byte == b'\n') else { return false };
    let (header, claims) = (&data[..end], &data[end + 1..]);
    let signed = format!("{}.{}", BASE64URL_NOPAD.encode(header), BASE64URL_NOPAD.encode(claims));
    let key = ed25519_dalek::SigningKey::from_bytes(&[5; 32]);
    let accepted = verify(&format!(
        "{signed}.{}",
        BASE64URL_NOPAD.encode(&key.sign(signed.as_bytes()).to_bytes())
    ));
    if accepted {
        let claims: serde_json::Value = serde_json::from_slice(claims).unwrap();
        let header: serde_json::Value = serde_json::from_slice(header).unwrap();
        assert_eq!(header, serde_json::json!({"alg": "Ed25519", "typ": "frond+jwt"}));
        assert_eq!(
            (claims["aud"].as_str(), claims["htm"].as_str()),
            (Some("garden"), Some("POST"))
        );
        assert_eq!(claims["htu"].as_str(), Some(format!("{ORIGIN}{TARGET}").as_str()));
        let (iat, exp) = (claims["iat"].as_u64().unwrap(), claims["exp"].as_u64().unwrap());
        assert!(exp > NOW && exp - iat <= 60 && iat <= NOW + 60);
    }
    accepted
}

/// A batch of operations. Whatever is signed lies in the caller's own account.
pub fn presign(data: &[u8]) -> bool {
    let Ok(batch) = serde_json::from_slice::<PresignRequest>(data) else { return false };
    let account = AccountId::parse(ACCOUNT).unwrap();
    let own = format!("vaults/{ACCOUNT}/");
    let mut signed = false;
    for operation in batch.operations.iter().take(1_000) {
        let Ok(request) = plan(
            operation,
            Vault(account),
            Rules { conditional: true, checksum: ChecksumAlgorithm::Crc32c, max_object: 5 << 40 },
        ) else {
            continue;
        };
        signed = true;
        for key in [&request.key, &request.prefix, &request.start_after].into_iter().flatten() {
            let rest = key.as_str().strip_prefix(&own).expect("another's account");
            assert!(
                !rest.contains("//")
                    && !rest.split('/').any(|segment| [".", ".."].contains(&segment))
            );
            assert!(
                rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-".contains(&b)),
                "{rest}"
            );
        }
        assert!(request.key.is_some() || request.prefix.is_some(), "a list of everything");
        assert!(
            request.query.values().all(|value| !value.contains(['&', '#', ' ', '\n', '\r', '\0']))
        );
        assert!(
            request.headers.values().all(|value| value.is_ascii() && !value.contains(['\n', '\r']))
        );
    }
    signed
}

/// A login record, as anybody may have written it into the bucket.
pub fn login(data: &[u8]) -> bool {
    let _ = serde_json::from_slice::<NewLogin>(data);
    let _ = serde_json::from_slice::<AddedLogin>(data);
    let Ok(record) = serde_json::from_slice::<LoginRecord>(data) else { return false };
    let _ = jwt::public_key(&record.public_key);
    Keyring::open(&Root::copied(&[4; 32]), &record).is_ok()
}

/// `frond.toml`.
pub fn config(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    // A file that it may name is not read: only what is written is judged here.
    if text.contains("credentials_file") || text.contains(SECRET) {
        return false;
    }
    let env = |name: &str| {
        ["FROND_ACCESS_KEY", "FROND_SECRET_KEY"].contains(&name).then(|| SECRET.to_owned())
    };
    match Config::parse(text, env) {
        Ok(config) => {
            assert!(
                !format!("{config:?}{}", frond_endpoint::check::Report::of(&config))
                    .contains(SECRET)
            );
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
    }
}
