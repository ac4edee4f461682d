//! What a part of a text cannot be understood without: the headings that it stands under, the sentence before it, the
//! code block or table that was cut. It is told to the model for orientation, never as something to make cards of.

use super::fence::Fence;

/// Longest heading, sentence and table head that go along, characters.
const LONGEST_HEADING: usize = 120;
const LONGEST_SENTENCE: usize = 300;
const LONGEST_TABLE_HEAD: usize = 400;

/// What is to be known of `before` to understand `part`, which follows it; none when that is nothing.
pub(super) fn of(before: &str, part: &str) -> Option<String> {
    let first = part.trim_start().lines().next().unwrap_or_default();
    let level = heading_level(first);
    let outline = Outline::of(before);
    let mut lines = Vec::new();
    let headings: Vec<&str> = outline
        .headings
        .iter()
        .filter(|(of, _)| level.is_none_or(|level| *of < level))
        .map(|(_, text)| *text)
        .collect();
    if !headings.is_empty() {
        let short: Vec<String> = headings.iter().map(|text| start_of(text, LONGEST_HEADING)).collect();
        lines.push(format!("It stands under: {}", short.join(" > ")));
    }
    if let Some(fence) = outline.fence {
        lines.push(format!("It begins within a code block that was opened with {}", start_of(fence, 40)));
    } else if let Some(head) = table_head(before, first) {
        lines.push(format!("It begins within a table with this head:\n{}", start_of(&head, LONGEST_TABLE_HEAD)));
    } else if level.is_none()
        && let Some(sentence) = outline.prose.map(last_sentence)
    {
        lines.push(format!("Before it stands: {sentence}"));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The headings in force at the end of a text, outermost first, the line that opened a code block which is open, and the
/// last line of prose below the last heading: what a code block or a table shows is no sentence.
#[derive(Default)]
struct Outline<'a> {
    headings: Vec<(usize, &'a str)>,
    fence: Option<&'a str>,
    prose: Option<&'a str>,
}

impl<'a> Outline<'a> {
    fn of(text: &'a str) -> Self {
        let mut outline = Self::default();
        let mut open: Option<Fence> = None;
        for line in text.lines().map(str::trim) {
            if let Some(fence) = open {
                if fence.is_closed_by(line) {
                    (open, outline.fence) = (None, None);
                }
            } else if let Some(fence) = Fence::opening(line) {
                (open, outline.fence) = (Some(fence), Some(line));
            } else if let Some(level) = heading_level(line) {
                outline.headings.retain(|(other, _)| *other < level);
                outline.headings.push((level, line.trim_matches('#').trim()));
                outline.prose = None;
            } else if !line.is_empty() && !is_row(line) {
                outline.prose = Some(line);
            }
        }
        outline
    }
}

fn heading_level(line: &str) -> Option<usize> {
    let level = line.len() - line.trim_start_matches('#').len();
    ((1..=6).contains(&level) && line[level..].starts_with(' ')).then_some(level)
}

fn is_row(line: &str) -> bool {
    line.trim_start().starts_with('|')
}

/// The first two lines of the table that `before` ends in, when `first` is a row of it too.
fn table_head(before: &str, first: &str) -> Option<String> {
    let rows: Vec<&str> = before.lines().rev().take_while(|line| is_row(line)).collect();
    (is_row(first) && !rows.is_empty()).then(|| rows.iter().rev().take(2).copied().collect::<Vec<_>>().join("\n"))
}

/// The end of a line of prose, from the beginning of its last sentence.
fn last_sentence(line: &str) -> String {
    let inner = line.trim_end_matches(['.', '!', '?', '。', '！', '？']);
    let ends = [". ", "! ", "? ", "。", "！", "？"];
    let from = ends.iter().filter_map(|end| Some(inner.rfind(end)? + end.len())).max().unwrap_or(0);
    let sentence = &line[from..];
    let length = sentence.chars().count();
    sentence.chars().skip(length.saturating_sub(LONGEST_SENTENCE)).collect()
}

fn start_of(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn headings_in_force_and_the_sentence_before() {
        let before = "# Rome\n\nOld.\n\n## Kings\n\nSeven.\n\n## Republic\n\nIt had consuls. They were two. ";
        assert_eq!(
            of(before, "Each ruled a year.").as_deref(),
            Some("It stands under: Rome > Republic\nBefore it stands: They were two.")
        );
        assert_eq!(of(before, "## Empire\n\nThen.").as_deref(), Some("It stands under: Rome"));
        assert_eq!(of(before, "# Greece\n\nThen.").as_deref(), None);
        assert_eq!(of("", "Rome."), None);
    }

    #[test]
    fn a_code_block_or_a_table_that_was_cut_is_named() {
        let code = of("## Sorting\n\n```rust\n# no heading\nfn a() {}\n", "fn b() {}\n```").expect("something");
        assert_eq!(code, "It stands under: Sorting\nIt begins within a code block that was opened with ```rust");
        let nested = "# A\n\n````md\n```\n~~~\n# no heading\n";
        let text = of(nested, "more").expect("something");
        assert_eq!(text, "It stands under: A\nIt begins within a code block that was opened with ````md");
        let table = of("Look:\n\n| metal | melts |\n|---|---|\n| tin | 232 |\n", "| lead | 327 |\n").expect("a table");
        assert!(table.ends_with("| metal | melts |\n|---|---|"), "{table}");
    }

    #[test]
    fn code_and_tables_before_it_are_no_sentences() {
        let sentence = |before: &str| of(before, "It sorts.").unwrap_or_default();
        let expected = "Before it stands: Here it is:";
        assert_eq!(sentence("Old. Here it is:\n\n```rust\nfn a() { b. c }\n```\n\n"), expected);
        assert_eq!(sentence("Here it is:\n````md\n```\nNo. Sentence.\n```\n````\n"), expected);
        assert_eq!(sentence("Here it is:\n~~~\n# no heading\n~~~\n"), expected);
        assert_eq!(sentence("Here it is:\n\n| a | b |\n|---|---|\n| 1. | 2. |\n"), expected);
        assert_eq!(sentence("```a``` is code. Here it is:\n"), expected, "no fence");
        assert_eq!(sentence("Old.\n\n# A\n\n```\ncode\n```\n"), "It stands under: A");
        assert_eq!(sentence("```\ncode\n```\n"), "");
    }

    proptest! {
        #[test]
        fn it_is_short_and_of_what_is_before(before in "[a-zé漢.!?|#`~ \n]{0,200}", part in "[a-z#|` \n]{0,40}") {
            if let Some(text) = of(&before, &part) {
                prop_assert!(text.chars().count() < 6 * LONGEST_HEADING + LONGEST_SENTENCE + LONGEST_TABLE_HEAD + 200);
            }
        }
    }
}
