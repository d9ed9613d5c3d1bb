//! A share at the endpoint, as anybody sees it who has its link: its record, and URLs for its
//! objects. These requests are signed by nobody.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use async_trait::async_trait;
use frond_wire::{
    MAX_SHARE, Name, ObjectId, OpenedShare, Operation, Presigned, ProblemKind, SHARE_PAGE,
    ShareRecord,
};

use super::{ApiError, MAX_URLS, answer, is_stores, retry_too_many};
use crate::account::ShareId;
use crate::bytes::Bytes;
use crate::port::{Clock, Http, Request};
use crate::transfer::{OperationText, Signer, TransferError};

/// URLs are not used for this long before they expire, in milliseconds.
const MARGIN_MS: u64 = 20_000;

/// One share, and the URLs that were not used yet.
pub(crate) struct ShareClient {
    http: Rc<dyn Http>,
    clock: Rc<dyn Clock>,
    /// `scheme://authority` of the endpoint.
    origin: String,
    /// The only origin that presigned URLs may have.
    store: String,
    share: ShareId,
    /// All objects, ascending.
    objects: RefCell<Vec<ObjectId>>,
    signed: RefCell<BTreeMap<ObjectId, Presigned>>,
    /// When the first of them expires, in milliseconds since the Unix epoch.
    until: Cell<u64>,
}

impl ShareClient {
    pub(crate) fn new(
        http: Rc<dyn Http>,
        clock: Rc<dyn Clock>,
        origin: String,
        store: String,
        share: ShareId,
    ) -> Self {
        let (objects, signed) = (RefCell::default(), RefCell::default());
        Self { http, clock, origin, store, share, objects, signed, until: Cell::new(0) }
    }

    /// `GET /v1/shares/<share_id>`: the record. What names no share is answered as one that ended.
    pub(crate) async fn record(&self) -> Result<ShareRecord, ApiError> {
        let record = self.get(None).await?.ok_or(ApiError::InvalidResponse)?;
        let mut objects = record.objects.clone();
        objects.sort_unstable();
        self.objects.replace(objects);
        Ok(record)
    }

    /// Keeps the URLs of the page that begins at `from`, and returns the record if it is with them.
    async fn get(&self, from: Option<ObjectId>) -> Result<Option<ShareRecord>, ApiError> {
        let Self { origin, share, .. } = self;
        let from = from.map(|from| format!("?from={from}")).unwrap_or_default();
        let request = Request {
            method: "GET".to_owned(),
            url: format!("{origin}/v1/shares/{share}{from}"),
            headers: Vec::new(),
            body: Rc::<Bytes>::default(),
            max_response: MAX_SHARE.saturating_add(MAX_URLS),
        };
        let asked = self.clock.now_ms();
        let opened = match answer(&self.http.send(request, &|_| {}).await?) {
            Err(ApiError::Problem(ProblemKind::NotFound)) => {
                Err(ApiError::Problem(ProblemKind::ShareEnded))
            }
            opened => opened,
        };
        let OpenedShare { record, expires, objects, urls } = opened?;
        let sound = |signed: &Presigned| is_stores(&self.store, &signed.url);
        if objects.len() != urls.len() || !urls.iter().all(sound) {
            return Err(ApiError::InvalidResponse);
        }
        let mut signed = self.signed.borrow_mut();
        if self.is_stale() {
            signed.clear();
        }
        let until = asked.saturating_add(expires.saturating_mul(1000)).saturating_sub(MARGIN_MS);
        self.until.set(if signed.is_empty() { until } else { until.min(self.until.get()) });
        signed.extend(objects.into_iter().zip(urls));
        Ok(record)
    }

    fn is_stale(&self) -> bool {
        self.clock.now_ms() >= self.until.get()
    }

    /// A URL that was not used before: one that did not serve is replaced.
    async fn url(&self, object: ObjectId) -> Result<Presigned, ApiError> {
        retry_too_many(&*self.clock, async || {
            let known = self.signed.borrow_mut().remove(&object).filter(|_| !self.is_stale());
            if let Some(signed) = known {
                return Ok(signed);
            }
            self.get(Some(self.page(object))).await?;
            let signed = self.signed.borrow_mut().remove(&object);
            signed.ok_or(ApiError::Problem(ProblemKind::ShareEnded))
        })
        .await
    }

    /// The first object of the page that has this one: pages do not overlap, so that all objects
    /// are signed with few requests, in whatever order they are asked for.
    fn page(&self, object: ObjectId) -> ObjectId {
        let objects = self.objects.borrow();
        let mut pages = objects.chunks(SHARE_PAGE);
        let page = pages.find(|page| page.last().is_some_and(|last| *last >= object));
        page.and_then(|page| page.first()).copied().unwrap_or(object)
    }
}

#[async_trait(?Send)]
impl Signer for ShareClient {
    /// Signs GETs of the share's objects only.
    async fn presign(
        &self,
        operations: Vec<OperationText>,
    ) -> Result<Vec<Presigned>, TransferError> {
        let mut urls = Vec::with_capacity(operations.len());
        for operation in operations {
            match serde_json::from_str(operation.as_str()) {
                Ok(Operation::Get(Name::Object(object))) => urls.push(self.url(object).await?),
                _ => return Err(TransferError::Refused),
            }
        }
        Ok(urls)
    }
}
