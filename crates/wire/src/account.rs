//! Login records, and the request bodies that carry them.

use serde::{Deserialize, Serialize};

use crate::{AccountId, LoginId};

/// `format` of every [`LoginRecord`].
pub const LOGIN_FORMAT: &str = "frond/1 login";

/// Most objects that one `DELETE /v1/account` deletes.
pub const ACCOUNT_BATCH: usize = 1_000;

/// Kind of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LoginKind {
    /// A password.
    Password,
    /// Recovery words.
    Recovery,
    /// A passkey.
    Passkey,
}

/// One login of an account, as stored under `logins/<login_id>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginRecord {
    /// [`LOGIN_FORMAT`].
    pub format: String,
    /// Login id.
    pub login: LoginId,
    /// Ed25519 public key, base64url without padding.
    pub public_key: String,
    /// Account id.
    pub account: AccountId,
    /// Kind of the login.
    pub kind: LoginKind,
    /// Creation time, in Unix seconds.
    pub created: u64,
    /// The keyring: a Fernet token as text, sealed under the login's unlock key.
    pub keyring: String,
}

/// Body of `POST /v1/accounts`: the first login of an account, whose own key signs the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLogin {
    /// The record to store.
    pub record: LoginRecord,
    /// Invite code, if registration requires one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<String>,
}

/// Body of `POST /v1/logins`: another login of the caller's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddedLogin {
    /// The record to store.
    pub record: LoginRecord,
    /// Ed25519 signature of [`added_login_message`] by the new login's key, base64url without
    /// padding.
    pub proof: String,
}

/// A login as [`ListedLogins`] has it: what its record says, without key and keyring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedLogin {
    /// Login id.
    pub login: LoginId,
    /// Kind of the login.
    pub kind: LoginKind,
    /// Creation time, in Unix seconds.
    pub created: u64,
}

/// Response to `GET /v1/logins`: the logins of the caller's account, in the order of their ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedLogins {
    /// The logins.
    pub logins: Vec<ListedLogin>,
}

/// The message that a new login's key signs so that the login `by` may add it. It prevents
/// occupying a login without its key.
///
/// ```text
/// "frond/1 new login" ‖ 0x00 ‖ deployment ‖ 0x00 ‖ login_id of the adding login ‖ 0x00 ‖ record
/// ```
/// `record` is the [`LoginRecord`] as JSON: members in declaration order, no white space. The texts
/// before it cannot contain a zero byte.
#[must_use]
pub fn added_login_message(deployment: &str, by: &LoginId, record: &[u8]) -> Vec<u8> {
    let by = by.to_string();
    [b"frond/1 new login", deployment.as_bytes(), by.as_bytes(), record].join(&0)
}
