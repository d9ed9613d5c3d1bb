//! What a session asks of the world.

use std::rc::Rc;

use crate::object::Geometry;
use crate::port::{
    Clock, Entropy, Handles, Http, KeyDerivation, Meter, SessionKeyStore, Spool, Store, TabNotes,
};
use crate::transfer::TransferRunner;

/// All that the session asks of the world, built once by `main`.
pub struct World {
    /// HTTP.
    pub http: Rc<dyn Http>,
    /// Clock.
    pub clock: Rc<dyn Clock>,
    /// Randomness.
    pub entropy: Rc<dyn Entropy>,
    /// Engine for key derivation.
    pub cipher: Rc<dyn KeyDerivation>,
    /// Small records on this device.
    pub store: Rc<dyn Store>,
    /// Where the keys of an open session outlive a reload.
    pub keys: Rc<dyn SessionKeyStore>,
    /// What all tabs of this origin share at once.
    pub notes: Rc<dyn TabNotes>,
    /// How long a session lives without use, in seconds; none where the idle limit of this device
    /// says it.
    pub session_seconds: Option<u64>,
    /// The Workers that carry whole transfers.
    pub runner: Rc<dyn TransferRunner>,
    /// Ciphertext on this device that waits for the network; the Workers write it.
    pub spool: Rc<dyn Spool>,
    /// Files that can be read again after a reload.
    pub handles: Rc<dyn Handles>,
    /// [`Geometry::FORMAT_1`] wherever objects are kept.
    pub geometry: Geometry,
    /// Strength meter.
    pub meter: Rc<dyn Meter>,
    /// URL below which `config.json` is found: the page's own, without file name, query or
    /// fragment.
    pub base_url: String,
    /// The deployment that this page was built for, where it says so: no other is spoken to.
    pub deployment: Option<String>,
}
