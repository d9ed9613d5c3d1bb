//! What needs no account: tokens, completions, the manual.
