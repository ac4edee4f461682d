//! A Claude model that answers: POST /v1/messages, streamed as server-sent events.

use async_trait::async_trait;
use reqwest::{Response, header::HeaderMap};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{
    Claude, authorised, retry,
    wire::{self, Counts, Delta, Event},
};
use crate::llm::{
    AnswerStream, ChatRequest, Limits, LlmError, Model, ModelRef, Provider, StopReason, StreamEvent,
    lines::Lines,
    ollama::LONGEST_ANSWER,
    sse::{self, Events},
    stream::{Emit, emitting},
};

#[derive(Clone)]
pub(in crate::llm) struct ClaudeModel {
    claude: Claude,
    reference: ModelRef,
    key: SecretString,
}

/// How far a stream is.
#[derive(Default)]
struct Reading {
    events: Events,
    counts: Counts,
    stop: Option<StopReason>,
    length: usize,
    begun: bool,
}

impl ClaudeModel {
    pub(super) fn new(claude: Claude, name: &str, key: SecretString) -> Self {
        let reference = ModelRef { provider: Provider::Claude, name: name.to_owned() };
        Self { claude, reference, key }
    }

    async fn answer(&self, request: ChatRequest, emit: &Emit<StreamEvent>) -> Result<(), LlmError> {
        let mut response = self.ask(&body(&self.reference.name, request), emit).await?;
        let endpoint = &self.claude.endpoint;
        endpoint.refuse_page(&response)?;
        let (mut lines, mut reading, mut wait) = (Lines::default(), Reading::default(), endpoint.patience.first);
        while let Some(bytes) = endpoint.chunk(&mut response, wait).await? {
            wait = endpoint.patience.silence;
            lines.push(bytes.as_ref());
            while let Some(line) = lines.next() {
                let line = line.map_err(|_| endpoint.not_the_protocol("a line of its answer does not end"))?;
                let Some(event) = reading.events.line(&line) else { continue };
                if self.event(&event, &mut reading, emit).await? {
                    return Ok(());
                }
            }
        }
        if reading.begun { Err(endpoint.cut()) } else { Err(endpoint.not_the_protocol("it sent something else")) }
    }

    /// The head of a good answer; failures that pass are waited out, and the person is told of the wait.
    async fn ask(&self, body: &Value, emit: &Emit<StreamEvent>) -> Result<Response, LlmError> {
        let endpoint = &self.claude.endpoint;
        for attempt in 0.. {
            let request = authorised(endpoint.post("v1/messages").json(body), &self.key)?;
            let (error, status, headers) = match endpoint.send(request, endpoint.patience.first).await {
                Ok(response) if response.status().is_success() => return Ok(response),
                Ok(response) => {
                    let failure = endpoint.failure(response).await?;
                    let error = self.claude.failed(&failure, &self.reference.name);
                    (error, Some(failure.status.as_u16()), failure.headers)
                }
                Err(error) => (error, None, HeaderMap::new()),
            };
            let Some(pause) = retry::pause(&error, status, &headers, attempt, &endpoint.patience) else {
                return Err(error);
            };
            emit.send(StreamEvent::Waiting { provider: Provider::Claude.title(), pause }).await;
            sleep(pause).await;
        }
        unreachable!("the repetitions are counted, and the last failure is returned")
    }

    /// Takes one event; true after the last.
    async fn event(
        &self,
        event: &sse::Event,
        reading: &mut Reading,
        emit: &Emit<StreamEvent>,
    ) -> Result<bool, LlmError> {
        let endpoint = &self.claude.endpoint;
        // Events name their type in their data too; what names none is not Anthropic's.
        let event: Event =
            serde_json::from_str(&event.data).map_err(|_| endpoint.not_the_protocol("it sent something else"))?;
        reading.begun = true;
        match event {
            Event::MessageStart { message } => reading.counts.take(&message.usage),
            Event::ContentBlockDelta { delta: Delta::TextDelta { text } } if !text.is_empty() => {
                reading.length += text.len();
                if reading.length > LONGEST_ANSWER {
                    return Err(endpoint.reported("its answer does not end"));
                }
                emit.send(StreamEvent::Text(text)).await;
            }
            Event::MessageDelta { delta, usage } => {
                reading.counts.take(&usage);
                if delta.stop_reason.is_some() {
                    reading.stop = Some(wire::stop(delta.stop_reason.as_deref()));
                }
            }
            Event::MessageStop => {
                let stop = reading.stop.unwrap_or(StopReason::Complete);
                emit.send(StreamEvent::Done { stop, usage: reading.counts.usage() }).await;
                return Ok(true);
            }
            Event::Error { error } => {
                return Err(self.claude.reported(&error.kind, &error.message, 0, &self.reference.name, None));
            }
            Event::ContentBlockDelta { .. } | Event::Other => {}
        }
        Ok(false)
    }
}

#[async_trait]
impl Model for ClaudeModel {
    fn reference(&self) -> &ModelRef {
        &self.reference
    }

    async fn limits(&self) -> Result<Limits, LlmError> {
        Ok(self.claude.limits(&self.reference.name, &self.key).await)
    }

    fn stream(&self, request: ChatRequest) -> AnswerStream {
        let model = self.clone();
        emitting(|emit| async move { model.answer(request, &emit).await })
    }
}

/// No temperature or other sampling: the API refuses it. The cache marker makes a long conversation cheap: what was
/// read in the last turn is read from the cache in this one.
fn body(model: &str, request: ChatRequest) -> Value {
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
    if let Some(schema) = request.schema {
        body["output_config"] = json!({ "format": { "type": "json_schema", "schema": schema } });
    }
    body
}
