//! Fitting, rescheduling and rebuilding on a real store, with reviews going on.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use jiff::tz::TimeZone;
use memoryloop_core::{
    Error,
    cards::{self, NewCard},
    ids::CardId,
    lance::{self, Store, journal::Entry},
    learning::Learning,
    review::{
        CardAction, CardState, Memory, Progress, Rating, Rebuilt, Schedule, StudyStep,
        optimise::{OptimiseOutcome, OptimiseProgress, OptimiseReport, OptimiseStage, SimulationRequest},
        options::ReviewOptions,
        replay::{Event, Replay},
        schedule::{Options, Scheduler},
    },
    time::UnixMillis,
};
use support::{
    clock::TestClock,
    learning::{Desk, card as new_card},
    synthetic::{Person, QUICK_TO_FORGET},
};
use tokio_util::sync::CancellationToken;

const DAY: i64 = UnixMillis::DAY;
const LAST_YEAR: UnixMillis = UnixMillis(TestClock::NOON.0 - 365 * DAY);
const CARDS: u32 = 250;

/// A year of reviews by somebody who forgets quickly, with the weights that everybody begins with.
async fn a_year() -> Desk {
    let desk = Desk::new().await;
    let scheduler = Scheduler::new(Options::default(), TimeZone::UTC).unwrap();
    let mut entries = Vec::new();
    for (id, rows, _) in Person::new(&QUICK_TO_FORGET, 365, LAST_YEAR).studies(CARDS, &scheduler) {
        let (at, schedule) = (rows[0].before.created_at, rows[0].before);
        let (question, answer) = (format!("Question {id}?"), format!("Answer {id}."));
        let new = NewCard { question, answer, ..new_card("", "") };
        let card = cards::note::cards(new, || id, at).unwrap().remove(0);
        entries.push(Entry::AddCard { card, schedule });
        entries.extend(rows.into_iter().map(|log| Entry::Rate { log }));
    }
    append(&desk, entries).await;
    desk.reopen().await
}

async fn append(desk: &Desk, entries: Vec<Entry>) {
    let store = desk.learning.store().clone();
    tokio::task::spawn_blocking(move || store.append_blocking(entries)).await.unwrap().unwrap();
}

/// The schedules as they are on disk.
async fn stored(desk: Desk) -> (Desk, HashMap<CardId, Schedule>) {
    desk.learning.close().await.unwrap();
    let (path, clock, options, directory) = (desk.path(), desk.clock, desk.options, desk.directory);
    drop(desk.learning);
    let schedules = loop {
        match Store::open(&path, lance::Options::default(), UnixMillis(0)).await {
            Err(Error::DataDirInUse { .. }) => tokio::time::sleep(Duration::from_millis(5)).await,
            opened => {
                let (store, stored) = opened.unwrap();
                store.close().await.unwrap();
                break stored.schedules;
            }
        }
    };
    let learning = loop {
        match Learning::open(&path, options.clone(), clock.clone()).await {
            Err(Error::DataDirInUse { .. }) => tokio::time::sleep(Duration::from_millis(5)).await,
            opened => break opened.unwrap(),
        }
    };
    (Desk { directory, clock, options, learning }, schedules)
}

async fn optimise(desk: &Desk) -> OptimiseReport {
    desk.learning.optimise(|_| {}, CancellationToken::new()).await.unwrap()
}

/// What the log comes to under `weights`, for each card.
async fn replayed(desk: &Desk, weights: &[f32]) -> HashMap<CardId, Option<Memory>> {
    let replay = Replay::new(weights).unwrap();
    let mut history = desk.learning.store().history().await.unwrap();
    history.sort_by_card();
    let cards = history.rows.chunk_by(|a, b| a.card == b.card);
    cards.map(|rows| (rows[0].card, replay.memory(rows.iter().map(Event::from), None).unwrap())).collect()
}

fn memories(schedules: &HashMap<CardId, Schedule>) -> HashMap<CardId, Option<Memory>> {
    schedules.iter().map(|(&card, schedule)| (card, schedule.memory)).collect()
}

/// All but the memory states.
fn without_memories(schedules: &HashMap<CardId, Schedule>) -> HashMap<CardId, Schedule> {
    schedules.iter().map(|(&card, schedule)| (card, Schedule { memory: None, ..*schedule })).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn new_weights_reach_every_card_and_go_again_without_a_trace() {
    let (desk, before) = stored(a_year().await).await;
    let told: Arc<Mutex<Vec<OptimiseProgress>>> = Arc::default();
    let log = told.clone();
    let tell = move |progress| log.lock().unwrap().push(progress);
    let report = desk.learning.optimise(tell, CancellationToken::new()).await.unwrap();
    assert_eq!(report.outcome, OptimiseOutcome::Improved, "{report:?}");
    let told = told.lock().unwrap().clone();
    assert!(told.windows(2).all(|w| (w[0].stage, w[0].done) < (w[1].stage, w[1].done)), "{told:?}");
    assert_eq!(*told.last().unwrap(), OptimiseProgress { stage: OptimiseStage::Applying, done: CARDS, of: CARDS });
    let scheduling = desk.learning.scheduling();
    assert_eq!((scheduling.fitted_at, scheduling.can_undo_fit), (Some(TestClock::NOON), true));
    assert_eq!(scheduling.fitted_reviews, report.training_reviews);
    // Their due dates stay; what FSRS knows is what it would have known with these weights from the start.
    let (desk, after) = stored(desk).await;
    assert_eq!(desk.learning.scheduling(), scheduling, "the next start uses them too");
    assert_eq!(without_memories(&after), without_memories(&before));
    assert_eq!(memories(&after), replayed(&desk, &scheduling.weights).await);
    assert!(after.iter().all(|(card, schedule)| schedule.memory != before[card].memory));
    // The same reviews again give the same weights, which are no better than they are.
    assert_eq!(optimise(&desk).await.outcome, OptimiseOutcome::Kept);
    assert_eq!(desk.learning.scheduling(), scheduling);
    let undone = desk.learning.undo_optimise().await.unwrap();
    assert_eq!(
        (undone.fitted_at, undone.can_undo_fit, undone.weights),
        (None, false, fsrs::DEFAULT_PARAMETERS.to_vec())
    );
    let again = desk.learning.undo_optimise().await;
    assert!(matches!(again, Err(Error::NothingToUndo(_))), "{again:?}");
    let (_desk, undone) = stored(desk).await;
    assert_eq!(undone, before, "to the bit");
}

#[tokio::test]
async fn without_reviews_nothing_is_fitted() {
    let desk = Desk::new().await;
    desk.add(3).await;
    let before = desk.learning.scheduling();
    assert_eq!(optimise(&desk).await.outcome, OptimiseOutcome::TooFew);
    assert_eq!(desk.learning.scheduling(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_fitting_leaves_everything_as_it_was() {
    let (mut desk, before) = stored(a_year().await).await;
    let scheduling = desk.learning.scheduling();
    for stage in [OptimiseStage::Reading, OptimiseStage::Training, OptimiseStage::Evaluating] {
        let learning = desk.learning.clone();
        let tell = move |progress: OptimiseProgress| {
            if progress.stage >= stage {
                learning.cancel_optimise();
            }
        };
        let cancelled = desk.learning.optimise(tell, CancellationToken::new()).await;
        assert!(matches!(cancelled, Err(Error::Cancelled)), "{stage:?}: {cancelled:?}");
        assert_eq!(desk.learning.scheduling(), scheduling);
    }
    let ended = CancellationToken::new();
    ended.cancel();
    let cancelled = desk.learning.optimise(|_| {}, ended).await;
    assert!(matches!(cancelled, Err(Error::Cancelled)), "{cancelled:?}");
    // Nothing runs: this does nothing, and the next one is not ended by it.
    desk.learning.cancel_optimise();
    let (reopened, after) = stored(desk).await;
    desk = reopened;
    assert_eq!(after, before);
    assert_eq!(optimise(&desk).await.outcome, OptimiseOutcome::Improved);
}

#[tokio::test(flavor = "multi_thread")]
async fn reviews_go_on_while_one_fitting_runs_and_no_second_one_begins() {
    let desk = a_year().await;
    desk.clock.advance(40 * DAY);
    let (reached, at_work) = mpsc::channel();
    let (go_on, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    // Stands still on the fitting's own thread.
    let tell = move |progress: OptimiseProgress| {
        if progress.stage == OptimiseStage::Evaluating && progress.done == 0 {
            reached.send(()).unwrap();
            wait.lock().unwrap().recv().unwrap();
        }
    };
    let learning = desk.learning.clone();
    let fitting = tokio::spawn(async move { learning.optimise(tell, CancellationToken::new()).await });
    tokio::task::spawn_blocking(move || at_work.recv_timeout(Duration::from_secs(60)).unwrap()).await.unwrap();
    let busy = |result: Result<(), Error>| assert!(matches!(result, Err(Error::Busy(_))), "{result:?}");
    busy(desk.learning.optimise(|_| {}, CancellationToken::new()).await.map(drop));
    busy(desk.learning.undo_optimise().await.map(drop));
    busy(desk.learning.reschedule().await.map(drop));
    busy(desk.learning.rebuild_schedules(|_| {}).await.map(drop));
    let mut rated = Vec::new();
    let mut step = desk.learning.start_study(Some(Default::default())).await.unwrap().step;
    for rating in [Rating::Good, Rating::Again, Rating::Hard] {
        let StudyStep::Card { card } = step else { panic!("{step:?}") };
        rated.push(card.card.id);
        step = desk.rate(&card, rating).await;
    }
    go_on.send(()).unwrap();
    assert_eq!(fitting.await.unwrap().unwrap().outcome, OptimiseOutcome::Improved);
    let weights = desk.learning.scheduling().weights;
    let (desk, after) = stored(desk).await;
    let replayed = replayed(&desk, &weights).await;
    assert_eq!(memories(&after), replayed);
    assert!(rated.iter().all(|card| after[card].last_review == Some(TestClock::NOON.plus(40 * DAY))));
}

/// All that can happen to cards, on a deck with new weights and another retention.
async fn eventful() -> Desk {
    let desk = a_year().await;
    desk.clock.advance(40 * DAY);
    let mut step = desk.learning.start_study(Some(Default::default())).await.unwrap().step;
    for n in 0..40 {
        let StudyStep::Card { card } = step else { panic!("{step:?}") };
        let id = card.card.id;
        desk.clock.advance(20 * UnixMillis::SECOND);
        step = match n % 8 {
            0 => {
                desk.rate(&card, Rating::Easy).await;
                desk.learning.undo(None).await.unwrap();
                desk.learning.change_card(id, CardAction::Suspend).await.unwrap().step
            }
            1 => {
                desk.learning.change_card(id, CardAction::Reset).await.unwrap();
                desk.learning.change_card(id, CardAction::Bury).await.unwrap().step
            }
            2 => {
                desk.rate(&card, Rating::Again).await;
                desk.learning.undo(None).await.unwrap();
                desk.learning.redo().await.unwrap().step
            }
            3 => desk.learning.change_card(id, CardAction::Delete).await.unwrap().step,
            n => desk.rate(&card, Rating::ALL[n % 4]).await,
        };
        match n {
            12 => assert_eq!(optimise(&desk).await.outcome, OptimiseOutcome::Improved),
            24 => {
                let options = ReviewOptions { desired_retention: 0.85, ..ReviewOptions::default() };
                desk.learning.set_review_options(options).await.unwrap();
                assert!(desk.learning.reschedule().await.unwrap() > 0);
            }
            _ => continue,
        }
        // The card that was shown has another schedule now: its buttons say so first.
        step = desk.learning.start_study(Some(Default::default())).await.unwrap().step;
    }
    desk
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rebuilt_from_the_log_is_what_was_stored() {
    let (desk, before) = stored(eventful().await).await;
    let rebuilt = desk.learning.rebuild_schedules(|_| {}).await.unwrap();
    assert_eq!((rebuilt.changed, rebuilt.cards), (0, u32::try_from(before.len()).unwrap()));
    let scrambled = before.iter().map(|(&card, schedule)| {
        let memory = schedule.memory.map(|m| Memory { stability: m.stability + 1.0, ..m });
        let (state, reps) = (CardState::Learning, schedule.reps + 7);
        (
            card,
            Schedule {
                state,
                step: 1,
                memory,
                due: UnixMillis(0),
                last_review: None,
                interval_days: 9,
                reps,
                lapses: 3,
                ..*schedule
            },
        )
    });
    append(&desk, vec![Entry::SetSchedules { schedules: scrambled.collect() }]).await;
    let (desk, now) = stored(desk).await;
    assert!(now.iter().all(|(card, schedule)| *schedule != before[card]));
    let told: Arc<Mutex<Vec<Progress>>> = Arc::default();
    let log = told.clone();
    let rebuilt = desk.learning.rebuild_schedules(move |progress| log.lock().unwrap().push(progress)).await.unwrap();
    let cards = u32::try_from(before.len()).unwrap();
    assert_eq!(rebuilt, Rebuilt { cards, changed: cards });
    let told = told.lock().unwrap().clone();
    assert_eq!(told, [Progress { done: 0, of: cards }, Progress { done: cards, of: cards }]);
    let (_desk, rebuilt) = stored(desk).await;
    assert_eq!(rebuilt, before);
}

/// The file as it is after new weights were made durable, and before any card followed them.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_weights_and_memories_heals_at_the_next_start() {
    let desk = a_year().await;
    optimise(&desk).await;
    desk.learning.close().await.unwrap();
    let file = desk.path().join("review.json");
    let mut options: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(options["memories_behind"], false);
    options["weights"]["values"] = serde_json::json!(QUICK_TO_FORGET);
    options["memories_behind"] = true.into();
    std::fs::write(&file, options.to_string()).unwrap();
    let desk = desk.reopen_without_closing().await;
    for waited in 0.. {
        let options: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        if options["memories_behind"] == false {
            break;
        }
        assert!(waited < 600, "the cards do not follow");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (desk, schedules) = stored(desk).await;
    assert_eq!(memories(&schedules), replayed(&desk, &QUICK_TO_FORGET).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn rescheduling_does_what_its_preview_says_and_stands_in_the_log() {
    let desk = a_year().await;
    let unchanged = desk.learning.preview_reschedule().await.unwrap();
    let options = ReviewOptions { desired_retention: 0.97, ..ReviewOptions::default() };
    desk.learning.set_review_options(options).await.unwrap();
    let preview = desk.learning.preview_reschedule().await.unwrap();
    let now =
        |days: &[memoryloop_core::review::optimise::RescheduledDay]| days.iter().map(|d| d.now).collect::<Vec<_>>();
    let after = preview.days.iter().map(|day| day.after).collect::<Vec<_>>();
    assert_eq!((preview.days.len(), now(&preview.days)), (30, now(&unchanged.days)));
    assert!(preview.cards > CARDS / 2 && preview.due_after > preview.due_now + 20, "{preview:?}");
    assert_eq!((preview.due_now, preview.due_after), (preview.days[0].now, after[0]));
    assert_eq!(desk.learning.reschedule().await.unwrap(), preview.cards);
    let done = desk.learning.preview_reschedule().await.unwrap();
    assert_eq!((done.cards, now(&done.days)), (0, after));
    let history = desk.learning.store().history().await.unwrap();
    let unrated = history.rows.iter().filter(|row| row.rating.is_none()).count();
    assert_eq!(unrated, preview.cards as usize);
    assert_eq!(desk.learning.reschedule().await.unwrap(), 0, "once is enough");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_simulation_ends_the_one_before_it() {
    let desk = a_year().await;
    let request = |days| SimulationRequest { desired_retention: 0.9, days, new_per_day: 20, reviews_per_day: 200 };
    let (older, newer) = tokio::join!(desk.learning.simulate(request(1_825)), desk.learning.simulate(request(40)));
    assert!(matches!(older, Err(Error::Cancelled)), "{older:?}");
    let newer = newer.unwrap();
    assert_eq!((newer.reviews.len(), newer.memorised.len(), newer.minutes.len()), (40, 40, 40));
    assert!(newer.reviews.iter().sum::<f32>() > 100.0 && newer.memorised[0] > 100.0);
    let refused = desk.learning.simulate(request(0)).await;
    assert!(matches!(refused, Err(Error::InvalidInput(_))), "{refused:?}");
}
