//! Fitting and simulating, pure: what is fitted to what, when new weights are taken, what a year would bring.

use std::sync::{Arc, Mutex};

use jiff::tz::TimeZone;
use memoryloop_core::{
    Error,
    ids::CardId,
    review::{
        CardState, Memory, Rating, Schedule,
        day::StudyDays,
        history::{History, Past},
        optimise::{Fitted, Meter, OptimiseOutcome, OptimiseProgress, OptimiseStage, Request, SimulationRequest, fit},
        options::ReviewOptions,
        schedule::{Options, Scheduler},
        simulate::{Habits, Start},
    },
    time::UnixMillis,
};
use support::{
    clock::TestClock,
    synthetic::{Person, QUICK_TO_FORGET},
};
use tokio_util::sync::CancellationToken;

const DAY: i64 = UnixMillis::DAY;
/// A year before the tests' present.
const LAST_YEAR: UnixMillis = UnixMillis(TestClock::NOON.0 - 365 * DAY);

fn history(truth: &[f32], cards: u32) -> History {
    let scheduler = Scheduler::new(Options::default(), TimeZone::UTC).unwrap();
    let logs = Person::new(truth, 365, LAST_YEAR).studies(cards, &scheduler);
    History { rows: logs.iter().flat_map(|(_, rows, _)| rows.iter().map(Past::from)).collect() }
}

fn run(history: History, weights: &[f32]) -> Fitted {
    let request = Request { history, weights: weights.to_vec(), relearning_steps: 1 };
    fit(request, &mut Meter::new(|_| {}), &CancellationToken::new()).unwrap()
}

#[test]
fn somebody_who_forgets_quickly_is_predicted_better_by_weights_of_their_own() {
    let fitted = run(history(&QUICK_TO_FORGET, 600), &[]);
    let report = fitted.report;
    let (before, after) = (report.before.unwrap(), report.after.unwrap());
    assert_eq!(report.outcome, OptimiseOutcome::Improved);
    assert!(after.log_loss < before.log_loss - 0.01 && after.rmse < before.rmse, "{before:?} {after:?}");
    assert!(!report.only_initial && report.training_reviews > 3 * report.held_out_reviews, "{report:?}");
    // Near what the truth itself would reach: nobody can predict chance.
    let truth = run(history(&QUICK_TO_FORGET, 600), &QUICK_TO_FORGET);
    let best = truth.report.before.unwrap();
    assert!(after.log_loss < best.log_loss + 0.01, "{after:?} {best:?}");
    let initial = |weights: &[f32]| weights[2];
    assert!((initial(&fitted.weights.unwrap()) - initial(&QUICK_TO_FORGET)).abs() < 0.5);
}

#[test]
fn the_same_log_gives_the_same_weights_to_the_bit_in_any_order() {
    let one = history(&QUICK_TO_FORGET, 200);
    let mut other = one.clone();
    other.rows.reverse();
    assert_eq!(run(one, &[]), run(other, &[]));
}

#[test]
fn weights_that_are_right_already_are_kept() {
    let fitted = run(history(&QUICK_TO_FORGET, 300), &QUICK_TO_FORGET);
    let (before, after) = (fitted.report.before.unwrap(), fitted.report.after.unwrap());
    assert_eq!((fitted.report.outcome, fitted.weights), (OptimiseOutcome::Kept, None), "{before:?} {after:?}");
    assert!(after.log_loss >= before.log_loss);
}

#[test]
fn nothing_of_what_is_held_out_is_fitted_to() {
    let mut rows = history(&QUICK_TO_FORGET, 300).rows;
    let usual = run(History { rows: rows.clone() }, &[]);
    let mut counting: Vec<_> = rows.iter().filter(|row| row.elapsed_days > 0).map(|row| row.at).collect();
    counting.sort_unstable();
    let held_out_from = counting[counting.len() - counting.len() / 5];
    let held_out = |row: &&mut Past| row.at >= held_out_from && row.elapsed_days > 0;
    let turn = |row: &mut Past| {
        row.rating = Some(if row.rating == Some(Rating::Again) { Rating::Good } else { Rating::Again });
    };
    // Other outcomes at the very end change no bit of the weights.
    rows.sort_by_key(|row| row.at);
    rows.iter_mut().rev().filter(held_out).take(20).for_each(turn);
    let end = run(History { rows: rows.clone() }, &[]);
    assert_eq!((end.report.outcome, &end.weights), (OptimiseOutcome::Improved, &usual.weights));
    assert_ne!(end.report.after, usual.report.after);
    // All outcomes turned round: had they been learned, they would be predicted.
    rows.iter_mut().filter(held_out).for_each(turn);
    let turned = run(History { rows }, &[]);
    let loss = |fitted: &Fitted| fitted.report.after.unwrap().log_loss;
    assert!(loss(&turned) > loss(&usual) + 0.3, "{} {}", loss(&turned), loss(&usual));
}

/// Cards that were rated Good, and again after `gap` days: `count` of them, each on a day of its own.
fn twice_rated(gap: u32, count: u32, more: u32) -> Vec<Past> {
    let past = |card: u32, day: i64, elapsed_days, rating, before_state| Past {
        card: CardId(uuid::Uuid::from_u128((u128::from(gap) << 64) | (u128::from(card) + 1))),
        at: LAST_YEAR.plus((i64::from(card) + day) * DAY),
        rating: Some(rating),
        elapsed_days,
        duration_ms: 5_000,
        before_state,
        before_interval_days: elapsed_days,
        before_stability: None,
        after_state: CardState::Review,
    };
    let second = |card| if card % 3 == 0 { Rating::Again } else { Rating::Good };
    (0..count)
        .flat_map(|card| {
            let first = past(card, 0, 0, Rating::Good, CardState::New);
            let next = past(card, i64::from(gap), gap, second(card), CardState::Review);
            let third = past(card, i64::from(gap) * 2, gap, Rating::Good, CardState::Review);
            [first, next].into_iter().chain((card < more).then_some(third))
        })
        .collect()
}

/// fsrs first drops first intervals that fewer than six cards had, and the rarest up to twenty cards. Of 6, 7 and 7 (or 5,
/// 7 and 8) cards with the same first rating the last interval is left.
#[test]
fn below_eight_usable_reviews_nothing_is_fitted() {
    let rows = |sizes: [u32; 3]| (2..).zip(sizes).flat_map(|(gap, size)| twice_rated(gap, size, 0)).collect();
    let seven = run(History { rows: rows([6, 7, 7]) }, &[]);
    assert_eq!((seven.report.outcome, seven.report.training_reviews), (OptimiseOutcome::TooFew, 7));
    assert_eq!((seven.report.before, seven.report.after, seven.weights), (None, None, None));
    let eight = run(History { rows: rows([5, 7, 8]) }, &[]).report;
    assert_eq!((eight.training_reviews, eight.held_out_reviews, eight.only_initial), (8, 0, true));
    assert_ne!(eight.outcome, OptimiseOutcome::TooFew);
    assert_eq!(run(History::default(), &[]).report.outcome, OptimiseOutcome::TooFew);
}

#[test]
fn below_sixty_four_usable_reviews_only_the_first_intervals_are_fitted() {
    let fitted = |reviews: u32| run(History { rows: twice_rated(2, reviews - 10, 10) }, &[]);
    let few = fitted(63);
    assert_eq!((few.report.training_reviews, few.report.only_initial, few.report.held_out_reviews), (63, true, 0));
    assert_eq!(few.report.outcome, OptimiseOutcome::Improved, "a third was forgotten after two days");
    let weights = few.weights.unwrap();
    assert_eq!(weights[4..], fsrs::DEFAULT_PARAMETERS[4..]);
    assert!(weights[2] < fsrs::DEFAULT_PARAMETERS[2]);
    let enough = fitted(64);
    assert_eq!((enough.report.training_reviews, enough.report.only_initial), (64, false));
    // With this many more, a fifth can be spared to compare on.
    let spare = fitted(90).report;
    assert_eq!((spare.training_reviews, spare.held_out_reviews), (72, 18));
    assert!(spare.before.is_some() && spare.after.is_some());
}

#[test]
fn progress_never_goes_back_and_a_cancelled_fitting_ends_at_once() {
    let told: Arc<Mutex<Vec<OptimiseProgress>>> = Arc::default();
    let (log, cancel) = (told.clone(), CancellationToken::new());
    let request = Request { history: history(&QUICK_TO_FORGET, 1_000), weights: Vec::new(), relearning_steps: 1 };
    let mut meter = Meter::new(move |progress| log.lock().unwrap().push(progress));
    fit(request.clone(), &mut meter, &cancel).unwrap();
    meter.reach(OptimiseStage::Training, 1, 2);
    let told = told.lock().unwrap();
    assert!(told.windows(2).all(|w| (w[0].stage, w[0].done) < (w[1].stage, w[1].done)), "{told:?}");
    assert_eq!(told.last().unwrap(), &OptimiseProgress { stage: OptimiseStage::Evaluating, done: 2, of: 2 });
    cancel.cancel();
    let cancelled = fit(request, &mut Meter::new(|_| {}), &cancel);
    assert!(matches!(cancelled, Err(Error::Cancelled)), "{cancelled:?}");
}

fn request(desired_retention: f32, days: u32, new_per_day: u32, reviews_per_day: u32) -> SimulationRequest {
    SimulationRequest { desired_retention, days, new_per_day, reviews_per_day }
}

fn known(stability: f32, last: i64, due: i64) -> Schedule {
    Schedule {
        state: CardState::Review,
        memory: Some(Memory { stability, difficulty: 5.0 }),
        last_review: Some(TestClock::NOON.plus(last * DAY)),
        due: TestClock::NOON.plus(due * DAY),
        interval_days: u32::try_from(due - last).unwrap(),
        reps: 5,
        ..Schedule::new(LAST_YEAR, LAST_YEAR)
    }
}

fn start(schedules: &[Schedule], options: ReviewOptions) -> Start {
    let habits = Habits::of(&History::default(), TestClock::NOON);
    Start::new(schedules, TestClock::NOON, &StudyDays::new(TimeZone::UTC), options, &[], habits).unwrap()
}

#[test]
fn a_simulated_year_grows_with_what_is_asked_of_it() {
    let mut schedules: Vec<_> = (0..400).map(|n| known(10.0 + n as f32 / 10.0, -(n % 20), 20 - n % 20)).collect();
    schedules.extend(vec![Schedule::new(LAST_YEAR, LAST_YEAR); 300]);
    let run = |retention| {
        start(&schedules, ReviewOptions::default())
            .simulate(&request(retention, 365, 5, 200), &CancellationToken::new())
            .unwrap()
    };
    let (easy, strict) = (run(0.8), run(0.95));
    let sum = |line: &[f32]| line.iter().sum::<f32>();
    assert_eq!([easy.reviews.len(), easy.memorised.len(), easy.minutes.len()], [365; 3]);
    assert!(sum(&strict.reviews) > 1.5 * sum(&easy.reviews), "{} {}", sum(&strict.reviews), sum(&easy.reviews));
    assert!(strict.memorised[364] > easy.memorised[364] && strict.memorised[364] < 700.0);
    assert!((350.0..400.0).contains(&easy.memorised[0]), "{}", easy.memorised[0]);
    // Once all new cards are learned, four hundred and three hundred of them are known at about what is asked for.
    assert!((0.85..0.95).contains(&(easy.memorised[364] / 700.0)), "{}", easy.memorised[364]);
    assert!(sum(&strict.minutes) > sum(&easy.minutes));
    assert_eq!(run(0.8), easy, "the same request, the same picture");
}

#[test]
fn limits_hold_on_every_simulated_day_and_a_backlog_shrinks() {
    let schedules = vec![known(30.0, -60, -30); 500];
    let limited = start(&schedules, ReviewOptions::default())
        .simulate(&request(0.9, 60, 0, 20), &CancellationToken::new())
        .unwrap();
    assert_eq!(limited.reviews[..25], [20.0; 25]);
    assert!(limited.reviews.iter().all(|&reviews| reviews <= 20.0));
    assert!(limited.memorised[59] > limited.memorised[0]);
    let free = start(&schedules, ReviewOptions::default())
        .simulate(&request(0.9, 60, 0, 9_999), &CancellationToken::new())
        .unwrap();
    assert_eq!(free.reviews[0], 500.0);
}

#[test]
fn suspended_cards_and_empty_decks_simulate_to_nothing() {
    let suspended = Schedule { suspended: true, ..known(30.0, -60, -30) };
    for schedules in [vec![], vec![suspended; 3]] {
        let nothing = start(&schedules, ReviewOptions::default());
        let nothing = nothing.simulate(&request(0.9, 33, 20, 200), &CancellationToken::new()).unwrap();
        assert_eq!((nothing.reviews, nothing.memorised), (vec![0.0; 33], vec![0.0; 33]));
    }
    // New cards that no limit lets in stay out.
    let new = start(&[Schedule::new(LAST_YEAR, LAST_YEAR)], ReviewOptions::default());
    let new = new.simulate(&request(0.9, 3, 0, 200), &CancellationToken::new()).unwrap();
    assert_eq!(new.minutes, [0.0; 3]);
}

#[test]
fn a_simulation_refuses_what_makes_no_sense_and_ends_when_cancelled() {
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    let simulate = |request: SimulationRequest, cancel: &CancellationToken| {
        start(&[known(30.0, -60, -30)], ReviewOptions::default()).simulate(&request, cancel)
    };
    for bad in [
        request(0.69, 30, 1, 1),
        request(f32::NAN, 30, 1, 1),
        request(0.98, 30, 1, 1),
        request(0.9, 0, 1, 1),
        request(0.9, 1_826, 1, 1),
        request(0.9, 30, 10_000, 1),
        request(0.9, 30, 1, 10_000),
    ] {
        let refused = simulate(bad, &CancellationToken::new());
        assert!(matches!(refused, Err(Error::InvalidInput(_))), "{bad:?} {refused:?}");
    }
    assert!(matches!(simulate(request(0.9, 30, 1, 1), &cancelled), Err(Error::Cancelled)));
}

#[test]
fn what_a_person_takes_for_a_card_is_what_it_costs() {
    let mut slow = history(&QUICK_TO_FORGET, 300);
    slow.rows.iter_mut().for_each(|row| row.duration_ms = 40_000);
    let schedules = vec![known(30.0, -60, -30); 500];
    let minutes = |history: &History| {
        let habits = Habits::of(history, TestClock::NOON);
        let days = StudyDays::new(TimeZone::UTC);
        let start = Start::new(&schedules, TestClock::NOON, &days, ReviewOptions::default(), &[], habits).unwrap();
        start.simulate(&request(0.9, 1, 0, 9_999), &CancellationToken::new()).unwrap().minutes[0]
    };
    let (usual, slow) = (minutes(&History::default()), minutes(&slow));
    assert!(slow > 2.0 * usual, "{usual} {slow}");
    // 500 reviews of 40 seconds each, and the steps of those that were forgotten.
    assert!((300.0..500.0).contains(&slow), "{slow}");
}
