//! What the rules look at: a side without its Markdown, its words, its sentences, its list.

use super::text::{Kind, OBJECT, Spans, spans};
use crate::cards::script::characters_a_word;
pub(super) use crate::cards::script::unspaced;

/// A side as read.
#[derive(Debug)]
pub(super) struct Side {
    /// Without Markdown and fenced code; inline code, formulas and pictures are an [`OBJECT`] each.
    pub(super) prose: String,
    /// Items of a Markdown list, or rows of a table below its head.
    pub(super) items: usize,
    /// Whether there is code, a formula or a picture, which words cannot be judged without.
    pub(super) objects: bool,
    /// The inline code and the formulas, without their marks. What is fenced is a program, whose numbers are its own.
    pub(super) insides: Vec<(Kind, String)>,
    /// Whether a word stands between `*` or `_`, as one does that is spoken of.
    pub(super) stressed: bool,
}

impl Side {
    pub(super) fn read(text: &str) -> Self {
        let Spans { all, .. } = spans(text);
        let mut joined = String::with_capacity(text.len());
        let (mut objects, mut insides) = (false, Vec::new());
        for (kind, range) in all {
            match kind {
                Kind::Prose => joined.push_str(&text[range]),
                Kind::Fence => {
                    objects = true;
                    joined.push('\n');
                }
                Kind::Code | Kind::Math => {
                    objects = true;
                    insides.push((kind, text[range].trim_matches(['`', '$']).trim().to_owned()));
                    joined.push(OBJECT);
                }
            }
        }
        let numbered = joined.lines().filter(|line| number_marker(line.trim()).is_some()).count() > 1;
        let (mut prose, mut list, mut rows) = (String::with_capacity(joined.len()), 0, 0_usize);
        for line in joined.lines() {
            let mut line = line.trim();
            while let Some(rest) = line.strip_prefix('>') {
                line = rest.trim_start();
            }
            if let Some(item) = bullet(line).or_else(|| numbered.then(|| number_marker(line)).flatten()) {
                list += 1;
                line = item;
            } else if line.starts_with('|') {
                if line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' ')) {
                    rows = 0;
                    continue;
                }
                rows += 1;
            }
            objects |= plain(line.trim_start_matches('#').trim_start(), &mut prose);
            prose.push('\n');
        }
        prose.truncate(prose.trim_end().len());
        Self { prose, items: list.max(rows), objects, insides, stressed: joined.contains(['*', '_']) }
    }

    pub(super) fn words(&self) -> usize {
        count(&self.prose)
    }
}

fn bullet(line: &str) -> Option<&str> {
    line.strip_prefix(['-', '*', '+', '•'])?.strip_prefix([' ', '\t']).map(str::trim_start)
}

/// The item of a line such as `2. item`.
fn number_marker(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = line.len() - rest.len();
    (1..=2).contains(&digits).then_some(rest)?.strip_prefix(['.', ')'])?.strip_prefix(' ')
}

/// Appends a line without emphasis, links' targets, tags and escapes; true when there was a picture.
fn plain(line: &str, prose: &mut String) -> bool {
    let mut picture = false;
    let mut before = ' ';
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let next = after.chars().next();
        rest = after;
        match c {
            '*' => {}
            '~' if next == Some('~') => rest = &after[1..],
            '_' if !before.is_alphanumeric() || !next.is_some_and(char::is_alphanumeric) => {}
            '|' => prose.push(' '),
            '!' if next == Some('[') => picture = true,
            '\\' if next.is_some_and(|next| next.is_ascii_punctuation()) => {
                prose.push(after.as_bytes()[0] as char);
                rest = &after[1..];
            }
            ']' if next == Some('(') => {
                if let Some(end) = close_by(after, b')') {
                    rest = &after[end..];
                }
            }
            '<' if next.is_some_and(|next| next.is_ascii_alphabetic() || next == '/') => match close_by(after, b'>') {
                Some(end) => {
                    picture |= after.starts_with("img");
                    prose.push(' ');
                    rest = &after[end..];
                }
                None => prose.push(c),
            },
            _ => prose.push(c),
        }
        before = c;
    }
    if picture {
        prose.push(' ');
        prose.push(OBJECT);
    }
    picture
}

/// The byte after the next `close`, if it is near: a target or a tag is short, and an unclosed one costs little.
fn close_by(text: &str, close: u8) -> Option<usize> {
    text.bytes().take(300).position(|byte| byte == close).map(|at| at + 1)
}

/// How many words there are; in scripts without spaces, two characters (of the longer words of Thai and its like, four)
/// are counted as one.
pub(super) fn count(prose: &str) -> usize {
    let (mut words, mut twelfths, mut inside) = (0, 0, false);
    for c in prose.chars() {
        if let Some(characters) = characters_a_word(c) {
            twelfths += 12 / characters;
            inside = false;
        } else if c.is_alphanumeric() || c == OBJECT {
            words += usize::from(!inside);
            inside = true;
        } else if c.is_whitespace() {
            inside = false;
        }
    }
    words + twelfths.div_ceil(12)
}

/// The words, lower-cased, without the marks around them; a run of a script without spaces is one.
pub(super) fn words(prose: &str) -> impl Iterator<Item = &str> {
    prose
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, OBJECT | '\u{300}'..='\u{36f}' | '\u{93c}'..='\u{94d}')))
        .filter(|word| !word.is_empty())
}

/// `prose` without what stands in quotation marks: words that are spoken of, not used.
pub(super) fn unquoted(prose: &str) -> String {
    let (mut kept, mut held, mut close) = (String::with_capacity(prose.len()), String::new(), None);
    for c in prose.chars() {
        match close {
            Some(mark) if c == mark || (mark == '”' && c == '“') => {
                held.clear();
                close = None;
                kept.push(OBJECT);
            }
            Some(_) => held.push(c),
            None => {
                close = match c {
                    '"' => Some('"'),
                    '“' | '„' => Some('”'),
                    '«' => Some('»'),
                    '»' => Some('«'),
                    '「' => Some('」'),
                    '『' => Some('』'),
                    '‘' => Some('’'),
                    _ => None,
                };
                if close.is_none() {
                    kept.push(c);
                }
            }
        }
    }
    kept.push_str(&held);
    kept
}

/// Ends of sentences in the languages whose full stops also end abbreviations and ordinals.
const ABBREVIATIONS: [&str; 62] = [
    "e.g", "i.e", "eg", "ie", "etc", "vs", "cf", "ca", "approx", "no", "nr", "nos", "fig", "dr", "mr", "mrs", "ms",
    "prof", "st", "jr", "sr", "inc", "ltd", "vol", "pp", "p", "al", "z.b", "bzw", "usw", "u.a", "d.h", "o.ä", "vgl",
    "sog", "evtl", "ggf", "inkl", "abs", "art", "str", "mio", "mrd", "jh", "jhd", "chr", "p.ex", "ex", "av", "apr",
    "env", "sra", "dott", "sig", "bijv", "enz", "resp", "bspw", "tel", "dt", "lat", "engl",
];

/// How many sentences there are; a last one may lack its end.
pub(super) fn sentences(prose: &str) -> usize {
    let mut sentences = 0;
    // Whether words came since the last end.
    let mut open = false;
    let mut word = String::new();
    let mut chars = prose.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '。' | '！' | '？' | '।' | '۔' => {
                sentences += usize::from(open);
                open = false;
            }
            '.' | '!' | '?' | '؟' => {
                let gap = chars
                    .peek()
                    .is_none_or(|next| next.is_whitespace() || matches!(next, ')' | '"' | '”' | '»' | '\''));
                if gap && open && !(c == '.' && abbreviated(&word)) {
                    sentences += 1;
                    open = false;
                }
                if !gap && c == '.' {
                    word.push(c);
                    continue;
                }
            }
            c if c.is_alphanumeric() || c == OBJECT => {
                open = true;
                if word.len() < 16 {
                    word.extend(c.to_lowercase());
                }
                continue;
            }
            _ => {}
        }
        word.clear();
    }
    sentences + usize::from(open)
}

/// Whether a full stop after this word is its own: an abbreviation, an initial, a German ordinal.
fn abbreviated(word: &str) -> bool {
    // U.S., a.m., Ph.D.: letters with full stops between.
    let dotted = word.contains('.')
        && word.split('.').all(|part| (1..=2).contains(&part.chars().count()) && part.chars().all(char::is_alphabetic));
    dotted
        || ABBREVIATIONS.contains(&word)
        || word.chars().count() == 1 && word.chars().all(char::is_alphabetic)
        || word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_digit())
}
