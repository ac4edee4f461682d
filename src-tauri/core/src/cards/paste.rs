//! Cards in a pasted text: `Q:`/`A:` pairs, two columns with a tab between as Anki exports them, lines with deletions.
//!
//! Every line that is not blank becomes part of a card or a problem with its number: nothing is dropped unsaid.

use super::{NewCard, NoteKind, PasteProblem, Pasted, cloze, read::has_deletion};

/// What stands before the colon of a question, in lower case, and what then stands before its answer's.
const LABELS: [(&[&str], &[&str]); 9] = [
    (&["q", "question"], &["a", "answer"]),
    (&["f", "frage"], &["a", "antwort"]),
    (&["q", "question"], &["r", "réponse", "reponse"]),
    (&["p", "pregunta"], &["r", "respuesta"]),
    (&["d", "domanda"], &["r", "risposta"]),
    (&["p", "pergunta"], &["r", "resposta"]),
    (&["v", "vraag"], &["a", "antwoord"]),
    (&["問", "質問", "问", "问题", "問題"], &["答", "答え", "回答", "答案"]),
    (&["front"], &["back"]),
];

/// After so many quotation marks that are never closed, none is looked for on later lines any more: each search reads on
/// to the end.
const MOST_UNCLOSED: usize = 20;

/// The cards of `text`, and what in it is none. Line ends may be those of any system.
#[must_use]
pub fn read(text: &str) -> Pasted {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    let mut reader = Reader {
        separator: '\t',
        html: false,
        tags_column: None,
        open: None,
        unclosed: 0,
        pasted: Pasted { cards: Vec::new(), problems: Vec::new() },
    };
    let mut rows = Rows { rest: &text, line: 1 };
    while let Some((number, row)) = rows.next_line() {
        reader.line(number, row, &mut rows);
    }
    reader.close();
    reader.pasted
}

/// A pair that is being read.
struct Pair {
    line: u32,
    labels: Vec<usize>,
    question: String,
    answer: Option<String>,
    /// Within a fenced block, where a label is code and a blank line ends nothing.
    fenced: bool,
}

struct Reader {
    separator: char,
    html: bool,
    /// From 1, as Anki counts.
    tags_column: Option<usize>,
    open: Option<Pair>,
    /// Quotation marks that were never closed.
    unclosed: usize,
    pasted: Pasted,
}

struct Rows<'a> {
    rest: &'a str,
    line: u32,
}

impl<'a> Rows<'a> {
    fn next_line(&mut self) -> Option<(u32, &'a str)> {
        if self.rest.is_empty() {
            return None;
        }
        let (row, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        self.line += 1;
        Some((self.line - 1, row))
    }
}

impl Reader {
    fn line<'a>(&mut self, number: u32, row: &'a str, rows: &mut Rows<'a>) {
        if self.open.as_ref().is_some_and(|pair| pair.fenced) {
            self.more(row);
        } else if let Some(answer) = self.answers(row) {
            let pair = self.open.as_mut();
            match pair {
                Some(pair) if pair.answer.is_none() => pair.answer = Some(answer.to_owned()),
                _ => {
                    self.close();
                    self.problem(
                        number,
                        "This answer has no question before it. Write one on a line that begins with Q:",
                    );
                }
            }
        } else if let Some((labels, question)) = asks(row) {
            self.close();
            self.open = Some(Pair { line: number, labels, question: question.to_owned(), answer: None, fenced: false });
        } else if row.trim().is_empty() {
            self.blank();
        } else if self.open.is_some() {
            self.more(row);
        } else if number < 20 && row.starts_with('#') && self.header(row) {
            // It said how the rest is written.
        } else if row.contains(self.separator) || row.starts_with('"') {
            self.columns(number, row, rows);
        } else if has_deletion(row) {
            self.cloze(number, row.trim(), "", Vec::new());
        } else {
            let separator = if self.separator == '\t' { "tab".to_owned() } else { format!("“{}”", self.separator) };
            self.problem(number, &format!(
                "This is no card: there is no Q: or A: before it, no {separator} between two sides, and no deletion like {{{{c1::this}}}}."
            ));
        }
    }

    /// The text of an answer to the question that is open, or to any when none is.
    fn answers<'a>(&self, row: &'a str) -> Option<&'a str> {
        let (label, text) = label(row)?;
        let fits = |at: &usize| LABELS[*at].1.contains(&label.as_str());
        match &self.open {
            Some(pair) => pair.labels.iter().any(fits).then_some(text),
            // A lone letter may begin any line.
            None => (label.chars().count() > 1 || label == "a")
                .then_some(())
                .filter(|()| !row.contains('\t') && (0..LABELS.len()).any(|at| fits(&at)))
                .map(|()| text),
        }
    }

    /// A blank line ends a pair that has its answer; before that, it is part of the question.
    fn blank(&mut self) {
        if let Some(pair) = &mut self.open {
            match &mut pair.answer {
                Some(answer) if !answer.trim().is_empty() => self.close(),
                Some(answer) => answer.push('\n'),
                None => pair.question.push('\n'),
            }
        }
    }

    fn more(&mut self, row: &str) {
        if let Some(pair) = &mut self.open {
            pair.fenced ^= row.trim_start().starts_with("```");
            let side = pair.answer.as_mut().unwrap_or(&mut pair.question);
            side.push('\n');
            side.push_str(row.trim_end());
        }
    }

    fn close(&mut self) {
        let Some(pair) = self.open.take() else { return };
        let (question, answer) = (pair.question.trim(), pair.answer.as_deref().map(str::trim));
        let (question, answer) = (question.to_owned(), answer.map(str::to_owned));
        match answer {
            None if has_deletion(&question) => self.cloze(pair.line, &question, "", Vec::new()),
            None => self.problem(
                pair.line,
                &format!("The question “{}” has no answer. Write one on a line that begins with A:", begins(&question)),
            ),
            Some(answer) => self.card(pair.line, &question, &answer, Vec::new()),
        }
    }

    /// A line of Anki's header, `#separator:tab`; false when it is none.
    fn header(&mut self, row: &str) -> bool {
        let Some((key, value)) = row[1..].split_once(':') else { return false };
        let value = value.trim();
        match key.trim().to_lowercase().as_str() {
            "separator" => {
                self.separator = match value.to_lowercase().as_str() {
                    "comma" => ',',
                    "semicolon" => ';',
                    "pipe" => '|',
                    "colon" => ':',
                    "space" => ' ',
                    "tab" | "\\t" => '\t',
                    other => other.chars().next().unwrap_or('\t'),
                };
            }
            "html" => self.html = value.eq_ignore_ascii_case("true"),
            "tags column" => self.tags_column = value.parse().ok(),
            "tags" | "columns" | "notetype" | "deck" | "notetype column" | "deck column" | "guid column"
            | "if matches" => {}
            _ => return false,
        }
        true
    }

    /// A row of columns; one in quotation marks may go on over several lines.
    fn columns<'a>(&mut self, number: u32, row: &'a str, rows: &mut Rows<'a>) {
        let start = Rows { rest: rows.rest, line: rows.line };
        if self.unclosed > MOST_UNCLOSED {
            rows.rest = "";
        }
        let Some(columns) = columns(row, self.separator, rows) else {
            self.unclosed += 1;
            // What was read in search of the closing mark is read again as lines of its own.
            *rows = start;
            if let Some((question, answer)) = row.split_once(self.separator) {
                return self.card(number, question, answer, Vec::new());
            }
            return self.problem(
                number,
                "A quotation mark at the beginning of this line is not closed. Close it, or take it away.",
            );
        };
        if self.unclosed > MOST_UNCLOSED {
            *rows = start;
        }
        let columns: Vec<String> =
            columns.into_iter().map(|column| if self.html { plain(&column) } else { column }).collect();
        let tags_at = self.tags_column.map_or(2, |column| column.saturating_sub(1));
        let tags: Vec<String> =
            columns.get(tags_at).map_or_else(Vec::new, |tags| tags.split_whitespace().map(str::to_owned).collect());
        let mut sides = columns.iter().enumerate().filter(|(at, _)| *at != tags_at).map(|(_, column)| column.as_str());
        let (question, answer) = (sides.next().unwrap_or_default(), sides.next().unwrap_or_default());
        let left: Vec<&str> = sides.filter(|side| !side.trim().is_empty()).collect();
        if has_deletion(question) {
            self.cloze(number, question, answer, tags);
        } else {
            self.card(number, question, answer, tags);
        }
        if !left.is_empty() {
            self.problem(
                number,
                &format!("Only two columns and tags are read here; “{}” was left out.", begins(&left.join(" · "))),
            );
        }
    }

    fn cloze(&mut self, line: u32, text: &str, extra: &str, tags: Vec<String>) {
        match cloze::numbers(text) {
            Ok(_) => self.push(line, NoteKind::Cloze, text, extra, tags),
            Err(broken) => self.problem(line, broken.sentence()),
        }
    }

    fn card(&mut self, line: u32, question: &str, answer: &str, tags: Vec<String>) {
        match (question.trim().is_empty(), answer.trim().is_empty()) {
            (true, true) => self.problem(line, "Both sides are empty."),
            (true, false) => self.problem(line, &format!("“{}” has no question.", begins(answer.trim()))),
            (false, true) => self.problem(line, &format!("“{}” has no answer.", begins(question.trim()))),
            _ => self.push(line, NoteKind::Basic, question, answer, tags),
        }
    }

    fn push(&mut self, line: u32, kind: NoteKind, question: &str, answer: &str, tags: Vec<String>) {
        if question.len().max(answer.len()) > super::LONGEST_SIDE {
            return self
                .problem(line, &format!("“{}” is longer than a card can be. Split it.", begins(question.trim())));
        }
        let (question, answer) = (question.trim().to_owned(), answer.trim().to_owned());
        self.pasted.cards.push(NewCard { kind, question, answer, tags, source: None });
    }

    fn problem(&mut self, line: u32, message: &str) {
        self.pasted.problems.push(PasteProblem { line, message: message.to_owned() });
    }
}

/// The label before the first colon of a line, and what follows it. Markdown's emphasis and list marks around it are
/// passed over.
fn label(row: &str) -> Option<(String, &str)> {
    let row = row.trim_start().trim_start_matches(['*', '_', '-', '#', '>', ' ']);
    let end = row.char_indices().take(24).find(|(_, c)| matches!(c, ':' | '：'))?;
    let name = row[..end.0].trim_matches(|c: char| matches!(c, '*' | '_' | '.') || c.is_whitespace());
    // "Q1:", "Question 2:".
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end();
    let text = row[end.0 + end.1.len_utf8()..].trim_start_matches(['*', '_']).trim();
    (!name.is_empty()).then(|| (name.to_lowercase(), text))
}

/// The labels that a line may have begun with, if it asks.
fn asks(row: &str) -> Option<(Vec<usize>, &str)> {
    let (label, text) = label(row)?;
    let fitting: Vec<usize> = (0..LABELS.len()).filter(|at| LABELS[*at].0.contains(&label.as_str())).collect();
    (!fitting.is_empty()).then_some((fitting, text))
}

/// The columns of a row that begins with `row`, reading on in `rows` within quotation marks; none when one is not closed.
fn columns<'a>(row: &'a str, separator: char, rows: &mut Rows<'a>) -> Option<Vec<String>> {
    let mut columns = Vec::new();
    let mut rest = row;
    loop {
        let Some(mut quoted) = rest.strip_prefix('"') else {
            match rest.split_once(separator) {
                Some((column, after)) => {
                    columns.push(column.to_owned());
                    rest = after;
                    continue;
                }
                None => {
                    columns.push(rest.to_owned());
                    return Some(columns);
                }
            }
        };
        let mut column = String::new();
        let after = loop {
            match quoted.split_once('"') {
                Some((text, after)) => {
                    column.push_str(text);
                    match after.strip_prefix('"') {
                        Some(after) => {
                            column.push('"');
                            quoted = after;
                        }
                        None => break after,
                    }
                }
                None => {
                    column.push_str(quoted);
                    column.push('\n');
                    // Longer than any card: the mark was no opening one.
                    if column.len() > super::LONGEST_SIDE {
                        return None;
                    }
                    quoted = rows.next_line()?.1;
                }
            }
        };
        // What follows a closing mark up to the separator belongs to the column ("quoted" in part).
        let (text, next) = after.split_once(separator).map_or((after, None), |(text, next)| (text, Some(next)));
        if text.trim().is_empty() {
            columns.push(column);
        } else {
            columns.push(format!("\"{column}\"{text}"));
        }
        match next {
            Some(next) => rest = next,
            None => return Some(columns),
        }
    }
}

/// HTML of Anki's fields as text: line breaks kept, the commonest entities read, other tags left for Markdown to judge.
fn plain(html: &str) -> String {
    let mut text = html.to_owned();
    for (from, to) in [
        ("<br>", "\n"),
        ("<br/>", "\n"),
        ("<br />", "\n"),
        ("<div>", "\n"),
        ("</div>", ""),
        ("<b>", "**"),
        ("</b>", "**"),
        ("<i>", "*"),
        ("</i>", "*"),
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ] {
        text = text.replace(from, to);
    }
    text
}

/// The first words of a text, to know it by.
fn begins(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
#[path = "paste_tests.rs"]
mod tests;
