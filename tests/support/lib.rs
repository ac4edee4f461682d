//! What the tests share: clocks, stores, servers that stand in for models, the real window.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

pub mod claude;
pub mod clock;
#[path = "../eval/run.rs"]
pub mod eval;
#[cfg(target_os = "linux")]
pub mod first_steps;
#[cfg(target_os = "linux")]
pub mod home;
pub mod http;
pub mod http_answers;
pub mod http_models;
pub mod learning;
#[cfg(target_os = "linux")]
pub mod mounted;
pub mod ollama;
pub mod postgres;
pub mod scratch;
#[cfg(target_os = "linux")]
pub mod screen;
#[cfg(target_os = "linux")]
pub mod synthetic;
pub mod turns;
pub mod window;
