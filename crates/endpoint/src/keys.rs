//! Ids checked, and S3 keys composed from them: the only place that makes keys (threat T25).
//!
//! An id type can only be had by parsing, and parsing accepts one spelling. A [`Key`] can only be
//! had from ids.

use std::fmt;

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use sha2::{Digest, Sha256};
use uuid::{Uuid, Variant};

use crate::error::Refusal;

/// Most parts of a multipart upload (S3: 1 to 10 000).
pub const MAX_PART: u32 = 10_000;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $check:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Accepts exactly the canonical spelling.
            ///
            /// # Errors
            ///
            /// [`Refusal::Malformed`] for everything else.
            pub fn parse(text: &str) -> Result<Self, Refusal> {
                if $check(text) { Ok(Self(text.to_owned())) } else { Err(Refusal::Malformed) }
            }

            /// The canonical spelling.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// `login_id`: base32 of 16 bytes.
    LoginId = is_base32;
    /// `account`: base32 of 16 bytes.
    AccountId = is_base32;
    /// `device`: base32 of 16 bytes.
    DeviceId = is_base32;
    /// `object_id`: UUIDv7.
    ObjectId = is_uuid7;
    /// `event_id`: UUIDv7.
    EventId = is_uuid7;
    /// `snapshot_id`: UUIDv7.
    SnapshotId = is_uuid7;
    /// `session_id`: base32 of 16 bytes.
    SessionId = is_base32;
    /// The store's own id of a multipart upload: opaque, but of a bounded length and of safe
    /// characters.
    UploadId = is_upload_id;
}

/// 16 bytes in RFC 4648 base32, lower case, no padding, spare bits zero: 26 characters.
fn is_base32(text: &str) -> bool {
    text.len() == 26
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && BASE32_NOPAD
            .decode(text.to_ascii_uppercase().as_bytes())
            .is_ok_and(|bytes| bytes.len() == 16)
}

/// RFC 9562 version 7: 36 characters, lower case, with hyphens.
fn is_uuid7(text: &str) -> bool {
    Uuid::try_parse(text).is_ok_and(|id| {
        id.get_version_num() == 7
            && id.get_variant() == Variant::RFC4122
            && id.hyphenated().to_string() == text
    })
}

fn is_upload_id(text: &str) -> bool {
    (1..=1024).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._~+/=-".contains(&b))
}

impl LoginId {
    /// `base32(first 16 bytes of SHA-256(public key))`.
    #[must_use]
    pub fn of(public_key: &[u8; 32]) -> Self {
        let digest = Sha256::digest(public_key);
        let (half, _) = digest.split_at(16);
        Self(BASE32_NOPAD.encode(half).to_ascii_lowercase())
    }

    /// Enough of the id to tell logins apart in a log, too little to use.
    #[must_use]
    pub fn short(&self) -> String {
        self.0.chars().take(6).collect()
    }
}

/// A part number, 1 to [`MAX_PART`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part(u32);

impl Part {
    /// Checks the range.
    ///
    /// # Errors
    ///
    /// [`Refusal::Malformed`] outside of it.
    pub fn new(number: u32) -> Result<Self, Refusal> {
        if (1..=MAX_PART).contains(&number) { Ok(Self(number)) } else { Err(Refusal::Malformed) }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// SHA-256 of an invite code: what the configuration holds, and under which its use is recorded.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InviteHash([u8; 32]);

impl InviteHash {
    /// `SHA-256(code)`.
    #[must_use]
    pub fn of(code: &str) -> Self {
        Self(Sha256::digest(code.as_bytes()).into())
    }

    /// 64 hex digits, lower case: what `printf %s CODE | sha256sum` prints.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok().map(Self)
    }
}

/// 64 hex digits, as in the configuration.
impl fmt::Display for InviteHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for InviteHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InviteHash(…)")
    }
}

/// A key below the bucket's configured prefix, or the beginning of keys to list.
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

    /// All claims of one invite. Without a slash at the end: once a claim was an object of that
    /// very name.
    #[must_use]
    pub fn claims(invite: &InviteHash) -> Self {
        Self(format!("invites/{invite}"))
    }

    /// `invites/<hash>/<login_id>`, an empty object: this login uses the invite.
    #[must_use]
    pub fn claim(invite: &InviteHash, login: &LoginId) -> Self {
        Self(format!("invites/{invite}/{login}"))
    }

    /// `invites/<hash>/revoked`, an empty object: nobody may use the invite any more.
    #[must_use]
    pub fn revoked(invite: &InviteHash) -> Self {
        Self(format!("invites/{invite}/revoked"))
    }
}

/// Everything of one account begins with `vaults/<account>/`.
#[derive(Clone, Copy, Debug)]
pub struct Vault<'a>(pub &'a AccountId);

impl Vault<'_> {
    fn key(self, rest: fmt::Arguments<'_>) -> Key {
        Key(format!("vaults/{}/{rest}", self.0))
    }

    /// All of the account.
    #[must_use]
    pub fn all(self) -> Key {
        self.key(format_args!(""))
    }

    /// A key that a listing of this account named; nothing where its URL would lead anywhere else.
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

    /// All sessions.
    #[must_use]
    pub fn sessions(self) -> Key {
        self.key(format_args!("sessions/"))
    }

    /// `sessions/<session_id>/share`: written once, deleted when the session ends.
    #[must_use]
    pub fn session_share(self, session: &SessionId) -> Key {
        self.key(format_args!("sessions/{session}/share"))
    }

    /// `sessions/<session_id>/until`: when the session ends by itself; replaced by each renewal.
    #[must_use]
    pub fn session_until(self, session: &SessionId) -> Key {
        self.key(format_args!("sessions/{session}/until"))
    }

    /// All objects.
    #[must_use]
    pub fn objects(self) -> Key {
        self.key(format_args!("objects/"))
    }

    /// `objects/<object_id>`.
    #[must_use]
    pub fn object(self, object: &ObjectId) -> Key {
        self.key(format_args!("objects/{object}"))
    }

    /// All events.
    #[must_use]
    pub fn log(self) -> Key {
        self.key(format_args!("log/"))
    }

    /// All events of one device.
    #[must_use]
    pub fn device(self, device: &DeviceId) -> Key {
        self.key(format_args!("log/{device}/"))
    }

    /// Sorts after every event of this device: `'0'` is the character after `'/'`.
    #[must_use]
    pub fn after_device(self, device: &DeviceId) -> Key {
        self.key(format_args!("log/{device}0"))
    }

    /// Sorts after every event of this device up to `seq`, and before the next.
    #[must_use]
    pub fn after_seq(self, device: &DeviceId, seq: u64) -> Key {
        self.key(format_args!("log/{device}/{seq:016x}0"))
    }

    /// `log/<device>/<seq>/<event_id>`.
    #[must_use]
    pub fn event(self, device: &DeviceId, seq: u64, event: &EventId) -> Key {
        self.key(format_args!("log/{device}/{seq:016x}/{event}"))
    }

    /// All snapshots.
    #[must_use]
    pub fn snapshots(self) -> Key {
        self.key(format_args!("snapshots/"))
    }

    /// `snapshots/<snapshot_id>`.
    #[must_use]
    pub fn snapshot(self, snapshot: &SnapshotId) -> Key {
        self.key(format_args!("snapshots/{snapshot}"))
    }

    /// All upload journals.
    #[must_use]
    pub fn journals(self) -> Key {
        self.key(format_args!("uploads/"))
    }

    /// The journal of one upload.
    #[must_use]
    pub fn journal(self, object: &ObjectId) -> Key {
        self.key(format_args!("uploads/{object}/"))
    }

    /// Sorts after the journal of this upload.
    #[must_use]
    pub fn after_journal(self, object: &ObjectId) -> Key {
        self.key(format_args!("uploads/{object}0"))
    }

    /// `uploads/<object_id>/<first part, 5 digits>`.
    #[must_use]
    pub fn journal_page(self, object: &ObjectId, first: Part) -> Key {
        self.key(format_args!("uploads/{object}/{:05}", first.0))
    }
}
