//! Drafts of cards from an answer: the model proposes, the person decides.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::{
    Draft, DraftProgress, Source,
    parts::{LONGEST_PART, Part, parts},
    prompt::{self, Proposed},
    quote,
};
use crate::{
    Error, Result,
    chat::{Message, MessageStatus, Role},
    context,
    ids::MessageId,
    llm::{self, Limits, LlmError, Model},
};

/// With fewer letters than this there is no fact to ask for ("You're welcome!").
const FEWEST_LETTERS: usize = 20;

/// The generations that run now. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Drafting {
    running: Arc<Mutex<HashMap<MessageId, CancellationToken>>>,
}

/// The place of a running generation; gives it back however it ends.
struct Claim {
    drafting: Drafting,
    message: MessageId,
    cancelled: CancellationToken,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.drafting.running.lock().remove(&self.message);
    }
}

impl Drafting {
    /// Asks `model` for cards from `answer`, part by part. `question` is what it answers, if that is known.
    ///
    /// A part that fails does not cost the drafts of the others. When cancelled, what was made so far is returned.
    ///
    /// # Errors
    /// `Busy` while the answer is still being written or drafts for it are being made; `InvalidInput` for a message
    /// that is no answer; `NothingToLearn`; `Llm` when a part failed and no other gave a draft.
    pub async fn drafts(
        &self,
        model: &dyn Model,
        answer: &Message,
        question: Option<&str>,
        on_progress: impl Fn(DraftProgress) + Send + Sync,
    ) -> Result<Vec<Draft>> {
        if answer.role != Role::Assistant {
            return Err(Error::InvalidInput("Cards are made from answers. Choose the answer to this question.".into()));
        }
        if answer.status == MessageStatus::Streaming {
            return Err(Error::Busy("This answer is still being written. Make cards when it is finished.".into()));
        }
        if is_thin(&answer.content) {
            return Err(Error::NothingToLearn);
        }
        let claim = self.claim(answer.id)?;
        let work = Work { model, answer, question, limits: model.limits().await? };
        work.run(&claim.cancelled, on_progress).await
    }

    /// Stops making drafts from this message, if that runs. Twice is the same as once.
    pub fn cancel(&self, message: MessageId) {
        if let Some(cancelled) = self.running.lock().get(&message) {
            cancelled.cancel();
        }
    }

    fn claim(&self, message: MessageId) -> Result<Claim> {
        let mut running = self.running.lock();
        if running.contains_key(&message) {
            return Err(Error::Busy("Cards from this answer are being made already.".into()));
        }
        let cancelled = CancellationToken::new();
        running.insert(message, cancelled.clone());
        Ok(Claim { drafting: self.clone(), message, cancelled })
    }
}

/// Whether there can be no fact in it. Other scripts say more with fewer characters.
fn is_thin(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphanumeric()).map(|c| if c.is_ascii() { 1 } else { 2 });
    let formulas = text.matches('$').count() * 5;
    letters.sum::<usize>() + formulas < FEWEST_LETTERS
}

struct Work<'a> {
    model: &'a dyn Model,
    answer: &'a Message,
    question: Option<&'a str>,
    limits: Limits,
}

impl Work<'_> {
    async fn run(
        &self,
        cancelled: &CancellationToken,
        on_progress: impl Fn(DraftProgress) + Send + Sync,
    ) -> Result<Vec<Draft>> {
        let parts: Vec<Part<'_>> = parts(&self.answer.content, self.longest_part())
            .into_iter()
            .filter(|part| !part.text.trim().is_empty())
            .collect();
        let (mut drafts, mut seen, mut failure) = (Vec::new(), HashSet::new(), None);
        for (done, part) in parts.iter().enumerate() {
            on_progress(progress(done, parts.len(), drafts.len()));
            let proposed = tokio::select! {
                biased;
                () = cancelled.cancelled() => return Ok(drafts),
                proposed = self.part(part) => proposed,
            };
            match proposed {
                Ok(proposed) => {
                    let fresh = proposed.into_iter().filter(|card| seen.insert(identity(card)));
                    drafts.extend(fresh.map(|card| self.draft(card, part)));
                }
                Err(error) => {
                    tracing::warn!(%error, part = done, "no drafts from a part of an answer");
                    let hopeless = is_hopeless(&error);
                    failure = Some(error);
                    if hopeless {
                        break;
                    }
                }
            }
        }
        on_progress(progress(parts.len(), parts.len(), drafts.len()));
        match failure {
            Some(error) if drafts.is_empty() => Err(error.into()),
            _ if drafts.is_empty() => Err(Error::NothingToLearn),
            _ => Ok(drafts),
        }
    }

    /// The cards of one part; asked again once when what came cannot be read.
    async fn part(&self, part: &Part<'_>) -> Result<Vec<Proposed>, LlmError> {
        for again in [false, true] {
            let text = prompt::request(self.question, part, again);
            let request = context::single(prompt::SYSTEM, &text, self.limits)?;
            let value = llm::json(self.model, request, prompt::schema()).await?;
            if let Some(cards) = value.as_ref().and_then(prompt::read) {
                return Ok(cards);
            }
        }
        Err(LlmError::Reported {
            provider: self.model.reference().provider.title(),
            message: "the model did not write cards that can be read. Try again, or choose another model.".into(),
        })
    }

    fn draft(&self, card: Proposed, part: &Part<'_>) -> Draft {
        let range = quote::find(part.text, &card.quote);
        let place = |at: usize| u32::try_from(part.start + at).unwrap_or(u32::MAX);
        let source =
            range.map(|range| Source { message_id: self.answer.id, start: place(range.start), end: place(range.end) });
        Draft { question: card.question, answer: card.answer, source }
    }

    /// So long that prompt, part and cards fit a small model's window too.
    fn longest_part(&self) -> usize {
        let characters = usize::try_from(self.limits.context / 4).unwrap_or(usize::MAX);
        characters.clamp(400, LONGEST_PART)
    }
}

/// Two cards are the same when their sides are, whatever their case and white space.
fn identity(card: &Proposed) -> (String, String) {
    let fold = |text: &str| text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    (fold(&card.question), fold(&card.answer))
}

/// Whether asking for the next part must fail the same way, or keep the person waiting as long again for nothing.
fn is_hopeless(error: &LlmError) -> bool {
    matches!(
        error,
        LlmError::OllamaNotRunning { .. }
            | LlmError::ModelNotFound { .. }
            | LlmError::ClaudeModelNotFound { .. }
            | LlmError::KeyMissing
            | LlmError::KeyInvalid
            | LlmError::NoCredit
            | LlmError::RateLimited { .. }
            | LlmError::Overloaded { .. }
            | LlmError::Unreachable { .. }
            | LlmError::Silent { .. }
            | LlmError::NotTheProtocol { .. }
    )
}

fn progress(done: usize, parts: usize, drafts: usize) -> DraftProgress {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    DraftProgress { parts_done: count(done), parts: count(parts), drafts: count(drafts) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn courtesies_are_thin_and_one_fact_is_not() {
        assert!(is_thin(""));
        assert!(is_thin("You're welcome! 😀"));
        assert!(!is_thin("Paris is the capital of France."));
        assert!(!is_thin("水的化学式是H2O，由氢和氧组成"));
        assert!(!is_thin("$E = mc^2$ and $F = ma$"));
    }

    #[test]
    fn the_same_card_in_other_case_or_spacing_is_the_same() {
        let card = |question: &str| Proposed { question: question.into(), answer: "A".into(), quote: String::new() };
        assert_eq!(identity(&card("What  is\nit?")), identity(&card("what is it?")));
        assert_ne!(identity(&card("What is it?")), identity(&card("What was it?")));
    }
}
