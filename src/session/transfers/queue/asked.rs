//! Queries of the queue; none changes it.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::super::upload::Upload;
use super::transfer::{Mode, Stage, Transfer};
use super::{Load, Queue};
use crate::catalog::EventKey;
use crate::object::ObjectId;
use crate::port::Source;
use crate::session::view::{TransferRow, TransferState};

impl Queue {
    /// The transfers that run as soon as there is room, oldest first.
    pub(super) fn queued(&self) -> impl Iterator<Item = &Transfer> {
        self.groups.queued.iter().filter_map(|id| self.get(*id))
    }

    /// Those that run or are retried automatically.
    pub(super) fn active(&self) -> impl Iterator<Item = &Transfer> {
        self.groups.active.iter().filter_map(|id| self.get(*id))
    }

    /// The uploads that were sent and are no files yet.
    pub(super) fn sent_uploads(&self) -> impl Iterator<Item = &Transfer> {
        self.groups.sent.iter().filter_map(|id| self.get(*id))
    }

    fn get(&self, id: u64) -> Option<&Transfer> {
        self.transfers.get(self.position(id)?)
    }

    /// The next time after `now` at which a waiting transfer is to be retried or a running one
    /// stands still. One that is already due waits for room.
    pub(in super::super) fn next_at(&self, now: u64) -> Option<u64> {
        let times = self.active().flat_map(|transfer| [transfer.again_at(), transfer.still_at()]);
        times.flatten().filter(|at| *at > now).min()
    }

    /// The upload of this object, if it waits for this event.
    pub(in super::super) fn waits_for_event(
        &self,
        event: &EventKey,
        object: &ObjectId,
    ) -> Option<(u64, Rc<Upload>)> {
        self.sent_uploads().find_map(|transfer| match (&transfer.load, &transfer.stage) {
            (Load::Up(upload), Stage::Named { event: named, .. })
                if named == event && upload.object == *object =>
            {
                Some((transfer.id, Rc::clone(upload)))
            }
            _ => None,
        })
    }

    /// The events that uploads wait for.
    pub(in super::super) fn events(&self) -> BTreeSet<EventKey> {
        let event = |transfer: &Transfer| match transfer.stage {
            Stage::Named { event, .. } => Some(event),
            _ => None,
        };
        self.sent_uploads().filter_map(event).collect()
    }

    /// Transfers that have not ended.
    pub(in super::super) fn open(&self) -> Vec<u64> {
        let open = self.transfers.iter().filter(|transfer| !transfer.has_ended());
        open.map(|transfer| transfer.id).collect()
    }

    /// All listed uploads.
    pub(in super::super) fn uploads(&self) -> Vec<(u64, Rc<Upload>)> {
        let upload = |transfer: &Transfer| match &transfer.load {
            Load::Up(upload) => Some((transfer.id, Rc::clone(upload))),
            Load::Down(_) | Load::Archive(_) | Load::Refused => None,
        };
        self.transfers.iter().filter_map(upload).collect()
    }

    /// Whether an upload may wait for a source.
    pub(in super::super) fn waits_for_source(&self) -> bool {
        self.transfers.iter().any(Transfer::waits_for_source)
    }

    /// The upload that may wait for exactly this source, having none or lost it. One read from this
    /// device's records may be running to look for its source.
    pub(in super::super) fn waits_for(&self, source: &dyn Source) -> Option<(u64, Rc<Upload>)> {
        self.transfers.iter().find_map(|transfer| {
            let Load::Up(upload) = &transfer.load else { return None };
            let waits = transfer.waits_for_source() && upload.is_of(source);
            waits.then(|| (transfer.id, Rc::clone(upload)))
        })
    }

    /// Whether a transfer waits for the network.
    pub(in super::super) fn waits_for_network(&self) -> bool {
        self.active().chain(self.sent_uploads()).any(|transfer| {
            matches!(transfer.state(), TransferState::Waiting(error) if error.is_passing())
        })
    }

    /// Whether closing the tab would interrupt an upload or lose its bytes.
    pub(in super::super) fn interrupts(&self) -> bool {
        self.transfers.iter().any(|transfer| {
            let goes_on = match transfer.stage {
                Stage::Queued { .. }
                | Stage::Running(_)
                | Stage::Waiting { .. }
                | Stage::Sent { .. }
                | Stage::Recording { .. }
                | Stage::Named { .. } => true,
                Stage::Paused
                | Stage::Unfinished
                | Stage::Elsewhere { .. }
                | Stage::Failed(_)
                | Stage::Done => false,
            };
            matches!(transfer.load, Load::Up(_)) && (goes_on || transfer.is_at_risk())
        })
    }

    /// Whether a transfer runs, up or down. One that waits for the network does not.
    pub(in super::super) fn is_running(&self) -> bool {
        let mut going = self.active().chain(self.sent_uploads());
        going.any(|transfer| transfer.state() == TransferState::Running)
    }

    /// Whether another upload will end soon.
    pub(in super::super) fn more_uploads(&self) -> bool {
        let moving =
            |transfer: &&Transfer| transfer.run().is_some_and(|run| run.mode == Mode::Moving);
        let mut soon = self.active().filter(moving).chain(self.queued());
        soon.any(|transfer| matches!(transfer.load, Load::Up(_)))
    }

    /// What the screens show, oldest first.
    pub(in super::super) fn rows(&self, now: u64) -> Vec<TransferRow> {
        self.transfers.iter().map(|transfer| transfer.row(now)).collect()
    }
}
