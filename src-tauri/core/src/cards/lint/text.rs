//! A card's side as a person reads it: words without Markdown, code and formulas apart, and what of the markup is broken.
//!
//! One pass cuts a side into prose, code and formulas; the closing of each is looked up in lists made beforehand, so that
//! a side of nothing but opening marks takes time in proportion to its length and no more.

use std::{collections::HashMap, ops::Range};

use crate::cards::fence::Fence;

/// Stands in prose for a piece of code, a formula or a picture: one word that is like no other.
pub(super) const OBJECT: char = '\u{fffc}';

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Prose,
    Code,
    Fence,
    Math,
}

/// What the two kinds of marks that must come in pairs look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) code_open: bool,
    pub(super) formula_open: bool,
}

/// A side, cut.
#[derive(Debug)]
pub(super) struct Spans {
    pub(super) all: Vec<(Kind, Range<usize>)>,
    pub(super) marks: Marks,
}

pub(super) fn spans(text: &str) -> Spans {
    let mut found = Spans { all: Vec::new(), marks: Marks::default() };
    let (mut from, mut at) = (0, 0);
    let mut open: Option<(Fence, usize)> = None;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        match open {
            None => {
                if let Some(fence) = Fence::opening(line) {
                    inline(text, from..at, &mut found);
                    open = Some((fence, at));
                }
            }
            Some((fence, start)) => {
                if fence.is_closed_by(line) {
                    found.all.push((Kind::Fence, start..end));
                    (open, from) = (None, end);
                }
            }
        }
        at = end;
    }
    if let Some((_, start)) = open {
        found.marks.code_open = true;
        found.all.push((Kind::Fence, start..at));
    } else {
        inline(text, from..at, &mut found);
    }
    found
}

/// Where the marks of a stretch without fenced blocks close.
struct Closers {
    /// By where a run of backticks begins: where the next of the same length in its paragraph does.
    code: HashMap<usize, usize>,
    /// Single dollars that can close a formula, and the paragraph of each.
    dollars: Vec<usize>,
    double_dollars: Vec<usize>,
    /// `\)` and `\]`.
    brackets: [Vec<usize>; 2],
    blank_lines: Vec<usize>,
}

impl Closers {
    fn of(text: &str, range: &Range<usize>) -> Self {
        let bytes = text.as_bytes();
        let mut closers = Self {
            code: HashMap::new(),
            dollars: Vec::new(),
            double_dollars: Vec::new(),
            brackets: [Vec::new(), Vec::new()],
            blank_lines: Vec::new(),
        };
        let mut runs: Vec<(usize, usize)> = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let step = match bytes[at] {
                b'`' => {
                    let length = run(bytes, at, range.end);
                    runs.push((at, length));
                    length
                }
                b'$' if bytes.get(at + 1) == Some(&b'$') => {
                    closers.double_dollars.push(at);
                    2
                }
                b'$' => {
                    let digit_after = bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
                    if at > range.start && !bytes[at - 1].is_ascii_whitespace() && !digit_after {
                        closers.dollars.push(at);
                    }
                    1
                }
                b'\\' => {
                    match bytes.get(at + 1) {
                        Some(b')') => closers.brackets[0].push(at),
                        Some(b']') => closers.brackets[1].push(at),
                        _ => {}
                    }
                    2
                }
                b'\n'
                    if bytes[at + 1..range.end].iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'))
                        == Some(&b'\n') =>
                {
                    closers.blank_lines.push(at);
                    1
                }
                _ => 1,
            };
            at += step;
        }
        let mut next: HashMap<usize, usize> = HashMap::new();
        for &(start, length) in runs.iter().rev() {
            if let Some(&close) = next.get(&length).filter(|&&close| !closers.blank_between(start, close)) {
                closers.code.insert(start, close);
            }
            next.insert(length, start);
        }
        closers
    }

    fn blank_between(&self, start: usize, end: usize) -> bool {
        let after = self.blank_lines.partition_point(|&at| at < start);
        self.blank_lines.get(after).is_some_and(|&at| at < end)
    }
}

fn run(bytes: &[u8], at: usize, end: usize) -> usize {
    bytes[at..end].iter().take_while(|&&byte| byte == b'`').count()
}

fn first_from(places: &[usize], from: usize) -> Option<usize> {
    places.get(places.partition_point(|&at| at < from)).copied()
}

fn inline(text: &str, range: Range<usize>, found: &mut Spans) {
    let closers = Closers::of(text, &range);
    let (mut prose, mut at) = (range.start, range.start);
    while at < range.end {
        match special(text, at, &range, &closers, &mut found.marks) {
            Step::Over(bytes) => at += bytes,
            Step::Span(kind, end) => {
                found.all.push((Kind::Prose, prose..at));
                found.all.push((kind, at..end));
                (prose, at) = (end, end);
            }
        }
    }
    found.all.push((Kind::Prose, prose.min(range.end)..range.end));
}

enum Step {
    Over(usize),
    Span(Kind, usize),
}

/// What begins at `at`.
fn special(text: &str, at: usize, range: &Range<usize>, closers: &Closers, marks: &mut Marks) -> Step {
    let bytes = text.as_bytes();
    match bytes[at] {
        b'`' => {
            let length = run(bytes, at, range.end);
            match closers.code.get(&at) {
                Some(close) => Step::Span(Kind::Code, close + length),
                None => {
                    marks.code_open |= length == 1 && clings(text, at);
                    Step::Over(length)
                }
            }
        }
        b'$' if bytes.get(at + 1) == Some(&b'$') => match first_from(&closers.double_dollars, at + 2) {
            Some(close) => Step::Span(Kind::Math, close + 2),
            None => {
                marks.formula_open |= at + 2 < range.end && bytes[at + 2] != b'$';
                Step::Over(2)
            }
        },
        b'$' => {
            let opens = bytes.get(at + 1).is_some_and(|byte| !byte.is_ascii_whitespace());
            let close =
                first_from(&closers.dollars, at + 2).filter(|&close| opens && !closers.blank_between(at, close));
            match close {
                Some(close) => Step::Span(Kind::Math, close + 1),
                None => {
                    marks.formula_open |= opens && like_tex(&bytes[at + 1..range.end]);
                    Step::Over(1)
                }
            }
        }
        b'\\' => match bytes.get(at + 1) {
            Some(bracket @ (b'(' | b'[')) => match first_from(&closers.brackets[usize::from(*bracket == b'[')], at + 2)
            {
                Some(close) => Step::Span(Kind::Math, close + 2),
                None => {
                    marks.formula_open |= like_tex(&bytes[at + 2..range.end]);
                    Step::Over(2)
                }
            },
            Some(byte) if byte.is_ascii() => Step::Over(2),
            _ => Step::Over(1),
        },
        _ => Step::Over(1),
    }
}

/// Whether a lone backtick was meant to begin or end code: it clings to a word on one side and to nothing on the other.
/// On both sides it is a letter of its own (`Hawai`i`), on none it is a key that somebody names.
fn clings(text: &str, at: usize) -> bool {
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let gap = |c: Option<char>| c.is_none_or(char::is_whitespace);
    let (before, after) = (text[..at].chars().next_back(), text[at + 1..].chars().next());
    (word(before) && gap(after)) || (gap(before) && word(after))
}

/// Whether what follows an unclosed dollar on its line is TeX and not a price.
fn like_tex(after: &[u8]) -> bool {
    let line = after.iter().take(80).take_while(|&&byte| byte != b'\n').copied().collect::<Vec<_>>();
    line.windows(2)
        .any(|two| matches!(two, [b'^', _]) || two == b"_{" || (two[0] == b'\\' && two[1].is_ascii_alphabetic()))
}

/// What is wrong inside of a formula; none when its brackets and environments are in pairs.
pub(super) fn formula_fault(formula: &str) -> Option<&'static str> {
    let (mut depth, mut lefts, mut environments) = (0_i64, 0_i64, 0_i64);
    let mut rest = formula;
    while let Some(at) = rest.find(['{', '}', '\\']) {
        let (mark, after) = (rest.as_bytes()[at], &rest[at + 1..]);
        rest = after;
        match mark {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {
                let name: &str = &after[..after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len())];
                match name {
                    "left" => lefts += 1,
                    "right" => lefts -= 1,
                    "begin" => environments += 1,
                    "end" => environments -= 1,
                    _ => {}
                }
                // An escaped brace is one to read.
                rest = if name.is_empty() { after.get(1..).unwrap_or(after) } else { &after[name.len()..] };
            }
        }
        if depth < 0 {
            return Some("a closing brace without an opening one");
        }
    }
    match (depth, lefts, environments) {
        (0, 0, 0) => None,
        (0, 0, _) => Some("\\begin without its \\end, or the other way round"),
        (0, ..) => Some("\\left without its \\right, or the other way round"),
        _ => Some("a brace that is not closed"),
    }
}
