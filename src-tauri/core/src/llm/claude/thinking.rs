//! How Claude is asked to think, or not to (platform.claude.com/docs/en/build-with-claude/thinking).
//!
//! The models differ: some think unless told not to, and of those some take `disabled`, some `between_tools`, and some
//! neither; older ones think only within a budget. The list of models says which types each takes, and a type that it
//! does not take is a failure with status 400, so nothing is sent that is not known to be taken.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::llm::Thinking;

/// The least budget that is taken, tokens.
const LEAST_BUDGET: u32 = 1_024;

/// Which types of thinking a model takes; none where it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Types {
    pub(super) adaptive: bool,
    pub(super) enabled: bool,
    pub(super) between_tools: bool,
    pub(super) disabled: bool,
}

/// `{"supported": true}`
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct Support {
    #[serde(default)]
    pub(super) supported: bool,
}

/// What the list says of thinking; whatever is absent is not supported.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct ListedThinking {
    #[serde(default)]
    supported: bool,
    #[serde(default)]
    types: ListedTypes,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
struct ListedTypes {
    #[serde(default)]
    adaptive: Support,
    #[serde(default)]
    enabled: Support,
    #[serde(default)]
    between_tools: Support,
    #[serde(default)]
    disabled: Support,
}

impl From<ListedThinking> for Types {
    fn from(listed: ListedThinking) -> Self {
        if !listed.supported {
            return Self::default();
        }
        let types = listed.types;
        Self {
            adaptive: types.adaptive.supported,
            enabled: types.enabled.supported,
            between_tools: types.between_tools.supported,
            disabled: types.disabled.supported,
        }
    }
}

impl Types {
    pub(super) fn thinking(self) -> Thinking {
        match self {
            Self { adaptive: false, enabled: false, .. } => Thinking::Never,
            Self { adaptive: true, between_tools: false, disabled: false, .. } => Thinking::Always,
            _ => Thinking::OnRequest,
        }
    }

    /// The field `thinking` of a request, if it is to have one. What is thought counts as written, so a budget leaves
    /// half of `max_answer` to the answer. A summary is asked for: the newer models send nothing of it otherwise.
    pub(super) fn field(self, think: bool, max_answer: u32) -> Option<Value> {
        if think {
            if self.adaptive {
                return Some(json!({ "type": "adaptive", "display": "summarized" }));
            }
            let budget = max_answer / 2;
            return (self.enabled && budget >= LEAST_BUDGET)
                .then(|| json!({ "type": "enabled", "budget_tokens": budget }));
        }
        // Where thinking has to be asked for, not asking is enough.
        if !self.adaptive {
            return None;
        }
        if self.disabled {
            Some(json!({ "type": "disabled" }))
        } else {
            self.between_tools.then(|| json!({ "type": "between_tools" }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Types = Types { adaptive: false, enabled: false, between_tools: false, disabled: false };

    #[test]
    fn each_kind_of_model_is_asked_in_the_way_that_it_takes() {
        let adaptive = Some(json!({"type": "adaptive", "display": "summarized"}));
        for (types, thinking, yes, no) in [
            (NOTHING, Thinking::Never, None, None),
            (Types { disabled: true, ..NOTHING }, Thinking::Never, None, None),
            (Types { adaptive: true, ..NOTHING }, Thinking::Always, adaptive.clone(), None),
            (
                Types { adaptive: true, between_tools: true, ..NOTHING },
                Thinking::OnRequest,
                adaptive.clone(),
                Some(json!({"type": "between_tools"})),
            ),
            (
                Types { adaptive: true, disabled: true, enabled: true, ..NOTHING },
                Thinking::OnRequest,
                adaptive.clone(),
                Some(json!({"type": "disabled"})),
            ),
            (
                Types { enabled: true, disabled: true, ..NOTHING },
                Thinking::OnRequest,
                Some(json!({"type": "enabled", "budget_tokens": 8_000})),
                None,
            ),
        ] {
            assert_eq!(types.thinking(), thinking, "{types:?}");
            assert_eq!(types.field(true, 16_000), yes, "{types:?}");
            assert_eq!(types.field(false, 16_000), no, "{types:?}");
        }
    }

    #[test]
    fn a_budget_too_small_to_be_taken_is_not_asked_for() {
        assert_eq!(Types { enabled: true, ..NOTHING }.field(true, 2_000), None);
    }
}
