//! What a model is asked for when it makes cards, and how its answer is read.
//!
//! The rules are those on which the literature on flashcards agrees (Wozniak, "Twenty rules of formulating
//! knowledge"; Matuschak, "How to write good prompts"): one fact a card, precise, one right answer, from memory and
//! not by guessing.

use serde_json::{Value, json};

use super::parts::Part;

pub(super) const SYSTEM: &str = "You make flashcards for spaced repetition from a passage that a learner has just read.\n\
Rules for each card:\n\
- It asks for one fact or one step of reasoning, the kind that is worth remembering in a year. Split lists and long \
explanations into several cards.\n\
- The question is precise: it has exactly one right answer, can be understood without having the passage at hand, and \
does not give the answer away. No yes/no questions, no \"what does the passage say\".\n\
- The answer is short: a few words, a formula or one sentence. Nothing in it that was not asked for.\n\
- Ask for the why and how where the passage explains it, not only for names.\n\
- Only what the passage says; add nothing and correct nothing.\n\
- Write question and answer in the language of the passage. Mathematics as LaTeX between $; code in backticks.\n\
- quote is the sentence or part of one on which the card rests, copied from the passage letter by letter.\n\
Leave out greetings, offers of help, and what is trivial. Fewer good cards are better than many. If there is nothing \
worth remembering, give an empty list.";

/// The markers around what cards are to be made from. The stand-in servers of the tests look for them too.
pub const PASSAGE_OPEN: &str = "<passage>";
pub const PASSAGE_CLOSE: &str = "</passage>";

/// The request for one part of an answer, with the question that it answers, when that is known.
pub(super) fn request(question: Option<&str>, part: &Part<'_>, again: bool) -> String {
    let mut text = String::new();
    if let Some(question) = question {
        // Enough to know what it is about; a pasted page is not needed twice.
        let short: String = question.chars().take(500).collect();
        text.push_str("The learner had asked:\n");
        text.push_str(&short);
        text.push_str("\n\n");
    }
    text.push_str(PASSAGE_OPEN);
    text.push('\n');
    text.push_str(part.text.trim());
    text.push('\n');
    text.push_str(PASSAGE_CLOSE);
    text.push_str("\n\nMake the flashcards for this passage as JSON: {\"cards\": [{\"question\": …, \"answer\": …, \"quote\": …}]}.");
    if again {
        text.push_str(
            " Your last attempt could not be read. Write nothing but this one JSON object, with these three texts for each card.",
        );
    }
    text
}

/// No lengths and counts: Anthropic refuses a schema with them.
pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "cards": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "question": { "type": "string" },
                        "answer": { "type": "string" },
                        "quote": { "type": "string" },
                    },
                    "required": ["question", "answer", "quote"],
                    "additionalProperties": false,
                },
            },
        },
        "required": ["cards"],
        "additionalProperties": false,
    })
}

/// A card as the model wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proposed {
    pub(super) question: String,
    pub(super) answer: String,
    pub(super) quote: String,
}

/// Longer than this is no card but an essay.
const LONGEST_SIDE: usize = 4_000;

/// The usable cards in what a model gave: `{"cards": […]}`, a bare list, or one card. Items that are no cards are left
/// out. None when there is no list of cards in it at all; an empty list is an answer (nothing to learn).
pub(super) fn read(value: &Value) -> Option<Vec<Proposed>> {
    let items: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(object) => match object.get("cards").or_else(|| object.values().find(|value| value.is_array())) {
            Some(Value::Array(items)) => items.iter().collect(),
            Some(_) => return None,
            None => vec![value],
        },
        _ => return None,
    };
    let cards: Vec<Proposed> = items.iter().filter_map(|item| proposed(item)).collect();
    if cards.is_empty() && !items.is_empty() { None } else { Some(cards) }
}

fn proposed(item: &Value) -> Option<Proposed> {
    let text = |names: [&str; 3]| {
        let value = names.iter().find_map(|name| item.get(*name)?.as_str())?;
        Some(value.replace('\0', "").trim().to_owned())
    };
    let question = text(["question", "front", "q"])?;
    let answer = text(["answer", "back", "a"])?;
    let quote = text(["quote", "source", "passage"]).unwrap_or_default();
    let usable = |side: &str| side.chars().any(char::is_alphanumeric) || side.contains('$');
    let bearable = |side: &str| side.len() <= LONGEST_SIDE;
    (usable(&question) && !answer.is_empty() && bearable(&question) && bearable(&answer)).then_some(Proposed {
        question,
        answer,
        quote,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(question: &str) -> Value {
        json!({"question": question, "answer": "a", "quote": "q"})
    }

    #[test]
    fn bad_items_cost_themselves_only() {
        let value = json!({"cards": [card("one?"), {"question": 3}, "two", null, {"question": " ", "answer": "x"}, card("three?")]});
        let questions: Vec<String> = read(&value).expect("a list").into_iter().map(|card| card.question).collect();
        assert_eq!(questions, ["one?", "three?"]);
    }

    #[test]
    fn lists_and_names_that_models_use_instead() {
        assert_eq!(read(&json!([card("one?")])).expect("a list").len(), 1);
        assert_eq!(read(&json!({"flashcards": [{"front": "f?", "back": "b"}]})).expect("a list").len(), 1);
        assert_eq!(read(&card("one?")).expect("a card").len(), 1);
    }

    #[test]
    fn an_empty_list_is_an_answer_and_a_list_of_nonsense_is_not() {
        assert_eq!(read(&json!({"cards": []})), Some(vec![]));
        assert_eq!(read(&json!({"cards": [1, 2]})), None);
        assert_eq!(read(&json!({"cards": "none"})), None);
        assert_eq!(read(&json!("sorry")), None);
    }
}
