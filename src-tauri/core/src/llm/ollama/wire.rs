//! The shapes on the wire. Every field may be absent: versions differ, and an endpoint may lie.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::llm::{Cached, StopReason, Usage};

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

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Details {
    #[serde(default)]
    family: Option<String>,
    #[serde(default)]
    parameter_size: Option<String>,
    #[serde(default)]
    quantization_level: Option<String>,
}

/// How Ollama's library has its models unless a tag says otherwise; not worth a word.
const USUAL_QUANTISATION: [&str; 4] = ["Q4_K_M", "Q4_0", "MXFP4", "unknown"];

impl Tag {
    /// `qwen3:8b`, and with what the name does not tell: the number of parameters, an unusual quantisation:
    /// `llama3.2 (3.2B)`, `mine (8.0B, Q8_0)`.
    pub(super) fn label(&self) -> String {
        let name = self.name.strip_suffix(":latest").unwrap_or(&self.name);
        let quantisation = self.details.as_ref().and_then(|details| told(details.quantization_level.as_deref()));
        let quantisation = quantisation.filter(|level| {
            !USUAL_QUANTISATION.contains(level) && !name.to_lowercase().contains(&level.to_lowercase())
        });
        let size = self.parameters().filter(|_| !name.contains(':'));
        match (size, quantisation) {
            (Some(size), Some(level)) => format!("{name} ({size}, {level})"),
            (Some(one), None) | (None, Some(one)) => format!("{name} ({one})"),
            (None, None) => name.to_owned(),
        }
    }

    /// Such as `8.0B`.
    pub(super) fn parameters(&self) -> Option<&str> {
        told(self.details.as_ref()?.parameter_size.as_deref())
    }
}

fn told(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
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
    /// `{"values": […], "default": …}` from newer servers; whatever else is passed over.
    #[serde(default)]
    pub(super) thinking: Value,
    #[serde(default)]
    pub(super) details: Option<Details>,
}

impl Shown {
    /// A server too old to tell is believed to offer what can chat, unless the model says that it embeds.
    pub(super) fn chats(&self) -> bool {
        if self.capabilities.is_empty() {
            return !self.architecture().is_some_and(|architecture| architecture.contains("bert"));
        }
        self.can("completion")
    }

    pub(super) fn can(&self, what: &str) -> bool {
        self.capabilities.iter().any(|one| one == what)
    }

    pub(super) fn architecture(&self) -> Option<&str> {
        self.model_info.get("general.architecture")?.as_str()
    }

    pub(super) fn family(&self) -> &str {
        self.details.as_ref().and_then(|details| details.family.as_deref()).unwrap_or_default()
    }

    /// The longest context the model was made for, tokens.
    pub(super) fn context(&self) -> Option<u32> {
        let architecture = self.architecture()?;
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
    /// None in a line that does not say.
    #[serde(default)]
    pub(super) done: Option<bool>,
    #[serde(default)]
    done_reason: Option<String>,
    #[serde(default)]
    pub(super) error: Option<Value>,
    #[serde(default)]
    prompt_eval_count: Value,
    /// Of those; from newer servers.
    #[serde(default)]
    prompt_eval_cached_count: Value,
    #[serde(default)]
    eval_count: Value,
}

#[derive(Debug, Deserialize)]
pub(super) struct Said {
    #[serde(default)]
    pub(super) content: String,
    #[serde(default)]
    pub(super) thinking: Option<String>,
}

/// One line of a pull. Numbers that lie are none.
#[derive(Debug, Deserialize)]
pub(super) struct Pulling {
    #[serde(default)]
    pub(super) status: String,
    #[serde(default)]
    pub(super) digest: String,
    #[serde(default)]
    pub(super) total: Value,
    #[serde(default)]
    pub(super) completed: Value,
    #[serde(default)]
    pub(super) error: Option<Value>,
}

impl Line {
    pub(super) fn stop(&self) -> StopReason {
        match self.done_reason.as_deref() {
            Some("length") => StopReason::Length,
            _ => StopReason::Complete,
        }
    }

    /// None unless both were counted. What was read from the cache is among what was read; but servers before 0.2 and
    /// the first ones of 0.30 left it out (ollama/ollama, pull requests 5371 and 16428).
    pub(super) fn usage(&self) -> Option<Usage> {
        let (input_tokens, output_tokens) = (count(&self.prompt_eval_count)?, count(&self.eval_count)?);
        let cached = Cached { read: count(&self.prompt_eval_cached_count).unwrap_or_default(), written: 0 };
        Some(Usage { input_tokens, output_tokens, cached, ..Usage::default() })
    }

    /// Whether it is of an answer of Ollama's at all.
    pub(super) fn is_ollamas(&self) -> bool {
        self.message.is_some() || self.done.is_some() || self.error.is_some()
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

/// Whether two names mean one model.
pub(crate) fn same_model(one: &str, other: &str) -> bool {
    bare(one) == bare(other)
}

/// The same for every name of a model: Ollama adds `:latest` to a name without a tag, and does not tell upper from lower
/// case.
pub(super) fn bare(name: &str) -> String {
    let name = name.to_lowercase();
    name.strip_suffix(":latest").unwrap_or(&name).to_owned()
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
            Some(Usage { input_tokens: 3, output_tokens: 4, ..Usage::default() })
        );
        assert_eq!(usage(json!({"done": true, "prompt_eval_count": -3, "eval_count": 4})), None);
        assert_eq!(usage(json!({"done": true, "prompt_eval_count": "many", "eval_count": 1.5})), None);
        assert_eq!(usage(json!({"done": true})), None);
        let counted = json!({"done": true, "prompt_eval_count": 30, "prompt_eval_cached_count": 20, "eval_count": 4});
        assert_eq!(usage(counted).map(|usage| (usage.input_tokens, usage.cached.read)), Some((30, 20)));
        assert_eq!(
            usage(json!({"done": true, "prompt_eval_count": 1e18 as u64, "eval_count": 0})),
            Some(Usage { input_tokens: u32::MAX, output_tokens: 0, ..Usage::default() })
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
    fn a_label_says_what_the_name_does_not() {
        let label = |name: &str, size: &str, level: &str| {
            let details = json!({"parameter_size": size, "quantization_level": level});
            serde_json::from_value::<Tag>(json!({"name": name, "details": details})).expect("a tag").label()
        };
        assert_eq!(label("llama3.2:latest", "3.2B", "Q4_K_M"), "llama3.2 (3.2B)");
        assert_eq!(label("qwen3:8b", "8.2B", "Q4_K_M"), "qwen3:8b");
        assert_eq!(label("mine", "8.0B", "Q8_0"), "mine (8.0B, Q8_0)");
        assert_eq!(label("qwen3:8b-q8_0", "8.2B", "Q8_0"), "qwen3:8b-q8_0");
        assert_eq!(label("mine", "", ""), "mine");
    }

    #[test]
    fn latest_is_what_a_name_without_a_tag_means() {
        assert!(same_model("nomic-embed-text", "nomic-embed-text:latest"));
        assert!(same_model("Nomic-Embed-Text:LATEST", "nomic-embed-text"));
        assert!(!same_model("llama3.2:1b", "llama3.2"));
    }
}
