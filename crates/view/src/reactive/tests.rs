//! What runs, how often and in which order; and what is cleaned up when.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::{Memo, Scope, Signal, effect, flush, on_cleanup};

/// Messages, in order.
#[derive(Clone, Default)]
struct Heard(Rc<RefCell<Vec<String>>>);

impl Heard {
    fn say(&self, word: impl Into<String>) {
        self.0.borrow_mut().push(word.into());
    }

    /// Messages since the last call, after all pending effects have run.
    fn all(&self) -> String {
        flush();
        self.0.take().join(" ")
    }
}

#[test]
fn an_effect_follows_what_it_read_last() {
    let heard = Heard::default();
    let (which, a, b) = (Signal::new(true), Signal::new(1), Signal::new(10));
    let tell = heard.clone();
    effect(move || tell.say(if which.get() { a.get() } else { b.get() }.to_string()));
    assert_eq!(heard.all(), "1");
    b.set(11);
    assert_eq!(heard.all(), "", "it did not read b");
    a.set(2);
    a.set(3);
    assert_eq!(heard.all(), "3", "once for two changes");
    which.set(false);
    assert_eq!(heard.all(), "11");
    a.set(4);
    assert_eq!(heard.all(), "", "it reads a no more");
    b.change(11);
    assert_eq!(heard.all(), "", "the same value is no change");
    b.change(12);
    assert_eq!(heard.all(), "12");
}

#[test]
fn a_memo_tells_only_of_another_value() {
    let heard = Heard::default();
    let n = Signal::new(1);
    let runs = Rc::new(Cell::new(0));
    let counted = Rc::clone(&runs);
    let even = Memo::new(move || {
        counted.set(counted.get() + 1);
        n.get() % 2 == 0
    });
    let tell = heard.clone();
    effect(move || tell.say(even.get().to_string()));
    assert_eq!(heard.all(), "false");
    n.set(3);
    assert_eq!(heard.all(), "");
    n.set(4);
    assert!(even.get_untracked(), "asked at once, it knows");
    assert_eq!(heard.all(), "true");
    assert_eq!(runs.get(), 3, "once for each value of n");
}

/// `a` reaches the effect on two paths: it never sees one of them new and the other old.
#[test]
fn no_state_between_two_changes_is_seen() {
    let heard = Heard::default();
    let a = Signal::new(1);
    let twice = Memo::new(move || a.get() * 2);
    let sum = Memo::new(move || a.get() + twice.get());
    let tell = heard.clone();
    effect(move || tell.say(format!("{}={}", a.get(), sum.get())));
    assert_eq!(heard.all(), "1=3");
    a.set(2);
    assert_eq!(heard.all(), "2=6");
}

#[test]
fn what_an_effect_made_goes_before_it_runs_again() {
    let heard = Heard::default();
    let (outer, inner) = (Signal::new(1), Signal::new(1));
    let tell = heard.clone();
    effect(move || {
        let n = outer.get();
        tell.say(format!("outer{n}"));
        let bye = tell.clone();
        on_cleanup(move || bye.say(format!("bye{n}")));
        let tell = tell.clone();
        effect(move || tell.say(format!("inner{n}:{}", inner.get())));
    });
    assert_eq!(heard.all(), "outer1 inner1:1");
    inner.set(2);
    assert_eq!(heard.all(), "inner1:2");
    inner.set(3);
    outer.set(2);
    assert_eq!(heard.all(), "bye1 outer2 inner2:3", "the old inner one did not run again");
}

#[test]
fn a_scope_ends_all_that_was_made_in_it() {
    let heard = Heard::default();
    let n = Signal::new(1);
    let tell = heard.clone();
    let scope = Scope::new();
    let own = scope.within(move || {
        let own = Signal::new(7);
        let bye = tell.clone();
        effect(move || tell.say(n.get().to_string()));
        on_cleanup(move || bye.say("bye"));
        own
    });
    assert_eq!(heard.all(), "1");
    assert_eq!(own.try_get(), Some(7));
    scope.end();
    n.set(2);
    assert_eq!(heard.all(), "bye");
    assert_eq!(own.try_get(), None);
    own.set(8);
    let other = Signal::new(9);
    assert_eq!(own.try_get(), None, "its place is taken by another, and still it is gone");
    assert_eq!(other.get_untracked(), 9);
}

#[test]
fn a_memo_says_that_its_owner_has_ended() {
    let scope = Scope::new();
    let n = Signal::new(2);
    let double = scope.within(|| Memo::new(move || n.get() * 2));
    assert_eq!(double.try_get(), Some(4));
    n.set(3);
    assert_eq!(double.try_get(), Some(6));
    scope.end();
    assert_eq!(double.try_get(), None);
}

#[test]
fn an_effect_may_change_what_others_read() {
    let heard = Heard::default();
    let (a, b) = (Signal::new(1), Signal::new(0));
    let tell = heard.clone();
    effect(move || tell.say(format!("b{}", b.get())));
    effect(move || b.set(a.get() * 10));
    assert_eq!(heard.all(), "b0 b10");
    a.set(2);
    assert_eq!(heard.all(), "b20");
}

/// A scope inside an effect does not subscribe it: the effect does not rerun for its reads.
#[test]
fn what_a_scope_reads_is_not_its_makers() {
    let heard = Heard::default();
    let n = Signal::new(1);
    let tell = heard.clone();
    effect(move || {
        tell.say("made");
        Scope::new().within(|| n.with(|_| ()));
    });
    n.set(2);
    assert_eq!(heard.all(), "made");
}
