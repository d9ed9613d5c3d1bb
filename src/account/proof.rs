//! Proof of possession of the new login's key when a login is added to an account.

use base64ct::{Base64UrlUnpadded, Encoding};
use frond_wire::{AddedLogin, LoginRecord, added_login_message};

use super::{Deployment, Login, LoginId};

/// The body of `POST /v1/logins`, which the login `by` then signs like any request: the record of
/// `new`, and a signature with the key of `new` that `by` may add it.
#[must_use]
pub fn added_login(
    new: &Login,
    deployment: &Deployment,
    by: LoginId,
    record: LoginRecord,
) -> AddedLogin {
    let message = added_login_message(deployment.as_str(), &by, &json(&record));
    let proof = Base64UrlUnpadded::encode_string(&new.sign(&message));
    AddedLogin { record, proof }
}

#[expect(clippy::expect_used, reason = "strings and numbers are always JSON")]
fn json(record: &LoginRecord) -> Vec<u8> {
    serde_json::to_vec(record).expect("strings and numbers are always JSON")
}
