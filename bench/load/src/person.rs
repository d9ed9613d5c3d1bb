//! Somebody with an account, whose requests are signed by the page's own code.

use std::time::{SystemTime, UNIX_EPOCH};

use frond::account::{AccountId, Deployment, Keyring, Login, authorise};
use frond::secret::{Root, VaultKey};
use frond_wire::{LoginKind, NewLogin, Operation, PresignRequest, PresignResponse};
use reqwest::Client;

use crate::Failure;
use crate::process::{DEPLOYMENT, Endpoint};

/// See above.
pub struct Person {
    login: Login,
    deployment: Deployment,
}

impl Person {
    /// Makes an account.
    pub async fn register(endpoint: &Endpoint) -> Result<Self, Failure> {
        let root = Root::copied(&[1; 32]);
        let account = AccountId::parse("aaaaaaaaaaaaaaaaaaaaaaaaaa").map_err(|_| "account")?;
        let keyring = Keyring { account, vault_key: VaultKey::copied(&[2; 32]) };
        let record = keyring.record(&root, LoginKind::Password, 1_700_000_000, [3; 16]);
        let deployment = Deployment::parse(DEPLOYMENT).map_err(|_| "deployment")?;
        let person = Self { login: Login::from_root(&root), deployment };
        let body = serde_json::to_vec(&NewLogin { record, invite: None })?;
        person.post(&client()?, endpoint, "/v1/accounts", body).await?;
        Ok(person)
    }

    /// A batch, signed and asked for; every URL came.
    pub async fn presign(
        &self,
        client: &Client,
        endpoint: &Endpoint,
        operations: &[Operation],
    ) -> Result<(), Failure> {
        let body = serde_json::to_vec(&PresignRequest { operations: operations.to_vec() })?;
        let answer = self.post(client, endpoint, "/v1/presign", body).await?;
        // Read only where it costs little: this program shares the machine with the endpoint.
        if operations.len() == 1 {
            let answer: PresignResponse = serde_json::from_slice(&answer)?;
            assert!(answer.urls.len() == 1, "one URL for one operation");
        }
        Ok(())
    }

    async fn post(
        &self,
        client: &Client,
        endpoint: &Endpoint,
        path: &str,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, Failure> {
        let url = format!("{}{path}", endpoint.origin);
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let token = authorise(&self.login, &self.deployment, "POST", &url, &body, now);
        let request =
            client.post(&url).bearer_auth(token).header("content-type", "application/json");
        let answer = request.body(body).send().await?.error_for_status()?;
        Ok(answer.bytes().await?.to_vec())
    }
}

/// One connection, kept.
pub fn client() -> Result<Client, Failure> {
    Ok(Client::builder().no_proxy().tcp_nodelay(true).build()?)
}
