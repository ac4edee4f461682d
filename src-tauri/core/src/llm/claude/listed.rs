//! Models as Anthropic lists them (GET /v1/models). Every field but the id may be absent.

use serde::Deserialize;

use super::thinking::{ListedThinking, Support, Types};
use crate::{llm::Lifecycle, time::UnixMillis};

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
    lifecycle: Option<String>,
    /// RFC 3339.
    #[serde(default)]
    retires_at: Option<String>,
    #[serde(default)]
    capabilities: Option<Capabilities>,
}

#[derive(Debug, Deserialize)]
struct Capabilities {
    #[serde(default)]
    thinking: Option<ListedThinking>,
    #[serde(default)]
    image_input: Option<Support>,
}

impl ListedModel {
    pub(super) fn lifecycle(&self) -> Lifecycle {
        match self.lifecycle.as_deref() {
            Some("deprecated") => Lifecycle::Deprecated,
            Some("retired") => Lifecycle::Retired,
            _ => Lifecycle::Active,
        }
    }

    pub(super) fn retires_at(&self) -> Option<UnixMillis> {
        let moment: jiff::Timestamp = self.retires_at.as_deref()?.parse().ok()?;
        Some(UnixMillis(moment.as_millisecond()))
    }

    /// None where the list does not say.
    pub(super) fn thinking(&self) -> Option<Types> {
        Some(self.capabilities.as_ref()?.thinking?.into())
    }

    pub(super) fn sees_images(&self) -> bool {
        self.capabilities.as_ref().and_then(|can| can.image_input).is_some_and(|images| images.supported)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_the_list_says_of_a_model_and_what_it_leaves_out() {
        let model = |value: Value| serde_json::from_value::<ListedModel>(value).expect("a model");
        let told = model(json!({
            "id": "x", "lifecycle": "deprecated", "retires_at": "2027-01-01T00:00:00Z",
            "capabilities": {
                "image_input": {"supported": true},
                "thinking": {"supported": true, "types": {"adaptive": {"supported": true}, "new": {"supported": true}}},
            },
        }));
        assert_eq!((told.lifecycle(), told.retires_at()), (Lifecycle::Deprecated, Some(UnixMillis(1_798_761_600_000))));
        assert_eq!(told.thinking(), Some(Types { adaptive: true, ..Types::default() }));
        assert!(told.sees_images());
        for bare in
            [json!({"id": "x"}), json!({"id": "x", "capabilities": null, "retires_at": "soon", "lifecycle": "?"})]
        {
            let bare = model(bare);
            assert_eq!((bare.lifecycle(), bare.retires_at(), bare.thinking()), (Lifecycle::Active, None, None));
            assert!(!bare.sees_images());
        }
    }
}
