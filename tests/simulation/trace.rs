//! What happened, line by line: printed on replay, and always summed up, so that two runs can be
//! compared.

use std::cell::Cell;
use std::rc::Rc;

use crate::executor::Executor;
use crate::random::mix;

pub struct Trace {
    pub executor: Rc<Executor>,
    prints: bool,
    sums: bool,
    sum: Cell<u64>,
}

impl Trace {
    pub fn new(executor: &Rc<Executor>, prints: bool, sums: bool) -> Self {
        Self { executor: Rc::clone(executor), prints, sums, sum: Cell::new(0) }
    }

    /// Whether anybody listens.
    pub fn on(&self) -> bool {
        self.prints || self.sums
    }

    pub fn say(&self, line: impl FnOnce() -> String) {
        if !self.on() {
            return;
        }
        let line = format!("{:>10} {}", self.executor.now(), line());
        if self.prints {
            println!("{line}");
        }
        let sum = line.bytes().fold(self.sum.get(), |sum, byte| mix(sum ^ u64::from(byte)));
        self.sum.set(sum);
    }

    pub fn sum(&self) -> u64 {
        self.sum.get()
    }
}
