//! Rules about answers that can be had without knowing them.

use std::collections::HashSet;

use super::{
    Asked,
    languages::Language,
    side::{unquoted, unspaced, words},
};

/// Half of the guesses at a yes/no question are right, and the right ones teach nothing.
pub(super) fn yes_no(asked: &Asked) -> Option<String> {
    let language = asked.language?;
    let answer = asked.answer.prose.to_lowercase();
    let prompt = asked.prompt.prose.to_lowercase();
    // A word that is asked for ("What is yes in …?") or a gap is no verdict.
    if asked.is_cloze() || unquoted(&prompt) != prompt || asks_what(asked, &prompt) {
        return None;
    }
    // Nor is what code or a formula comes to ("`1 == 1` is …"), unless that is asked as a question.
    let inverted = words(&prompt).next().is_some_and(|word| language.auxiliaries.contains(&word));
    let value = |word: &str| {
        asked.prompt.objects && !inverted && (TRUTH.contains(&word) || !prompt.contains(['?', '？', 'か', '吗', '嗎']))
    };
    let verdict = language.yes_no.iter().filter(|word| !value(word)).find(|word| {
        let rest = answer.strip_prefix(**word);
        rest.is_some_and(|rest| {
            let alone = rest.chars().all(|c| !c.is_alphanumeric());
            alone
                || (prompt.contains(['?', '？'])
                    && rest.starts_with([',', '.', ';', '!', ':', '—', '–', '，', '。', '、']))
        })
    });
    verdict.map(|_| {
        "A yes/no question is right half of the time by guessing. Ask for the fact itself: what, why, how many?".into()
    })
}

/// Verdicts that are values too.
const TRUTH: [&str; 14] = [
    "true",
    "false",
    "correct",
    "incorrect",
    "wahr",
    "falsch",
    "vrai",
    "faux",
    "waar",
    "onwaar",
    "verdadero",
    "falso",
    "vero",
    "verdadeiro",
];

fn asks_what(asked: &Asked, prompt: &str) -> bool {
    let Some(language) = asked.language else { return true };
    if prompt.chars().any(unspaced) {
        return language.interrogatives.iter().any(|word| prompt.contains(word));
    }
    let translates = [
        "translate",
        "translation",
        "übersetze",
        "übersetzung",
        "traduis",
        "traduce",
        "traduci",
        "traduza",
        "vertaal",
        "symbol",
        "símbolo",
        "simbolo",
        "symbole",
        "symbool",
    ];
    words(prompt).any(|word| language.interrogatives.contains(&word) || translates.contains(&word))
}

/// What stands in the question need not be recalled.
pub(super) fn gives_away(asked: &Asked) -> Option<String> {
    let prompt = unquoted(&asked.prompt.prose).to_lowercase();
    let answer = asked.answer.prose.to_lowercase();
    let message =
        || Some("Much of the answer stands in the question already. Leave it out of one of the two.".to_owned());
    if answer.chars().any(unspaced) {
        let bare = answer.trim_matches(|c: char| !c.is_alphanumeric());
        let choice = asked
            .language
            .is_some_and(|language| language.or.iter().chain(language.comparing).any(|word| prompt.contains(word)));
        // One character is part of too many words.
        return (bare.chars().count() > 2 && prompt.contains(bare) && !choice).then(message).flatten();
    }
    let language = asked.language?;
    let prompt_words: Vec<&str> = words(&prompt).collect();
    let chooses = |list: &[&str]| prompt_words.iter().any(|word| list.contains(word));
    if asked.answer.objects
        || chooses(language.or)
        || chooses(language.comparing)
        || chooses_of(&prompt_words, language)
    {
        return None;
    }
    let asked_for = content(&prompt_words, language.function);
    let answer_words: Vec<&str> = words(&answer).collect();
    let answered = content(&answer_words, language.function);
    // A new number is what was asked for, whatever stands around it.
    let new_number = answered.iter().any(|word| is_number(word) && !asked_for.contains(word));
    let common = answered.intersection(&asked_for).count();
    let spelled = |word: &str| matches!(word, "one" | "zero") || language.numbers.iter().any(|(name, _)| *name == word);
    let enough = match answered.len() {
        // A title of common words, or "one", may stand in a question that does not ask for it. "River Thames" repeats the river that was asked for, and is no gift.
        0 => false,
        1 | 2 => {
            common == answered.len()
                && !asked.prompt.stressed
                && !answered.iter().all(|word| is_number(word) || spelled(word))
                && answered.len() * 2 >= answer_words.len()
        }
        3 => common > 1,
        all => common * 2 >= all,
    };
    let letters = asked.is_cloze() && answered.iter().all(|word| word.chars().count() < 3 || is_number(word));
    (enough && !new_number && !letters).then(message).flatten()
}

/// "Which of A and B …": both stand in the question by its nature.
fn chooses_of(prompt: &[&str], language: &Language) -> bool {
    const OF: [&str; 15] =
        ["of", "von", "der", "den", "de", "des", "du", "van", "del", "di", "dei", "delle", "do", "da", "dos"];
    prompt.windows(2).enumerate().any(|(at, two)| {
        (language.determining.contains(&two[0]) || WHICH_ONE.contains(&two[0]))
            && OF.contains(&two[1])
            && prompt[at + 2..].iter().take(8).any(|word| language.and.contains(word))
    })
}

/// Interrogatives for one of several that take no noun.
const WHICH_ONE: [&str; 12] =
    ["lequel", "laquelle", "lesquels", "lesquelles", "cuál", "cuáles", "quale", "quali", "qual", "quais", "wer", "who"];

fn content<'a>(all: &[&'a str], function: &[&str]) -> HashSet<&'a str> {
    all.iter().filter(|word| !function.contains(word) && !word.contains('\u{fffc}')).map(|word| stem(word)).collect()
}

/// Without the ending of a plural.
fn stem(word: &str) -> &str {
    if word.len() > 3 { word.strip_suffix("'s").or_else(|| word.strip_suffix('s')).unwrap_or(word) } else { word }
}

/// In digits, or a Roman one.
fn is_number(word: &str) -> bool {
    word.chars().any(char::is_numeric) || (word.len() < 6 && word.chars().all(|c| matches!(c, 'i' | 'v' | 'x')))
}
