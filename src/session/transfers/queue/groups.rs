//! Which transfers are in which group of stages, so that the scheduler looks only at those that it
//! asks for, however many there are.

use std::collections::BTreeSet;

use super::transfer::Stage;

/// The ids of all transfers that have not ended and are not stopped, by group.
#[derive(Default)]
pub(super) struct Groups {
    /// They run as soon as there is room.
    pub(super) queued: BTreeSet<u64>,
    /// They run, or are retried automatically.
    pub(super) active: BTreeSet<u64>,
    /// Uploads that were sent and are no files yet.
    pub(super) sent: BTreeSet<u64>,
}

impl Groups {
    /// A transfer enters a stage.
    pub(super) fn enter(&mut self, id: u64, stage: &Stage) {
        self.leave(id);
        let group = match stage {
            Stage::Queued { .. } => &mut self.queued,
            Stage::Running(_) | Stage::Waiting { .. } | Stage::Elsewhere { .. } => &mut self.active,
            Stage::Sent { .. } | Stage::Recording { .. } | Stage::Named { .. } => &mut self.sent,
            Stage::Paused | Stage::Unfinished | Stage::Failed(_) | Stage::Done => return,
        };
        group.insert(id);
    }

    /// A transfer is removed.
    pub(super) fn leave(&mut self, id: u64) {
        for group in [&mut self.queued, &mut self.active, &mut self.sent] {
            group.remove(&id);
        }
    }
}
