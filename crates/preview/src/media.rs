//! Audio and video: their type, from the first bytes alone.

/// The types of files that are given to a player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Playable {
    /// MPEG audio, layers II and III
    Mp3,
    /// AAC in an ADTS stream
    Aac,
    /// Audio in an MPEG-4 file
    M4a,
    /// Opus, Vorbis, FLAC or Speex in an Ogg file
    Ogg,
    /// FLAC
    Flac,
    /// RIFF with PCM
    Wav,
    /// MPEG-4
    Mp4,
    /// WebM
    Webm,
    /// Ogg with other than sound
    Ogv,
    /// QuickTime
    Mov,
}

impl Playable {
    pub(crate) const ALL: [Self; 10] = [
        Self::Mp3,
        Self::Aac,
        Self::M4a,
        Self::Ogg,
        Self::Flac,
        Self::Wav,
        Self::Mp4,
        Self::Webm,
        Self::Ogv,
        Self::Mov,
    ];

    /// Its media type.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mp3 => "audio/mpeg",
            Self::Aac => "audio/aac",
            Self::M4a => "audio/mp4",
            Self::Ogg => "audio/ogg",
            Self::Flac => "audio/flac",
            Self::Wav => "audio/wav",
            Self::Mp4 => "video/mp4",
            Self::Webm => "video/webm",
            Self::Ogv => "video/ogg",
            Self::Mov => "video/quicktime",
        }
    }

    /// Whether there may be something to see.
    #[must_use]
    pub fn is_video(self) -> bool {
        self.as_str().starts_with("video/")
    }
}

/// The type of a file that begins so; `None` for what no player is given.
pub(crate) fn playable(bytes: &[u8]) -> Option<Playable> {
    Some(match bytes {
        [b'I', b'D', b'3', ..] => Playable::Mp3,
        // MPEG 1, 2 or 2.5, layer III or II; the byte order mark of UTF-16 would be layer I.
        [0xff, 0xfa..=0xfd | 0xf2..=0xf5 | 0xe2..=0xe5, ..] => Playable::Mp3,
        [0xff, 0xf0 | 0xf1 | 0xf8 | 0xf9, ..] => Playable::Aac,
        [b'f', b'L', b'a', b'C', ..] => Playable::Flac,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Playable::Wav,
        [b'O', b'g', b'g', b'S', ..] => ogg(bytes),
        // EBML; Matroska is another type of it.
        [0x1a, 0x45, 0xdf, 0xa3, rest @ ..] => {
            has(start(rest), b"webm").then_some(Playable::Webm)?
        }
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => mpeg4(brand.first_chunk()?)?,
        _ => return None,
    })
}

/// By the codecs of the streams that begin (RFC 3533): a first page each, before all others.
fn ogg(bytes: &[u8]) -> Playable {
    const SOUND: [&[u8]; 4] = [b"OpusHead", b"\x01vorbis", b"\x7fFLAC", b"Speex   "];
    let start = start(bytes);
    let is_sound = SOUND.iter().any(|codec| has(start, codec)) && !has(start, b"\x80theora");
    if is_sound { Playable::Ogg } else { Playable::Ogv }
}

/// By the major brand (ISO/IEC 14496-12). Those of images are not among them.
fn mpeg4(brand: &[u8; 4]) -> Option<Playable> {
    Some(match brand {
        b"M4A " | b"M4B " | b"M4P " => Playable::M4a,
        b"qt  " => Playable::Mov,
        b"mp41" | b"mp42" | b"avc1" | b"M4V " | b"M4VH" | b"M4VP" | b"MSNV" | b"dash" | b"f4v "
        | b"mmp4" | b"cmfc" => Playable::Mp4,
        [b'i', b's', b'o', b'm' | b'2'..=b'9'] | [b'3', b'g', b'p' | b'2' | b'r' | b's', _] => {
            Playable::Mp4
        }
        _ => return None,
    })
}

/// The headers at the beginning.
fn start(bytes: &[u8]) -> &[u8] {
    bytes.get(..256).unwrap_or(bytes)
}

fn has(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::{Playable, playable};

    fn ogg(codecs: &[&[u8]]) -> Vec<u8> {
        codecs
            .iter()
            .flat_map(|codec| [b"OggS\0\x02", &[0; 20][..], b"\x01\x13", codec].concat())
            .collect()
    }

    #[test]
    fn the_first_bytes_tell_the_type() {
        let files: [(&[u8], Playable); 20] = [
            (b"ID3\x04\0\0", Playable::Mp3),
            (b"\xff\xfb\x90\x64", Playable::Mp3),
            (b"\xff\xf3\x90\x64", Playable::Mp3),
            (b"\xff\xe2\x90\x64", Playable::Mp3),
            (b"\xff\xf1\x50\x80", Playable::Aac),
            (b"fLaC\0\0\0\x22", Playable::Flac),
            (b"RIFF\x24\0\0\0WAVEfmt ", Playable::Wav),
            (&ogg(&[b"OpusHead\x01"]), Playable::Ogg),
            (&ogg(&[b"\x01vorbis"]), Playable::Ogg),
            (&ogg(&[b"\x01vorbis", b"\x80theora"]), Playable::Ogv),
            (&ogg(&[b"fishead\0"]), Playable::Ogv),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", Playable::Webm),
            (b"\0\0\0\x1cftypM4A \0\0\0\0", Playable::M4a),
            (b"\0\0\0\x14ftypqt  \0\0\0\0", Playable::Mov),
            (b"\0\0\0\x18ftypmp42\0\0\0\0", Playable::Mp4),
            (b"\0\0\0\x20ftypisom\0\0\x02\0", Playable::Mp4),
            (b"\0\0\0\x20ftypiso6\0\0\x02\0", Playable::Mp4),
            (b"\0\0\0\x20ftypavc1\0\0\x02\0", Playable::Mp4),
            (b"\0\0\0\x14ftyp3gp5\0\0\0\0", Playable::Mp4),
            (b"\0\0\0\x18ftypdash\0\0\0\0", Playable::Mp4),
        ];
        for (bytes, kind) in files {
            assert_eq!(playable(bytes), Some(kind), "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn nothing_else_is_given_to_a_player() {
        for bytes in [
            &b""[..],
            b"\xff",
            b"\xff\xfea\0",
            b"\xfe\xff\0a",
            b"\xff\xd8\xff\xe0",
            b"RIFF\x24\0\0\0AVI LIST",
            b"RIFF\x24\0\0\0WEBPVP8 ",
            b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska",
            b"\0\0\0\x18ftypheic\0\0\0\0",
            b"\0\0\0\x18ftypavif\0\0\0\0",
            b"\0\0\0\x18ftyp",
            b"<!doctype html><script>alert(1)</script>",
            b"\0\0\0\x08moov",
            b"PK\x03\x04",
        ] {
            assert_eq!(playable(bytes), None, "{:?}", String::from_utf8_lossy(bytes));
        }
    }
}
