//! Jobs and their results, and both as bytes for `postMessage` between the page and its Workers.

use frond_wire::ChecksumAlgorithm;
use zeroize::Zeroizing;

use crate::codec::{Reader, Writer};
use crate::object::{ObjectId, Seal};
use crate::secret::{ContentKey, FernetKey};

/// What a Worker must know to upload one file.
pub struct UploadJob {
    /// Object id.
    pub id: ObjectId,
    /// Seals the content.
    pub content_key: ContentKey,
    /// Seals the journal: `HKDF(vault_key, object_id, "frond/1 upload")`.
    pub journal_key: FernetKey,
    /// The object's header, whole.
    pub header: Vec<u8>,
    /// Size of the content in bytes.
    pub size: u64,
    /// The one multipart upload that may become the object, as its `begin` names it. Empty for an
    /// object of one part, and where nothing is sent.
    pub upload: String,
    /// Whether an earlier run may have left something of it, here or in the bucket.
    pub resumed: bool,
    /// The line is down: keep all of it on this device and stop, with [`TransferError::StoreDown`].
    pub offline: bool,
    /// Whether a source of several parts is kept on this device when the line fails, because it
    /// cannot be read again later. A source of one part always is.
    pub spooled: bool,
    /// What the store verifies of a body.
    pub checksum: ChecksumAlgorithm,
}

/// What an upload left in the bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uploaded {
    /// Length of the stored object in bytes.
    pub stored: u64,
    /// Length of its header in bytes.
    pub header: u32,
    /// Its seal.
    pub seal: Seal,
}

/// What a Worker must know to download one file.
pub struct DownloadJob {
    /// Object id.
    pub id: ObjectId,
    /// Opens the content.
    pub content_key: ContentKey,
    /// Size of the content in bytes.
    pub size: u64,
    /// Header length in bytes.
    pub header: u32,
    /// The seal that the catalog pins; more than one where two devices gave the object different
    /// ones.
    pub seals: Vec<Seal>,
    /// Name to save it under (already made safe).
    pub name: String,
    /// Media type.
    pub media_type: String,
}

/// Page and Worker are one build; a stray message of another is refused.
const VERSION: u8 = 1;
/// Room for everything of fixed length.
const FIXED: usize = 256;

const ALGORITHMS: [ChecksumAlgorithm; 3] =
    [ChecksumAlgorithm::Crc32c, ChecksumAlgorithm::Sha256, ChecksumAlgorithm::Md5];

fn number_of(algorithm: ChecksumAlgorithm) -> u64 {
    match algorithm {
        ChecksumAlgorithm::Crc32c => 0,
        ChecksumAlgorithm::Sha256 => 1,
        ChecksumAlgorithm::Md5 => 2,
    }
}

impl UploadJob {
    /// Bytes for `postMessage`; they hold keys.
    #[must_use]
    pub fn to_message(&self) -> Zeroizing<Vec<u8>> {
        Writer::new(VERSION, FIXED + self.header.len() + self.upload.len())
            .array(self.id.as_bytes())
            // EXPOSE: to the Worker, by a message that is wiped on both sides.
            .array(self.content_key.expose())
            // EXPOSE: as above.
            .array(self.journal_key.expose())
            .bytes(&self.header)
            .number(self.size)
            .text(&self.upload)
            .flag(self.resumed)
            .flag(self.offline)
            .flag(self.spooled)
            .number(number_of(self.checksum))
            .finish()
    }

    /// The job that [`UploadJob::to_message`] wrote.
    #[must_use]
    pub fn from_message(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(VERSION, bytes)?;
        let id = ObjectId::from_bytes(*from.array()?).ok()?;
        let content_key = ContentKey::copied(from.array()?);
        let journal_key = FernetKey::copied(from.array()?);
        let (header, size) = (from.bytes()?.to_vec(), from.number()?);
        let upload = from.text()?.to_owned();
        let (resumed, offline, spooled) = (from.flag()?, from.flag()?, from.flag()?);
        let number = from.number()?;
        let checksum = ALGORITHMS.into_iter().find(|algorithm| number_of(*algorithm) == number)?;
        from.end()?;
        Some(Self {
            id,
            content_key,
            journal_key,
            header,
            size,
            upload,
            resumed,
            offline,
            spooled,
            checksum,
        })
    }
}

impl DownloadJob {
    /// Bytes for `postMessage`; they hold a key.
    #[must_use]
    pub fn to_message(&self) -> Zeroizing<Vec<u8>> {
        let to = Writer::new(
            VERSION,
            FIXED + self.name.len() + self.media_type.len() + 32 * self.seals.len(),
        )
        .array(self.id.as_bytes())
        // EXPOSE: to the Worker, by a message that is wiped on both sides.
        .array(self.content_key.expose())
        .number(self.size)
        .number(self.header.into())
        .text(&self.name)
        .text(&self.media_type)
        .number(u64::try_from(self.seals.len()).unwrap_or(u64::MAX));
        self.seals.iter().fold(to, |to, seal| to.array(&seal.0)).finish()
    }

    /// The job that [`DownloadJob::to_message`] wrote.
    #[must_use]
    pub fn from_message(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(VERSION, bytes)?;
        let id = ObjectId::from_bytes(*from.array()?).ok()?;
        let content_key = ContentKey::copied(from.array()?);
        let (size, header) = (from.number()?, u32::try_from(from.number()?).ok()?);
        let (name, media_type) = (from.text()?.to_owned(), from.text()?.to_owned());
        let mut seals = Vec::new();
        // Counts take no memory: what is not there ends the loop.
        for _ in 0..from.number()? {
            seals.push(Seal(*from.array()?));
        }
        from.end()?;
        Some(Self { id, content_key, size, header, seals, name, media_type })
    }
}

impl Uploaded {
    /// Bytes for `postMessage`.
    #[must_use]
    pub fn to_message(&self) -> Vec<u8> {
        let to = Writer::new(VERSION, FIXED).number(self.stored).number(self.header.into());
        to.array(&self.seal.0).finish().to_vec()
    }

    /// What [`Uploaded::to_message`] wrote.
    #[must_use]
    pub fn from_message(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(VERSION, bytes)?;
        let (stored, header) = (from.number()?, u32::try_from(from.number()?).ok()?);
        let seal = Seal(*from.array()?);
        from.end()?;
        Some(Self { stored, header, seal })
    }
}
