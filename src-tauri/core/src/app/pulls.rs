//! The pulls of this run of the program: which go on, how far each is, how each ended.
//!
//! A pull belongs to the program and not to the page that began it: the page may be left and come back to.

use std::{collections::VecDeque, time::Duration};

use parking_lot::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    Error, Result,
    llm::{Pull, PullProgress, PullState, same_model},
};

/// Between two events of one pull; what has changed its state is told at once.
const TELL_EVERY: Duration = Duration::from_millis(200);
/// The speed is that of the last this long, and not told before there is a second to measure.
const SPEED_OVER: Duration = Duration::from_secs(5);
const SPEED_AFTER: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Pulls {
    known: Mutex<Vec<Known>>,
}

#[derive(Debug)]
struct Known {
    pull: Pull,
    stop: CancellationToken,
}

impl Known {
    fn runs(&self) -> bool {
        matches!(self.pull.state, PullState::Running | PullState::Verifying)
    }
}

impl Pulls {
    /// Notes that a pull begins, in place of an earlier one of that name.
    ///
    /// # Errors
    /// `Busy` while that one goes on.
    pub(super) fn begin(&self, name: &str, stop: CancellationToken) -> Result<Pull> {
        let mut known = self.known.lock();
        if known.iter().any(|known| known.runs() && same_model(&known.pull.name, name)) {
            return Err(Error::Busy(format!("{name} is being pulled already.")));
        }
        known.retain(|known| !same_model(&known.pull.name, name));
        let pull = Pull {
            name: name.to_owned(),
            state: PullState::Running,
            completed_bytes: 0.0,
            total_bytes: None,
            bytes_per_second: None,
            problem: None,
        };
        known.push(Known { pull: pull.clone(), stop });
        Ok(pull)
    }

    pub(super) fn list(&self) -> Vec<Pull> {
        self.known.lock().iter().map(|known| known.pull.clone()).collect()
    }

    pub(super) fn runs(&self, name: &str) -> bool {
        self.known.lock().iter().any(|known| known.runs() && same_model(&known.pull.name, name))
    }

    pub(super) fn cancel(&self, name: &str) {
        self.known
            .lock()
            .iter()
            .filter(|known| same_model(&known.pull.name, name))
            .for_each(|known| known.stop.cancel());
    }

    /// Of a model that was deleted: that it was pulled is no news any more.
    pub(super) fn forget(&self, name: &str) {
        self.known.lock().retain(|known| known.runs() || !same_model(&known.pull.name, name));
    }

    pub(super) fn note(&self, pull: &Pull) {
        if let Some(known) = self.known.lock().iter_mut().find(|known| same_model(&known.pull.name, &pull.name)) {
            known.pull = pull.clone();
        }
    }
}

/// One pull as it is told: what is noted of it, and when it was told last.
pub(super) struct Course {
    pub(super) pull: Pull,
    told: Option<Instant>,
    /// Bytes downloaded at moments of the last seconds, oldest first.
    samples: VecDeque<(Instant, u64)>,
}

impl Course {
    pub(super) fn new(pull: Pull) -> Self {
        Self { pull, told: None, samples: VecDeque::new() }
    }

    /// Takes what Ollama told; true when that is to be passed on now.
    pub(super) fn take(&mut self, progress: PullProgress, now: Instant) -> bool {
        let state = if progress.verifying { PullState::Verifying } else { PullState::Running };
        let news = self.pull.state != state || self.told.is_none_or(|told| now - told >= TELL_EVERY);
        if news {
            self.samples.push_back((now, progress.downloaded_bytes));
            self.told = Some(now);
        }
        self.pull.state = state;
        self.pull.completed_bytes = bytes(progress.completed_bytes);
        self.pull.total_bytes = progress.total_bytes.map(bytes);
        self.pull.bytes_per_second = if progress.verifying { None } else { self.speed(now) };
        news
    }

    /// How it ended: `problem` says why it failed.
    pub(super) fn end(&mut self, state: PullState, problem: Option<String>) {
        self.pull.state = state;
        self.pull.bytes_per_second = None;
        self.pull.problem = problem;
        if let (PullState::Done, Some(total)) = (state, self.pull.total_bytes) {
            self.pull.completed_bytes = total;
        }
    }

    fn speed(&mut self, now: Instant) -> Option<f64> {
        while self.samples.len() > 2 && self.samples.front().is_some_and(|(at, _)| now - *at > SPEED_OVER) {
            self.samples.pop_front();
        }
        let ((begun, first), (_, last)) = (self.samples.front()?, self.samples.back()?);
        let (elapsed, came) = (now - *begun, last.saturating_sub(*first));
        (elapsed >= SPEED_AFTER && came > 0).then(|| bytes(came) / elapsed.as_secs_f64())
    }
}

/// Exact up to 9 petabytes.
#[expect(clippy::cast_precision_loss, reason = "no model is that large")]
fn bytes(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course() -> Course {
        Course::new(Pulls::default().begin("x", CancellationToken::new()).expect("the first"))
    }

    fn at(downloaded_bytes: u64) -> PullProgress {
        let (completed_bytes, total_bytes) = (1_000 + downloaded_bytes, Some(100_000));
        PullProgress { verifying: false, completed_bytes, total_bytes, downloaded_bytes }
    }

    #[test]
    fn it_is_told_five_times_a_second_and_at_once_when_the_state_changes() {
        let (mut course, begun) = (course(), Instant::now());
        let told = (0..100).filter(|n| course.take(at(n * 10), begun + Duration::from_millis(n * 20))).count();
        assert_eq!(told, 10, "in two seconds");
        let later = begun + Duration::from_millis(1_990);
        assert!(course.take(PullProgress { verifying: true, ..at(2_000) }, later));
        assert_eq!((course.pull.state, course.pull.bytes_per_second), (PullState::Verifying, None));
    }

    #[test]
    fn the_speed_is_that_of_the_last_seconds_and_none_when_nothing_comes() {
        let (mut course, begun) = (course(), Instant::now());
        let second = |n: u64| begun + Duration::from_secs(n);
        course.take(at(0), second(0));
        assert_eq!(course.pull.bytes_per_second, None);
        for n in 1..=10 {
            course.take(at(n * 500), second(n));
            assert_eq!(course.pull.bytes_per_second, Some(500.0), "{n}");
        }
        course.take(at(5_000), second(13));
        assert!(course.pull.bytes_per_second.is_some_and(|speed| speed < 300.0), "{:?}", course.pull);
        for n in 14..=30 {
            course.take(at(5_000), second(n));
        }
        assert_eq!(course.pull.bytes_per_second, None);
    }

    #[test]
    fn one_pull_of_a_name_at_a_time_whatever_it_is_called() {
        let pulls = Pulls::default();
        let stop = CancellationToken::new();
        let mut pull = pulls.begin("Qwen3", stop.clone()).expect("the first");
        assert!(matches!(pulls.begin("qwen3:latest", CancellationToken::new()), Err(Error::Busy(_))));
        assert!(pulls.begin("qwen3:8b", CancellationToken::new()).is_ok());
        pulls.cancel("qwen3:latest");
        assert!(stop.is_cancelled());
        pull.state = PullState::Cancelled;
        pulls.note(&pull);
        assert!(pulls.begin("qwen3", CancellationToken::new()).is_ok());
        assert_eq!(pulls.list().iter().map(|pull| &*pull.name).collect::<Vec<_>>(), ["qwen3:8b", "qwen3"]);
        pulls.forget("qwen3");
        assert_eq!(pulls.list().len(), 2, "it goes on");
    }
}
