//! Schedules from the log alone: pure, with random histories.

use jiff::tz::TimeZone;
use memoryloop_core::{
    ids::{CardId, ReviewId},
    review::{
        CardState, Rating, ReviewLog, Schedule,
        replay::{Event, Replay, lives},
        schedule::{Options, Scheduler},
    },
    time::UnixMillis,
};
use proptest::prelude::*;
use support::{clock::TestClock, synthetic::QUICK_TO_FORGET};

fn scheduler(weights: &[f32]) -> Scheduler {
    Scheduler::new(Options { weights: weights.to_vec(), ..Options::default() }, TimeZone::UTC).unwrap()
}

/// What is done to a card in a random history.
#[derive(Clone, Debug)]
enum Act {
    Rate(Rating),
    Reset,
    /// Another interval without a review, as rescheduling gives it.
    Respace,
    TakeBack,
}

fn acts() -> impl Strategy<Value = Act> {
    prop_oneof![
        12 => prop::sample::select(Rating::ALL.to_vec()).prop_map(Act::Rate),
        1 => Just(Act::Reset),
        1 => Just(Act::Respace),
        2 => Just(Act::TakeBack),
    ]
}

/// A card and its log, kept as the program keeps them.
struct Kept {
    card: CardId,
    schedule: Schedule,
    log: Vec<ReviewLog>,
}

impl Kept {
    fn log(&mut self, rating: Option<Rating>, at: UnixMillis, elapsed_days: u32, after: Schedule) {
        let before = std::mem::replace(&mut self.schedule, after);
        let (id, card) = (ReviewId::new(at), self.card);
        self.log.push(ReviewLog {
            id,
            card,
            rating,
            reviewed_at: at,
            elapsed_days,
            duration_ms: 1,
            before,
            after,
            undone: false,
        });
    }

    fn act(&mut self, act: &Act, now: UnixMillis, scheduler: &Scheduler, respaced: &Scheduler) {
        match act {
            Act::Rate(rating) => {
                let preview = scheduler.preview(self.card, &self.schedule, now).unwrap();
                self.log(Some(*rating), preview.now, preview.elapsed_days, *preview.get(*rating));
            }
            Act::Reset if self.schedule.state != CardState::New => {
                self.log(None, now, 0, Schedule::new(self.schedule.created_at, now));
            }
            Act::Respace => {
                if let Some(after) = respaced.respaced(self.card, &self.schedule) {
                    self.log(None, now, 0, after);
                }
            }
            Act::TakeBack => {
                if let Some(last) = self.log.iter_mut().rfind(|row| !row.undone) {
                    last.undone = true;
                    self.schedule = last.before;
                }
            }
            Act::Reset => {}
        }
    }
}

proptest! {
    #[test]
    fn what_is_rebuilt_is_what_was_stored(
        seed in any::<u128>(),
        fitted in any::<bool>(),
        history in prop::collection::vec((acts(), 1_i64..200 * UnixMillis::DAY), 0..40),
    ) {
        let weights: &[f32] = if fitted { &QUICK_TO_FORGET } else { &[] };
        let scheduler = scheduler(weights);
        let options = Options { desired_retention: 0.8, weights: weights.to_vec(), ..Options::default() };
        let respaced = Scheduler::new(options, TimeZone::UTC).unwrap();
        let schedule = Schedule::new(TestClock::NOON, TestClock::NOON);
        let mut kept = Kept { card: CardId(uuid::Uuid::from_u128(seed)), schedule, log: Vec::new() };
        let mut now = TestClock::NOON;
        for (act, gap) in &history {
            // Half of the gaps are minutes: learning steps.
            now = now.plus(if gap % 2 == 0 { *gap } else { gap / 10_000 + 1 });
            kept.act(act, now, &scheduler, &respaced);
        }
        let present = Schedule {
            suspended: true,
            buried_until: Some(now),
            memory: None,
            due: UnixMillis(0),
            reps: 99,
            ..kept.schedule
        };
        let stored = Schedule { suspended: true, buried_until: Some(now), ..kept.schedule };
        let expected = (!kept.log.is_empty()).then_some(stored);
        // The rows come as they lie in the table.
        kept.log.reverse();
        prop_assert_eq!(Replay::new(weights).unwrap().rebuild(&mut kept.log, &present).unwrap(), expected);
    }

    #[test]
    fn new_weights_give_the_memory_that_they_would_have_given_from_the_start(
        history in prop::collection::vec((prop::sample::select(Rating::ALL.to_vec()), 0_i64..100), 1..30),
    ) {
        let (old, new) = (scheduler(&[]), scheduler(&QUICK_TO_FORGET));
        let card = CardId::new(TestClock::NOON);
        let first = Schedule::new(TestClock::NOON, TestClock::NOON);
        let (mut by_old, mut by_new, mut now) = (first, first, TestClock::NOON);
        let mut events = Vec::new();
        for (rating, days) in history {
            now = now.plus(days * UnixMillis::DAY + 1);
            let preview = old.preview(card, &by_old, now).unwrap();
            let after = *preview.get(rating);
            events.push(Event {
                at: now,
                rating: Some(rating),
                elapsed_days: preview.elapsed_days,
                before: by_old.state,
                after: after.state,
            });
            by_old = after;
            by_new = *new.preview(card, &by_new, now).unwrap().get(rating);
        }
        let replayed = |weights: &[f32]| Replay::new(weights).unwrap().memory(events.clone(), None).unwrap();
        prop_assert_eq!((replayed(&QUICK_TO_FORGET), replayed(&[])), (by_new.memory, by_old.memory));
        prop_assert_ne!(by_new.memory, by_old.memory);
    }
}

fn event(rating: Option<Rating>, elapsed_days: u32, before: CardState, after: CardState) -> Event {
    Event { at: TestClock::NOON, rating, elapsed_days, before, after }
}

#[test]
fn a_reset_begins_another_life_and_rescheduling_does_not() {
    use CardState::{New, Review};
    let good = Some(Rating::Good);
    let events = [
        event(good, 0, New, Review),
        event(good, 4, Review, Review),
        event(None, 0, Review, Review),
        event(Some(Rating::Again), 9, Review, Review),
        event(None, 0, Review, New),
        event(good, 3, New, Review),
    ];
    let of_days = |life: &memoryloop_core::review::replay::Life| {
        life.reviews.iter().map(|review| (review.rating, review.delta_t)).collect::<Vec<_>>()
    };
    let lives = lives(events);
    assert_eq!(lives.iter().map(of_days).collect::<Vec<_>>(), [vec![(3, 0), (3, 4), (1, 9)], vec![(3, 0)]]);
    assert!(lives.iter().all(|life| life.whole));
}

#[test]
fn a_card_that_was_reset_last_has_no_memory_and_one_with_half_a_log_keeps_its_own() {
    use CardState::{New, Review};
    let replay = Replay::new(&[]).unwrap();
    let kept = Some(memoryloop_core::review::Memory { stability: 7.0, difficulty: 3.0 });
    let good = Some(Rating::Good);
    let reset = [event(good, 0, New, Review), event(None, 0, Review, New)];
    assert_eq!(replay.memory(reset, kept).unwrap(), None);
    assert_eq!(replay.memory([event(good, 4, Review, Review)], kept).unwrap(), kept);
    assert_eq!(replay.memory([event(None, 0, Review, Review)], kept).unwrap(), kept);
}

#[test]
fn respacing_by_the_same_options_changes_nothing_the_second_time() {
    let scheduler = scheduler(&QUICK_TO_FORGET);
    let strict = Scheduler::new(
        Options { desired_retention: 0.95, weights: QUICK_TO_FORGET.to_vec(), ..Options::default() },
        TimeZone::UTC,
    )
    .unwrap();
    let mut shorter = 0;
    for n in 0..200 {
        let card = CardId(uuid::Uuid::from_u128(n));
        let mut schedule = Schedule::new(TestClock::NOON, TestClock::NOON);
        for _ in 0..5 {
            schedule = scheduler.preview(card, &schedule, schedule.due).unwrap().easy;
        }
        let respaced = strict.respaced(card, &schedule).unwrap();
        assert_eq!(strict.respaced(card, &respaced), Some(respaced));
        let day = |at| i64::from(strict.days().day(at));
        assert_eq!(day(respaced.due) - day(schedule.last_review.unwrap()), i64::from(respaced.interval_days));
        shorter += u32::from(respaced.interval_days < schedule.interval_days);
    }
    assert_eq!(shorter, 200, "a higher retention asks for shorter intervals");
    assert_eq!(strict.respaced(CardId::LEAST, &Schedule::new(TestClock::NOON, TestClock::NOON)), None);
}
