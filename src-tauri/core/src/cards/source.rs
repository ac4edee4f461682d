//! Where a passage is, told so that a change of the text around it is noticed.

use std::{fmt::Write, ops::Range};

use sha2::{Digest, Sha256};

use super::Source;
use crate::ids::MessageId;

/// A search for a passage that moved reads at most this many bytes.
const MOST_READ: usize = 64 * 1024 * 1024;

/// SHA-256 of a passage in UTF-8, in hexadecimal.
#[must_use]
pub fn hash(passage: &str) -> String {
    Sha256::digest(passage.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The passage of `text` between two places, in characters; as much of it as is there.
#[must_use]
pub fn passage(text: &str, range: Range<usize>) -> &str {
    let at = |place: usize| text.char_indices().nth(place).map_or(text.len(), |(at, _)| at);
    let start = at(range.start);
    let end = if range.end <= range.start { start } else { at(range.end) };
    &text[start..end]
}

/// The place `range` of `text`, the content of a message.
#[must_use]
pub fn of(message_id: MessageId, text: &str, range: Range<usize>) -> Source {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let hash = Some(hash(passage(text, range.clone())));
    Source { message_id, start: place(range.start), end: place(range.end), hash }
}

/// Where the passage of `source` is in `text` now; none when it is not there any more.
#[must_use]
pub fn find(source: &Source, text: &str) -> Option<Range<usize>> {
    let noted = source.start as usize..source.end.max(source.start) as usize;
    let Some(wanted) = source.hash.as_deref() else { return Some(noted) };
    if hash(passage(text, noted.clone())) == wanted {
        return Some(noted);
    }
    // What was put in or taken out before it moved it: every passage of its length is looked at, the nearest first.
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let windows = starts.len().checked_sub(noted.len())?;
    if windows.saturating_mul(noted.len()) > MOST_READ || noted.is_empty() {
        return None;
    }
    let is_it = |at: &usize| hash(&text[starts[*at]..starts[*at + noted.len()]]) == wanted;
    let mut places: Vec<usize> = (0..windows).collect();
    places.sort_unstable_by_key(|at| at.abs_diff(noted.start));
    places.iter().find(|at| is_it(at)).map(|&at| at..at + noted.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::UnixMillis;

    const TEXT: &str = "Äther is old. The sky is blue. The end.";

    fn sky() -> Source {
        of(MessageId::new(UnixMillis(0)), TEXT, 14..30)
    }

    #[test]
    fn a_passage_is_where_it_was_or_where_it_moved_to() {
        assert_eq!(passage(TEXT, 14..30), "The sky is blue.");
        assert_eq!(find(&sky(), TEXT), Some(14..30));
        let moved = format!("Wait. {TEXT}");
        assert_eq!(find(&sky(), &moved), Some(20..36));
        assert_eq!(find(&sky(), "The sky is blue."), Some(0..16));
    }

    #[test]
    fn a_changed_passage_is_nowhere() {
        assert_eq!(find(&sky(), &TEXT.replace("blue", "grey")), None);
        assert_eq!(find(&sky(), ""), None);
        assert_eq!(find(&Source { hash: None, ..sky() }, "anything"), Some(14..30), "nothing is known of it");
    }

    #[test]
    fn the_hash_is_that_of_every_other_program() {
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
