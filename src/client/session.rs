//! A session's share at the endpoint, accessed with the session's secret that this device holds.
//! These requests are not signed by a login, because they are made before the login's key is
//! available.

use std::rc::Rc;

use base64ct::{Base64UrlUnpadded, Encoding};
use frond_wire::{Renewal, SESSION_SCHEME, Share};
use zeroize::Zeroizing;

use super::{ApiError, MAX_ANSWER, answer, done, json};
use crate::account::{AccountId, SessionId};
use crate::bytes::Bytes;
use crate::port::{Http, Request, Response};
use crate::secret::{SessionSecret, SessionShare};

/// Identifies a session's share, and holds the secret that authorizes access to it.
pub(crate) struct SessionClient {
    /// `scheme://authority` of the endpoint.
    pub(crate) origin: String,
    pub(crate) account: AccountId,
    pub(crate) session: SessionId,
    pub(crate) secret: SessionSecret,
}

impl SessionClient {
    /// `GET /v1/sessions/<account>/<session_id>`; permanently [`ApiError::SessionEnded`] once it
    /// has ended.
    pub(crate) async fn share(&self, http: &dyn Http) -> Result<SessionShare, ApiError> {
        let Share { share } = answer(&self.send(http, "GET", Vec::new()).await?)?;
        let share = Zeroizing::new(share);
        SessionShare::filled(|bytes| match Base64UrlUnpadded::decode(&*share, bytes) {
            Ok(decoded) if decoded.len() == 32 => Ok(()),
            _ => Err(ApiError::InvalidResponse),
        })
    }

    /// `POST /v1/sessions/<account>/<session_id>`: extends its lifetime to `idle_seconds` from now.
    pub(crate) async fn renew(&self, http: &dyn Http, idle_seconds: u64) -> Result<(), ApiError> {
        done(&self.send(http, "POST", json(&Renewal { idle_seconds })?).await?)
    }

    /// `DELETE /v1/sessions/<account>/<session_id>`: permanently deletes the share.
    pub(crate) async fn end(&self, http: &dyn Http) -> Result<(), ApiError> {
        match done(&self.send(http, "DELETE", Vec::new()).await?) {
            Err(ApiError::SessionEnded) => Ok(()),
            ended => ended,
        }
    }

    async fn send(
        &self,
        http: &dyn Http,
        method: &str,
        body: Vec<u8>,
    ) -> Result<Response, ApiError> {
        let Self { origin, account, session, secret } = self;
        // EXPOSE: to the endpoint, which compares its hash.
        let secret = Zeroizing::new(Base64UrlUnpadded::encode_string(secret.expose()));
        let mut headers =
            vec![("authorization".to_owned(), format!("{SESSION_SCHEME} {}", secret.as_str()))];
        if !body.is_empty() {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        let request = Request {
            method: method.to_owned(),
            url: format!("{origin}/v1/sessions/{account}/{session}"),
            headers,
            body: Rc::new(Bytes::from(body)),
            max_response: MAX_ANSWER,
        };
        Ok(http.send(request, &|_| {}).await?)
    }
}
