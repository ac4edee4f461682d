//! An answer as it comes, passed on and kept, until it ends or is stopped.

use futures::StreamExt;
use tokio::sync::mpsc;

use super::{
    ChatEvent, MessageStatus, Problem,
    keep::{Growing, Place},
    problem::{Given, of_error},
    seam::Seam,
    turn::Turn,
};
use crate::{
    Result,
    llm::{AnswerStream, LlmError, StopReason, StreamEvent, Usage},
};

/// How the stream ended.
pub(super) struct Ended {
    pub(super) status: MessageStatus,
    pub(super) usage: Option<Usage>,
    pub(super) problem: Option<Problem>,
}

/// An answer that comes.
pub(super) struct Coming<'a> {
    pub(super) turn: &'a Turn,
    pub(super) growing: &'a Growing,
    pub(super) seam: Seam,
    pub(super) given: Given,
    /// Whether thoughts from before stand in front of those that come.
    pub(super) thought_before: bool,
    /// What the provider told of it so far, for an answer that does not come to its end.
    pub(super) told: Option<Usage>,
}

impl Coming<'_> {
    /// Passes the answer on until it ends or is stopped. The stream is dropped then, which closes the connection (or
    /// ends the wait for one) and so stops the model.
    ///
    /// # Errors
    /// When there is no place any more to keep it.
    pub(super) async fn listen(
        mut self,
        mut stream: AnswerStream,
        place: &Place,
        noticed: &mut mpsc::UnboundedReceiver<String>,
    ) -> Result<Ended> {
        let growing = self.growing;
        let keep = place.keep(growing);
        tokio::pin!(keep);
        loop {
            let ended = tokio::select! {
                biased;
                () = self.turn.stop.cancelled() => {
                    Some(Ended { status: MessageStatus::Interrupted, usage: self.told, problem: None })
                }
                Some(message) = noticed.recv() => { self.turn.tell(ChatEvent::Notice { message }); None }
                gone = &mut keep => return Err(gone),
                event = stream.next() => match event {
                    Some(Ok(event)) => self.take(event),
                    Some(Err(error)) => Some(self.failed(&error)),
                    None => Some(self.failed(&LlmError::ConnectionCut { provider: "the model" })),
                },
            };
            if let Some(ended) = ended {
                // However it ends, what was held back to be joined is the answer's.
                let rest = self.seam.broken_off();
                self.text(rest);
                return Ok(ended);
            }
        }
    }

    fn take(&mut self, event: StreamEvent) -> Option<Ended> {
        match event {
            StreamEvent::Text(text) => {
                let text = self.seam.push(shown(text));
                self.text(text);
            }
            StreamEvent::Thoughts(text) => self.thoughts(text),
            StreamEvent::Waiting { provider, pause, reached } => {
                let until = self.turn.clock.now().plus(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX));
                let trouble = if reached { "is busy" } else { "cannot be reached" };
                let message = format!("{provider} {trouble}. MemoryLoop asks again by itself.");
                self.turn.tell(ChatEvent::Waiting { message, until });
            }
            StreamEvent::Usage(usage) => self.told = Some(usage),
            StreamEvent::Done { stop, usage } => return Some(self.done(stop, usage)),
        }
        None
    }

    fn text(&self, text: String) {
        if !text.is_empty() {
            self.growing.push(&text);
            self.turn.tell(ChatEvent::Text { text });
        }
    }

    fn thoughts(&mut self, text: String) {
        let gap = if std::mem::take(&mut self.thought_before) { "\n\n" } else { "" };
        let text = self.growing.push_thoughts(format!("{gap}{}", shown(text)));
        if !text.is_empty() {
            self.turn.tell(ChatEvent::Thoughts { text });
        }
    }

    fn done(&mut self, stop: StopReason, usage: Option<Usage>) -> Ended {
        let rest = self.seam.end();
        self.text(rest);
        let written = self.growing.written();
        let problem = self.given.of_stop(stop, &written).or_else(|| self.given.was_cut(usage));
        let failed = written.text.trim().is_empty() || stop == StopReason::Refused;
        Ended { status: if failed { MessageStatus::Failed } else { MessageStatus::Complete }, usage, problem }
    }

    fn failed(&self, error: &LlmError) -> Ended {
        let written = self.growing.written();
        let empty = written.text.is_empty() && written.thoughts.is_empty() && !self.seam.holds_any();
        let problem = of_error(error, empty, self.turn.clock.now());
        Ended { status: MessageStatus::Failed, usage: self.told, problem: Some(problem) }
    }
}

/// PostgreSQL cannot store U+0000; the screen and the database must show the same.
fn shown(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{FFFD}") } else { text }
}
