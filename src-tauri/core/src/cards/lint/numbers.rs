//! Numbers of a text as they are compared: "1.5 million", "1,500,000" and "1.5 × 10^6" are one, "25" and "250" are not.

use unicode_normalization::UnicodeNormalization;

use super::{
    numerals::{self, is_numeral},
    side::unspaced,
};

/// A number as it stands, and as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) shown: String,
    /// However they are grouped, without zeros before them.
    pub(super) digits: String,
    /// Without zeros on either side.
    pub(super) significant: String,
    /// How many places the first of those may stand before the point: "1.500" is one and a half, or 1,500.
    pub(super) magnitudes: Vec<i32>,
    /// Times a power of ten, without which its digits say little.
    pub(super) power: bool,
    /// An index, an exponent of a letter, part of a name (H2O, x1) or of a word (一般): no number of its own.
    pub(super) attached: bool,
    /// What a power comes to (2^10 is 1024), and other readings.
    pub(super) also: Vec<String>,
}

impl Number {
    pub(super) fn is_small(&self) -> bool {
        self.digits.len() < 2 && !self.power
    }

    fn of(shown: String, powers: &[i32], point: bool) -> Self {
        let all: String = shown.chars().filter(char::is_ascii_digit).collect();
        let before = all.len() - all.trim_start_matches('0').len();
        let or_zero = |digits: &str| if digits.is_empty() { "0".to_owned() } else { digits.to_owned() };
        let mut magnitudes = Vec::new();
        for whole in whole_digits(&shown, all.len(), point) {
            magnitudes.extend(powers.iter().map(|power| length(whole) - length(before) + power));
        }
        Self {
            digits: or_zero(all.trim_start_matches('0')),
            significant: or_zero(all.trim_matches('0')),
            shown,
            magnitudes,
            power: false,
            attached: false,
            also: Vec::new(),
        }
    }

    /// Of digits alone.
    pub(super) fn plain(digits: &str) -> Self {
        Self::of(digits.to_owned(), &[0], false)
    }
}

pub(super) fn length(digits: usize) -> i32 {
    i32::try_from(digits).unwrap_or(i32::MAX / 4)
}

/// How many of the digits may stand before the point.
fn whole_digits(shown: &str, all: usize, point: bool) -> Vec<usize> {
    let Some(at) = shown.rfind(|c: char| !c.is_ascii_digit()) else { return vec![all] };
    let mark = shown[at..].chars().next().unwrap_or(' ');
    let after = shown[at + mark.len_utf8()..].len();
    let once = shown.matches(mark).count() == 1;
    if !matches!(mark, '.' | ',') || !once {
        return vec![all];
    }
    if after == 3 && !point { vec![all - after, all] } else { vec![all - after] }
}

/// The text with what is one written as one: digits of other scripts, raised ones, LaTeX's spaces and signs.
pub(super) fn prepared(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut raised = false;
    for c in text.chars() {
        let up = matches!(c, '²' | '³' | '¹' | '⁰' | '⁴'..='⁹' | '⁻' | '⁺');
        if up && !raised {
            plain.push('^');
        }
        raised = up;
        let fraction = plain.ends_with(|c: char| c.is_ascii_digit()).then(|| fraction(c)).flatten();
        match fraction {
            Some(decimals) => plain.push_str(decimals),
            None => plain.push(western(c)),
        }
    }
    let plain: String = plain.nfkc().map(|c| if c == '−' { '-' } else { c }).collect();
    if !plain.contains('\\') && !plain.contains('{') {
        return plain;
    }
    let signs = [("{,}", ","), ("\\times", "×"), ("\\cdot", "·"), ("\\%", "%")];
    let spaces = ["\\,", "\\;", "\\:", "\\ "].map(|space| (space, " "));
    signs.iter().chain(&spaces).fold(plain, |text, (tex, sign)| text.replace(tex, sign))
}

/// After a whole number, so that 2½ is not twenty-one.
fn fraction(c: char) -> Option<&'static str> {
    Some(match c {
        '½' => ".5",
        '¼' => ".25",
        '¾' => ".75",
        '⅐'..='⅞' => " ",
        _ => return None,
    })
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

/// The numbers of a [`prepared`] text; and whether there are numerals among them that cannot be read.
pub(super) fn read(text: &str) -> (Vec<Number>, bool) {
    let chars: Vec<char> = text.chars().collect();
    let mut reading = Reading { chars: &chars, at: 0, found: Vec::new(), unread: false };
    while let Some(&c) = chars.get(reading.at) {
        if c.is_ascii_digit() || is_numeral(c) {
            reading.number();
        } else {
            reading.at += 1;
        }
    }
    (reading.found, reading.unread)
}

struct Reading<'a> {
    chars: &'a [char],
    at: usize,
    found: Vec<Number>,
    unread: bool,
}

impl Reading<'_> {
    fn char(&self, at: usize) -> Option<char> {
        self.chars.get(at).copied()
    }

    fn digit(&self, at: usize) -> bool {
        self.char(at).is_some_and(|c| c.is_ascii_digit())
    }

    /// The end of the digits at `at`, with what groups them.
    fn digits(&self, mut at: usize) -> usize {
        // A space groups only by threes.
        let grouped = |at: usize| (1..4).all(|step| self.digit(at + step)) && !self.digit(at + 4);
        while self.digit(at)
            || (matches!(self.char(at), Some('.' | ',' | '\'' | '’')) && self.digit(at + 1))
            || (self.char(at) == Some(' ') && grouped(at))
        {
            at += 1;
        }
        at
    }

    fn number(&mut self) {
        let start = self.at;
        let mut end = self.digits(start);
        // A numeral goes on after digits only with a unit: 3万, 1億2000万.
        if end == start || self.char(end).is_some_and(|c| numerals::power(c).is_some()) {
            while self.char(end).is_some_and(is_numeral) || (end > start && self.digit(end)) {
                end = if self.digit(end) { self.digits(end) } else { end + 1 };
            }
        }
        self.at = end;
        let shown: String = self.chars[start..end].iter().collect();
        if shown.chars().any(is_numeral) {
            self.numeral(shown);
        } else {
            self.western(start, shown);
        }
    }

    fn numeral(&mut self, shown: String) {
        let Some(values) = numerals::values(&shown) else {
            self.unread = true;
            return;
        };
        let Some((first, others)) = values.split_first() else { return };
        let powers = self.scale(self.at).unwrap_or_else(|| vec![0]);
        let number = Number { also: others.to_vec(), ..Number::of(first.clone(), &powers, false) };
        // Alone, a numeral may be part of any word; as an answer it is judged only beside digits, and as a year.
        let year = shown.chars().count() == 4
            && shown.chars().all(|c| numerals::power(c).is_none())
            && self.char(self.at) == Some('年');
        let attached = !year && !shown.contains(|c: char| c.is_ascii_digit());
        self.found.push(Number { shown, attached, ..number });
    }

    fn western(&mut self, start: usize, shown: String) {
        let attached = self.attached(start);
        let power = self.power_of_ten(self.at);
        if shown == "10"
            && let Some((power, end)) = self.exponent(self.at)
        {
            self.at = end;
            let number = Number::of("1".into(), &[power], false);
            self.found.push(Number { shown: format!("10^{power}"), power: true, attached, ..number });
            return;
        }
        let (powers, powered) = match power {
            Some((power, end)) => {
                self.at = end;
                (vec![power], true)
            }
            None => (self.scale(self.at).unwrap_or_else(|| vec![0]), false),
        };
        let number = Number { attached, power: powered, ..Number::of(shown, &powers, powered) };
        self.found.push(number);
        self.raise(start);
    }

    /// Notes what comes of the number before and this exponent of it.
    fn raise(&mut self, start: usize) {
        let raises = start > 1 && self.is_raised(start).is_some_and(|base| self.digit(base));
        let Some([base, exponent]) = self.found.last_chunk_mut::<2>() else { return };
        if !raises {
            return;
        }
        exponent.attached = base.attached;
        let value = base.digits.parse::<u128>().ok().zip(exponent.digits.parse().ok());
        if let Some(value) = value.and_then(|(base, exponent)| base.checked_pow(exponent)) {
            for number in [base, exponent] {
                number.also.push(value.to_string());
            }
        }
    }

    /// The place before the `^` that this is raised by.
    fn is_raised(&self, start: usize) -> Option<usize> {
        let mut at = start.checked_sub(1)?;
        while matches!(self.chars[at], '{' | '-' | '+') {
            at = at.checked_sub(1)?;
        }
        (self.chars[at] == '^').then(|| at.checked_sub(1)).flatten()
    }

    fn attached(&self, start: usize) -> bool {
        let Some(before) = start.checked_sub(1).map(|at| self.chars[at]) else { return false };
        let index = before == '_' || (before == '{' && start > 1 && self.chars[start - 2] == '_');
        let letter = before.is_alphabetic() && !unspaced(before);
        index || letter || self.is_raised(start).is_some_and(|base| !self.digit(base))
    }

    /// The exponent of `^8`, `^{-8}`.
    fn exponent(&self, at: usize) -> Option<(i32, usize)> {
        (self.char(at)? == '^').then_some(())?;
        let brace = self.char(at + 1) == Some('{');
        let (power, end) = self.signed(at + 1 + usize::from(brace))?;
        Some((power, end + usize::from(brace)))
    }

    fn signed(&self, at: usize) -> Option<(i32, usize)> {
        let start = at + usize::from(matches!(self.char(at), Some('-' | '+')));
        let mut end = start;
        while self.digit(end) {
            end += 1;
        }
        let power = self.chars.get(start..end)?.iter().collect::<String>().parse::<i32>().ok()?;
        (power < 1_000).then_some((if self.char(at) == Some('-') { -power } else { power }, end))
    }

    /// `× 10^8`, `e8`.
    fn power_of_ten(&self, at: usize) -> Option<(i32, usize)> {
        if matches!(self.char(at), Some('e' | 'E')) {
            let (power, end) = self.signed(at + 1)?;
            return (!self.char(end).is_some_and(char::is_alphanumeric)).then_some((power, end));
        }
        let at = self.after_spaces(at);
        matches!(self.char(at)?, '×' | '·' | '⋅' | '*' | 'x').then_some(())?;
        let at = self.after_spaces(at + 1);
        (self.char(at) == Some('1') && self.char(at + 1) == Some('0')).then_some(())?;
        self.exponent(at + 2)
    }

    fn after_spaces(&self, at: usize) -> usize {
        at + self.chars[at.min(self.chars.len())..].iter().take(3).take_while(|c| **c == ' ').count()
    }

    /// The powers of ten of the words that follow: "million", "mil millones", "%".
    fn scale(&self, at: usize) -> Option<Vec<i32>> {
        let close: String = self.chars[at..].iter().take(3).take_while(|c| c.is_alphanumeric()).collect();
        match close.as_str() {
            "k" | "K" => return Some(vec![3]),
            "M" => return Some(vec![0, 6]),
            "bn" => return Some(vec![9]),
            _ => {}
        }
        let start = self.after_spaces(at);
        match self.char(start)? {
            '%' => return Some(vec![0, -2]),
            '‰' => return Some(vec![0, -3]),
            '割' | '成' => return Some(vec![0, -1]),
            _ => {}
        }
        let (word, end) = self.word(start);
        let first = scale_word(&word)?;
        let (next, _) = self.word(self.after_spaces(end));
        let second = scale_word(&next).unwrap_or(&[0]);
        Some(first.iter().flat_map(|first| second.iter().map(move |second| first + second)).collect())
    }

    fn word(&self, at: usize) -> (String, usize) {
        let letters = self.chars[at.min(self.chars.len())..].iter().take(16).take_while(|c| c.is_alphabetic());
        let word: String = letters.collect();
        let end = at + word.chars().count();
        (word.to_lowercase(), end)
    }
}

/// The powers of ten that a word stands for. A billion is not the same everywhere, nor is what is compared with a percent.
pub(super) fn scale_word(word: &str) -> Option<&'static [i32]> {
    Some(match word {
        "hundred" | "hundreds" | "hundert" | "honderd" => &[2],
        "thousand" | "thousands" | "tausend" | "mille" | "duizend" | "mil" | "mila" => &[3],
        "million" | "millions" | "millionen" | "miljoen" | "millón" | "millones" | "milione" | "milioni" | "milhão"
        | "milhões" | "mio" | "mln" => &[6],
        "milliard" | "milliards" | "milliarde" | "milliarden" | "miljard" | "miliardo" | "miliardi" | "bilhão"
        | "bilhões" | "mrd" | "bn" => &[9],
        "billion" | "billions" | "billionen" | "biljoen" | "billón" | "billones" => &[9, 12],
        "trillion" | "trillions" | "trillionen" => &[12, 18],
        "percent" | "prozent" | "procent" => &[0, -2],
        _ => return None,
    })
}
