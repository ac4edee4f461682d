//! Texts with deletions, `{{c1::hidden}}` or `{{c1::hidden::hint}}`, as Anki writes them.
//!
//! Unlike in Anki, braces within a deletion are counted, so that `{{c1::\frac{a}{b}}}` hides the whole fraction; where
//! they do not add up (code with a lone brace) the first `}}` ends it, as there.

/// More numbers than anybody asks for in one text.
const MOST_NUMBERS: usize = 50;

/// A piece of such a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    Text(&'a str),
    Deletion { number: u32, hidden: &'a str, hint: Option<&'a str> },
}

/// Why a text with deletions cannot be asked; each with a sentence that says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    Unclosed,
    Nested,
    Empty,
    Number,
    None,
    Many,
}

impl Broken {
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Unclosed => "A deletion of this cloze is not closed. End it with }}, as in {{c1::Oslo}}.",
            Self::Nested => "One deletion of this cloze lies within another. Put them side by side.",
            Self::Empty => "A deletion of this cloze hides nothing. Write what it hides, as in {{c1::Oslo}}.",
            Self::Number => "The deletions of a cloze are numbered from 1, as in {{c1::Oslo}} and {{c2::Norway}}.",
            Self::None => "A cloze needs a deletion. Mark what it asks for, as in {{c1::Oslo}}.",
            Self::Many => "A cloze may ask for at most 50 things. Split it into several.",
        }
    }
}

/// The pieces of `text`, which together are all of it.
///
/// # Errors
/// When a deletion is not what it should be; a text without any is fine.
pub fn pieces(text: &str) -> Result<Vec<Piece<'_>>, Broken> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, number, inside)) = opening(rest)? {
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        let (content, after) = closing(inside).ok_or(Broken::Unclosed)?;
        if matches!(opening(content), Ok(Some(_)) | Err(Broken::Number)) {
            return Err(Broken::Nested);
        }
        let (hidden, hint) = hint_at(content).map_or((content, None), |at| (&content[..at], Some(&content[at + 2..])));
        if hidden.trim().is_empty() {
            return Err(Broken::Empty);
        }
        let hint = hint.map(str::trim).filter(|hint| !hint.is_empty());
        pieces.push(Piece::Deletion { number, hidden, hint });
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

/// The numbers of the deletions of `text`, ascending, each once.
///
/// # Errors
/// As [`pieces`], and when there is none or far too many.
pub fn numbers(text: &str) -> Result<Vec<u32>, Broken> {
    let deletion = |piece| if let Piece::Deletion { number, .. } = piece { Some(number) } else { None };
    let mut numbers: Vec<u32> = pieces(text)?.into_iter().filter_map(deletion).collect();
    numbers.sort_unstable();
    numbers.dedup();
    match numbers.len() {
        0 => Err(Broken::None),
        n if n > MOST_NUMBERS => Err(Broken::Many),
        _ => Ok(numbers),
    }
}

/// `text` with the deletions of `number` alone, as the first, and what the others hide as plain text.
///
/// # Errors
/// As [`pieces`].
pub fn only(text: &str, number: u32) -> Result<String, Broken> {
    let written = pieces(text)?.into_iter().map(|piece| match piece {
        Piece::Text(text) => text.to_owned(),
        Piece::Deletion { number: own, hidden, hint } if own == number => match hint {
            Some(hint) => format!("{{{{c1::{hidden}::{hint}}}}}"),
            None => format!("{{{{c1::{hidden}}}}}"),
        },
        Piece::Deletion { hidden, .. } => hidden.to_owned(),
    });
    Ok(written.collect())
}

/// What each number of `text` asks, and what it hides: how a cloze is compared with a question and its answer. None where
/// its deletions cannot be read.
#[must_use]
pub fn asked(text: &str) -> Vec<(String, String)> {
    let (Ok(numbers), Ok(pieces)) = (numbers(text), pieces(text)) else { return Vec::new() };
    let sides = |wanted: u32| {
        let (mut prompt, mut answer) = (String::new(), Vec::new());
        for piece in &pieces {
            match *piece {
                Piece::Deletion { number, hidden, .. } if number == wanted => {
                    prompt.push('…');
                    answer.push(hidden);
                }
                Piece::Text(text) | Piece::Deletion { hidden: text, .. } => prompt.push_str(text),
            }
        }
        (prompt, answer.join(" "))
    };
    numbers.into_iter().map(sides).collect()
}

/// `text` with nothing hidden; as it is where its deletions cannot be read.
#[must_use]
pub fn plain(text: &str) -> String {
    let shown = |piece| match piece {
        Piece::Text(text) | Piece::Deletion { hidden: text, .. } => text,
    };
    pieces(text).map_or_else(|_| text.to_owned(), |pieces| pieces.into_iter().map(shown).collect())
}

/// The next deletion: what is before it, its number, and what follows its `::`.
fn opening(text: &str) -> Result<Option<(&str, u32, &str)>, Broken> {
    let mut from = 0;
    while let Some(at) = text[from..].find("{{c").map(|at| at + from) {
        let inside = &text[at + 3..];
        let digits = inside.len() - inside.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        match inside[digits..].strip_prefix("::") {
            Some(rest) if digits > 0 => {
                let number = inside[..digits].parse().ok().filter(|n| (1..=999).contains(n)).ok_or(Broken::Number)?;
                return Ok(Some((&text[..at], number, rest)));
            }
            // `{{code}}` of a template language, or `{{c::…}}`.
            Some(_) => return Err(Broken::Number),
            None => from = at + 3,
        }
    }
    Ok(None)
}

/// Where the `::` before a hint is: the first that is not in code, where it is a path (`String::new`).
fn hint_at(content: &str) -> Option<usize> {
    let mut rest = content;
    loop {
        let from = content.len() - rest.len();
        let (code, mark) = (rest.find('`'), rest.find("::")?);
        let Some(code) = code.filter(|&code| code < mark) else { return Some(from + mark) };
        let ticks = rest[code..].len() - rest[code..].trim_start_matches('`').len();
        let inside = &rest[code + ticks..];
        // What is not closed is a mark like any other.
        rest = match inside.find(&rest[code..code + ticks]) {
            Some(end) => &inside[end + ticks..],
            None => inside,
        };
    }
}

/// What a deletion holds, and what comes after it.
fn closing(text: &str) -> Option<(&str, &str)> {
    let end = balanced(text).or_else(|| text.find("}}"))?;
    Some((&text[..end], &text[end + 2..]))
}

/// A deletion is shorter than this, bytes. Looking further at each of thousands of unclosed braces would cost the square
/// of a hostile text.
const LONGEST_DELETION: usize = 4_000;

/// The first `}}` that closes no brace that was opened within.
fn balanced(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut escaped = false;
    for (at, c) in text.char_indices().take_while(|(at, _)| *at < LONGEST_DELETION) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' if text[at..].starts_with("}}") => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_number_is_a_card_and_its_others_are_plain() {
        let text = "{{c1::Oslo}} is the capital of {{c2::Norway::a country}}, not {{c1::Bergen}}.";
        assert_eq!(numbers(text), Ok(vec![1, 2]));
        assert_eq!(only(text, 1).expect("whole"), "{{c1::Oslo}} is the capital of Norway, not {{c1::Bergen}}.");
        assert_eq!(only(text, 2).expect("whole"), "Oslo is the capital of {{c1::Norway::a country}}, not Bergen.");
        assert_eq!(plain(text), "Oslo is the capital of Norway, not Bergen.");
        let sides = |prompt: &str, answer: &str| (prompt.to_owned(), answer.to_owned());
        assert_eq!(
            asked(text),
            [
                sides("… is the capital of Norway, not ….", "Oslo Bergen"),
                sides("Oslo is the capital of …, not Bergen.", "Norway")
            ]
        );
    }

    #[test]
    fn mathematics_and_code_keep_their_braces() {
        assert_eq!(
            pieces(r"$R = {{c1::\frac{a}{b}}}$"),
            Ok(vec![
                Piece::Text("$R = "),
                Piece::Deletion { number: 1, hidden: r"\frac{a}{b}", hint: None },
                Piece::Text("$")
            ])
        );
        assert_eq!(plain("{{c1::if x {}} ends {{c2::b}}"), "if x { ends b");
        assert_eq!(plain(r"{{c1::\{x\}}} y"), r"\{x\} y");
        assert_eq!(numbers("{{ user.name }} and {{code}}"), Err(Broken::None));
        let parts = |text| match pieces(text).as_deref() {
            Ok([Piece::Deletion { hidden, hint, .. }]) => Some((*hidden, *hint)),
            _ => None,
        };
        assert_eq!(parts("{{c1::`String::new()`}}"), Some(("`String::new()`", None)));
        assert_eq!(parts("{{c1::`a::b`::a path}}"), Some(("`a::b`", Some("a path"))));
        assert_eq!(parts("{{c1::``a`::b``::hint}}"), Some(("``a`::b``", Some("hint"))));
        assert_eq!(parts("{{c1::a ` b::hint}}"), Some(("a ` b", Some("hint"))));
    }

    #[test]
    fn what_is_broken_is_told_apart() {
        for (text, broken) in [
            ("{{c1::Oslo", Broken::Unclosed),
            ("{{c1::a {{c2::b}} c}}", Broken::Nested),
            ("{{c1::}} x", Broken::Empty),
            ("{{c1::  ::hint}} x", Broken::Empty),
            ("{{c0::x}}", Broken::Number),
            ("{{c::x}}", Broken::Number),
            ("{{c99999999999::x}}", Broken::Number),
            ("no deletion", Broken::None),
        ] {
            assert_eq!(numbers(text), Err(broken), "{text}");
            assert!(broken.sentence().ends_with('.'));
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in "(\\{\\{c[0-3]::|\\}\\}|::|[a-b{}\\\\é ]){0,14}") {
            let Ok(found) = pieces(&text) else { return Ok(()) };
            let shown = plain(&text);
            for piece in &found {
                let (Piece::Text(part) | Piece::Deletion { hidden: part, .. }) = piece;
                prop_assert!(shown.contains(part));
            }
            for number in numbers(&text).unwrap_or_default() {
                let card = only(&text, number).expect("it was read before");
                prop_assert!(card.contains("{{c1::"));
            }
        }
    }
}
