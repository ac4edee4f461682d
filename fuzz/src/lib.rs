//! What the fuzzer runs: the parsers of what models send, from the core's own files, and what must hold for any bytes.
//!
//! `replay.rs` runs the kept corpus through the same functions as a plain program, which is part of the tests.

mod cards;
mod llm;

pub use cards::draft_json;
pub use llm::{claude::claude_stream, ollama::ollama_stream};
