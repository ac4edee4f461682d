//! A conversation's first name, taken from its first question.

/// What a conversation is called until its first turn names it, or the person does.
pub const UNTITLED: &str = "New conversation";

/// Fits the sidebar in one line.
const LONGEST: usize = 48;

/// The beginning of `question` in whole words, without the marks of Markdown; [`UNTITLED`] when no words are in it.
#[must_use]
pub fn title_from(question: &str) -> String {
    let line = question.lines().map(plain).find(|line| line.chars().any(char::is_alphanumeric));
    let Some(line) = line else { return UNTITLED.to_owned() };
    if line.chars().count() <= LONGEST {
        return line;
    }
    let mut title = String::new();
    let mut length = 0;
    for word in line.split(' ') {
        let with = length + usize::from(length > 0) + word.chars().count();
        if with >= LONGEST {
            break;
        }
        if length > 0 {
            title.push(' ');
        }
        title.push_str(word);
        length = with;
    }
    if title.is_empty() {
        // One endless word, or a script without spaces.
        title = line.chars().take(LONGEST - 1).collect();
    }
    format!("{}…", title.trim_end_matches([',', ';', ':', '-', '–']))
}

/// What a branch of a conversation called `title` is called.
#[must_use]
pub fn branch_title(title: &str) -> String {
    let (name, number) = match title.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (branch")) {
        Some((name, "")) => (name, 2),
        Some((name, number)) => match number.trim_start().parse::<u32>() {
            Ok(number) => (name, number.saturating_add(1)),
            Err(_) => (title, 1),
        },
        None => (title, 1),
    };
    if number == 1 { format!("{name} (branch)") } else { format!("{name} (branch {number})") }
}

fn plain(line: &str) -> String {
    let unmarked: String =
        line.chars().filter(|c| !matches!(c, '*' | '`' | '#' | '>') && !c.is_control() || *c == '\t').collect();
    unmarked.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whole_words_of_the_first_line_that_has_any() {
        assert_eq!(title_from("What is a **prime**?"), "What is a prime?");
        assert_eq!(title_from("\n---\n# Why `sky`  blue\nand more"), "Why sky blue");
        assert_eq!(
            title_from("Explain the difference between a mutex, a semaphore and a condition variable"),
            "Explain the difference between a mutex, a…"
        );
        assert_eq!(title_from("???"), UNTITLED);
        assert_eq!(title_from(&"漢".repeat(100)).chars().count(), LONGEST);
    }

    #[test]
    fn a_branch_is_marked_once_and_then_counted() {
        for (title, branch) in [
            ("Why?", "Why? (branch)"),
            ("Why? (branch)", "Why? (branch 2)"),
            ("Why? (branch 2)", "Why? (branch 3)"),
            ("Why? (branch office)", "Why? (branch office) (branch)"),
            ("", " (branch)"),
        ] {
            assert_eq!(branch_title(title), branch);
        }
    }

    proptest! {
        #[test]
        fn never_longer_than_its_place_and_never_empty(question in "\\PC{0,200}") {
            let title = title_from(&question);
            prop_assert!(title.chars().count() <= LONGEST && !title.is_empty());
        }
    }
}
