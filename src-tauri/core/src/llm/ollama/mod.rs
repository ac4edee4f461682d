//! Ollama over its HTTP API (ollama/docs/api.md): what it has, what a model is, vectors.

mod chat;
mod progress;
mod pull;
mod reading;
mod thinking;
mod windows;
mod wire;

use std::{collections::HashMap, sync::Arc};

use futures::{StreamExt, stream};
use parking_lot::Mutex;
use serde_json::json;
use tokio::time::timeout;

pub(super) use self::chat::OllamaModel;
pub(crate) use self::wire::same_model;
pub use self::{
    progress::PullProgress,
    pull::{PullError, model_name},
};
use self::{
    thinking::Control,
    windows::Windows,
    wire::{Embedded, Shown, Tag, Tags, bare},
};
use super::{
    Lifecycle, LlmError, ModelInfo, ModelRef, Provider,
    http::{Endpoint, Failure, passes},
    retry::asked_wait,
};

/// How many models are asked about at a time when the list itself does not say what they can do.
const SHOWN_AT_ONCE: usize = 4;

const SIGN_IN: &str = "this model runs at ollama.com, and Ollama is not signed in there. Run `ollama signin` in a terminal, \
then try again, or choose another model.";

/// So many descriptions of models are kept; more than anybody has.
const MOST_KNOWN: usize = 500;

#[derive(Clone, Debug)]
pub(super) struct Ollama {
    pub(super) endpoint: Endpoint,
    /// What models are, by digest: a list is asked for again and again, and a description may be large.
    known: Arc<Mutex<HashMap<String, Shown>>>,
    /// The same by name, as they were told last: for when Ollama is too busy to tell.
    named: Arc<Mutex<HashMap<String, Shown>>>,
    windows: Arc<Windows>,
}

/// What there is at an address.
pub(super) struct Installed {
    pub(super) chat: Vec<ModelInfo>,
    pub(super) names: Vec<String>,
}

impl Ollama {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, known: Arc::default(), named: Arc::default(), windows: Arc::default() }
    }

    pub(super) fn model(&self, name: &str) -> OllamaModel {
        OllamaModel::new(self.clone(), name)
    }

    /// What is installed. Models that only embed are not among those to chat with.
    pub(super) async fn installed(&self) -> Result<Installed, LlmError> {
        let tags = self.tags().await?;
        let names = tags.iter().map(|tag| tag.name.clone()).collect();
        let chat = stream::iter(tags)
            .map(|tag| async move {
                let shown = self.described(&tag).await;
                shown.chats().then(|| offered(tag, &shown))
            })
            .buffered(SHOWN_AT_ONCE)
            .filter_map(|model| async { model })
            .collect()
            .await;
        Ok(Installed { chat, names })
    }

    /// The list alone, to know a model's digest.
    pub(super) async fn tags(&self) -> Result<Vec<Tag>, LlmError> {
        let endpoint = &self.endpoint;
        self.within_lookup(async {
            let response = endpoint.send(endpoint.get("api/tags"), endpoint.patience.lookup).await?;
            if !response.status().is_success() {
                return Err(self.failed(&endpoint.failure(response).await?, ""));
            }
            endpoint.read::<Tags>(response).await
        })
        .await
        .map(|tags| tags.models)
    }

    /// The version of the program that answers, such as `0.12.3`.
    pub(super) async fn version(&self) -> Result<String, LlmError> {
        let endpoint = &self.endpoint;
        self.within_lookup(async {
            let response = endpoint.send(endpoint.get("api/version"), endpoint.patience.lookup).await?;
            if passes(response.status()) {
                return Err(self.failed(&endpoint.failure(response).await?, ""));
            }
            if !response.status().is_success() {
                return Err(endpoint.not_the_protocol("it tells no version"));
            }
            endpoint.read::<wire::Version>(response).await
        })
        .await
        .map(|version| version.version)
    }

    /// What a model is. An Ollama that is too busy to tell in time (it reads a long question on a small machine) told it
    /// before, mostly: then that counts, so that what waits for its turn is not refused.
    async fn describe(&self, model: &str) -> Result<Shown, LlmError> {
        let told = self.show(model).await;
        if !matches!(told, Err(LlmError::Silent { .. } | LlmError::Overloaded { .. })) {
            return told;
        }
        let before = self.named.lock().get(&bare(model)).cloned();
        before.map_or(told, Ok)
    }

    async fn show(&self, model: &str) -> Result<Shown, LlmError> {
        let endpoint = &self.endpoint;
        let shown: Shown = self
            .within_lookup(async {
                let request = endpoint.post("api/show").json(&json!({ "model": model }));
                let response = endpoint.send(request, endpoint.patience.lookup).await?;
                if !response.status().is_success() {
                    return Err(self.failed(&endpoint.failure(response).await?, model));
                }
                endpoint.read(response).await
            })
            .await?;
        self.remember(model, &shown);
        Ok(shown)
    }

    fn remember(&self, model: &str, shown: &Shown) {
        let mut named = self.named.lock();
        let name = bare(model);
        if named.len() < MOST_KNOWN || named.contains_key(&name) {
            named.insert(name, shown.clone());
        }
    }

    /// One request for the vectors of all `input`. A model that has to be read from disk first may take its time.
    pub(super) async fn embed(&self, model: &str, input: &[String]) -> Result<Vec<Vec<f32>>, LlmError> {
        let endpoint = &self.endpoint;
        let request = endpoint.post("api/embed").json(&json!({ "model": model, "input": input, "truncate": true }));
        let response = endpoint.send(request, endpoint.patience.first).await?;
        if !response.status().is_success() {
            return Err(self.failed(&endpoint.failure(response).await?, model));
        }
        Ok(endpoint.read::<Embedded>(response).await?.embeddings)
    }

    /// What a model can do: from the list if it says so (newer servers), else by asking.
    async fn described(&self, tag: &Tag) -> Shown {
        if let Some(capabilities) = &tag.capabilities
            && !capabilities.iter().any(|one| one == "completion")
        {
            return Shown { capabilities: capabilities.clone(), ..Shown::default() };
        }
        if let Some(known) = self.known.lock().get(&tag.digest) {
            return known.clone();
        }
        // One model that cannot be described is still offered: asking it will tell.
        let Ok(shown) = self.show(&tag.name).await else { return Shown::default() };
        let mut known = self.known.lock();
        if !tag.digest.is_empty() && known.len() < MOST_KNOWN {
            known.insert(tag.digest.clone(), shown.clone());
        }
        shown
    }

    /// What a status other than success means.
    fn failed(&self, failure: &Failure, model: &str) -> LlmError {
        let Some(message) = wire::error_text(&failure.body) else {
            return match failure.status.as_u16() {
                429 => LlmError::RateLimited {
                    provider: Provider::Ollama.title(),
                    retry_after: asked_wait(&failure.headers),
                },
                500.. => LlmError::Overloaded { provider: Provider::Ollama.title() },
                413 => LlmError::ContextTooLong,
                status => self.endpoint.not_the_protocol(&format!("it answered with status {status}")),
            };
        };
        match failure.status.as_u16() {
            404 => LlmError::ModelNotFound { model: model.to_owned() },
            // A model that runs at ollama.com, for which this Ollama is not signed in.
            401 => LlmError::Reported { provider: Provider::Ollama.title(), message: SIGN_IN.to_owned() },
            503 => LlmError::Overloaded { provider: Provider::Ollama.title() },
            429 => {
                LlmError::RateLimited { provider: Provider::Ollama.title(), retry_after: asked_wait(&failure.headers) }
            }
            _ => self.error_line(&message, model),
        }
    }

    /// What the text of an error means, in a line of a stream as well as in a body.
    fn error_line(&self, message: &str, model: &str) -> LlmError {
        let lower = message.to_lowercase();
        if lower.starts_with("model") && lower.contains("not found") {
            return LlmError::ModelNotFound { model: model.to_owned() };
        }
        if lower.contains("exceed") && lower.contains("context") {
            return LlmError::ContextTooLong;
        }
        self.endpoint.reported(message)
    }

    /// A look-up as a whole ends in time, even if its body trickles.
    async fn within_lookup<T>(&self, work: impl Future<Output = Result<T, LlmError>>) -> Result<T, LlmError> {
        let limit = self.endpoint.patience.lookup;
        timeout(limit, work).await.unwrap_or_else(|_| {
            Err(LlmError::Silent { provider: Provider::Ollama.title(), seconds: limit.as_secs().max(1) })
        })
    }
}

fn offered(tag: Tag, shown: &Shown) -> ModelInfo {
    ModelInfo {
        label: tag.label(),
        size_bytes: tag.size,
        context_tokens: shown.context(),
        parameters: tag.parameters().map(str::to_owned),
        thinking: Control::of(shown, &tag.name).thinking,
        sees_images: shown.can("vision"),
        uses_tools: shown.can("tools"),
        lifecycle: Lifecycle::Active,
        retires_at: None,
        model: ModelRef { provider: Provider::Ollama, name: tag.name },
    }
}
