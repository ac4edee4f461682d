//! The rule about what a model may have made up.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

use super::{
    Asked,
    side::{Side, unspaced},
};
use crate::cards::{NewCard, NoteKind};

/// A number or a name that the passage does not hold was added by whoever wrote the card, and may be wrong.
///
/// Numbers are compared by their digits, however they are grouped, and with the words for them; names only where a capital
/// inside a sentence marks one, and where passage and answer share a script.
pub(super) fn ungrounded(asked: &Asked, card: &NewCard, passage: &str) -> Option<String> {
    let held = Held::of(passage, &asked.prompt.prose, asked);
    let extra = if card.kind == NoteKind::Cloze { Side::read(&card.answer).prose } else { String::new() };
    let answer: String = format!("{}\n{extra}", asked.answer.prose).nfkc().collect();
    let number = numbers(&answer).into_iter().find(|number| !held.number(number));
    let missing = number.map(|number| number.shown).or_else(|| held.missing_name(&answer, asked))?;
    Some(format!(
        "“{missing}” is in the answer but not in the passage that the card rests on. Check it, or take it out."
    ))
}

/// A number as it stands, and as it is compared.
struct Number {
    shown: String,
    digits: String,
    /// A larger unit follows (million, %), so that zeros at the end say nothing.
    scaled: bool,
}

/// The numbers of a text: digits with what groups them.
fn numbers(text: &str) -> Vec<Number> {
    let chars: Vec<char> = text.chars().map(western).collect();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < chars.len() {
        if !chars[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
        // A space groups only by threes.
        let grouped = |at: usize| (1..4).all(|step| digit(at + step)) && !digit(at + 4);
        while digit(at)
            || (matches!(chars.get(at), Some('.' | ',' | '\'' | '’')) && digit(at + 1))
            || (chars.get(at) == Some(&' ') && grouped(at))
        {
            at += 1;
        }
        // Part of a name or formula (H2O, B12, x1) is no number.
        if start > 0 && chars[start - 1].is_alphabetic() && !unspaced(chars[start - 1]) {
            continue;
        }
        let shown: String = chars[start..at].iter().collect();
        let after: String =
            chars[at..].iter().skip_while(|c| c.is_whitespace()).take(4).collect::<String>().to_lowercase();
        let scaled = ["mil", "bil", "tri", "mio", "mrd", "tho", "tau", "mi", "k", "万", "億", "亿"]
            .iter()
            .any(|unit| after.starts_with(unit));
        let digits = shown.chars().filter(char::is_ascii_digit).collect::<String>();
        let significant = digits.trim_start_matches('0');
        found.push(Number {
            digits: if significant.is_empty() { "0".into() } else { significant.into() },
            shown,
            scaled,
        });
    }
    found
}

/// Digits of other scripts by their value.
fn western(c: char) -> char {
    let zero = match c {
        '\u{660}'..='\u{669}' => 0x660,
        '\u{6f0}'..='\u{6f9}' => 0x6f0,
        '\u{966}'..='\u{96f}' => 0x966,
        '\u{a0}' | '\u{202f}' | '\u{2009}' => return ' ',
        _ => return c,
    };
    char::from_digit(u32::from(c) - zero, 10).unwrap_or(c)
}

/// What may stand in the answer.
struct Held {
    digits: HashSet<String>,
    /// Numbers as words, and whether those of this language are known.
    words_known: bool,
    scaled: bool,
    chinese_numerals: bool,
    /// Words without case and accents, and their beginnings.
    words: HashSet<String>,
    latin: bool,
}

impl Held {
    fn of(passage: &str, prompt: &str, asked: &Asked) -> Self {
        let text: String = format!("{passage}\n{prompt}").nfkc().collect();
        let all = numbers(&text);
        let scaled = all.iter().any(|number| number.scaled);
        let mut digits: HashSet<String> = all.into_iter().map(|number| number.digits).collect();
        let mut words = HashSet::new();
        for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            let lower = word.to_lowercase();
            let known = asked.language.map_or(&[][..], |language| language.numbers);
            digits.extend(
                known.iter().filter(|(name, _)| compounds(&lower, name)).map(|(_, digits)| (*digits).to_owned()),
            );
            let folded = fold(&lower);
            words.insert(folded.chars().take(BEGINNING).collect());
        }
        Self {
            digits,
            words_known: asked.language.is_some_and(|language| !language.numbers.is_empty()),
            scaled,
            chinese_numerals: text.contains([
                '一', '二', '三', '四', '五', '六', '七', '八', '九', '十', '百', '千', '万', '兩', '两', '半',
            ]),
            words,
            latin: text.chars().filter(char::is_ascii_alphabetic).count() * 2
                > text.chars().filter(|c| c.is_alphabetic()).count(),
        }
    }

    fn number(&self, number: &Number) -> bool {
        let small = number.digits.len() < 3 && number.digits.parse::<u32>().is_ok_and(|value| value <= 20);
        let spelled_elsewhere = small && !self.words_known;
        // "1" is in every article, and "0" in every "none".
        let trivial = matches!(number.digits.as_str(), "0" | "1");
        let zeros = |digits: &str| digits.trim_end_matches('0').to_owned();
        let magnitudes =
            (self.scaled || number.scaled) && self.digits.iter().any(|held| zeros(held) == zeros(&number.digits));
        // "1914–18" for 1914–1918, "the 60s" for the 1960s.
        let short = number.digits.len() == 2
            && self.digits.iter().any(|held| held.len() == 4 && held.ends_with(&number.digits));
        // "twenty-five" is held as its parts.
        let parts = (21..100).contains(&number.digits.parse::<u32>().unwrap_or(0)) && {
            let (tens, ones) = number.digits.split_at(1);
            // "one" is no word of the lists: it is in every article.
            self.digits.contains(&format!("{tens}0")) && (ones == "1" || self.digits.contains(ones))
        };
        trivial
            || spelled_elsewhere
            || self.chinese_numerals
            || magnitudes
            || short
            || parts
            || self.digits.contains(&number.digits)
    }

    /// A name that neither passage nor question has, as far as a capital tells.
    fn missing_name(&self, answer: &str, asked: &Asked) -> Option<String> {
        let language = asked.language?;
        if !language.capitals_name || !self.latin || answer.chars().any(unspaced) {
            return None;
        }
        let who = asks_for_name(&asked.prompt.prose.to_lowercase());
        let mut starts = true;
        for word in
            answer.split_inclusive(|c: char| c.is_whitespace() || matches!(c, '-' | '–' | '/' | '(' | '’' | '\''))
        {
            let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
            let first = std::mem::replace(
                &mut starts,
                word.trim_end().ends_with(['.', '!', '?', ':', ';', '"', '“']) || word.contains('\n'),
            );
            if (!first || who) && named(bare) && !language.function.contains(&bare.to_lowercase().as_str()) {
                let beginning: String = fold(&bare.to_lowercase()).chars().take(BEGINNING).collect();
                if !self.words.contains(&beginning) && !same_people(&beginning, &self.words) {
                    return Some(bare.to_owned());
                }
            }
        }
        None
    }
}

/// Names are compared by their beginnings, so that cases and derived words (Spain, Spanish) are one.
const BEGINNING: usize = 3;

/// Peoples whose name begins otherwise than that of their country.
fn same_people(beginning: &str, words: &HashSet<String>) -> bool {
    let pairs = [
        ("fre", "fra"),
        ("dut", "net"),
        ("dut", "hol"),
        ("wel", "wal"),
        ("bri", "uni"),
        ("ame", "uni"),
        ("gre", "hel"),
        ("per", "ira"),
    ];
    pairs
        .iter()
        .any(|&(one, other)| (one == beginning && words.contains(other)) || (other == beginning && words.contains(one)))
}

/// A capital and at least two small letters: acronyms and symbols may be the short form of what the passage spells out.
fn named(word: &str) -> bool {
    let mut chars = word.chars();
    let capital = chars.next().is_some_and(char::is_uppercase);
    capital && word.chars().count() > 2 && chars.all(char::is_lowercase)
}

/// "eighteenth-century" and "fünfundzwanzig" hold their numbers inside.
fn compounds(word: &str, name: &str) -> bool {
    word == name || (name.len() > 3 && word.len() < 40 && (word.starts_with(name) || word.ends_with(name)))
}

fn asks_for_name(prompt: &str) -> bool {
    let names = ["who", "whom", "where", "qui", "où", "quién", "quiénes", "dónde", "chi", "dove", "quem", "onde"];
    super::side::words(prompt).next().is_some_and(|word| names.contains(&word))
}

/// Without accents.
fn fold(lower: &str) -> String {
    lower.nfkd().filter(|c| !unicode_normalization::char::is_combining_mark(*c)).collect()
}
