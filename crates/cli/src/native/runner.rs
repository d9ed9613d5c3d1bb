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

use super::target::{Opened, Target};

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
        let mut io = Io { runner: self, source, target: None };
        let ended = transfer::run(&self.world, &job, &mut io, &*signer, &control).await;
        // What the object or the target itself rules out; after any other error, a later run
        // continues.
        if let Err(
            TransferError::Missing
            | TransferError::Truncated
            | TransferError::Changed
            | TransferError::TargetExists,
        ) = ended
            && let Some(target) = io.target
        {
            target.discard();
        }
        ended
    }

    fn stop(&self) {}
}

struct Io<'a> {
    runner: &'a InProcess,
    source: Option<Rc<dyn Source>>,
    target: Option<Opened>,
}

impl JobIo for Io<'_> {
    fn source(&self) -> Option<&dyn Source> {
        self.source.as_deref()
    }

    fn sink(&mut self, job: &DownloadJob) -> Result<&mut dyn Sink, TransferError> {
        let target =
            self.runner.targets.borrow().get(&job.id).cloned().ok_or(TransferError::Target)?;
        Ok(self.target.insert(target.open(Some(job))?).sink())
    }

    fn archive_sink(&mut self, _: &ArchiveJob) -> Result<&mut dyn Sink, TransferError> {
        let target = self.runner.archive.borrow().clone().ok_or(TransferError::Target)?;
        Ok(self.target.insert(target.open(None)?).sink())
    }
}
