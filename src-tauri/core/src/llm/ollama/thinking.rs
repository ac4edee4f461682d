//! Whether a model of Ollama's thinks, and how it is told to or not to (docs.ollama.com/capabilities/thinking).
//!
//! Newer servers list the values of `think` that a model takes. Before, a model that thinks took true and false, and
//! only the gpt-oss family takes levels and cannot be told not to. To a model that does not think, `think` is not sent:
//! true is refused.

use serde_json::{Value, json};

use super::wire::Shown;
use crate::llm::Thinking;

/// What `think` may say to a model.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Control {
    /// To think; none where nothing is sent.
    yes: Option<Value>,
    /// Not to think, or as little as can be; none where nothing is sent.
    no: Option<Value>,
    pub(super) thinking: Thinking,
}

impl Control {
    pub(super) fn of(shown: &Shown, name: &str) -> Self {
        match shown.thinking.get("values").and_then(Value::as_array) {
            Some(values) if !values.is_empty() => Self::listed(values, &shown.thinking["default"]),
            _ if !shown.can("thinking") => Self { yes: None, no: None, thinking: Thinking::Never },
            _ if is_gpt_oss(shown, name) => Self::listed(&[json!("low"), json!("medium"), json!("high")], &Value::Null),
            _ => Self::listed(&[json!(true), json!(false)], &Value::Null),
        }
    }

    fn listed(values: &[Value], default: &Value) -> Self {
        let no = json!(false);
        let mut thinks = values.iter().filter(|value| value.as_bool() == Some(true) || value.is_string());
        let Some(least) = thinks.next() else {
            return Self { yes: None, no: None, thinking: Thinking::Never };
        };
        let medium = values.iter().find(|value| **value == "medium");
        let yes = values.iter().find(|value| *value == default && **value != no).or(medium).unwrap_or(least).clone();
        if values.contains(&no) {
            Self { yes: Some(yes), no: Some(no), thinking: Thinking::OnRequest }
        } else {
            Self { yes: Some(yes), no: Some(least.clone()), thinking: Thinking::Always }
        }
    }

    /// What to send as `think`, if anything.
    pub(super) fn value(&self, think: bool) -> Option<&Value> {
        if think { self.yes.as_ref() } else { self.no.as_ref() }
    }
}

fn is_gpt_oss(shown: &Shown, name: &str) -> bool {
    let is = |text: &str| matches!(text, "gptoss" | "gpt-oss");
    let name = name.rsplit('/').next().unwrap_or(name);
    is(shown.family()) || shown.architecture().is_some_and(is) || name.starts_with("gpt-oss")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(shown: Value, name: &str) -> (Thinking, Option<Value>, Option<Value>) {
        let shown: Shown = serde_json::from_value(shown).expect("shown");
        let control = Control::of(&shown, name);
        (control.thinking, control.value(true).cloned(), control.value(false).cloned())
    }

    #[test]
    fn a_model_that_does_not_think_is_sent_nothing() {
        let nothing = (Thinking::Never, None, None);
        assert_eq!(control(json!({"capabilities": ["completion"]}), "llama3.2"), nothing);
        assert_eq!(control(json!({"capabilities": ["thinking"], "thinking": {"values": [false]}}), "x"), nothing);
        assert_eq!(control(json!({}), "gpt-oss"), nothing);
    }

    #[test]
    fn a_model_that_can_be_told_is_told() {
        let told = (Thinking::OnRequest, Some(json!(true)), Some(json!(false)));
        assert_eq!(control(json!({"capabilities": ["completion", "thinking"]}), "qwen3:8b"), told);
        let listed = json!({"thinking": {"values": [true, false], "default": true}});
        assert_eq!(control(listed, "qwen3:8b"), told);
        let odd = json!({"capabilities": ["thinking"], "thinking": "yes"});
        assert_eq!(control(odd, "qwen3:8b"), told);
    }

    #[test]
    fn a_model_of_levels_is_given_the_middle_one_or_the_least() {
        let levels = (Thinking::Always, Some(json!("medium")), Some(json!("low")));
        assert_eq!(control(json!({"capabilities": ["thinking"]}), "gpt-oss:20b"), levels);
        let family = json!({"capabilities": ["thinking"], "details": {"family": "gptoss"}});
        assert_eq!(control(family, "someone/copy"), levels);
        let listed = json!({"thinking": {"values": ["low", "medium", "high"], "default": "high"}});
        assert_eq!(control(listed, "x"), (Thinking::Always, Some(json!("high")), Some(json!("low"))));
        let with_off = json!({"thinking": {"values": [false, "low", "high"], "default": false}});
        assert_eq!(control(with_off, "x"), (Thinking::OnRequest, Some(json!("low")), Some(json!(false))));
    }
}
