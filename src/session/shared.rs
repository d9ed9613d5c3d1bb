//! A link, opened by whoever has it: no account is needed, and nothing is kept on this device but
//! the deployment's name.
//!
//! What the endpoint says is compared with what is sealed inside: another share's record, other
//! files, another time to end are refused. Each file is read by its own content key and checked
//! against its seal before any byte is given out.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use futures_util::stream::Stream;

use super::error::ShareError;
use super::locked::LockedVault;
use super::world::World;
use crate::bytes::Bytes;
use crate::catalog::{FileRow, distinct};
use crate::client::{self, ShareClient};
use crate::object::ObjectId;
use crate::port::RangeRequest;
use crate::secret::{ContentKey, Password, ShareSecret};
use crate::share::{ShareRecord, SharedFile, open_files};
use crate::transfer::{
    ArchiveJob, ArchivedFile, DownloadJob, ObjectReader, Progress, ReadAhead, Signer,
    TransferControl, TransferError, safe_name, safe_path, serve as serve_ranges,
};

/// A link whose record was fetched and is still sealed.
pub struct SharedLink {
    world: Rc<World>,
    client: Rc<ShareClient>,
    secret: ShareSecret,
    record: ShareRecord,
}

impl LockedVault {
    /// Fetches what a link names. Changes nothing, at the endpoint or in storage.
    ///
    /// # Errors
    /// [`ShareError::Ended`]; others as returned by the requests.
    pub async fn shared(&self, secret: ShareSecret) -> Result<SharedLink, ShareError> {
        let config = self.config().await?;
        let World { http, clock, .. } = &*self.world;
        let origin = match config.endpoint.as_str() {
            "" => client::origin(&self.world.base_url).unwrap_or_default().to_owned(),
            endpoint => endpoint.to_owned(),
        };
        let (http, clock, id) = (Rc::clone(http), Rc::clone(clock), secret.id());
        let client = Rc::new(ShareClient::new(http, clock, origin, config.store, id));
        let record = client.record().await?;
        Ok(SharedLink { world: Rc::clone(&self.world), client, secret, record })
    }
}

impl SharedLink {
    /// Whether a link password is needed.
    #[must_use]
    pub fn needs_password(&self) -> bool {
        self.record.password
    }

    /// Opens the list of files. May be tried again with another password.
    ///
    /// # Errors
    /// [`ShareError::Password`] if a password is needed and this is not it, or if what is stored
    /// was changed, which cannot be told apart; [`ShareError::Changed`] where none is needed;
    /// [`ShareError::Ended`] by this device's clock, whatever the endpoint says.
    pub async fn open(&self, password: Option<&Password>) -> Result<SharedFiles, ShareError> {
        let Self { world, client, secret, record } = self;
        if record.password && password.is_none() {
            return Err(ShareError::Password);
        }
        let now = world.clock.now_ms() / 1000;
        if record.expires.is_some_and(|expires| expires <= now) {
            return Err(ShareError::Ended);
        }
        let key = secret.key(&*world.cipher, password.filter(|_| record.password)).await?;
        let files = open_files(&key, &secret.id(), record).map_err(|_| {
            if record.password { ShareError::Password } else { ShareError::Changed }
        })?;
        Ok(SharedFiles::new(world, client, files, record.expires))
    }
}

/// The files of an open link.
pub struct SharedFiles {
    world: Rc<World>,
    client: Rc<ShareClient>,
    files: Vec<SharedFile>,
    rows: Vec<Rc<FileRow>>,
    /// Where each is in the two.
    places: BTreeMap<ObjectId, usize>,
    expires: Option<u64>,
}

impl SharedFiles {
    /// The files in path order. Names come from whoever shared them, so all are made safe and
    /// distinct.
    fn new(
        world: &Rc<World>,
        client: &Rc<ShareClient>,
        mut files: Vec<SharedFile>,
        expires: Option<u64>,
    ) -> Self {
        files.sort_by(|a, b| (&a.path, a.id).cmp(&(&b.path, b.id)));
        let paths: Vec<_> = files.iter().map(|file| safe_path(&file.path)).collect();
        let row = |(file, path): (&SharedFile, String)| {
            Rc::new(FileRow {
                id: file.id,
                path,
                size: file.size,
                media_type: file.media_type.clone().into(),
                modified: file.modified,
                added: 0,
                fault: None,
            })
        };
        let rows = files.iter().zip(distinct(&paths)).map(row).collect();
        let places = files.iter().enumerate().map(|(at, file)| (file.id, at)).collect();
        Self { world: Rc::clone(world), client: Rc::clone(client), files, rows, places, expires }
    }

    /// The files, in path order.
    #[must_use]
    pub fn rows(&self) -> &[Rc<FileRow>] {
        &self.rows
    }

    /// When the link ends, in Unix seconds; `None` for never.
    #[must_use]
    pub fn expires(&self) -> Option<u64> {
        self.expires
    }

    /// These bytes of a file's content, verified, clipped to its size. `told` hears of progress and
    /// of waiting: transient failures are retried without limit, until the future is dropped.
    ///
    /// # Errors
    /// [`TransferError::Missing`], [`TransferError::Changed`] or `Truncated` if the bucket does not
    /// have what was shared, [`TransferError::Unshared`] once the link has ended.
    pub async fn read(
        &self,
        id: ObjectId,
        range: Range<u64>,
        told: impl Fn(Progress) + 'static,
    ) -> Result<Bytes, TransferError> {
        let (world, job, control) =
            (self.world.of_transfers(), self.job(id, safe_name)?, TransferControl::new(told));
        let is_whole = range.start == 0 && range.end >= job.size;
        let ahead = if range.end >= job.size { ReadAhead::WHOLE } else { ReadAhead::NONE };
        let mut reader = ObjectReader::new(&world, &job, &*self.client, &control, ahead)?;
        if is_whole { reader.whole().await } else { reader.read(range).await }
    }

    /// Answers requests for ranges of a file's content with verified bytes, several at once, until
    /// there are no more, or until the future is dropped.
    ///
    /// # Errors
    /// As [`SharedFiles::read`]; all requests then end, their sinks unfinished.
    pub async fn serve(
        &self,
        id: ObjectId,
        requests: impl Stream<Item = RangeRequest> + Unpin,
        told: impl Fn(Progress) + 'static,
    ) -> Result<(), TransferError> {
        let (world, job, control) =
            (self.world.of_transfers(), self.job(id, safe_name)?, TransferControl::new(told));
        serve_ranges(&world, &job, &*self.client, &control, requests).await
    }

    /// Downloads, verifies and saves a file under its name, going on where an earlier download of
    /// it stopped as one of a vault's does.
    ///
    /// # Errors
    /// As [`SharedFiles::read`]; others as the target has them.
    pub async fn download(
        &self,
        id: ObjectId,
        control: Rc<TransferControl>,
    ) -> Result<(), TransferError> {
        let job = self.job(id, safe_name)?;
        self.world.runner.download(job, self.signer(), control).await
    }

    /// Downloads files as one zip archive `name`.zip, verified.
    ///
    /// # Errors
    /// As [`SharedFiles::download`].
    pub async fn download_archive(
        &self,
        ids: &[ObjectId],
        name: &str,
        control: Rc<TransferControl>,
    ) -> Result<(), TransferError> {
        let files = ids.iter().map(|id| {
            let file = self.job(*id, str::to_owned)?;
            let modified = self.found(*id)?.1.modified.unwrap_or_default();
            Ok(ArchivedFile { file, modified })
        });
        let files = files.collect::<Result<_, TransferError>>()?;
        let job = ArchiveJob { name: safe_name(&format!("{name}.zip")), files };
        self.world.runner.archive(job, self.signer(), control).await
    }

    fn signer(&self) -> Rc<dyn Signer> {
        self.client.clone()
    }

    fn found(&self, id: ObjectId) -> Result<(&SharedFile, &FileRow), TransferError> {
        let found =
            self.places.get(&id).and_then(|at| Some((self.files.get(*at)?, self.rows.get(*at)?)));
        found.map(|(file, row)| (file, &**row)).ok_or(TransferError::Missing)
    }

    /// What to download, saved under what `name` makes of its path.
    fn job(
        &self,
        id: ObjectId,
        name: impl Fn(&str) -> String,
    ) -> Result<DownloadJob, TransferError> {
        let (file, row) = self.found(id)?;
        Ok(DownloadJob {
            id,
            // EXPOSE: a copy for the transfer, wiped with it.
            content_key: ContentKey::copied(file.content_key.expose()),
            meta_key: None,
            size: file.size,
            header: file.header,
            seals: vec![file.seal],
            name: name(&row.path),
            media_type: file.media_type.clone(),
        })
    }
}
