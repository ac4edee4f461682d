//! Fitting FSRS's weights: ours against py-fsrs's, on the same reviews of a person whose memory follows FSRS.

use std::{fmt::Write as _, path::Path, process::Command, time::Instant};

use fsrs::{ComputeParametersInput, FSRS, FSRSItem, FSRSReview, MemoryState, compute_parameters};
use memoryloop_core::time::UnixMillis;
use rand::{Rng, SeedableRng, rngs::StdRng};
use support::clock::TestClock;

use crate::{
    compare::{Bench, script},
    data::Amount,
    measure::{Series, ms_since, round},
};

const REVIEWS_A_CARD: usize = 10;
const RETENTION: f32 = 0.9;
/// py-fsrs takes about 10 ms for each review: what it takes for all is extrapolated from these.
const MEASURED: [usize; 2] = [5_000, 10_000];

/// Our figure for all reviews and, when py-fsrs is there, its own for fewer of them.
pub fn compare(bench: &mut Bench<'_>, amount: &Amount) {
    let ours = ours(bench, amount.fitted);
    bench.remark(&serde_json::json!({ "name": "optimise", "of": "ours", "reviews": amount.fitted, "ms": round(ours) }));
    let Some(python) = bench.wanted.py_fsrs.clone() else { return };
    let measured = MEASURED.map(|reviews| {
        let log = bench.path("optimise.tsv");
        write(&log, reviews);
        let mut job = Command::new(&python);
        job.arg(script("py_fsrs_side.py")).arg(&log);
        let (series, ended_well) = bench.measure(job, "");
        assert!(ended_well, "py-fsrs's optimiser failed");
        let theirs = series[0].median();
        let ours = self::ours(bench, reviews);
        bench.remark(&serde_json::json!({
            "name": format!("optimise_{}k", reviews / 1_000), "ours": round(ours), "py_fsrs": round(theirs),
            "ratio": round(ours / theirs),
        }));
        theirs
    });
    // It goes through the reviews one by one, so that its time grows with their number.
    let slope = (measured[1] - measured[0]) / (MEASURED[1] - MEASURED[0]) as f64;
    let theirs = measured[1] + slope * (amount.fitted as f64 - MEASURED[1] as f64);
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

/// Reads a log and fits weights to it; the time is that from the reviews in memory to the weights.
pub fn run(log: &Path) {
    let log = std::fs::read_to_string(log).unwrap();
    let rows: Vec<[i64; 3]> = log
        .lines()
        .map(|line| {
            let mut columns = line.split('\t').map(|column| column.parse().unwrap());
            std::array::from_fn(|_| columns.next().unwrap())
        })
        .collect();
    let started = Instant::now();
    let (mut train_set, mut card_ids) = (Vec::new(), Vec::new());
    for card in rows.chunk_by(|a, b| a[0] == b[0]) {
        let mut reviews = Vec::new();
        let mut last = card[0][1];
        for &[id, at, rating] in card {
            let delta_t = u32::try_from((at - last) / UnixMillis::DAY).unwrap();
            reviews.push(FSRSReview { rating: u32::try_from(rating).unwrap(), delta_t });
            last = at;
            if delta_t > 0 {
                train_set.push(FSRSItem { reviews: reviews.clone() });
                card_ids.push(id);
            }
        }
    }
    let input = ComputeParametersInput { train_set, card_ids: Some(card_ids), ..Default::default() };
    let weights = compute_parameters(input).unwrap();
    let ms = ms_since(started);
    assert_eq!(weights.len(), 21, "FSRS-6");
    Series::of("optimise", "ms", vec![ms]).emit();
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
