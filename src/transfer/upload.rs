//! Uploads a source to the bucket: seal, send, verify. Resumes what an earlier run left.
//!
//! ```text
//! small   seal, or spool ─► PUT                                               (one part: `whole`)
//! large   for each part: kept, or seal ─► UploadPart ─► journal; complete ─► look        (`parts`)
//! look    the length, the table byte for byte, and an HMAC of each part
//! ```
//!
//! Each body is sent with a checksum that the store verifies, so the store holds what was sent;
//! data read back from this device is opened first (`kept`).
//!
//! The catalog may name an object only once it was confirmed that the store has it: one of several
//! parts is read back before [`upload`] returns; small ones the caller has confirmed together
//! ([`confirm`](super::confirm)). It retries network failures without limit (`scheduler`); it stops
//! on permanent errors and leaves what it sent for a later run. To discard an upload, the caller
//! aborts the multipart upload and deletes object and journal.
//!
//! Memory, whatever the file's size: [`IN_FLIGHT`] parts, one of which may still be being sealed (8
//! MiB each up to 80 GiB, then twice that, …), and three times [`sealing::AHEAD`] chunks being read
//! or sealed; also the table, 32 bytes for each 512 KiB. In the tab all of it except the table is
//! in the browser's buffers, released when the store has the part.

mod kept;
mod look;
mod multipart;
mod pages;
mod parts;
mod sealing;
mod sent;
mod whole;
mod work;

use frond_wire::ChecksumAlgorithm;

use self::sent::Sent;
use self::work::Work;
use super::bucket::Bucket;
use super::scheduler::RequestScheduler;
use super::{Signer, TransferControl, TransferError, TransferWorld};
use crate::codec::{Reader, Writer};
use crate::object::{Header, ObjectId, Seal, UploadId};
use crate::port::Source;
use crate::secret::{ContentKey, FernetKey};

/// What a Worker must know to upload one file.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
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
    /// The one multipart upload that may become the object, as named by the catalog's `begin`
    /// event. None for an object of one part, and if nothing is sent.
    pub upload: Option<UploadId>,
    /// Whether an earlier run may have left data, on this device or in the bucket.
    pub resumed: bool,
    /// There is no network: store everything on this device, then stop with
    /// [`TransferError::StoreDown`].
    pub offline: bool,
    /// Whether the object is stored on this device, because the source cannot be read again later:
    /// one of one part before it is sent, one of several parts when the network fails.
    pub spooled: bool,
    /// Checksum of a body that the store verifies.
    pub checksum: ChecksumAlgorithm,
}

/// The object that an upload created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uploaded {
    /// Length of the stored object in bytes.
    pub stored: u64,
    /// Length of its header in bytes.
    pub header: u32,
    /// Its seal.
    pub seal: Seal,
    /// MD5 of the object, if it is still to be confirmed ([`confirm`](super::confirm)); `None` if
    /// it was read back.
    pub unconfirmed: Option<[u8; 16]>,
}

/// Parts that are uploaded concurrently.
pub const IN_FLIGHT: usize = 3;

/// Seals one source and uploads it. Without a source, uploads what this device stored of it.
///
/// `control` is told the bytes of content sent, which never decrease; network failures; and when
/// the source is no longer needed. If there are several parts, the bucket MUST already have the
/// event that begins the upload.
///
/// [`TransferError::Source`] if the source is needed and cannot be read;
/// [`TransferError::SourceChanged`] if the upload must begin anew under another object id.
pub async fn upload(
    world: &TransferWorld,
    job: &UploadJob,
    source: Option<&dyn Source>,
    signer: &dyn Signer,
    control: &TransferControl,
) -> Result<Uploaded, TransferError> {
    if source.is_some_and(|source| source.size() != job.size) {
        return Err(TransferError::SourceChanged);
    }
    let header = Header::read(&job.id, &job.content_key, &job.header)?;
    let layout = world.geometry.layout(job.size, header.length())?;
    let scheduler = RequestScheduler::new(world, control, IN_FLIGHT);
    let bucket = Bucket {
        http: &*world.http,
        clock: &*world.clock,
        entropy: &*world.entropy,
        signer,
        limit: Some(&scheduler.limit),
        checksum: job.checksum,
    };
    let sent = Sent::new(&layout, &scheduler);
    let work = Work { world, job, control, scheduler: &scheduler, bucket, header, layout, sent };
    let (seal, unconfirmed) = if layout.parts() == 1 {
        let (seal, md5) = whole::send(&work, source).await?;
        (seal, Some(md5))
    } else {
        (parts::send(&work, source).await?, None)
    };
    Ok(Uploaded { stored: layout.stored(), header: work.header.length(), seal, unconfirmed })
}

impl UploadJob {
    pub(super) fn write(&self, to: Writer) -> Writer {
        to.array(self.id.as_bytes())
            // EXPOSE: to the Worker, by a message that is wiped on both sides.
            .array(self.content_key.expose())
            // EXPOSE: as above.
            .array(self.journal_key.expose())
            .bytes(&self.header)
            .number(self.size)
            .text(upload_text(self.upload.as_ref()))
            .flag(self.resumed)
            .flag(self.offline)
            .flag(self.spooled)
            .byte(number_of(self.checksum))
    }

    /// Reads what [`UploadJob::write`] wrote.
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            id: ObjectId::from_bytes(*from.array()?).ok()?,
            content_key: ContentKey::copied(from.array()?),
            journal_key: FernetKey::copied(from.array()?),
            header: from.bytes()?.to_vec(),
            size: from.number()?,
            upload: read_upload(from)?,
            resumed: from.flag()?,
            offline: from.flag()?,
            spooled: from.flag()?,
            checksum: algorithm(from.byte()?)?,
        })
    }
}

/// The text of an upload's id in a record; none is empty.
pub(super) fn upload_text(upload: Option<&UploadId>) -> &str {
    upload.map_or("", UploadId::as_str)
}

/// Reads an [`upload_text`].
pub(super) fn read_upload(from: &mut Reader<'_>) -> Option<Option<UploadId>> {
    let text = Some(from.text()?).filter(|text| !text.is_empty());
    text.map(UploadId::parse).transpose().ok()
}

fn number_of(algorithm: ChecksumAlgorithm) -> u8 {
    match algorithm {
        ChecksumAlgorithm::Crc32c => 0,
        ChecksumAlgorithm::Sha256 => 1,
        ChecksumAlgorithm::Md5 => 2,
    }
}

fn algorithm(number: u8) -> Option<ChecksumAlgorithm> {
    [ChecksumAlgorithm::Crc32c, ChecksumAlgorithm::Sha256, ChecksumAlgorithm::Md5]
        .into_iter()
        .find(|algorithm| number_of(*algorithm) == number)
}

impl Uploaded {
    pub(super) fn write(self, to: Writer) -> Writer {
        let to = to.number(self.stored).number(self.header.into()).array(&self.seal.0);
        to.bytes(self.unconfirmed.as_ref().map_or(&[], |md5| md5))
    }

    /// Reads what [`Uploaded::write`] wrote.
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            stored: from.number()?,
            header: u32::try_from(from.number()?).ok()?,
            seal: Seal(*from.array()?),
            unconfirmed: match from.bytes()? {
                [] => None,
                md5 => Some(md5.try_into().ok()?),
            },
        })
    }
}
