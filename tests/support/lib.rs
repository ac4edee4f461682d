//! What the tests share: stand-ins for the outside, and the real window driven from outside.

#![allow(clippy::unwrap_used, reason = "in a test, an unexpected state should end it")]

#[cfg(target_os = "linux")]
pub mod home;
#[cfg(target_os = "linux")]
pub mod screen;
#[cfg(target_os = "linux")]
pub mod window;
