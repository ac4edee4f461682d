//! Scripts that are written without spaces, where words cannot be counted or compared as elsewhere.

/// How many characters of such a script make about a word; none for a character of any other.
pub(super) fn characters_a_word(c: char) -> Option<usize> {
    match c {
        '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => {
            Some(2)
        }
        // Thai, Lao, Burmese, Khmer.
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => Some(4),
        _ => None,
    }
}

pub(super) fn unspaced(c: char) -> bool {
    characters_a_word(c).is_some()
}
