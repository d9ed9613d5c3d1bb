//! What goes wrong with one request.

use std::rc::Rc;

use frond::bytes::Bytes;
use frond::port::{HttpError, Request, Response};
use frond_wire::{Name, Operation};

use super::operations::{answer, range, refusal};
use super::{FakeStore, UPLOAD};

/// What happens to one request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It never arrives.
    Lost,
    /// It is done; the answer never arrives.
    AnswerLost,
    /// Refused with status and code.
    Status(u16, &'static str),
    /// Done, but answered with status and code.
    DoneBut(u16, &'static str),
    /// Done, but answered with this body.
    Body(&'static [u8]),
    /// Not done, but answered 200 with this body.
    Pretence(&'static [u8]),
    /// The upload is gone before the request arrives.
    Aborted,
    /// Another body under the part's number, before the request arrives.
    OtherPart(u32),
    /// Without its ETag.
    NoEtag,
    /// One bit of the body is another when it arrives.
    Damaged,
    /// Done, and then the last byte of the object is another; its ETag stays.
    Spoilt,
    /// Without its length.
    NoLength,
    /// A range is answered with the whole object and 200.
    Whole,
    /// A range is answered with that many bytes less.
    Short,
    /// A range is answered with one byte more.
    Long,
    /// A range is answered with another one.
    OtherRange,
}

impl FakeStore {
    /// Takes the first fault that waits for this operation.
    fn fault(&self, name: &str) -> Option<Fault> {
        let mut faults = self.faults.borrow_mut();
        let at = faults.iter().position(|(operation, _)| *operation == name)?;
        Some(faults.remove(at).1)
    }

    /// Carries a request out, or not, as its fault says.
    pub(super) fn carry_out(
        &self,
        operation: &Operation,
        name: &str,
        request: &Request,
    ) -> Result<Response, HttpError> {
        let Some(fault) = self.fault(name) else { return Ok(self.perform(operation, request)) };
        Ok(match fault {
            Fault::Lost => return Err(HttpError::NoAnswer),
            Fault::AnswerLost => {
                self.perform(operation, request);
                return Err(HttpError::NoAnswer);
            }
            Fault::Status(status, code) => refusal(status, code),
            Fault::DoneBut(status, code) => {
                self.perform(operation, request);
                refusal(status, code)
            }
            Fault::Body(body) => {
                self.perform(operation, request);
                answer(200, body.to_vec())
            }
            Fault::Pretence(body) => answer(200, body.to_vec()),
            Fault::Aborted => {
                self.abort(UPLOAD);
                self.perform(operation, request)
            }
            Fault::OtherPart(number) => {
                for parts in self.uploads.borrow_mut().values_mut() {
                    *parts.get_mut(&number).unwrap().last_mut().unwrap() ^= 1;
                }
                self.perform(operation, request)
            }
            Fault::NoEtag => {
                let mut response = self.perform(operation, request);
                response.headers.retain(|(name, _)| name != "etag");
                response
            }
            Fault::Damaged => {
                let mut body = request.body.to_vec();
                let middle = body.len() / 2;
                body[middle] ^= 1;
                let Request { method, url, headers, max_response, .. } = request;
                let (method, url, headers) = (method.clone(), url.clone(), headers.clone());
                let body = Rc::new(Bytes::from(body));
                self.perform(
                    operation,
                    &Request { method, url, headers, body, max_response: *max_response },
                )
            }
            Fault::Spoilt => {
                let response = self.perform(operation, request);
                for object in self.objects.borrow_mut().values_mut() {
                    *object.last_mut().unwrap() ^= 1;
                }
                response
            }
            Fault::NoLength => {
                let mut response = self.perform(operation, request);
                response.headers.retain(|(name, _)| name != "content-length");
                response
            }
            Fault::Whole => {
                let Operation::Get(Name::Object(object)) = operation else {
                    panic!("only for GET")
                };
                answer(200, self.objects.borrow()[&object.to_string()].clone())
            }
            Fault::Short => {
                let mut response = self.perform(operation, request);
                response.body.pop();
                response
            }
            Fault::Long => {
                let mut response = self.perform(operation, request);
                response.body.push(0);
                response
            }
            Fault::OtherRange => {
                let Operation::Get(Name::Object(object)) = operation else {
                    panic!("only for GET")
                };
                let objects = self.objects.borrow();
                let (first, last) = range(request);
                self.part_of(&objects[&object.to_string()], 1, last - first)
            }
        })
    }
}
