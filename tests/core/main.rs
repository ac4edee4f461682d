//! MemoryLoop through its core, against the real databases; no window.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod accounts;
mod app;
mod app_fitting;
mod app_turns;
mod chat;
mod chat_failures;
mod claude;
mod config;
mod conversations;
mod crash;
mod fitting;
mod generate;
mod history;
mod instance;
mod keys;
mod learning;
#[cfg(target_os = "linux")]
mod learning_disk;
mod ollama;
mod optimise;
mod postgres;
mod postgres_disk;
mod postgres_schema;
mod recovery;
mod replay;
mod row_level_security;
mod scheduling;
mod scheduling_properties;
mod scheduling_steps;
mod scheduling_vectors;
mod scheduling_zones;
mod standins;
mod statistics;
mod statistics_stored;
mod study;
mod undo;
