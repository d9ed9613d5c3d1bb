//! Images: their type and dimensions, from the header alone.

use imagesize::{Compression, ImageType};

use crate::Preview;

/// Largest image that is decoded, in pixels: 400 MB as a bitmap.
pub const MAX_PIXELS: u64 = 100_000_000;

/// The types of images that are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// PNG
    Png,
    /// JPEG
    Jpeg,
    /// GIF
    Gif,
    /// WebP
    Webp,
    /// AVIF
    Avif,
}

impl MediaType {
    pub(crate) const ALL: [Self; 5] = [Self::Png, Self::Jpeg, Self::Gif, Self::Webp, Self::Avif];

    /// Its registered name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Avif => "image/avif",
        }
    }
}

/// Whether an image of these dimensions in pixels is decoded.
#[must_use]
pub fn may_show(width: u64, height: u64) -> bool {
    width.saturating_mul(height) <= MAX_PIXELS
}

/// `None` for what is no image.
pub(crate) fn preview(bytes: &[u8]) -> Option<Preview> {
    let kind = kind(bytes)?;
    let Ok(size) = imagesize::blob_size(bytes) else { return Some(Preview::BadImage) };
    let [width, height] =
        [size.width, size.height].map(|side| u64::try_from(side).unwrap_or(u64::MAX));
    Some(match (width, height) {
        (0, _) | (_, 0) => Preview::BadImage,
        _ if may_show(width, height) => Preview::Image(kind),
        _ => Preview::LargeImage { width, height },
    })
}

/// The type of an image of at most `side` pixels a side.
pub(crate) fn small(bytes: &[u8], side: usize) -> Option<MediaType> {
    let size = imagesize::blob_size(bytes).ok()?;
    let fits = |length: usize| (1..=side).contains(&length);
    kind(bytes).filter(|_| fits(size.width) && fits(size.height))
}

fn kind(bytes: &[u8]) -> Option<MediaType> {
    Some(match imagesize::image_type(bytes).ok()? {
        ImageType::Png => MediaType::Png,
        ImageType::Jpeg => MediaType::Jpeg,
        ImageType::Gif => MediaType::Gif,
        ImageType::Webp => MediaType::Webp,
        ImageType::Heif(Compression::Av1) => MediaType::Avif,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{MediaType, may_show, preview, small};
    use crate::Preview;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let start = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        [start, width.to_be_bytes().into(), height.to_be_bytes().into(), vec![8, 2, 0, 0, 0]]
            .concat()
    }

    fn jpeg(width: u16, height: u16) -> Vec<u8> {
        let start =
            b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xc0\0\x11\x08".to_vec();
        [start, height.to_be_bytes().into(), width.to_be_bytes().into(), vec![3, 1, 0x11, 0]]
            .concat()
    }

    fn gif(width: u16, height: u16) -> Vec<u8> {
        [b"GIF89a".to_vec(), width.to_le_bytes().into(), height.to_le_bytes().into(), vec![0; 3]]
            .concat()
    }

    fn webp(width: u32, height: u32) -> Vec<u8> {
        let side = |side: u32| (side - 1).to_le_bytes().into_iter().take(3).collect::<Vec<_>>();
        let start = b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0".to_vec();
        [start, side(width), side(height)].concat()
    }

    fn avif(width: u32, height: u32) -> Vec<u8> {
        let container = |name: &[u8], inner: &[u8]| {
            let length = u32::try_from(inner.len() + 8).unwrap_or(0);
            [&length.to_be_bytes()[..], name, inner].concat()
        };
        let size = [&[0; 4][..], &width.to_be_bytes(), &height.to_be_bytes()].concat();
        let properties = container(b"iprp", &container(b"ipco", &container(b"ispe", &size)));
        let meta = container(b"meta", &[&[0; 4][..], &properties].concat());
        [container(b"ftyp", b"avif\0\0\0\0avifmif1"), meta].concat()
    }

    #[test]
    fn types_and_dimensions_come_from_the_header() {
        let images = [
            (MediaType::Png, png(640, 480)),
            (MediaType::Jpeg, jpeg(640, 480)),
            (MediaType::Gif, gif(640, 480)),
            (MediaType::Webp, webp(640, 480)),
            (MediaType::Avif, avif(640, 480)),
        ];
        for (kind, bytes) in images {
            assert_eq!(preview(&bytes), Some(Preview::Image(kind)));
        }
    }

    #[test]
    fn an_image_of_too_many_pixels_is_not_shown() {
        let large = |width, height| Some(Preview::LargeImage { width, height });
        assert_eq!(preview(&png(30_000, 30_000)), large(30_000, 30_000));
        assert_eq!(preview(&png(u32::MAX, u32::MAX)), large(u32::MAX.into(), u32::MAX.into()));
        assert_eq!(preview(&jpeg(60_000, 60_000)), large(60_000, 60_000));
        assert_eq!(preview(&gif(60_000, 60_000)), large(60_000, 60_000));
        assert_eq!(preview(&webp(16_384, 16_384)), large(16_384, 16_384));
        assert_eq!(preview(&avif(60_000, 60_000)), large(60_000, 60_000));
        assert!(may_show(10_000, 10_000) && !may_show(10_000, 10_001));
        assert!(!may_show(u64::MAX, 2));
    }

    #[test]
    fn only_a_small_image_is_a_small_one() {
        assert_eq!(small(&webp(256, 256), 256), Some(MediaType::Webp));
        assert_eq!(small(&jpeg(1, 256), 256), Some(MediaType::Jpeg));
        for large in [png(257, 1), jpeg(1, 60_000), webp(16_384, 256), png(u32::MAX, u32::MAX)] {
            assert_eq!(small(&large, 256), None);
        }
        assert_eq!(small(&png(0, 4), 256), None);
        assert_eq!(small(b"<svg/>", 256), None);
    }

    #[test]
    fn a_header_without_dimensions_is_said_to_be_bad() {
        assert_eq!(preview(&png(0, 4)), Some(Preview::BadImage));
        let (png, jpeg) = (png(4, 4), jpeg(4, 4));
        assert_eq!(preview(png.get(..17).unwrap_or_default()), Some(Preview::BadImage));
        assert_eq!(preview(jpeg.get(..20).unwrap_or_default()), Some(Preview::BadImage));
        assert_eq!(preview(b"\x89PNG"), None);
    }
}
