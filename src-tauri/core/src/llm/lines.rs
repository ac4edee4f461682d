//! Lines out of bytes, wherever the bytes are split.
//!
//! A line of a streamed answer may arrive in any number of packets, cut even inside a character; so lines are cut from
//! bytes, and only a whole line is looked at as text. A line has a largest length: an endpoint that never ends one
//! cannot fill the memory. No dependencies, so that the fuzz target includes this file as it is.

use std::borrow::Cow;

/// The longest line that is taken. Ollama's and Claude's lines are a few hundred bytes.
pub(super) const LONGEST_LINE: usize = 1024 * 1024;

/// A line was longer than [`LONGEST_LINE`].
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LineTooLong;

#[derive(Debug, Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    /// Where in `bytes` the next line begins.
    start: usize,
    /// Up to where no line end was found, so that a line in many packets is not searched again from its beginning.
    searched: usize,
}

impl Lines {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.start);
        self.searched -= self.start;
        self.start = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole line without its end (`\n` or `\r\n`), if it is there. After an error nothing that follows is to
    /// be believed.
    pub(super) fn next(&mut self) -> Option<Result<String, LineTooLong>> {
        let end = self.bytes[self.searched..].iter().position(|&byte| byte == b'\n').map(|at| self.searched + at);
        let Some(end) = end else {
            self.searched = self.bytes.len();
            if self.searched - self.start <= LONGEST_LINE {
                return None;
            }
            // Told once, and not kept: whoever goes on all the same is given what follows.
            self.start = self.searched;
            return Some(Err(LineTooLong));
        };
        let line = &self.bytes[self.start..end];
        self.start = end + 1;
        self.searched = self.start;
        if line.len() > LONGEST_LINE {
            return Some(Err(LineTooLong));
        }
        Some(Ok(text(line.strip_suffix(b"\r").unwrap_or(line))))
    }

    /// What came after the last line end: a last line without one.
    pub(super) fn rest(&mut self) -> Option<String> {
        let rest = text(&self.bytes[self.start..]);
        self.bytes.clear();
        (self.start, self.searched) = (0, 0);
        (!rest.trim().is_empty()).then_some(rest)
    }
}

/// Bytes that are no UTF-8 become replacement characters: one broken character must not cost the answer.
fn text(line: &[u8]) -> String {
    match String::from_utf8_lossy(line) {
        Cow::Borrowed(text) => text.to_owned(),
        Cow::Owned(text) => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines_of(packets: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        for packet in packets {
            lines.push(packet);
            while let Some(line) = lines.next() {
                found.push(line.expect("short lines"));
            }
        }
        found.extend(lines.rest());
        found
    }

    #[test]
    fn a_line_ends_with_or_without_a_carriage_return_or_not_at_all() {
        assert_eq!(lines_of(&[b"a\r\nb\n\nc"]), ["a", "b", "", "c"]);
    }

    #[test]
    fn bytes_that_are_no_utf8_cost_one_character() {
        assert_eq!(lines_of(&[b"a\xffb\n"]), ["a\u{fffd}b"]);
    }

    #[test]
    fn a_line_that_never_ends_is_refused_before_it_fills_the_memory() {
        let mut lines = Lines::default();
        let packet = [b'x'; 64 * 1024];
        for pushed in 1.. {
            lines.push(&packet);
            if let Some(result) = lines.next() {
                assert_eq!(result, Err(LineTooLong));
                assert!(pushed * packet.len() <= LONGEST_LINE + packet.len());
                assert_eq!(lines.next(), None, "told once");
                return;
            }
        }
    }

    proptest! {
        #[test]
        fn where_the_packets_are_cut_makes_no_difference(text in "(\\PC{0,12}\n){0,6}", cuts in prop::collection::vec(0usize..80, 0..8)) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let packets: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(lines_of(&packets), lines_of(&[bytes]));
        }
    }
}
