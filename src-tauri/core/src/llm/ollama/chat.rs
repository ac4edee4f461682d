//! A model of Ollama's that answers: POST /api/chat, streamed as NDJSON.

use async_trait::async_trait;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::{Ollama, reading::OllamaReading, thinking::Control, wire::Shown};
use crate::llm::{
    AnswerStream, ChatMessage, ChatRequest, Limits, LlmError, Model, ModelRef, Provider, Speaker, StreamEvent, answer,
    http::{Endpoint, Failure},
    retry::{self, Asking},
    stream::{Emit, emitting},
};

/// What a model is taken to hold when Ollama does not say.
const CONTEXT_UNKNOWN: u32 = 8_192;

#[derive(Clone)]
pub(in crate::llm) struct OllamaModel {
    ollama: Ollama,
    reference: ModelRef,
    shown: std::sync::Arc<OnceCell<Shown>>,
}

impl OllamaModel {
    pub(super) fn new(ollama: Ollama, name: &str) -> Self {
        let reference = ModelRef { provider: Provider::Ollama, name: name.to_owned() };
        Self { ollama, reference, shown: std::sync::Arc::default() }
    }

    async fn shown(&self) -> Result<&Shown, LlmError> {
        self.shown.get_or_try_init(|| self.ollama.show(&self.reference.name)).await
    }

    async fn answer(&self, request: ChatRequest, emit: &Emit<StreamEvent>) -> Result<(), LlmError> {
        let window = request.window;
        let control = Control::of(self.shown().await?, &self.reference.name);
        let body = body(&self.reference.name, request, &control);
        let response = retry::ask(&Question { model: self, body: &body }, emit).await?;
        let said = |_: &str, message: &str| self.ollama.error_line(message, &self.reference.name);
        answer::pass_on(&self.ollama.endpoint, response, OllamaReading::new(window), emit, said).await
    }
}

struct Question<'a> {
    model: &'a OllamaModel,
    body: &'a Value,
}

impl Asking for Question<'_> {
    fn endpoint(&self) -> &Endpoint {
        &self.model.ollama.endpoint
    }

    fn request(&self) -> Result<RequestBuilder, LlmError> {
        Ok(self.endpoint().post("api/chat").json(self.body))
    }

    fn failed(&self, failure: &Failure) -> LlmError {
        self.model.ollama.failed(failure, &self.model.reference.name)
    }

    /// A full queue, or a proxy whose server comes back. A 500 is Ollama's own failure to run the model, and stays.
    fn passes(&self, status: u16) -> bool {
        matches!(status, 429 | 502..=504)
    }
}

#[async_trait]
impl Model for OllamaModel {
    fn reference(&self) -> &ModelRef {
        &self.reference
    }

    async fn limits(&self) -> Result<Limits, LlmError> {
        let context = self.shown().await?.context().unwrap_or(CONTEXT_UNKNOWN);
        Ok(Limits { context, answer: context, window_is_ours: true })
    }

    fn stream(&self, request: ChatRequest) -> AnswerStream {
        let model = self.clone();
        emitting(|emit| async move { model.answer(request, &emit).await })
    }
}

/// `num_ctx` always goes along: without it Ollama takes a small window and drops the oldest messages silently.
/// `think` goes along wherever the model knows it, since unset means on; and with a schema it is off: thinking first
/// would be written into what has to be JSON.
fn body(model: &str, request: ChatRequest, control: &Control) -> Value {
    let mut messages = Vec::with_capacity(request.messages.len() + 1);
    if !request.system.is_empty() {
        messages.push(json!({ "role": "system", "content": request.system }));
    }
    messages.extend(request.messages.iter().map(message));
    let mut body = json!({
        "model": model,
        "messages": messages,
        "stream": true,
        "options": { "num_ctx": request.window, "num_predict": request.max_answer },
    });
    if let Some(think) = control.value(request.think && request.schema.is_none()) {
        body["think"] = think.clone();
    }
    if let Some(schema) = request.schema {
        body["format"] = schema;
        // The same card from the same text: nothing is gained from chance here.
        body["options"]["temperature"] = json!(0);
    }
    body
}

fn message(message: &ChatMessage) -> Value {
    let role = match message.role {
        Speaker::User => "user",
        Speaker::Assistant => "assistant",
    };
    json!({ "role": role, "content": message.content })
}
