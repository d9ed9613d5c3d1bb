//! Somebody with an account, whose requests are signed by the page's own code.

use std::time::{SystemTime, UNIX_EPOCH};

use frond::account::{AccountId, Deployment, Keyring, Login, authorise};
use frond::secret::{Root, VaultKey};
use frond_wire::{LoginKind, NewLogin, Operation, PresignRequest, PresignResponse, Presigned};
use reqwest::Client;

use crate::Failure;

/// See above.
pub struct Person {
    origin: String,
    login: Login,
    deployment: Deployment,
}

impl Person {
    /// Makes an account at the endpoint of this origin.
    pub async fn register(
        origin: &str,
        deployment: &str,
        root: &Root,
        keyring: &Keyring,
    ) -> Result<Self, Failure> {
        let record = keyring.record(root, LoginKind::Password, 1_700_000_000, [3; 16]);
        let deployment = Deployment::parse(deployment).map_err(|_| "deployment")?;
        let person = Self { origin: origin.to_owned(), login: Login::from_root(root), deployment };
        let body = serde_json::to_vec(&NewLogin { record, invite: None })?;
        person.post(&client()?, "/v1/accounts", body).await?;
        Ok(person)
    }

    /// An account of which nothing is stored.
    pub async fn without_files(origin: &str, deployment: &str) -> Result<Self, Failure> {
        let account = AccountId::from_bytes([1; 16]);
        let keyring = Keyring { account, vault_key: VaultKey::copied(&[2; 32]), username: None };
        Self::register(origin, deployment, &Root::copied(&[1; 32]), &keyring).await
    }

    /// The answer to a batch. Read only where it costs little: this program shares the machine with
    /// the endpoint.
    pub async fn presign(
        &self,
        client: &Client,
        operations: &[Operation],
    ) -> Result<Vec<u8>, Failure> {
        let body = serde_json::to_vec(&PresignRequest { operations: operations.to_vec() })?;
        self.post(client, "/v1/presign", body).await
    }

    /// A batch, signed: one URL for each operation.
    pub async fn urls(
        &self,
        client: &Client,
        operations: &[Operation],
    ) -> Result<Vec<Presigned>, Failure> {
        let answer = self.presign(client, operations).await?;
        let PresignResponse { urls, .. } = serde_json::from_slice(&answer)?;
        assert!(urls.len() == operations.len(), "one URL for one operation");
        Ok(urls)
    }

    async fn post(&self, client: &Client, path: &str, body: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let url = format!("{}{path}", self.origin);
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
