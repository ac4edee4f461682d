//! What the tests share: clocks, stores, servers that stand in for models, the real window.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

pub mod clock;
pub mod learning;
pub mod claude;
pub mod http;
mod http_answers;
pub mod ollama;
