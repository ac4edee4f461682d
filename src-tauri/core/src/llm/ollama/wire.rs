//! The shapes on the wire. Every field may be absent: versions differ, and an endpoint may lie.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::llm::{StopReason, Usage};

#[derive(Debug, Deserialize)]
pub(in crate::llm) struct Tags {
    pub(super) models: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
pub(in crate::llm) struct Tag {
    pub(in crate::llm) name: String,
    #[serde(default)]
    pub(in crate::llm) digest: String,
    #[serde(default)]
    pub(super) size: Option<f64>,
    #[serde(default)]
    pub(super) capabilities: Option<Vec<String>>,
    #[serde(default)]
    details: Option<Details>,
}

#[derive(Debug, Default, Deserialize)]
struct Details {
    #[serde(default)]
    parameter_size: Option<String>,
}

impl Tag {
    /// `qwen3:8b`, and with the number of parameters where the name does not tell: `llama3.2 (3.2B)`.
    pub(super) fn label(&self) -> String {
        let name = self.name.strip_suffix(":latest").unwrap_or(&self.name);
        match self.details.as_ref().and_then(|details| details.parameter_size.as_deref()) {
            Some(size) if !size.is_empty() && !name.contains(':') => format!("{name} ({size})"),
            _ => name.to_owned(),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Version {
    pub(super) version: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(in crate::llm) struct Shown {
    #[serde(default)]
    pub(super) capabilities: Vec<String>,
    #[serde(default)]
    pub(super) model_info: Map<String, Value>,
}

impl Shown {
    /// A server too old to tell is believed to offer what can chat, unless the model says that it embeds.
    pub(super) fn chats(&self) -> bool {
        if self.capabilities.is_empty() {
            return !self
                .model_info
                .get("general.architecture")
                .and_then(Value::as_str)
                .is_some_and(|a| a.contains("bert"));
        }
        self.capabilities.iter().any(|one| one == "completion")
    }

    pub(super) fn thinks(&self) -> bool {
        self.capabilities.iter().any(|one| one == "thinking")
    }

    /// The longest context the model was made for, tokens.
    pub(super) fn context(&self) -> Option<u32> {
        let architecture = self.model_info.get("general.architecture")?.as_str()?;
        count(self.model_info.get(&format!("{architecture}.context_length"))?).filter(|&tokens| tokens > 0)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Embedded {
    #[serde(default)]
    pub(super) embeddings: Vec<Vec<f32>>,
}

/// One line of a streamed answer.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    #[serde(default)]
    pub(super) message: Option<Said>,
    #[serde(default)]
    pub(super) done: bool,
    #[serde(default)]
    done_reason: Option<String>,
    #[serde(default)]
    pub(super) error: Option<Value>,
    #[serde(default)]
    prompt_eval_count: Value,
    #[serde(default)]
    eval_count: Value,
}

#[derive(Debug, Deserialize)]
pub(super) struct Said {
    #[serde(default)]
    pub(super) content: String,
}

impl Line {
    pub(super) fn stop(&self) -> StopReason {
        match self.done_reason.as_deref() {
            Some("length") => StopReason::Length,
            _ => StopReason::Complete,
        }
    }

    /// None unless both were counted. What was read from the cache is not counted by older servers.
    pub(super) fn usage(&self) -> Option<Usage> {
        Some(Usage { input_tokens: count(&self.prompt_eval_count)?, output_tokens: count(&self.eval_count)? })
    }
}

/// A count that is one: whole, not negative, and no larger than can be.
fn count(value: &Value) -> Option<u32> {
    value.as_u64().map(|count| u32::try_from(count).unwrap_or(u32::MAX))
}

/// The text of `{"error": …}`, which is a string or, behind some gateways, an object with a message.
pub(super) fn error_text(body: &str) -> Option<String> {
    said(serde_json::from_str::<Value>(body).ok()?.get("error")?)
}

pub(super) fn said(error: &Value) -> Option<String> {
    let text = error.as_str().or_else(|| error.get("message")?.as_str())?;
    Some(text.to_owned())
}

/// Whether two names mean one model: Ollama adds `:latest` to a name without a tag.
pub(in crate::llm) fn same_model(one: &str, other: &str) -> bool {
    one.strip_suffix(":latest").unwrap_or(one) == other.strip_suffix(":latest").unwrap_or(other)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_that_lie_are_no_usage() {
        let usage = |line: Value| serde_json::from_value::<Line>(line).expect("a line").usage();
        assert_eq!(
            usage(json!({"done": true, "prompt_eval_count": 3, "eval_count": 4})),
            Some(Usage { input_tokens: 3, output_tokens: 4 })
        );
        assert_eq!(usage(json!({"done": true, "prompt_eval_count": -3, "eval_count": 4})), None);
        assert_eq!(usage(json!({"done": true, "prompt_eval_count": "many", "eval_count": 1.5})), None);
        assert_eq!(usage(json!({"done": true})), None);
        assert_eq!(
            usage(json!({"done": true, "prompt_eval_count": 1e18 as u64, "eval_count": 0})),
            Some(Usage { input_tokens: u32::MAX, output_tokens: 0 })
        );
    }

    #[test]
    fn a_model_that_only_embeds_is_known_by_its_capabilities_or_its_architecture() {
        let shown = |value: Value| serde_json::from_value::<Shown>(value).expect("shown");
        assert!(!shown(json!({"capabilities": ["embedding"]})).chats());
        assert!(shown(json!({"capabilities": ["completion", "tools"]})).chats());
        assert!(!shown(json!({"model_info": {"general.architecture": "nomic-bert"}})).chats());
        assert!(shown(json!({"model_info": {"general.architecture": "llama", "llama.context_length": 8192}})).chats());
    }

    #[test]
    fn the_context_is_that_of_the_architecture() {
        let value = json!({"model_info": {"general.architecture": "llama", "llama.context_length": 131_072}});
        let shown: Shown = serde_json::from_value(value).expect("shown");
        assert_eq!(shown.context(), Some(131_072));
        assert_eq!(Shown::default().context(), None);
    }

    #[test]
    fn latest_is_what_a_name_without_a_tag_means() {
        assert!(same_model("nomic-embed-text", "nomic-embed-text:latest"));
        assert!(!same_model("llama3.2:1b", "llama3.2"));
    }
}
