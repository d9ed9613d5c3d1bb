//! Uploads that began.

use frond::catalog::{Event, EventHash, Op, Origin};

use super::support::*;

/// All devices must agree on the one multipart upload that may become the object.
#[test]
fn only_the_device_that_began_an_upload_names_another() {
    let source = Origin { name: "x".to_owned(), size: 5, modified: None };
    let (mut a, mut b) = (Device::new(1), Device::new(2));
    let first = a.make(1, vec![begin("first", &source)]);
    b.learn(std::slice::from_ref(&first));
    let (again, other) =
        (a.make(2, vec![begin("second", &source)]), b.make(3, vec![begin("other", &source)]));
    let upload = |events: &[(EventHash, Event)]| state(events).begun[&object(1)].upload.to_string();
    assert_eq!(upload(&[first.clone(), other.clone()]), "first");
    assert_eq!(upload(&[other.clone(), again.clone(), first.clone()]), "second");
    let abandoned = b.make(4, vec![Op::Abandon { object: object(1) }]);
    let given_up = state(&[first, again, other, abandoned]);
    assert!(given_up.begun.is_empty());
    assert_eq!(
        given_up.upload(&object(1)).unwrap().upload.as_str(),
        "second",
        "its device may be on it still"
    );
}

#[test]
fn an_upload_that_began_is_known_until_it_is_a_file() {
    let mut a = Device::new(1);
    let source = Origin { name: "x".to_owned(), size: 5, modified: None };
    let begin = a.make(1, vec![begin("u", &source)]);
    assert_eq!(state(std::slice::from_ref(&begin)).begun[&object(1)].source, source);
    assert!(state(std::slice::from_ref(&begin)).files.is_empty(), "it is no file");
    let add = a.make(2, vec![add(1, "x", 1)]);
    let after = state(&[begin, add]);
    assert!(after.begun.is_empty() && after.files.contains_key(&object(1)));
}

#[test]
fn an_abandoned_upload_is_over_unless_it_was_added() {
    let source = Origin { name: "x".to_owned(), size: 5, modified: None };
    let begin = begin("u", &source);
    let (mut a, mut b) = (Device::new(1), Device::new(2));
    let (begun, abandoned) =
        (a.make(1, vec![begin]), b.make(2, vec![Op::Abandon { object: object(1) }]));
    let added = a.make(3, vec![add(1, "x", 1)]);
    // Whatever the order in which they are read.
    for events in [[begun.clone(), abandoned.clone()], [abandoned.clone(), begun.clone()]] {
        assert!(state(&events).begun.is_empty());
    }
    let all = state(&[begun, abandoned, added]);
    assert!(
        all.begun.is_empty() && all.files.contains_key(&object(1)),
        "what was added stays a file"
    );
}
