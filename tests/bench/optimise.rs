//! Fitting FSRS's weights: ours against py-fsrs's, on the same reviews of a person whose memory follows FSRS.

use std::{fmt::Write as _, path::Path, process::Command, time::Instant};

use fsrs::{FSRS, MemoryState};
use memoryloop_core::{
    ids::CardId,
    review::{
        CardState, Rating,
        history::{History, Past},
        optimise::{Meter, Request, fit},
    },
    time::UnixMillis,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use support::clock::TestClock;
use tokio_util::sync::CancellationToken;

use crate::{
    compare::{Bench, script},
    data::Amount,
    measure::{Series, ms_since, round},
};

const REVIEWS_A_CARD: usize = 10;
const RETENTION: f32 = 0.9;
/// Our figure for all reviews and, when py-fsrs is there, its own for fewer of them.
pub fn compare(bench: &mut Bench<'_>, amount: &Amount) {
    let ours = ours(bench, amount.fitted);
    bench.remark(&serde_json::json!({ "name": "optimise", "of": "ours", "reviews": amount.fitted, "ms": round(ours) }));
    let Some(python) = bench.wanted.py_fsrs.clone() else { return };
    let measured = amount.py_fsrs.map(|reviews| {
        let log = bench.path("optimise.tsv");
        write(&log, reviews);
        let mut job = Command::new(&python);
        job.arg(script("py_fsrs_side.py")).arg(&log);
        let (series, ended_well) = bench.measure(job, "");
        assert!(ended_well, "py-fsrs's optimiser failed");
        let theirs = series[0].median();
        let ours = self::ours(bench, reviews);
        bench.remark(&serde_json::json!({
            "name": format!("optimise_{reviews}"), "ours": round(ours), "py_fsrs": round(theirs),
            "ratio": round(ours / theirs),
        }));
        theirs
    });
    // It goes through the reviews one by one, so that its time grows with their number.
    let [less, more] = amount.py_fsrs;
    let slope = (measured[1] - measured[0]) / (more - less) as f64;
    let theirs = measured[1] + slope * (amount.fitted - more) as f64;
    bench.remark(&serde_json::json!({
        "name": format!("optimise_{}k", amount.fitted / 1_000), "ours": round(ours), "py_fsrs": round(theirs),
        "ratio": round(ours / theirs), "extrapolated": true,
    }));
}

fn ours(bench: &mut Bench<'_>, reviews: usize) -> f64 {
    let log = bench.path("optimise.tsv");
    write(&log, reviews);
    let mut job = Command::new(std::env::current_exe().unwrap());
    job.args(["--job", "optimise", "full"]).arg(&log);
    let (series, ended_well) = bench.measure(job, "");
    assert!(ended_well, "our optimiser failed");
    series[0].median()
}

/// Reads a log and fits weights to it as the program does: with a fifth held out, on which old and new are compared.
/// py-fsrs only fits.
pub fn run(log: &Path) {
    let log = std::fs::read_to_string(log).unwrap();
    let mut rows: Vec<Past> = Vec::new();
    for line in log.lines() {
        let mut columns = line.split('\t').map(|column| column.parse::<i64>().unwrap());
        let [card, at, rating] = std::array::from_fn(|_| columns.next().unwrap());
        let card = CardId(uuid::Uuid::from_u128(u128::try_from(card).unwrap()));
        rows.push(past(card, UnixMillis(at), u8::try_from(rating).unwrap(), rows.last()));
    }
    let request = Request { history: History { rows }, weights: Vec::new(), relearning_steps: 1 };
    let started = Instant::now();
    let fitted = fit(request, &mut Meter::new(drop), &CancellationToken::new()).unwrap();
    let ms = ms_since(started);
    let used = fitted.report.training_reviews + fitted.report.held_out_reviews;
    assert!(used as usize > log.lines().count() / 2, "only {used} reviews were used");
    Series::of("optimise", "ms", vec![ms]).emit();
}

fn past(card: CardId, at: UnixMillis, rating: u8, last: Option<&Past>) -> Past {
    let last = last.filter(|last| last.card == card);
    Past {
        card,
        at,
        rating: Some(Rating::try_from(rating).unwrap()),
        elapsed_days: last.map_or(0, |last| u32::try_from(at.since(last.at) / UnixMillis::DAY).unwrap()),
        duration_ms: 4_000,
        before_state: if last.is_some() { CardState::Review } else { CardState::New },
        before_interval_days: 0,
        before_stability: None,
        after_state: CardState::Review,
    }
}

/// Card, milliseconds and rating of each review, by card and time.
fn write(log: &Path, reviews: usize) {
    let fsrs = FSRS::default();
    let mut random = StdRng::seed_from_u64(11);
    let mut text = String::new();
    for n in 0..reviews.div_ceil(REVIEWS_A_CARD) {
        let mut at = TestClock::NOON.plus(-random.random_range(600..1_000) * UnixMillis::DAY);
        let (mut memory, mut days) = (None, 0);
        for _ in 0..REVIEWS_A_CARD.min(reviews - n * REVIEWS_A_CARD) {
            let rating = rating(memory, days, &mut random);
            writeln!(text, "{n}\t{}\t{rating}", at.0).unwrap();
            let states = fsrs.next_states(memory, RETENTION, days).unwrap();
            let next = [states.again, states.hard, states.good, states.easy].into_iter().nth(rating - 1).unwrap();
            memory = Some(next.memory);
            // Some are late.
            days = next.interval.round().max(1.0) as u32 + random.random_range(0..3);
            at = at.plus(i64::from(days) * UnixMillis::DAY);
        }
    }
    std::fs::write(log, text).unwrap();
}

/// Forgets as often as FSRS expects it.
fn rating(memory: Option<MemoryState>, days: u32, random: &mut StdRng) -> usize {
    let recalled = memory.is_none_or(|memory| {
        random.random::<f32>() < fsrs::current_retrievability(memory, days as f32, fsrs::FSRS6_DEFAULT_DECAY)
    });
    match (recalled, random.random_range(0..10)) {
        (false, _) => 1,
        (true, 0) if memory.is_none() => 1,
        (true, 0..2) => 2,
        (true, 2..9) => 3,
        (true, _) => 4,
    }
}
