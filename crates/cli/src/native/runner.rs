//! Transfers in this process.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use async_trait::async_trait;
use frond::object::ObjectId;
use frond::port::{Sink, Source};
use frond::transfer::{
    self, DownloadJob, Job, JobIo, Outcome, Signer, TransferControl, TransferError, TransferRunner,
    TransferWorld,
};

use super::target::Target;

/// Carries transfers, downloads to the targets that were named for them.
pub struct InProcess {
    world: TransferWorld,
    targets: RefCell<BTreeMap<ObjectId, Target>>,
}

impl InProcess {
    /// A runner over these adapters.
    #[must_use]
    pub fn new(world: TransferWorld) -> Self {
        Self { world, targets: RefCell::default() }
    }

    /// The next download of this file goes there. Without a target a file is only verified.
    pub fn aim(&self, file: ObjectId, target: Target) {
        self.targets.borrow_mut().insert(file, target);
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
        let mut io = Io { targets: &self.targets, source, sink: None };
        transfer::run(&self.world, &job, &mut io, &*signer, &control).await
    }

    fn stop(&self) {}
}

struct Io<'a> {
    targets: &'a RefCell<BTreeMap<ObjectId, Target>>,
    source: Option<Rc<dyn Source>>,
    sink: Option<Box<dyn Sink>>,
}

impl JobIo for Io<'_> {
    fn source(&self) -> Option<&dyn Source> {
        self.source.as_deref()
    }

    fn sink(&mut self, job: &DownloadJob) -> Result<&mut dyn Sink, TransferError> {
        let target = self.targets.borrow().get(&job.id).cloned().unwrap_or(Target::Nowhere);
        Ok(&mut **self.sink.insert(target.open()?))
    }
}
