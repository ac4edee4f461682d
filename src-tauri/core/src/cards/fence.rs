//! Fenced code blocks (CommonMark 0.31, section 4.5): where one opens, and which line closes it.

/// A fence that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fence {
    mark: char,
    length: usize,
}

impl Fence {
    /// The fence that a line opens, if any. Backticks after the first run make it a line with code in it.
    pub(super) fn opening(line: &str) -> Option<Self> {
        let line = line.trim();
        let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let rest = line.trim_start_matches(mark);
        let length = line.len() - rest.len();
        (length >= 3 && (mark == '~' || !rest.contains('`'))).then_some(Self { mark, length })
    }

    pub(super) fn is_closed_by(self, line: &str) -> bool {
        let line = line.trim();
        line.len() >= self.length && line.chars().all(|c| c == self.mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_as_many_of_the_same_mark_close_a_fence() {
        let fence = Fence::opening("  ````md").expect("a fence");
        for (line, closes) in [("````", true), ("`````  ", true), ("```", false), ("~~~~", false), ("```` x", false)] {
            assert_eq!(fence.is_closed_by(line), closes, "{line}");
        }
        for line in ["``", "```a``` is code", "text", ""] {
            assert_eq!(Fence::opening(line), None, "{line}");
        }
        assert!(Fence::opening("~~~ a`b").is_some());
    }
}
