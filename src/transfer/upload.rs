//! A source into the bucket: read a slice, seal it, collect a part, send it; then have the store show it back.
//!
//! Parts → complete → HEAD and table. Only then does [`upload`] return, and only then may the catalog name the object.
//!
//! Memory: [`IN_FLIGHT`] parts (8 MiB each up to 80 GiB, then twice that, …) and two chunks, whatever the file's size.

use std::cell::{Cell, RefCell};

use frond_wire::Operation;
use futures_util::stream::{self, TryStreamExt};

use super::bucket::{Answer, Bucket, Call, Signed, content_range, random};
use super::retry::{TRIES, Verdict, judge, pause};
use super::{Course, Progress, TransferError, TransferWorld, UploadJob, Uploaded, xml};
use crate::object::{Header, Layout, ObjectId, Seal, Sealer};
use crate::port::{Signer, Source};

/// Parts that are sealed or on their way at one time.
pub const IN_FLIGHT: usize = 3;
/// Largest answer in XML, in bytes: a thousand parts.
const MAX_XML: usize = 1024 * 1024;

/// Seals one source and puts it into the bucket.
///
/// `course` is told bytes of content that were sent, never fewer than before. Passing failures are tried again for
/// some seconds each, then returned; a new try of the whole MUST use a new object id.
pub async fn upload(
    world: &TransferWorld,
    job: &UploadJob,
    source: &dyn Source,
    signer: &dyn Signer,
    course: &Course,
) -> Result<Uploaded, TransferError> {
    let mut sealing = Sealing::new(world, job, source)?;
    let layout = sealing.layout;
    let bucket =
        Bucket { http: &*world.http, clock: &*world.clock, entropy: &*world.entropy, signer, pace: None };
    let sent = Sent::new(&layout, course);
    if layout.parts() == 1 {
        let body = sealing.next_part().await?;
        let (table, seal) = sealing.end.take().ok_or(TransferError::Source)?;
        put(&bucket, job.id, body, &table, &layout, &sent).await?;
        return Ok(sealing.uploaded(seal));
    }
    let upload = create(&bucket, job.id).await?;
    let result = async {
        let parts = send_parts(&bucket, job.id, &upload, &mut sealing, &sent).await?;
        let (table, seal) = sealing.end.take().ok_or(TransferError::Source)?;
        complete(&bucket, job.id, &upload, &parts, &layout, &table).await?;
        Ok(sealing.uploaded(seal))
    };
    let result = result.await;
    if result.is_err() {
        // Best effort: what cannot be aborted now is found later as an upload of no event.
        let object = job.id.to_string();
        let _ = bucket.once(&Call::new(Operation::AbortUpload { object, upload }, 0)).await;
    }
    result
}

/// Seals chunk by chunk and hands out whole parts.
struct Sealing<'a> {
    world: &'a TransferWorld,
    source: &'a dyn Source,
    layout: Layout,
    header: u32,
    /// Until all chunks are sealed.
    sealer: Option<Sealer>,
    /// From then on.
    end: Option<(Vec<u8>, Seal)>,
    /// Sealed, not handed out.
    ready: Vec<u8>,
}

impl<'a> Sealing<'a> {
    fn new(world: &'a TransferWorld, job: &UploadJob, source: &'a dyn Source) -> Result<Self, TransferError> {
        if source.size() != job.meta.size {
            return Err(TransferError::Source);
        }
        let header = Header::seal(&job.file_key, &job.id, &job.meta, iv(world)?)?;
        let length = header.length();
        let layout = world.geometry.layout(job.meta.size, length)?;
        let sealer = Sealer::laid_out(job.file_key.content_key(), header, layout)?;
        Ok(Self { world, source, layout, header: length, sealer: Some(sealer), end: None, ready: Vec::new() })
    }

    fn uploaded(&self, seal: Seal) -> Uploaded {
        Uploaded { stored: self.layout.stored(), header: self.header, seal }
    }

    /// The next part; empty after the last.
    async fn next_part(&mut self) -> Result<Vec<u8>, TransferError> {
        let part = usize::try_from(self.layout.part_size()).map_err(|_| TransferError::TooLarge)?;
        if self.sealer.is_some() {
            let whole = usize::try_from(self.layout.stored()).unwrap_or(usize::MAX);
            self.ready.reserve_exact(part.min(whole).saturating_sub(self.ready.len()));
        }
        while self.ready.len() < part
            && let Some(sealer) = &mut self.sealer
        {
            if sealer.next() == self.layout.chunks() {
                let sealer = self.sealer.take().ok_or(TransferError::Source)?;
                let (table, seal) = sealer.finish()?;
                self.ready.extend_from_slice(&table);
                self.end = Some((table, seal));
                break;
            }
            let content = self.layout.content(sealer.next());
            let length = usize::try_from(content.end.saturating_sub(content.start))
                .map_err(|_| TransferError::TooLarge)?;
            let plaintext = self.source.read(content.start, length).await?;
            let slot = sealer.seal_next(&*self.world.cipher, iv(self.world)?, &plaintext).await?;
            self.ready.extend_from_slice(&slot);
        }
        let rest = self.ready.split_off(part.min(self.ready.len()));
        Ok(std::mem::replace(&mut self.ready, rest))
    }
}

fn iv(world: &TransferWorld) -> Result<[u8; 16], TransferError> {
    let mut iv = [0; 16];
    world.entropy.fill(&mut iv)?;
    Ok(iv)
}

/// Counts what was sent, over all parts, and tells it as bytes of content.
struct Sent<'a> {
    stored: u64,
    size: u64,
    parts: RefCell<std::collections::BTreeMap<u64, u64>>,
    told: Cell<u64>,
    course: &'a Course,
}

impl<'a> Sent<'a> {
    fn new(layout: &Layout, course: &'a Course) -> Self {
        let (stored, size) = (layout.stored(), layout.size());
        Self { stored, size, parts: RefCell::default(), told: Cell::new(0), course }
    }

    fn part(&self, part: u64, bytes: u64) {
        self.parts.borrow_mut().insert(part, bytes);
        let sum: u64 = self.parts.borrow().values().sum();
        let content = u128::from(sum) * u128::from(self.size) / u128::from(self.stored.max(1));
        let content = u64::try_from(content).unwrap_or(u64::MAX).min(self.size);
        // A part that is sent again begins anew; a bar that runs backwards helps nobody.
        if content > self.told.get() {
            self.told.set(content);
            self.course.tell(Progress::Done(content));
        }
    }
}

/// [PutObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html) of a whole object, then a look at
/// it: many small files are signed for by one request each.
async fn put(
    bucket: &Bucket<'_>,
    id: ObjectId,
    body: Vec<u8>,
    table: &[u8],
    layout: &Layout,
    sent: &Sent<'_>,
) -> Result<(), TransferError> {
    let object = id.to_string();
    let put = Operation::PutObject { object: object.clone(), length: length(&body) };
    let (head, get) = (Operation::HeadObject { object: object.clone() }, Operation::GetObject { object });
    let signed = bucket.sign(vec![put.clone(), head, get]).await?;
    let [signed, head, get]: [Signed; 3] = signed.try_into().map_err(|_| TransferError::Nonsense)?;
    let call = Call::with_body(put, body);
    match bucket.call_signed(&call, &signed, &|bytes| sent.part(1, bytes)).await? {
        // Exists: an earlier try whose reply was lost, or somebody else's. What lies there decides.
        Answer::Success(_) | Answer::Exists => look(bucket, id, layout, table, (&head, &get)).await,
        Answer::NotFound | Answer::NoSuchUpload | Answer::OutOfRange => Err(TransferError::Nonsense),
    }
}

/// [CreateMultipartUpload](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html).
async fn create(bucket: &Bucket<'_>, id: ObjectId) -> Result<String, TransferError> {
    let call = Call::new(Operation::CreateUpload { object: id.to_string() }, MAX_XML);
    match bucket.call(&call).await? {
        Answer::Success(response) => xml::upload_id(&response.body).map_err(|_| TransferError::Nonsense),
        _ => Err(TransferError::Nonsense),
    }
}

/// [UploadPart](https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html), all of them, some at a time.
/// Returns number and ETag of each, in order.
async fn send_parts(
    bucket: &Bucket<'_>,
    id: ObjectId,
    upload: &str,
    sealing: &mut Sealing<'_>,
    sent: &Sent<'_>,
) -> Result<Vec<(u32, String)>, TransferError> {
    let sealed = stream::try_unfold((sealing, 1_u32), |(sealing, number)| async move {
        sent.course.gate().await;
        let part = sealing.next_part().await?;
        let next = number.checked_add(1).ok_or(TransferError::TooLarge)?;
        Ok((!part.is_empty()).then_some(((number, part), (sealing, next))))
    });
    let sending = sealed.map_ok(|(number, part)| async move {
        let (object, upload) = (id.to_string(), upload.to_owned());
        let length = length(&part);
        let operation = Operation::UploadPart { object, upload, part: number, length };
        let call = Call::with_body(operation, part);
        let sent = |bytes| sent.part(number.into(), bytes);
        match bucket.call_signed(&call, &Signed::default(), &sent).await? {
            Answer::Success(response) => {
                sent(length);
                Ok((number, response.header("etag").map(str::to_owned)))
            }
            // Aborted behind our back: the whole begins anew, under a new object id.
            Answer::NoSuchUpload | Answer::NotFound => Err(TransferError::StoreDown),
            Answer::Exists | Answer::OutOfRange => Err(TransferError::Nonsense),
        }
    });
    let mut parts: Vec<_> = sending.try_buffer_unordered(IN_FLIGHT).try_collect().await?;
    parts.sort_unstable();
    let with_etags: Option<Vec<_>> =
        parts.iter().map(|(number, etag)| etag.clone().map(|etag| (*number, etag))).collect();
    match with_etags {
        Some(parts) => Ok(parts),
        None => list_parts(bucket, id, upload, parts.len()).await,
    }
}

/// [ListParts](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html): the ETags, where CORS hides them.
async fn list_parts(
    bucket: &Bucket<'_>,
    id: ObjectId,
    upload: &str,
    expected: usize,
) -> Result<Vec<(u32, String)>, TransferError> {
    let mut parts: Vec<(u32, String)> = Vec::new();
    loop {
        let after = parts.last().map(|(number, _)| *number);
        let operation = Operation::ListParts { object: id.to_string(), upload: upload.to_owned(), after };
        let Answer::Success(response) = bucket.call(&Call::new(operation, MAX_XML)).await? else {
            return Err(TransferError::StoreDown);
        };
        let (listed, more) = xml::listed_parts(&response.body).map_err(|_| TransferError::Nonsense)?;
        let before = parts.len();
        for part in listed {
            if Some(part.number) != u32::try_from(parts.len() + 1).ok() || part.size == 0 {
                return Err(TransferError::Nonsense);
            }
            parts.push((part.number, part.etag));
        }
        if parts.len() == expected && !more {
            return Ok(parts);
        }
        if parts.len() == before || parts.len() > expected {
            return Err(TransferError::Nonsense);
        }
    }
}

/// [CompleteMultipartUpload](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html), then a
/// look at what lies there.
///
/// The reply proves nothing, good or bad: it may be lost, cut, an error under status 200, or `NoSuchUpload` after an
/// earlier try that did complete. So the object itself decides, after every try.
async fn complete(
    bucket: &Bucket<'_>,
    id: ObjectId,
    upload: &str,
    parts: &[(u32, String)],
    layout: &Layout,
    table: &[u8],
) -> Result<(), TransferError> {
    let signed = (&Signed::default(), &Signed::default());
    let mut tried = 0;
    loop {
        let operation = Operation::CompleteUpload { object: id.to_string(), upload: upload.to_owned() };
        let mut call = Call::with_body(operation, xml::complete_body(parts));
        call.max_response = MAX_XML;
        // What to say, and whether to ask once more, should nothing lie there.
        let (error, again) = match bucket.call(&call).await {
            Ok(Answer::Success(response)) => match xml::completed(&response.body) {
                Ok(None) => return look(bucket, id, layout, table, signed).await,
                Ok(Some(code)) => match judge(400, Some(&code)) {
                    Verdict::Stop(error) => (error, false),
                    Verdict::NoSuchUpload => (TransferError::StoreDown, false),
                    _ => (TransferError::StoreDown, true),
                },
                Err(_) => (TransferError::StoreDown, true),
            },
            // The upload is gone and so is the object: the whole begins anew, under a new object id.
            Ok(_) => (TransferError::StoreDown, false),
            Err(error) => (error, false),
        };
        match look(bucket, id, layout, table, signed).await {
            Err(TransferError::Missing) => {}
            seen => return seen,
        }
        tried += 1;
        if !again || tried >= TRIES {
            return Err(error);
        }
        bucket.clock.sleep(pause(tried, random(bucket.entropy)?)).await;
    }
}

/// What lies under the id: as long as it must be, and with our table at its end. So no object of the same length, and
/// no earlier one, is taken for it.
///
/// `head` and `get` are the signatures to begin with.
async fn look(
    bucket: &Bucket<'_>,
    id: ObjectId,
    layout: &Layout,
    table: &[u8],
    (head, get): (&Signed, &Signed),
) -> Result<(), TransferError> {
    let object = id.to_string();
    let call = Call::new(Operation::HeadObject { object: object.clone() }, 0);
    let head = match bucket.call_signed(&call, head, &|_| {}).await? {
        Answer::Success(response) => response,
        Answer::NotFound => return Err(TransferError::Missing),
        _ => return Err(TransferError::Nonsense),
    };
    let stored: Option<u64> = head.header("content-length").and_then(|length| length.parse().ok());
    if stored.is_some_and(|stored| stored != layout.stored()) {
        return Err(TransferError::Changed);
    }
    let max = usize::try_from(layout.table().end.saturating_sub(layout.table().start));
    let mut call = Call::new(Operation::GetObject { object }, max.map_err(|_| TransferError::TooLarge)?);
    call.range = Some(layout.table());
    match bucket.call_signed(&call, get, &|_| {}).await? {
        Answer::Success(response) => {
            let total = content_range(&response).map(|(_, _, total)| total);
            let whole = total.is_none_or(|total| total == layout.stored());
            if whole && response.body == table { Ok(()) } else { Err(TransferError::Changed) }
        }
        Answer::NotFound => Err(TransferError::Missing),
        Answer::OutOfRange => Err(TransferError::Changed),
        Answer::Exists | Answer::NoSuchUpload => Err(TransferError::Nonsense),
    }
}

fn length(body: &[u8]) -> u64 {
    u64::try_from(body.len()).unwrap_or(u64::MAX)
}
