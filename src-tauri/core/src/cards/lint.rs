//! What an expert would object to in a card, found without a model: the same card always gives the same findings.
//!
//! The rules are those on which the literature agrees (Wozniak, "Twenty rules of formulating knowledge"; Matuschak, "How
//! to write good prompts"). A rule speaks only where it is sure: who is warned for nothing stops reading warnings. Those
//! that need words of a language know English, German, French, Dutch, Spanish, Italian, Portuguese, and some of Japanese
//! and Chinese; in any other language only the rules that need none speak.

mod asking;
mod form;
mod grounded;
mod guessing;
mod languages;
mod names;
mod numbers;
mod numerals;
mod pronouns;
mod side;
mod size;
mod text;
mod words_a;
mod words_b;
mod words_c;

#[cfg(test)]
mod table;
#[cfg(test)]
mod table_grounded;
#[cfg(test)]
mod tests;

use self::{languages::Language, side::Side};
use super::{
    Finding, NewCard, NoteKind, Rule,
    cloze::{self, Piece},
};

/// More deletions than this are judged by the first of them.
const MOST_CLOZES: usize = 20;

/// One way in which a card asks.
struct Asked {
    prompt: Side,
    answer: Side,
    /// Each deletion that is asked for at once; empty for what is no cloze.
    hidden: Vec<String>,
    /// Whether a gap leaves nothing beside it.
    bare: bool,
    /// None when it is not one of those that the rules know.
    language: Option<&'static Language>,
}

impl Asked {
    fn is_cloze(&self) -> bool {
        !self.hidden.is_empty()
    }
}

/// The findings in a card, worst first, at most one of each rule. `passage` is what the card rests on; without one,
/// nothing is said about whether the answer is in it.
#[must_use]
pub fn lint(card: &NewCard, passage: Option<&str>) -> Vec<Finding> {
    let mut found: Vec<(Rule, String)> = Vec::new();
    let mut say = |rule: Rule, message: Option<String>| found.extend(message.map(|message| (rule, message)));
    let ways = ways(card);
    say(Rule::BrokenCloze, form::broken_cloze(card, &ways));
    say(Rule::BrokenCode, form::broken_code(card));
    say(Rule::BrokenLatex, form::broken_latex(card));
    for asked in &ways {
        say(Rule::Ungrounded, passage.and_then(|passage| grounded::ungrounded(asked, card, passage)));
        say(Rule::TwoQuestions, asking::two_questions(asked));
        say(Rule::LongList, size::long_list(asked));
        say(Rule::OpenPrompt, asking::open_prompt(asked));
        say(Rule::DanglingPronoun, pronouns::dangling_pronoun(asked));
        say(Rule::YesNo, guessing::yes_no(asked));
        say(Rule::GivesAwayAnswer, guessing::gives_away(asked));
        say(Rule::LongAnswer, size::long_answer(asked));
        say(Rule::LongPrompt, size::long_prompt(asked));
    }
    say(Rule::LongAnswer, size::long_extra(card));
    found.sort_by_key(|(rule, _)| *rule);
    found.dedup_by_key(|(rule, _)| *rule);
    found.into_iter().map(|(rule, message)| Finding { rule, message }).collect()
}

fn ways(card: &NewCard) -> Vec<Asked> {
    match card.kind {
        NoteKind::Basic => vec![way(&card.question, &card.answer)],
        NoteKind::Reversed => vec![way(&card.question, &card.answer), way(&card.answer, &card.question)],
        // One that cannot be read asks for nothing, which is a finding of its own.
        NoteKind::Cloze => cloze::pieces(&card.question).map_or_else(|_| Vec::new(), |pieces| gaps(&pieces)),
    }
}

/// The ways in which a cloze asks, one for each number.
fn gaps(pieces: &[Piece<'_>]) -> Vec<Asked> {
    let mut numbers: Vec<u32> = pieces.iter().filter_map(|piece| number(*piece)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.truncate(MOST_CLOZES);
    numbers
        .into_iter()
        .map(|asked_for| {
            let (mut shown, mut hidden) = (String::new(), Vec::new());
            for piece in pieces {
                match *piece {
                    Piece::Deletion { number, hidden: gap, .. } if number == asked_for => {
                        shown.push(text::OBJECT);
                        hidden.push(gap.to_owned());
                    }
                    Piece::Text(text) | Piece::Deletion { hidden: text, .. } => shown.push_str(text),
                }
            }
            let answer = hidden.join(" ");
            let bare = !shown.chars().any(char::is_alphanumeric);
            Asked { hidden, bare, ..way(&shown, &answer) }
        })
        .collect()
}

fn number(piece: Piece<'_>) -> Option<u32> {
    match piece {
        Piece::Text(_) => None,
        Piece::Deletion { number, .. } => Some(number),
    }
}

fn way(prompt: &str, answer: &str) -> Asked {
    let (prompt, answer) = (Side::read(prompt), Side::read(answer));
    let language = languages::guess(&prompt.prose).or_else(|| languages::guess(&answer.prose));
    Asked { prompt, answer, hidden: Vec::new(), bare: false, language }
}
