//! Transfers in this process.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use async_trait::async_trait;

use super::target::Target;
use crate::object::ObjectId;
use crate::port::Source;
use crate::transfer::{
    self, DownloadJob, Signer, TransferControl, TransferError, TransferRunner, TransferWorld,
    UploadJob, Uploaded,
};

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
    async fn upload(
        &self,
        job: UploadJob,
        source: Option<Rc<dyn Source>>,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<Uploaded, TransferError> {
        transfer::upload(&self.world, &job, source.as_deref(), &*signer, &control).await
    }

    async fn download(
        &self,
        job: DownloadJob,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<(), TransferError> {
        let target = self.targets.borrow().get(&job.id).cloned().unwrap_or(Target::Nowhere);
        let mut sink = target.open()?;
        transfer::download(&self.world, &job, &mut *sink, &*signer, &control).await
    }

    fn stop(&self) {}
}
