//! The endpoint: signs S3 URLs, keeps no state of its own.

pub mod embedded;
