//! S3 keys, composed from ids. Keys are made only here (threat T25).

use std::fmt;

use crate::{AccountId, EventKey, InviteHash, Listing, LoginId, Name, SessionId, ShareId};

/// A key below the bucket's configured prefix, or a prefix of keys to list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

impl Key {
    /// The key as S3 sees it, without the configured prefix.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `deployment`: the deployment's name, written once.
    #[must_use]
    pub fn deployment() -> Self {
        Self("deployment".to_owned())
    }

    /// `logins/<login_id>`: a login record.
    #[must_use]
    pub fn login(login: &LoginId) -> Self {
        Self(format!("logins/{login}"))
    }

    /// All claims of all invites.
    #[must_use]
    pub fn invites() -> Self {
        Self("invites/".to_owned())
    }

    /// Prefix of all claims of one invite. Without a trailing slash: in an earlier format a claim
    /// was an object of exactly this name.
    #[must_use]
    pub fn claims(invite: &InviteHash) -> Self {
        Self(format!("invites/{invite}"))
    }

    /// `invites/<hash>/<login_id>`, an empty object: this login claims the invite.
    #[must_use]
    pub fn claim(invite: &InviteHash, login: &LoginId) -> Self {
        Self(format!("invites/{invite}/{login}"))
    }

    /// `invites/<hash>/revoked`, an empty object: the invite is revoked.
    #[must_use]
    pub fn revoked(invite: &InviteHash) -> Self {
        Self(format!("invites/{invite}/revoked"))
    }

    /// `shares/<share_id>`: the record of a share.
    #[must_use]
    pub fn share(share: &ShareId) -> Self {
        Self(format!("shares/{share}"))
    }

    /// `shares/revoked/<share_id>`, an empty object: the share is revoked, whatever its record
    /// says.
    #[must_use]
    pub fn revoked_share(share: &ShareId) -> Self {
        Self(format!("shares/revoked/{share}"))
    }
}

/// The keys of one account; all begin with `vaults/<account>/`.
#[derive(Clone, Copy, Debug)]
pub struct Vault(pub AccountId);

impl Vault {
    fn key(self, rest: fmt::Arguments<'_>) -> Key {
        Key(format!("vaults/{}/{rest}", self.0))
    }

    /// Prefix of all keys of the account.
    #[must_use]
    pub fn all(self) -> Key {
        self.key(format_args!(""))
    }

    /// A key from a listing of this account; `None` if its URL would resolve to another path.
    #[must_use]
    pub fn listed(self, key: &str) -> Option<Key> {
        let rest = key.strip_prefix(self.all().as_str())?;
        let plain = |segment: &str| !["", ".", ".."].contains(&segment);
        rest.split('/').all(plain).then(|| Key(key.to_owned()))
    }

    /// The account's own list of its logins.
    #[must_use]
    pub fn logins(self) -> Key {
        self.key(format_args!("logins/"))
    }

    /// `logins/<login_id>`, an empty object.
    #[must_use]
    pub fn login(self, login: &LoginId) -> Key {
        self.key(format_args!("logins/{login}"))
    }

    /// Prefix of all sessions.
    #[must_use]
    pub fn sessions(self) -> Key {
        self.key(format_args!("sessions/"))
    }

    /// `sessions/<session_id>/share`: written once, deleted when the session ends.
    #[must_use]
    pub fn session_share(self, session: &SessionId) -> Key {
        self.key(format_args!("sessions/{session}/share"))
    }

    /// `sessions/<session_id>/until`: when the session expires; replaced by each renewal.
    #[must_use]
    pub fn session_until(self, session: &SessionId) -> Key {
        self.key(format_args!("sessions/{session}/until"))
    }

    /// Prefix of the notes of all shares that were not revoked.
    #[must_use]
    pub fn shares(self) -> Key {
        self.key(format_args!("shares/"))
    }

    /// `shares/<share_id>`: the owner's note of a share.
    #[must_use]
    pub fn share(self, share: &ShareId) -> Key {
        self.key(format_args!("shares/{share}"))
    }

    /// Parses the key of a note of this account.
    #[must_use]
    pub fn noted_share(self, key: &str) -> Option<ShareId> {
        ShareId::parse(key.strip_prefix(self.shares().as_str())?).ok()
    }

    /// The key of a name:
    ///
    /// ```text
    /// objects/<object_id>
    /// log/<device>/<seq, 16 hex digits>/<event_id>
    /// snapshots/<snapshot_id>
    /// uploads/<object_id>/<first part, 5 digits>
    /// segments/<segment_id>
    /// thumbnails/<object_id>
    /// ```
    #[must_use]
    pub fn name(self, name: &Name) -> Key {
        match name {
            Name::Object(object) => self.key(format_args!("objects/{object}")),
            Name::Event(event) => self.key(format_args!("log/{}", event.path())),
            Name::Snapshot(snapshot) => self.key(format_args!("snapshots/{snapshot}")),
            Name::Journal(object, first) => {
                self.key(format_args!("uploads/{object}/{}", first.padded()))
            }
            Name::Segment(segment) => self.key(format_args!("segments/{segment}")),
            Name::Thumbnail(object) => self.key(format_args!("thumbnails/{object}")),
        }
    }

    /// Prefix of all objects.
    #[must_use]
    pub fn objects(self) -> Key {
        self.key(format_args!("objects/"))
    }

    /// Prefix of all events.
    #[must_use]
    pub fn log(self) -> Key {
        self.key(format_args!("log/"))
    }

    /// Prefix of a listing.
    #[must_use]
    pub fn prefix(self, listing: &Listing) -> Key {
        match listing {
            Listing::Objects { .. } => self.objects(),
            Listing::Devices { .. } => self.log(),
            Listing::Events { device, .. } => self.key(format_args!("log/{device}/")),
            Listing::Snapshots { .. } => self.key(format_args!("snapshots/")),
            Listing::Journals { .. } => self.key(format_args!("uploads/")),
            Listing::Journal { object, .. } => self.key(format_args!("uploads/{object}/")),
            Listing::Segments { .. } => self.key(format_args!("segments/")),
            Listing::Thumbnails { .. } => self.key(format_args!("thumbnails/")),
        }
    }

    /// The key after which a listing begins, if not at its start. `'0'` is the character after
    /// `'/'`, so a name followed by it sorts after everything below that name.
    #[must_use]
    pub fn start_after(self, listing: &Listing) -> Option<Key> {
        match *listing {
            Listing::Objects { after } => after.map(|object| self.name(&Name::Object(object))),
            Listing::Devices { after } => {
                after.map(|device| self.key(format_args!("log/{device}0")))
            }
            Listing::Events { device, after } => {
                after.map(|seq| self.key(format_args!("log/{device}/{seq:016x}0")))
            }
            Listing::Snapshots { after } => {
                after.map(|snapshot| self.name(&Name::Snapshot(snapshot)))
            }
            Listing::Journals { after } => {
                after.map(|object| self.key(format_args!("uploads/{object}0")))
            }
            Listing::Journal { object, after } => {
                after.map(|first| self.name(&Name::Journal(object, first)))
            }
            Listing::Segments { after } => after.map(|segment| self.name(&Name::Segment(segment))),
            Listing::Thumbnails { after } => {
                after.map(|object| self.name(&Name::Thumbnail(object)))
            }
        }
    }

    /// Parses a key of this account's log.
    #[must_use]
    pub fn event(self, key: &str) -> Option<EventKey> {
        EventKey::parse(key.strip_prefix(self.log().as_str())?)
    }
}
