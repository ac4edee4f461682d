//! What a model is: it streams text, produces JSON to a schema, and some embed.
//!
//! This is the seam between MemoryLoop and the programs that answer. What is above it (chat, cards) knows nothing of
//! HTTP; what is below it (`ollama/`, `claude/`) knows nothing of conversations or cards.

mod address;
mod answer;
mod claude;
mod embed;
mod error;
mod http;
mod json;
mod lines;
mod loose_json;
mod ollama;
pub mod prices;
mod providers;
mod reading;
mod recommended;
mod retry;
mod sse;
mod stream;
mod think_tags;
mod tokens;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use specta::Type;

use crate::time::UnixMillis;

pub use address::{OLLAMA_DEFAULT, ollama_address};
pub use embed::{DIMENSIONS, Embedder, Embedding, EmbeddingVersion, OllamaEmbedder, Purpose};
pub use error::LlmError;
pub(crate) use http::install_tls;
pub use json::{Written, json};
pub(crate) use ollama::same_model;
pub use ollama::{PullError, PullProgress, model_name};
pub use providers::{ANTHROPIC_DEFAULT, Endpoints, Providers};
pub use tokens::estimate_tokens;
pub(crate) use tokens::least_tokens;

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
    /// All that was read, what came from the provider's cache included.
    pub input_tokens: u32,
    /// What it thought included.
    pub output_tokens: u32,
    /// Not all was counted: an answer, or a part of it, was stopped or broke off before the provider had told. It took
    /// this and more.
    pub at_least: bool,
    /// How much of `input_tokens` the provider's cache had to do with, which it prices otherwise. Known while the answer
    /// comes and not kept: what an answer cost is to be reckoned then.
    #[serde(skip)]
    pub cached: Cached,
}

/// Tokens read that were not priced as fresh ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cached {
    pub read: u32,
    pub written: u32,
}

/// Whether a model thinks before it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Thinking {
    #[default]
    Never,
    /// When asked to.
    OnRequest,
    /// It cannot be asked not to.
    Always,
}

impl Thinking {
    /// Whether it thinks when it is asked to, or is not.
    #[must_use]
    pub fn when(self, asked: bool) -> bool {
        match self {
            Self::Never => false,
            Self::OnRequest => asked,
            Self::Always => true,
        }
    }
}

/// Where a model is in its life, as the provider says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Lifecycle {
    #[default]
    Active,
    /// It will be retired.
    Deprecated,
    /// It answers no more.
    Retired,
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
    /// Such as `8.0B`; Ollama's only.
    pub parameters: Option<String>,
    pub thinking: Thinking,
    pub sees_images: bool,
    pub uses_tools: bool,
    pub lifecycle: Lifecycle,
    pub retires_at: Option<UnixMillis>,
}

/// A model that Ollama can be told to pull, with what it takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RecommendedModel {
    pub name: String,
    pub label: String,
    /// What it is good for, a sentence.
    pub description: String,
    /// To be downloaded, about.
    pub size_bytes: f64,
    pub context_tokens: u32,
    /// Whether it is the one that finds by meaning, and not one to chat with.
    pub embeds: bool,
}

/// How a pull stands; told in events until it has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Pull {
    pub name: String,
    pub state: PullState,
    pub completed_bytes: f64,
    /// None while Ollama does not know it yet.
    pub total_bytes: Option<f64>,
    /// Of the last seconds; none while nothing is downloaded.
    pub bytes_per_second: Option<f64>,
    /// Why it failed, with what to do.
    pub problem: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PullState {
    /// Looking for the model, downloading it.
    Running,
    /// All is there; Ollama checks and installs it.
    Verifying,
    Done,
    /// What was downloaded stays with Ollama: pulling again goes on from there.
    Cancelled,
    Failed,
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
    /// Worth pulling, those that are there included.
    pub recommended: Vec<RecommendedModel>,
    /// Pulls that run, or ended in this run of the program.
    pub pulls: Vec<Pull>,
    /// Whether the embedding model is there; without it nothing is found by meaning.
    pub embedding_model: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ClaudeModels {
    pub has_key: bool,
    pub problem: Option<String>,
    /// Retired ones included, so that a choice from before can say so.
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
    /// Whether to think first, where the model can be told.
    pub think: bool,
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

/// A piece of an answer, in order: any number of `Waiting`, `Usage`, `Thoughts` and `Text`, then `Done` last.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamEvent {
    Text(String),
    Thoughts(String),
    /// The provider asked to wait, or is busy and did not say for how long, or was not `reached` at all; the request is
    /// made again by itself after `pause`.
    Waiting {
        provider: &'static str,
        pause: Duration,
        reached: bool,
    },
    /// What the answer took so far, where the provider tells before its end; replaces what was told before.
    Usage(Usage),
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

    /// Whether it will think when it is asked to, or is not: what it thinks takes of the room for its answer.
    async fn thinks(&self, asked: bool) -> bool {
        asked
    }

    /// The window that it will be given when `needed` is asked for: it may keep a larger one that it has already.
    fn window(&self, needed: u32) -> u32 {
        needed
    }

    /// Asks; nothing is sent until the stream is polled.
    fn stream(&self, request: ChatRequest) -> AnswerStream;
}

pub type SharedModel = Arc<dyn Model>;

/// How long to wait for what. There is no limit on a whole answer: only silence ends one.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    pub connect: Duration,
    /// For the first byte: a local model may have to be read from disk. One that runs here is given more for a long
    /// question, which takes long to read.
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
