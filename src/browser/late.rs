//! The adapters that the list does not need. They are in a module of the program that is fetched
//! when one of them is first used.

use std::cell::OnceCell;
use std::rc::Rc;

use async_trait::async_trait;
use frond_preview::{Encoding, Playable, Preview};
use frond_search::Line;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use crate::bytes::Bytes;
use crate::port::{
    Depicted, FolderPicker, MediaServer, MediaSource, Merging, Meter, OpenIndex, OpenPdf,
    PasskeyFault, Passkeys, PdfFault, PdfOpener, PickedFolder, Previewer, SearchFault,
    SearchProgram, Source, Thumbnailer, WritableFile,
};
use crate::secret::Root;
use crate::transfer::{
    DownloadJob, Job, Outcome, Signer, TransferControl, TransferError, TransferRunner,
};

/// The adapters themselves.
pub struct Adapters {
    /// Runs transfers in Workers.
    pub runner: Rc<dyn TransferRunner>,
    /// Search in contents.
    pub search: Rc<dyn SearchProgram>,
    /// Works out what files show.
    pub previewer: Rc<dyn Previewer>,
    /// Has the user pick a folder.
    pub folders: Rc<dyn FolderPicker>,
    /// Gives files URLs, for players.
    pub media: Rc<dyn MediaServer>,
    /// Draws PDF files.
    pub pdf: Rc<dyn PdfOpener>,
    /// Makes thumbnails.
    pub thumbnailer: Rc<dyn Thumbnailer>,
    /// Passkeys.
    pub passkeys: Rc<dyn Passkeys>,
    /// Strength meter.
    pub meter: Rc<dyn Meter>,
}

/// Stands for each of them, and has them fetched. While they cannot be fetched, each answers as if
/// its own program or Worker could not be loaded.
pub struct Late {
    load: fn() -> LocalBoxFuture<'static, Option<Adapters>>,
    loaded: OnceCell<Adapters>,
}

impl Late {
    /// `load` makes the adapters; `None` while their module cannot be fetched.
    #[must_use]
    pub fn new(load: fn() -> LocalBoxFuture<'static, Option<Adapters>>) -> Self {
        Self { load, loaded: OnceCell::new() }
    }

    async fn get(&self) -> Option<&Adapters> {
        if self.loaded.get().is_none() {
            let adapters = (self.load)().await?;
            // Unless another call was faster.
            let _ = self.loaded.set(adapters);
        }
        self.loaded.get()
    }

    /// The module comes from where the page comes from.
    async fn runner(&self) -> Result<&dyn TransferRunner, TransferError> {
        self.get().await.map(|adapters| &*adapters.runner).ok_or(TransferError::EndpointDown)
    }

    async fn search(&self) -> Result<&dyn SearchProgram, SearchFault> {
        self.get().await.map(|adapters| &*adapters.search).ok_or(SearchFault::NotLoaded)
    }

    /// The adapters if their module is there.
    fn at_hand(&self) -> Option<&Adapters> {
        self.get().now_or_never().flatten()
    }
}

#[async_trait(?Send)]
impl TransferRunner for Late {
    fn prepare(&self) {
        if let Some(adapters) = self.at_hand() {
            adapters.runner.prepare();
        }
    }

    async fn run(
        &self,
        job: Job,
        source: Option<Rc<dyn Source>>,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<Outcome, TransferError> {
        self.runner().await?.run(job, source, signer, control).await
    }

    async fn save(
        &self,
        job: DownloadJob,
        file: Rc<dyn WritableFile>,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<(), TransferError> {
        self.runner().await?.save(job, file, signer, control).await
    }

    fn stop(&self) {
        if let Some(adapters) = self.loaded.get() {
            adapters.runner.stop();
        }
    }
}

#[async_trait(?Send)]
impl SearchProgram for Late {
    async fn text(&self, name: &str, bytes: &Bytes) -> Result<Option<String>, SearchFault> {
        self.search().await?.text(name, bytes).await
    }

    async fn index(&self, texts: &[String]) -> Result<Vec<u8>, SearchFault> {
        self.search().await?.index(texts).await
    }

    async fn merge(&self, documents: u32, indexes: &[Merging]) -> Result<Vec<u8>, SearchFault> {
        self.search().await?.merge(documents, indexes).await
    }

    async fn open(&self, documents: u32, index: &[u8]) -> Result<Rc<dyn OpenIndex>, SearchFault> {
        self.search().await?.open(documents, index).await
    }

    async fn line(
        &self,
        text: &str,
        required: &[String],
        other: &[String],
    ) -> Result<Option<Line>, SearchFault> {
        self.search().await?.line(text, required, other).await
    }

    fn stop(&self) {
        if let Some(adapters) = self.loaded.get() {
            adapters.search.stop();
        }
    }
}

#[async_trait(?Send)]
impl Previewer for Late {
    async fn preview(
        &self,
        name: &str,
        encoding: Option<Encoding>,
        bytes: &Bytes,
        whole: bool,
    ) -> Option<Preview> {
        self.get().await?.previewer.preview(name, encoding, bytes, whole).await
    }
}

#[async_trait(?Send)]
impl FolderPicker for Late {
    fn is_there(&self) -> bool {
        self.at_hand().is_some_and(|adapters| adapters.folders.is_there())
    }

    async fn pick(&self) -> Option<Rc<dyn PickedFolder>> {
        self.get().await?.folders.pick().await
    }
}

#[async_trait(?Send)]
impl MediaServer for Late {
    async fn offer(&self, kind: Playable, size: u64) -> Option<MediaSource> {
        self.get().await?.media.offer(kind, size).await
    }
}

#[async_trait(?Send)]
impl PdfOpener for Late {
    async fn open(&self, bytes: Bytes) -> Result<Rc<dyn OpenPdf>, PdfFault> {
        self.get().await.ok_or(PdfFault::NotLoaded)?.pdf.open(bytes).await
    }
}

#[async_trait(?Send)]
impl Thumbnailer for Late {
    async fn thumbnail(&self, of: Depicted<'_>, room: usize) -> Option<Vec<u8>> {
        self.get().await?.thumbnailer.thumbnail(of, room).await
    }
}

#[async_trait(?Send)]
impl Passkeys for Late {
    async fn create(
        &self,
        name: &str,
        handle: [u8; 16],
        salt: [u8; 32],
    ) -> Result<Root, PasskeyFault> {
        self.get().await.ok_or(PasskeyFault::Failed)?.passkeys.create(name, handle, salt).await
    }

    async fn get(&self, salt: [u8; 32]) -> Result<Root, PasskeyFault> {
        Self::get(self).await.ok_or(PasskeyFault::Failed)?.passkeys.get(salt).await
    }
}

#[async_trait(?Send)]
impl Meter for Late {
    async fn guesses_log10(&self, password: &str, inputs: &[&str]) -> Option<f64> {
        self.get().await?.meter.guesses_log10(password, inputs).await
    }

    fn stop(&self) {
        if let Some(adapters) = self.loaded.get() {
            adapters.meter.stop();
        }
    }
}
