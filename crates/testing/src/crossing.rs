//! A job crosses from a page to a Worker, and its outcome back, as the messages that they are then.

use frond::transfer::{
    self, Job, JobIo, Outcome, Signer, ToPage, ToWorker, TransferControl, TransferError,
    TransferWorld,
};

/// Runs a job in this process, after it crossed; the outcome is what arrives at the page.
///
/// # Errors
///
/// How the transfer failed, as the page hears it.
///
/// # Panics
///
/// Where the job or the outcome is lost on its way.
pub async fn run(
    world: &TransferWorld,
    job: &Job,
    io: &mut dyn JobIo,
    signer: &dyn Signer,
    control: &TransferControl,
) -> Result<Outcome, TransferError> {
    let Some(ToWorker::Begin(job)) = ToWorker::from_message(&ToWorker::begin(job)) else {
        panic!("the job does not cross");
    };
    let ended = ToPage::Ended(transfer::run(world, &job, io, signer, control).await);
    match ToPage::from_message(&ended.to_message()) {
        Some(ToPage::Ended(ended)) => ended,
        _ => panic!("the outcome does not cross"),
    }
}
