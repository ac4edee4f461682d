//! The words that the rules know, language by language, and how a text's language is guessed from them.
//!
//! Only what is common and unmistakable stands here: a word missed costs a finding, a wrong one a person's trust.

/// What is known of a language. All in lower case.
pub(super) struct Language {
    /// Words that carry no fact: they are what the language is known by, and do not count as given away.
    pub(super) function: &'static [&'static str],
    pub(super) interrogatives: &'static [&'static str],
    /// Interrogatives that take a noun, or a word of degree and a noun (`which planet`, `how many planets`).
    pub(super) determining: &'static [&'static str],
    pub(super) degrees: &'static [&'static str],
    pub(super) auxiliaries: &'static [&'static str],
    /// Pronouns that need somebody or something named before.
    pub(super) pronouns: &'static [&'static str],
    /// Words that say whose something is, in the place of a name.
    pub(super) possessives: &'static [&'static str],
    /// Of the pronouns, the ones that also stand for nothing, and what shows that they do when it comes later.
    pub(super) expletives: &'static [&'static str],
    pub(super) expletive_signs: &'static [&'static str],
    /// Pronouns with which a statement cannot begin on its own.
    pub(super) first_pronouns: &'static [&'static str],
    pub(super) and: &'static [&'static str],
    pub(super) or: &'static [&'static str],
    /// Verbs that ask for an essay, as the first word of a request; two words where one alone says something else.
    pub(super) open: &'static [&'static str],
    /// Ends of requests that do, for languages that put the verb last.
    pub(super) open_ends: &'static [&'static str],
    /// Numbers from one to ten that are no article: before a noun they say how much is wanted.
    pub(super) counts: &'static [&'static str],
    /// Words that say so by themselves.
    pub(super) limits: &'static [&'static str],
    /// Words for what a comparison is about: both sides stand in the question by its nature.
    pub(super) comparing: &'static [&'static str],
    pub(super) yes_no: &'static [&'static str],
    /// Phrases that point at a text that the card does not hold.
    pub(super) outside: &'static [&'static str],
    /// Words for numbers.
    pub(super) numbers: &'static [(&'static str, &'static str)],
    /// Whether a capital inside a sentence marks a name, and not every noun.
    pub(super) capitals_name: bool,
}

pub(super) static ALL: [&Language; 9] = [
    &super::words_a::ENGLISH,
    &super::words_a::GERMAN,
    &super::words_b::FRENCH,
    &super::words_b::DUTCH,
    &super::words_b::SPANISH,
    &super::words_c::ITALIAN,
    &super::words_c::PORTUGUESE,
    &super::words_c::JAPANESE,
    &super::words_c::CHINESE,
];

/// The language whose function words are most among the first of `prose`; none when none or two are.
pub(super) fn guess(prose: &str) -> Option<&'static Language> {
    let start: Vec<char> = prose.chars().filter(|c| c.is_alphabetic()).take(200).collect();
    if start.iter().any(|c| matches!(c, '\u{3040}'..='\u{30ff}')) {
        return Some(&super::words_c::JAPANESE);
    }
    if start.iter().filter(|c| super::side::unspaced(**c)).count() * 2 > start.len() {
        let han = start.iter().all(|c| !matches!(c, '\u{0e00}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'));
        return han.then_some(&super::words_c::CHINESE);
    }
    let mut hits = [0_u32; ALL.len()];
    for word in super::side::words(prose).take(60) {
        let word = word.to_lowercase();
        for (hits, language) in hits.iter_mut().zip(ALL) {
            let known = |list: &[&str]| u32::from(list.contains(&word.as_str()));
            *hits += known(language.function)
                + 2 * known(language.interrogatives)
                + known(language.auxiliaries)
                + 2 * u32::from(language.open.iter().any(|open| *open == word));
        }
    }
    let most = *hits.iter().max()?;
    let mut best = hits.iter().zip(ALL).filter(|(hits, _)| **hits == most);
    let first = best.next()?.1;
    (most > 0 && best.next().is_none()).then_some(first)
}
