//! Where a quoted passage stands in a text.

use std::ops::Range;

/// The characters of `text` that `quote` is: exactly, or else with any white space for any other and without regard
/// to Markdown's emphasis, to kinds of quotation marks and to case, which models rarely copy faithfully.
pub(super) fn find(text: &str, quote: &str) -> Option<Range<usize>> {
    let quote = quote.trim();
    if quote.is_empty() {
        return None;
    }
    if let Some(at) = text.find(quote) {
        let start = text[..at].chars().count();
        return Some(start..start + quote.chars().count());
    }
    let quote: Vec<char> = folded(quote).into_iter().map(|(_, c)| c).collect();
    let quote = trimmed(&quote);
    let text = folded(text);
    if quote.is_empty() || quote.len() > text.len() {
        return None;
    }
    let first = text.windows(quote.len()).position(|window| window.iter().map(|(_, c)| c).eq(quote))?;
    let (start, end) = (text[first].0, text[first + quote.len() - 1].0 + 1);
    Some(start..end)
}

fn trimmed(chars: &[char]) -> &[char] {
    let chars = chars.strip_prefix(&[' ']).unwrap_or(chars);
    chars.strip_suffix(&[' ']).unwrap_or(chars)
}

/// The characters that count, each with its place; a run of white space is one space.
fn folded(text: &str) -> Vec<(usize, char)> {
    let mut folded: Vec<(usize, char)> = Vec::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        let c = match c {
            '*' | '_' | '`' => continue,
            '“' | '”' | '„' | '«' | '»' => '"',
            '’' | '‘' => '\'',
            '–' | '—' => '-',
            c if c.is_whitespace() => ' ',
            c => c.to_lowercase().next().unwrap_or(c),
        };
        if c == ' ' && folded.last().is_some_and(|&(_, last)| last == ' ') {
            continue;
        }
        folded.push((at, c));
    }
    folded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str, quote: &str) -> Option<String> {
        find(text, quote).map(|range| text.chars().skip(range.start).take(range.len()).collect())
    }

    #[test]
    fn exactly_where_it_can() {
        assert_eq!(find("äöü The sky is blue.", "The sky"), Some(4..11));
    }

    #[test]
    fn otherwise_without_regard_to_white_space_and_marks() {
        assert_eq!(
            found("The **sky**\n  is “blue”.", "the sky is \"blue\"").as_deref(),
            Some("The **sky**\n  is “blue”")
        );
        assert_eq!(found("A – B", " a - b ").as_deref(), Some("A – B"));
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        assert_eq!(find("The sky is blue.", "The sea"), None);
        assert_eq!(find("The sky", "  "), None);
        assert_eq!(find("The sky", "**"), None);
        assert_eq!(find("", "x"), None);
    }

    proptest! {
        #[test]
        fn a_passage_of_the_text_is_always_found_in_it(text in "[a-c é*\n]{1,60}", from in 0usize..60, length in 1usize..20) {
            let passage: String = text.chars().skip(from).take(length).collect();
            if let Some(range) = find(&text, &passage) {
                prop_assert!(range.end <= text.chars().count());
            } else {
                prop_assert!(passage.chars().all(|c| c.is_whitespace() || c == '*'));
            }
        }
    }
}
