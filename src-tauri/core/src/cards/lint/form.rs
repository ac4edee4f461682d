//! Rules about markup that does not close: such a card shows its marks instead of what they mean.

use super::{
    Asked,
    text::{Kind, Spans, formula_fault, spans},
};
use crate::cards::{NewCard, NoteKind, cloze};

/// A cloze without a gap, or one that is not closed, is empty or leaves nothing to go by, asks for nothing; marks of a
/// cloze in a card of another kind are shown as they stand.
pub(super) fn broken_cloze(card: &NewCard, ways: &[Asked]) -> Option<String> {
    let text = &card.question;
    if card.kind != NoteKind::Cloze {
        let mark = text.match_indices("{{c").find(|(at, _)| {
            let number = text[at + 3..].trim_start_matches(|c: char| c.is_ascii_digit());
            number.len() + at + 3 < text.len() && number.starts_with("::")
        });
        return mark.filter(|(at, _)| !in_code(text, *at)).map(|_| {
            "This card has marks of a cloze, {{c1::…}}, but is none, so they are shown as they stand. Make it a cloze, or take them away.".into()
        });
    }
    // A text with too many gaps can be read, but is no card.
    if let Err(broken) = cloze::numbers(text) {
        return Some(broken.sentence().into());
    }
    let bare = ways.iter().any(|way| way.bare);
    bare.then(|| "The gap hides the whole text, so nothing is left to recall it by. Leave some words around it.".into())
}

fn in_code(text: &str, at: usize) -> bool {
    spans(text).all.iter().any(|(kind, range)| matches!(kind, Kind::Code | Kind::Fence) && range.contains(&at))
}

/// Code that is opened and not closed swallows the rest of the side.
pub(super) fn broken_code(card: &NewCard) -> Option<String> {
    sides(card).into_iter().find(|(_, side)| spans(side).marks.code_open).map(|(name, _)| {
        format!(
            "Code in the {name} is opened with ` or ``` and not closed, so what follows is shown wrongly. Close it."
        )
    })
}

/// LaTeX that is not closed, or that stands outside of dollars, is shown as it is typed.
pub(super) fn broken_latex(card: &NewCard) -> Option<String> {
    sides(card).into_iter().find_map(|(name, side)| {
        let fault = latex_fault(&side, &card.question)?;
        Some(format!("The LaTeX in the {name} has {fault}, so it is shown as it is typed. Mend it."))
    })
}

/// `question` tells whether the card is about TeX itself, whose commands it then may name.
fn latex_fault(text: &str, question: &str) -> Option<&'static str> {
    let Spans { all, marks } = spans(text);
    if marks.formula_open {
        return Some("a formula that is opened and not closed");
    }
    let about_tex = question.to_lowercase().contains("tex");
    for (kind, range) in all {
        match kind {
            Kind::Math => {
                let formula = text[range].trim_matches('$');
                let inner = formula.strip_prefix("\\(").or_else(|| formula.strip_prefix("\\[")).unwrap_or(formula);
                let inner = inner.strip_suffix("\\)").or_else(|| inner.strip_suffix("\\]")).unwrap_or(inner);
                if let Some(fault) = formula_fault(inner) {
                    return Some(fault);
                }
            }
            Kind::Prose if bare_command(&text[range.clone()]) && !about_tex => {
                return Some("a command outside of $…$");
            }
            _ => {}
        }
    }
    None
}

/// Commands that no prose has: a path or an escape may begin with a backslash too.
const COMMANDS: [&str; 26] = [
    "frac",
    "sqrt",
    "sum",
    "int",
    "prod",
    "lim",
    "alpha",
    "beta",
    "gamma",
    "delta",
    "lambda",
    "sigma",
    "theta",
    "omega",
    "pi",
    "mu",
    "infty",
    "cdot",
    "times",
    "leq",
    "geq",
    "neq",
    "approx",
    "mathbb",
    "mathrm",
    "rightarrow",
];

fn bare_command(prose: &str) -> bool {
    prose.match_indices('\\').any(|(at, _)| {
        let name = &prose[at + 1..];
        let end = name.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(name.len());
        let own = prose[..at]
            .chars()
            .next_back()
            .is_none_or(|before| !before.is_alphanumeric() && before != '\\' && before != ':');
        own && end <= 12 && COMMANDS.contains(&&name[..end]) && !name[end..].starts_with('\\')
    })
}

/// The sides as they are shown: a cloze without its marks, whose braces are not LaTeX's.
fn sides(card: &NewCard) -> Vec<(&'static str, String)> {
    let question = match card.kind {
        NoteKind::Cloze => cloze::plain(&card.question),
        _ => card.question.clone(),
    };
    vec![("question", question), ("answer", card.answer.clone())]
}
