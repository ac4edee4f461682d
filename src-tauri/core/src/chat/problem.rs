//! Why an answer failed or is short: the kind of it, for the way out, and the sentence.

use super::{Problem, ProblemKind};
use crate::{
    llm::{ChatRequest, LlmError, Provider, StopReason, Usage},
    time::UnixMillis,
};

const EMPTY: &str = "The model sent an empty answer. Ask again, in other words, or choose another model.";
const CUT_AT_LIMIT: &str = "The answer reached the longest length that the model may write. Ask it to go on.";
const WINDOW_FULL: &str = "The conversation filled all that the model can read. Start a new one to go on.";
const CUT_BY_OLLAMA: &str = "Ollama read less than it was given, so the model did not see the beginning of the \
conversation. Start a new one, or choose a model with a larger context.";
/// Below it a count may be that of a server which leaves out what it remembers from the last turn, tokens.
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

/// What is wrong with an answer that came to its end; `empty` when no text came.
pub(super) fn of_stop(stop: StopReason, empty: bool) -> Option<Problem> {
    match stop {
        StopReason::Refused => Some(problem(ProblemKind::Refused, LlmError::Refused.to_string())),
        StopReason::WindowFull => Some(problem(ProblemKind::WindowFull, WINDOW_FULL)),
        StopReason::Length if !empty => Some(problem(ProblemKind::CutAtLimit, CUT_AT_LIMIT)),
        _ if empty => Some(problem(ProblemKind::Empty, EMPTY)),
        StopReason::Complete | StopReason::Length => None,
    }
}

/// What a model was given to read, for what it says that it read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given {
    ollama: bool,
    window: u32,
    words: u32,
}

impl Given {
    pub(super) fn of(provider: Provider, request: &ChatRequest) -> Self {
        let texts = std::iter::once(&request.system).chain(request.messages.iter().map(|message| &message.content));
        let words: usize = texts.map(|text| text.split_whitespace().count()).sum();
        let words = u32::try_from(words).unwrap_or(u32::MAX);
        Self { ollama: provider == Provider::Ollama, window: request.window, words }
    }

    /// Ollama drops what does not fit its window, and says nothing of it. It is certain only when what it read fills the
    /// window, or has fewer tokens than what it was given has words.
    pub(super) fn was_cut(self, usage: Option<Usage>) -> Option<Problem> {
        let read = usage.filter(|_| self.ollama)?.input_tokens;
        let cut = read >= self.window || (read >= SURE && read < self.words);
        cut.then(|| problem(ProblemKind::WindowFull, CUT_BY_OLLAMA))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::{ChatMessage, Speaker};

    fn given(provider: Provider, words: usize) -> Given {
        let content = "word ".repeat(words);
        let messages = vec![ChatMessage { role: Speaker::User, content }];
        let request =
            ChatRequest { system: String::new(), messages, window: 8_192, max_answer: 9, think: false, schema: None };
        Given::of(provider, &request)
    }

    #[test]
    fn a_silent_cut_is_told_only_when_it_is_certain() {
        let read = |input_tokens| Some(Usage { input_tokens, output_tokens: 1, ..Usage::default() });
        assert!(given(Provider::Ollama, 5_000).was_cut(read(4_096)).is_some());
        assert!(given(Provider::Ollama, 10).was_cut(read(8_192)).is_some());
        for (provider, words, usage) in [
            (Provider::Ollama, 5_000, read(5_000)),
            (Provider::Ollama, 5_000, read(40)),
            (Provider::Ollama, 5_000, None),
            (Provider::Claude, 5_000, read(4_096)),
        ] {
            assert!(given(provider, words).was_cut(usage).is_none());
        }
    }
}
