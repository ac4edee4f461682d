//! Why an answer failed or is short: the kind of it, for the way out, and the sentence.

use super::{Problem, ProblemKind, keep::Written};
use crate::{
    llm::{ChatRequest, LlmError, Provider, Speaker, StopReason, Usage, estimate_tokens, least_tokens},
    time::UnixMillis,
};

const EMPTY: &str = "The model sent an empty answer. Ask again, in other words, or choose another model.";
const THOUGHT_TOO_LONG: &str = "The model thought until its room was used up, and wrote no answer. Ask again without \
thinking, or choose another model.";
/// For one that was not asked to.
const THOUGHT_UNASKED: &str = "The model thought until its room was used up, and wrote no answer. Ask again in other \
words, or choose another model.";
const REFUSED: &str = "The model declined to answer this. Ask in other words, or choose another model; what is asked \
later is asked without it.";
const CUT_AT_LIMIT: &str = "The answer reached the longest length that the model may write. Ask it to go on.";
const WINDOW_FULL: &str = "The conversation filled all that the model can read. Start a new one to go on.";
const CUT_BY_OLLAMA: &str = "Ollama read less than it was given, so the model did not see the beginning of the \
conversation. Start a new one, or choose a model with a larger context.";
/// Below it a count may be that of a server which leaves out what it has read before, tokens (see [`Given::was_cut`]).
const SURE: u32 = 1_000;

pub(super) fn problem(kind: ProblemKind, message: impl Into<String>) -> Problem {
    Problem { kind, message: message.into(), retry_at: None }
}

/// Why an answer ended before its end; `empty` when nothing of it came.
pub(super) fn of_error(error: &LlmError, empty: bool, now: UnixMillis) -> Problem {
    let (kind, wait) = match error {
        LlmError::OllamaNotRunning { .. } => (ProblemKind::OllamaNotRunning, None),
        LlmError::ModelNotFound { .. } | LlmError::ClaudeModelNotFound { .. } => (ProblemKind::ModelNotFound, None),
        LlmError::KeyMissing => (ProblemKind::KeyMissing, None),
        LlmError::KeyInvalid => (ProblemKind::KeyInvalid, None),
        LlmError::RateLimited { retry_after, .. } => (ProblemKind::RateLimited, *retry_after),
        LlmError::Overloaded { .. } => (ProblemKind::Overloaded, None),
        LlmError::Unreachable { .. } => (ProblemKind::Unreachable, None),
        LlmError::ConnectionCut { .. } => (ProblemKind::ConnectionCut, None),
        LlmError::Silent { .. } => (ProblemKind::Silent, None),
        LlmError::ContextTooLong => (ProblemKind::ContextTooLong, None),
        LlmError::Refused => (ProblemKind::Refused, None),
        LlmError::NoCredit => (ProblemKind::NoCredit, None),
        LlmError::Reported { .. } => (ProblemKind::Reported, None),
        LlmError::NotTheProtocol { .. } => (ProblemKind::NotTheProtocol, None),
    };
    let millis = |wait: std::time::Duration| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
    let sentence = if empty { error.before_anything() } else { error.to_string() };
    Problem { retry_at: wait.map(|wait| now.plus(millis(wait))), ..problem(kind, sentence) }
}

/// What a model was given to read, for how its answer ends and what it says that it read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given {
    ollama: bool,
    /// It was asked to think.
    think: bool,
    window: u32,
    /// As few tokens as all of it can be.
    least: u32,
    /// As many as those may be that it has not read in the turn before: the answer of that, and what is asked now.
    new: u32,
}

impl Given {
    pub(super) fn of(provider: Provider, request: &ChatRequest) -> Self {
        let texts = std::iter::once(&request.system).chain(request.messages.iter().map(|message| &message.content));
        let least = texts.fold(0, |sum: u32, text| sum.saturating_add(least_tokens(text)));
        // From the last answer on; where one is gone on with, that is this one and not the one before.
        let answers = request.messages.iter().rposition(|message| message.role == Speaker::Assistant);
        let new = &request.messages[answers.unwrap_or_default()..];
        let new = new.iter().fold(0, |sum: u32, message| sum.saturating_add(estimate_tokens(&message.content)));
        Self { ollama: provider == Provider::Ollama, think: request.think, window: request.window, least, new }
    }

    /// What is wrong with an answer that came to its end.
    pub(super) fn of_stop(self, stop: StopReason, came: &Written) -> Option<Problem> {
        let empty = came.text.trim().is_empty();
        match stop {
            StopReason::Refused => Some(problem(ProblemKind::Refused, REFUSED)),
            StopReason::Length | StopReason::WindowFull if empty && self.thought(stop, came) => {
                let sentence = if self.think { THOUGHT_TOO_LONG } else { THOUGHT_UNASKED };
                Some(problem(ProblemKind::ThoughtTooLong, sentence))
            }
            StopReason::WindowFull => Some(problem(ProblemKind::WindowFull, WINDOW_FULL)),
            StopReason::Length if !empty => Some(problem(ProblemKind::CutAtLimit, CUT_AT_LIMIT)),
            _ if empty => Some(problem(ProblemKind::Empty, EMPTY)),
            StopReason::Complete | StopReason::Length => None,
        }
    }

    /// Whether it was thinking that took the room of an answer without text. Claude does not show what it thinks unless it
    /// is asked to, and nothing else can have taken all that it may write.
    fn thought(self, stop: StopReason, came: &Written) -> bool {
        !came.thoughts.trim().is_empty() || (!self.ollama && (self.think || stop == StopReason::Length))
    }

    /// Ollama drops what does not fit its window, and says nothing of it. It is certain when what it read fills the
    /// window, or is less than what it was given can be.
    ///
    /// Some servers count only what they had not read before (those before 0.2, the first of 0.30: ollama/ollama, pull
    /// requests 5371 and 16428), and do not say so. Theirs is a small count, or no larger than what is new since the
    /// turn before; so such a count tells nothing, unless the server says how much of it came from its cache.
    pub(super) fn was_cut(self, usage: Option<Usage>) -> Option<Problem> {
        let usage = usage.filter(|_| self.ollama)?;
        let read = usage.input_tokens;
        let counts_all = usage.cached.read > 0 || read > self.new.max(SURE);
        let cut = read >= self.window || (counts_all && read < self.least);
        cut.then(|| problem(ProblemKind::WindowFull, CUT_BY_OLLAMA))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::{Cached, ChatMessage};

    /// A conversation of so many words, the question in it of so many.
    fn given(provider: Provider, words: usize, asked: usize) -> Given {
        let said = |role, words: usize| ChatMessage { role, content: "word ".repeat(words) };
        let messages = vec![
            said(Speaker::User, words.saturating_sub(asked)),
            said(Speaker::Assistant, 0),
            said(Speaker::User, asked.min(words)),
        ];
        let request =
            ChatRequest { system: String::new(), messages, window: 8_192, max_answer: 9, think: false, schema: None };
        Given::of(provider, &request)
    }

    #[test]
    fn a_silent_cut_is_told_only_when_it_is_certain() {
        let read = |input_tokens| Some(Usage { input_tokens, output_tokens: 1, ..Usage::default() });
        let cached =
            |input_tokens, read| Some(Usage { input_tokens, cached: Cached { read, written: 0 }, ..Usage::default() });
        for (provider, words, asked, usage, cut) in [
            (Provider::Ollama, 5_000, 9, read(4_096), true),
            (Provider::Ollama, 10, 9, read(8_192), true),
            (Provider::Ollama, 5_000, 9, read(5_000), false),
            (Provider::Ollama, 5_000, 9, None, false),
            (Provider::Claude, 5_000, 9, read(4_096), false),
            // It may be all that was new to a server that counts no more; one that tells what it knew counts all.
            (Provider::Ollama, 5_000, 9, read(40), false),
            (Provider::Ollama, 5_000, 3_000, read(4_096), false),
            (Provider::Ollama, 5_000, 3_000, cached(4_096, 4_000), true),
            (Provider::Ollama, 900, 9, cached(500, 450), true),
            (Provider::Ollama, 900, 9, cached(1_200, 1_190), false),
        ] {
            let told = given(provider, words, asked).was_cut(usage).is_some();
            assert_eq!(told, cut, "{provider:?} {words} {asked} {usage:?}");
        }
    }

    #[test]
    fn thinking_that_took_all_the_room_is_called_so() {
        let came = |text: &str, thoughts: &str| Written { text: text.into(), thoughts: thoughts.into() };
        let (full, length) = (StopReason::WindowFull, StopReason::Length);
        let kind = |provider, think, stop, came: &Written| {
            let given = Given { think, ..given(provider, 9, 9) };
            given.of_stop(stop, came).map(|problem| problem.kind)
        };
        for stop in [full, length] {
            assert_eq!(kind(Provider::Ollama, true, stop, &came(" ", "Hm")), Some(ProblemKind::ThoughtTooLong));
            assert_eq!(kind(Provider::Claude, true, stop, &came("", "")), Some(ProblemKind::ThoughtTooLong));
        }
        assert_eq!(kind(Provider::Claude, false, length, &came("", "")), Some(ProblemKind::ThoughtTooLong));
        assert_eq!(kind(Provider::Claude, false, full, &came("", "")), Some(ProblemKind::WindowFull));
        assert_eq!(kind(Provider::Ollama, true, length, &came("", "")), Some(ProblemKind::Empty));
        assert_eq!(kind(Provider::Ollama, true, length, &came("So", "Hm")), Some(ProblemKind::CutAtLimit));
        assert_eq!(kind(Provider::Ollama, true, StopReason::Complete, &came("", "Hm")), Some(ProblemKind::Empty));
    }
}
