//! Accounts and their logins: write-once records in the bucket, written in an order that is safe
//! against crashes.
//!
//! An account is everything under `vaults/<account>/`. Its list of logins holds a *marker* per
//! login, written first; `logins/<login_id>` (the *record*) is written last and deleted first. So
//! every record has a marker, a marker without a record grants no access, and every request can be
//! repeated until it completes.

mod list;
mod remove;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use data_encoding::BASE64URL;
use frond_wire::{
    AccountId, AddedLogin, InviteHash, Key, LOGIN_FORMAT, LoginId, LoginRecord, NewLogin,
    Registration, Vault,
};

use crate::App;
use crate::auth::{self, FreshCaller, Signed, jwt, proof, record};
use crate::error::Refusal;
use crate::invite;

pub use list::list_logins;
pub use remove::{remove_account, remove_login};

/// Longest keyring, in characters of token text.
const MAX_KEYRING: usize = 4 * 1024;
/// Longest invite code, in bytes.
const MAX_INVITE: usize = 256;

/// `POST /v1/accounts`: creates an account with its first login, signed by that login itself.
/// Answers 201 with the record.
///
/// # Errors
///
/// [`Refusal::LoginExists`] if the login has another record, [`Refusal::AccountExists`] if anything
/// is stored under the account (threat T37), [`Refusal::Closed`] and [`Refusal::Invite`] as
/// configured.
pub async fn create(State(app): State<Arc<App>>, signed: Signed) -> Result<Response, Refusal> {
    let NewLogin { record: new, invite } = signed.json()?;
    let account = check(&new)?;
    let login = &signed.signer.login;
    if new.login != *login || new.public_key != signed.signer.public_key {
        return Err(Refusal::Forbidden);
    }
    if let Some(found) = record(&app, login).await? {
        return if found == new { Ok(created(&new)) } else { Err(Refusal::LoginExists) };
    }
    let invite = admit(&app, login, invite)?;
    only_own_marker(&app, &account, login).await?;
    if let Some(hash) = invite {
        invite::claim(&app, &hash, login).await?;
    }
    let marker = Vault(account).login(login);
    app.store.put_new(&marker, Bytes::new()).await?;
    // Two concurrent requests for one account both see the other's marker here, and both back out.
    if let Err(refusal) = only_own_marker(&app, &account, login).await {
        app.store.delete(&marker).await?;
        return Err(refusal);
    }
    write(&app, login, &new).await?;
    Ok(created(&new))
}

/// `GET /v1/login`: the caller's own record.
///
/// # Errors
///
/// [`Refusal::UnknownLogin`] for a wrong name and a wrong password alike.
pub async fn login(
    State(app): State<Arc<App>>,
    signed: Signed,
) -> Result<Json<LoginRecord>, Refusal> {
    let record = record(&app, &signed.signer.login).await?.ok_or(Refusal::UnknownLogin)?;
    if record.public_key != signed.signer.public_key {
        return Err(Refusal::UnknownLogin);
    }
    Ok(Json(record))
}

/// `POST /v1/logins`: adds a login to the caller's own account. Answers 201 with the record.
///
/// # Errors
///
/// [`Refusal::Forbidden`] if the record names another account, [`Refusal::Proof`] if the new
/// login's key did not sign for it, [`Refusal::LoginExists`] if it has another record.
pub async fn add_login(
    State(app): State<Arc<App>>,
    FreshCaller(caller): FreshCaller,
) -> Result<Response, Refusal> {
    let AddedLogin { record: new, proof } = caller.signed.json()?;
    if check(&new)? != caller.account {
        return Err(Refusal::Forbidden);
    }
    let signer = &caller.signed.signer;
    proof::verify(&proof, &app.config.deployment, &signer.login, &new)?;
    let login = new.login;
    if let Some(found) = record(&app, &login).await? {
        return if found == new { Ok(created(&new)) } else { Err(Refusal::LoginExists) };
    }
    let marker = Vault(caller.account).login(&login);
    app.store.put_new(&marker, Bytes::new()).await?;
    write(&app, &login, &new).await?;
    // The caller was removed concurrently: remove the login that it added, too.
    if let Err(refusal) = auth::account(&app, signer).await {
        app.store.delete(&Key::login(&login)).await?;
        app.store.delete(&marker).await?;
        return Err(refusal);
    }
    Ok(created(&new))
}

fn created(record: &LoginRecord) -> Response {
    (StatusCode::CREATED, Json(record)).into_response()
}

/// Checks every field of a record as FORMAT.md specifies it; returns its account.
fn check(record: &LoginRecord) -> Result<AccountId, Refusal> {
    let LoginRecord { format, login, public_key, account, kind: _, created: _, keyring } = record;
    let (_, of_key) = jwt::public_key(public_key).map_err(|_| Refusal::Malformed)?;
    if format != LOGIN_FORMAT || *login != of_key || !is_token(keyring, MAX_KEYRING) {
        return Err(Refusal::Malformed);
    }
    Ok(*account)
}

/// Fernet token syntax, of at most `most` characters: canonical base64url with padding, version
/// 0x80, whole blocks.
pub(crate) fn is_token(text: &str, most: usize) -> bool {
    let bytes = BASE64URL.decode(text.as_bytes()).unwrap_or_default();
    // The decoder also accepts padding in the middle.
    text.len() <= most
        && BASE64URL.encode(&bytes) == text
        && bytes.first() == Some(&0x80)
        && bytes.len() >= 73
        && (bytes.len() - 57).is_multiple_of(16)
}

/// Whether this login may create an account; returns the invite that it then has to claim.
fn admit(
    app: &App,
    login: &LoginId,
    invite: Option<String>,
) -> Result<Option<InviteHash>, Refusal> {
    let accounts = &app.config.accounts;
    if accounts.logins.contains(login) {
        return Ok(None);
    }
    match accounts.registration {
        Registration::Open => Ok(None),
        Registration::Closed => Err(Refusal::Closed),
        Registration::Invite => {
            let code = invite.filter(|code| code.len() <= MAX_INVITE).ok_or(Refusal::Invite)?;
            let hash = InviteHash::of(&code);
            if accounts.invites.contains(&hash) { Ok(Some(hash)) } else { Err(Refusal::Invite) }
        }
    }
}

/// Checks that nothing is stored under the account, except the marker of an earlier attempt by this
/// login.
async fn only_own_marker(app: &App, account: &AccountId, login: &LoginId) -> Result<(), Refusal> {
    let vault = Vault(*account);
    let found = app.store.list(&vault.all(), 2, None).await?;
    let own = vault.login(login);
    if found.next.is_none() && found.objects.iter().all(|(key, _)| key == own.as_str()) {
        return Ok(());
    }
    Err(Refusal::AccountExists)
}

/// Writes a record if there is none.
async fn write(app: &App, login: &LoginId, record: &LoginRecord) -> Result<(), Refusal> {
    let bytes = serde_json::to_vec(record).map_err(|_| Refusal::Internal)?;
    match app.store.put_new(&Key::login(login), bytes.into()).await? {
        None => Ok(()),
        Some(_) => Err(Refusal::LoginExists),
    }
}
