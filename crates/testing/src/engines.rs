//! Every engine there is here: the software ones, and in a browser the browser's.

use frond::port::BulkCipher;
use frond::software::{SideBySide, Software};

/// The engines with their names.
pub fn engines() -> Vec<(&'static str, Box<dyn BulkCipher>)> {
    vec![
        ("software", Box::new(Software)),
        ("side by side", Box::new(SideBySide::default())),
        #[cfg(target_arch = "wasm32")]
        (
            "WebCrypto",
            Box::new(frond::browser::webcrypto::WebCrypto::new().expect("crypto.subtle is here")),
        ),
    ]
}
