//! Parses S3's XML responses with limits: no document type, no entities, and no more nodes than a
//! response can have.

use frond_wire::Checksum;
use percent_encoding::percent_decode_str;

use crate::date;
use crate::object::UploadId;

mod tree;

use tree::Element;

/// Element names of checksums in lists of parts.
const CRC32C: &str = "ChecksumCRC32C";
const SHA256: &str = "ChecksumSHA256";

/// The response is not valid for S3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an answer of S3")]
pub struct NotXml;

/// One page of
/// [ListObjectsV2](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPage {
    /// Keys, decoded.
    pub keys: Vec<String>,
    /// Common prefixes, decoded.
    pub prefixes: Vec<String>,
    /// Whether there are more.
    pub truncated: bool,
}

/// A part as [ListParts](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html) shows
/// it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListedPart {
    pub(super) number: u32,
    pub(super) size: u64,
    pub(super) etag: String,
    /// The checksum that the store verified, if it keeps it.
    pub(super) checksum: Option<Checksum>,
}

/// A part as CompleteMultipartUpload names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamedPart {
    pub(super) number: u32,
    pub(super) etag: String,
    /// AWS requires it if the upload was created with that algorithm. MD5 is not one of these.
    pub(super) checksum: Option<Checksum>,
}

impl KeyPage {
    /// Parses a page.
    pub fn read(body: &[u8]) -> Result<Self, NotXml> {
        with_root(body, "ListBucketResult", |root| {
            let names = NameEncoding::of(root)?;
            let listed = |list: &'static str, member: &'static str| {
                children(root, list)
                    .map(|node| names.plain(node, member))
                    .collect::<Result<Vec<_>, _>>()
            };
            Ok(Self {
                keys: listed("Contents", "Key")?,
                prefixes: listed("CommonPrefixes", "Prefix")?,
                truncated: flag(root, "IsTruncated")?,
            })
        })
    }
}

/// An object as listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ObjectEntry {
    /// The key, decoded.
    pub(super) key: String,
    /// Length in bytes.
    pub(super) size: u64,
    /// Time of the last write, in seconds since the Unix epoch by the store's clock.
    pub(super) at: u64,
    /// Its ETag, without quotes; empty if the store lists none.
    pub(super) etag: String,
}

/// An unfinished multipart upload as listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UploadEntry {
    /// Key of the object that it creates, decoded.
    pub(crate) key: String,
    /// Its id.
    pub(crate) upload: UploadId,
    /// Time of its creation, in seconds since the Unix epoch by the store's clock.
    pub(crate) at: u64,
}

/// One page of ListObjectsV2 with lengths and times, and whether there are more.
pub(super) fn found(body: &[u8]) -> Result<(Vec<ObjectEntry>, bool), NotXml> {
    with_root(body, "ListBucketResult", |root| {
        let names = NameEncoding::of(root)?;
        let found = children(root, "Contents").map(|node| {
            Ok(ObjectEntry {
                key: names.plain(node, "Key")?,
                size: child(node, "Size").and_then(|size| size.parse().ok()).ok_or(NotXml)?,
                at: child(node, "LastModified").and_then(date::iso_seconds).ok_or(NotXml)?,
                etag: child(node, "ETag").unwrap_or_default().trim_matches('"').to_owned(),
            })
        });
        Ok((found.collect::<Result<_, _>>()?, flag(root, "IsTruncated")?))
    })
}

/// One page of ListMultipartUploads, with the uploads' objects and creation times.
pub(crate) fn found_uploads(body: &[u8]) -> Result<Vec<UploadEntry>, NotXml> {
    with_root(body, "ListMultipartUploadsResult", |root| {
        let names = NameEncoding::of(root)?;
        let found = children(root, "Upload").map(|node| {
            Ok(UploadEntry {
                key: names.plain(node, "Key")?,
                upload: id_of_upload(node)?,
                at: child(node, "Initiated").and_then(date::iso_seconds).ok_or(NotXml)?,
            })
        });
        found.collect()
    })
}

/// `UploadId` of
/// [CreateMultipartUpload](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html).
pub(crate) fn upload_id(body: &[u8]) -> Result<UploadId, NotXml> {
    with_root(body, "InitiateMultipartUploadResult", id_of_upload)
}

fn id_of_upload(node: &Element<'_>) -> Result<UploadId, NotXml> {
    let id = child(node, "UploadId").and_then(|id| UploadId::parse(id).ok());
    id.filter(UploadId::is_plain).ok_or(NotXml)
}

/// One page of ListParts, and whether there are more.
pub(super) fn listed_parts(body: &[u8]) -> Result<(Vec<ListedPart>, bool), NotXml> {
    with_root(body, "ListPartsResult", |root| {
        let parts = children(root, "Part").map(|node| {
            Ok(ListedPart {
                number: child(node, "PartNumber").and_then(|n| n.parse().ok()).ok_or(NotXml)?,
                size: child(node, "Size").and_then(|n| n.parse().ok()).ok_or(NotXml)?,
                etag: child(node, "ETag")
                    .filter(|etag| etag.len() <= MAX_ETAG)
                    .ok_or(NotXml)?
                    .to_owned(),
                checksum: child(node, CRC32C)
                    .map(|value| Checksum::Crc32c(value.to_owned()))
                    .or_else(|| {
                        child(node, SHA256).map(|value| Checksum::Sha256(value.to_owned()))
                    }),
            })
        });
        Ok((parts.collect::<Result<_, _>>()?, flag(root, "IsTruncated")?))
    })
}

/// Upload ids of a page of
/// [ListMultipartUploads](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html).
pub(crate) fn listed_uploads(body: &[u8]) -> Result<Vec<UploadId>, NotXml> {
    with_root(body, "ListMultipartUploadsResult", |root| {
        children(root, "Upload").map(id_of_upload).collect()
    })
}

/// Parses the response to [CompleteMultipartUpload], which may be an error under status 200, after
/// white space.
///
/// `Ok(None)` is success, `Ok(Some(code))` an error.
///
/// [CompleteMultipartUpload]:
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
pub(super) fn completed(body: &[u8]) -> Result<Option<String>, NotXml> {
    match error_code(body) {
        Some(code) => Ok(Some(code)),
        None => with_root(body, "CompleteMultipartUploadResult", |_| Ok(None)),
    }
}

/// `Code` of an error body.
pub(super) fn error_code(body: &[u8]) -> Option<String> {
    with_root(body, "Error", |root| child(root, "Code").map(str::to_owned).ok_or(NotXml)).ok()
}

/// The body of CompleteMultipartUpload: parts in order, with their ETags and checksums.
pub(super) fn complete_body(parts: &[NamedPart]) -> Vec<u8> {
    let text = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut body = String::from("<CompleteMultipartUpload>");
    for NamedPart { number, etag, checksum } in parts {
        let checksum = match checksum {
            Some(Checksum::Crc32c(value)) => format!("<{CRC32C}>{}</{CRC32C}>", text(value)),
            Some(Checksum::Sha256(value)) => format!("<{SHA256}>{}</{SHA256}>", text(value)),
            Some(Checksum::Md5(_)) | None => String::new(),
        };
        let etag = text(etag);
        body.push_str(&format!(
            "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag>{checksum}</Part>"
        ));
    }
    body.push_str("</CompleteMultipartUpload>");
    body.into_bytes()
}

fn with_root<T>(
    body: &[u8],
    name: &str,
    read: impl FnOnce(&Element<'_>) -> Result<T, NotXml>,
) -> Result<T, NotXml> {
    let text = std::str::from_utf8(body.trim_ascii()).map_err(|_| NotXml)?;
    let root = Element::root(text)?;
    if root.name == name { read(&root) } else { Err(NotXml) }
}

/// Maximum length of an ETag, in bytes: one is kept for each of ten thousand parts. S3's have 38.
const MAX_ETAG: usize = 1_024;
/// Maximum number of names on one page of a listing: S3's own limit.
const MAX_NAMES: usize = 1_000;

/// The encoding of names in a listing.
struct NameEncoding {
    is_encoded: bool,
}

impl NameEncoding {
    /// Rejects a page with more names than one can have. The encoding is looked up once, because a
    /// hostile page may have many elements.
    fn of(root: &Element<'_>) -> Result<Self, NotXml> {
        let listed =
            |child: &&Element<'_>| ["Contents", "CommonPrefixes", "Upload"].contains(&child.name);
        if root.children.iter().filter(listed).count() > MAX_NAMES {
            return Err(NotXml);
        }
        Ok(Self { is_encoded: child(root, "EncodingType") == Some("url") })
    }

    /// Decodes a name; `encoding-type=url` is undone if the store says that it applied it.
    fn plain(&self, node: &Element<'_>, member: &'static str) -> Result<String, NotXml> {
        let text = child(node, member).ok_or(NotXml)?;
        if !self.is_encoded {
            return Ok(text.to_owned());
        }
        percent_decode_str(text).decode_utf8().map(|text| text.into_owned()).map_err(|_| NotXml)
    }
}

fn children<'a, 'i>(
    element: &'a Element<'i>,
    name: &'static str,
) -> impl Iterator<Item = &'a Element<'i>> {
    element.children.iter().filter(move |child| child.name == name)
}

fn child<'a>(element: &'a Element<'_>, name: &'static str) -> Option<&'a str> {
    children(element, name).next().map(|child| &*child.text)
}

/// `true` or `false`; `false` if absent.
fn flag(element: &Element<'_>, name: &'static str) -> Result<bool, NotXml> {
    match child(element, name) {
        Some("true") => Ok(true),
        Some("false") | None => Ok(false),
        Some(_) => Err(NotXml),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        KeyPage, ListedPart, NamedPart, NotXml, complete_body, completed, error_code, listed_parts,
        listed_uploads, upload_id,
    };
    use frond_wire::{Checksum, UploadId};

    #[test]
    fn a_listing_with_encoded_keys() {
        let body = br#"<?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
            <Name>frond</Name><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
            <Contents><Key>vaults%2Fa%2Flog/b</Key><Size>1</Size></Contents>
            <CommonPrefixes><Prefix>vaults/a%2Bb/</Prefix></CommonPrefixes></ListBucketResult>"#;
        let listing = KeyPage::read(body).unwrap();
        assert_eq!(listing.keys, ["vaults/a/log/b"]);
        assert_eq!(listing.prefixes, ["vaults/a+b/"]);
        assert!(listing.truncated);
    }

    #[test]
    fn all_that_xml_can_say_with_elements_and_text() {
        let body = "\u{feff}<?xml version='1.0'?>\n<!-- a -->\n\
            <s3:ListBucketResult xmlns:s3 = 'http://x' b=\"1>2\"\n>\
            <s3:Contents ><Size>1</Size><!--b-->\
            <Key>a&lt;&#x62;&#99;&amp;amp;<![CDATA[<d>]]>&apos;é</Key ></s3:Contents>\
            <Contents><Key/></Contents></s3:ListBucketResult><!--c-->\n";
        assert_eq!(KeyPage::read(body.as_bytes()).unwrap().keys, ["a<bc&amp;<d>'é", ""]);
    }

    #[test]
    fn keys_stay_as_they_are_where_nothing_was_encoded() {
        let body = b"<ListBucketResult><Contents><Key>a%2Fb</Key></Contents></ListBucketResult>";
        assert_eq!(KeyPage::read(body).unwrap().keys, ["a%2Fb"]);
    }

    #[test]
    fn hostile_answers_are_none() {
        let bomb = br#"<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>
            <ListBucketResult><Contents><Key>&b;</Key></Contents></ListBucketResult>"#;
        let outward =
            br#"<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><ListBucketResult/>"#;
        let many = format!("<ListBucketResult>{}</ListBucketResult>", "<Contents/>".repeat(60_000));
        let deep = format!("<ListBucketResult>{}", "<a>".repeat(100_000));
        let bodies: [&[u8]; 17] = [
            bomb,
            deep.as_bytes(),
            b"<ListBucketResult></ListBucketResult><x/>",
            b"<ListBucketResult></ListBucketresult>",
            b"<ListBucketResult><Contents></ListBucketResult></Contents>",
            b"<ListBucketResult a=b/>",
            b"<ListBucketResult a=\"<\"/>",
            b"<ListBucketResult>&nbsp;</ListBucketResult>",
            b"<ListBucketResult>&amp</ListBucketResult>",
            b"<ListBucketResult><!-- </ListBucketResult>",
            outward,
            many.as_bytes(),
            b"",
            b"<html>Welcome to the hotel</html>",
            b"<ListBucketResult>",
            b"<ListBucketResult><IsTruncated>maybe</IsTruncated></ListBucketResult>",
            b"<ListBucketResult><Contents><Key>\xff</Key></Contents></ListBucketResult>",
        ];
        for body in bodies {
            assert_eq!(
                KeyPage::read(body),
                Err(NotXml),
                "{}",
                String::from_utf8_lossy(body.get(..40.min(body.len())).unwrap())
            );
        }
        let key = "<Contents><Key>k</Key></Contents>";
        let page = |keys| format!("<ListBucketResult>{}</ListBucketResult>", key.repeat(keys));
        assert_eq!(KeyPage::read(page(1_000).as_bytes()).unwrap().keys.len(), 1_000);
        assert_eq!(
            KeyPage::read(page(1_001).as_bytes()),
            Err(NotXml),
            "more keys than a page can have"
        );
        let half = b"<ListBucketResult><EncodingType>url</EncodingType><Contents>\
            <Key>%ff</Key></Contents></ListBucketResult>";
        assert_eq!(KeyPage::read(half), Err(NotXml));
    }

    #[test]
    fn a_multipart_upload() {
        let created = b"<InitiateMultipartUploadResult>\
            <UploadId>x&#126;y</UploadId></InitiateMultipartUploadResult>";
        assert_eq!(upload_id(created).unwrap().as_str(), "x~y");
        // An id that the endpoint would not sign.
        let other = b"<InitiateMultipartUploadResult>\
            <UploadId>x&amp;y</UploadId></InitiateMultipartUploadResult>";
        assert_eq!(upload_id(other), Err(NotXml));
        assert_eq!(upload_id(b"<InitiateMultipartUploadResult/>"), Err(NotXml));
        let parts = b"<ListPartsResult><Part><PartNumber>2</PartNumber><Size>7</Size>\
            <ETag>\"e\"</ETag></Part>\
            <Part><PartNumber>3</PartNumber><Size>7</Size><ETag>e</ETag>\
            <ChecksumSHA256>s</ChecksumSHA256></Part>\
            </ListPartsResult>";
        let part = ListedPart { number: 2, size: 7, etag: "\"e\"".to_owned(), checksum: None };
        let other = Some(Checksum::Sha256("s".to_owned()));
        let other = ListedPart { number: 3, size: 7, etag: "e".to_owned(), checksum: other };
        assert_eq!(listed_parts(parts).unwrap(), (vec![part, other], false));
        let long = |etag: usize| {
            let etag = "e".repeat(etag);
            format!(
                "<ListPartsResult><Part><PartNumber>2</PartNumber><Size>7</Size>\
                 <ETag>{etag}</ETag></Part></ListPartsResult>"
            )
        };
        assert!(listed_parts(long(1_024).as_bytes()).is_ok());
        assert_eq!(listed_parts(long(1_025).as_bytes()), Err(NotXml));
        let uploads =
            b"<ListMultipartUploadsResult><Upload><Key>a%2Fb</Key><UploadId>u1</UploadId></Upload>\
            <Upload><UploadId>u2</UploadId></Upload></ListMultipartUploadsResult>";
        let listed = listed_uploads(uploads).unwrap();
        assert_eq!(listed.iter().map(UploadId::as_str).collect::<Vec<_>>(), ["u1", "u2"]);
        assert_eq!(
            listed_uploads(b"<ListMultipartUploadsResult><Upload/></ListMultipartUploadsResult>"),
            Err(NotXml)
        );
        let part =
            |number, etag: &str, checksum| NamedPart { number, etag: etag.to_owned(), checksum };
        let body = complete_body(&[
            part(1, "\"a\"", Some(Checksum::Crc32c("c+/=".to_owned()))),
            part(2, "<&>", Some(Checksum::Md5("m".to_owned()))),
        ]);
        assert_eq!(
            String::from_utf8(body).unwrap(),
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"a\"</ETag>\
             <ChecksumCRC32C>c+/=</ChecksumCRC32C></Part>\
             <Part><PartNumber>2</PartNumber>\
             <ETag>&lt;&amp;&gt;</ETag></Part></CompleteMultipartUpload>"
        );
    }

    #[test]
    fn success_and_failure_under_status_200() {
        assert_eq!(
            completed(
                b"<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>"
            ),
            Ok(None)
        );
        let slow = b"   \n  <?xml version=\"1.0\"?><Error><Code>InternalError</Code></Error>";
        assert_eq!(completed(slow), Ok(Some("InternalError".to_owned())));
        assert_eq!(completed(b""), Err(NotXml));
        assert_eq!(completed(b"<CompleteMultipartUploadResult><ETa"), Err(NotXml));
        assert_eq!(error_code(b"<html/>"), None);
    }
}
