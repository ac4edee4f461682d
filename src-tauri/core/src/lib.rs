//! Everything that MemoryLoop does, without a window: accounts, keys, conversations, flashcards, reviews.
//!
//! Direction of knowledge: the domain files here know `postgres/`, `lance/` and `llm/`; those know nothing of what is
//! above them, `postgres/` knows no `lance/`, and neither knows `llm/`.

pub mod accounts;
pub mod app;
pub mod cards;
pub mod chat;
pub mod config;
pub mod context;
pub mod error;
pub mod ids;
pub mod image;
pub mod instance;
pub mod keys;
pub mod lance;
pub mod learning;
pub mod llm;
pub mod postgres;
mod private_file;
mod random;
pub mod review;
pub mod time;

pub use app::App;
pub use error::{Error, Result};
