//! How many tokens a text is, without asking the model: as many as it may be, and as few as it can be. The exact count
//! depends on the model.

/// About how many tokens `text` is for any model, estimated high: English is nearer four characters a token than
/// three, other scripts nearer one or two. Gemma and Qwen read each digit by itself, so a table of numbers is several
/// times what as many letters are; of marks each may be one as well.
#[must_use]
pub fn estimate_tokens(text: &str) -> u32 {
    let (mut letters, mut single) = (0_usize, 0_usize);
    for c in text.chars() {
        if c.is_ascii_digit() || c.is_ascii_punctuation() {
            single += 1;
        } else if c.is_ascii() {
            letters += 1;
        } else {
            single += c.len_utf16();
        }
    }
    u32::try_from(letters.div_ceil(3) + single).unwrap_or(u32::MAX)
}

/// How few tokens `text` can be for any model: one a word, and more for a long number (models that join digits join
/// three) and for Chinese and Japanese, which are written without spaces (one or two characters a token).
#[must_use]
pub(crate) fn least_tokens(text: &str) -> u32 {
    let tokens: usize = text.split_whitespace().map(least_of_word).sum();
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

fn least_of_word(word: &str) -> usize {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let unspaced = word.chars().filter(|c| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')).count();
    (digits / 4 + unspaced / 4).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_joined_and_digits_and_marks_are_not() {
        assert_eq!(estimate_tokens("a plain word"), 4);
        assert_eq!(estimate_tokens("1914"), 4);
        assert_eq!(estimate_tokens("漢字🧠"), 4);
        let table = "| 3.14159 | 2.71828 |\n".repeat(100);
        // Counted one by one: 12 digits, 5 marks and 5 white spaces a line.
        assert!(estimate_tokens(&table) >= 1_700, "{}", estimate_tokens(&table));
    }

    #[test]
    fn a_word_is_a_token_at_least_and_long_numbers_are_more() {
        assert_eq!((least_tokens(""), least_tokens(" ein Wort, 1914 ")), (0, 3));
        assert_eq!(least_tokens("3141592653589793"), 4);
        assert_eq!(least_tokens(&"漢字".repeat(20)), 10);
    }
}
