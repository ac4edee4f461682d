//! What the tests share: clocks, stores, servers that stand in for models, the real window.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

pub mod clock;
#[cfg(target_os = "linux")]
pub mod home;
pub mod learning;
#[cfg(target_os = "linux")]
pub mod screen;
#[cfg(target_os = "linux")]
pub mod window;
