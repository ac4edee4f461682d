//! What two sides of cards are compared by.

use std::{borrow::Cow, collections::HashSet, sync::LazyLock};

use super::{
    formula, normalised,
    thesaurus::{self, Sense},
    unspaced,
};
use crate::cards::script;

pub(super) type Words = HashSet<String>;

/// How the words of a side are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Words that ask or say the same are one.
    Question,
    /// Each word stands for itself; those that join say nothing.
    Answer,
    /// Each word stands for itself, but for articles: in a vocabulary two words of one meaning are two cards.
    Vocabulary,
}

/// One side of a card.
pub(super) struct Side {
    /// Without remarks in brackets, normalised.
    pub text: String,
    pub words: Words,
    /// Of those, names: what stands in code, quotes or a formula, or begins with a capital.
    pub names: Words,
    /// Of those, what only says of which kind the answer is: the "organ" of "which organ".
    pub kinds: Words,
    /// Of the remarks in brackets.
    pub remarks: Words,
}

impl Side {
    pub fn of(raw: &str, reading: Reading) -> Self {
        let (main, remarks) = remarks(raw);
        let main = formula::plain(&main);
        let text = normalised(&main);
        let mut words = some_words(&text, reading);
        let names = if reading == Reading::Question { names(&main, &mut words) } else { Words::new() };
        let kinds = if reading == Reading::Question { kinds(&text) } else { Words::new() };
        let remarks = some_words(&normalised(&remarks), Reading::Answer);
        Self { text, words, names, kinds, remarks }
    }

    /// Without the spaces and hyphens that a word or a formula may be written with; a minus sign stays.
    pub fn squeezed(&self) -> String {
        let mut out = String::with_capacity(self.text.len());
        let mut chars = self.text.chars().peekable();
        let (mut before, mut last) = (' ', ' ');
        while let Some(c) = chars.next() {
            let next = chars.peek().copied().unwrap_or(' ');
            let kept = match c {
                ' ' => last.is_numeric() && next.is_numeric(),
                '-' => !(before.is_alphabetic() && last.is_alphabetic() && next.is_alphabetic()),
                _ => true,
            };
            if kept {
                out.push(c);
            }
            (before, last) = (last, c);
        }
        out
    }
}

/// A card as it is compared.
pub(super) struct Card {
    pub question: Side,
    pub answer: Side,
}

/// How the sides of two cards are read, given their questions.
pub(super) fn readings(a: &str, b: &str) -> (Reading, Reading) {
    if is_vocabulary(a) && is_vocabulary(b) {
        (Reading::Vocabulary, Reading::Vocabulary)
    } else {
        (Reading::Question, Reading::Answer)
    }
}

/// Two cards, question and answer each.
pub(super) fn both(a: (&str, &str), b: (&str, &str)) -> (Card, Card) {
    let (asked, said) = readings(a.0, b.0);
    let card = |(question, answer)| Card { question: Side::of(question, asked), answer: Side::of(answer, said) };
    (card(a), card(b))
}

/// Whether a side names a thing and asks nothing, as the cards of a vocabulary do.
fn is_vocabulary(raw: &str) -> bool {
    let named = raw.split(['(', '（']).next().unwrap_or(raw);
    let few = named.split_whitespace().take(7).count() < 7 && named.chars().take(41).count() < 41;
    few && !raw.trim_end().ends_with(['?', '？', '.', '。', '…', ':'])
}

/// `raw` without its remarks in brackets, and those. A bracket in a formula or after the name of a function is none.
fn remarks(raw: &str) -> (String, String) {
    let (mut main, mut remarks) = (String::with_capacity(raw.len()), String::new());
    let mut rest = raw;
    while let Some(at) = rest.find(['(', '（']) {
        let (before, from) = rest.split_at(at);
        main.push_str(before);
        let (open, inside) = from.split_at(from.chars().next().map_or(0, char::len_utf8));
        let apart = open == "（" || main.is_empty() || main.ends_with(char::is_whitespace);
        let end = inside.find([')', '）', '(', '（', '$', '`', '\\', '=', '^', '+', '*', '<', '>']);
        rest = match end.filter(|&end| apart && closes(&inside[end..])) {
            Some(end) => {
                remarks.push_str(&inside[..end]);
                remarks.push(' ');
                let after = &inside[end..];
                &after[after.chars().next().map_or(0, char::len_utf8)..]
            }
            None => {
                main.push_str(open);
                inside
            }
        };
    }
    main.push_str(rest);
    // What is all in brackets is no remark.
    if main.chars().any(char::is_alphanumeric) { (main, remarks) } else { (raw.to_owned(), String::new()) }
}

/// Whether a bracket closes that nothing is attached to.
fn closes(rest: &str) -> bool {
    let mut chars = rest.chars();
    match chars.next() {
        Some(')') => {
            chars.next().is_none_or(|next| next.is_whitespace() || matches!(next, '.' | ',' | ';' | '?' | '!'))
        }
        Some('）') => true,
        _ => false,
    }
}

/// The words of a normalised text; one that says nothing is a word itself.
fn some_words(text: &str, reading: Reading) -> Words {
    let mut words = words(text, reading);
    if words.is_empty() && !text.trim().is_empty() {
        words.insert(text.to_owned());
    }
    words
}

/// The words of a normalised text.
fn words(text: &str, reading: Reading) -> Words {
    let mut all = Words::new();
    let question = reading == Reading::Question;
    let long = question && text.starts_with("how long ");
    let phrased = if question { thesaurus::phrased(text) } else { text.to_owned() };
    let mut joined = joined(&phrased);
    if question && joined.len() > 2 && thesaurus::bids(&joined[0]) {
        joined.remove(0);
    }
    // "Metres per second" are no second metres.
    let seconds: Vec<usize> =
        (1..joined.len()).filter(|&at| joined[at - 1] == "per" && joined[at] == "second").collect();
    seconds.iter().for_each(|&at| joined[at].push('s'));
    for word in joined {
        if word.chars().any(script::unspaced) {
            let mut spaced = Vec::new();
            unspaced::words(&word, question, |run| spaced.push(run.to_owned()), |one| _ = all.insert(one));
            spaced.iter().for_each(|run| add(&mut all, run, reading));
        } else if !(long && word == "last") {
            add(&mut all, &word, reading);
        }
    }
    all
}

/// The words of a text, numbers with their groups of three digits as one.
fn joined(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut open = false;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let word = &grouped(word);
        let digits = is_digits(word);
        match all.last_mut() {
            Some(last) if open && digits && word.len() == 3 => last.push_str(word),
            _ => {
                open = digits && word.len() <= 3;
                all.push(word.clone().into_owned());
            }
        }
    }
    all
}

/// A number without the dots between its groups, where they cannot be a decimal point.
fn grouped(word: &str) -> Cow<'_, str> {
    let mut groups = word.split('.');
    let begins = groups.next().is_some_and(|first| (1..=3).contains(&first.len()) && is_digits(first));
    let dots = begins && groups.clone().all(|group| group.len() == 3 && is_digits(group));
    let sure = word.ends_with(".000") || groups.count() > 1;
    if dots && sure { Cow::Owned(word.replace('.', "")) } else { Cow::Borrowed(word) }
}

fn is_digits(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Adds a word, or what hyphens, apostrophes and slashes join in it.
fn add(all: &mut Words, word: &str, reading: Reading) {
    if word.ends_with("n't") {
        all.insert("not".to_owned());
        return;
    }
    let letters = |part: &str| part.chars().all(char::is_alphabetic);
    let mut parts = word.split(['-', '\'', '/', '\u{2019}']);
    let splits = parts.clone().count() > 1
        && parts.all(|part| !part.is_empty() && (letters(part) || is_digits(part)))
        && !word.contains(|c: char| c.is_ascii_digit() && word.contains('/'))
        && (word.contains('\'') || word.split('-').next().is_some_and(|first| first.len() > 1));
    if splits {
        word.split(['-', '\'', '/', '\u{2019}']).for_each(|part| insert(all, part, reading));
    } else {
        insert(all, word, reading);
    }
}

fn insert(all: &mut Words, word: &str, reading: Reading) {
    if let Some(word) = canonical(word, reading) {
        all.insert(word);
    }
}

/// What a word counts as; none when it says nothing.
fn canonical(word: &str, reading: Reading) -> Option<String> {
    let word = &word.replace('ß', "ss");
    if let Some(number) = ordinal(word) {
        return Some(number);
    }
    let word = word.strip_suffix('%').filter(|number| !number.is_empty()).unwrap_or(word);
    let spelt = spelt(word);
    let stem = if reading == Reading::Question { stem(&spelt) } else { plural(&spelt) };
    let forms = [word, &spelt, plural(&spelt), spelt.strip_suffix('s').unwrap_or(&spelt)];
    match forms.into_iter().find_map(thesaurus::sense) {
        Some(Sense::Empty) => (reading == Reading::Vocabulary && !thesaurus::is_article(word)).then(|| word.to_owned()),
        Some(Sense::Amount(name)) if reading != Reading::Vocabulary => Some(name.to_owned()),
        Some(Sense::Same(name)) if reading == Reading::Question => Some(name.to_owned()),
        _ => Some(stem.to_owned()),
    }
}

static GENERAL: LazyLock<Words> =
    LazyLock::new(|| thesaurus::general().filter_map(|word| canonical(word, Reading::Question)).collect());

/// Whether a word of a question is of no field, or the name of a variable.
pub(super) fn is_general(word: &str) -> bool {
    GENERAL.contains(word) || (word.is_ascii() && word.len() == 1)
}

/// One of the spellings that a longer word has (polarise, polarize; haemoglobin, hemoglobin; behaviour, behavior).
fn spelt(word: &str) -> Cow<'_, str> {
    if word.len() < 6 || !["iz", "yz", "ae", "oe", "our"].iter().any(|part| word.contains(part)) {
        return Cow::Borrowed(word);
    }
    let word = word.replace("iz", "is").replace("yz", "ys").replace("ae", "e").replace("oe", "e");
    Cow::Owned(word.replace("our", "or"))
}

/// "13th", as the thesaurus has "thirteenth".
fn ordinal(word: &str) -> Option<String> {
    let end = word.find(|c: char| !c.is_ascii_digit()).filter(|&end| end > 0)?;
    let (number, ending) = word.split_at(end);
    matches!(ending, "st" | "nd" | "rd" | "th" | "er" | "e" | "eme").then(|| format!("{number}°"))
}

/// Without the ending of a plural or of a person.
fn plural(word: &str) -> &str {
    if word.is_ascii() && word.len() > 4 {
        word.strip_suffix("es").or_else(|| word.strip_suffix('s')).or_else(|| word.strip_suffix("ed")).unwrap_or(word)
    } else {
        word
    }
}

/// Endings of verbs, of what is made of them, and of cases, in languages of Latin script; a longer one stands first.
const ENDINGS: &[&str] = &[
    "ements", "ement", "ments", "ungen", "innen", "euses", "ences", "ances", "ciones", "ions", "ment", "euse", "ence",
    "ance", "ates", "ated", "ung", "ing", "ers", "ors", "eur", "ion", "ies", "ees", "ent", "ten", "tet", "end", "est",
    "ado", "ada", "ido", "ida", "dor", "er", "or", "es", "ed", "en", "em", "et", "te", "ly", "ee", "us", "um", "on",
    "ar", "ir", "ia", "as", "os", "s", "e", "n", "t", "a", "o", "i", "y",
];
/// Shorter stems belong to too many words.
const SHORTEST_STEM: usize = 5;

fn stem(word: &str) -> &str {
    if !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return plural(word);
    }
    if let Some(verb) = word.strip_suffix("ing").filter(|verb| verb.len() == SHORTEST_STEM - 1) {
        return verb;
    }
    let cut = ENDINGS.iter().find_map(|end| word.strip_suffix(end).filter(|stem| stem.len() >= SHORTEST_STEM));
    let cut = cut.unwrap_or_else(|| plural(word));
    let cut = cut.strip_suffix("at").filter(|stem| stem.len() > SHORTEST_STEM).unwrap_or(cut);
    cut.strip_suffix(['t', 'e', 'i']).filter(|stem| stem.len() >= SHORTEST_STEM).unwrap_or(cut)
}

/// The names among `words`. A quoted word is one of them, with its ending, even if it says
/// nothing elsewhere.
fn names(raw: &str, words: &mut Words) -> Words {
    let mut names = Words::new();
    let mut quoted = false;
    for piece in raw.split_inclusive(['`', '"', '«', '»', '“', '”', '„', '『', '』', '「', '」', '《', '》', '$'])
    {
        let named = quoted;
        let plain = if named { normalised(piece) } else { String::new() };
        let short = plain.chars().all(script::unspaced) && plain.chars().take(7).count() < 7;
        if !plain.is_empty() && (short || self::words(&plain, Reading::Question).is_empty()) {
            words.insert(plain.clone());
            names.insert(plain);
        }
        for word in piece.split(|c: char| !(c.is_alphanumeric() || "-'^_/+=<>|{}\\.".contains(c))) {
            let capital = word.chars().any(char::is_uppercase) || word.contains(['^', '_', '=', '<', '>', '+']);
            if !word.is_empty() && (named || capital) {
                names.extend(self::words(&normalised(word), Reading::Question));
            }
        }
        quoted = match piece.chars().next_back() {
            Some('«' | '„' | '“' | '『' | '「' | '《') if !(quoted && piece.ends_with('“')) => true,
            Some('`' | '"' | '$') => !quoted,
            Some('»' | '”' | '』' | '」' | '》' | '“') => false,
            _ => quoted,
        };
    }
    names.retain(|name| words.contains(name));
    names.extend(words.iter().filter(|word| word.chars().all(|c| matches!(c, '\u{30a0}'..='\u{30ff}'))).cloned());
    names
}

/// Words after which what is asked for is named.
const WHICH: &[&str] = &[
    "which", "what", "welche", "welcher", "welches", "welchem", "welchen", "quel", "quelle", "quels", "quelles",
    "cual", "que", "quale", "welk", "welke",
];

/// Whether a word asks for somebody or something.
pub(super) fn is_who(word: &str) -> bool {
    matches!(word, "who" | "what" | "wer" | "was" | "qui" | "quien" | "que" | "chi")
}

pub(super) fn is_which(word: &str) -> bool {
    WHICH.contains(&word)
}

/// The word after "which"; not that after a "what" that it is a verb of.
fn kinds(text: &str) -> Words {
    let mut kinds = Words::new();
    let mut words = text.split(' ');
    while let Some(word) = words.next() {
        let kind = words.clone().next().filter(|kind| is_which(word) && (word != "what" || !is_verb(kind)));
        if let Some(kind) = kind {
            kinds.extend(self::words(kind, Reading::Question));
        }
    }
    kinds
}

fn is_verb(word: &str) -> bool {
    (word.ends_with('s') && !word.ends_with("ss") && word.len() > 3 && word != "gas") || word.ends_with("ed")
}
