//! Texts shared by the page and the command line: sentences for errors, numbers and times, folders
//! and names. Pure, and without a user interface of its own.

pub mod folder;
pub mod hex;
pub mod kind;
pub mod message;
pub mod pasted;
pub mod placed;
pub mod report;
pub mod words;
