//! What a model is asked for when it makes cards.
//!
//! The rules are those on which the literature on flashcards agrees (Wozniak, "Twenty rules of formulating
//! knowledge"; Matuschak, "How to write good prompts"): one fact a card, precise, one right answer, from memory and
//! not by guessing.

use serde_json::{Value, json};

use super::{fence::Fence, script::characters_a_word};

/// Words of substance for which one card is about right; the issue says 75 to 100.
const WORDS_A_CARD: usize = 85;

pub(super) const SYSTEM: &str = "You make flashcards for spaced repetition from a passage that a learner has just read.\n\
Rules for each card:\n\
- It asks for one fact or one step of reasoning, the kind that is worth remembering in a year. Split lists and long \
explanations into several cards; never ask for a list of more than three things.\n\
- The question is precise: it has exactly one right answer, can be understood without having the passage at hand (name \
what it is about instead of \"it\" or \"this\"), and does not give the answer away. One question, at most 40 words. No \
yes/no questions, no \"explain\" or \"describe\", no \"what does the passage say\", nothing that can be guessed.\n\
- The answer is short: a few words, a formula or one sentence, at most 25 words. Nothing in it that was not asked for.\n\
- Ask for the why and how where the passage explains it, not only for names.\n\
- Only what the passage says; add nothing and correct nothing. Names and numbers as they stand there.\n\
- Write question and answer in the language of the passage. Mathematics as LaTeX between $; code in backticks. Keep \
Markdown, LaTeX and code as they are. In JSON each backslash of LaTeX is written twice.\n\
- quote is the sentence or part of one on which the card rests, copied from the passage letter by letter.\n\
- kind is \"basic\", unless one of the other two fits better:\n\
\u{20} \"reversed\" only for a pair that is worth knowing both ways, such as a word and its translation or a term and its \
meaning: question holds the one, answer the other, each short and without question words.\n\
\u{20} \"cloze\" where one sentence is the fact and a question would be longer: question is the sentence with what is to \
be recalled as {{c1::…}} (a second, independent deletion as {{c2::…}}), never one within another, and code in it in \
backticks; answer is empty or a \
word of explanation.\n\
Leave out greetings, offers of help, examples that only illustrate, and what is trivial. Fewer good cards are better \
than many. If there is nothing worth remembering, give an empty list.";

/// The markers around what cards are to be made from. The stand-in servers of the tests look for them too.
pub const PASSAGE_OPEN: &str = "<passage>";
pub const PASSAGE_CLOSE: &str = "</passage>";

pub(super) const SHAPE: &str =
    "{\"cards\": [{\"quote\": …, \"kind\": \"basic\" | \"reversed\" | \"cloze\", \"question\": …, \"answer\": …}]}";

/// What cards are to be made from.
pub(super) struct Passage<'a> {
    /// What the learner had asked, when that is known.
    pub question: Option<&'a str>,
    /// From [`super::surroundings::of`].
    pub surroundings: Option<&'a str>,
    pub text: &'a str,
}

/// What was wrong with what the model wrote first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    Unreadable,
    /// So many of its items were no cards.
    BadItems(usize),
    CutOff,
}

/// The request for one part of a text.
pub(super) fn request(passage: &Passage<'_>) -> String {
    let mut text = String::new();
    if let Some(question) = passage.question {
        // Enough to know what it is about; a pasted page is not needed twice.
        let short: String = question.chars().take(500).collect();
        text.push_str("The learner had asked:\n");
        text.push_str(&short);
        text.push_str("\n\n");
    }
    if let Some(surroundings) = passage.surroundings {
        text.push_str("The passage is a part of a longer text. For orientation only, make no cards of this:\n");
        text.push_str(surroundings);
        text.push_str("\n\n");
    }
    text.push_str(PASSAGE_OPEN);
    text.push('\n');
    text.push_str(passage.text.trim());
    text.push('\n');
    text.push_str(PASSAGE_CLOSE);
    let cards = expected_cards(passage.text);
    let many = if cards == 1 { "one card".to_owned() } else { format!("{cards} cards") };
    text.push_str(&format!(
        "\n\nMake the flashcards for this passage, about {many} if that much in it is worth knowing, as JSON: {SHAPE}."
    ));
    text
}

/// The same once more, after an answer of which only the cards with the questions `kept` could be read.
pub(super) fn again(passage: &Passage<'_>, trouble: Trouble, kept: &[&str]) -> String {
    let mut text = request(passage);
    text.push_str(" Your last attempt ");
    text.push_str(&match trouble {
        Trouble::Unreadable => "could not be read.".to_owned(),
        Trouble::BadItems(1) => "held a card that could not be read.".to_owned(),
        Trouble::BadItems(count) => format!("held {count} cards that could not be read."),
        Trouble::CutOff => "broke off before its end.".to_owned(),
    });
    name_kept(&mut text, kept);
    text.push_str(" Write nothing but this one JSON object, with all four texts for each card.");
    text
}

/// Appends the questions of the cards that need not be written again.
pub(super) fn name_kept(text: &mut String, kept: &[&str]) {
    if kept.is_empty() {
        return;
    }
    text.push_str(" These cards of it are kept, write only those that are missing:");
    for question in kept {
        text.push_str("\n- ");
        text.push_str(&question.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    text.push('\n');
}

/// How many cards are about right for a text.
pub(super) fn expected_cards(text: &str) -> usize {
    ((words(text) + WORDS_A_CARD / 2) / WORDS_A_CARD).max(1)
}

/// About how many words of substance a text has: outside of code, and for scripts without spaces by characters.
#[must_use]
pub fn words(text: &str) -> usize {
    let mut open: Option<Fence> = None;
    let (mut words, mut twelfths) = (0, 0);
    for line in text.lines() {
        match open {
            Some(fence) => open = open.filter(|_| !fence.is_closed_by(line)),
            None => open = Fence::opening(line),
        }
        if open.is_none() {
            words += line.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count();
            twelfths += line.chars().filter_map(characters_a_word).map(|characters| 12 / characters).sum::<usize>();
        }
    }
    words + twelfths / 12
}

/// No lengths and counts: Anthropic refuses a schema with them. In this order a model finds the passage first, and says
/// the answer last.
pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "cards": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "quote": { "type": "string" },
                        "kind": { "type": "string", "enum": ["basic", "reversed", "cloze"] },
                        "question": { "type": "string" },
                        "answer": { "type": "string" },
                    },
                    "required": ["quote", "kind", "question", "answer"],
                    "additionalProperties": false,
                },
            },
        },
        "required": ["cards"],
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_a_card_for_85_words_of_substance() {
        let sentence = "Ten words are in this sentence which is about nothing. ";
        assert_eq!(expected_cards("Short."), 1);
        assert_eq!(expected_cards(&sentence.repeat(34)), 4);
        assert_eq!(words(&format!("```\n{}\n```\n", sentence.repeat(50))), 0);
        assert_eq!(words("水的化学式是"), 4);
        assert_eq!(words("````\n```\nnot counted\n```\n````\nfour words are counted"), 4);
        assert_eq!(words("프랑스의 수도는 파리이다"), 3);
    }

    #[test]
    fn what_was_kept_is_not_asked_for_again() {
        let passage = Passage { question: Some("Why?"), surroundings: Some("It stands under: Rome"), text: "Text. " };
        let first = request(&passage);
        assert!(
            first.starts_with("The learner had asked:\nWhy?\n\n") && first.contains("make no cards of this"),
            "{first}"
        );
        let text = again(&passage, Trouble::BadItems(2), &["Who\nwas it?"]);
        assert!(
            text.starts_with(&first) && text.contains("held 2 cards") && text.contains("\n- Who was it?\n"),
            "{text}"
        );
    }
}
