//! Where an answer that broke off goes on: the model is asked to begin with its last words once more, and those are
//! dropped, so that the two parts join without a word or a space lost or doubled.

/// Of the answer's end, what the model is asked to begin with.
const REPEATED_WORDS: usize = 6;
const REPEATED_CHARS: usize = 80;
/// Bytes of what comes that are held back to find the repetition: a model may begin further back than it was asked to.
const HELD_BACK: usize = 320;
/// A repetition that begins inside a word of the answer is one only if it is longer than chance makes it, characters.
const NO_CHANCE: usize = 10;

/// What tells the model to go on after `so_far`.
pub(crate) fn instruction(so_far: &str) -> String {
    format!(
        "Your answer broke off before its end. Its last words are:\n\n{}\n\nGo on from exactly there: begin with these \
         last words, character by character, then write only what is missing. Write nothing about having been \
         interrupted, repeat nothing else, and use the same language and Markdown as before. An open code block or list \
         is still open.",
        last_words(so_far)
    )
}

/// The end of the last line that holds any.
fn last_words(so_far: &str) -> &str {
    let line = so_far.trim_end().rsplit('\n').next().unwrap_or_default();
    let mut starts = line.char_indices().rev();
    let mut from = line.len();
    let mut words = 0;
    for _ in 0..REPEATED_CHARS {
        let Some((at, c)) = starts.next() else { break };
        if c.is_whitespace() {
            words += 1;
        }
        if words == REPEATED_WORDS {
            break;
        }
        from = at;
    }
    line[from..].trim_start()
}

/// Joins what comes to what was there.
pub(super) struct Seam {
    so_far: String,
    held: Option<String>,
}

impl Seam {
    /// Nothing to join where there is no text yet.
    pub(super) fn after(so_far: &str) -> Self {
        let held = (!so_far.is_empty()).then(String::new);
        Self { so_far: so_far.to_owned(), held }
    }

    /// Takes a piece and gives what of it is to be appended now.
    pub(super) fn push(&mut self, piece: String) -> String {
        let Some(held) = &mut self.held else { return piece };
        held.push_str(&piece);
        if held.len() < HELD_BACK { String::new() } else { self.end() }
    }

    /// Whether anything came that is not told yet.
    pub(super) fn holds_any(&self) -> bool {
        self.held.as_ref().is_some_and(|held| !held.is_empty())
    }

    /// What is still held back, when nothing more comes or enough has.
    pub(super) fn end(&mut self) -> String {
        self.held.take().map_or_else(String::new, |held| join(&self.so_far, &held))
    }

    /// The same for what was broken off: it may be no more than the beginning of the repetition.
    pub(super) fn broken_off(&mut self) -> String {
        let repeats = self.held.as_deref().is_some_and(|held| is_repeating(&self.so_far, held.trim()));
        if repeats {
            self.held = None;
        }
        self.end()
    }
}

/// Whether `more` is found near the end of `so_far`, from the beginning of a word on.
fn is_repeating(so_far: &str, more: &str) -> bool {
    let near = &so_far[so_far.ceil_char_boundary(so_far.len().saturating_sub(HELD_BACK))..];
    let begins_word = |at: usize| !joins(near[..at].chars().next_back(), more.chars().next());
    !more.is_empty() && near.match_indices(more).any(|(at, _)| begins_word(at))
}

/// What of `more` is to be appended to `so_far`.
fn join(so_far: &str, more: &str) -> String {
    if more.trim().is_empty() {
        return String::new();
    }
    let told = so_far.trim_end();
    let gap = &so_far[told.len()..];
    // Quotation marks and dots in which some models wrap the repetition.
    let wrapped =
        more.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '“' | '„' | '«' | '…' | '.'));
    for candidate in [more, more.trim_start(), wrapped] {
        if let Some(rest) = after_repetition(told, candidate) {
            return without_gap(gap, rest).to_owned();
        }
    }
    if !gap.is_empty() {
        return without_gap(gap, more).to_owned();
    }
    let space = if needs_space(told, more) { " " } else { "" };
    format!("{space}{more}")
}

/// What follows in `more` after the longest repetition of the end of `told`.
fn after_repetition<'a>(told: &str, more: &'a str) -> Option<&'a str> {
    let ends = more.char_indices().map(|(at, c)| at + c.len_utf8()).collect::<Vec<_>>();
    let longest = ends.iter().rev().copied().find(|&end| {
        let Some(start) = told.strip_suffix(&more[..end]) else { return false };
        let whole_words = start.is_empty() || !joins(start.chars().next_back(), more.chars().next());
        let long = more[..end].chars().count() >= NO_CHANCE;
        long || (whole_words && more[..end].chars().any(char::is_alphanumeric))
    })?;
    Some(&more[longest..])
}

/// Whether two characters beside each other are parts of one word.
fn joins(left: Option<char>, right: Option<char>) -> bool {
    left.is_some_and(char::is_alphanumeric) && right.is_some_and(char::is_alphanumeric)
}

/// `more` without the white space that is there already.
fn without_gap<'a>(gap: &str, more: &'a str) -> &'a str {
    let doubled: usize = gap.chars().zip(more.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let rest = &more[doubled..];
    // A space before a line's end is the line's end.
    if gap.ends_with(char::is_whitespace) { rest.trim_start_matches(' ') } else { rest }
}

/// Two words, or a sentence's end and a word, of a script that has spaces. A model's answer is cut between its tokens,
/// and most of those are whole words.
fn needs_space(told: &str, more: &str) -> bool {
    let (Some(left), Some(right)) = (told.chars().next_back(), more.chars().next()) else { return false };
    let spaced = |c: char| c.is_alphanumeric() && u32::from(c) < 0x2E80;
    spaced(right) && (spaced(left) || matches!(left, '.' | ',' | ';' | ':' | '!' | '?' | ')'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_repetition_is_dropped_and_the_space_is_right() {
        for (so_far, more, whole) in [
            ("The cell mem", "The cell membrane is thin.", "The cell membrane is thin."),
            ("The cell", "the cell? No: The cell membrane", "The cell the cell? No: The cell membrane"),
            ("In the cell", "the cell membrane", "In the cell membrane"),
            ("In the cell ", "the cell membrane", "In the cell membrane"),
            ("In the cell", "“the cell membrane", "In the cell membrane"),
            ("In the cell", "... the cell membrane", "In the cell membrane"),
            ("One.\n\n", "One.\n\nTwo.", "One.\n\nTwo."),
            ("- one\n- tw", "- two\n- three", "- one\n- two\n- three"),
            ("細胞膜は", "細胞膜は薄い", "細胞膜は薄い"),
        ] {
            assert_eq!(format!("{so_far}{}", join(so_far, more)), whole);
        }
    }

    #[test]
    fn without_a_repetition_the_join_is_told_by_what_meets() {
        for (so_far, more, whole) in [
            ("In the cell", "membrane", "In the cell membrane"),
            ("In the cell", " membrane", "In the cell membrane"),
            ("In the cell ", " membrane", "In the cell membrane"),
            ("In the cell", ", which", "In the cell, which"),
            ("It is thin.", "It bends.", "It is thin. It bends."),
            ("It is thin.\n", "\nIt bends.", "It is thin.\nIt bends."),
            ("It is thin.\n", "It bends.", "It is thin.\nIt bends."),
            ("細胞", "膜", "細胞膜"),
            ("f(", "x)", "f(x)"),
            ("text", " \n", "text"),
        ] {
            assert_eq!(format!("{so_far}{}", join(so_far, more)), whole, "{so_far:?} {more:?}");
        }
    }

    #[test]
    fn a_repetition_that_is_broken_off_is_none_of_the_answer() {
        for (more, left) in [("the ce", ""), ("", ""), ("the cell membrane", " membrane"), ("a tissue", " a tissue")] {
            let mut seam = Seam::after("In the cell");
            assert_eq!(seam.push(more.to_owned()), "");
            assert_eq!(seam.broken_off(), left);
            assert_eq!(seam.broken_off() + &seam.end(), "", "once");
        }
    }

    #[test]
    fn the_last_words_are_few_and_of_one_line() {
        assert_eq!(last_words("a\nb c\n"), "b c");
        assert_eq!(last_words("one two three four five six seven eight"), "three four five six seven eight");
        assert_eq!(last_words(&"漢".repeat(200)).chars().count(), REPEATED_CHARS);
        assert_eq!(last_words(" \n"), "");
        assert!(instruction("The cell mem").contains("\n\nThe cell mem\n\n"));
    }

    proptest! {
        /// However the whole is cut in two, and however the second part comes in pieces: a model that does as it is told
        /// costs nothing.
        #[test]
        fn a_model_that_repeats_its_last_words_joins_without_a_seam(
            words in prop::collection::vec("[a-z]{1,9}[,.]?", 8..60), cut in 0usize..400, piece in 1usize..30,
        ) {
            let whole = words.join(" ");
            let cut = cut % whole.len();
            let so_far = &whole[..cut];
            let tail = last_words(so_far);
            let more = &whole[so_far.trim_end().len() - tail.len()..];
            // Where the text repeats itself nothing can tell what was meant.
            prop_assume!(so_far.matches(tail).count() <= 1 && tail.len() > 12);
            let mut seam = Seam::after(so_far);
            let mut joined = so_far.to_owned();
            for piece in more.as_bytes().chunks(piece) {
                joined.push_str(&seam.push(String::from_utf8_lossy(piece).into_owned()));
            }
            joined.push_str(&seam.end());
            prop_assert_eq!(joined, whole);
        }

        #[test]
        fn never_panics(so_far in "[ \\n.…é漢a“-]{0,20}", more in "[ \\n.…é漢a“-]{0,30}") {
            join(&so_far, &more);
            instruction(&so_far);
        }
    }
}
