//! A Claude model that answers: POST /v1/messages, streamed as server-sent events.

use async_trait::async_trait;
use reqwest::RequestBuilder;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::{Claude, Known, authorised, reading::ClaudeReading};
use crate::llm::{
    AnswerStream, ChatRequest, Limits, LlmError, Model, ModelRef, Provider, StreamEvent, answer,
    http::{Endpoint, Failure},
    retry::{self, Asking},
    stream::{Emit, emitting},
};

#[derive(Clone)]
pub(in crate::llm) struct ClaudeModel {
    claude: Claude,
    reference: ModelRef,
    key: SecretString,
    /// Looked up once for a turn, also when that fails.
    known: std::sync::Arc<OnceCell<Known>>,
}

impl ClaudeModel {
    pub(super) fn new(claude: Claude, name: &str, key: SecretString) -> Self {
        let reference = ModelRef { provider: Provider::Claude, name: name.to_owned() };
        Self { claude, reference, key, known: std::sync::Arc::default() }
    }

    async fn known(&self) -> &Known {
        self.known.get_or_init(|| self.claude.known(&self.reference.name, &self.key)).await
    }

    async fn answer(&self, request: ChatRequest, emit: &Emit<StreamEvent>) -> Result<(), LlmError> {
        let body = body(&self.reference.name, request, self.known().await);
        let response = retry::ask(&Question { model: self, body: &body }, emit).await?;
        let said = |kind: &str, message: &str| self.claude.reported(kind, message, 0, &self.reference.name, None);
        let endpoint = &self.claude.endpoint;
        answer::pass_on(endpoint, response, endpoint.patience.first, ClaudeReading::default(), emit, said).await
    }
}

struct Question<'a> {
    model: &'a ClaudeModel,
    body: &'a Value,
}

impl Asking for Question<'_> {
    fn endpoint(&self) -> &Endpoint {
        &self.model.claude.endpoint
    }

    fn request(&self) -> Result<RequestBuilder, LlmError> {
        authorised(self.endpoint().post("v1/messages").json(self.body), &self.model.key)
    }

    fn failed(&self, failure: &Failure) -> LlmError {
        self.model.claude.failed(failure, &self.model.reference.name)
    }

    fn passes(&self, status: u16) -> bool {
        matches!(status, 408 | 409 | 429 | 500..)
    }
}

#[async_trait]
impl Model for ClaudeModel {
    fn reference(&self) -> &ModelRef {
        &self.reference
    }

    async fn limits(&self) -> Result<Limits, LlmError> {
        Ok(self.known().await.limits)
    }

    async fn thinks(&self, asked: bool) -> bool {
        self.known().await.thinking.thinking().when(asked)
    }

    fn stream(&self, request: ChatRequest) -> AnswerStream {
        let model = self.clone();
        emitting(|emit| async move { model.answer(request, &emit).await })
    }
}

/// No temperature or other sampling: the API refuses it. The cache marker makes a long conversation cheap: what was
/// read in the last turn is read from the cache in this one. With a schema it is asked not to think, where that can be:
/// thinking is written from the same allowance as the JSON.
fn body(model: &str, request: ChatRequest, known: &Known) -> Value {
    let mut body = json!({
        "model": model,
        "max_tokens": request.max_answer,
        "messages": request.messages,
        "stream": true,
        "cache_control": { "type": "ephemeral" },
    });
    if !request.system.is_empty() {
        body["system"] = json!(request.system);
    }
    if let Some(thinking) = known.thinking.field(request.think && request.schema.is_none(), request.max_answer) {
        body["thinking"] = thinking;
    }
    if let Some(schema) = request.schema {
        body["output_config"] = json!({ "format": { "type": "json_schema", "schema": schema } });
    }
    body
}
