//! What tests stand on: real parts, started once and gone when the tests' process ends, however it ends.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

pub mod claude;
pub mod http;
pub mod http_answers;
pub mod http_models;
pub mod ollama;
pub mod postgres;
pub mod scratch;
