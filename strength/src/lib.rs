//! The strength meter of account creation.
