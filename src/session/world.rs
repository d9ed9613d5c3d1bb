//! The ports that a session needs.

use std::rc::Rc;

use crate::object::Geometry;
use crate::port::{
    BulkCipher, Clock, Entropy, Handles, Http, Meter, SearchProgram, SessionKeyStore, Spool, Store,
    TabNotes,
};
use crate::transfer::{TransferRunner, TransferWorld};

/// When snapshots of the log are read and written.
#[derive(Clone, Copy, Debug)]
pub struct SnapshotLimits {
    /// A device that knows a part of the log does not look for a snapshot with at most this many
    /// events to fetch.
    pub few: usize,
    /// Number of events without a snapshot at which one may be written: this many to twice as many,
    /// at random, so that devices rarely write at the same time.
    pub uncovered: usize,
    /// Pause between two looks at whether one is due, in milliseconds.
    pub pause_ms: u64,
    /// Pages that no kept manifest lists are deleted once they are this old, in milliseconds:
    /// younger ones may belong to a manifest that is about to be written.
    pub grace_ms: u64,
}

impl SnapshotLimits {
    /// The limits wherever a vault is kept.
    pub const DEFAULT: Self =
        Self { few: 200, uncovered: 500, pause_ms: 60_000, grace_ms: 86_400_000 };
}

/// All ports that the session needs, built once by `main`.
pub struct World {
    /// HTTP.
    pub http: Rc<dyn Http>,
    /// Clock.
    pub clock: Rc<dyn Clock>,
    /// Randomness.
    pub entropy: Rc<dyn Entropy>,
    /// Engine for key derivation, and for the content that the page itself reads.
    pub cipher: Rc<dyn BulkCipher>,
    /// Small records on this device.
    pub store: Rc<dyn Store>,
    /// Where the keys of an open session outlive a reload.
    pub keys: Rc<dyn SessionKeyStore>,
    /// What all tabs of this origin share synchronously.
    pub notes: Rc<dyn TabNotes>,
    /// How long a session lives without use, in seconds; `None` where the idle limit of this device
    /// decides.
    pub session_seconds: Option<u64>,
    /// The Workers that run whole transfers.
    pub runner: Rc<dyn TransferRunner>,
    /// Ciphertext on this device that waits for the network; the Workers write it.
    pub spool: Rc<dyn Spool>,
    /// Files that can be read again after a reload.
    pub handles: Rc<dyn Handles>,
    /// [`Geometry::FORMAT_1`] wherever objects are kept.
    pub geometry: Geometry,
    /// [`SnapshotLimits::DEFAULT`] wherever a vault is kept.
    pub snapshots: SnapshotLimits,
    /// Search in contents; `None` where there is none.
    pub search: Option<Rc<dyn SearchProgram>>,
    /// Strength meter.
    pub meter: Rc<dyn Meter>,
    /// URL below which `config.json` is found: the page's own, without file name, query or
    /// fragment.
    pub base_url: String,
    /// The deployment that this page was built for, if any: no other is accepted.
    pub deployment: Option<String>,
}

impl World {
    /// What a transfer needs of it.
    pub(super) fn of_transfers(&self) -> TransferWorld {
        TransferWorld {
            http: Rc::clone(&self.http),
            clock: Rc::clone(&self.clock),
            entropy: Rc::clone(&self.entropy),
            cipher: Rc::clone(&self.cipher),
            spool: Rc::clone(&self.spool),
            geometry: self.geometry,
        }
    }
}
