//! When to ask Anthropic again, and after how long: as its own clients do, but never after text was shown.

use std::time::Duration;

use rand::Rng;
use reqwest::header::HeaderMap;

use crate::llm::{LlmError, Patience};

/// How often a request is repeated at most.
const MOST: u32 = 2;
/// No pause that is ours to choose is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// The pause before the repetition `attempt` (0 first), or none when the failure is for the person.
pub(super) fn pause(
    error: &LlmError,
    status: Option<u16>,
    headers: &HeaderMap,
    attempt: u32,
    patience: &Patience,
) -> Option<Duration> {
    if attempt >= MOST {
        return None;
    }
    let may = match headers.get("x-should-retry").and_then(|value| value.to_str().ok()) {
        Some("true") => true,
        Some("false") => false,
        _ => match status {
            Some(408 | 409 | 429 | 500..) => true,
            Some(_) => false,
            // Without an answer: the network may have blinked.
            None => matches!(error, LlmError::Unreachable { .. }),
        },
    };
    if !may {
        return None;
    }
    match asked_wait(headers) {
        Some(asked) if asked > patience.longest_wait => None,
        Some(asked) => Some(asked),
        None => Some(own_pause(attempt, patience.retry)),
    }
}

/// `retry` doubled for each attempt, up to as much again at random so that many clients do not come back at once.
fn own_pause(attempt: u32, retry: Duration) -> Duration {
    let pause = retry.saturating_mul(1 << attempt.min(16)).min(LONGEST_PAUSE);
    pause.mul_f64(1.0 + rand::rng().random::<f64>()).min(LONGEST_PAUSE)
}

/// How long the server asks to wait: `retry-after-ms`, or `retry-after` in seconds. A date is not understood: the
/// core has no clock of the world, and Anthropic sends seconds.
pub(super) fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok();
    let seconds = number("retry-after-ms").map(|ms| ms / 1_000.0).or_else(|| number("retry-after"))?;
    Duration::try_from_secs_f64(seconds).ok().filter(|wait| !wait.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value"))).collect()
    }

    fn after(status: u16, pairs: &[(&'static str, &'static str)], attempt: u32) -> Option<Duration> {
        let error = LlmError::Overloaded { provider: "Claude" };
        pause(&error, Some(status), &headers(pairs), attempt, &Patience::default())
    }

    #[test]
    fn what_the_server_asks_is_obeyed() {
        assert_eq!(after(429, &[("retry-after", "3")], 0), Some(Duration::from_secs(3)));
        assert_eq!(after(429, &[("retry-after", "3"), ("retry-after-ms", "250")], 0), Some(Duration::from_millis(250)));
        assert_eq!(after(429, &[("x-should-retry", "false")], 0), None);
        assert!(after(400, &[("x-should-retry", "true")], 0).is_some());
    }

    #[test]
    fn a_wait_too_long_is_for_the_person_and_nonsense_is_ignored() {
        assert_eq!(after(429, &[("retry-after", "3600")], 0), None);
        for nonsense in ["-5", "NaN", "inf", "soon", "0"] {
            assert!(
                after(429, &[("retry-after", nonsense)], 0).is_some_and(|pause| pause <= LONGEST_PAUSE),
                "{nonsense}"
            );
        }
    }

    #[test]
    fn at_most_twice_between_half_a_second_and_eight() {
        for status in [408, 409, 429, 500, 504, 529] {
            let (first, second) = (after(status, &[], 0).expect("once"), after(status, &[], 1).expect("twice"));
            assert!(first >= Duration::from_millis(500) && second >= Duration::from_secs(1));
            assert!(first <= LONGEST_PAUSE && second <= LONGEST_PAUSE);
            assert_eq!(after(status, &[], 2), None);
        }
        assert_eq!(after(401, &[], 0), None);
    }
}
