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
}

impl OllamaReading {
    pub(super) fn new(window: u32) -> Self {
        Self { window, tags: ThinkTags::default() }
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
        if line.done {
            tell(self.tags.end(), told);
            told.push(Piece::Done { stop: self.stop(&line), usage: line.usage() });
        }
        Ok(line.done)
    }
}

impl Reading for OllamaReading {
    fn line(&mut self, line: &str, told: &mut Told) -> Result<bool, Broken> {
        if line.trim().is_empty() {
            return Ok(false);
        }
        self.take(serde_json::from_str(line).map_err(|_| SOMETHING_ELSE)?, told)
    }

    /// A cut inside a line leaves half of one; a whole last line may lack its end.
    fn end(&mut self, rest: Option<&str>, told: &mut Told) -> Result<(), Broken> {
        let last = rest.and_then(|rest| serde_json::from_str(rest).ok()).ok_or(Broken::Cut)?;
        if self.take(last, told)? { Ok(()) } else { Err(Broken::Cut) }
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
