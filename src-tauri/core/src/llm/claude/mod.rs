//! Claude over Anthropic's Messages API: who may ask (the key), what there is (models), and how it fails.

mod chat;
mod retry;
mod wire;

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use reqwest::{RequestBuilder, header::HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use self::wire::{ErrorBody, ListedModel, ModelPage};
use super::{
    Limits, LlmError, ModelInfo, ModelRef, Provider,
    http::{Endpoint, Failure},
};
pub(super) use chat::ClaudeModel;

/// The version of the API that this is written for.
const API_VERSION: &str = "2026-10-21";
/// What is offered when the list cannot be had.
const FALLBACK: [(&str, &str); 3] = [
    ("claude-opus-5-5", "Claude Opus 5.5"),
    ("claude-sonnet-5-5", "Claude Sonnet 5.5"),
    ("claude-haiku-5-5", "Claude Haiku 5.5"),
];
/// What a model can do when the list does not say: what every current one can at least.
const LIMITS_UNKNOWN: Limits = Limits { context: 200_000, answer: 32_000, window_is_ours: false };
/// A list that goes on after this many pages of a hundred is not believed.
const MOST_PAGES: usize = 20;

#[derive(Clone, Debug)]
pub(super) struct Claude {
    endpoint: Endpoint,
    /// What the list said of each model, so that it is asked once in a run and not for each turn.
    known: Arc<Mutex<HashMap<String, Limits>>>,
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
        self.page(key, 1, None).await.map(drop)
    }

    /// Every model that the key may use, in Anthropic's order; retired ones are left out.
    pub(super) async fn models(&self, key: &SecretString) -> Result<Vec<ModelInfo>, LlmError> {
        let mut models = Vec::new();
        let mut after = None;
        for _ in 0..MOST_PAGES {
            let page = self.page(key, 100, after.as_deref()).await?;
            after = page.last_id.or_else(|| page.data.last().map(|model| model.id.clone()));
            let more = page.has_more && !page.data.is_empty();
            for model in page.data.into_iter().filter(|model| model.lifecycle.as_deref() != Some("retired")) {
                self.known.lock().insert(model.id.clone(), limits(&model));
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
            .map(|(id, name)| ModelInfo {
                model: ModelRef { provider: Provider::Claude, name: (*id).to_owned() },
                label: (*name).to_owned(),
                size_bytes: None,
                context_tokens: None,
            })
            .collect()
    }

    /// The model's limits as the list tells them. A failure here is not one: asking the model will tell what is wrong.
    async fn limits(&self, name: &str, key: &SecretString) -> Limits {
        if let Some(limits) = self.known.lock().get(name) {
            return *limits;
        }
        match self.describe(name, key).await {
            Ok(model) => {
                let limits = limits(&model);
                self.known.lock().insert(name.to_owned(), limits);
                limits
            }
            Err(error) => {
                tracing::debug!(%error, model = name, "Claude's limits could not be had; taking the least");
                LIMITS_UNKNOWN
            }
        }
    }

    async fn describe(&self, name: &str, key: &SecretString) -> Result<ListedModel, LlmError> {
        let mut path = String::from("v1/models/");
        path.extend(url::form_urlencoded::byte_serialize(name.as_bytes()));
        self.look_up(self.endpoint.get(&path), key, name).await
    }

    async fn page(&self, key: &SecretString, limit: u32, after: Option<&str>) -> Result<ModelPage, LlmError> {
        self.look_up(self.endpoint.get(&page_path(limit, after)), key, "").await
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
                let after = retry::asked_wait(&failure.headers);
                self.reported(&body.error.kind, &body.error.message, status, model, after)
            }
            (Err(_), 429) => LlmError::RateLimited { provider, retry_after: retry::asked_wait(&failure.headers) },
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
            ("not_found_error", _) if !model.is_empty() => LlmError::ClaudeModelNotFound { model: model.to_owned() },
            ("rate_limit_error", _) | (_, 429) => LlmError::RateLimited { provider, retry_after },
            ("overloaded_error", _) | (_, 529 | 503) => LlmError::Overloaded { provider },
            ("request_too_large", _) | (_, 413) => LlmError::ContextTooLong,
            ("invalid_request_error", _) if lower.contains("too long") || lower.contains("context window") => {
                LlmError::ContextTooLong
            }
            _ => self.endpoint.reported(message),
        }
    }
}

/// The headers that every request carries. The key is marked so that nothing prints it.
fn authorised(request: RequestBuilder, key: &SecretString) -> Result<RequestBuilder, LlmError> {
    // A key with characters that no header takes is not one that Anthropic gave out.
    let mut key = HeaderValue::from_str(key.expose_secret().trim()).map_err(|_| LlmError::KeyInvalid)?;
    key.set_sensitive(true);
    Ok(request.header("x-api-key", key).header("anthropic-version", API_VERSION))
}

fn limits(model: &ListedModel) -> Limits {
    Limits {
        context: model.max_input_tokens.filter(|&tokens| tokens > 0).unwrap_or(LIMITS_UNKNOWN.context),
        answer: model.max_tokens.filter(|&tokens| tokens > 0).unwrap_or(LIMITS_UNKNOWN.answer),
        window_is_ours: false,
    }
}

fn offered(model: &ListedModel) -> ModelInfo {
    ModelInfo {
        model: ModelRef { provider: Provider::Claude, name: model.id.clone() },
        label: model.display_name.clone().unwrap_or_else(|| model.id.clone()),
        size_bytes: None,
        context_tokens: model.max_input_tokens,
    }
}

/// Apart from the call, since a serializer may not be held across an `await` of a future that is sent to a thread.
fn page_path(limit: u32, after: Option<&str>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("limit", &limit.to_string());
    if let Some(after) = after {
        query.append_pair("after_id", after);
    }
    format!("v1/models?{}", query.finish())
}
