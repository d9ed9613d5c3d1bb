//! The endpoint against the real embedded store: rows 52 to 64 of THREATS.md by name, and what it
//! is for.

#![cfg(test)]

mod accounts;
mod balancer;
mod check;
mod config;
mod documents;
mod floods;
mod hostile;
mod invites;
mod jwt;
#[cfg(feature = "lambda")]
mod lambda;
mod log;
mod logins;
mod outside;
mod page;
mod presign;
mod process;
mod quota;
mod sessions;
mod shares;
mod support;
