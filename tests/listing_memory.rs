//! A bucket that lists without end (threat T33), alone in its process so that its memory can be
//! measured.

#![cfg(test)]
#![cfg(target_os = "linux")]

use std::cell::Cell;
use std::fmt::Write;

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::port::{Clock, Entropy, Http, HttpError, NoEntropy, Request, Response};
use frond::transfer::{Bucket, OperationText, Room, Signer, TransferError};
use frond_wire::{ChecksumAlgorithm, Presigned};
use futures_util::FutureExt;

/// A bucket whose list of objects never ends.
struct Endless {
    /// What a page names, from its number on.
    page: fn(&mut String, usize),
    pages: Cell<usize>,
}

#[async_trait(?Send)]
impl Http for Endless {
    async fn send(&self, _request: Request, _sent: &dyn Fn(u64)) -> Result<Response, HttpError> {
        let mut body = String::from("<ListBucketResult><IsTruncated>true</IsTruncated>");
        (self.page)(&mut body, self.pages.get());
        body.push_str("</ListBucketResult>");
        self.pages.set(self.pages.get() + 1);
        Ok(Response { status: 200, headers: Vec::new(), body: body.into_bytes() })
    }

    async fn receive(
        &self,
        _request: Request,
        _piece: usize,
        _received: &dyn Fn(u64),
    ) -> Result<(Response, Bytes), HttpError> {
        Err(HttpError::NoAnswer)
    }
}

#[async_trait(?Send)]
impl Signer for Endless {
    async fn presign(
        &self,
        operations: Vec<OperationText>,
    ) -> Result<Vec<Presigned>, TransferError> {
        let url =
            || Presigned { method: "GET".into(), url: String::new(), headers: Default::default() };
        Ok(operations.iter().map(|_| url()).collect())
    }
}

struct Nothing;

#[async_trait(?Send)]
impl Clock for Nothing {
    fn now_ms(&self) -> u64 {
        0
    }

    async fn sleep(&self, _ms: u64) {}
}

impl Entropy for Nothing {
    fn fill(&self, _bytes: &mut [u8]) -> Result<(), NoEntropy> {
        Ok(())
    }
}

fn listed(bucket: &Endless, room: usize) -> Result<usize, TransferError> {
    let checksum = ChecksumAlgorithm::Crc32c;
    let bucket = Bucket {
        http: bucket,
        clock: &Nothing,
        entropy: &Nothing,
        signer: bucket,
        limit: None,
        checksum,
    };
    let room = Room::of(room);
    let list = bucket.list_objects(&room).now_or_never();
    list.expect("nothing waits").map(|objects| objects.len())
}

fn entry(body: &mut String, key: std::fmt::Arguments<'_>) {
    write!(
        body,
        "<Contents><Key>{key}</Key><Size>1</Size>\
         <LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
    )
    .unwrap();
}

/// A thousand ids that were not there before.
fn ids(body: &mut String, page: usize) {
    for n in 0..1_000 {
        entry(body, format_args!("vaults/a/objects/{:08x}-{:04x}-7000-8000-000000000000", page, n));
    }
}

/// An id, and after it 999 names as long as S3 has them, ascending, that are no ids.
fn long(body: &mut String, page: usize) {
    entry(body, format_args!("vaults/a/objects/{page:08x}-0000-7000-8000-000000000000"));
    junk(body, page);
}

fn junk(body: &mut String, page: usize) {
    let tail = "x".repeat(1_900);
    for n in 0..999 {
        entry(body, format_args!("vaults/a/objects/{page:08x}y{n:04x}{tail}"));
    }
}

/// The same name on every page, but for the last, which ascends.
fn again(body: &mut String, page: usize) {
    for _ in 0..999 {
        entry(body, format_args!("vaults/a/objects/00000000-0000-7000-8000-000000000000"));
    }
    entry(body, format_args!("vaults/a/objects/{page:08x}-0000-7000-8000-000000000000"));
}

/// The most memory that this process ever had resident, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_listing_without_end_is_stopped_and_costs_no_memory_but_its_ids() {
    // One page alone: what a page costs while it is read.
    let endless = Endless { page: long, pages: Cell::new(0) };
    assert_eq!(listed(&endless, 1_500), Err(TransferError::ListTooLong));
    assert_eq!(endless.pages.get(), 2);
    let before = peak();

    // 60 pages, 115 MiB of names: none is kept.
    let endless = Endless { page: long, pages: Cell::new(0) };
    assert_eq!(listed(&endless, 60_000), Err(TransferError::ListTooLong));
    assert_eq!(endless.pages.get(), 61);
    let grown = peak() - before;
    assert!(grown < 8 << 10, "{grown} KiB for names that are no ids");

    // Nothing that the listing could continue after: it ends.
    let endless = Endless { page: junk, pages: Cell::new(0) };
    assert_eq!(listed(&endless, 60_000), Err(TransferError::InvalidResponse));
    assert_eq!(endless.pages.get(), 1);

    // 100 000 ids of 32 bytes.
    let endless = Endless { page: ids, pages: Cell::new(0) };
    assert_eq!(listed(&endless, 100_000), Err(TransferError::ListTooLong));
    assert_eq!(endless.pages.get(), 101);
    let grown = peak() - before;
    assert!(grown < 16 << 10, "{grown} KiB for 100 000 ids");

    // Repeats count as well: a bucket that repeats itself is stopped like any other.
    let endless = Endless { page: again, pages: Cell::new(0) };
    assert_eq!(listed(&endless, 10_000), Err(TransferError::ListTooLong));
    assert_eq!(endless.pages.get(), 11);
}
