//! Every way a model fails that a person can act on differently.

use std::time::Duration;

/// `provider` is named in the sentence; none of these can hold a key.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LlmError {
    #[error(
        "Ollama is not running at {address}. Start it, or get it from https://ollama.com/download, then try again."
    )]
    OllamaNotRunning { address: String },
    #[error("Ollama does not have the model {model}. Pull it in Settings, or choose another model.")]
    ModelNotFound { model: String },
    #[error("{}. Choose another model.", if *retired { format!("Anthropic has retired the model {model}") } else { format!("Claude does not offer the model {model} to this key") })]
    ClaudeModelNotFound { model: String, retired: bool },
    #[error("No API key for Claude is saved. Add one in Settings.")]
    KeyMissing,
    #[error("Claude refused the API key. Check it in Settings.")]
    KeyInvalid,
    #[error("{provider} asks to wait{}.", retry_after.map_or(". Try again in a minute".into(), |wait| format!(" {}. Try again then", spoken(wait.as_secs()))))]
    RateLimited { provider: &'static str, retry_after: Option<Duration> },
    #[error("{provider} is overloaded right now. Try again in a minute.")]
    Overloaded { provider: &'static str },
    #[error("{}", unreachable(provider, reason, *offline))]
    Unreachable {
        provider: &'static str,
        reason: String,
        /// Whether it is this machine that has no network, as far as can be told.
        offline: bool,
    },
    #[error(
        "The connection to {provider} broke off in the middle of the answer. What came is kept: go on from there, or ask again."
    )]
    ConnectionCut { provider: &'static str },
    #[error(
        "{provider} has sent nothing for {}, so MemoryLoop stopped waiting. What came is kept; try again, or choose another model.",
        spoken(*seconds)
    )]
    Silent { provider: &'static str, seconds: u64 },
    #[error(
        "This is longer than the model can read. Shorten the message or start a new conversation, or choose a model with a larger context."
    )]
    ContextTooLong,
    #[error("The model declined to answer this. Ask in other words, or choose another model.")]
    Refused,
    #[error("The account behind the Claude key has no credit left. Add some at Anthropic, or choose another model.")]
    NoCredit,
    /// `message` ends with what to do.
    #[error("{provider} reported an error: {message}")]
    Reported { provider: &'static str, message: String },
    /// What answered does not speak the protocol (a proxy's page, another program on the port).
    #[error("What answered at {address} is not {provider}: {detail}. {}", way_past(provider))]
    NotTheProtocol { provider: &'static str, address: String, detail: String },
}

impl LlmError {
    /// The sentence for an answer of which nothing came: there is nothing that was kept, and nothing to go on from.
    pub(crate) fn before_anything(&self) -> String {
        match self {
            Self::ConnectionCut { provider } => {
                format!("The connection to {provider} broke off before the answer began. Ask again.")
            }
            Self::Silent { provider, seconds } => format!(
                "{provider} has sent nothing for {}, so MemoryLoop stopped waiting. Try again, or choose another model.",
                spoken(*seconds)
            ),
            other => other.to_string(),
        }
    }
}

fn unreachable(provider: &str, reason: &str, offline: bool) -> String {
    if offline {
        format!(
            "This computer seems to be offline, so {provider} cannot be reached. Check the network connection, then try again."
        )
    } else {
        format!(
            "{provider} could not be reached: {reason}. Try again; if it stays so, a firewall or a proxy may be in the way."
        )
    }
}

/// Claude is on the internet, and so is whatever answers in its place; Ollama is at an address that the person set.
fn way_past(provider: &str) -> &'static str {
    if provider == super::Provider::Claude.title() {
        "A proxy, or a network that wants you to sign in, may be in the way: open a web page in a browser, then try again."
    } else {
        "Check which program listens there, and OLLAMA_HOST if you set it."
    }
}

/// `1 second`, `90 seconds`, `5 minutes`: never less than there is to wait.
fn spoken(seconds: u64) -> String {
    match seconds {
        0 | 1 => "1 second".to_owned(),
        2..=119 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_a_network_is_told_so() {
        let unreachable = |offline| LlmError::Unreachable { provider: "Claude", reason: "no route".into(), offline };
        assert_eq!(
            unreachable(true).to_string(),
            "This computer seems to be offline, so Claude cannot be reached. Check the network connection, then try again."
        );
        assert_eq!(
            unreachable(false).to_string(),
            "Claude could not be reached: no route. Try again; if it stays so, a firewall or a proxy may be in the way."
        );
    }

    #[test]
    fn of_an_answer_that_never_began_nothing_is_said_to_be_kept() {
        let (cut, silent) =
            (LlmError::ConnectionCut { provider: "Claude" }, LlmError::Silent { provider: "Ollama", seconds: 300 });
        assert!(cut.to_string().contains("is kept") && silent.to_string().contains("is kept"));
        assert_eq!(cut.before_anything(), "The connection to Claude broke off before the answer began. Ask again.");
        assert_eq!(
            silent.before_anything(),
            "Ollama has sent nothing for 5 minutes, so MemoryLoop stopped waiting. Try again, or choose another model."
        );
        assert_eq!(LlmError::KeyInvalid.before_anything(), LlmError::KeyInvalid.to_string());
    }
}
