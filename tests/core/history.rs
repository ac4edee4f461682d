//! Reading the review log back from the real LanceDB with its journal: each row once, as it is now.

use memoryloop_core::{
    ids::{CardId, ReviewId},
    lance::{Options, Store, journal::Entry},
    review::{CardState, Memory, Rating, ReviewLog, Schedule, history::Past},
    time::UnixMillis,
};
use support::{clock::TestClock, learning::Desk};

fn at(minutes: i64) -> UnixMillis {
    TestClock::NOON.plus(minutes * UnixMillis::MINUTE)
}

fn log(card: CardId, minutes: i64, rating: Option<Rating>) -> ReviewLog {
    let created = at(-10_000);
    let before = Schedule {
        state: CardState::Relearning,
        memory: Some(Memory { stability: 7.5, difficulty: 3.0 }),
        interval_days: 9,
        reps: 3,
        ..Schedule::new(created, created)
    };
    let after = Schedule { state: CardState::Review, interval_days: 21, reps: 4, ..before };
    ReviewLog {
        id: ReviewId::new(at(minutes)),
        card,
        rating,
        reviewed_at: at(minutes),
        elapsed_days: 12,
        duration_ms: 3_456,
        before,
        after,
        undone: false,
    }
}

fn undone(log: &ReviewLog) -> ReviewLog {
    ReviewLog { undone: true, ..log.clone() }
}

fn rate(store: &Store, logs: &[&ReviewLog]) {
    store.append_blocking(logs.iter().map(|&log| Entry::Rate { log: log.clone() }).collect()).unwrap();
}

fn correct(store: &Store, log: ReviewLog) {
    store.append_blocking(vec![Entry::Correct { log }]).unwrap();
}

/// The log by columns, sorted by card and time.
async fn history(store: &Store) -> Vec<Past> {
    let mut history = store.history().await.unwrap();
    history.sort_by_card();
    history.rows
}

fn sorted(logs: &[&ReviewLog]) -> Vec<Past> {
    let mut rows: Vec<Past> = logs.iter().map(|&log| log.into()).collect();
    rows.sort_by_key(|row| (row.card, row.at));
    rows
}

#[tokio::test]
async fn every_column_comes_back_from_the_journal_and_from_lance() {
    let desk = Desk::new().await;
    let store = desk.learning.store();
    let card = CardId::new(at(0));
    let review = log(card, 1, Some(Rating::Hard));
    let mut first = log(card, 2, None);
    first.before = Schedule::new(at(-1), at(-1));
    rate(store, &[&review, &first]);
    let expected = [
        Past {
            card,
            at: at(1),
            rating: Some(Rating::Hard),
            elapsed_days: 12,
            duration_ms: 3_456,
            before_state: CardState::Relearning,
            before_interval_days: 9,
            before_stability: Some(7.5),
            after_state: CardState::Review,
        },
        Past {
            card,
            at: at(2),
            rating: None,
            elapsed_days: 12,
            duration_ms: 3_456,
            before_state: CardState::New,
            before_interval_days: 0,
            before_stability: None,
            after_state: CardState::Review,
        },
    ];
    assert_eq!(history(store).await, expected, "from the journal");
    store.flush().await.unwrap();
    assert_eq!(history(store).await, expected, "from Lance");
}

#[tokio::test]
async fn each_row_counts_once_wherever_it_is() {
    let desk = Desk::new().await;
    let store = desk.learning.store();
    let (one, other) = (CardId::new(at(0)), CardId::new(at(0)));
    let moved = [log(one, 1, Some(Rating::Good)), log(other, 2, Some(Rating::Again))];
    rate(store, &moved.iter().collect::<Vec<_>>());
    store.flush().await.unwrap();
    // The same card in the same moment: only the id tells the two apart.
    let waiting = [log(one, 3, Some(Rating::Easy)), log(one, 3, Some(Rating::Hard)), log(other, 1, None)];
    rate(store, &waiting.iter().collect::<Vec<_>>());
    let all: Vec<_> = moved.iter().chain(&waiting).collect();
    assert_eq!(history(store).await, sorted(&all), "some waiting");
    assert_eq!(store.reviews_of(one).await.unwrap(), [&moved[0], &waiting[0], &waiting[1]].map(Clone::clone));
    assert_eq!(store.reviews_of(other).await.unwrap(), [&waiting[2], &moved[1]].map(Clone::clone));
    store.flush().await.unwrap();
    assert_eq!(history(store).await, sorted(&all), "all moved");
    assert_eq!(store.reviews_of(one).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_row_that_was_taken_back_is_left_out_until_it_counts_again() {
    let desk = Desk::new().await;
    let store = desk.learning.store();
    let card = CardId::new(at(0));
    let (first, second) = (log(card, 1, Some(Rating::Good)), log(card, 2, Some(Rating::Again)));
    rate(store, &[&first, &second]);
    correct(store, undone(&second));
    assert_eq!(history(store).await, sorted(&[&first]), "taken back in the journal");
    store.flush().await.unwrap();
    assert_eq!(history(store).await, sorted(&[&first]), "taken back, moved together");
    correct(store, second.clone());
    assert_eq!(history(store).await, sorted(&[&first, &second]), "again, over the row in Lance");
    assert_eq!(store.reviews_of(card).await.unwrap(), [first.clone(), second.clone()]);
    store.flush().await.unwrap();
    correct(store, undone(&first));
    correct(store, undone(&second));
    assert_eq!(history(store).await, [], "both taken back, over rows in Lance");
    assert_eq!(store.reviews_of(card).await.unwrap(), []);
    store.flush().await.unwrap();
    assert_eq!(history(store).await, [], "both taken back in Lance");
}

#[tokio::test]
async fn the_log_is_whole_while_it_moves() {
    let desk = Desk::with(Options { flush_entries: 3, ..Options::default() }).await;
    let store = desk.learning.store();
    let card = CardId::new(at(0));
    for n in 1..=40 {
        rate(store, &[&log(card, n, Some(Rating::Good))]);
        let rows = history(store).await;
        let times: Vec<_> = rows.iter().map(|row| row.at).collect();
        assert_eq!(times, (1..=n).map(at).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn one_cards_reviews_are_found_by_an_index_once_there_are_many() {
    let desk = Desk::with(Options { flush_entries: usize::MAX, ..Options::default() }).await;
    let store = desk.learning.store();
    let cards: Vec<_> = (0..100).map(|n| CardId::new(at(n))).collect();
    let logs: Vec<_> = (0..1_200).map(|n| log(cards[n % 100], n as i64, Some(Rating::Good))).collect();
    rate(store, &logs.iter().collect::<Vec<_>>());
    store.flush().await.unwrap();
    store.maintain().await.unwrap();
    // Beside the index: one row that came after it, one that waits.
    let (after, waiting) = (log(cards[7], 5_000, Some(Rating::Easy)), log(cards[7], 6_000, Some(Rating::Hard)));
    rate(store, &[&after]);
    store.flush().await.unwrap();
    rate(store, &[&waiting]);
    let mut expected: Vec<_> = logs.into_iter().filter(|log| log.card == cards[7]).collect();
    assert_eq!(expected.len(), 12);
    expected.extend([after, waiting]);
    assert_eq!(store.reviews_of(cards[7]).await.unwrap(), expected);
    let indices = desk.path().join("review_logs.lance/_indices");
    assert_eq!(std::fs::read_dir(indices).unwrap().count(), 2, "one by time, one by card");
}
