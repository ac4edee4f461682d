//! What the lines of a streamed answer say. Pure, so that the fuzz target includes the file as it is.

use super::wire::{self, Line};
use crate::llm::{
    StopReason,
    reading::{Broken, Piece, Reading, SOMETHING_ELSE, Told},
    think_tags::{Parted, ThinkTags},
};

#[derive(Debug)]
pub(super) struct OllamaReading {
    /// As asked for, tokens.
    window: u32,
    tags: ThinkTags,
    /// A line of Ollama's came.
    begun: bool,
    /// A line came that is JSON, and none of Ollama's.
    strange: bool,
}

impl OllamaReading {
    pub(super) fn new(window: u32) -> Self {
        Self { window, tags: ThinkTags::default(), begun: false, strange: false }
    }

    /// Ollama calls both `length`: that the model wrote as much as it may, and that nothing more fits its window.
    fn stop(&self, last: &Line) -> StopReason {
        let filled =
            last.usage().is_some_and(|usage| usage.input_tokens.saturating_add(usage.output_tokens) >= self.window);
        match last.stop() {
            StopReason::Length if filled => StopReason::WindowFull,
            stop => stop,
        }
    }

    fn take(&mut self, line: Line, told: &mut Told) -> Result<bool, Broken> {
        if line.is_ollamas() {
            self.begun = true;
        } else {
            self.strange = true;
        }
        if let Some(error) = &line.error {
            let message = wire::said(error).unwrap_or_else(|| error.to_string());
            return Err(Broken::Said { kind: String::new(), message });
        }
        if let Some(said) = &line.message {
            let thoughts = said.thinking.clone().unwrap_or_default();
            told.grow(thoughts.len() + said.content.len())?;
            told.push(Piece::Thoughts(thoughts));
            tell(self.tags.push(&said.content), told);
        }
        let done = line.done == Some(true);
        if done {
            tell(self.tags.end(), told);
            told.push(Piece::Done { stop: self.stop(&line), usage: line.usage() });
        }
        Ok(done)
    }

    /// What it means that no more comes. Another program that sent its whole answer did not break off.
    fn short(&self) -> Broken {
        if self.strange && !self.begun { SOMETHING_ELSE } else { Broken::Cut }
    }
}

impl Reading for OllamaReading {
    fn line(&mut self, line: &str, told: &mut Told) -> Result<bool, Broken> {
        if line.trim().is_empty() {
            return Ok(false);
        }
        self.take(serde_json::from_str(line).map_err(|_| SOMETHING_ELSE)?, told)
    }

    /// A cut inside a line leaves half of one, JSON so far; a whole last line may lack its end.
    fn end(&mut self, rest: Option<&str>, told: &mut Told) -> Result<(), Broken> {
        let Some(rest) = rest.filter(|rest| !rest.trim().is_empty()) else { return Err(self.short()) };
        match serde_json::from_str(rest) {
            Ok(last) => {
                if self.take(last, told)? {
                    Ok(())
                } else {
                    Err(self.short())
                }
            }
            Err(error) if !self.begun && !error.is_eof() => Err(SOMETHING_ELSE),
            Err(_) => Err(self.short()),
        }
    }

    /// The beginning of what might have been a mark is a part of what came.
    fn let_go(&mut self, told: &mut Told) {
        tell(self.tags.end(), told);
    }
}

fn tell(parted: Parted, told: &mut Told) {
    told.push(Piece::Thoughts(parted.thoughts));
    told.push(Piece::Text(parted.text));
}
