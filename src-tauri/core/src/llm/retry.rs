//! When to ask a provider again, and after how long: as Anthropic's own clients do, and for Ollama when its queue is full.
//! Never after a part of the answer was shown.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimeParser};
use rand::Rng;
use reqwest::{RequestBuilder, Response, header::HeaderMap};
use tokio::time::sleep;

use super::{
    LlmError, Patience, StreamEvent,
    http::{Endpoint, Failure},
    stream::Emit,
};

/// How often a request is repeated at most.
const MOST: u32 = 2;
/// No pause that is ours to choose is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// What a provider is asked, and how its failures are read.
pub(super) trait Asking: Sync {
    fn endpoint(&self) -> &Endpoint;

    /// The request, made anew for each time.
    ///
    /// # Errors
    /// When it cannot be made at all (a key that no header takes).
    fn request(&self) -> Result<RequestBuilder, LlmError>;

    /// What a status other than success means.
    fn failed(&self, failure: &Failure) -> LlmError;

    /// Whether a failure with this status goes by itself.
    fn passes(&self, status: u16) -> bool;

    /// How long to wait for the head of the answer.
    fn first(&self) -> Duration {
        self.endpoint().patience.first
    }
}

/// The head of a good answer; failures that pass are waited out, and the person is told of each wait.
pub(super) async fn ask(asking: &impl Asking, emit: &Emit<StreamEvent>) -> Result<Response, LlmError> {
    let endpoint = asking.endpoint();
    let mut attempt = 0;
    loop {
        let (error, status, headers) = match endpoint.send(asking.request()?, asking.first()).await {
            Ok(response) if response.status().is_success() => return Ok(response),
            Ok(response) => {
                let failure = endpoint.failure(response).await?;
                (asking.failed(&failure), Some(failure.status.as_u16()), failure.headers)
            }
            Err(error) => (error, None, HeaderMap::new()),
        };
        // Without an answer the network may have blinked.
        let passes = status.map_or(matches!(error, LlmError::Unreachable { .. }), |status| asking.passes(status));
        let Some(pause) = pause(passes, &headers, attempt, &endpoint.patience) else { return Err(error) };
        emit.send(StreamEvent::Waiting { provider: endpoint.provider.title(), pause, reached: status.is_some() }).await;
        sleep(pause).await;
        attempt += 1;
    }
}

/// The pause before the repetition `attempt` (0 first), or none when the failure is for the person.
fn pause(passes: bool, headers: &HeaderMap, attempt: u32, patience: &Patience) -> Option<Duration> {
    if attempt >= MOST {
        return None;
    }
    let may = match text(headers, "x-should-retry") {
        Some("true") => true,
        Some("false") => false,
        _ => passes,
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

/// How long the server asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110, section
/// 10.2.3). None for what cannot be understood, and for no time at all.
pub(super) fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| text(headers, name)?.parse::<f64>().ok();
    let seconds = number("retry-after-ms").map(|ms| ms / 1_000.0).or_else(|| number("retry-after"));
    let wait = match seconds {
        Some(seconds) => Duration::try_from_secs_f64(seconds).ok()?,
        None => until_date(headers)?,
    };
    (!wait.is_zero()).then_some(wait)
}

/// A date is taken against the server's own clock, which it sends along: this machine's may be wrong, and is not asked.
fn until_date(headers: &HeaderMap) -> Option<Duration> {
    let until: SignedDuration = date(headers, "retry-after")?.duration_since(date(headers, "date")?);
    until.try_into().ok()
}

fn date(headers: &HeaderMap, name: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text(headers, name)?).ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value"))).collect()
    }

    fn after(status: u16, pairs: &[(&'static str, &'static str)], attempt: u32) -> Option<Duration> {
        pause(matches!(status, 408 | 409 | 429 | 500..), &headers(pairs), attempt, &Patience::default())
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
    fn a_date_is_waited_for_by_the_servers_own_clock() {
        let date = |after: &'static str| {
            asked_wait(&headers(&[("date", "Mon, 23 Nov 2026 09:00:00 GMT"), ("retry-after", after)]))
        };
        assert_eq!(date("Mon, 23 Nov 2026 09:00:07 GMT"), Some(Duration::from_secs(7)));
        for nothing in ["Mon, 23 Nov 2026 09:00:00 GMT", "Mon, 23 Nov 2026 08:00:00 GMT", "Monday", ""] {
            assert_eq!(date(nothing), None, "{nothing}");
        }
        assert_eq!(asked_wait(&headers(&[("retry-after", "Mon, 23 Nov 2026 09:00:07 GMT")])), None);
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
