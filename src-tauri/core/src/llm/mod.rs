//! What a model is: it streams text, produces JSON to a schema, and some embed.
//!
//! This is the seam between MemoryLoop and the programs that answer. What is above it (chat, cards) knows nothing of
//! HTTP; what is below it (`ollama/`, `claude/`) knows nothing of conversations or cards.

mod address;
mod claude;
mod embed;
mod error;
mod http;
mod json;
mod lines;
mod ollama;
mod providers;
mod sse;
mod stream;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use specta::Type;

pub use address::{OLLAMA_DEFAULT, ollama_address};
pub use embed::{DIMENSIONS, Embedder, Embedding, EmbeddingVersion, OllamaEmbedder, Purpose};
pub use error::LlmError;
pub use json::json;
pub use providers::{ANTHROPIC_DEFAULT, Endpoints, Providers};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    Ollama,
    Claude,
}

/// A model by its provider and the name that the provider knows it by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ModelRef {
    pub provider: Provider,
    pub name: String,
}

/// Tokens, as the provider counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    pub input_tokens: u32,
    pub output_tokens: u32,
}

/// A model that can be chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ModelInfo {
    pub model: ModelRef,
    /// As shown to the person.
    pub label: String,
    /// On disk; none for a remote model.
    pub size_bytes: Option<f64>,
    pub context_tokens: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OllamaModels {
    /// Where it was looked for.
    pub address: String,
    pub running: bool,
    /// Why it could not be used, in a sentence that says what to do.
    pub problem: Option<String>,
    /// Models that chat; embedding models are left out.
    pub models: Vec<ModelInfo>,
    /// Whether the embedding model is there; without it nothing is found by meaning.
    pub embedding_model: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ClaudeModels {
    pub has_key: bool,
    pub problem: Option<String>,
    pub models: Vec<ModelInfo>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Models {
    pub ollama: OllamaModels,
    pub claude: ClaudeModels,
}

/// Who says a message, as every provider tells it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    User,
    Assistant,
}

/// One message of what a model is given to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChatMessage {
    pub role: Speaker,
    pub content: String,
}

/// What a model is asked.
#[derive(Clone, Debug)]
pub struct ChatRequest {
    pub system: String,
    /// Oldest first; the last one is the person's.
    pub messages: Vec<ChatMessage>,
    /// The window to give a model whose window is chosen by the caller (Ollama's `num_ctx`), tokens: what it reads
    /// and writes together.
    pub window: u32,
    /// The most that it may write, tokens.
    pub max_answer: u32,
    /// The answer is JSON that fits this schema.
    pub schema: Option<Value>,
}

/// What a model can read and write at most, tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// What it reads and writes together.
    pub context: u32,
    /// What it writes.
    pub answer: u32,
    /// Whether a larger window costs memory on this machine, so that it is only made as large as is needed.
    pub window_is_ours: bool,
}

/// Why a model stopped writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    Complete,
    /// It wrote as much as it may.
    Length,
    /// What it read and wrote filled its window.
    WindowFull,
    Refused,
}

/// A piece of an answer, in order: any number of `Waiting` and `Text`, then `Done` last.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamEvent {
    Text(String),
    /// The provider asked to wait; the request is made again by itself after `pause`.
    Waiting {
        provider: &'static str,
        pause: Duration,
    },
    Done {
        stop: StopReason,
        usage: Option<Usage>,
    },
}

/// An answer as it comes. Ends after `Done` or an error; dropping it closes the connection, which stops the model.
pub type AnswerStream = BoxStream<'static, Result<StreamEvent, LlmError>>;

/// A model that answers.
#[async_trait]
pub trait Model: Send + Sync + 'static {
    fn reference(&self) -> &ModelRef;

    /// What it can read and write.
    ///
    /// # Errors
    /// When the provider has to be asked for it and cannot be, or does not have the model.
    async fn limits(&self) -> Result<Limits, LlmError>;

    /// Asks; nothing is sent until the stream is polled.
    fn stream(&self, request: ChatRequest) -> AnswerStream;
}

pub type SharedModel = Arc<dyn Model>;

/// How long to wait for what. There is no limit on a whole answer: only silence ends one.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    pub connect: Duration,
    /// For the first byte: a local model may have to be read from disk, and a long question takes long to read.
    pub first: Duration,
    /// Between two pieces of an answer.
    pub silence: Duration,
    /// For the lists and checks of the settings page.
    pub lookup: Duration,
    /// The pause before the first repetition, doubled for the second; up to as much again is added at random.
    pub retry: Duration,
    /// A longer wait than this is not waited for but told to the person.
    pub longest_wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first: Duration::from_secs(300),
            silence: Duration::from_secs(90),
            lookup: Duration::from_secs(4),
            retry: Duration::from_millis(500),
            longest_wait: Duration::from_secs(60),
        }
    }
}
