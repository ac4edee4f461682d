//! Thinking that a model writes into its answer, between `<think>` and `</think>`.
//!
//! Ollama takes these marks out for the models that it knows to think. A model that it does not know (one from elsewhere,
//! or under an older server) writes them all the same, and always first. So only marks at the very beginning count: what
//! an answer says about them later is text. No dependencies, so that the fuzz target can include this file as it is.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";
/// White space before the first mark is held back up to here, bytes.
const LONGEST_LEAD: usize = 64;

/// What a piece of the answer turned out to be. Either may be empty.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parted {
    pub(super) thoughts: String,
    pub(super) text: String,
}

#[derive(Debug)]
pub(super) enum ThinkTags {
    /// Nothing but the beginning of a mark so far.
    Undecided(String),
    /// Between the marks; what may be the beginning of the closing one is held back.
    Thinking(String),
    /// The mark was closed; the empty lines after it belong to neither.
    Closed,
    Answering,
}

impl Default for ThinkTags {
    fn default() -> Self {
        Self::Undecided(String::new())
    }
}

impl ThinkTags {
    /// Takes the next piece of the answer, cut anywhere.
    pub(super) fn push(&mut self, piece: &str) -> Parted {
        match self {
            Self::Answering => Parted { text: piece.to_owned(), ..Parted::default() },
            Self::Closed => self.after(piece),
            Self::Thinking(held) => {
                let piece = std::mem::take(held) + piece;
                self.within(&piece)
            }
            Self::Undecided(held) => {
                held.push_str(piece);
                let begun = held.trim_start();
                // Of the white space alone: a piece that brings the mark with it is read as those that bring it later.
                if held.len() - begun.len() <= LONGEST_LEAD {
                    if let Some(thoughts) = begun.strip_prefix(OPEN) {
                        let thoughts = thoughts.to_owned();
                        return self.within(&thoughts);
                    }
                    if OPEN.starts_with(begun) {
                        return Parted::default();
                    }
                }
                let text = std::mem::take(held);
                *self = Self::Answering;
                Parted { text, ..Parted::default() }
            }
        }
    }

    /// What was held back when the answer ended.
    pub(super) fn end(&mut self) -> Parted {
        match std::mem::replace(self, Self::Answering) {
            Self::Undecided(text) => Parted { text, ..Parted::default() },
            Self::Thinking(thoughts) => Parted { thoughts, ..Parted::default() },
            Self::Closed | Self::Answering => Parted::default(),
        }
    }

    fn within(&mut self, piece: &str) -> Parted {
        if let Some((thoughts, rest)) = piece.split_once(CLOSE) {
            *self = Self::Closed;
            return Parted { thoughts: thoughts.to_owned(), ..self.after(rest) };
        }
        let held = (1..CLOSE.len()).rev().find(|&length| piece.ends_with(&CLOSE[..length])).unwrap_or_default();
        let (thoughts, held) = piece.split_at(piece.len() - held);
        *self = Self::Thinking(held.to_owned());
        Parted { thoughts: thoughts.to_owned(), ..Parted::default() }
    }

    fn after(&mut self, piece: &str) -> Parted {
        let text = piece.trim_start().to_owned();
        if !text.is_empty() {
            *self = Self::Answering;
        }
        Parted { text, ..Parted::default() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parted<'a>(pieces: impl IntoIterator<Item = &'a str>) -> (String, String) {
        let mut tags = ThinkTags::default();
        let mut parts: Vec<Parted> = pieces.into_iter().map(|piece| tags.push(piece)).collect();
        parts.push(tags.end());
        (parts.iter().map(|part| &*part.thoughts).collect(), parts.iter().map(|part| &*part.text).collect())
    }

    fn pair(thoughts: &str, text: &str) -> (String, String) {
        (thoughts.to_owned(), text.to_owned())
    }

    #[test]
    fn what_is_between_the_first_marks_is_thought() {
        assert_eq!(parted(["\n<think>Hm. 1 < 2 </b></think>\n\nYes."]), pair("Hm. 1 < 2 </b>", "Yes."));
        assert_eq!(parted(["<th", "ink>a", "</", "think", ">", "\n", "b"]), pair("a", "b"));
        assert_eq!(parted(["<think></think>", "b"]), pair("", "b"));
    }

    #[test]
    fn marks_later_on_are_text_and_an_answer_without_them_is_untouched() {
        for text in ["The tag <think>x</think> is", "<thin air>", "<", "<think", "", "  a", "{\"a\": 1}"] {
            assert_eq!(parted([text]), pair("", text), "{text}");
        }
        assert_eq!(parted(["<think>a</think>b<think>c</think>"]), pair("a", "b<think>c</think>"));
    }

    #[test]
    fn thinking_that_never_ends_is_thought_to_the_end() {
        assert_eq!(parted(["<think>a", " b</thi"]), pair("a b</thi", ""));
    }

    #[test]
    fn white_space_is_not_held_back_for_ever() {
        let mut tags = ThinkTags::default();
        let shown: usize = (0..100).map(|_| tags.push(" ").text.len()).sum();
        assert_eq!(shown, 100);
        for (lead, thought) in [(LONGEST_LEAD, true), (LONGEST_LEAD + 1, false)] {
            let text = format!("{}<think>a", " ".repeat(lead));
            let whole = parted([&*text]);
            assert_eq!(whole, parted(text.split_inclusive(|_| true)), "cut anywhere");
            assert_eq!(whole.0 == "a", thought);
        }
    }

    proptest! {
        #[test]
        fn where_the_pieces_are_cut_makes_no_difference(text in "( ?<think>)?[</think>é ab]{0,20}(</think>)?[ b<]{0,9}", cuts in prop::collection::vec(0usize..60, 0..9)) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).filter(|&cut| text.is_char_boundary(cut)).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            prop_assert_eq!(parted(cuts.windows(2).map(|pair| &text[pair[0]..pair[1]])), parted([&*text]));
        }
    }
}
