//! libFuzzer's entry: `FROND_FUZZ` names the function of `frond_fuzz::TARGETS` that gets the input.
#![no_main]

use std::sync::LazyLock;

static TARGET: LazyLock<frond_fuzz::Target> = LazyLock::new(|| {
    let name = std::env::var("FROND_FUZZ").unwrap_or_default();
    frond_fuzz::target(&name)
        .unwrap_or_else(|| panic!("FROND_FUZZ={name} is none of {:?}", frond_fuzz::names()))
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    TARGET(data);
});
