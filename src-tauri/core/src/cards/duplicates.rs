//! Whether two cards ask the same, by their words alone.
//!
//! The words that differ count for more than those in common: "the capital of France" and "the capital of Spain" share all
//! but one, and it is that one which is asked. So two cards are alike only when what remains of each, once what they share
//! is taken away, is nothing that a fact hangs on.

mod compare;
mod formula;
mod plain_words;
mod thesaurus;
mod unspaced;
mod words;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use self::{
    compare::Answers,
    words::{Card, Reading, Side},
};
use super::Likeness;

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
    let (plain_a, plain_b) = ([a.0, a.1].map(normalised), [b.0, b.1].map(normalised));
    if plain_a == plain_b || (plain_a[0] == plain_b[1] && plain_a[1] == plain_b[0] && !plain_a[1].is_empty()) {
        return Some((Likeness::SameText, 1.0));
    }
    let (asked, said) = words::readings(a.0, b.0);
    let (answer_a, answer_b) = (Side::of(a.1, said), Side::of(b.1, said));
    // Most pairs end here. In a vocabulary, one may ask for what the other answers.
    if said == Reading::Answer && compare::apart(&answer_a, &answer_b) {
        return None;
    }
    let a = Card { question: Side::of(a.0, asked), answer: answer_a };
    let b = Card { question: Side::of(b.0, asked), answer: answer_b };
    let share = if compare::turned_round(&a, &b) { Some(1.0) } else { compare::alike(&a, &b) };
    share.map(|share| (Likeness::SimilarText, share))
}

/// Whether what two cards say in words speaks against their being one, however near they are in meaning: other numbers in
/// the answers, or one thing asked for in the place of another. A word in the place of another may be a synonym when the
/// answer is the same.
#[must_use]
pub fn told_apart(a: (&str, &str), b: (&str, &str)) -> bool {
    let (a, b) = words::both(a, b);
    let answers = Answers::of(&a, &b);
    let same = matches!(answers, Answers::Same);
    let questions = compare::Questions::of(&a.question, &b.question, same);
    compare::other_numbers(&a.answer.words, &b.answer.words)
        || questions.turned(same)
        || questions.name_for_name()
        || (!same && questions.swapped())
}

#[cfg(test)]
#[path = "duplicates_tests.rs"]
mod tests;
