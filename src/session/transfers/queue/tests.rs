//! Tests of what waits, runs and ends, and of retry times.

use std::rc::Rc;

use futures_util::future::AbortHandle;

use super::{Queue, Start};
use crate::catalog::EventKey;
use crate::object::ObjectId;
use crate::session::view::TransferState;
use crate::transfer::{Progress, TransferControl, TransferError};

fn queue() -> Queue {
    let mut queue = Queue::default();
    let file = ObjectId::parse("019d3c71-5555-7555-8555-555555555555").unwrap();
    queue.push_download(file, "a".to_owned(), 100);
    queue
}

fn start(queue: &mut Queue, now: u64) -> Option<Start> {
    queue.start(now, false, |_| (AbortHandle::new_pair().0, Rc::new(TransferControl::new(|_| {}))))
}

#[test]
fn what_passes_is_tried_again_after_pauses_that_grow() {
    let mut queue = queue();
    let mut now = 0;
    for pause in [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
        assert_eq!(start(&mut queue, now).map(|start| start.id), Some(1));
        queue.failed(1, now, TransferError::StoreDown);
        assert_eq!(queue.rows(0)[0].state, TransferState::Waiting(TransferError::StoreDown));
        assert_eq!(queue.next_at(now), Some(now + pause));
        assert!(start(&mut queue, now + pause - 1).is_none(), "not before");
        now += pause;
    }
    queue.resume(1);
    assert!(start(&mut queue, now).is_some(), "at once when asked");
    queue.failed(1, now, TransferError::StoreDown);
    assert_eq!(queue.next_at(now), Some(now + 1_000), "and patient again");
}

#[test]
fn what_does_not_pass_stops_until_somebody_asks() {
    let mut queue = queue();
    start(&mut queue, 0);
    queue.failed(1, 0, TransferError::Changed);
    assert_eq!(queue.rows(0)[0].state, TransferState::Failed(TransferError::Changed));
    assert!(start(&mut queue, u64::MAX).is_none());
    queue.resume(1);
    assert!(start(&mut queue, 0).is_some());
}

#[test]
fn what_was_held_while_it_failed_stays_held() {
    let mut queue = queue();
    start(&mut queue, 0);
    queue.pause(1);
    queue.told(1, 500, Progress::Waiting(TransferError::StoreDown));
    queue.told(1, 500, Progress::Done(40));
    assert_eq!(queue.rows(500)[0].state, TransferState::Paused, "whatever its requests do");
    queue.failed(1, 1_000, TransferError::StoreDown);
    assert_eq!(queue.rows(1_000)[0].state, TransferState::Paused);
    assert!(start(&mut queue, u64::MAX).is_none());
    queue.resume(1);
    assert!(start(&mut queue, 1_000).is_some());
    queue.pause(1);
    queue.failed(1, 1_000, TransferError::Changed);
    assert_eq!(queue.rows(0)[0].state, TransferState::Failed(TransferError::Changed));
}

#[test]
fn what_is_in_the_bucket_is_not_sent_again_by_pause_and_resume() {
    let mut queue = queue();
    let event = |seq: &str| {
        let (device, event) =
            ("pyr4qii5jexl7w44dfrwa3buju", "019d3c71-5555-7555-8555-555555555555");
        EventKey::parse(&format!("{device}/{seq}/{event}")).unwrap()
    };
    let (first, second) = (event("0000000000000000"), event("0000000000000001"));
    start(&mut queue, 0);
    queue.pause(1);
    queue.sent(1);
    let pause_and_resume = |queue: &mut Queue| {
        queue.pause(1);
        queue.resume(1);
        assert!(start(queue, u64::MAX).is_none());
        queue.rows(0).remove(0).state
    };
    assert_eq!(pause_and_resume(&mut queue), TransferState::Running);
    assert!(queue.recording(1));
    assert_eq!(pause_and_resume(&mut queue), TransferState::Running);
    queue.recorded(1, first);
    queue.unsaved(TransferError::StoreDown);
    let waits = TransferState::Waiting(TransferError::StoreDown);
    assert_eq!(pause_and_resume(&mut queue), waits, "its event waits");
    queue.moved(&first, &second);
    queue.saved(&first);
    assert_eq!(queue.rows(0)[0].state, waits);
    queue.saved(&second);
    assert_eq!(queue.rows(0)[0].state, TransferState::Done);
}

#[test]
fn naming_that_fails_again_and_again_pauses_longer_and_longer() {
    let mut queue = queue();
    let mut now = 0;
    for pause in [1_000, 2_000, 4_000] {
        start(&mut queue, now);
        queue.sent(1);
        queue.recording(1);
        queue.failed(1, now, TransferError::Unread);
        assert_eq!(queue.next_at(now), Some(now + pause));
        now += pause;
    }
}

#[test]
fn what_is_tried_again_waits_until_something_moves() {
    let mut queue = queue();
    let waiting = TransferState::Waiting(TransferError::StoreDown);
    let look = |queue: &Queue, now| {
        let row = queue.rows(now).remove(0);
        (row.state, row.done, row.rate)
    };
    start(&mut queue, 0);
    queue.told(1, 500, Progress::Done(40));
    queue.failed(1, 1_000, TransferError::StoreDown);
    assert!(start(&mut queue, 2_000).is_some());
    assert_eq!(look(&queue, 2_000), (waiting.clone(), 40, 0), "nothing moved yet");
    assert!(start(&mut queue, u64::MAX).is_none(), "and it runs once");
    queue.told(1, 3_000, Progress::Done(50));
    assert_eq!(look(&queue, 3_000), (TransferState::Running, 50, 10));
    queue.failed(1, 3_000, TransferError::StoreDown);
    assert!(start(&mut queue, 60_000).is_some());
    queue.sent(1);
    assert_eq!(look(&queue, 60_000), (TransferState::Running, 100, 0), "all of it went at once");
    queue.resume(1);
    assert!(start(&mut queue, u64::MAX).is_none(), "there is nothing to go on with");
}

#[test]
fn a_clock_that_is_set_back_keeps_nothing_waiting() {
    let mut queue = queue();
    let year = 31_536_000_000;
    start(&mut queue, year);
    queue.failed(1, year, TransferError::StoreDown);
    assert!(start(&mut queue, year).is_none(), "it pauses");
    assert!(start(&mut queue, 0).is_some());
}

#[test]
fn cancelling_stops_and_takes_off_the_list() {
    let mut queue = queue();
    let (running, _) = AbortHandle::new_pair();
    let control = || Rc::new(TransferControl::new(|_| {}));
    queue.start(0, false, |_| (running.clone(), control()));
    queue.cancel(1);
    assert!(running.is_aborted() && queue.rows(0).is_empty());
    queue.done(1);
    assert!(queue.rows(0).is_empty(), "what comes late changes nothing");
}

#[test]
fn what_stands_still_has_neither_speed_nor_time_left() {
    let mut queue = queue();
    start(&mut queue, 0);
    queue.told(1, 1_000, Progress::Done(40));
    assert_eq!(queue.next_at(1_000), Some(6_000), "then it is to be looked at");
    let row = &queue.rows(5_999)[0];
    assert_eq!((row.rate, row.still), (40, false));
    let row = &queue.rows(6_000)[0];
    assert_eq!((row.done, row.rate, row.left, row.still), (40, 0, None, true));
    assert_eq!(queue.next_at(6_000), None, "and nothing more is to be waited for");
    queue.told(1, 7_000, Progress::Done(50));
    assert!(!queue.rows(7_000)[0].still, "it goes on");
    queue.told(1, 8_000, Progress::Done(100));
    assert!(queue.rows(13_000)[0].still, "all of it has left, and nobody answers");
    queue.told(1, 9_000, Progress::Waiting(TransferError::StoreDown));
    assert!(!queue.rows(60_000)[0].still, "it says why it waits");
}

#[test]
fn a_row_tells_speed_and_time_left() {
    let mut queue = queue();
    start(&mut queue, 0);
    queue.told(1, 2_000, Progress::Done(40));
    let row = &queue.rows(2_000)[0];
    assert_eq!((row.done, row.rate, row.left, row.still), (40, 20, Some(3), false));
    queue.told(1, 2_000, Progress::Done(99));
    assert_eq!(queue.rows(2_000)[0].left, Some(1), "not 0 before its end");
    queue.done(1);
    let row = &queue.rows(0)[0];
    assert_eq!((row.done, row.rate, row.left), (100, 0, None));
    queue.clear_ended();
    assert!(queue.rows(0).is_empty());
}
