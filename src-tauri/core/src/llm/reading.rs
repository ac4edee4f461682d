//! A streamed answer out of its bytes: lines, and what each of them says. No connection and no waits, so that the fuzz
//! targets run the very loop that the program runs; `answer` puts it around a connection.

use super::{StopReason, Usage, lines::Lines};

/// The longest answer that is taken, bytes of text and thoughts. An endpoint that never ends one cannot fill the memory.
pub(super) const LONGEST_ANSWER: usize = 4 * 1024 * 1024;

/// What the bytes told, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Thoughts(String),
    /// What the answer took so far; replaces what was told before.
    Usage(Usage),
    Done {
        stop: StopReason,
        usage: Option<Usage>,
    },
}

/// Why an answer ends before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// The provider's own error; `kind` is empty where it has no kinds.
    Said {
        kind: String,
        message: String,
    },
    NotTheProtocol(&'static str),
    Endless,
    Cut,
}

pub(super) const SOMETHING_ELSE: Broken = Broken::NotTheProtocol("it sent something else");

/// What was told and not taken yet.
#[derive(Debug, Default)]
pub(super) struct Told {
    pieces: Vec<Piece>,
    length: usize,
}

impl Told {
    /// Counts what came, before it is known what it is.
    pub(super) fn grow(&mut self, bytes: usize) -> Result<(), Broken> {
        self.length = self.length.saturating_add(bytes);
        if self.length > LONGEST_ANSWER { Err(Broken::Endless) } else { Ok(()) }
    }

    /// An empty piece is none.
    pub(super) fn push(&mut self, piece: Piece) {
        if !matches!(&piece, Piece::Text(text) | Piece::Thoughts(text) if text.is_empty()) {
            self.pieces.push(piece);
        }
    }
}

/// What the lines of one protocol mean.
pub(super) trait Reading {
    /// Takes one line; true after the last of the answer.
    fn line(&mut self, line: &str, told: &mut Told) -> Result<bool, Broken>;

    /// No more comes. `rest` is a last line without its end; the answer may end with it.
    fn end(&mut self, rest: Option<&str>, told: &mut Told) -> Result<(), Broken>;

    /// Tells what was held back to see what follows it.
    fn let_go(&mut self, _told: &mut Told) {}
}

/// Reads one answer.
#[derive(Debug)]
pub(super) struct Reader<R> {
    lines: Lines,
    reading: R,
    told: Told,
}

impl<R: Reading> Reader<R> {
    pub(super) fn new(reading: R) -> Self {
        Self { lines: Lines::default(), reading, told: Told::default() }
    }

    /// Takes bytes, cut anywhere; true after the last of the answer. What came before an error is told all the same.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<bool, Broken> {
        self.lines.push(bytes);
        while let Some(line) = self.lines.next() {
            let line = line.map_err(|_| Broken::NotTheProtocol("a line of its answer does not end"));
            match line.and_then(|line| self.reading.line(&line, &mut self.told)) {
                Ok(false) => {}
                Ok(true) => return Ok(true),
                Err(broken) => {
                    self.break_off();
                    return Err(broken);
                }
            }
        }
        Ok(false)
    }

    /// No more bytes come.
    pub(super) fn end(&mut self) -> Result<(), Broken> {
        let rest = self.lines.rest();
        let ended = self.reading.end(rest.as_deref(), &mut self.told);
        if ended.is_err() {
            self.break_off();
        }
        ended
    }

    /// The answer ends for a reason that its bytes do not tell.
    pub(super) fn break_off(&mut self) {
        self.reading.let_go(&mut self.told);
    }

    /// What was told since this was called last.
    pub(super) fn told(&mut self) -> Vec<Piece> {
        std::mem::take(&mut self.told.pieces)
    }
}
