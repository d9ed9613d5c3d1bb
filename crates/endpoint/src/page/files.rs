//! The page's files in memory: each version is read and compressed once, on its first request, and
//! served from memory after that.
//!
//! A `name.br` or `name.gz` next to `name` that is not older is served instead of compressing. A
//! file whose modification time or length changed is read again.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD;
use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::filled;

/// Largest file that is served, in bytes; the page's largest program is a tenth of it.
const MAX_FILE: u64 = 16 << 20;
/// Most bytes held, in all encodings. Beyond that, files are served uncompressed and not cached.
const MAX_HELD: usize = 64 << 20;
/// Files smaller than this, in bytes, are not compressed.
const MIN_COMPRESSED: usize = 256;
/// Brotli quality. 11 would take seconds for the page's program and save a tenth; for that, put
/// `.br` files next to the originals.
const BROTLI_QUALITY: u32 = 5;
/// Brotli window, log2 of bytes.
const BROTLI_WINDOW: u32 = 22;

/// The files of one folder.
pub struct Files {
    folder: PathBuf,
    /// Filled into `index.html`.
    deployment: String,
    origins: String,
    held: Mutex<Held>,
    /// One file is compressed at a time, so that a burst of requests cannot use all cores.
    compressing: Semaphore,
}

#[derive(Default)]
struct Held {
    files: HashMap<PathBuf, Arc<File>>,
    bytes: usize,
}

/// One version of a file.
pub(super) struct File {
    version: Version,
    /// Its media type.
    pub(super) media: HeaderValue,
    /// Uncompressed; then compressed, the better encoding first.
    plain: Body,
    compressed: Vec<Body>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Version {
    modified: SystemTime,
    length: u64,
}

/// A file in one encoding.
pub(super) struct Body {
    encoding: Option<&'static str>,
    etag: HeaderValue,
    /// The bytes to send.
    pub(super) bytes: Bytes,
}

impl Files {
    /// Files of `folder`, which is read on request. The page may connect to `origins`.
    #[must_use]
    pub fn new(folder: PathBuf, deployment: String, origins: String) -> Self {
        Self { folder, deployment, origins, held: Mutex::default(), compressing: Semaphore::new(1) }
    }

    /// The file under the path of a URL.
    pub(super) async fn find(&self, path: &str) -> Option<Arc<File>> {
        let name = if path == "/" { PathBuf::from("index.html") } else { name(path)? };
        let file = self.folder.join(&name);
        let found = tokio::fs::metadata(&file).await.ok().filter(fs::Metadata::is_file)?;
        if found.len() > MAX_FILE {
            tracing::warn!(file = %file.display(), "a file of the page is too large to be served");
            return None;
        }
        let version = Version { modified: found.modified().ok()?, length: found.len() };
        if let Some(held) = self.held(&name, version) {
            return Some(held);
        }
        let _turn = self.compressing.acquire().await.ok()?;
        if let Some(held) = self.held(&name, version) {
            return Some(held);
        }
        let told = (self.deployment.clone(), self.origins.clone());
        let told = (name == Path::new("index.html")).then_some(told);
        let full = self.is_full();
        let read = move || File::read(&file, version, told, !full);
        let file = Arc::new(tokio::task::spawn_blocking(read).await.ok()?.ok()?);
        self.hold(name, Arc::clone(&file));
        Some(file)
    }

    fn held(&self, name: &Path, version: Version) -> Option<Arc<File>> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.files.get(name).filter(|file| file.version == version).cloned()
    }

    fn is_full(&self) -> bool {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).bytes >= MAX_HELD
    }

    fn hold(&self, name: PathBuf, file: Arc<File>) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let before = held.files.remove(&name).map_or(0, |before| before.size());
        held.bytes = held.bytes.saturating_sub(before);
        if held.bytes.saturating_add(file.size()) <= MAX_HELD {
            held.bytes = held.bytes.saturating_add(file.size());
            held.files.insert(name, file);
        }
    }
}

impl File {
    fn read(
        path: &Path,
        version: Version,
        told: Option<(String, String)>,
        compress: bool,
    ) -> io::Result<Self> {
        let mut bytes = fs::read(path)?;
        let mut media = mime_guess::from_path(path).first_or_octet_stream().to_string();
        if let Some((deployment, origins)) = &told {
            bytes = filled(&String::from_utf8_lossy(&bytes), deployment, origins).into_bytes();
            media.push_str("; charset=utf-8");
        }
        let mut compressed = Vec::new();
        if compress && bytes.len() >= MIN_COMPRESSED {
            for (encoding, ending, pack) in ENCODINGS {
                // Precompressed files hold the original index.html, not the filled one.
                let beside = if told.is_none() { beside(path, ending, version) } else { None };
                let packed = beside.map_or_else(|| pack(&bytes), Ok)?;
                if packed.len() < bytes.len() {
                    compressed.push(Body::new(Some(encoding), packed));
                }
            }
        }
        let media = HeaderValue::try_from(media).map_err(io::Error::other)?;
        Ok(Self { version, media, plain: Body::new(None, bytes), compressed })
    }

    fn size(&self) -> usize {
        self.compressed.iter().chain([&self.plain]).map(|body| body.bytes.len()).sum()
    }

    /// The best encoding that the client accepts (RFC 9110 §12.5.3).
    pub(super) fn accepted(&self, headers: &HeaderMap) -> &Body {
        let lines =
            headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
        let taken: Vec<&str> = lines.flat_map(|line| line.split(',')).filter_map(taken).collect();
        let is_taken = |body: &&Body| {
            body.encoding.is_some_and(|name| taken.iter().any(|t| t.eq_ignore_ascii_case(name)))
        };
        self.compressed.iter().find(is_taken).unwrap_or(&self.plain)
    }
}

impl Body {
    fn new(encoding: Option<&'static str>, bytes: Vec<u8>) -> Self {
        let digest = Sha256::digest(&bytes);
        let (half, _) = digest.split_at(16);
        let etag = HeaderValue::try_from(format!("\"{}\"", BASE64URL_NOPAD.encode(half)));
        // Always a header: quotes and base64.
        Self {
            encoding,
            etag: etag.unwrap_or(HeaderValue::from_static("\"\"")),
            bytes: bytes.into(),
        }
    }

    /// Whether the client's cache already holds these bytes (RFC 9110 §13.1.2).
    pub(super) fn is_known(&self, headers: &HeaderMap) -> bool {
        let lines =
            headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
        let tags =
            lines.flat_map(|line| line.split(',')).map(|tag| tag.trim().trim_start_matches("W/"));
        let mut tags = tags.map(str::as_bytes);
        tags.any(|tag| tag == b"*" || tag == self.etag.as_bytes())
    }

    /// Headers that identify these bytes to caches.
    pub(super) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut set = |name: HeaderName, value: HeaderValue| drop(headers.insert(name, value));
        set(header::VARY, HeaderValue::from_static("accept-encoding"));
        set(header::ETAG, self.etag.clone());
        if let Some(encoding) = self.encoding {
            set(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        headers
    }
}

type Pack = fn(&[u8]) -> io::Result<Vec<u8>>;

/// Encodings, the better first: name, extension of the precompressed file, compressor.
const ENCODINGS: [(&str, &str, Pack); 2] = [("br", "br", brotli), ("gzip", "gz", gzip)];

/// [RFC 7932](https://www.rfc-editor.org/rfc/rfc7932)
fn brotli(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 4096, BROTLI_QUALITY, BROTLI_WINDOW);
    writer.write_all(bytes)?;
    Ok(writer.into_inner())
}

/// [RFC 1952](https://www.rfc-editor.org/rfc/rfc1952)
fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes)?;
    writer.finish()
}

/// The precompressed file, unless it is older than the original.
fn beside(path: &Path, ending: &str, version: Version) -> Option<Vec<u8>> {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    let found = fs::metadata(&name).ok()?;
    let fits =
        found.is_file() && found.len() <= MAX_FILE && found.modified().ok()? >= version.modified;
    if fits { fs::read(name).ok() } else { None }
}

/// The name of an accepted encoding; `None` for quality 0.
fn taken(item: &str) -> Option<&str> {
    let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
    let quality = parameters.trim().trim_start_matches(['q', 'Q']).trim_start_matches('=');
    let refused = quality.parse::<f32>().is_ok_and(|quality| quality <= 0.0);
    if refused { None } else { Some(name.trim()) }
}

/// A URL path as a path below the folder; `None` if it leads outside.
fn name(path: &str) -> Option<PathBuf> {
    let text = percent_decode_str(path.strip_prefix('/')?).decode_utf8().ok()?;
    let path = Path::new(&*text);
    let plain = !text.contains(['\\', '\0', ':']) && !text.is_empty() && !text.ends_with('/');
    let below = path.components().all(|part| matches!(part, Component::Normal(_)));
    (plain && below).then(|| path.components().collect())
}
