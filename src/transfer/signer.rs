//! Who signs requests to the store for a transfer.

use async_trait::async_trait;
use frond_wire::{Operation, Presigned};

use super::TransferError;

/// An [`Operation`] as JSON: written where it is made, read by the endpoint alone, so that the page
/// between a Worker and the endpoint need not know what it says.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(PartialEq, Eq))]
pub struct OperationText(String);

impl OperationText {
    /// The JSON.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// From JSON that a Worker sent.
    #[must_use]
    pub fn from_json(json: String) -> Self {
        Self(json)
    }
}

impl From<&Operation> for OperationText {
    fn from(operation: &Operation) -> Self {
        // Serialisation fails only for maps whose keys are not text; an operation has none.
        Self(serde_json::to_string(operation).unwrap_or_default())
    }
}

/// Signs operations: in the page by asking the endpoint, in a Worker by asking the page.
#[async_trait(?Send)]
pub trait Signer {
    /// Presigned requests in the order of the operations, all or none.
    async fn presign(
        &self,
        operations: Vec<OperationText>,
    ) -> Result<Vec<Presigned>, TransferError>;
}
