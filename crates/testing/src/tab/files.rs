//! Files to add, a folder to save to, and transfers between them.

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::port::{Sink, Source, Unreadable, Unwritable};
use frond::transfer::{
    DownloadJob, Job, JobIo, Outcome, Signer, TransferControl, TransferError, TransferRunner,
    TransferWorld,
};

use crate::crossing;

/// A file to add.
#[derive(Clone)]
pub struct MemorySource {
    /// Where it is, its name last.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

#[async_trait(?Send)]
impl Source for MemorySource {
    fn path(&self) -> String {
        self.path.clone()
    }

    fn size(&self) -> u64 {
        u64::try_from(self.bytes.len()).unwrap()
    }

    fn media_type(&self) -> String {
        "application/x-test".to_owned()
    }

    fn modified(&self) -> Option<i64> {
        Some(1_700_000_000_123)
    }

    async fn read(&self, offset: u64, length: usize) -> Result<Bytes, Unreadable> {
        let offset = usize::try_from(offset).unwrap();
        self.bytes.get(offset..offset + length).map(Bytes::from).ok_or(Unreadable)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Where downloads go: by name what was written, and whether it was finished.
#[derive(Default)]
pub struct Folder(pub RefCell<BTreeMap<String, (Vec<u8>, bool)>>);

struct Saving {
    folder: Rc<Folder>,
    name: String,
}

#[async_trait(?Send)]
impl Sink for Saving {
    async fn write(&mut self, bytes: Bytes) -> Result<(), Unwritable> {
        self.folder
            .0
            .borrow_mut()
            .entry(self.name.clone())
            .or_default()
            .0
            .extend_from_slice(&bytes.bytes());
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), Unwritable> {
        self.folder.0.borrow_mut().entry(self.name.clone()).or_default().1 = true;
        Ok(())
    }
}

/// Transfers in this process.
pub struct InProcess {
    /// What they run in.
    pub world: TransferWorld,
    /// Where downloads go.
    pub folder: Rc<Folder>,
}

#[async_trait(?Send)]
impl TransferRunner for InProcess {
    async fn run(
        &self,
        job: Job,
        source: Option<Rc<dyn Source>>,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<Outcome, TransferError> {
        let mut io = Io { folder: self.folder.clone(), source, sink: None };
        crossing::run(&self.world, &job, &mut io, &*signer, &control).await
    }

    fn stop(&self) {}
}

struct Io {
    folder: Rc<Folder>,
    source: Option<Rc<dyn Source>>,
    sink: Option<Saving>,
}

impl JobIo for Io {
    fn source(&self) -> Option<&dyn Source> {
        self.source.as_deref()
    }

    fn sink(&mut self, job: &DownloadJob) -> Result<&mut dyn Sink, TransferError> {
        self.folder.0.borrow_mut().remove(&job.name);
        Ok(self.sink.insert(Saving { folder: self.folder.clone(), name: job.name.clone() }))
    }
}
