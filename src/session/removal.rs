//! Deleting the account: all of it in the bucket, then all of it on this device.
//!
//! The endpoint removes every other login first and the one that asks last. A deletion that was cut
//! therefore goes on: the same password, or passkey, opens what is left of the account, and deletes
//! it.

use frond_wire::{ACCOUNT_BATCH, ProblemKind};

use super::error::LoginError;
use super::known;
use super::open::Session;
use crate::account::Login;
use crate::client::{self, ApiError, Endpoint};
use crate::object::ObjectId;
use crate::port::Passkeys;
use crate::secret::Password;
use crate::transfer::kept_below;

/// Shows that it is the account's owner who deletes it.
#[derive(Clone, Copy)]
pub enum Proof<'a> {
    /// The password.
    Password(&'a Password),
    /// One of the account's passkeys.
    Passkey(&'a dyn Passkeys),
}

impl Session {
    /// Deletes the account, for all devices, if the proof is right; `deleted` is called with the
    /// number of objects deleted so far. Work in this session and in other tabs ends before the
    /// first deletion; this session is then over ([`Session::over`]).
    ///
    /// # Errors
    /// [`LoginError::HalfDeleted`] if some may be deleted: called again, it goes on. Otherwise
    /// nothing was deleted.
    pub async fn delete_account(
        &self,
        proof: Proof<'_>,
        deleted: &dyn Fn(u64),
    ) -> Result<(), LoginError> {
        let (context, logins) = (self.context(), self.logins());
        let _turn = logins.turn().await;
        let root = match proof {
            Proof::Password(password) => logins.proved(password).await?,
            Proof::Passkey(passkeys) => logins.proved_by(passkeys).await?,
        };
        let keys = context.keys().ok_or(LoginError::Locked)?;
        let endpoint = keys.endpoint.of(Login::from_root(&root));
        let mut objects = self.transfers().objects();
        context.tabs.end_others(&context.account);
        self.stop();
        self.delete_all(&endpoint, deleted).await?;
        objects.extend(self.transfers().ended_objects().await);
        self.forget_all(&objects).await;
        self.lifetime().account_deleted();
        Ok(())
    }

    async fn delete_all(
        &self,
        endpoint: &Endpoint,
        deleted: &dyn Fn(u64),
    ) -> Result<(), LoginError> {
        let batch = u64::try_from(ACCOUNT_BATCH).unwrap_or(u64::MAX);
        let (mut objects, mut failed, mut is_begun) = (0_u64, false, false);
        loop {
            match endpoint.remove_account().await {
                Ok(true) => return Ok(()),
                Ok(false) => {
                    objects = objects.saturating_add(batch);
                    failed = false;
                    deleted(objects);
                }
                Err(ApiError::TooMany(seconds)) => {
                    client::wait_out(&*self.context().world.clock, seconds).await;
                    continue;
                }
                // The answer to the last request was lost.
                Err(ApiError::Problem(ProblemKind::NotListed)) if is_begun => return Ok(()),
                Err(ApiError::Problem(ProblemKind::NotListed)) => return Err(LoginError::Locked),
                Err(ApiError::NoAnswer | ApiError::StoreDown) if !failed => failed = true,
                Err(_) => return Err(LoginError::HalfDeleted),
            }
            is_begun = true;
        }
    }

    /// What cannot be removed from this device opens nothing any more.
    async fn forget_all(&self, objects: &[ObjectId]) {
        let context = self.context();
        let world = &context.world;
        world.keys.wipe().await;
        for object in objects {
            let _ = world.spool.remove(&kept_below(object)).await;
        }
        let names: Vec<_> = objects.iter().map(ObjectId::to_string).collect();
        world.handles.forget(&names).await;
        let origin = client::origin(&world.base_url).unwrap_or_default();
        let _ = known::forget_account(&*world.store, origin, &context.account).await;
    }
}
