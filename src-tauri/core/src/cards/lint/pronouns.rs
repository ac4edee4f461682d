//! The rule about words that point at something outside of the card.

use super::{
    Asked,
    languages::Language,
    side::{unquoted, unspaced, words},
};

/// A card is met alone, in a month: what "it" was in the conversation is forgotten by then.
pub(super) fn dangling_pronoun(asked: &Asked) -> Option<String> {
    let language = asked.language?;
    let prose = unquoted(&asked.prompt.prose);
    let lower = prose.to_lowercase();
    if let Some(phrase) = language.outside.iter().find(|phrase| lower.contains(*phrase)) {
        return Some(format!("“{phrase}” points at a text that is not on the card. Ask about the matter itself."));
    }
    // What it points at may be in code, in a formula, in a picture, after a colon or in brackets.
    let shown = asked.prompt.objects && !asked.is_cloze();
    if shown || prose.contains([':', '(', '（', '"', '\n']) || prose.chars().any(unspaced) {
        return None;
    }
    let first_sentence = prose.split(['.', '?', '!']).map(str::trim).find(|sentence| !sentence.is_empty())?;
    let all: Vec<String> = words(first_sentence).take(60).map(str::to_owned).collect();
    let pronoun = in_question(language, &all).or_else(|| in_statement(language, &all, first_sentence))?;
    Some(format!("“{pronoun}” points at something that the card does not name. Say what it is."))
}

fn has(list: &[&str], word: Option<&String>) -> bool {
    word.is_some_and(|word| list.contains(&word.to_lowercase().as_str()))
}

/// "When was he born?": a question in which nothing is named before the pronoun.
fn in_question(language: &Language, words: &[String]) -> Option<String> {
    // A preposition may come first: "In what year …".
    let first = (0..2).find(|&at| has(language.interrogatives, words.get(at)))?;
    let mut at = first + 1;
    let degree = has(language.degrees, words.get(at));
    at += usize::from(degree);
    let takes_noun = degree || has(language.determining, words.get(first));
    if takes_noun && !has(language.auxiliaries, words.get(at)) {
        at += 1;
    }
    if !has(language.auxiliaries, words.get(at)) {
        return None;
    }
    while has(language.auxiliaries, words.get(at)) {
        at += 1;
    }
    let word = words.get(at)?;
    // "Sie" in German is a polite you, and a capital elsewhere is a name ("IT").
    if word.chars().any(char::is_uppercase) || !has(language.pronouns, Some(word)) {
        return None;
    }
    let after = &words[at + 1..];
    let stands_for_nothing =
        has(language.expletives, Some(word)) && after.iter().any(|sign| has(language.expletive_signs, Some(sign)));
    // "those who …", "ce que": what follows says what is meant.
    let told = has(&["who", "that", "which", "whose", "of", "days", "qui", "que", "that's"], after.first());
    (!stands_for_nothing && !told).then(|| word.clone())
}

/// "They are made of …": a statement that begins with a pronoun and names nothing before its first comma.
fn in_statement(language: &Language, words: &[String], sentence: &str) -> Option<String> {
    let word = words.first()?;
    let told = has(&["who", "that", "which", "days", "qui", "que", "is"], words.get(1));
    let plain = words.len() > 3 && !sentence.contains(',') && !told;
    (plain && has(language.first_pronouns, Some(word))).then(|| word.clone())
}
