//! What two cards have in common, and whether what each has alone is anything that a fact hangs on.

use super::{
    thesaurus,
    words::{self, Card, Side, Words},
};
use crate::cards::script::unspaced;

/// From this share of words in common on, two questions and two answers are likely the same; this and those below were
/// chosen between hand-written pairs.
const SIMILAR: f32 = 0.6;
/// With the same answer, questions need so much less in common: a fact has few questions.
const SAME_ANSWER: f32 = 0.4;
/// Where only one of them has words of its own, it says no more than something in addition.
const IN_ADDITION: f32 = 0.3;
/// The same sentence hardly answers two questions.
const SAME_SENTENCE: f32 = 0.25;
/// So many words make a sentence.
const SENTENCE: usize = 4;
/// So much of the larger answer is the smaller one.
const WITHIN: f32 = 0.3;
/// Words of its own are compared one by one up to so many, or long texts would take for ever.
const MOST_COMPARED: usize = 12;

/// How two answers stand to one another.
pub(super) enum Answers {
    Unsaid,
    Same,
    /// One says what the other does, and more.
    Within(f32),
    Near(f32),
    Other,
}

impl Answers {
    pub fn of(a: &Card, b: &Card) -> Self {
        let (own_a, own_b) = (&a.answer.words, &b.answer.words);
        match (own_a.is_empty(), own_b.is_empty()) {
            (true, true) => return Self::Unsaid,
            (false, false) => {}
            _ => return Self::Other,
        }
        if other_remarks(&a.answer, &b.answer) {
            return Self::Other;
        }
        if own_a == own_b || a.answer.squeezed() == b.answer.squeezed() {
            return Self::Same;
        }
        let (only_a, only_b) = (only(own_a, own_b), only(own_b, own_a));
        let turns = |own: &[&str]| own.iter().any(|word| thesaurus::turns(word));
        let numbers = |own: &[&str]| own.iter().any(|word| is_number(word));
        if turns(&only_a) || turns(&only_b) || (numbers(&only_a) && numbers(&only_b)) {
            return Self::Other;
        }
        let share = share_with_forms(own_a, own_b);
        let asked = |word: &&str| a.question.words.contains(*word) || b.question.words.contains(*word);
        match (only_a.as_slice(), only_b.as_slice()) {
            // "687 Earth days" to "How many Earth days".
            ([], extra) | (extra, []) if extra.iter().all(asked) => Self::Same,
            ([], _) | (_, []) if is_surname(&a.answer.text, &b.answer.text) => Self::Same,
            ([], _) | (_, []) if share >= WITHIN => Self::Within(share),
            _ if share >= SIMILAR => Self::Near(share),
            _ => Self::Other,
        }
    }

    fn share(&self) -> f32 {
        match self {
            Self::Unsaid | Self::Same => 1.0,
            Self::Within(share) | Self::Near(share) => *share,
            Self::Other => 0.0,
        }
    }
}

/// Whether two answers have nothing in common.
pub(super) fn apart(a: &Side, b: &Side) -> bool {
    a.words.is_empty() != b.words.is_empty()
        || (!a.words.is_empty()
            && a.words.is_disjoint(&b.words)
            && a.squeezed() != b.squeezed()
            && share_with_forms(&a.words, &b.words) < SIMILAR)
}

/// The share of words that two cards have in common, when they are alike.
pub(super) fn alike(a: &Card, b: &Card) -> Option<f32> {
    let answers = Answers::of(a, b);
    let same = matches!(answers, Answers::Same | Answers::Within(_));
    let questions = Questions::of(&a.question, &b.question, same);
    if matches!(answers, Answers::Other) || other_remarks(&a.question, &b.question) || questions.turned(same) {
        return None;
    }
    let common = [a, b].iter().any(|card| card.answer.words.iter().all(|word| is_common(word)));
    let needed = match answers {
        Answers::Unsaid => 0.8,
        Answers::Same if common && !questions.one_sided() => return None,
        Answers::Same | Answers::Within(_) if common => 0.5,
        Answers::Same if questions.one_sided() => IN_ADDITION,
        Answers::Same if a.answer.words.len().min(b.answer.words.len()) >= SENTENCE => SAME_SENTENCE,
        Answers::Same => SAME_ANSWER,
        Answers::Within(_) if questions.one_sided() => 0.5,
        _ => SIMILAR,
    };
    let apart = if same { questions.asks_for_another() } else { questions.swapped() || questions.asks_for_another() };
    (!apart && questions.share >= needed).then_some((questions.share + answers.share()) / 2.0)
}

/// Whether each asks for what the other answers.
pub(super) fn turned_round(a: &Card, b: &Card) -> bool {
    let same = |a: &Side, b: &Side| !a.words.is_empty() && a.words == b.words && !other_remarks(a, b);
    // A word that is written alike in both languages says nothing of which is asked.
    a.question.words != a.answer.words && same(&a.question, &b.answer) && same(&a.answer, &b.question)
}

/// Two questions side by side.
pub(super) struct Questions<'a> {
    a: &'a Side,
    b: &'a Side,
    /// The words that only one of them has, without those that say nothing beside the answer.
    only_a: Vec<&'a str>,
    only_b: Vec<&'a str>,
    common: usize,
    pub share: f32,
}

impl<'a> Questions<'a> {
    /// With the same answer, the kind of thing that is asked for and an interrogative tell nothing ("When …", "In which
    /// century …").
    pub fn of(a: &'a Side, b: &'a Side, same_answer: bool) -> Self {
        let (mut only_a, mut only_b) = (only(&a.words, &b.words), only(&b.words, &a.words));
        let mut common = a.words.len() - only_a.len();
        if same_answer {
            only_a.retain(|word| !a.kinds.contains(*word) && !thesaurus::asks(word));
            only_b.retain(|word| !b.kinds.contains(*word) && !thesaurus::asks(word));
        }
        if only_a.len().max(only_b.len()) <= MOST_COMPARED {
            let form = |one: &str, other: &str, a: &Side, b: &Side| {
                if a.names.contains(one) && b.names.contains(other) { is_case(one, other) } else { is_form(one, other) }
            };
            let (before_a, before_b) = (only_a.clone(), only_b.clone());
            only_a.retain(|one| !before_b.iter().any(|other| form(one, other, a, b)));
            only_b.retain(|one| !before_a.iter().any(|other| form(one, other, b, a)));
            common += (before_a.len() - only_a.len()).max(before_b.len() - only_b.len());
        }
        let all = common + only_a.len() + only_b.len();
        let share = if all == 0 { 1.0 } else { common as f32 / all as f32 };
        Self { a, b, only_a, only_b, common, share }
    }

    fn one_sided(&self) -> bool {
        self.only_a.is_empty() || self.only_b.is_empty()
    }

    fn each(&self, is: impl Fn(&str) -> bool) -> (bool, bool) {
        (self.only_a.iter().any(|word| is(word)), self.only_b.iter().any(|word| is(word)))
    }

    /// Whether the two differ in a number, an interrogative or a word that turns a question into another. With the same
    /// answer, a year that only one of them has tells nothing apart.
    pub fn turned(&self, same_answer: bool) -> bool {
        let (numbers_a, numbers_b) = self.each(is_number);
        let turns = self.each(thesaurus::turns);
        let asks = self.each(thesaurus::asks);
        let polar = self.each(thesaurus::is_polar);
        (!same_answer && (numbers_a != numbers_b || asks.0 || asks.1))
            || (numbers_a && numbers_b)
            || turns.0
            || turns.1
            || (polar.0 && polar.1)
    }

    /// Whether one or two words stand in the place of as many others.
    pub fn swapped(&self) -> bool {
        self.only_a.len() == self.only_b.len()
            && (1..=2).contains(&self.only_a.len())
            && self.common <= 3 * self.only_a.len()
    }

    /// Whether, with the same answer, it is yet another thing that is asked about: one name or particular word in the place
    /// of another, or any word while all around it stays.
    fn asks_for_another(&self) -> bool {
        if self.one_sided() {
            return false;
        }
        let characters = self.each(|word| word.chars().any(unspaced));
        let particular = self.each(|word| !words::is_general(word) && !is_number(word));
        (characters.0 && characters.1)
            || (particular.0 && particular.1)
            || self.names()
            || self.one_place().is_some_and(|verbs| !verbs)
    }

    fn names(&self) -> bool {
        self.only_a.iter().any(|word| self.a.names.contains(*word))
            && self.only_b.iter().any(|word| self.b.names.contains(*word))
    }

    /// Whether one name stands in the place of another while all around them stays.
    pub fn name_for_name(&self) -> bool {
        self.names() && self.one_place().is_some()
    }

    /// When the texts differ in one place by few words: whether those are what somebody or something does, of which the
    /// rest is said ("Who devised …", "Who came up with …").
    fn one_place(&self) -> Option<bool> {
        let words = |side: &'a Side| side.text.split(' ').collect::<Vec<&str>>();
        let (a, b) = (words(self.a), words(self.b));
        let begin = a.iter().zip(&b).take_while(|(one, other)| one == other).count();
        let (rest_a, rest_b) = (&a[begin..], &b[begin..]);
        let end = rest_a.iter().rev().zip(rest_b.iter().rev()).take_while(|(one, other)| one == other).count();
        let does = match a[..begin] {
            [.., before] if words::is_who(before) => true,
            [.., which, _] => words::is_which(which),
            _ => false,
        };
        let of_much = rest_a[rest_a.len() - end..]
            .iter()
            .filter(|word| self.a.words.contains(**word) && self.b.words.contains(**word))
            .count()
            > 1;
        (rest_a.len().max(rest_b.len()) - end <= 3).then_some(does && of_much)
    }
}

fn only<'a>(own: &'a Words, other: &Words) -> Vec<&'a str> {
    own.iter().filter(|word| !other.contains(*word)).map(String::as_str).collect()
}

/// The share of words in common, where a word and a form of it are one.
fn share_with_forms(a: &Words, b: &Words) -> f32 {
    let (only_a, only_b) = (only(a, b), only(b, a));
    let common = a.len() - only_a.len();
    let forms = forms(&only_a, &only_b);
    (common + forms) as f32 / (common + only_a.len() + only_b.len() - forms) as f32
}

/// How many words of one are forms of words of the other.
fn forms(a: &[&str], b: &[&str]) -> usize {
    if a.len().max(b.len()) > MOST_COMPARED {
        return 0;
    }
    let of = |own: &[&str], other: &[&str]| own.iter().filter(|a| other.iter().any(|b| is_form(a, b))).count();
    of(a, b).min(of(b, a))
}

fn is_number(word: &str) -> bool {
    word.chars().any(char::is_numeric)
}

/// Whether one word is a form of the other (mitochondrion, mitochondria).
fn is_form(a: &str, b: &str) -> bool {
    let same = a.chars().zip(b.chars()).take_while(|(one, other)| one == other).count();
    same >= 5 && !is_number(a) && !is_number(b) && a.chars().count().max(b.chars().count()) <= same + 2
}

/// Whether one name is the other with the ending of a case or of who belongs there (Berlin, Berliner).
fn is_case(a: &str, b: &str) -> bool {
    let ending = a.strip_prefix(b).or_else(|| b.strip_prefix(a));
    a.len().min(b.len()) >= 5 && ending.is_some_and(|end| ["s", "es", "n", "en", "er", "an", "ian"].contains(&end))
}

/// An answer that many questions have: a small number, a letter, yes or no.
fn is_common(word: &str) -> bool {
    thesaurus::is_common(word)
        || (word.is_ascii() && word.len() == 1)
        || word.parse::<u32>().is_ok_and(|number| number < 20)
}

/// Whether one answer is the last words of the other, as a name is without the first names.
fn is_surname(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let first = long.strip_suffix(short).and_then(|first| first.strip_suffix(' '));
    short.split(' ').count() <= 2 && first.is_some_and(|first| first.split(' ').count() <= 2)
}

/// Whether both have a remark in brackets, and these nothing in common.
fn other_remarks(a: &Side, b: &Side) -> bool {
    !a.remarks.is_empty() && !b.remarks.is_empty() && a.remarks.is_disjoint(&b.remarks)
}

/// Whether both have numbers, and none in common.
pub(super) fn other_numbers(a: &Words, b: &Words) -> bool {
    let numbers = |all: &Words| -> Words { all.iter().filter(|word| is_number(word)).cloned().collect() };
    let (numbers_a, numbers_b) = (numbers(a), numbers(b));
    !numbers_a.is_empty() && !numbers_b.is_empty() && numbers_a.is_disjoint(&numbers_b)
}
