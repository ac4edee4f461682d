//! A conversation as a Markdown document.
//!
//! What was said is Markdown too, and may be anything: its headings are moved below those of the document, and what it
//! leaves open (a code fence, a comment) is closed, so that nothing swallows what comes after it.

use jiff::{Timestamp, tz::TimeZone};

use super::{Conversation, Message, MessageStatus, Role};
use crate::time::UnixMillis;

/// The document's title and the name of who speaks are the first two levels.
const LEVELS_ABOVE: usize = 2;
const DEEPEST: usize = 6;
/// Bytes of a file's name before `.md`: systems allow 255, and a number may be added.
const LONGEST_NAME: usize = 120;
const NAMELESS: &str = "Conversation";

/// The conversation as it is shown; times are told in `zone`.
#[must_use]
pub fn markdown(conversation: &Conversation, zone: &TimeZone) -> String {
    let summary = &conversation.summary;
    let mut document = format!("# {}\n\n{}\n", one_line(&summary.title), day(summary.created_at, zone));
    for message in &conversation.messages {
        let heading = match (message.role, &message.model) {
            (Role::User, _) => "You".to_owned(),
            (Role::Assistant, Some(model)) => one_line(&model.name),
            (Role::Assistant, None) => "Answer".to_owned(),
        };
        document.push_str(&format!("\n## {heading}\n\n{}\n", said(&message.content)));
        if let Some(remark) = remark(message) {
            document.push_str(&format!("\n*{remark}*\n"));
        }
    }
    document
}

fn day(at: UnixMillis, zone: &TimeZone) -> String {
    let at = Timestamp::from_millisecond(at.0).unwrap_or_default().to_zoned(zone.clone());
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// What a reader has to know of an answer that is not whole.
fn remark(message: &Message) -> Option<String> {
    let problem = message.problem.as_ref().map(|problem| one_line(&problem.message));
    match message.status {
        MessageStatus::Complete | MessageStatus::Failed => problem,
        MessageStatus::Interrupted => Some("The answer was stopped here.".to_owned()),
        MessageStatus::Streaming => Some("The answer was still being written.".to_owned()),
    }
}

/// Text from outside as part of one line, without marks that would mean something there.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    for c in text.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '#' | '|' | '~' | '$') {
            line.push('\\');
        }
        line.push(c);
    }
    line
}

/// A code fence that is open: its character and length (CommonMark 0.31, section 4.5).
#[derive(Clone, Copy, Debug, PartialEq)]
struct Fence {
    mark: char,
    length: usize,
}

impl Fence {
    fn opening(line: &str) -> Option<Self> {
        let text = unindented(line)?;
        let mark = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let length = text.chars().take_while(|&c| c == mark).count();
        let info = &text[length..];
        (length >= 3 && !(mark == '`' && info.contains('`'))).then_some(Self { mark, length })
    }

    fn is_closed_by(self, line: &str) -> bool {
        let Some(text) = unindented(line) else { return false };
        let length = text.chars().take_while(|&c| c == self.mark).count();
        length >= self.length && text[length..].trim().is_empty()
    }

    fn close(self) -> String {
        std::iter::repeat_n(self.mark, self.length).collect()
    }
}

/// A line of a block that begins at the margin: more than three spaces before it make it code.
fn unindented(line: &str) -> Option<&str> {
    let text = line.trim_start_matches(' ');
    (line.len() - text.len() <= 3 && !text.is_empty()).then_some(text)
}

/// `content` with its headings moved down, and everything closed that it leaves open.
fn said(content: &str) -> String {
    let content = content.trim_end();
    let lines: Vec<&str> = content.lines().collect();
    let mut said: Vec<String> = Vec::with_capacity(lines.len());
    let mut fence: Option<Fence> = None;
    for (at, &line) in lines.iter().enumerate() {
        if let Some(open) = fence {
            if open.is_closed_by(line) {
                fence = None;
            }
            said.push(line.to_owned());
        } else if let Some(opened) = Fence::opening(line) {
            fence = Some(opened);
            said.push(line.to_owned());
        } else if let Some(level) = underline(line, said.last()) {
            let text = said.pop().unwrap_or_default();
            said.push(format!("{} {}", "#".repeat(level + LEVELS_ABOVE), text.trim()));
        } else {
            said.push(lowered(line).unwrap_or_else(|| closed_html(line, &lines[at..])));
        }
    }
    if let Some(open) = fence {
        said.push(open.close());
    }
    said.join("\n")
}

/// A heading that begins with `#`, moved down.
fn lowered(line: &str) -> Option<String> {
    let text = unindented(line)?;
    let level = text.chars().take_while(|&c| c == '#').count();
    let rest = &text[level..];
    let is_heading = (1..=DEEPEST).contains(&level) && (rest.is_empty() || rest.starts_with([' ', '\t']));
    is_heading.then(|| format!("{}{rest}", "#".repeat((level + LEVELS_ABOVE).min(DEEPEST))))
}

/// The level of the heading that a line of `=` or `-` makes of the line before it.
fn underline(line: &str, before: Option<&String>) -> Option<usize> {
    let text = unindented(line)?.trim_end();
    let before = unindented(before?)?;
    // Those are no text that a line could make a heading of.
    let other = ['#', '>', '|', '-', '*', '+', '`', '~', '<'];
    if before.starts_with(other) || before.starts_with(|c: char| c.is_ascii_digit()) && before.contains(". ") {
        return None;
    }
    match text.chars().next()? {
        mark @ ('=' | '-') if text.chars().all(|c| c == mark) => Some(if mark == '=' { 1 } else { 2 }),
        _ => None,
    }
}

/// HTML that goes on to its own end and not to the next empty line (CommonMark 0.31, section 4.6); where that end is
/// missing, it is shown as text.
fn closed_html(line: &str, from_here: &[&str]) -> String {
    const OPEN: [(&str, &str); 8] = [
        ("<!--", "-->"),
        ("<script", "</script>"),
        ("<style", "</style>"),
        ("<pre", "</pre>"),
        ("<textarea", "</textarea>"),
        ("<?", "?>"),
        ("<![cdata[", "]]>"),
        ("<!", ">"),
    ];
    let Some(text) = unindented(line).map(str::to_ascii_lowercase) else { return line.to_owned() };
    let Some((_, end)) = OPEN.iter().find(|(open, _)| text.starts_with(open)) else { return line.to_owned() };
    if from_here.iter().any(|line| line.to_ascii_lowercase().contains(end)) {
        return line.to_owned();
    }
    line.replacen('<', "\\<", 1)
}

/// A name for the document's file that every system takes.
#[must_use]
pub fn file_name(title: &str) -> String {
    let allowed = |c: char| {
        let forbidden = matches!(c, '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*') || c.is_control();
        // What turns the direction of text around can make a name look like another.
        let invisible = matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFFD}');
        if forbidden || invisible { ' ' } else { c }
    };
    let words: String = title.chars().map(allowed).collect();
    let mut name = words.split_whitespace().collect::<Vec<_>>().join(" ");
    name.truncate(name.floor_char_boundary(LONGEST_NAME));
    let name = name.trim_matches(|c: char| c == '.' || c == '-' || c == '~' || c.is_whitespace());
    match name {
        "" => format!("{NAMELESS}.md"),
        name if is_reserved(name) => format!("{NAMELESS} {name}.md"),
        name => format!("{name}.md"),
    }
}

/// Names of devices, which Windows finds in any folder and before any extension.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_uppercase();
    let numbered = |device: &str| {
        stem.strip_prefix(device).is_some_and(|number| {
            let mut digits = number.chars();
            matches!(digits.next(), Some('0'..='9' | '¹' | '²' | '³')) && digits.next().is_none()
        })
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") || numbered("COM") || numbered("LPT")
}

#[cfg(test)]
#[path = "export_tests.rs"]
mod tests;
