//! Bytes as text.

/// Bytes as lines of eight in hex, with the characters that they are in ASCII, as hex dumps have
/// them.
#[must_use]
pub fn dump(bytes: &[u8]) -> String {
    let line = |line: &[u8]| {
        let hex: Vec<_> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        let shown = |byte: &u8| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '·' };
        format!("{:23}  {}", hex.join(" "), line.iter().map(shown).collect::<String>())
    };
    bytes.chunks(8).map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::dump;

    #[test]
    fn bytes_in_hex_and_in_ascii() {
        assert_eq!(dump(b""), "");
        assert_eq!(
            dump(b"frond/1\n\x80\xff~"),
            "66 72 6f 6e 64 2f 31 0a  frond/1·\n80 ff 7e                 ··~"
        );
    }
}
