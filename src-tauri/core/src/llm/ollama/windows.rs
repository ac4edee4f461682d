//! With which window each model was asked last. Another one has Ollama load the model anew, which takes longer than many
//! an answer, so what could do with less keeps it: cards from a long conversation, its title, a short question elsewhere.

use std::{collections::HashMap, time::Duration};

use parking_lot::Mutex;
use tokio::time::Instant;

use super::wire::bare;
use crate::llm::LlmError;

/// Unless told otherwise, Ollama lets go of a model that was not asked for so long. A smaller window costs nothing then.
const LOADED: Duration = Duration::from_secs(5 * 60);
/// Memory that does not hold this much holds the model itself hardly.
const SMALLEST: u32 = 8_192;

#[derive(Debug, Default)]
pub(super) struct Windows(Mutex<HashMap<String, Known>>);

#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// It answered with this one, and when.
    last: Option<(u32, Instant)>,
    /// For more there was too little memory.
    most: Option<u32>,
}

impl Windows {
    /// What to give a model that has to have `needed`, and was made for `context`.
    pub(super) fn keeping(&self, model: &str, needed: u32, context: u32, now: Instant) -> u32 {
        let last = self.known(model).last.filter(|(_, when)| now.saturating_duration_since(*when) < LOADED);
        last.map_or(needed, |(last, _)| needed.max(last.min(context)))
    }

    /// What a model that was made for `context` can be given here, as far as is known.
    pub(super) fn most(&self, model: &str, context: u32) -> u32 {
        self.known(model).most.map_or(context, |most| most.min(context))
    }

    /// A model answers, or has answered, with this window.
    pub(super) fn answered(&self, model: &str, window: u32, now: Instant) {
        self.0.lock().entry(bare(model)).or_default().last = Some((window, now));
    }

    /// A model was asked with this window and failed. Whether it was for want of memory that less would mend: then it is
    /// given half from here on.
    pub(super) fn failed(&self, model: &str, window: u32, error: &LlmError) -> bool {
        let mut all = self.0.lock();
        let known = all.entry(bare(model)).or_default();
        // A runner that failed is gone; one that is busy, or slow, is there.
        if matches!(error, LlmError::Reported { .. } | LlmError::ConnectionCut { .. }) {
            known.last = None;
        }
        let mends = window > SMALLEST && is_want_of_memory(error);
        if mends {
            known.most = Some((window / 2).max(SMALLEST));
        }
        mends
    }

    fn known(&self, model: &str) -> Known {
        self.0.lock().get(&bare(model)).copied().unwrap_or_default()
    }
}

/// Ollama's words for it, and those of the libraries below it: "model requires more system memory (9 GiB) than is
/// available (6 GiB)", "cudaMalloc failed: out of memory", "unable to allocate CPU buffer".
fn is_want_of_memory(error: &LlmError) -> bool {
    let LlmError::Reported { message, .. } = error else { return false };
    let message = message.to_lowercase();
    ["system memory", "out of memory", "to allocate"].iter().any(|words| message.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADE_FOR: u32 = 131_072;

    #[test]
    fn a_window_is_kept_while_the_model_is_loaded() {
        let (windows, now) = (Windows::default(), Instant::now());
        assert_eq!(windows.keeping("qwen3:8b", 8_192, MADE_FOR, now), 8_192);
        windows.answered("qwen3:8b", 32_768, now);
        assert_eq!(windows.keeping("Qwen3:8b", 8_192, MADE_FOR, now), 32_768);
        assert_eq!(windows.keeping("qwen3:8b", 65_536, MADE_FOR, now), 65_536);
        assert_eq!(windows.keeping("qwen3:8b", 8_192, 16_384, now), 16_384, "what it was made for has changed");
        assert_eq!(windows.keeping("llama3.2", 8_192, MADE_FOR, now), 8_192, "another model");
        assert_eq!(windows.keeping("qwen3:8b", 8_192, MADE_FOR, now + LOADED), 8_192, "it is loaded no more");
    }

    #[test]
    fn what_memory_does_not_hold_is_halved() {
        let (windows, now) = (Windows::default(), Instant::now());
        let failed = |window, message: &str| {
            let error = LlmError::Reported { provider: "Ollama", message: message.to_owned() };
            windows.answered("x", window, now);
            let mends = windows.failed("x", window, &error);
            assert_eq!(windows.keeping("x", 1, MADE_FOR, now), 1, "what failed is not kept");
            mends
        };
        windows.answered("x", 65_536, now);
        assert!(!windows.failed("x", 65_536, &LlmError::Overloaded { provider: "Ollama" }));
        assert_eq!(windows.keeping("x", 1, MADE_FOR, now), 65_536);
        assert!(!failed(65_536, "unexpected EOF") && windows.most("x", MADE_FOR) == MADE_FOR);
        assert!(failed(65_536, "model requires more system memory (9.1 GiB) than is available (6.3 GiB)"));
        assert_eq!((windows.most("x", MADE_FOR), windows.most("x", 16_384)), (32_768, 16_384));
        assert!(failed(10_000, "cudaMalloc failed: out of memory") && windows.most("x", MADE_FOR) == SMALLEST);
        assert!(!failed(SMALLEST, "cudaMalloc failed: out of memory"), "less would not help");
    }
}
