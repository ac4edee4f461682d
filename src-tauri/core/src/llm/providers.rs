//! The providers together: which model answers, what can be chosen, whether a key is good.

use std::sync::Arc;

use secrecy::SecretString;
use url::Url;

use super::{
    ClaudeModels, LlmError, ModelRef, Models, OllamaEmbedder, OllamaModels, Patience, Provider, SharedModel,
    claude::Claude,
    embed::DEFAULT_MODEL,
    http::Endpoint,
    ollama::{Ollama, PullError, PullProgress, same_model},
    recommended::recommended,
};

/// Where Claude is unless told otherwise.
pub const ANTHROPIC_DEFAULT: &str = "https://api.anthropic.com";

/// Where the providers are. Not to be printed: an address may hold a password.
#[derive(Clone)]
pub struct Endpoints {
    /// From [`super::ollama_address`].
    pub ollama: Url,
    pub claude: Url,
}

/// The way to every model. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Providers {
    ollama: Ollama,
    claude: Claude,
}

impl Providers {
    /// # Errors
    /// When no HTTP client can be built on this machine.
    pub fn new(endpoints: Endpoints, patience: Patience) -> Result<Self, LlmError> {
        Ok(Self {
            ollama: Ollama::new(Endpoint::new(Provider::Ollama, endpoints.ollama, patience)?),
            claude: Claude::new(Endpoint::new(Provider::Claude, endpoints.claude, patience)?),
        })
    }

    /// The model to ask. Nothing is sent yet.
    ///
    /// # Errors
    /// `KeyMissing` for a Claude model without a key.
    pub fn model(&self, model: &ModelRef, claude_key: Option<SecretString>) -> Result<SharedModel, LlmError> {
        Ok(match model.provider {
            Provider::Ollama => Arc::new(self.ollama.model(&model.name)),
            Provider::Claude => Arc::new(self.claude.model(&model.name, claude_key.ok_or(LlmError::KeyMissing)?)),
        })
    }

    /// What embeds: the default model, at Ollama's address.
    #[must_use]
    pub fn embedder(&self) -> OllamaEmbedder {
        OllamaEmbedder::new(self.ollama.clone(), DEFAULT_MODEL)
    }

    /// Whether Anthropic takes the key. Costs no tokens.
    ///
    /// # Errors
    /// `KeyInvalid`, or why it could not be found out.
    pub async fn check_claude_key(&self, key: &SecretString) -> Result<(), LlmError> {
        self.claude.check(key).await
    }

    /// Has Ollama pull a model; returns when it is there. Dropping the future ends the pull, and what was downloaded stays.
    ///
    /// # Errors
    /// Why it failed, with what to do.
    pub async fn pull(&self, name: &str, on: impl FnMut(PullProgress) + Send) -> Result<(), PullError> {
        self.ollama.pull(name, on).await
    }

    /// Deletes a model from Ollama.
    ///
    /// # Errors
    /// `ModelNotFound`, or why Ollama cannot be asked.
    pub async fn delete_model(&self, name: &str) -> Result<(), LlmError> {
        self.ollama.delete(name).await
    }

    /// Whether `name` is the model that embeds.
    #[must_use]
    pub fn is_embedding_model(name: &str) -> bool {
        same_model(name, DEFAULT_MODEL)
    }

    /// What can be chosen, looked up at both at once. What fails is told in `problem`.
    pub async fn list(&self, claude_key: Option<SecretString>) -> Models {
        let (ollama, claude) = tokio::join!(self.list_ollama(), self.list_claude(claude_key));
        Models { ollama, claude }
    }

    async fn list_ollama(&self) -> OllamaModels {
        let address = self.ollama.endpoint.address();
        let nothing = |running, problem: LlmError| OllamaModels {
            address: address.clone(),
            running,
            problem: Some(problem.before_anything()),
            models: Vec::new(),
            recommended: recommended(),
            pulls: Vec::new(),
            embedding_model: None,
        };
        // The version first: another program on the port may well answer /api/tags with something.
        let (version, installed) = tokio::join!(self.ollama.version(), self.ollama.installed());
        if let Err(problem) = version {
            return nothing(false, problem);
        }
        let installed = match installed {
            Ok(installed) => installed,
            Err(problem) => return nothing(true, problem),
        };
        let problem = installed.chat.is_empty().then(|| {
            "Ollama is running but has no model to talk with yet. Pull one of those that are recommended.".to_owned()
        });
        OllamaModels {
            running: true,
            problem,
            recommended: recommended(),
            pulls: Vec::new(),
            embedding_model: installed.names.into_iter().find(|name| same_model(name, DEFAULT_MODEL)),
            models: installed.chat,
            address,
        }
    }

    async fn list_claude(&self, key: Option<SecretString>) -> ClaudeModels {
        let Some(key) = key else {
            return ClaudeModels { has_key: false, problem: None, models: Vec::new() };
        };
        match self.claude.models(&key).await {
            Ok(models) if models.is_empty() => {
                ClaudeModels { has_key: true, problem: None, models: Claude::fallback() }
            }
            Ok(models) => ClaudeModels { has_key: true, problem: None, models },
            Err(problem) => {
                let models = if problem == LlmError::KeyInvalid { Vec::new() } else { Claude::fallback() };
                ClaudeModels { has_key: true, problem: Some(problem.before_anything()), models }
            }
        }
    }
}
