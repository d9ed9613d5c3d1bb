//! Whole transfers, in the tab's own task. What a download releases is compared byte by byte, as it
//! comes.

use std::rc::Rc;

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::object::ObjectId;
use frond::port::{Sink, Source, Unwritable};
use frond::transfer::{
    DownloadJob, Job, JobIo, Outcome, Signer, TransferControl, TransferError, TransferRunner,
    TransferWorld,
};
use frond_testing::crossing;

use crate::model::{Model, Whose};
use crate::scale::{Scale, Weighed};
use crate::source::number;

pub struct Porter {
    pub world: TransferWorld,
    pub model: Rc<Model>,
    pub scale: Rc<Scale>,
}

#[async_trait(?Send)]
impl TransferRunner for Porter {
    async fn run(
        &self,
        job: Job,
        source: Option<Rc<dyn Source>>,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<Outcome, TransferError> {
        let scale = self.scale.of(match job {
            Job::Upload(_) => Whose::Upload,
            Job::Download(_) => Whose::Download,
        });
        let source = source.map(|source| Weighed::new(&scale, source));
        let mut io = Io { model: &self.model, source, sink: None };
        let world = scale.world(&self.world);
        crossing::run(&world, &job, &mut io, &*signer, &control).await
    }

    fn stop(&self) {}
}

struct Io<'a> {
    model: &'a Rc<Model>,
    source: Option<Weighed<dyn Source>>,
    sink: Option<Target>,
}

impl JobIo for Io<'_> {
    fn source(&self) -> Option<&dyn Source> {
        self.source.as_ref().map(|source| -> &dyn Source { source })
    }

    fn sink(&mut self, job: &DownloadJob) -> Result<&mut dyn Sink, TransferError> {
        Ok(self.sink.insert(Target::new(self.model, job.id, number(&job.media_type))))
    }
}

struct Target {
    model: Rc<Model>,
    id: ObjectId,
    number: u64,
    /// Versions of the file that it may be: all bytes are of one of them.
    versions: Vec<u64>,
    written: u64,
}

impl Target {
    fn new(model: &Rc<Model>, id: ObjectId, number: u64) -> Self {
        Self { model: Rc::clone(model), id, number, versions: model.versions(number), written: 0 }
    }
}

#[async_trait(?Send)]
impl Sink for Target {
    async fn write(&mut self, bytes: Bytes) -> Result<(), Unwritable> {
        self.model.released(self.number, &mut self.versions, self.written, &bytes.bytes());
        self.written += u64::try_from(bytes.len()).unwrap();
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), Unwritable> {
        self.model.finished(self.number, &self.versions, self.id, self.written);
        Ok(())
    }
}
