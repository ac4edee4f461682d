//! Fitting weights to 100,000 reviews, and simulating a year of 50,000 cards.

use jiff::tz::TimeZone;
use memoryloop_core::{
    learning::Learning,
    review::{
        history::{History, Past},
        optimise::{Meter, OptimiseOutcome, Request, SimulationRequest, fit},
        schedule::{Options, Scheduler},
    },
    time::UnixMillis,
};
use support::{
    clock::TestClock,
    synthetic::{Person, QUICK_TO_FORGET},
};
use tokio_util::sync::CancellationToken;

use crate::measure::Series;

const REVIEWS: usize = 100_000;

/// A year of somebody whose memory is not what the default weights say.
fn history() -> History {
    let scheduler = Scheduler::new(Options::default(), TimeZone::UTC).unwrap();
    let from = TestClock::NOON.plus(-365 * UnixMillis::DAY);
    let logs = Person::new(&QUICK_TO_FORGET, 365, from).studies(7_000, &scheduler);
    let mut rows: Vec<_> = logs.iter().flat_map(|(_, rows, _)| rows.iter().map(Past::from)).collect();
    rows.sort_by_key(|row| row.at);
    rows.truncate(REVIEWS);
    assert_eq!(rows.len(), REVIEWS);
    History { rows }
}

/// From the log in memory to the verdict: training on four fifths, comparing on the rest.
pub fn optimise() {
    let history = history();
    let mut series = Series::new("optimise_100k", "ms");
    for _ in 0..5 {
        let request = Request { history: history.clone(), weights: Vec::new(), relearning_steps: 1 };
        let fitted = series.time_now(|| fit(request, &mut Meter::new(|_| {}), &CancellationToken::new()).unwrap());
        assert_eq!(fitted.report.outcome, OptimiseOutcome::Improved);
    }
    series.print();
}

/// A year from today, as the slider asks for it; the first request reads the log for the person's habits.
pub async fn simulate(learning: &Learning) {
    let mut series = Series::new("simulate", "ms");
    for (desired_retention, reviews_per_day) in [(0.9, 200), (0.8, 200), (0.97, 200), (0.9, 9_999), (0.97, 9_999)] {
        let request = SimulationRequest { desired_retention, days: 365, new_per_day: 20, reviews_per_day };
        let simulation = series.time(async { learning.simulate(request).await.unwrap() }).await;
        assert!(simulation.reviews[0] > 0.0);
    }
    series.print();
}
