//! Transfers in this process.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use async_trait::async_trait;
use frond::object::ObjectId;
use frond::port::{Sink, Source};
use frond::transfer::{
    self, ArchiveJob, DownloadJob, Job, JobIo, Outcome, Signer, TransferControl, TransferError,
    TransferRunner, TransferWorld,
};

use super::target::Target;

/// Carries transfers, downloads to the targets that were named for them.
pub struct InProcess {
    world: TransferWorld,
    targets: RefCell<BTreeMap<ObjectId, Target>>,
    archive: RefCell<Option<Target>>,
}

impl InProcess {
    /// A runner over these adapters.
    #[must_use]
    pub fn new(world: TransferWorld) -> Self {
        Self { world, targets: RefCell::default(), archive: RefCell::default() }
    }

    /// The next download of this file goes there.
    pub fn aim(&self, file: ObjectId, target: Target) {
        self.targets.borrow_mut().insert(file, target);
    }

    /// The next archive goes there.
    pub fn aim_archive(&self, target: Target) {
        self.archive.replace(Some(target));
    }
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
        let mut io = Io { runner: self, source, sink: None };
        transfer::run(&self.world, &job, &mut io, &*signer, &control).await
    }

    fn stop(&self) {}
}

struct Io<'a> {
    runner: &'a InProcess,
    source: Option<Rc<dyn Source>>,
    sink: Option<Box<dyn Sink>>,
}

impl JobIo for Io<'_> {
    fn source(&self) -> Option<&dyn Source> {
        self.source.as_deref()
    }

    fn sink(&mut self, job: &DownloadJob) -> Result<&mut dyn Sink, TransferError> {
        let target =
            self.runner.targets.borrow().get(&job.id).cloned().ok_or(TransferError::Target)?;
        Ok(&mut **self.sink.insert(target.open()?))
    }

    fn archive_sink(&mut self, _: &ArchiveJob) -> Result<&mut dyn Sink, TransferError> {
        let target = self.runner.archive.borrow().clone().ok_or(TransferError::Target)?;
        Ok(&mut **self.sink.insert(target.open()?))
    }
}
