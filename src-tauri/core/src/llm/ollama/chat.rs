//! A model of Ollama's that answers: POST /api/chat, streamed as NDJSON.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tokio::{sync::OnceCell, time::Instant};

use super::{Ollama, reading::OllamaReading, thinking::Control, wire::Shown};
use crate::llm::{
    AnswerStream, ChatMessage, ChatRequest, Limits, LlmError, Model, ModelRef, Provider, Speaker, StreamEvent, answer,
    estimate_tokens,
    http::{Endpoint, Failure, TRY_AGAIN},
    retry::{self, Asking},
    stream::{Emit, emitting},
};

/// What a model is taken to hold when Ollama does not say.
const CONTEXT_UNKNOWN: u32 = 8_192;
/// How fast a model reads at least, tokens a second: a large one on a processor alone. Nothing is sent before it has read
/// all, so a long question is given more time; without that, asking again would fail again.
const READS: u32 = 20;
const TOO_LARGE: &str = "For a conversation of this length this computer has too little memory. Try again: the model is \
given less of it to read then. Or choose a smaller model.";

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
        self.shown.get_or_try_init(|| self.ollama.describe(&self.reference.name)).await
    }

    /// What it can read and write together here, as far as is known.
    fn context(&self, shown: &Shown) -> u32 {
        self.ollama.windows.most(&self.reference.name, shown.context().unwrap_or(CONTEXT_UNKNOWN))
    }

    async fn answer(&self, mut request: ChatRequest, emit: &Emit<StreamEvent>) -> Result<(), LlmError> {
        let shown = self.shown().await?;
        request.window = self.window(request.window);
        let (window, name) = (request.window, &self.reference.name);
        let first = self.ollama.endpoint.patience.first + Duration::from_secs(u64::from(to_read(&request) / READS));
        let body = body(name, request, &Control::of(shown, name));
        self.passed_on(&Question { model: self, body: &body, first }, window, emit)
            .await
            .map_err(|error| if self.ollama.windows.failed(name, window, &error) { too_large(error) } else { error })
    }

    async fn passed_on(&self, question: &Question<'_>, window: u32, emit: &Emit<StreamEvent>) -> Result<(), LlmError> {
        let name = &self.reference.name;
        let response = retry::ask(question, emit).await?;
        self.ollama.windows.answered(name, window, Instant::now());
        let said = |_: &str, message: &str| self.ollama.error_line(message, name);
        let reading = OllamaReading::new(window);
        answer::pass_on(&self.ollama.endpoint, response, question.first, reading, emit, said).await?;
        // The time for which a model stays loaded is counted from the end of its answer.
        self.ollama.windows.answered(name, window, Instant::now());
        Ok(())
    }
}

/// About how many tokens are to be read before the first word is written.
fn to_read(request: &ChatRequest) -> u32 {
    let texts = std::iter::once(&request.system).chain(request.messages.iter().map(|message| &message.content));
    texts.fold(0, |sum, text| sum.saturating_add(estimate_tokens(text)))
}

/// The same failure, with the way out that there is here.
fn too_large(error: LlmError) -> LlmError {
    match error {
        LlmError::Reported { provider, message } => {
            let said = message.strip_suffix(TRY_AGAIN).unwrap_or(&message).trim_end();
            LlmError::Reported { provider, message: format!("{said} {TOO_LARGE}") }
        }
        other => other,
    }
}

struct Question<'a> {
    model: &'a OllamaModel,
    body: &'a Value,
    first: Duration,
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

    fn first(&self) -> Duration {
        self.first
    }
}

#[async_trait]
impl Model for OllamaModel {
    fn reference(&self) -> &ModelRef {
        &self.reference
    }

    async fn limits(&self) -> Result<Limits, LlmError> {
        let context = self.context(self.shown().await?);
        Ok(Limits { context, answer: context, window_is_ours: true })
    }

    async fn thinks(&self, asked: bool) -> bool {
        // What it is could not be had: then nothing can be asked of it either.
        let Ok(shown) = self.shown().await else { return asked };
        Control::of(shown, &self.reference.name).thinking.when(asked)
    }

    fn window(&self, needed: u32) -> u32 {
        let context = self.shown.get().map_or(needed, |shown| self.context(shown));
        self.ollama.windows.keeping(&self.reference.name, needed, context, Instant::now())
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
