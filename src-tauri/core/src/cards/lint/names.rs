//! Names in an answer, compared with the words of a passage so that cases and derived words (Spain, Spanish) are one.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

use super::{
    Asked,
    side::{unspaced, words},
};

/// Two words that begin alike for so long are derived of one another.
const BEGINNING: usize = 5;
/// Of the common nouns that titles write with a capital (Cell Division, "cells divide"), less is left in what they are
/// derived from.
const BEGINNING_OF_NOUN: usize = 3;
const SHORTEST_STEM: usize = 3;

/// The words of a passage, function words apart: every passage holds those, and many a name begins with one.
pub(super) struct Words {
    beginnings: HashSet<String>,
    beginnings_of_nouns: HashSet<String>,
    stems: HashSet<String>,
    peoples: HashSet<usize>,
    latin: bool,
}

impl Words {
    pub(super) fn of(text: &str, function: &[&str]) -> Self {
        let mut all = Self {
            beginnings: HashSet::new(),
            beginnings_of_nouns: HashSet::new(),
            stems: HashSet::new(),
            peoples: HashSet::new(),
            latin: text.chars().filter(char::is_ascii_alphabetic).count() * 2
                > text.chars().filter(|c| c.is_alphabetic()).count(),
        };
        for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            let lower = word.to_lowercase();
            if function.contains(&lower.as_str()) {
                continue;
            }
            let word = fold(&lower);
            all.beginnings.extend(beginning(&word, BEGINNING));
            all.beginnings_of_nouns.extend(beginning(&word, BEGINNING_OF_NOUN));
            all.stems.insert(stem(&word).to_owned());
            all.peoples.extend(people(&word));
        }
        all
    }

    fn holds(&self, name: &str) -> bool {
        let begins = |held: &HashSet<String>, length| beginning(name, length).is_some_and(|name| held.contains(&name));
        begins(&self.beginnings, BEGINNING)
            || self.stems.contains(stem(name))
            || (is_abstract(name) && begins(&self.beginnings_of_nouns, BEGINNING_OF_NOUN))
            || people(name).any(|people| self.peoples.contains(&people))
    }

    /// A name in the answer that is not among them, as far as a capital tells.
    pub(super) fn missing(&self, answer: &str, asked: &Asked) -> Option<String> {
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
            let lower = bare.to_lowercase();
            if (!first || who)
                && named(bare)
                && !language.function.contains(&lower.as_str())
                && !self.holds(&fold(&lower))
            {
                return Some(bare.to_owned());
            }
        }
        None
    }
}

/// The first letters; none of a word that has fewer.
fn beginning(word: &str, length: usize) -> Option<String> {
    let beginning: String = word.chars().take(length).collect();
    (beginning.chars().count() == length).then_some(beginning)
}

/// Endings of peoples, followers and plurals, and of the names that they are made of.
const ENDINGS: [&str; 40] = [
    "ienne", "aines", "ains", "aine", "aise", "oise", "iens", "ien", "ians", "ian", "eans", "ean", "ain", "ais", "ois",
    "anos", "ano", "ana", "ani", "ans", "an", "ese", "esi", "ish", "ists", "ist", "ism", "ic", "ers", "er", "en", "ey",
    "ia", "ie", "es", "e", "a", "o", "y", "s",
];

/// Without such an ending, where enough is left.
fn stem(word: &str) -> &str {
    let stems = ENDINGS.iter().filter_map(|ending| word.strip_suffix(ending));
    stems
        .min_by_key(|stem| (stem.len() < SHORTEST_STEM, stem.len()))
        .filter(|stem| stem.len() >= SHORTEST_STEM)
        .unwrap_or(word)
}

fn is_abstract(word: &str) -> bool {
    ["tion", "sion", "ment", "ness", "ity", "ance", "ence", "ology", "ysis", "ism"]
        .iter()
        .any(|end| word.ends_with(end))
}

/// Beginnings under which one people and its country go.
const PEOPLES: [&[&str]; 25] = [
    &["french", "franc"],
    &["spain", "spani", "espan", "spagn"],
    &["dutch", "netherl", "holland"],
    &["welsh", "wales"],
    &["brit", "united"],
    &["americ", "united"],
    &["greek", "greec", "greci", "grieg", "grec", "hellen"],
    &["persi", "iran"],
    &["poland", "polish", "poles", "polon", "polac"],
    &["denmark", "danish", "dane"],
    &["ireland", "irish"],
    &["finland", "finn"],
    &["norway", "norweg"],
    &["peru"],
    &["troy", "trojan"],
    &["venice", "venet", "venez"],
    &["turk", "turq", "turc"],
    &["german", "allem", "aleman", "tedesc"],
    &["swiss", "switz", "suiss", "suiz", "helvet"],
    &["naples", "neapol"],
    &["swed", "sued", "suec"],
    &["engl", "angl"],
    &["jew", "juda", "judai"],
    &["thai"],
    &["philipp", "filip"],
];

fn people(word: &str) -> impl Iterator<Item = usize> {
    let word = word.to_owned();
    PEOPLES
        .iter()
        .enumerate()
        .filter(move |(_, names)| names.iter().any(|name| word.starts_with(name)))
        .map(|(at, _)| at)
}

/// A capital and at least two small letters: acronyms and symbols may be the short form of what the passage spells out.
fn named(word: &str) -> bool {
    let mut chars = word.chars();
    let capital = chars.next().is_some_and(char::is_uppercase);
    capital && word.chars().count() > 2 && chars.all(char::is_lowercase)
}

fn asks_for_name(prompt: &str) -> bool {
    let names = ["who", "whom", "where", "qui", "où", "quién", "quiénes", "dónde", "chi", "dove", "quem", "onde"];
    words(prompt).next().is_some_and(|word| names.contains(&word))
}

/// Without accents.
fn fold(lower: &str) -> String {
    lower.nfkd().filter(|c| !unicode_normalization::char::is_combining_mark(*c)).collect()
}
