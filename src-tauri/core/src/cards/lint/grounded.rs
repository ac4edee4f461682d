//! The rule about what a model may have made up.

use std::collections::HashSet;

use super::{
    Asked,
    names::Words,
    numbers::{Number, length, prepared, read, scale_word},
    side::Side,
    text::Kind,
};
use crate::cards::{NewCard, NoteKind};

/// Code and formulas beyond these are looked at no more: an answer has one or two.
const MOST_INSIDES: usize = 50;

/// A number or a name that the passage does not hold was added by whoever wrote the card, and may be wrong.
///
/// Numbers are compared by their digits, however they are grouped, and with the words for them; names only where a capital
/// inside a sentence marks one, and where passage and answer share a script.
pub(super) fn ungrounded(asked: &Asked, card: &NewCard, passage: &str) -> Option<String> {
    let extra = (card.kind == NoteKind::Cloze).then(|| Side::read(&card.answer));
    let sides: Vec<&Side> = std::iter::once(&asked.answer).chain(&extra).collect();
    let answer = prepared(&sides.iter().map(|side| side.prose.as_str()).collect::<Vec<_>>().join("\n"));
    let prompt_insides: String = asked.prompt.insides.iter().map(|(_, inside)| format!("\n{inside}")).collect();
    let text = prepared(&format!("{passage}\n{}{prompt_insides}", asked.prompt.prose));
    let held = Held::of(&text, asked);
    let in_prose = read(&answer).0.into_iter().filter(|number| !number.attached);
    let in_objects = || inside_numbers(&sides, passage, &held);
    let number = in_prose.into_iter().find(|number| !held.number(number)).or_else(in_objects);
    let function = asked.language.map_or(&[][..], |language| language.function);
    let missing = number.map(|number| number.shown).or_else(|| Words::of(&text, function).missing(&answer, asked))?;
    Some(format!(
        "“{missing}” is in the answer but not in the passage that the card rests on. Check it, or take it out."
    ))
}

/// A number in the answer's code and formulas that is not held. Where the passage has them as they are, nothing is made up.
fn inside_numbers(sides: &[&Side], passage: &str, held: &Held) -> Option<Number> {
    let insides =
        sides.iter().flat_map(|side| &side.insides).filter(|(_, inside)| inside.contains(|c: char| c.is_numeric()));
    let mut insides = insides.peekable();
    insides.peek()?;
    let flat = flattened(passage);
    insides.take(MOST_INSIDES).filter(|(_, inside)| !stands_in(&flattened(inside), &flat)).find_map(|(kind, inside)| {
        match kind {
            Kind::Math => in_formula(inside).into_iter().find(|number| !held.number(number)),
            _ => {
                let ranges = inside.contains(['(', '[']) || inside.contains("..");
                let fits = |number: &Number| held.number(number) || (ranges && held.beside(number));
                in_code(inside).into_iter().find(|number| !fits(number))
            }
        }
    })
}

/// Numbers that a formula states: not its indices and exponents, and no single digits where it has letters or fractions,
/// which stand for what a passage says in words ("half the mass").
fn in_formula(formula: &str) -> Vec<Number> {
    let formula = prepared(formula);
    let bare = without_commands(&formula);
    let whole = ["\\frac", "\\dfrac", "\\sqrt", "\\binom"].iter().all(|command| !formula.contains(command))
        && !bare.chars().any(char::is_alphabetic);
    read(&formula).0.into_iter().filter(|number| !number.attached && (whole || !number.is_small())).collect()
}

/// Without the names of commands, and without units and other text.
fn without_commands(formula: &str) -> String {
    let mut bare = String::with_capacity(formula.len());
    let mut rest = formula;
    while let Some(at) = rest.find('\\') {
        bare.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        rest = &after[end..];
        if matches!(&after[..end], "text" | "mathrm" | "textrm" | "rm" | "unit" | "circ") {
            rest = rest.strip_prefix('{').and_then(|inner| inner.split_once('}')).map_or(rest, |(_, rest)| rest);
        }
    }
    bare.push_str(rest);
    bare
}

/// Numbers that stand in code by themselves. Single digits beside other code are indices and counts of arguments.
fn in_code(code: &str) -> Vec<Number> {
    let code = prepared(code);
    let chars: Vec<char> = code.chars().collect();
    // 1_000 is grouped; in 0xff, 10s and 3d the digits are part of a word.
    let digit = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_digit);
    let joined = chars
        .iter()
        .enumerate()
        .filter(|(at, c)| **c != '_' || !digit(at.checked_sub(1)) || !digit(Some(at + 1)))
        .map(|(_, c)| *c)
        .collect::<String>();
    let words: String = joined
        .split_inclusive(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.')))
        .filter(|word| of_digits(word))
        .collect();
    let whole = !joined.contains(|c: char| c.is_alphabetic() || matches!(c, '(' | '[' | '{'));
    read(&words).0.into_iter().filter(|number| !number.attached && (whole || !number.is_small())).collect()
}

/// A word of code that is a number, in one of the ways of writing one that are compared.
fn of_digits(word: &str) -> bool {
    let mantissa = word.find(['e', 'E']).map_or(word, |at| &word[..at]);
    mantissa.chars().all(|c| !c.is_alphabetic() && c != '_')
}

/// Without what may be written otherwise in the same code or formula.
fn flattened(text: &str) -> String {
    let text = prepared(text);
    let text = if text.contains('\\') { text.replace("\\left", "").replace("\\right", "") } else { text };
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '$' | '`' | '{' | '}')).collect()
}

/// Whether it stands there as a whole: 25 does not in 250.
fn stands_in(inside: &str, passage: &str) -> bool {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let parts = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
    !inside.is_empty()
        && passage.match_indices(inside).take(20).any(|(at, _)| {
            let (before, after) = (&passage[..at], &passage[at + inside.len()..]);
            let cut_before = digit(inside.chars().next()) && parts(before.chars().next_back());
            let next = after.trim_start_matches(['.', ',']).chars().next();
            let cut_after = digit(inside.chars().next_back()) && digit(next);
            !cut_before && !cut_after
        })
}

/// The numbers that may stand in the answer.
struct Held {
    digits: HashSet<String>,
    /// By their significant digits and where the first of them stands.
    values: HashSet<(String, i32)>,
    /// Whether the words for numbers of this language are known.
    words_known: bool,
    /// There are numerals that cannot be read, so that no number can be said to be missing.
    unread: bool,
}

impl Held {
    fn of(text: &str, asked: &Asked) -> Self {
        let (all, unread) = read(text);
        let known = asked.language.map_or(&[][..], |language| language.numbers);
        let mut held = Self { digits: HashSet::new(), values: HashSet::new(), words_known: !known.is_empty(), unread };
        for number in all {
            held.digits.extend(number.also.iter().cloned());
            held.values.extend(number.magnitudes.iter().map(|places| (number.significant.clone(), *places)));
            held.digits.extend(Some(number.digits).filter(|_| !number.power));
        }
        if text.contains('半') {
            held.digits.extend(["2", "5", "50"].map(str::to_owned));
        }
        held.spelled(text, known);
        held
    }

    /// Numbers that stand as words, alone and together: "twenty-five million".
    fn spelled(&mut self, text: &str, known: &[(&str, &str)]) {
        let (mut numbers, mut scales): (HashSet<&str>, HashSet<i32>) = (HashSet::new(), HashSet::new());
        for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            let lower = word.to_lowercase();
            for (_, digits) in known.iter().filter(|(name, _)| compounds(&lower, name)) {
                // A unit may be the end of a word: zweihundert.
                scales.extend(match *digits {
                    "100" => Some(2),
                    "1000" => Some(3),
                    "1000000" => Some(6),
                    _ => None,
                });
                numbers.insert(digits.trim_start_matches('0'));
            }
            scales.extend(scale_word(&lower).into_iter().flatten().filter(|power| **power > 0));
        }
        let small: Vec<u32> =
            numbers.iter().filter_map(|digits| digits.parse().ok()).filter(|value| *value < 100).collect();
        let tens = small.iter().filter(|value| **value >= 20 && **value % 10 == 0);
        let joined = tens.flat_map(|tens| small.iter().filter(|ones| **ones < 10).map(move |ones| tens + ones));
        let values: HashSet<String> = joined.chain(small.iter().copied()).map(|value| value.to_string()).collect();
        let powers: HashSet<i32> = scales
            .iter()
            .flat_map(|one| scales.iter().map(move |other| one + other))
            .chain(scales.iter().copied())
            .collect();
        for number in values.iter().map(|digits| Number::plain(digits)) {
            for places in &number.magnitudes {
                self.values.extend(powers.iter().map(|power| (number.significant.clone(), places + power)));
            }
        }
        self.digits.extend(numbers.into_iter().map(str::to_owned));
    }

    fn number(&self, number: &Number) -> bool {
        let small = number.digits.len() < 3 && number.digits.parse::<u32>().is_ok_and(|value| value <= 20);
        let spelled_elsewhere = small && !self.words_known && !number.power;
        // "1" is in every article, and "0" in every "none".
        let trivial = matches!(number.digits.as_str(), "0" | "1") && !number.power;
        // "1914–18" for 1914–1918, "the 60s" for the 1960s.
        let short = number.digits.len() == 2
            && self.digits.iter().any(|held| held.len() == 4 && held.ends_with(&number.digits));
        let value = number.magnitudes.iter().any(|places| self.values.contains(&(number.significant.clone(), *places)));
        trivial
            || spelled_elsewhere
            || self.unread
            || value
            || number.also.iter().any(|digits| self.digits.contains(digits))
            || (!number.power
                && (short
                    || (number.digits.len() > 1 && self.parts(&number.digits))
                    || self.digits.contains(&number.digits)))
    }

    /// "twenty-five" and "three thousand five hundred" are held as their parts.
    fn parts(&self, digits: &str) -> bool {
        // "one" is no word of the lists: it is in every article.
        let ones = |ones: &str| matches!(ones, "0" | "1") || self.digits.contains(ones);
        let (first, rest) = digits.split_at(usize::from(digits.len() > 1));
        let unit = match digits.len() {
            1 => return ones(digits),
            2 if matches!(first, "0" | "1") => {
                return self.digits.contains(digits.trim_start_matches('0')) || digits == "00";
            }
            2 => return self.digits.contains(&format!("{first}0")) && ones(rest),
            3 => "100",
            4 => "1000",
            _ => return false,
        };
        let spoken = self.digits.contains(unit)
            && (first == "1" || self.values.contains(&(first.to_owned(), length(digits.len()))));
        (first == "0" || spoken) && self.parts(rest)
    }

    /// Ends of ranges and last places are one more or less than what a text says.
    fn beside(&self, number: &Number) -> bool {
        let value = number.digits.parse::<u64>().ok().filter(|_| !number.power && !number.shown.contains('.'));
        value.is_some_and(|value| {
            [value.checked_add(1), value.checked_sub(1)]
                .into_iter()
                .flatten()
                .any(|near| self.digits.contains(&near.to_string()))
        })
    }
}

/// "eighteenth-century" and "fünfundzwanzig" hold their numbers inside.
fn compounds(word: &str, name: &str) -> bool {
    word == name || (name.len() > 3 && word.len() < 40 && (word.starts_with(name) || word.ends_with(name)))
}
