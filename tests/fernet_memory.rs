//! 2 GiB of text are refused without any memory being taken. Alone in its process, so that its
//! memory can be measured.

#![cfg(test)]
#![cfg(target_os = "linux")]

use frond::fernet;
use frond::secret::FernetKey;

/// The most memory that this process ever had resident, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn two_gibibytes_of_text_cost_no_memory() {
    let key = FernetKey::copied(&[7; 32]);
    // Smaller first: the peak never falls. The first begins as a token does, so it is hashed to its
    // end.
    for text in [format!("g{}", "A".repeat((64 << 20) - 1)), "A".repeat(2 << 30)] {
        let before = peak();
        assert!(before > 60 << 10, "the text itself is resident");
        assert!(fernet::decrypt(&key, &text).is_err());
        assert!(fernet::decrypt_within(&key, &text, 60, 7).is_err());
        let grown = peak() - before;
        assert!(grown < 1 << 10, "{grown} KiB more than the text");
    }
}
