//! The endpoint against the real embedded store: what it is for, and each attack on it that
//! docs/THREATS.md names.

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
