//! Every way a model fails that a person can act on differently.

use std::time::Duration;

/// `provider` is named in the sentence; none of these can hold a key.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LlmError {
    #[error(
        "Ollama is not running at {address}. Start it, or get it from https://ollama.com/download, then try again."
    )]
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
    #[error(
        "The connection to {provider} broke off in the middle of the answer. What came is kept; send again for the rest."
    )]
    ConnectionCut { provider: &'static str },
    #[error("{provider} has sent nothing for {} seconds, so MemoryLoop stopped waiting. What came is kept.", seconds)]
    Silent { provider: &'static str, seconds: u64 },
    #[error(
        "This is longer than the model can read. Shorten the message or start a new conversation, or choose a model with a larger context."
    )]
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
