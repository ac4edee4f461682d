//! A model of Ollama's that answers: POST /api/chat, streamed as NDJSON.

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::{
    Ollama,
    wire::{self, Line, Shown},
};
use crate::llm::{
    AnswerStream, ChatMessage, ChatRequest, Limits, LlmError, Model, ModelRef, Provider, Speaker, StopReason,
    StreamEvent,
    lines::Lines,
    stream::{Emit, emitting},
};

/// What a model is taken to hold when Ollama does not say.
const CONTEXT_UNKNOWN: u32 = 8_192;
/// The longest answer that is taken. An endpoint that never ends one cannot fill the memory.
pub(in crate::llm) const LONGEST_ANSWER: usize = 4 * 1024 * 1024;

#[derive(Clone)]
pub(in crate::llm) struct OllamaModel {
    ollama: Ollama,
    reference: ModelRef,
    shown: std::sync::Arc<OnceCell<Shown>>,
}

/// How far an answer is.
struct Reading {
    /// Bytes of text so far.
    length: usize,
    /// As asked for, tokens.
    window: u32,
}

impl Reading {
    /// Ollama calls both `length`: that the model wrote as much as it may, and that nothing more fits its window.
    fn stop(&self, last: &Line) -> StopReason {
        let filled =
            last.usage().is_some_and(|usage| usage.input_tokens.saturating_add(usage.output_tokens) >= self.window);
        match last.stop() {
            StopReason::Length if filled => StopReason::WindowFull,
            stop => stop,
        }
    }
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
        let endpoint = &self.ollama.endpoint;
        let window = request.window;
        let body = body(&self.reference.name, request, self.shown().await?.thinks());
        let mut response = endpoint.send(endpoint.post("api/chat").json(&body), endpoint.patience.first).await?;
        if !response.status().is_success() {
            return Err(self.ollama.failed(&endpoint.failure(response).await?, &self.reference.name));
        }
        endpoint.refuse_page(&response)?;
        let mut reading = Reading { length: 0, window };
        let (mut lines, mut wait) = (Lines::default(), endpoint.patience.first);
        while let Some(bytes) = endpoint.chunk(&mut response, wait).await? {
            wait = endpoint.patience.silence;
            lines.push(bytes.as_ref());
            while let Some(line) = lines.next() {
                let line = line.map_err(|_| endpoint.not_the_protocol("a line of its answer does not end"))?;
                if self.line(&line, &mut reading, emit).await? {
                    return Ok(());
                }
            }
        }
        match lines.rest() {
            // A cut inside a line leaves half of one; a whole last line may lack its end.
            Some(rest) if serde_json::from_str::<Line>(&rest).is_ok() => {
                if self.line(&rest, &mut reading, emit).await? { Ok(()) } else { Err(endpoint.cut()) }
            }
            _ => Err(endpoint.cut()),
        }
    }

    /// Takes one line; true after the last.
    async fn line(&self, line: &str, reading: &mut Reading, emit: &Emit<StreamEvent>) -> Result<bool, LlmError> {
        let endpoint = &self.ollama.endpoint;
        if line.trim().is_empty() {
            return Ok(false);
        }
        let line: Line = serde_json::from_str(line).map_err(|_| endpoint.not_the_protocol("it sent something else"))?;
        if let Some(error) = &line.error {
            let said = wire::said(error).unwrap_or_else(|| error.to_string());
            return Err(self.ollama.error_line(&said, &self.reference.name));
        }
        if let Some(said) = line.message.as_ref().filter(|said| !said.content.is_empty()) {
            reading.length += said.content.len();
            if reading.length > LONGEST_ANSWER {
                return Err(endpoint.reported("its answer does not end"));
            }
            emit.send(StreamEvent::Text(said.content.clone())).await;
        }
        if line.done {
            emit.send(StreamEvent::Done { stop: reading.stop(&line), usage: line.usage() }).await;
        }
        Ok(line.done)
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
/// `think` goes along only where the model knows it: unset means on, and elsewhere it is refused.
fn body(model: &str, request: ChatRequest, thinks: bool) -> Value {
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
    if thinks {
        body["think"] = json!(false);
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
