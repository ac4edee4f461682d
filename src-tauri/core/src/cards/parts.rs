//! A long answer in parts that a model can give its full attention: cut where the text pauses by itself.
//!
//! The parts together are the answer, nothing left out and nothing twice; each knows where it begins, so that a passage
//! found in a part is found in the answer.

/// A part is at most this long, in characters: about a thousand words. Longer ones give worse cards: models
/// pass over the middle of a long text.
pub(super) const LONGEST_PART: usize = 6_000;

/// A piece of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) text: &'a str,
    /// Where it begins in the answer, in characters.
    pub(super) start: usize,
}

/// Cuts `text` into parts of at most `longest` characters: before headings rather than between paragraphs, there
/// rather than between lines, sentences, words; inside a word only when one word alone is longer.
pub(super) fn parts(text: &str, longest: usize) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut rest, mut start) = (text, 0);
    while !rest.is_empty() {
        let end = end_of_part(rest, longest.max(1));
        let (part, after) = rest.split_at(end);
        parts.push(Part { text: part, start });
        start += part.chars().count();
        rest = after;
    }
    parts
}

/// How strongly a text pauses before a place; the larger the better to cut there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Pause {
    Word,
    Sentence,
    Line,
    Paragraph,
    Heading,
}

/// The byte at which the first part of `text` ends: the latest place of the strongest pause in its second half, or
/// of any pause, or where it is full.
fn end_of_part(text: &str, longest: usize) -> usize {
    let Some((full, _)) = text.char_indices().nth(longest) else { return text.len() };
    let half = text.char_indices().nth(longest / 2).map_or(0, |(at, _)| at);
    let mut best: Option<(bool, Pause, usize)> = None;
    for (at, pause) in pauses(&text[..full], &text[full..]) {
        let candidate = (at >= half, pause, at);
        if best.is_none_or(|best| candidate >= best) {
            best = Some(candidate);
        }
    }
    best.map_or(full, |(_, _, at)| at)
}

/// The places at which `text` can be cut (never at its beginning), `after` being what follows it. Inside a fenced
/// block only lines are places: code is not prose.
fn pauses<'a>(text: &'a str, after: &'a str) -> impl Iterator<Item = (usize, Pause)> + use<'a> {
    let mut fenced = false;
    let mut at = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        if at > 0 {
            let blank_before = text[..at].trim_end_matches([' ', '\t']).ends_with("\n\n");
            let pause = match () {
                () if fenced => Pause::Line,
                () if trimmed.starts_with('#') => Pause::Heading,
                () if blank_before && !trimmed.is_empty() => Pause::Paragraph,
                () => Pause::Line,
            };
            found.push((at, pause));
        }
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            fenced = !fenced;
        } else if !fenced {
            words(line, at, &mut found);
        }
        at += line.len();
    }
    if text.ends_with('\n') {
        let pause = if !fenced && after.starts_with('#') { Pause::Heading } else { Pause::Line };
        found.push((text.len(), pause));
    }
    found.into_iter()
}

/// The places after the spaces of a line.
fn words(line: &str, offset: usize, found: &mut Vec<(usize, Pause)>) {
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        if c == ' ' {
            let ends = matches!(before, '.' | '!' | '?' | ':' | ';');
            found.push((offset + at + 1, if ends { Pause::Sentence } else { Pause::Word }));
        } else if matches!(before, '。' | '！' | '？') {
            found.push((offset + at, Pause::Sentence));
        }
        before = c;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(text: &str, longest: usize) -> Vec<&str> {
        parts(text, longest).into_iter().map(|part| part.text).collect()
    }

    #[test]
    fn a_short_answer_is_one_part_and_an_empty_one_none() {
        assert_eq!(texts("Short.", 100), ["Short."]);
        assert_eq!(texts("", 100), [] as [&str; 0]);
    }

    #[test]
    fn headings_are_better_places_than_paragraphs_and_those_than_sentences() {
        assert_eq!(
            texts("One one. One.\n\nTwo.\n# Three\nthree three", 26),
            ["One one. One.\n\nTwo.\n", "# Three\nthree three"]
        );
        assert_eq!(texts("One one. One.\n\nTwo two two. Two.", 22), ["One one. One.\n\n", "Two two two. Two."]);
        assert_eq!(texts("One two. Three four five", 18), ["One two. ", "Three four five"]);
    }

    #[test]
    fn code_is_cut_between_lines_only() {
        let code = "```\nlet a = 1; let b = 2;\n# not a heading\nlet c = 3;\n```\n";
        for part in &texts(code, 45)[..1] {
            assert!(part.ends_with('\n'), "{part:?}");
        }
    }

    #[test]
    fn twenty_thousand_words_become_parts_of_bearable_size() {
        let answer =
            (0..20_000).map(|n| format!("word{n}{}", if n % 90 == 89 { ".\n\n" } else { " " })).collect::<String>();
        let parts = parts(&answer, LONGEST_PART);
        assert!(parts.len() < 60, "{}", parts.len());
        assert!(parts.iter().all(|part| part.text.chars().count() <= LONGEST_PART));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_repeated(text in "[a-zé漢.#` \n]{0,400}", longest in 1usize..60) {
            let parts = parts(&text, longest);
            prop_assert_eq!(parts.iter().map(|part| part.text).collect::<String>(), text.clone());
            let mut start = 0;
            for part in parts {
                prop_assert_eq!(part.start, start);
                let length = part.text.chars().count();
                prop_assert!(length > 0 && length <= longest);
                start += length;
            }
        }
    }
}
