//! Rules about how much a card holds.

use super::{
    Asked,
    languages::Language,
    side::{Side, count, sentences, unspaced, words},
    text::OBJECT,
};
use crate::cards::{NewCard, NoteKind};

const LONGEST_ANSWER: usize = 25;
/// What is shown with a cloze is not asked for, so it may be twice as long; but it is read at every review.
const LONGEST_EXTRA: usize = 50;
const MOST_SENTENCES: usize = 2;
const LONGEST_PROMPT: usize = 40;
const LONGEST_LIST: usize = 3;

/// A long answer is several facts: which of them was recalled cannot be rated, and each has its own rate of forgetting.
pub(super) fn long_answer(asked: &Asked) -> Option<String> {
    let words = asked.answer.words();
    if words > LONGEST_ANSWER {
        return Some(format!(
            "The answer has {words} words; more than {LONGEST_ANSWER} are seldom recalled as a whole. Keep what was asked for, or split the card."
        ));
    }
    let sentences = sentences(&asked.answer.prose);
    (sentences > MOST_SENTENCES && asked.answer.items == 0).then(|| {
        format!("The answer has {sentences} sentences, so it holds several facts. Keep the one that was asked for, or split the card.")
    })
}

/// What is shown with the whole text of a cloze is context, and a page of it is read by nobody.
pub(super) fn long_extra(card: &NewCard) -> Option<String> {
    let words = if card.kind == NoteKind::Cloze { Side::read(&card.answer).words() } else { 0 };
    (words > LONGEST_EXTRA).then(|| {
        format!("The text that is shown with the answer has {words} words and is read again at every review. Shorten it to at most {LONGEST_EXTRA}, or make cards of what it holds.")
    })
}

/// A long prompt is read anew at every review, and hides what is asked.
pub(super) fn long_prompt(asked: &Asked) -> Option<String> {
    let words = asked.prompt.words();
    (words > LONGEST_PROMPT).then(|| {
        format!(
            "The question has {words} words and is read again at every review. Shorten it to at most {LONGEST_PROMPT}."
        )
    })
}

/// Lists are the hardest thing to recall: one item missed fails all of them.
pub(super) fn long_list(asked: &Asked) -> Option<String> {
    let items = asked.answer.items.max(asked.hidden.len()).max(inline_items(asked)).max(lines(asked));
    (items > LONGEST_LIST).then(|| {
        format!("The answer lists {items} things; one forgotten fails all of them. Ask for at most {LONGEST_LIST} at once, or make it several cards.")
    })
}

/// Items of a list in a sentence: `red, green, blue and white`. Commas between clauses, and in places and dates, make none.
fn inline_items(asked: &Asked) -> usize {
    let prose = asked.answer.prose.trim_end_matches('.');
    if asked.answer.items > 0 || prose.len() > 600 {
        return 0;
    }
    if prose.chars().any(unspaced) {
        let items: Vec<&str> = prose.split('、').collect();
        let short = items.iter().all(|item| (1..=8).contains(&item.trim().chars().count()));
        return if short { items.len() } else { 0 };
    }
    let Some(language) = asked.language else { return 0 };
    bare_items(asked, prose, language).max(joined_items(prose, language))
}

/// Items that nothing joins. Only four or more of a word or two each, so that a place, a date or a clause is no list.
fn bare_items(asked: &Asked, prose: &str, language: &Language) -> usize {
    let items: Vec<&str> = prose.split(", ").flat_map(|part| part.split("; ")).map(str::trim).collect();
    if items.len() <= LONGEST_LIST
        || prose.contains(|c: char| c.is_numeric() || matches!(c, OBJECT | '(' | ':' | '.' | '?' | '!'))
    {
        return 0;
    }
    let item = |item: &&str| {
        let lower = item.to_lowercase();
        let all: Vec<&str> = words(&lower).collect();
        let noun = if ARTICLES.contains(all.first().unwrap_or(&"")) { &all[1..] } else { &all[..] };
        let lists =
            [language.function, language.auxiliaries, language.pronouns, language.interrogatives, language.yes_no];
        (1..=2).contains(&noun.len()) && !noun.iter().any(|word| lists.iter().any(|list| list.contains(word)))
    };
    let place = items.iter().all(|item| item.starts_with(char::is_uppercase)) && asks_for_place(&asked.prompt.prose);
    if items.iter().all(item) && !place { items.len() } else { 0 }
}

const ARTICLES: [&str; 20] = [
    "the", "a", "an", "der", "die", "das", "ein", "eine", "le", "la", "les", "l", "el", "los", "las", "il", "i", "gli",
    "o", "os",
];

/// A place is told by what it lies in, larger and larger.
fn asks_for_place(prompt: &str) -> bool {
    let places = [
        "where", "place", "city", "town", "village", "address", "wo", "woher", "wohin", "ort", "stadt", "où", "ville",
        "lieu", "waar", "plaats", "stad", "dónde", "ciudad", "lugar", "dove", "città", "luogo", "onde", "cidade",
    ];
    words(&prompt.to_lowercase()).any(|word| places.contains(&word))
}

/// Items of which the last is joined with an "and" or "or".
fn joined_items(prose: &str, language: &Language) -> usize {
    let mut items: Vec<&str> = prose.split([',', ';', '،']).map(str::trim).collect();
    let last = items.pop().unwrap_or_default();
    let joined = language.and.iter().chain(language.or).find_map(|and| {
        let after = last.strip_prefix(and).and_then(|rest| rest.strip_prefix(' '));
        after
            .map(|item| vec![item])
            .or_else(|| last.split_once(&format!(" {and} ")).map(|(one, other)| vec![one, other]))
    });
    let Some(last) = joined else { return 0 };
    // A clause begins with a preposition or an article, item after item of a list seldom does ("on 6 June, in Normandy,
    // by British and Canadian troops").
    let function =
        |item: &str| words(&item.to_lowercase()).next().is_some_and(|word| language.function.contains(&word));
    if items.len() > 1 && items.iter().skip(1).chain(last.first()).all(|item| function(item)) && last.len() > 1 {
        return 0;
    }
    // What introduces the list may stand before its first item.
    let short = items.iter().skip(1).chain(&last).all(|item| (1..=4).contains(&count(item)));
    let first = items.first().is_none_or(|first| count(first) <= 8);
    if short && first { items.len() + last.len() } else { 0 }
}

/// Lines that are items without bullets; verses are longer.
fn lines(asked: &Asked) -> usize {
    let prose = &asked.answer.prose;
    let short = |line: &&str| (1..=3).contains(&count(line)) && !line.contains('\u{fffc}');
    let lines: Vec<&str> = prose.lines().filter(|line| !line.trim().is_empty()).collect();
    if lines.iter().all(short) { lines.len() } else { 0 }
}
