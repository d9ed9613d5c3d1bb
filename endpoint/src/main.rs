//! `frond-endpoint`.

fn main() {}
