//! MemoryLoop through its core, against the real databases; no window.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod app;
mod config;
mod crash;
mod instance;
mod learning;
mod recovery;
mod scheduling;
