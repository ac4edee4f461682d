//! What the events of a streamed message say. Pure, so that the fuzz target includes the file as it is.

use super::wire::{self, Counts, Delta, Event};
use crate::llm::{
    StopReason,
    reading::{Broken, Piece, Reading, SOMETHING_ELSE, Told},
    sse::Events,
};

#[derive(Debug, Default)]
pub(super) struct ClaudeReading {
    events: Events,
    counts: Counts,
    stop: Option<StopReason>,
    begun: bool,
}

impl ClaudeReading {
    /// Takes one event; true after the last.
    fn event(&mut self, event: Event, told: &mut Told) -> Result<bool, Broken> {
        match event {
            Event::MessageStart { message } => {
                self.counts.start(&message.usage);
                self.tell_counts(told);
            }
            Event::ContentBlockDelta { delta: Delta::TextDelta { text } } => {
                told.grow(text.len())?;
                told.push(Piece::Text(text));
            }
            Event::ContentBlockDelta { delta: Delta::ThinkingDelta { thinking } } => {
                told.grow(thinking.len())?;
                told.push(Piece::Thoughts(thinking));
            }
            Event::MessageDelta { delta, usage } => {
                self.counts.take(&usage);
                if delta.stop_reason.is_some() {
                    self.stop = Some(wire::stop(delta.stop_reason.as_deref()));
                }
                self.tell_counts(told);
            }
            Event::MessageStop => {
                let stop = self.stop.unwrap_or(StopReason::Complete);
                told.push(Piece::Done { stop, usage: self.counts.usage(true) });
                return Ok(true);
            }
            Event::Error { error } => return Err(Broken::Said { kind: error.kind, message: error.message }),
            Event::ContentBlockDelta { delta: Delta::Other } | Event::Other => {}
        }
        Ok(false)
    }

    fn tell_counts(&self, told: &mut Told) {
        // With the reason why the model stopped comes its last count.
        if let Some(usage) = self.counts.usage(self.stop.is_some()) {
            told.push(Piece::Usage(usage));
        }
    }
}

impl Reading for ClaudeReading {
    fn line(&mut self, line: &str, told: &mut Told) -> Result<bool, Broken> {
        let Some(event) = self.events.line(line) else { return Ok(false) };
        // Events name their type in their data too; what names none is not Anthropic's.
        let event = serde_json::from_str(&event.data).map_err(|_| SOMETHING_ELSE)?;
        self.begun = true;
        self.event(event, told)
    }

    fn end(&mut self, _rest: Option<&str>, _told: &mut Told) -> Result<(), Broken> {
        Err(if self.begun { Broken::Cut } else { SOMETHING_ELSE })
    }
}
