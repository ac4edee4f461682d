//! The shapes on the wire. Unknown events and fields are passed over, as Anthropic asks of every client.

use serde::Deserialize;
use serde_json::Value;

use crate::llm::{StopReason, Usage};

#[derive(Debug, Deserialize)]
pub(super) struct ModelPage {
    pub(super) data: Vec<ListedModel>,
    #[serde(default)]
    pub(super) has_more: bool,
    #[serde(default)]
    pub(super) last_id: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ListedModel {
    pub(super) id: String,
    #[serde(default)]
    pub(super) display_name: Option<String>,
    #[serde(default)]
    pub(super) max_input_tokens: Option<u32>,
    #[serde(default)]
    pub(super) max_tokens: Option<u32>,
    #[serde(default)]
    pub(super) lifecycle: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ErrorBody {
    pub(super) error: Reported,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Reported {
    #[serde(default, rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) message: String,
}

/// One event of a streamed message.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Event {
    MessageStart {
        #[serde(default)]
        message: Started,
    },
    ContentBlockDelta {
        delta: Delta,
    },
    MessageDelta {
        #[serde(default)]
        delta: Ended,
        #[serde(default)]
        usage: Value,
    },
    MessageStop,
    Error {
        #[serde(default)]
        error: Reported,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Started {
    #[serde(default)]
    pub(super) usage: Value,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Delta {
    TextDelta {
        text: String,
    },
    /// Thinking, signatures, citations, what comes later: nothing to show.
    #[serde(other)]
    Other,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Ended {
    #[serde(default)]
    pub(super) stop_reason: Option<String>,
}

/// Tokens as the stream counts them: each count is the whole so far, and a later one replaces an earlier one.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Fresh, written to the cache, read from the cache.
    input: [Option<u64>; 3],
    output: Option<u64>,
}

impl Counts {
    pub(super) fn take(&mut self, usage: &Value) {
        let fields = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
        for (held, field) in self.input.iter_mut().zip(fields) {
            *held = usage.get(field).and_then(Value::as_u64).or(*held);
        }
        self.output = usage.get("output_tokens").and_then(Value::as_u64).or(self.output);
    }

    /// None unless what was read and what was written were both counted.
    pub(super) fn usage(&self) -> Option<Usage> {
        self.input[0]?;
        let read = self.input.iter().flatten().fold(0_u64, |sum, count| sum.saturating_add(*count));
        let tokens = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        Some(Usage { input_tokens: tokens(read), output_tokens: tokens(self.output?) })
    }
}

/// What a stop reason means here. Those for tools never come: none are offered.
pub(super) fn stop(reason: Option<&str>) -> StopReason {
    match reason {
        Some("max_tokens") => StopReason::Length,
        Some("model_context_window_exceeded") => StopReason::WindowFull,
        Some("refusal") => StopReason::Refused,
        _ => StopReason::Complete,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unknown_events_and_deltas_are_passed_over() {
        let event = |value: Value| serde_json::from_value::<Event>(value).expect("an event");
        assert!(matches!(event(json!({"type": "ping"})), Event::Other));
        assert!(matches!(event(json!({"type": "from_the_future", "x": 1})), Event::Other));
        let thinking = event(
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "…"}}),
        );
        assert!(matches!(thinking, Event::ContentBlockDelta { delta: Delta::Other }));
    }

    #[test]
    fn counts_are_cumulative_and_include_the_cache() {
        let mut counts = Counts::default();
        assert_eq!(counts.usage(), None);
        counts.take(&json!({"input_tokens": 10, "cache_read_input_tokens": 90, "output_tokens": 1}));
        counts.take(&json!({"input_tokens": null, "output_tokens": 42}));
        assert_eq!(counts.usage(), Some(Usage { input_tokens: 100, output_tokens: 42 }));
    }

    #[test]
    fn counts_that_lie_are_no_usage() {
        let mut counts = Counts::default();
        counts.take(&json!({"input_tokens": -10, "output_tokens": "many"}));
        assert_eq!(counts.usage(), None);
    }
}
