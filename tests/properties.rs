//! What must hold of any input: round trips, cuts, flips, and ranges that fit together.

#![cfg(test)]

use frond::fernet::{self, token_length};
use frond::object::{CHUNK, Header, Layout, MAX_PARTS, MAX_SIZE, Meta, ObjectId, SLOT, padme};
use frond::secret::{FernetKey, VaultKey};
use frond::software::Software;
use frond_testing::objects;
use futures_util::FutureExt;
use proptest::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// The same cases everywhere, none written to disk: a browser has none.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(256))]

    #[wasm_bindgen_test(unsupported = test)]
    fn tokens_come_back(
        key: [u8; 32],
        time: u64,
        iv: [u8; 16],
        message in prop::collection::vec(any::<u8>(), 0..5000),
    ) {
        let key = FernetKey::copied(&key);
        let text = fernet::encrypt(&key, time, iv, &message);
        let opened = fernet::decrypt(&key, &text).unwrap();
        prop_assert_eq!(opened.time, time);
        prop_assert_eq!(&opened.plaintext, &message);
        let raw = fernet::from_text(&text).unwrap();
        let length = token_length(u64::try_from(message.len()).unwrap());
        prop_assert_eq!(u64::try_from(raw.len()).ok(), length);
        prop_assert_eq!(fernet::to_text(&raw), text);
        prop_assert_eq!(fernet::open(&key, &raw).unwrap().plaintext, message);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_changed_token_is_refused(
        key: [u8; 32],
        message in prop::collection::vec(any::<u8>(), 0..200),
        at: prop::sample::Index,
        mask in 1..=255_u8,
    ) {
        let key = FernetKey::copied(&key);
        let raw = fernet::seal(&key, 7, [9; 16], &message);
        let at = at.index(raw.len());
        prop_assert!(fernet::open(&key, &raw[..at]).is_err());
        let mut changed = raw.clone();
        changed[at] ^= mask;
        prop_assert!(fernet::open(&key, &changed).is_err());
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn junk_is_refused(text in "\\PC{0,300}", raw in prop::collection::vec(any::<u8>(), 0..300)) {
        let key = FernetKey::copied(&[7; 32]);
        prop_assert!(fernet::decrypt(&key, &text).is_err());
        prop_assert!(fernet::open(&key, &raw).is_err());
        let text = fernet::to_text(&[&[0x80], &raw[..]].concat());
        prop_assert!(fernet::decrypt(&key, &text).is_err());
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_key_comes_back(key: [u8; 32]) {
        let key = FernetKey::copied(&key);
        prop_assert!(FernetKey::from_text(&key.to_text()) == Ok(key));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn meta_comes_back(
        name in "\\PC{0,200}|[\\x00-\\x7f]{0,100}",
        size in 0..=MAX_SIZE,
        media_type in "[ -~]{0,40}",
        modified: Option<i64>,
    ) {
        let fitted = Meta { name: name.clone(), size, media_type, modified }.fitted().unwrap();
        prop_assert_eq!(&fitted.name, &name);
        let plaintext = fitted.encode().unwrap();
        prop_assert_eq!((plaintext.len() + 129) % 512, 0);
        prop_assert_eq!(Meta::decode(&plaintext), Ok(fitted));
    }

    /// Nothing but its own encoding is a meta: any other text is refused, and none makes the reader
    /// fall.
    #[wasm_bindgen_test(unsupported = test)]
    fn a_changed_meta_is_refused(at in 0..383_usize, byte: u8) {
        let (name, media_type) = ("name".to_owned(), "a/b".to_owned());
        let good = Meta { name, size: 12_345, media_type, modified: Some(-1) };
        let mut plaintext = good.encode().unwrap();
        plaintext[at] = byte;
        match Meta::decode(&plaintext) {
            Ok(other) => prop_assert_eq!(other.encode().unwrap(), plaintext),
            Err(refused) => prop_assert_eq!(refused, frond::object::ObjectError::Invalid),
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn padding_is_bounded(n in 0..=MAX_SIZE) {
        prop_assert!(padme(n) >= n && padme(n) <= n + n / 8 + 1, "{}", padme(n));
        prop_assert_eq!(padme(padme(n)), padme(n));
    }

    /// The ranges of an object tile it: nothing overlaps, nothing is left out.
    #[wasm_bindgen_test(unsupported = test)]
    fn ranges_tile(size in prop_oneof![0..=MAX_SIZE, 0..5 * CHUNK, 0..100_u64], k in 1..=8_u32) {
        let layout = Layout::new(size, 512 * k).unwrap();
        let n = layout.chunks();
        for i in [0, 1, 2, n / 2, n.saturating_sub(2), n - 1].into_iter().filter(|i| *i < n) {
            let (slot, plain, content) = (layout.slot(i), layout.plaintext(i), layout.content(i));
            let header = if i == 0 { u64::from(512 * k) } else { 0 };
            prop_assert_eq!(slot.start, i * SLOT);
            let token = token_length(plain.end - plain.start).unwrap();
            prop_assert_eq!(slot.end - slot.start, header + token);
            prop_assert!(content.start <= content.end && content.end <= plain.end);
            if layout.is_last(i) {
                prop_assert_eq!((plain.end, content.end), (padme(size), size));
                prop_assert_eq!(slot.end, layout.table().start);
                prop_assert!(n == 1 || !plain.is_empty(), "only an empty file has an empty chunk");
            } else {
                prop_assert_eq!(plain.end, layout.plaintext(i + 1).start);
                prop_assert_eq!(content.end, layout.content(i + 1).start);
                prop_assert_eq!(slot.end - slot.start, SLOT);
            }
        }
        prop_assert_eq!(layout.table().end - layout.table().start, 32 * n);
        prop_assert_eq!(layout.stored(), layout.table().end);
        prop_assert!((1..=MAX_PARTS).contains(&layout.parts()));
        prop_assert_eq!(layout.part_size() % (16 * SLOT), 0);
        let last = layout.part(layout.parts());
        prop_assert_eq!((layout.part(1).start, last.end), (0, layout.stored()));
        prop_assert_eq!(layout.part(1).end, layout.part(2).start);
        prop_assert!(last.start <= layout.slot(n - 1).start, "every part begins at a slot");
        prop_assert!(layout.part(layout.parts() + 1).is_empty());
    }
}

proptest! {
    #![proptest_config(cases(24))]

    #[wasm_bindgen_test(unsupported = test)]
    fn objects_come_back(
        size in prop_oneof![0..40_u64, 0..3 * CHUNK],
        vault_key: [u8; 32],
        random: [u8; 16],
        now in 0..1_u64 << 48,
    ) {
        let id = ObjectId::new(now, random);
        prop_assert_eq!(id.milliseconds(), now);
        prop_assert_eq!(ObjectId::parse(&id.to_string()), Ok(id));
        let key = VaultKey::copied(&vault_key).file_key(&id);
        let meta = Meta { name: "x".to_owned(), size, media_type: String::new(), modified: None };
        let (stored, seal) = objects::seal(&Software, &key, &id, &meta, 0).now_or_never().unwrap();
        let opened = objects::open(&Software, &key, &id, &stored, seal);
        let (opened, content) = opened.now_or_never().unwrap();
        prop_assert_eq!(opened, meta);
        prop_assert!(content == objects::content(0, size));
        let other = VaultKey::copied(&[0; 32]).file_key(&id).content_key();
        prop_assert!(Header::read(&id, &other, &stored).is_err());
    }
}
