//! Models of Ollama's library that are worth pulling for learning, from small to large.
//!
//! Sizes and contexts are about those of the library (ollama.com/library); they could not be looked up there when this was
//! written (2026-11-23). They are shown before a pull, which then tells the real size.

use super::{RecommendedModel, embed::DEFAULT_MODEL};

const GB: f64 = 1e9;

/// Name, label, size in bytes, context in tokens, what it is good for.
const TO_CHAT_WITH: [(&str, &str, f64, u32, &str); 7] = [
    ("gemma3:1b", "Gemma 3 1B", 0.815 * GB, 32_768, "The smallest: for an old laptop, and short questions."),
    ("llama3.2", "Llama 3.2 3B", 2.0 * GB, 131_072, "Quick on nearly every computer; good for plain explanations."),
    ("gemma3:4b", "Gemma 3 4B", 3.3 * GB, 131_072, "Many languages, and still quick: a good first model."),
    (
        "qwen3:8b",
        "Qwen 3 8B",
        5.2 * GB,
        40_960,
        "Careful with mathematics and code; can think first. Wants 8 GB of memory.",
    ),
    ("gemma3:12b", "Gemma 3 12B", 8.1 * GB, 131_072, "Explains well in many languages. Wants 16 GB of memory."),
    (
        "gpt-oss:20b",
        "gpt-oss 20B",
        14.0 * GB,
        131_072,
        "Strong at science and reasoning; always thinks first. Wants 16 GB of memory or more.",
    ),
    (
        "gemma3:27b",
        "Gemma 3 27B",
        17.0 * GB,
        131_072,
        "The best explanations of these, for a machine with 32 GB of memory.",
    ),
];

pub(super) fn recommended() -> Vec<RecommendedModel> {
    let chat = TO_CHAT_WITH.iter().map(|&(name, label, size_bytes, context_tokens, description)| RecommendedModel {
        name: name.to_owned(),
        label: label.to_owned(),
        description: description.to_owned(),
        size_bytes,
        context_tokens,
        embeds: false,
    });
    let embeds = RecommendedModel {
        name: DEFAULT_MODEL.to_owned(),
        label: "Nomic Embed Text".to_owned(),
        description: "Finds cards and messages by meaning, whatever their words. It is not one to chat with."
            .to_owned(),
        size_bytes: 0.274 * GB,
        context_tokens: 2_048,
        embeds: true,
    };
    chat.chain([embeds]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::model_name;

    #[test]
    fn names_sizes_and_contexts_are_sane() {
        let all = recommended();
        let chat: Vec<_> = all.iter().filter(|model| !model.embeds).collect();
        assert!(chat.windows(2).all(|pair| pair[0].size_bytes < pair[1].size_bytes), "from small to large");
        for model in &all {
            assert_eq!(model_name(&model.name).as_ref(), Some(&model.name));
            assert!((0.2 * GB..20.0 * GB).contains(&model.size_bytes), "{}", model.name);
            assert!(model.context_tokens.is_power_of_two() || model.context_tokens == 40_960, "{}", model.name);
            assert!(model.description.ends_with('.') && model.description.len() <= 100, "{}", model.name);
            assert_eq!(all.iter().filter(|other| other.name == model.name).count(), 1, "{}", model.name);
        }
        assert!(chat.iter().all(|model| model.context_tokens >= 8_192));
        assert_eq!(
            all.iter().filter(|model| model.embeds).map(|model| &*model.name).collect::<Vec<_>>(),
            [DEFAULT_MODEL]
        );
    }
}
