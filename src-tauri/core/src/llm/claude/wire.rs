//! The shapes on the wire. Unknown events and fields are passed over, as Anthropic asks of every client.

use serde::Deserialize;
use serde_json::Value;

use crate::llm::{Cached, StopReason, Usage};

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
#[expect(clippy::enum_variant_names, reason = "the names of the protocol")]
pub(super) enum Delta {
    TextDelta {
        text: String,
    },
    ThinkingDelta {
        thinking: String,
    },
    /// Signatures, citations, what comes later: nothing to show.
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
    /// The counts that a stream begins with. What is said there of what was written is none of the answer's.
    pub(super) fn start(&mut self, usage: &Value) {
        self.take(usage);
        self.output = None;
    }

    pub(super) fn take(&mut self, usage: &Value) {
        let fields = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
        for (held, field) in self.input.iter_mut().zip(fields) {
            *held = usage.get(field).and_then(Value::as_u64).or(*held);
        }
        self.output = usage.get("output_tokens").and_then(Value::as_u64).or(self.output);
    }

    /// What is counted so far, none while nothing is; the whole when the model has stopped and said what it wrote.
    pub(super) fn usage(&self, stopped: bool) -> Option<Usage> {
        self.input[0]?;
        let read = self.input.iter().flatten().fold(0_u64, |sum, count| sum.saturating_add(*count));
        let tokens = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        let cached = Cached {
            written: tokens(self.input[1].unwrap_or_default()),
            read: tokens(self.input[2].unwrap_or_default()),
        };
        let (output_tokens, at_least) = (tokens(self.output.unwrap_or_default()), !stopped || self.output.is_none());
        Some(Usage { input_tokens: tokens(read), output_tokens, at_least, cached })
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
        let signature = event(
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "…"}}),
        );
        assert!(matches!(signature, Event::ContentBlockDelta { delta: Delta::Other }));
    }

    #[test]
    fn counts_are_cumulative_and_include_the_cache() {
        let mut counts = Counts::default();
        assert_eq!(counts.usage(false), None);
        counts.start(&json!({"input_tokens": 10, "cache_read_input_tokens": 90, "output_tokens": 1}));
        let usage = |output_tokens, at_least| {
            let cached = Cached { read: 90, written: 0 };
            Some(Usage { input_tokens: 100, output_tokens, at_least, cached })
        };
        assert_eq!((counts.usage(false), counts.usage(true)), (usage(0, true), usage(0, true)), "not counted yet");
        counts.take(&json!({"input_tokens": null, "output_tokens": 42}));
        assert_eq!((counts.usage(false), counts.usage(true)), (usage(42, true), usage(42, false)));
    }

    #[test]
    fn counts_that_lie_are_no_usage() {
        let mut counts = Counts::default();
        counts.take(&json!({"input_tokens": -10, "output_tokens": "many"}));
        assert_eq!(counts.usage(true), None);
    }
}
