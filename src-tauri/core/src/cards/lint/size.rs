//! Rules about how much a card holds.

use super::{
    Asked,
    side::{count, sentences, unspaced, words},
};

const LONGEST_ANSWER: usize = 25;
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

/// Items of a list in a sentence: `red, green, blue and white`. Only when the last is joined with an "and", so that commas
/// between clauses, and in places and dates, are no list.
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
