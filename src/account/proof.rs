//! Proof that whoever adds a login to an account holds the new login's key.

use base64ct::{Base64UrlUnpadded, Encoding};
use frond_wire::{AddedLogin, LoginRecord, added_login_message};

use super::{Deployment, Login, LoginId};

/// The body of `POST /v1/logins`, which the login `by` then signs as any request: the record of
/// `new`, and a signature by the key of `new` that it may be added by `by`.
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
