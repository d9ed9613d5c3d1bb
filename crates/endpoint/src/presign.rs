//! `POST /v1/presign`: turns a batch of operations into signed URLs, all or nothing.
//!
//! [`plan`] turns one operation into one S3 request and is pure; the account always comes from the
//! caller's login, never from the request.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use data_encoding::BASE64;
use frond_wire::{
    Checksum, ChecksumAlgorithm, Key, Listing, MAX_OPERATIONS, Name, ObjectId, Operation,
    PresignRequest, PresignResponse, Presigned, UploadId, Vault,
};
use rusty_s3::Method;

use crate::App;
use crate::auth::{Caller, Signed};
use crate::error::Refusal;
use crate::s3::Request;

/// Largest body of one PUT or one part (S3: 5 GiB).
const MAX_PUT: u64 = 5 << 30;
/// Largest event, and largest page of an upload's journal, in bytes.
const MAX_SMALL: u64 = 1 << 20;
/// Largest thumbnail, in bytes.
const MAX_THUMBNAIL: u64 = 40 << 10;
/// Largest snapshot, in bytes.
const MAX_SNAPSHOT: u64 = 1 << 30;
/// Largest index segment, in bytes.
const MAX_SEGMENT: u64 = 4 << 20;
/// Keys per page of a listing (S3's own limit).
const PAGE: usize = 1_000;

/// Signs a batch.
///
/// # Errors
///
/// [`Refusal::Malformed`] for an operation that violates the contract, [`Refusal::TooLarge`] for a
/// length above its limit, [`Refusal::Quota`] if the batch does not fit; in each case nothing is
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
    let vault = Vault(caller.account);
    let rules = Rules {
        conditional: app.store.conditional(),
        checksum: app.store.checksum(),
        max_object: app.config.limits.max_object_bytes,
    };
    let requests = batch.operations.iter().map(|operation| plan(operation, vault, rules));
    let requests = requests.collect::<Result<Vec<_>, _>>()?;
    let mut parts = BTreeSet::new();
    let part = |operation: &Operation| match operation {
        Operation::UploadPart { upload, part, .. } => Some((upload.clone(), *part)),
        Operation::Put { .. }
        | Operation::Get(_)
        | Operation::Head(_)
        | Operation::Delete(_)
        | Operation::List(_)
        | Operation::CreateUpload(_)
        | Operation::ListParts { .. }
        | Operation::ListUploads { .. }
        | Operation::CompleteUpload { .. }
        | Operation::AbortUpload { .. } => None,
    };
    if !batch.operations.iter().filter_map(part).all(|part| parts.insert(part)) {
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

/// The part of the configuration that [`plan`] needs.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Whether PUTs carry `If-None-Match: *`.
    pub conditional: bool,
    /// Checksum algorithm of the parts of a new upload.
    pub checksum: ChecksumAlgorithm,
    /// Largest stored object, in bytes.
    pub max_object: u64,
}

/// The S3 request of one operation.
///
/// # Errors
///
/// [`Refusal::Malformed`] for a malformed checksum or a length of zero, [`Refusal::TooLarge`] for a
/// length above its limit.
pub fn plan(operation: &Operation, vault: Vault, rules: Rules) -> Result<Request, Refusal> {
    let object = |object: &ObjectId| vault.name(&Name::Object(*object));
    let upload = |method, of: &ObjectId, upload: &UploadId| {
        Request::object(method, object(of)).query("uploadId", upload)
    };
    Ok(match operation {
        Operation::Put { name, length, checksum } => {
            let most = largest(name).min(rules.max_object);
            put(vault.name(name), *length, checksum.as_ref(), most, rules.conditional)?
        }
        Operation::Get(name) => Request::object(Method::Get, vault.name(name)),
        Operation::Head(of) => Request::object(Method::Head, object(of)),
        Operation::Delete(name) => Request::object(Method::Delete, vault.name(name)),
        Operation::List(listing) => list(vault, listing),
        Operation::CreateUpload(of) => {
            let request = Request::object(Method::Post, object(of)).query("uploads", "");
            match algorithm(rules.checksum) {
                Some(name) => request.header("x-amz-checksum-algorithm", name),
                None => request,
            }
        }
        // All parts but the last have equal length, and the last is no longer: an object of `part`
        // parts has at least this length.
        Operation::UploadPart { object: of, upload: id, part, length, checksum } => {
            let request = upload(Method::Put, of, id).query("partNumber", part);
            bounded(length.saturating_mul(part.get().into()), rules.max_object)?;
            checked(
                request.header("content-length", bounded(*length, MAX_PUT)?),
                checksum.as_ref(),
            )?
        }
        Operation::ListParts { object: of, upload: id, after } => {
            let request = upload(Method::Get, of, id).query("max-parts", PAGE);
            match after {
                Some(part) => request.query("part-number-marker", part),
                None => request,
            }
        }
        Operation::ListUploads { object: of } => {
            let prefix = of.as_ref().map_or_else(|| vault.objects(), object);
            Request { prefix: Some(prefix), ..Request::bucket(Method::Get) }
                .query("uploads", "")
                .query("encoding-type", "url")
                .query("max-uploads", PAGE)
        }
        // Two devices may continue one upload: the first to complete it creates the object; it is
        // never replaced.
        Operation::CompleteUpload { object: of, upload: id } => {
            conditional(upload(Method::Post, of, id), rules.conditional)
        }
        Operation::AbortUpload { object: of, upload: id } => upload(Method::Delete, of, id),
    })
}

/// Largest body of an object of this kind, in bytes.
const fn largest(name: &Name) -> u64 {
    match name {
        Name::Object(_) => MAX_PUT,
        Name::Event(_) | Name::Journal(..) => MAX_SMALL,
        Name::Snapshot(_) => MAX_SNAPSHOT,
        Name::Segment(_) => MAX_SEGMENT,
        Name::Thumbnail(_) => MAX_THUMBNAIL,
    }
}

/// A listing that resumes after the last page; devices are listed as common prefixes.
fn list(vault: Vault, listing: &Listing) -> Request {
    let start_after = vault.start_after(listing);
    let request = Request { start_after, ..Request::list(vault.prefix(listing), PAGE) };
    match listing {
        Listing::Devices { .. } => request.query("delimiter", "/"),
        Listing::Objects { .. }
        | Listing::Events { .. }
        | Listing::Snapshots { .. }
        | Listing::Journals { .. }
        | Listing::Journal { .. }
        | Listing::Segments { .. }
        | Listing::Thumbnails { .. } => request,
    }
}

/// PUT of exactly `length` bytes, only if the key is free.
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

/// Signs the checksum that the caller gives for its body: the store refuses any other body.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>
fn checked(request: Request, checksum: Option<&Checksum>) -> Result<Request, Refusal> {
    let (name, value, length) = match checksum {
        None => return Ok(request),
        Some(Checksum::Crc32c(value)) => ("x-amz-checksum-crc32c", value, 4),
        Some(Checksum::Sha256(value)) => ("x-amz-checksum-sha256", value, 32),
        Some(Checksum::Md5(value)) => ("content-md5", value, 16),
    };
    // Strict: padding is required and trailing bits are zero.
    match BASE64.decode(value.as_bytes()) {
        Ok(bytes) if bytes.len() == length => Ok(request.header(name, value)),
        _ => Err(Refusal::Malformed),
    }
}

/// Value that CreateMultipartUpload needs for this checksum of parts; `None` for MD5.
fn algorithm(checksum: ChecksumAlgorithm) -> Option<&'static str> {
    match checksum {
        ChecksumAlgorithm::Crc32c => Some("CRC32C"),
        ChecksumAlgorithm::Sha256 => Some("SHA256"),
        ChecksumAlgorithm::Md5 => None,
    }
}

/// Adds `If-None-Match: *` if the store supports it.
fn conditional(request: Request, conditional: bool) -> Request {
    if conditional { request.header("if-none-match", "*") } else { request }
}

/// Checks a length; empty objects are not allowed.
fn bounded(length: u64, most: u64) -> Result<u64, Refusal> {
    match length {
        0 => Err(Refusal::Malformed),
        _ if length > most => Err(Refusal::TooLarge),
        _ => Ok(length),
    }
}
