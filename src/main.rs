//! Composition root: builds the adapters, hands a session to the ui.

fn main() {}
