//! JSON out of a model: asked for by a schema, read with tolerance (`loose_json`).

use std::time::Duration;

use futures::StreamExt;
use serde_json::Value;

use super::{ChatRequest, LlmError, Model, StopReason, StreamEvent, loose_json};

/// No piece of work that is asked for here writes so much, bytes: a model that goes on is stopped.
const LONGEST: usize = 4 * 1024 * 1024;

/// What a model wrote when it was asked for JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// None when there is no JSON in it.
    pub value: Option<Value>,
    /// The model had more to write than it may.
    pub cut: bool,
}

/// Asks `model` for JSON that fits `schema`. `on_wait` is told when the provider asks to wait.
///
/// What comes may still differ from the schema (a model's promise is not kept always, and a cut-off answer is closed
/// after its last whole value): read it item by item.
///
/// # Errors
/// Those of the stream, and [`LlmError::Refused`].
pub async fn json(
    model: &dyn Model,
    mut request: ChatRequest,
    schema: Value,
    on_wait: &(dyn Fn(&'static str, Duration) + Send + Sync),
) -> Result<Written, LlmError> {
    request.schema = Some(schema);
    let mut stream = model.stream(request);
    let (mut text, mut cut) = (String::new(), false);
    while let Some(event) = stream.next().await {
        let event = match event {
            Ok(event) => event,
            // What is whole in half an answer was paid for.
            Err(error) => {
                let whole = loose_json::read(&text).filter(|value| error != LlmError::Refused && holds_item(value));
                let value = whole.ok_or(error)?;
                return Ok(Written { value: Some(value), cut: true });
            }
        };
        match event {
            StreamEvent::Text(piece) => text.push_str(&piece),
            StreamEvent::Thoughts(_) | StreamEvent::Usage(_) => {}
            StreamEvent::Waiting { provider, pause, .. } => on_wait(provider, pause),
            StreamEvent::Done { stop: StopReason::Refused, .. } => return Err(LlmError::Refused),
            StreamEvent::Done { stop, .. } => {
                cut = stop != StopReason::Complete;
                break;
            }
        }
        if text.len() > LONGEST {
            cut = true;
            break;
        }
    }
    Ok(Written { value: loose_json::read(&text), cut })
}

/// Whether a value is more than brackets that were closed around nothing.
fn holds_item(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(holds_item),
        Value::Object(members) => members.values().any(|member| !member.is_array() || holds_item(member)),
        _ => true,
    }
}
