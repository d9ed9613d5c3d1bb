//! `POST /v1/presign`: a batch of operations by name becomes signed URLs, all or nothing.
//!
//! [`plan`] turns one operation into one S3 request and is pure; the account is the caller's own,
//! never the request's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use data_encoding::BASE64;
use frond_wire::{
    Checksum, ChecksumAlgorithm, MAX_OPERATIONS, Operation, PresignRequest, PresignResponse,
    Presigned,
};
use rusty_s3::Method;

use crate::App;
use crate::auth::{Caller, Signed};
use crate::error::Refusal;
use crate::keys::{DeviceId, EventId, Key, ObjectId, Part, SnapshotId, UploadId, Vault};
use crate::s3::Request;

/// Largest body of one PUT or one part (S3: 5 GiB).
const MAX_PUT: u64 = 5 << 30;
/// Largest event, and largest page of an upload's journal, in bytes.
const MAX_SMALL: u64 = 1 << 20;
/// Largest snapshot, in bytes.
const MAX_SNAPSHOT: u64 = 1 << 30;
/// Keys of one page of a listing (S3's own bound).
const PAGE: usize = 1_000;

/// Signs a batch.
///
/// # Errors
///
/// [`Refusal::Malformed`] for an operation that is not as the contract says, [`Refusal::TooLarge`]
/// for a length above its limit, [`Refusal::Quota`] for what does not fit; then nothing at all is
/// signed.
pub async fn presign(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> Result<Json<PresignResponse>, Refusal> {
    let batch: PresignRequest = caller.signed.json()?;
    if !(1..=MAX_OPERATIONS).contains(&batch.operations.len()) {
        return Err(Refusal::Malformed);
    }
    let Signed { signer, address, .. } = &caller.signed;
    app.limits.operations(address, &signer.login, batch.operations.len())?;
    let vault = Vault(&caller.account);
    let rules = Rules {
        conditional: app.store.conditional(),
        checksum: app.store.checksum(),
        max_object: app.config.limits.max_object_bytes,
    };
    let requests = batch.operations.iter().map(|operation| plan(operation, vault, rules));
    let requests = requests.collect::<Result<Vec<_>, _>>()?;
    let mut parts = BTreeSet::new();
    let doubled = |operation: &Operation| match operation {
        Operation::UploadPart { upload, part, .. } => !parts.insert((upload.clone(), *part)),
        _ => false,
    };
    if batch.operations.iter().any(doubled) {
        return Err(Refusal::Malformed);
    }
    app.quota.admit(&app, &caller.account, &batch.operations).await?;
    let seconds = app.config.presign_seconds;
    let urls = requests.into_iter().map(|request| Presigned {
        method: request.method.to_str().to_owned(),
        url: app.store.sign(&request, seconds).into(),
        headers: headers(request),
    });
    Ok(Json(PresignResponse { expires: seconds, urls: urls.collect() }))
}

fn headers(request: Request) -> BTreeMap<String, String> {
    request.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What [`plan`] needs to know of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Whether PUTs carry `If-None-Match: *`.
    pub conditional: bool,
    /// What the parts of a new upload are verified by.
    pub checksum: ChecksumAlgorithm,
    /// Largest stored object, in bytes.
    pub max_object: u64,
}

/// The S3 request of one operation, every id checked.
///
/// # Errors
///
/// [`Refusal::Malformed`] for an id or number out of its form, [`Refusal::TooLarge`] for a length
/// above its limit.
pub fn plan(operation: &Operation, vault: Vault<'_>, rules: Rules) -> Result<Request, Refusal> {
    let put = |key: Key, length: u64, checksum: &Option<Checksum>, most: u64| {
        put(key, length, checksum.as_ref(), most.min(rules.max_object), rules.conditional)
    };
    let get = |key| Request::object(Method::Get, key);
    let delete = |key| Request::object(Method::Delete, key);
    let object = |id: &str| ObjectId::parse(id).map(|id| vault.object(&id));
    let upload = |method, id: &str, upload: &str| -> Result<_, Refusal> {
        let upload = UploadId::parse(upload)?;
        Ok(Request::object(method, object(id)?).query("uploadId", upload))
    };
    let event = |device: &str, seq: u64, id: &str| -> Result<_, Refusal> {
        Ok(vault.event(&DeviceId::parse(device)?, seq, &EventId::parse(id)?))
    };
    let snapshot = |id: &str| SnapshotId::parse(id).map(|id| vault.snapshot(&id));
    let page = |id: &str, part: u32| -> Result<_, Refusal> {
        Ok(vault.journal_page(&ObjectId::parse(id)?, Part::new(part)?))
    };

    Ok(match operation {
        Operation::PutObject { object: id, length, checksum } => {
            put(object(id)?, *length, checksum, MAX_PUT)?
        }
        Operation::CreateUpload { object: id } => {
            let request = Request::object(Method::Post, object(id)?).query("uploads", "");
            match algorithm(rules.checksum) {
                Some(name) => request.header("x-amz-checksum-algorithm", name),
                None => request,
            }
        }
        // All parts but the last are equally long, and it is shorter: an object of `part` parts has
        // at least this length.
        Operation::UploadPart { object: id, upload: of, part, length, checksum } => {
            let request = upload(Method::Put, id, of)?.query("partNumber", Part::new(*part)?);
            bounded(length.saturating_mul((*part).into()), rules.max_object)?;
            checked(
                request.header("content-length", bounded(*length, MAX_PUT)?),
                checksum.as_ref(),
            )?
        }
        Operation::ListParts { object: id, upload: of, after } => {
            let request = upload(Method::Get, id, of)?.query("max-parts", PAGE);
            match after {
                Some(part) => request.query("part-number-marker", Part::new(*part)?),
                None => request,
            }
        }
        Operation::ListUploads { object: id } => {
            let prefix = match id {
                Some(id) => object(id)?,
                None => vault.objects(),
            };
            Request { prefix: Some(prefix), ..Request::bucket(Method::Get) }
                .query("uploads", "")
                .query("encoding-type", "url")
                .query("max-uploads", PAGE)
        }
        // Two devices may go on with one upload: the first to complete it makes the object, nobody
        // replaces it.
        Operation::CompleteUpload { object: id, upload: of } => {
            conditional(upload(Method::Post, id, of)?, rules.conditional)
        }
        Operation::AbortUpload { object: id, upload: of } => upload(Method::Delete, id, of)?,
        Operation::GetObject { object: id } => get(object(id)?),
        Operation::HeadObject { object: id } => Request::object(Method::Head, object(id)?),
        Operation::DeleteObject { object: id } => delete(object(id)?),
        Operation::ListObjects { after } => {
            let start_after = after.as_deref().map(object).transpose()?;
            Request { start_after, ..Request::list(vault.objects(), PAGE) }
        }
        Operation::PutEvent { device, seq, event: id, length } => {
            put(event(device, *seq, id)?, *length, &None, MAX_SMALL)?
        }
        Operation::GetEvent { device, seq, event: id } => get(event(device, *seq, id)?),
        Operation::ListEvents { device, after } => {
            list_events(vault, device.as_deref(), after.as_deref())?
        }
        Operation::DeleteEvent { device, seq, event: id } => delete(event(device, *seq, id)?),
        Operation::PutSnapshot { snapshot: id, length } => {
            put(snapshot(id)?, *length, &None, MAX_SNAPSHOT)?
        }
        Operation::GetSnapshot { snapshot: id } => get(snapshot(id)?),
        Operation::ListSnapshots { after } => {
            let start_after = after.as_deref().map(snapshot).transpose()?;
            Request { start_after, ..Request::list(vault.snapshots(), PAGE) }
        }
        Operation::DeleteSnapshot { snapshot: id } => delete(snapshot(id)?),
        Operation::PutJournal { object: id, part, length } => {
            put(page(id, *part)?, *length, &None, MAX_SMALL)?
        }
        Operation::GetJournal { object: id, part } => get(page(id, *part)?),
        Operation::ListJournals { object: None, after } => {
            let after = after.as_deref().map(ObjectId::parse).transpose()?;
            let start_after = after.map(|id| vault.after_journal(&id));
            Request { start_after, ..Request::list(vault.journals(), PAGE) }
        }
        Operation::ListJournals { object: Some(id), after } => {
            let start_after = after.as_deref().map(|part| page(id, digits(part)?)).transpose()?;
            Request { start_after, ..Request::list(vault.journal(&ObjectId::parse(id)?), PAGE) }
        }
        Operation::DeleteJournal { object: id, part } => delete(page(id, *part)?),
    })
}

/// PUT of exactly `length` bytes, where nothing is yet.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
fn put(
    key: Key,
    length: u64,
    checksum: Option<&Checksum>,
    most: u64,
    conditional: bool,
) -> Result<Request, Refusal> {
    let request = Request::object(Method::Put, key)
        .header("content-length", bounded(length, most)?)
        .header("content-type", "application/octet-stream");
    checked(self::conditional(request, conditional), checksum)
}

/// With the checksum that the caller says its body has: the store refuses another body.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>
fn checked(request: Request, checksum: Option<&Checksum>) -> Result<Request, Refusal> {
    let (name, value, length) = match checksum {
        None => return Ok(request),
        Some(Checksum::Crc32c(value)) => ("x-amz-checksum-crc32c", value, 4),
        Some(Checksum::Sha256(value)) => ("x-amz-checksum-sha256", value, 32),
        Some(Checksum::Md5(value)) => ("content-md5", value, 16),
    };
    // Strict: padding is there, and what follows the last bit is zero.
    match BASE64.decode(value.as_bytes()) {
        Ok(bytes) if bytes.len() == length => Ok(request.header(name, value)),
        _ => Err(Refusal::Malformed),
    }
}

/// What CreateMultipartUpload has to say before parts may carry such a checksum; of MD5 nothing.
fn algorithm(checksum: ChecksumAlgorithm) -> Option<&'static str> {
    match checksum {
        ChecksumAlgorithm::Crc32c => Some("CRC32C"),
        ChecksumAlgorithm::Sha256 => Some("SHA256"),
        ChecksumAlgorithm::Md5 => None,
    }
}

/// Where nothing is yet, if the store can tell.
fn conditional(request: Request, conditional: bool) -> Request {
    if conditional { request.header("if-none-match", "*") } else { request }
}

/// Nothing that is stored is empty.
fn bounded(length: u64, most: u64) -> Result<u64, Refusal> {
    match length {
        0 => Err(Refusal::Malformed),
        _ if length > most => Err(Refusal::TooLarge),
        _ => Ok(length),
    }
}

/// Without a device the devices, as common prefixes; with one its events, in the order of their
/// numbers.
fn list_events(
    vault: Vault<'_>,
    device: Option<&str>,
    after: Option<&str>,
) -> Result<Request, Refusal> {
    let Some(device) = device else {
        let after = after.map(DeviceId::parse).transpose()?;
        let request = Request::list(vault.log(), PAGE).query("delimiter", "/");
        return Ok(Request {
            start_after: after.map(|device| vault.after_device(&device)),
            ..request
        });
    };
    let device = DeviceId::parse(device)?;
    let after = after.map(seq).transpose()?;
    let request = Request::list(vault.device(&device), PAGE);
    Ok(Request { start_after: after.map(|seq| vault.after_seq(&device, seq)), ..request })
}

/// Exactly 5 digits.
fn digits(text: &str) -> Result<u32, Refusal> {
    let plain = text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| plain).ok_or(Refusal::Malformed)
}

/// Exactly 16 hex digits, lower case.
fn seq(text: &str) -> Result<u64, Refusal> {
    let plain = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if text.len() != 16 || !text.bytes().all(plain) {
        return Err(Refusal::Malformed);
    }
    u64::from_str_radix(text, 16).map_err(|_| Refusal::Malformed)
}
