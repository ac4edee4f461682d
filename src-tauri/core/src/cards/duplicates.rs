//! Whether two cards ask the same, by their words alone.
//!
//! The words that differ count for more than those in common: "the capital of France" and "the capital of Spain" share all
//! but one, and it is that one which is asked. So two cards are alike only when what remains of each, once what they share
//! is taken away, is nothing that a fact hangs on.

use std::collections::HashSet;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{Likeness, script::unspaced};

/// From this share of words in common on, two cards are likely the same; chosen between the pairs of the test below.
const SIMILAR: f32 = 0.6;
/// With the same answer, questions need so much less in common: a fact has few questions.
const SIMILAR_QUESTION: f32 = 0.4;

/// `text` without case, accents, Markdown and white space that make no difference; widths and ligatures are one (NFKC).
/// What LaTeX and code are made of stays: `x^2` and `x_2` are two.
#[must_use]
pub fn normalised(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut before, mut line_begins, mut gap) = (' ', true, false);
    let bulleted = text.lines().filter(|line| line.trim_start().starts_with('-')).count() > 1;
    let mut chars = text.nfkd().filter(|c| !is_accent(*c)).flat_map(char::to_lowercase).map(plain_sign).peekable();
    while let Some(c) = chars.next() {
        let kept = match c {
            c if c.is_alphanumeric() || is_combining_mark(c) || is_sign(c) => true,
            // Signs of mathematics and code, but not Markdown's: those stand beside white space or another mark.
            '+' | '=' | '<' | '>' | '^' | '/' | '%' | '\\' | '{' | '}' | '|' | '&' | '@' => true,
            '_' | '-' | '.' | '\'' if before.is_alphanumeric() => true,
            // A minus sign, and not the dash before an item of a list.
            '-' => {
                let signs = |next: &char| next.is_alphanumeric() || matches!(next, '\\' | '(' | '{') || is_sign(*next);
                chars.peek().is_some_and(signs) && !(bulleted && line_begins)
            }
            _ => false,
        };
        if kept {
            if gap && !out.is_empty() {
                out.push(' ');
            }
            gap = false;
            out.push(c);
        } else {
            gap = true;
        }
        before = c;
        line_begins = c == '\n' || (line_begins && c.is_whitespace());
    }
    let ends = |word: &str| word.trim_end_matches(['_', '-', '.', '\'']).to_owned();
    let words: Vec<String> = out.split(' ').map(ends).filter(|word| !word.is_empty()).collect();
    // What is all marks is compared as it stands.
    if words.is_empty() { text.trim().to_owned() } else { words.join(" ").nfkc().collect() }
}

/// An accent of the Latin, Greek or Cyrillic script; the marks of others (dakuten, vowel signs) make other letters, and the
/// stroke makes ≠ of =.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}') && c != '\u{338}'
}

/// Arrows and operators.
fn is_sign(c: char) -> bool {
    matches!(c, '±' | '×' | '÷' | '¬' | '\u{2190}'..='\u{22ff}' | '\u{27c0}'..='\u{27ff}' | '\u{2900}'..='\u{2aff}')
}

/// The minus and the fraction slash as they are typed.
fn plain_sign(c: char) -> char {
    match c {
        '\u{2212}' => '-',
        '\u{2044}' => '/',
        c => c,
    }
}

/// How alike two cards are, question and answer each; none when they are not. The share is that of words in common, from 0
/// to 1.
#[must_use]
pub fn likeness(a: (&str, &str), b: (&str, &str)) -> Option<(Likeness, f32)> {
    let (a, b) = ([a.0, a.1].map(normalised), [b.0, b.1].map(normalised));
    if a == b || (a[0] == b[1] && a[1] == b[0] && !a[1].is_empty()) {
        return Some((Likeness::SameText, 1.0));
    }
    let (question_a, question_b) = (words(&a[0]), words(&b[0]));
    let asked: HashSet<String> = question_a.union(&question_b).cloned().collect();
    let (answer_a, answer_b) = (amount(words(&a[1]), &asked), amount(words(&b[1]), &asked));
    let questions = share(&question_a, &question_b);
    let answers = share(&answer_a, &answer_b);
    if tells_apart(&question_a, &question_b, answers > 0.99 && !answer_a.is_empty())
        || distinct(&answer_a, &answer_b, answers)
    {
        return None;
    }
    let whole = (questions + answers) / 2.0;
    // Clozes often have no answer; then the texts alone must be nearly one.
    let alike = match (answer_a.is_empty(), answer_b.is_empty()) {
        (true, true) => questions >= 0.8,
        (false, false) if answers >= 0.99 => questions >= SIMILAR_QUESTION,
        _ => questions >= SIMILAR && answers >= SIMILAR,
    };
    alike.then_some((Likeness::SimilarText, whole))
}

/// Whether what two cards say in words speaks against their being one, however near they are in meaning: other numbers in
/// the answers, or one thing asked for in the place of another. A word in the place of another may be a synonym when the
/// answer is the same.
#[must_use]
pub fn told_apart(a: (&str, &str), b: (&str, &str)) -> bool {
    let [question_a, answer_a, question_b, answer_b] = [a.0, a.1, b.0, b.1].map(|side| words(&normalised(side)));
    let same_answer = !answer_a.is_empty() && share(&answer_a, &answer_b) > 0.99;
    other_numbers(&answer_a, &answer_b)
        || turned(&question_a, &question_b, same_answer)
        || (!same_answer && swapped(&question_a, &question_b))
}

/// The words of a normalised text, without those that ask and join; in scripts without spaces, each two characters.
fn words(text: &str) -> HashSet<String> {
    let mut all = HashSet::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if word.chars().any(unspaced) {
            let chars: Vec<char> = word.chars().collect();
            all.extend(chars.windows(2).map(|two| two.iter().collect::<String>()));
            if chars.len() == 1 {
                all.insert(word.to_owned());
            }
        } else if !EMPTY.contains(&word) {
            all.insert(stem(word).to_owned());
        }
    }
    all
}

/// Without the ending of a plural or of a person.
fn stem(word: &str) -> &str {
    let word = word.strip_suffix("'s").unwrap_or(word);
    let ascii = word.is_ascii() && word.len() > 4;
    if ascii {
        word.strip_suffix("es").or_else(|| word.strip_suffix('s')).or_else(|| word.strip_suffix("ed")).unwrap_or(word)
    } else {
        word
    }
}

/// Words without which two wordings of a question are still the same, accents taken away as in [`normalised`].
const EMPTY: &[&str] = &[
    "the", "a", "an", "of", "in", "on", "to", "is", "are", "was", "were", "be", "what", "which", "who", "how", "does",
    "do", "did", "by", "for", "it", "its", "that", "and", "called", "name", "term", "s", "please", "give", "state",
    "tell", "define", "city", "number", "with", "der", "die", "das", "den", "dem", "des", "ein", "eine", "einen",
    "ist", "sind", "war", "was", "welche", "welcher", "welches", "wer", "wie", "von", "im", "und", "heisst", "nennt",
    "man", "fur", "zu", "wird", "wurde", "le", "la", "les", "l", "un", "une", "de", "du", "d", "est", "sont", "quel",
    "quelle", "qui", "que", "qu", "et", "ce", "cest", "c", "el", "los", "las", "es", "son", "cual", "quien", "se", "y",
    "del", "il", "lo", "gli", "di", "e", "che", "chi", "qual", "quale", "si", "o", "os", "as", "do", "da", "quem",
    "het", "een", "am", "at", "about", "ca", "year", "many", "much", "long", "van", "wat", "wie", "welk", "en",
];

fn share(a: &HashSet<String>, b: &HashSet<String>) -> f32 {
    let all = a.union(b).count();
    if all == 0 { 1.0 } else { a.intersection(b).count() as f32 / all as f32 }
}

/// Whether each of two questions has a word of its own that a fact hangs on: as many of one as of the other, so that one
/// thing stands in the place of the other (France, Spain; first, second; 1914, 1918; not). With the same answer, a year or an
/// interrogative that only one of them has tells nothing apart ("When …", "In which year …").
fn tells_apart(a: &HashSet<String>, b: &HashSet<String>, same_answer: bool) -> bool {
    turned(a, b, same_answer) || swapped(a, b)
}

/// Whether the two differ in a number, an interrogative or a word that turns a question into another.
fn turned(a: &HashSet<String>, b: &HashSet<String>, same_answer: bool) -> bool {
    let own_a: Vec<&String> = a.difference(b).collect();
    let own_b: Vec<&String> = b.difference(a).collect();
    let numbers = |own: &[&String]| own.iter().any(|word| word.chars().any(char::is_numeric));
    let turns = |own: &[&String]| own.iter().any(|word| TURNS.contains(&word.as_str()));
    let asks = |own: &[&String]| own.iter().any(|word| INTERROGATIVES.contains(&word.as_str()));
    (!same_answer && (numbers(&own_a) != numbers(&own_b) || asks(&own_a) || asks(&own_b)))
        || (numbers(&own_a) && numbers(&own_b))
        || turns(&own_a)
        || turns(&own_b)
}

/// Whether one or two words stand in the place of as many others, and are no forms of them.
fn swapped(a: &HashSet<String>, b: &HashSet<String>) -> bool {
    let own_a: Vec<&String> = a.difference(b).collect();
    let own_b: Vec<&String> = b.difference(a).collect();
    own_a.len() == own_b.len()
        && (1..=2).contains(&own_a.len())
        && a.intersection(b).count() <= 3 * own_a.len()
        && !reworded(&own_a, &own_b)
}

/// Words that turn a question into another one.
const TURNS: &[&str] = &[
    "not", "no", "never", "without", "except", "least", "most", "largest", "smallest", "highest", "lowest", "first",
    "second", "third", "last", "minimum", "maximum", "before", "after", "left", "right", "cause", "effect", "nicht",
    "kein", "keine", "ohne", "erste", "erster", "zweite", "pas", "sans", "premier",
];

/// Words by which questions about one thing ask for different ones.
const INTERROGATIVES: &[&str] = &[
    "when", "where", "why", "wann", "wo", "warum", "quand", "ou", "pourquoi", "cuando", "donde", "quando", "dove",
    "onde",
];

/// Whether the words of one are forms of those of the other (discover, discovered; mitochondrion, mitochondria).
fn reworded(a: &[&String], b: &[&String]) -> bool {
    a.iter().all(|one| {
        b.iter().any(|other| one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count() >= 5)
    })
}

/// An answer with a number, without the words that a question gives: the unit ("687 days" to "How many days…?").
fn amount(answer: HashSet<String>, asked: &HashSet<String>) -> HashSet<String> {
    let amount: HashSet<String> = answer.difference(asked).cloned().collect();
    if amount.iter().any(|word| word.chars().any(char::is_numeric)) { amount } else { answer }
}

/// Whether two answers cannot both be right: other numbers, or no word in common.
fn distinct(a: &HashSet<String>, b: &HashSet<String>, share: f32) -> bool {
    other_numbers(a, b) || (!a.is_empty() && !b.is_empty() && share < 0.3)
}

/// Whether both have numbers, and none in common.
fn other_numbers(a: &HashSet<String>, b: &HashSet<String>) -> bool {
    let numbers = |all: &HashSet<String>| -> HashSet<String> {
        all.iter().filter(|word| word.chars().any(char::is_numeric)).cloned().collect()
    };
    let (numbers_a, numbers_b) = (numbers(a), numbers(b));
    !numbers_a.is_empty() && !numbers_b.is_empty() && numbers_a.is_disjoint(&numbers_b)
}

#[cfg(test)]
#[path = "duplicates_tests.rs"]
mod tests;
