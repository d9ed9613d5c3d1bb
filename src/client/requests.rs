//! The last requests of a session, as those who receive them see them. A URL is kept without its
//! query, where the signature is; headers and bodies are not kept.

use std::cell::RefCell;
use std::collections::VecDeque;

use frond_wire::Presigned;

use crate::transfer::OperationText;

/// How many are kept.
const KEPT: usize = 500;

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentRequest {
    /// When, in milliseconds since the Unix epoch by this device's clock.
    pub at: u64,
    /// The operation, if it was signed for the store, such as `put-object`; of one sent to the
    /// endpoint `None`.
    pub operation: Option<String>,
    /// HTTP method in capitals.
    pub method: String,
    /// The URL's path.
    pub path: String,
    /// Length of the body in bytes; 0 if it has none.
    pub bytes: u64,
}

/// The last requests, oldest first.
#[derive(Default)]
pub(super) struct SentRequests(RefCell<VecDeque<SentRequest>>);

impl SentRequests {
    pub(super) fn all(&self) -> Vec<SentRequest> {
        self.0.borrow().iter().cloned().collect()
    }

    /// A request to the endpoint.
    pub(super) fn sent(&self, at: u64, method: &str, path: &str, bytes: usize) {
        self.add(SentRequest {
            at,
            operation: None,
            method: method.to_owned(),
            path: path.to_owned(),
            bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
        });
    }

    /// A request to the store, which the page or a Worker sends once it is signed. One signature
    /// serves all ranges of an object.
    pub(super) fn signed(&self, at: u64, operation: &OperationText, signed: &Presigned) {
        let name = operation.as_str().strip_prefix(r#"{"op":""#);
        let length =
            signed.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        self.add(SentRequest {
            at,
            operation: name.and_then(|rest| Some(rest.split_once('"')?.0.to_owned())),
            method: signed.method.clone(),
            path: path(&signed.url).to_owned(),
            bytes: length.and_then(|(_, length)| length.parse().ok()).unwrap_or(0),
        });
    }

    fn add(&self, request: SentRequest) {
        let mut all = self.0.borrow_mut();
        if all.len() >= KEPT {
            all.pop_front();
        }
        all.push_back(request);
    }
}

/// The path of an absolute URL, without its query.
fn path(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let rest = path.split_once("://").map_or(path, |(_, rest)| rest);
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use frond_wire::Operation;

    use super::*;

    #[test]
    fn nothing_of_a_signature_is_kept() {
        let requests = SentRequests::default();
        let signed = Presigned {
            method: "PUT".to_owned(),
            url: "https://s3.example/bucket/vaults/a/objects/o?X-Amz-Signature=secret".to_owned(),
            headers: BTreeMap::from([
                ("Content-Length".to_owned(), "617".to_owned()),
                ("x-amz-checksum-sha256".to_owned(), "secret".to_owned()),
            ]),
        };
        let operation = OperationText::from(&Operation::ListUploads { object: None });
        requests.signed(7, &operation, &signed);
        let all = requests.all();
        assert!(!format!("{all:?}").contains("secret"));
        let one = all.first().unwrap();
        assert_eq!(one.operation.as_deref(), Some("list-uploads"));
        assert_eq!((one.path.as_str(), one.bytes), ("/bucket/vaults/a/objects/o", 617));
        assert_eq!(path("https://s3.example?a/b"), "/");
    }

    #[test]
    fn the_oldest_leave_first() {
        let requests = SentRequests::default();
        for at in 0..=500 {
            requests.sent(at, "POST", "/v1/presign", 9);
        }
        let all = requests.all();
        assert_eq!((all.len(), all.first().unwrap().at), (KEPT, 1));
    }
}
