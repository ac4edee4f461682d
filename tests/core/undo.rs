//! Taking back and doing again, on a real LanceDB on disk: what the person sees, and what is there after the next start.

use std::sync::Arc;

use jiff::tz::TimeZone;
use memoryloop_core::{
    Error,
    cards::{CardRow, NewCard},
    learning::Learning,
    review::{CardAction, CardState, Rating, StudyStep},
    time::UnixMillis,
};
use parking_lot::Mutex;
use rand::{Rng, SeedableRng, rngs::StdRng};
use support::{
    clock::TestClock,
    learning::{Desk, card, options, shown},
};

const DAY: i64 = UnixMillis::DAY;

/// All cards without the times of their edits, which only ever grow.
async fn rows(learning: &Learning) -> Vec<CardRow> {
    let mut rows = learning.list_cards("", None, None, 100).await.unwrap().rows;
    rows.iter_mut().for_each(|row| row.card.updated_at = TestClock::NOON);
    rows
}

async fn reviewed(learning: &Learning) -> u32 {
    learning.today().await.unwrap().reviewed
}

#[tokio::test]
async fn ratings_are_taken_back_to_the_start_of_the_session_and_given_again() {
    for flushed in [false, true] {
        let desk = Desk::new().await;
        desk.add(3).await;
        let before = rows(&desk.learning).await;
        let mut seen = Vec::new();
        let mut card = desk.first().await;
        for rating in [Rating::Again, Rating::Good, Rating::Easy] {
            seen.push(card.card.id);
            card = shown(desk.rate(&card, rating).await);
        }
        let after = rows(&desk.learning).await;
        if flushed {
            desk.learning.store().flush().await.unwrap();
        }
        for (left, id) in (0..3).rev().zip(seen.iter().rev()) {
            let update = desk.learning.undo(None).await.unwrap();
            assert_eq!(update.undo.is_some(), left > 0);
            let card = shown(update.step);
            assert_eq!((card.card.id, card.position), (*id, left + 1));
            assert_eq!(reviewed(&desk.learning).await, left);
        }
        assert!(matches!(desk.learning.undo(None).await, Err(Error::NothingToUndo(_))));
        assert_eq!(rows(&desk.learning).await, before);
        assert_eq!(desk.learning.redo().await.unwrap().undo.unwrap().what, "rating Again");
        desk.learning.redo().await.unwrap();
        assert_eq!(desk.learning.redo().await.unwrap().redo, None);
        assert!(matches!(desk.learning.redo().await, Err(Error::NothingToUndo(_))));
        assert_eq!((rows(&desk.learning).await, reviewed(&desk.learning).await), (after.clone(), 3));
        let desk = desk.reopen_without_closing().await.reopen().await;
        assert_eq!((rows(&desk.learning).await, reviewed(&desk.learning).await), (after, 3));
    }
}

#[tokio::test]
async fn an_undone_rating_stays_undone_after_the_next_start() {
    let desk = Desk::new().await;
    desk.add(1).await;
    let before = rows(&desk.learning).await;
    let first = desk.first().await;
    desk.rate(&first, Rating::Good).await;
    desk.learning.store().flush().await.unwrap();
    desk.learning.undo(None).await.unwrap();
    for desk in [desk.reopen_without_closing().await.reopen().await] {
        assert_eq!((rows(&desk.learning).await, reviewed(&desk.learning).await), (before.clone(), 0));
        assert_eq!(desk.learning.card_info(first.card.id).await.unwrap().history, []);
        // The row is in the log for good, marked.
        let logs = desk.learning.store().reviews_since(UnixMillis(0)).await.unwrap();
        assert_eq!(logs.iter().map(|log| log.undone).collect::<Vec<_>>(), [true]);
    }
}

#[tokio::test]
async fn a_rating_for_a_card_that_was_shown_before_an_undo_is_stale() {
    let desk = Desk::new().await;
    desk.add(2).await;
    let first = desk.first().await;
    desk.rate(&first, Rating::Good).await;
    desk.learning.undo(None).await.unwrap();
    let late = desk.learning.rate_card(first.card.id, first.revision, Rating::Good, 1).await;
    assert!(matches!(late, Err(Error::StaleCard)), "{late:?}");
}

#[tokio::test]
async fn every_action_is_taken_back_and_done_again() {
    use CardAction as A;
    let desk = Desk::new().await;
    let ids = desk.add(2).await;
    let first = desk.first().await;
    desk.rate(&first, Rating::Easy).await;
    for (action, undoes) in [
        (A::Suspend, "suspending the card"),
        (A::Bury, "burying the card"),
        (A::Mark, "marking the card"),
        (A::Reset, "resetting the card"),
        (A::Delete, "deleting the card"),
    ] {
        let before = rows(&desk.learning).await;
        let update = desk.learning.change_card(ids[0], action).await.unwrap();
        assert_eq!(update.undo.unwrap().what, undoes);
        let after = rows(&desk.learning).await;
        assert_ne!(after, before, "{action:?}");
        desk.learning.undo(None).await.unwrap();
        assert_eq!(rows(&desk.learning).await, before, "{action:?}");
        desk.learning.redo().await.unwrap();
        assert_eq!(rows(&desk.learning).await, after, "{action:?}");
        desk.learning.store().flush().await.unwrap();
        desk.learning.undo(None).await.unwrap();
        assert_eq!(rows(&desk.learning).await, before, "{action:?}");
    }
    let desk = desk.reopen().await;
    let rows = rows(&desk.learning).await;
    let row = rows.iter().find(|row| row.card.id == ids[0]).unwrap();
    assert_eq!((row.state, row.suspended, row.buried_until, row.card.tags.len()), (CardState::Review, false, None, 0));
}

#[tokio::test]
async fn a_card_that_is_put_away_makes_room_for_the_next_and_undo_shows_it_again() {
    let desk = Desk::new().await;
    let ids = desk.add(2).await;
    assert_eq!(desk.first().await.card.id, ids[0]);
    for action in [CardAction::Bury, CardAction::Suspend, CardAction::Delete] {
        let update = desk.learning.change_card(ids[0], action).await.unwrap();
        assert_eq!(shown(update.step).card.id, ids[1], "{action:?}");
        let update = desk.learning.undo(None).await.unwrap();
        assert_eq!(shown(update.step).card.id, ids[0], "{action:?}");
    }
    let marked = shown(desk.learning.change_card(ids[0], CardAction::Mark).await.unwrap().step);
    assert_eq!((marked.card.id, marked.marked, marked.position), (ids[0], true, 1));
    assert_eq!(marked.card.tags, ["marked"]);
}

#[tokio::test]
async fn doing_what_is_so_already_leaves_nothing_to_undo() {
    let desk = Desk::new().await;
    let id = desk.add(1).await[0];
    for action in [CardAction::Unsuspend, CardAction::Unbury, CardAction::Unmark, CardAction::Reset] {
        assert_eq!(desk.learning.change_card(id, action).await.unwrap().undo, None, "{action:?}");
    }
}

#[tokio::test]
async fn one_change_of_several_is_taken_back_by_itself_unless_its_card_changed_since() {
    let desk = Desk::new().await;
    let ids = desk.add(3).await;
    let deleted = desk.learning.change_card(ids[0], CardAction::Delete).await.unwrap().undo.unwrap();
    let suspended = desk.learning.change_card(ids[1], CardAction::Suspend).await.unwrap().undo.unwrap();
    desk.learning.change_card(ids[1], CardAction::Bury).await.unwrap();
    let refused = desk.learning.undo(Some(suspended.id)).await;
    assert!(matches!(refused, Err(Error::NothingToUndo(_))), "{refused:?}");
    desk.learning.undo(Some(deleted.id)).await.unwrap();
    assert_eq!(rows(&desk.learning).await.len(), 3);
    assert!(desk.learning.undo(Some(deleted.id)).await.is_err(), "taken back once");
    let rows = rows(&desk.learning).await;
    assert!(rows.iter().any(|row| row.suspended && row.buried_until.is_some()), "the others stay");
}

#[tokio::test]
async fn splitting_is_one_change() {
    let desk = Desk::new().await;
    let id = desk.add(1).await[0];
    let before = rows(&desk.learning).await;
    let parts = vec![card("Half?", "One."), card("Other half?", "Two.")];
    let update = desk.learning.split_card(id, parts).await.unwrap();
    assert_eq!((update.counts.new, update.undo.unwrap().what.as_str()), (2, "splitting the card"));
    assert_eq!(shown(update.step).card.question, "Half?");
    assert!(desk.learning.split_card(id, vec![card("Late?", "Yes.")]).await.is_err(), "it is gone");
    desk.learning.store().flush().await.unwrap();
    desk.learning.undo(None).await.unwrap();
    assert_eq!(rows(&desk.learning).await, before);
    let id = before[0].card.id;
    let empty = desk.learning.split_card(id, vec![card("Only a question?", " ")]).await;
    assert!(matches!(empty, Err(Error::InvalidInput(_))), "{empty:?}");
    assert_eq!(rows(&desk.learning.clone()).await, before, "nothing lost");
    let none = desk.learning.split_card(id, vec![]).await;
    assert!(matches!(none, Err(Error::InvalidInput(_))), "{none:?}");
}

#[tokio::test]
async fn an_edit_is_taken_back_also_for_the_card_that_is_shown() {
    let desk = Desk::new().await;
    let id = desk.add(1).await[0];
    desk.first().await;
    let edited = desk.learning.update_card(id, "New?".into(), "Yes.".into(), vec!["t".into()]).await.unwrap();
    let now = shown(desk.learning.start_study(None).await.unwrap().step);
    assert_eq!((now.card.question.as_str(), now.position), ("New?", 1));
    let update = desk.learning.undo(Some(edited.undo.unwrap().id)).await.unwrap();
    assert_eq!(shown(update.step).card.question, "Question 0?");
    assert_eq!(shown(desk.learning.redo().await.unwrap().step).card.question, "New?");
    let desk = desk.reopen().await;
    assert_eq!(rows(&desk.learning).await[0].card.question, "New?");
}

/// Whatever was done, taking all of it back gives the beginning, doing all of it again the end, on disk too.
#[tokio::test]
async fn any_history_can_be_taken_back_and_done_again() {
    for seed in 0..6 {
        let mut random = StdRng::seed_from_u64(seed);
        let desk = Desk::new().await;
        desk.add(6).await;
        let before = rows(&desk.learning).await;
        let mut done = 0;
        for _ in 0..25 {
            desk.clock.advance(random.random_range(0..DAY));
            if act(&desk, &mut random).await {
                done += 1;
            }
            if random.random_bool(0.15) {
                desk.learning.store().flush().await.unwrap();
            }
        }
        let after = rows(&desk.learning).await;
        for _ in 0..done {
            desk.learning.undo(None).await.unwrap();
        }
        assert_eq!(rows(&desk.learning).await, before, "seed {seed}");
        assert!(desk.learning.undo(None).await.is_err());
        for _ in 0..done {
            desk.learning.redo().await.unwrap();
        }
        assert_eq!(rows(&desk.learning).await, after, "seed {seed}");
        let desk = desk.reopen_without_closing().await.reopen().await;
        assert_eq!(rows(&desk.learning).await, after, "seed {seed}, after the next start");
    }
}

/// Does something; whether there is anything to undo of it.
async fn act(desk: &Desk, random: &mut StdRng) -> bool {
    use CardAction as A;
    let actions = [A::Suspend, A::Unsuspend, A::Bury, A::Unbury, A::Mark, A::Unmark, A::Reset, A::Delete];
    let rows = rows(&desk.learning).await;
    let last = desk.learning.start_study(None).await.unwrap();
    let Some(row) = rows.get(random.random_range(0..rows.len().max(1))) else { return false };
    let id = row.card.id;
    let update = match (random.random_range(0..10), last.step) {
        (0..5, StudyStep::Card { card }) => {
            let rating = Rating::ALL[random.random_range(0..4)];
            desk.learning.rate_card(card.card.id, card.revision, rating, 100).await.unwrap()
        }
        (5, _) => {
            let part = |n: i32| NewCard { tags: vec!["split".into()], ..card(&format!("Part {n}?"), "Yes.") };
            desk.learning.split_card(id, vec![part(1), part(2)]).await.unwrap()
        }
        (6, _) => {
            desk.learning.update_card(id, format!("{} Edited?", row.card.question), "A.".into(), vec![]).await.unwrap();
            desk.learning.start_study(None).await.unwrap()
        }
        _ => desk.learning.change_card(id, actions[random.random_range(0..actions.len())]).await.unwrap(),
    };
    update.undo != last.undo
}

#[tokio::test]
async fn a_card_is_due_on_its_study_day_wherever_the_person_is() {
    let zone = Arc::new(Mutex::new("Europe/Berlin"));
    let desk = Desk::new().await;
    desk.learning.close().await.unwrap();
    let here = zone.clone();
    let travelling = memoryloop_core::learning::LearningOptions {
        zone: Arc::new(move || TimeZone::get(*here.lock()).unwrap()),
        ..options(memoryloop_core::lance::Options::default())
    };
    let desk = Desk { options: travelling, ..desk }.reopen_without_closing().await;
    let at = |text: &str| UnixMillis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
    let mut options = desk.learning.scheduling().options;
    options.fuzz = false;
    desk.learning.set_review_options(options).await.unwrap();
    desk.clock.set(at("2026-11-02T10:00:00Z"));
    desk.add(1).await;
    let first = desk.first().await;
    desk.rate(&first, Rating::Easy).await;
    let days = i64::from(desk.learning.card_info(first.card.id).await.unwrap().interval_days);
    let due = async |desk: &Desk| rows(&desk.learning).await[0].due;
    assert_eq!(due(&desk).await, at("2026-11-02T03:00:00Z").plus(days * DAY), "04:00 in Berlin");
    *zone.lock() = "America/New_York";
    desk.learning.start_study(None).await.unwrap();
    assert_eq!(due(&desk).await, at("2026-11-02T09:00:00Z").plus(days * DAY), "04:00 in New York");
    desk.learning.undo(None).await.unwrap();
    desk.learning.redo().await.unwrap();
    assert_eq!(due(&desk).await, at("2026-11-02T09:00:00Z").plus(days * DAY), "done again in New York");
    *zone.lock() = "Asia/Tokyo";
    let desk = desk.reopen().await;
    assert_eq!(due(&desk).await, at("2026-11-01T19:00:00Z").plus(days * DAY), "04:00 in Tokyo");
    assert_eq!(desk.learning.today().await.unwrap().reviewed, 1);
}
