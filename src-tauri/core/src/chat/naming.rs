//! A short title from the model that gave the first answer.

use serde_json::json;

use super::{UNTITLED, title_from};
use crate::llm::{self, ChatMessage, ChatRequest, Model, Speaker, estimate_tokens};

const SYSTEM: &str = "You name conversations. Give the conversation below a title of three to six words that says what \
it is about, in its own language, without quotation marks and without a full stop at the end.";
/// Characters of the question and of the answer that are enough to know what it is about.
const EXCERPT: usize = 1_200;
/// A title has few tokens. But models that always think do so before it, and some write much white space around it.
const ANSWER: u32 = 1_500;
/// With less there is no room for a title.
const LEAST_ANSWER: u32 = 200;

/// A title for what was asked and answered; none when the model gives none that can be used.
///
/// `window` is that of the turn before: with another one, Ollama would load the model anew.
pub async fn short_title(model: &dyn Model, question: &str, answer: &str, window: u32) -> Option<String> {
    let content = format!("<question>\n{}\n</question>\n<answer>\n{}\n</answer>", excerpt(question), excerpt(answer));
    let asked = estimate_tokens(&content).saturating_add(estimate_tokens(SYSTEM)).saturating_add(32);
    let left = window.checked_sub(asked).filter(|&left| left >= LEAST_ANSWER)?;
    let request = ChatRequest {
        system: SYSTEM.to_owned(),
        messages: vec![ChatMessage { role: Speaker::User, content }],
        window,
        max_answer: left.min(ANSWER),
        think: false,
        schema: None,
    };
    let schema = json!({
        "type": "object",
        "properties": { "title": { "type": "string" } },
        "required": ["title"],
        "additionalProperties": false,
    });
    let made = llm::json(model, request, schema, &|_, _| {})
        .await
        .inspect_err(|error| tracing::debug!(%error, "the model gave no title"))
        .ok()?;
    usable(made.value?["title"].as_str()?)
}

fn excerpt(text: &str) -> &str {
    text.char_indices().nth(EXCERPT).map_or(text, |(end, _)| &text[..end])
}

fn usable(title: &str) -> Option<String> {
    let quotes = ['"', '\'', '“', '”', '„', '«', '»', '.', ' '];
    let title = title_from(title.trim().trim_matches(quotes));
    (title != UNTITLED).then_some(title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_title_is_one() {
        assert_eq!(usable(" \"Why the Sky Is Blue.\"\n").as_deref(), Some("Why the Sky Is Blue"));
        assert_eq!(usable("**Spaced** repetition").as_deref(), Some("Spaced repetition"));
        assert_eq!(usable("Is it true?").as_deref(), Some("Is it true?"));
        for nothing in ["", " ", "\"\"", "...", "---"] {
            assert_eq!(usable(nothing), None);
        }
        assert!(usable(&"word ".repeat(50)).is_some_and(|title| title.chars().count() < 50));
        assert_eq!(excerpt(&"é".repeat(5_000)).chars().count(), EXCERPT);
    }
}
