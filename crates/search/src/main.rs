//! The program of the Worker that searches.

fn main() {}
