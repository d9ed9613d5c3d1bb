//! Whole transfers, in the tab's own task; jobs cross as the messages that they cross to a Worker
//! as. What a download releases is compared byte by byte, as it comes.

use std::rc::Rc;

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::object::ObjectId;
use frond::port::{Sink, Source, Unwritable};
use frond::transfer::{
    self, DownloadJob, Signer, TransferControl, TransferError, TransferRunner, TransferWorld,
    UploadJob, Uploaded,
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
    async fn upload(
        &self,
        job: UploadJob,
        source: Option<Rc<dyn Source>>,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<Uploaded, TransferError> {
        let job = UploadJob::from_message(&job.to_message()).unwrap();
        let scale = self.scale.of(Whose::Upload);
        let source = source.map(|source| Weighed::new(&scale, source));
        let source = source.as_ref().map(|source| -> &dyn Source { source });
        let uploaded =
            transfer::upload(&scale.world(&self.world), &job, source, &*signer, &control).await;
        uploaded
            .map(|uploaded| Uploaded::from_message(&uploaded.to_message()).unwrap())
            .map_err(|error| TransferError::from_code(error.code()).unwrap())
    }

    async fn download(
        &self,
        job: DownloadJob,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<(), TransferError> {
        let job = DownloadJob::from_message(&job.to_message()).unwrap();
        let mut sink = Target::new(&self.model, job.id, number(&job.media_type));
        let world = self.scale.of(Whose::Download).world(&self.world);
        transfer::download(&world, &job, &mut sink, &*signer, &control).await
    }

    fn stop(&self) {}
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
