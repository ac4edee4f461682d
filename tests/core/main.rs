//! Through memoryloop-core, on real parts, without a window.

#![allow(clippy::unwrap_used, reason = "in a test, an unexpected state should end it")]

mod config;
mod instance;
