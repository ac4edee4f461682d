//! What a model is: it streams text, produces JSON to a schema, and some embed.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use specta::Type;

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

/// Every way a model fails that a person can act on differently. `provider` is named in the sentence.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LlmError {
    #[error("Ollama is not running at {address}. Start it, or get it from https://ollama.com/download, then try again.")]
    OllamaNotRunning { address: String },
    #[error("Ollama does not have the model {model}. Get it with: ollama pull {model}")]
    ModelNotFound { model: String },
    #[error("Claude does not offer the model {model} to this key. Choose another model.")]
    ClaudeModelNotFound { model: String },
    #[error("No API key for Claude is saved. Add one in Settings.")]
    KeyMissing,
    #[error("Claude refused the API key. Check it in Settings.")]
    KeyInvalid,
    #[error("{provider} asks to wait{}. Try again then.", retry_after.map_or(String::new(), |d| format!(" {} seconds", d.as_secs().max(1))))]
    RateLimited { provider: &'static str, retry_after: Option<Duration> },
    #[error("{provider} is overloaded right now. Try again in a minute.")]
    Overloaded { provider: &'static str },
    #[error("{provider} could not be reached: {reason}. Check the network connection and try again.")]
    Unreachable { provider: &'static str, reason: String },
    #[error("The connection to {provider} broke off in the middle of the answer. What came is kept; send again for the rest.")]
    ConnectionCut { provider: &'static str },
    #[error("{provider} has sent nothing for {} seconds, so MemoryLoop stopped waiting. What came is kept.", seconds)]
    Silent { provider: &'static str, seconds: u64 },
    #[error("This conversation is longer than the model can read. Start a new conversation, or choose a model with a larger context.")]
    ContextTooLong,
    #[error("The model declined to answer this.")]
    Refused,
    #[error("The account behind the Claude key has no credit left. Add some at Anthropic, or choose another model.")]
    NoCredit,
    #[error("{provider} reported an error: {message}")]
    Reported { provider: &'static str, message: String },
    /// What answered does not speak the protocol (a proxy's page, another program on the port).
    #[error("What answered at {address} is not {provider}: {detail}. Check the address in Settings.")]
    NotTheProtocol { provider: &'static str, address: String, detail: String },
}
