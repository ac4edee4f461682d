//! The statistics through `Learning`, of reviews on a real LanceDB on disk and in its journal.

use std::collections::HashSet;

use memoryloop_core::{
    lance::journal::Entry,
    review::{
        Rating, StudyStep,
        statistics::{DayCount, StatsRange},
    },
    time::UnixMillis,
};
use support::learning::Desk;

/// Noon of 23 November 2026, UTC.
const TODAY: i32 = 20_780;

#[tokio::test]
async fn the_page_counts_what_was_studied_before_and_after_it_moved_to_lance() {
    let desk = Desk::new().await;
    let ids = desk.add(3).await;
    let mut step = StudyStep::Card { card: Box::new(desk.first().await) };
    for rating in [Rating::Easy, Rating::Good] {
        let StudyStep::Card { card } = step else { panic!("three cards were added") };
        step = desk.rate(&card, rating).await;
    }
    let check = async || {
        let found = desk.learning.statistics(StatsRange::All, None).await.unwrap();
        assert_eq!(found.today, desk.learning.today().await.unwrap());
        assert_eq!((found.day, found.from_day, found.today.reviewed), (TODAY, TODAY, 2));
        assert_eq!((found.states.new, found.states.learning, found.states.young), (1, 1, 1));
        assert_eq!(found.buttons.learning, [0, 0, 1, 1]);
        assert_eq!(found.hours.iter().map(|hour| hour.reviews).sum::<u32>(), 0, "none was in review yet");
        assert_eq!(found.difficulty.bins.iter().map(|bin| bin.count).sum::<u32>(), 2);
    };
    check().await;
    desk.learning.store().flush().await.unwrap();
    check().await;
    // One that was taken back is none, in the journal and in Lance.
    let log = desk.learning.store().reviews_since(UnixMillis(0)).await.unwrap().remove(0);
    let reviewed = log.card;
    let taken_back = memoryloop_core::review::ReviewLog { undone: true, ..log };
    desk.learning.store().append_blocking(vec![Entry::Correct { log: taken_back }]).unwrap();
    let rest: HashSet<_> = ids.into_iter().filter(|id| *id != reviewed).collect();
    for _ in 0..2 {
        let all = desk.learning.statistics(StatsRange::Month, None).await.unwrap();
        assert_eq!(all.calendar, [DayCount { day: TODAY, count: 1 }]);
        let rest = desk.learning.statistics(StatsRange::Month, Some(rest.clone())).await.unwrap();
        assert_eq!(rest.calendar, all.calendar, "the one that counts is of another card");
        assert_eq!((all.today.added, rest.today.added), (3, 2));
        desk.learning.store().flush().await.unwrap();
    }
}

#[tokio::test]
async fn recall_fades_from_one_day_to_the_next() {
    let desk = Desk::new().await;
    desk.add(1).await;
    let card = desk.first().await;
    desk.rate(&card, Rating::Good).await;
    let now = desk.learning.statistics(StatsRange::All, None).await.unwrap();
    assert!((now.remembered - 1.0).abs() < 1e-6, "{}", now.remembered);
    // FSRS-6 gives a first Good a stability of 2.3065 days: recall is 90 % then.
    desk.clock.advance((2.3065 * UnixMillis::DAY as f64) as i64);
    let later = desk.learning.statistics(StatsRange::All, None).await.unwrap();
    assert!((later.remembered - 0.9).abs() < 1e-5, "{}", later.remembered);
    assert_eq!((later.day, later.backlog), (TODAY + 2, 1));
    assert!((later.desired_retention - 0.9).abs() < f32::EPSILON);
}
