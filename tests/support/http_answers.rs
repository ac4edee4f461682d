//! What the stand-ins say when nothing is scripted: an answer worth making cards from, cards whose passages come from
//! the answer in the prompt, and vectors in which texts with the same words are near.

use memoryloop_core::cards::prompt::{PASSAGE_CLOSE, PASSAGE_OPEN};
use serde_json::{Value, json};

/// A Markdown answer with a heading, emphasis, a list, mathematics and code.
#[must_use]
pub fn answer_to(question: &str) -> String {
    let topic: String = question.lines().next().unwrap_or_default().chars().take(60).collect();
    format!(
        "## About: {topic}\n\n\
         **Spaced repetition** is a way of learning in which reviews come at growing intervals. \
         Each review that succeeds makes the memory more stable, so the next one can wait longer.\n\n\
         - The forgetting curve describes how recall falls with time: $R = e^{{-t/S}}$.\n\
         - Retrieval practice strengthens a memory more than reading again does.\n\
         - Sleep after learning helps to consolidate what was learned — naïve cramming does not.\n\n\
         ```python\nnext_interval = stability * factor\n```\n\n\
         A review is most useful when the fact is almost forgotten.\n"
    )
}

/// The answer in the pieces that a model would stream.
#[must_use]
pub fn pieces(text: &str) -> Vec<String> {
    text.split_inclusive([' ', '\n']).map(str::to_owned).collect()
}

/// JSON that fits the `schema` asked for.
#[must_use]
pub fn fitting(schema: &Value, prompt: &str) -> Value {
    if schema["properties"]["title"].is_object() { title_of(prompt) } else { cards_from(prompt) }
}

/// A title for the conversation in `prompt`. It begins with the question, which is what people look for.
fn title_of(prompt: &str) -> Value {
    json!({ "title": format!("{} In short", prompt.lines().nth(1).unwrap_or_default()) })
}

/// Cards from the passage in `prompt`, as JSON that fits the schema asked for: at most four, one a sentence.
#[must_use]
pub fn cards_from(prompt: &str) -> Value {
    let passage = prompt.split_once(PASSAGE_OPEN).and_then(|(_, rest)| rest.rsplit_once(PASSAGE_CLOSE));
    let cards: Vec<Value> = passage
        .map_or_else(Vec::new, |(passage, _)| prose(passage).flat_map(sentences).filter_map(card).take(4).collect());
    json!({ "cards": cards })
}

/// Lines that are text, without the marks of lists.
fn prose(passage: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    passage
        .lines()
        .map(str::trim)
        .filter(move |line| {
            let fence = line.starts_with("```");
            fenced ^= fence;
            !fenced && !fence && !line.starts_with('#')
        })
        .map(|line| line.trim_start_matches("- "))
}

fn sentences(line: &str) -> impl Iterator<Item = &str> {
    line.split_inclusive(". ").map(str::trim)
}

fn card(sentence: &str) -> Option<Value> {
    let words: Vec<&str> = sentence.split_whitespace().collect();
    if words.len() < 5 {
        return None;
    }
    let (asked, answer) = words.split_at(words.len().div_ceil(2));
    Some(json!({
        "question": format!("How does this go on: {} …?", asked.join(" ").replace("**", "")),
        "answer": answer.join(" ").trim_end_matches('.'),
        "quote": sentence,
    }))
}

/// 768 numbers of length 1, made of the words of the text.
#[must_use]
pub fn vector(text: &str) -> Vec<f32> {
    let mut vector = vec![0.0_f64; 768];
    // A little of everything, so that no text is without a direction.
    vector[0] = 0.1;
    for word in text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        // FNV-1a: the same on every machine and in every run.
        let hash = word
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        for turn in 0..4 {
            let bits = hash.rotate_left(turn * 16);
            let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
            vector[usize::try_from(bits % 768).expect("small")] += sign;
        }
    }
    let length = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
    #[expect(clippy::cast_possible_truncation, reason = "f32 is what goes over the wire")]
    vector.into_iter().map(|x| (x / length) as f32).collect()
}

/// About how many tokens a text has, as a model would count them.
#[must_use]
pub fn tokens(text: &str) -> usize {
    text.split_whitespace().count().max(1) * 4 / 3
}
