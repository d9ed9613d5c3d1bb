//! What happens to transfers when things break.
