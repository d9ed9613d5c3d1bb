//! Whole transfers, in the tab's own task; jobs cross as the messages that they cross to a Worker
//! as. What a download releases is compared byte by byte, as it comes.

use std::rc::Rc;

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::object::ObjectId;
use frond::port::{Sink, Source, Unwritable};
use frond::transfer::{
    self, ArchiveJob, DownloadJob, Job, JobIo, Outcome, Signer, ToPage, ToWorker, TransferControl,
    TransferError, TransferRunner, TransferWorld,
};

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
        let Some(ToWorker::Begin(job)) = ToWorker::from_message(&ToWorker::begin(&job)) else {
            panic!("the job does not cross");
        };
        let scale = self.scale.of(match job {
            Job::Upload(_) => Whose::Upload,
            Job::Download(_) | Job::Archive(_) => Whose::Download,
        });
        let source = source.map(|source| Weighed::new(&scale, source));
        let mut io = Io { model: &self.model, source, sink: None };
        let world = scale.world(&self.world);
        let ended = ToPage::Ended(transfer::run(&world, &job, &mut io, &*signer, &control).await);
        match ToPage::from_message(&ended.to_message()) {
            Some(ToPage::Ended(ended)) => ended,
            _ => panic!("the end does not cross"),
        }
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

    /// Nobody in the simulation downloads one.
    fn archive_sink(&mut self, _: &ArchiveJob) -> Result<&mut dyn Sink, TransferError> {
        Err(TransferError::Target)
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
        self.written += bytes.len() as u64;
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), Unwritable> {
        self.model.finished(self.number, &self.versions, self.id, self.written);
        Ok(())
    }
}
