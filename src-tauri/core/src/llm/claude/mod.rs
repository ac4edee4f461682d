//! Claude over Anthropic's Messages API: who may ask (the key), what there is (models), and how it fails.

mod chat;
mod listed;
mod reading;
mod thinking;
mod wire;

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use reqwest::{RequestBuilder, header::HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use self::{
    listed::{ListedModel, ModelPage},
    thinking::Types,
    wire::ErrorBody,
};
use super::{
    Lifecycle, Limits, LlmError, ModelInfo, ModelRef, Provider,
    http::{Endpoint, Failure},
    retry::asked_wait,
};
pub(super) use chat::ClaudeModel;

/// The version of the API that this is written for.
const API_VERSION: &str = "2026-10-21";
/// What is offered when the list cannot be had, and how each is asked to think (the pages of the models at
/// platform.claude.com, read on 2026-11-23; for the last one they do not say how it is told not to).
const FALLBACK: [(&str, &str, Types); 3] = [
    ("claude-opus-5-5", "Claude Opus 5.5", ADAPTIVE),
    ("claude-sonnet-5-5", "Claude Sonnet 5.5", Types { between_tools: true, ..ADAPTIVE }),
    ("claude-haiku-5-5", "Claude Haiku 5.5", ADAPTIVE),
];
const ADAPTIVE: Types = Types { adaptive: true, enabled: false, between_tools: false, disabled: false };
/// What a model can do when the list does not say: what every current one can at least.
const LIMITS_UNKNOWN: Limits = Limits { context: 200_000, answer: 32_000, window_is_ours: false };
/// A list that goes on after this many pages of a hundred is not believed.
const MOST_PAGES: usize = 20;

#[derive(Clone, Debug)]
pub(super) struct Claude {
    endpoint: Endpoint,
    /// What the list said of each model, so that it is asked once in a run and not for each turn.
    known: Arc<Mutex<HashMap<String, Known>>>,
}

/// What is known of a model.
#[derive(Clone, Copy, Debug)]
struct Known {
    limits: Limits,
    thinking: Types,
    retired: bool,
}

impl Claude {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, known: Arc::default() }
    }

    pub(super) fn model(&self, name: &str, key: SecretString) -> ClaudeModel {
        ClaudeModel::new(self.clone(), name, key)
    }

    /// Whether the key is good. Costs no tokens.
    pub(super) async fn check(&self, key: &SecretString) -> Result<(), LlmError> {
        self.page(key, &page_path(1, None, false)).await.map(drop)
    }

    /// Every model that the key may use, in Anthropic's order, retired ones included.
    pub(super) async fn models(&self, key: &SecretString) -> Result<Vec<ModelInfo>, LlmError> {
        match self.all_pages(key, true).await {
            // A gateway that knows no stages of life.
            Err(LlmError::Reported { .. }) => self.all_pages(key, false).await,
            listed => listed,
        }
    }

    async fn all_pages(&self, key: &SecretString, retired_too: bool) -> Result<Vec<ModelInfo>, LlmError> {
        let mut models = Vec::new();
        let mut after = None;
        for _ in 0..MOST_PAGES {
            let page = self.page(key, &page_path(100, after.as_deref(), retired_too)).await?;
            after = page.last_id.or_else(|| page.data.last().map(|model| model.id.clone()));
            let more = page.has_more && !page.data.is_empty();
            for model in page.data {
                self.known.lock().insert(model.id.clone(), known(&model));
                models.push(offered(&model));
            }
            if !more {
                break;
            }
        }
        Ok(models)
    }

    /// What to offer when the list cannot be had for another reason than the key.
    pub(super) fn fallback() -> Vec<ModelInfo> {
        FALLBACK
            .iter()
            .map(|(id, name, thinking)| ModelInfo {
                model: ModelRef { provider: Provider::Claude, name: (*id).to_owned() },
                label: (*name).to_owned(),
                size_bytes: None,
                context_tokens: None,
                parameters: None,
                thinking: thinking.thinking(),
                sees_images: true,
                uses_tools: true,
                lifecycle: Lifecycle::Active,
                retires_at: None,
            })
            .collect()
    }

    /// What the list tells of a model. A failure here is not one: asking the model will tell what is wrong.
    async fn known(&self, name: &str, key: &SecretString) -> Known {
        if let Some(known) = self.known.lock().get(name) {
            return *known;
        }
        match self.describe(name, key).await {
            Ok(model) => {
                let known = known(&model);
                self.known.lock().insert(name.to_owned(), known);
                known
            }
            Err(error) => {
                tracing::debug!(%error, model = name, "Claude's limits could not be had; taking the least");
                Known { limits: LIMITS_UNKNOWN, thinking: documented(name), retired: false }
            }
        }
    }

    async fn describe(&self, name: &str, key: &SecretString) -> Result<ListedModel, LlmError> {
        let mut path = String::from("v1/models/");
        path.extend(url::form_urlencoded::byte_serialize(name.as_bytes()));
        self.look_up(self.endpoint.get(&path), key, name).await
    }

    async fn page(&self, key: &SecretString, path: &str) -> Result<ModelPage, LlmError> {
        self.look_up(self.endpoint.get(path), key, "").await
    }

    async fn look_up<T: serde::de::DeserializeOwned>(
        &self,
        request: RequestBuilder,
        key: &SecretString,
        model: &str,
    ) -> Result<T, LlmError> {
        let limit = self.endpoint.patience.lookup;
        let work = async {
            let response = self.endpoint.send(authorised(request, key)?, limit).await?;
            if !response.status().is_success() {
                return Err(self.failed(&self.endpoint.failure(response).await?, model));
            }
            self.endpoint.read(response).await
        };
        timeout(limit, work).await.unwrap_or_else(|_| {
            Err(LlmError::Silent { provider: Provider::Claude.title(), seconds: limit.as_secs().max(1) })
        })
    }

    /// What a status other than success means.
    fn failed(&self, failure: &Failure, model: &str) -> LlmError {
        let status = failure.status.as_u16();
        let provider = Provider::Claude.title();
        match (serde_json::from_str::<ErrorBody>(&failure.body), status) {
            (Ok(body), _) => {
                let after = asked_wait(&failure.headers);
                self.reported(&body.error.kind, &body.error.message, status, model, after)
            }
            (Err(_), 429) => LlmError::RateLimited { provider, retry_after: asked_wait(&failure.headers) },
            (Err(_), 413) => LlmError::ContextTooLong,
            (Err(_), 500..) => LlmError::Overloaded { provider },
            (Err(_), _) => self.endpoint.not_the_protocol(&format!("it answered with status {status}")),
        }
    }

    /// What an error means, as an answer by itself or as an event in the middle of a stream (then without a status).
    fn reported(
        &self,
        kind: &str,
        message: &str,
        status: u16,
        model: &str,
        retry_after: Option<std::time::Duration>,
    ) -> LlmError {
        let provider = Provider::Claude.title();
        let lower = message.to_lowercase();
        match (kind, status) {
            ("authentication_error", _) | (_, 401) => LlmError::KeyInvalid,
            ("billing_error", _) | (_, 402) => LlmError::NoCredit,
            _ if lower.contains("credit balance") => LlmError::NoCredit,
            ("not_found_error", _) if !model.is_empty() => {
                let retired = self.known.lock().get(model).is_some_and(|known| known.retired);
                LlmError::ClaudeModelNotFound { model: model.to_owned(), retired }
            }
            ("rate_limit_error", _) | (_, 429) => LlmError::RateLimited { provider, retry_after },
            ("overloaded_error", _) | (_, 529 | 503) => LlmError::Overloaded { provider },
            ("request_too_large", _) | (_, 413) => LlmError::ContextTooLong,
            ("invalid_request_error", _) if is_too_long(&lower) => LlmError::ContextTooLong,
            _ => self.endpoint.reported(message),
        }
    }
}

/// Anthropic's words for it: "prompt is too long", "input length and `max_tokens` exceed context limit".
fn is_too_long(message: &str) -> bool {
    ["too long", "context window", "context limit"].iter().any(|words| message.contains(words))
}

/// The headers that every request carries. The key is marked so that nothing prints it.
fn authorised(request: RequestBuilder, key: &SecretString) -> Result<RequestBuilder, LlmError> {
    // A key with characters that no header takes is not one that Anthropic gave out.
    let mut key = HeaderValue::from_str(key.expose_secret().trim()).map_err(|_| LlmError::KeyInvalid)?;
    key.set_sensitive(true);
    Ok(request.header("x-api-key", key).header("anthropic-version", API_VERSION))
}

fn known(model: &ListedModel) -> Known {
    let limits = Limits {
        context: model.max_input_tokens.filter(|&tokens| tokens > 0).unwrap_or(LIMITS_UNKNOWN.context),
        answer: model.max_tokens.filter(|&tokens| tokens > 0).unwrap_or(LIMITS_UNKNOWN.answer),
        window_is_ours: false,
    };
    let thinking = model.thinking().unwrap_or_else(|| documented(&model.id));
    Known { limits, thinking, retired: model.lifecycle() == Lifecycle::Retired }
}

/// How a model is asked to think where the list does not say.
fn documented(name: &str) -> Types {
    FALLBACK.iter().find(|(id, ..)| *id == name).map(|(.., types)| *types).unwrap_or_default()
}

fn offered(model: &ListedModel) -> ModelInfo {
    ModelInfo {
        model: ModelRef { provider: Provider::Claude, name: model.id.clone() },
        label: model.display_name.clone().unwrap_or_else(|| model.id.clone()),
        size_bytes: None,
        context_tokens: model.max_input_tokens,
        parameters: None,
        thinking: known(model).thinking.thinking(),
        sees_images: model.sees_images(),
        // The list has no word for it: every model of Claude's takes tools.
        uses_tools: true,
        lifecycle: model.lifecycle(),
        retires_at: model.retires_at(),
    }
}

/// Apart from the call, since a serializer may not be held across an `await` of a future that is sent to a thread.
/// Retired models are only listed when they are asked for.
fn page_path(limit: u32, after: Option<&str>, retired_too: bool) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("limit", &limit.to_string());
    if let Some(after) = after {
        query.append_pair("after_id", after);
    }
    if retired_too {
        for stage in ["active", "deprecated", "retired"] {
            query.append_pair("lifecycle[]", stage);
        }
    }
    format!("v1/models?{}", query.finish())
}
