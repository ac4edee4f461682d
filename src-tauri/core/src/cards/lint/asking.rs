//! Rules about what a prompt asks: one thing, and a thing with one right answer.

use super::{
    Asked,
    side::{unquoted, unspaced, words},
};

/// Two questions in one are rated with one button: recalling half of it is neither a success nor a lapse.
pub(super) fn two_questions(asked: &Asked) -> Option<String> {
    if asked.is_cloze() {
        return None;
    }
    let prompt = unquoted(&asked.prompt.prose);
    (marks(&prompt, asked) > 1 || joined(&prompt, asked)).then(|| {
        "This asks two things at once, and one rating cannot tell which was recalled. Make a card of each.".into()
    })
}

/// Question marks that end a question: not one within a word or an address, nor one that is spoken of.
fn marks(prompt: &str, asked: &Asked) -> usize {
    let spaced = asked.language.is_some_and(|language| language.interrogatives.contains(&"quelle"));
    let chars: Vec<char> = prompt.chars().collect();
    let last_word = chars.iter().rposition(|c| c.is_alphanumeric()).unwrap_or(0);
    let ends = |at: usize| {
        let before = at.checked_sub(1).map_or(' ', |at| chars[at]);
        let after = chars.get(at + 1).copied().unwrap_or(' ');
        let wide = chars[at] == '？';
        let closes = after.is_whitespace() || matches!(after, ')' | '*' | '”' | '"' | '»');
        let last = at > last_word;
        let used = before.is_alphanumeric() || matches!(before, ')' | '\u{fffc}' | '%' | '°' | ']');
        wide || (closes && (used || last || (spaced && before.is_whitespace())))
    };
    // One in brackets is a hint or an aside.
    let (mut depth, mut count) = (0_usize, 0);
    for at in 0..chars.len() {
        match chars[at] {
            '(' | '（' => depth += 1,
            ')' | '）' => depth = depth.saturating_sub(1),
            // Only the first mark of a run.
            '?' | '？' | '؟' if depth == 0 && (at == 0 || !matches!(chars[at - 1], '?' | '？' | '؟' | '!')) => {
                count += usize::from(ends(at));
            }
            _ => {}
        }
    }
    count
}

/// "When and where …", "… and why?": two interrogatives that belong to one question each.
fn joined(prompt: &str, asked: &Asked) -> bool {
    let Some(language) = asked.language else { return false };
    let words: Vec<String> = words(prompt).map(str::to_lowercase).take(80).collect();
    let asks = |at: usize| words.get(at).is_some_and(|word| language.interrogatives.contains(&word.as_str()));
    let and = |at: usize| words.get(at).is_some_and(|word| language.and.contains(&word.as_str()));
    if !prompt.contains('?') || language.comparing.iter().any(|word| words.iter().any(|other| other == word)) {
        return false;
    }
    let first = usize::from(!asks(0));
    let last = words.len().saturating_sub(1);
    let begins = asks(first) && and(first + 1) && asks(first + 2);
    // An interrogative at the very end stands for a question of its own.
    let ends = asks(first) && last > 2 && asks(last) && and(last - 1);
    // So does one that an auxiliary follows, in the languages where that order is a question's.
    let inverts = ["what", "who", "why", "how", "when", "where"];
    let again = asks(first)
        && (first + 2..words.len()).any(|at| {
            and(at)
                && words.get(at + 1).is_some_and(|word| inverts.contains(&word.as_str()))
                && words.get(at + 2).is_some_and(|word| matches!(word.as_str(), "did" | "does" | "do"))
        });
    begins || ends || again
}

/// "Explain …" has many right answers, so nobody can rate the one that came to mind.
pub(super) fn open_prompt(asked: &Asked) -> Option<String> {
    if asked.is_cloze() {
        return None;
    }
    let language = asked.language?;
    let prompt = unquoted(&asked.prompt.prose).to_lowercase();
    let verb = if prompt.chars().any(unspaced) {
        let text = prompt.trim_end_matches(|c: char| !c.is_alphanumeric());
        let limited = language.limits.iter().any(|limit| prompt.contains(limit));
        let begins = language.open.iter().find(|open| text.starts_with(**open));
        begins.or_else(|| language.open_ends.iter().find(|end| text.ends_with(**end))).filter(|_| !limited)
    } else {
        let words: Vec<&str> = words(&prompt).take(120).collect();
        let limited = words
            .iter()
            .skip(1)
            .any(|word| language.limits.contains(word) || word.bytes().all(|byte| byte.is_ascii_digit()));
        language.open.iter().find(|open| opens(&prompt, open)).filter(|_| !limited)
    };
    verb.map(|verb| {
        format!("“{verb}” leaves open what a right answer is, so it cannot be rated. Ask for one thing, or say how much is wanted.")
    })
}

/// Whether a sentence of the prompt begins with the verb.
fn opens(prompt: &str, verb: &str) -> bool {
    let (first, second) = verb.split_once(' ').unwrap_or((verb, ""));
    prompt.split(['.', '?', '!', ':', '\n']).take(6).any(|sentence| {
        let mut words = words(sentence)
            .filter(|word| !matches!(*word, "please" | "bitte" | "s" | "il" | "vous" | "plaît" | "por" | "favor"));
        if words.next() != Some(first) {
            return false;
        }
        match words.next() {
            // The verb alone is a word that is spoken of.
            None => false,
            // "Leg … uit": the particle comes last.
            Some(word) => second.is_empty() || word == second || (second == "uit" && words.last() == Some(second)),
        }
    })
}
