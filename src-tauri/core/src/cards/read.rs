//! Reading what a model wrote as cards, item by item and with tolerance: nothing good is lost because something beside
//! it is bad.
//!
//! Depends on nothing but `serde_json`, so that the fuzzer can include the file by itself.

use serde_json::Value;

/// Longer than this is no card but an essay, bytes.
const LONGEST_SIDE: usize = 4_000;
/// A model that writes more cards than this about one part does not answer the question any more.
const MOST: usize = 200;

/// How the model means a card to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Basic,
    Reversed,
    Cloze,
}

/// A card as a model wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    pub kind: Kind,
    pub question: String,
    /// May be empty for a cloze.
    pub answer: String,
    /// The words of the passage on which it rests; empty when none were given.
    pub quote: String,
}

/// What was found in a model's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    pub cards: Vec<Proposed>,
    /// Items that are no cards.
    pub bad: usize,
}

/// The cards in what a model gave: `{"cards": […]}`, a bare list, or one card. None when there is no list of cards in it
/// at all; an empty list is an answer (nothing to learn).
pub fn read(value: &Value) -> Option<Reading> {
    let items: &[Value] = match value {
        Value::Array(items) => items,
        // A card may hold lists too, of tags.
        _ if proposed(value).is_some() => std::slice::from_ref(value),
        Value::Object(object) => match object.get("cards").or_else(|| object.values().find(|value| lists_items(value)))
        {
            Some(Value::Array(items)) => items,
            Some(_) => return None,
            None => std::slice::from_ref(value),
        },
        _ => return None,
    };
    let mut reading = Reading::default();
    for item in items {
        match proposed(item) {
            Some(card) if reading.cards.len() < MOST => reading.cards.push(card),
            Some(_) => {}
            None => reading.bad += 1,
        }
    }
    (!reading.cards.is_empty() || items.is_empty()).then_some(reading)
}

/// Whether there is an object in it, as every card is one.
fn lists_items(value: &Value) -> bool {
    value.as_array().is_some_and(|items| items.iter().any(Value::is_object))
}

/// A card in one item, by whichever of the usual names its sides go.
pub fn proposed(item: &Value) -> Option<Proposed> {
    let text = |names: &[&str]| {
        let value = names.iter().find_map(|name| item.get(*name)?.as_str())?;
        Some(mended(value).trim().to_owned())
    };
    let question = text(&["question", "front", "q", "text", "cloze"])?;
    let answer = text(&["answer", "back", "a", "extra"]).unwrap_or_default();
    let quote = text(&["quote", "source", "passage"]).unwrap_or_default();
    let named = text(&["kind", "type"]).unwrap_or_default().to_lowercase();
    // What the card does counts for more than what it is called.
    let kind = match named.as_str() {
        _ if has_deletion(&question) => Kind::Cloze,
        "reversed" | "reverse" | "two-way" => Kind::Reversed,
        _ => Kind::Basic,
    };
    let usable = |side: &str| side.chars().any(char::is_alphanumeric) || side.contains('$');
    let bearable = |side: &str| side.len() <= LONGEST_SIDE;
    let complete = kind == Kind::Cloze || !answer.is_empty();
    (usable(&question) && complete && bearable(&question) && bearable(&answer)).then_some(Proposed {
        kind,
        question,
        answer,
        quote,
    })
}

/// Whether a text has the mark of a cloze, `{{c1::`; two braces and a c alone are code (`style={{color: 'red'}}`).
pub fn has_deletion(text: &str) -> bool {
    text.match_indices("{{c").any(|(at, mark)| {
        let after = text[at + mark.len()..].trim_start_matches(|c: char| c.is_ascii_digit());
        after.len() + at + mark.len() < text.len() && after.starts_with("::")
    })
}

/// What follows a tab or a line break that was meant as the first letters of a LaTeX command: `\times` in JSON with one
/// backslash is a tab and `imes`.
const AFTER_TAB: [&str; 13] =
    ["imes", "heta", "au", "ext", "extbf", "extit", "frac", "ilde", "riangle", "herefore", "o", "an", "op"];
/// Such as no text has after a tab, outside mathematics too.
const AFTER_TAB_ANYWHERE: [&str; 6] = ["imes", "heta", "extbf", "extit", "riangle", "herefore"];
const AFTER_BREAK: [&str; 17] = [
    "abla",
    "eq",
    "eg",
    "ot",
    "otin",
    "leq",
    "geq",
    "mid",
    "parallel",
    "rightarrow",
    "leftarrow",
    "subseteq",
    "cong",
    "exists",
    "olimits",
    "u",
    "i",
];

/// `text` with LaTeX commands put together again that lost their backslash to JSON's escapes, and without U+0000.
///
/// `\frac` arrives as a form feed and `rac`, `\beta` as a backspace and `eta`, `\rho` as a carriage return and `ho`: none
/// of these stands in a text for itself before a letter. Tabs and line breaks do, so those are taken for commands only
/// where what follows completes one, and a line break only within `$…$`.
pub fn mended(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut math = Math::default();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let after = rest.as_str();
        let word_end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let word = &after[..word_end];
        match c {
            '\0' => {}
            '\u{c}' if !word.is_empty() => out.push_str("\\f"),
            '\u{8}' if !word.is_empty() => out.push_str("\\b"),
            '\u{7}' if !word.is_empty() => out.push_str("\\a"),
            '\u{b}' if !word.is_empty() => out.push_str("\\v"),
            '\r' if !word.is_empty() => out.push_str("\\r"),
            '\t' if math.any() && AFTER_TAB.contains(&word) || AFTER_TAB_ANYWHERE.contains(&word) => {
                out.push_str("\\t");
            }
            '\n' if math == Math::Inline && AFTER_BREAK.contains(&word) => out.push_str("\\n"),
            '\u{c}' | '\u{8}' | '\u{7}' | '\u{b}' => out.push(' '),
            c => {
                math = math.after(c, after, out.ends_with('\\'));
                out.push(c);
            }
        }
    }
    out
}

/// Whether a place of a text lies between dollar signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Math {
    #[default]
    No,
    Inline,
    /// The second of two dollar signs is still to come.
    Opening,
    Display,
    Closing,
}

impl Math {
    fn any(self) -> bool {
        matches!(self, Self::Inline | Self::Display)
    }

    fn after(self, c: char, after: &str, escaped: bool) -> Self {
        let doubled = after.starts_with('$');
        match self {
            Self::Opening => Self::Display,
            Self::Closing => Self::No,
            _ if c != '$' || escaped => self,
            Self::No if doubled => Self::Opening,
            Self::No => Self::Inline,
            Self::Inline => Self::No,
            Self::Display if doubled => Self::Closing,
            Self::Display => Self::Display,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn card(question: &str) -> Value {
        json!({"question": question, "answer": "a", "quote": "q"})
    }

    #[test]
    fn bad_items_cost_themselves_only() {
        let value = json!({"cards": [card("one?"), {"question": 3}, "two", null, {"question": " ", "answer": "x"}, card("three?")]});
        let reading = read(&value).expect("a list");
        let questions: Vec<&str> = reading.cards.iter().map(|card| card.question.as_str()).collect();
        assert_eq!((questions, reading.bad), (vec!["one?", "three?"], 4));
    }

    #[test]
    fn two_braces_and_a_c_are_no_cloze() {
        let kind = |question: &str| proposed(&card(question)).expect("a card").kind;
        assert_eq!(kind("{{c1::Oslo}} is a capital."), Kind::Cloze);
        assert_eq!(kind("{{c12::Oslo}} and `{{code}}`"), Kind::Cloze);
        for code in
            ["What does `style={{color: 'red'}}` do?", "What is {{c::x}} short for?", "{{count}} holds?", "{{c1"]
        {
            assert_eq!(kind(code), Kind::Basic, "{code}");
        }
    }

    #[test]
    fn lists_and_names_that_models_use_instead() {
        let count = |value: &Value| read(value).expect("a list").cards.len();
        assert_eq!(count(&json!([card("one?")])), 1);
        assert_eq!(count(&json!({"flashcards": [{"front": "f?", "back": "b"}]})), 1);
        assert_eq!(count(&card("one?")), 1);
        assert_eq!(count(&json!({"question": "one?", "answer": "a", "tags": []})), 1);
        assert_eq!(count(&json!({"question": "one?", "answer": "a", "tags": ["x"]})), 1);
        assert_eq!(count(&json!({"notes": [], "deck": [card("one?"), card("two?")]})), 2);
    }

    #[test]
    fn an_empty_list_is_an_answer_and_a_list_of_nonsense_is_not() {
        assert_eq!(read(&json!({"cards": []})), Some(Reading::default()));
        assert_eq!(read(&json!({"cards": [1, 2]})), None);
        assert_eq!(read(&json!({"cards": "none"})), None);
        assert_eq!(read(&json!("sorry")), None);
    }

    #[test]
    fn a_card_is_the_kind_that_it_is_written_as() {
        let kind = |value: Value| proposed(&value).map(|card| card.kind);
        assert_eq!(kind(json!({"kind": "reversed", "question": "das Haus", "answer": "house"})), Some(Kind::Reversed));
        assert_eq!(kind(json!({"kind": "cloze", "question": "{{c1::Oslo}} is in Norway."})), Some(Kind::Cloze));
        assert_eq!(kind(json!({"kind": "basic", "question": "{{c1::Oslo}} is in Norway."})), Some(Kind::Cloze));
        assert_eq!(kind(json!({"kind": "cloze", "question": "Where is Oslo?", "answer": "Norway"})), Some(Kind::Basic));
        assert_eq!(kind(json!({"kind": "cloze", "question": "Oslo is in Norway."})), None);
        assert_eq!(kind(json!({"kind": 7, "question": "Where?", "answer": "There"})), Some(Kind::Basic));
    }

    #[test]
    fn latex_that_lost_its_backslashes_to_json_has_them_again() {
        // What `"$\frac{1}{2} \times \theta \rho \beta \neq \nu$"` is once JSON has read it.
        let broken: String =
            serde_json::from_str(r#""$\frac{1}{2} \times \theta \rho \beta \neq \nu$""#).expect("JSON");
        assert!(!broken.contains('\\'));
        assert_eq!(mended(&broken), r"$\frac{1}{2} \times \theta \rho \beta \neq \nu$");
        assert_eq!(mended("a \times b"), r"a \times b");
        assert_eq!(mended("$$\n\\frac{a}{b}\n$$"), "$$\n\\frac{a}{b}\n$$");
    }

    #[test]
    fn tabs_breaks_and_escapes_that_are_meant_stay() {
        for text in [
            "one\ttwo\nthree\r\n",
            "```c\n\tint i;\nint u;\n```",
            "$x$\nu is not $v$\ni",
            "$$\nu + v\n$$",
            "$\\times$ and \\$5\ni",
            "\tan indented line",
        ] {
            assert_eq!(mended(text), text, "{text:?}");
        }
    }
}
