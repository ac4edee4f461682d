//! Tests of the core through its public interface, on real parts.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accounts;
mod chat;
mod chat_failures;
mod claude;
mod conversations;
mod generate;
mod keys;
mod ollama;
mod postgres;
mod postgres_disk;
mod postgres_schema;
mod row_level_security;
mod standins;
