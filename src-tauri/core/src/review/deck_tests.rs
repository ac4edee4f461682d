//! The order of study.

use std::collections::HashSet;

use super::*;
use crate::ids::NoteId;
use crate::review::{
    options::{NewOrder, ReviewOrder},
    queue::{Day, LEARN_AHEAD},
};

const DAY: i64 = UnixMillis::DAY;
const NOW: UnixMillis = UnixMillis(100 * DAY);

fn card(n: u128) -> CardId {
    CardId(uuid::Uuid::from_u128(n))
}

fn with(state: CardState, due: i64) -> Schedule {
    Schedule { state, due: UnixMillis(due), ..Schedule::new(UnixMillis(due), UnixMillis(due)) }
}

fn ordering(day: i32) -> Ordering {
    let start = UnixMillis(i64::from(day) * DAY);
    Ordering { day: Day { number: day, start }, new: NewOrder::Created, review: ReviewOrder::Due }
}

fn deck(cards: &[(u128, Schedule)]) -> Deck {
    let mut deck = Deck::default();
    deck.advance(ordering(100), NOW);
    cards.iter().for_each(|&(n, schedule)| deck.add(card(n), schedule, None));
    deck
}

fn order(deck: &Deck, quota: Quota) -> Vec<CardId> {
    deck.upcoming(100, quota, None)
}

#[test]
fn learning_comes_before_review_before_new_before_learning_ahead() {
    let now = NOW.0;
    let deck = deck(&[
        (1, with(CardState::New, 0)),
        (2, with(CardState::Review, now - 50)),
        (3, with(CardState::Learning, now - 10)),
        (4, with(CardState::Learning, now + LEARN_AHEAD)),
        (5, with(CardState::Learning, now + 1 + LEARN_AHEAD)),
        (6, with(CardState::Review, now + 1)),
    ]);
    assert_eq!(order(&deck, Quota::NONE), [card(3), card(2), card(1), card(4)]);
    let ready = deck.queue().ready();
    assert_eq!((ready.new, ready.learning, ready.review, ready.buried), (1, 2, 1, 0));
    assert_eq!(deck.queue().next_due(), Some(UnixMillis(now + 1)));
    assert_eq!(deck.queue().due().collect::<Vec<_>>(), [card(3), card(2)]);
}

#[test]
fn new_cards_are_spread_evenly_among_the_reviews_within_the_limits() {
    let mut cards: Vec<_> = (0..40).map(|n| (n, with(CardState::Review, i64::try_from(n).expect("small")))).collect();
    cards.extend((100..120).map(|n| (n, with(CardState::New, i64::try_from(n).expect("small")))));
    let deck = deck(&cards);
    let quota = Quota { new_left: 2, reviews_left: 8, new_done: 0, reviews_done: 0 };
    let shown: Vec<_> = order(&deck, quota).into_iter().map(|card| card.0.as_u128()).collect();
    assert_eq!(shown, [0, 1, 100, 2, 3, 4, 5, 101, 6, 7]);
    // Half-way through the day the rest is spread as it was from the start.
    let quota = Quota { new_left: 1, reviews_left: 6, new_done: 1, reviews_done: 2 };
    let rest: Vec<_> = order(&deck, quota).into_iter().map(|card| card.0.as_u128()).collect();
    assert_eq!(rest, [0, 1, 2, 3, 100, 4, 5]);
    let none = Quota { new_left: 0, reviews_left: 0, new_done: 20, reviews_done: 200 };
    assert_eq!(order(&deck, none), []);
}

#[test]
fn most_overdue_relative_to_the_interval_comes_first() {
    let reviewed = |days_overdue: i64, interval_days| Schedule {
        interval_days,
        ..with(CardState::Review, (100 - days_overdue) * DAY)
    };
    let mut deck = deck(&[(1, reviewed(10, 100)), (2, reviewed(2, 4)), (3, reviewed(0, 1)), (4, reviewed(0, 50))]);
    assert_eq!(order(&deck, Quota::NONE), [card(1), card(2), card(3), card(4)], "by due");
    deck.advance(Ordering { review: ReviewOrder::RelativeOverdueness, ..ordering(100) }, NOW);
    assert_eq!(order(&deck, Quota::NONE), [card(2), card(1), card(3), card(4)]);
}

#[test]
fn shuffled_new_cards_keep_their_order_for_a_day() {
    let cards: Vec<_> = (0..20).map(|n| (n, with(CardState::New, i64::try_from(n).expect("small")))).collect();
    let mut deck = deck(&cards);
    let shuffle = |day| Ordering { new: NewOrder::Shuffled, ..ordering(day) };
    deck.advance(shuffle(100), NOW);
    let first = order(&deck, Quota::NONE);
    assert_ne!(first, (0..20).map(card).collect::<Vec<_>>());
    deck.set(card(3), Schedule { suspended: true, ..with(CardState::New, 3) });
    deck.set(card(3), with(CardState::New, 3));
    assert_eq!(order(&deck, Quota::NONE), first);
    deck.advance(shuffle(101), NOW.plus(DAY));
    assert_ne!(order(&deck, Quota::NONE), first);
}

#[test]
fn a_clock_set_back_takes_cards_out_of_the_queue_again() {
    let due = NOW.0 + DAY / 2;
    let mut deck = deck(&[(1, with(CardState::Review, due)), (2, with(CardState::Learning, due))]);
    deck.advance(ordering(100), UnixMillis(due));
    assert_eq!(order(&deck, Quota::NONE), [card(2), card(1)]);
    deck.advance(ordering(100), NOW);
    assert_eq!(order(&deck, Quota::NONE), []);
    assert_eq!(deck.queue().next_due(), Some(UnixMillis(due)));
}

#[test]
fn suspended_cards_are_kept_but_not_shown_and_buried_ones_come_back() {
    let buried = Schedule { buried_until: Some(NOW.plus(10)), ..with(CardState::Review, 0) };
    let mut deck = deck(&[(1, Schedule { suspended: true, ..with(CardState::Review, 0) }), (2, buried)]);
    assert_eq!((order(&deck, Quota::NONE), deck.len(), deck.queue().ready().buried), (vec![], 2, 1));
    assert_eq!(deck.queue().next_due(), Some(NOW.plus(10)));
    deck.advance(ordering(100), NOW.plus(10));
    assert_eq!((order(&deck, Quota::NONE), deck.queue().ready().buried), (vec![card(2)], 0));
    deck.remove(card(2));
    assert_eq!(order(&deck, Quota::NONE), []);
}

#[test]
fn cards_from_one_answer_are_kept_apart_while_there_are_others() {
    let answer = |n| Some(Origin::Answer(MessageId(uuid::Uuid::from_u128(n))));
    let mut deck = deck(&[]);
    for n in 0..6 {
        deck.add(card(n), with(CardState::New, i64::try_from(n).expect("small")), answer(n / 3));
    }
    deck.add(card(10), with(CardState::New, 10), None);
    let order: Vec<_> = deck.upcoming(100, Quota::NONE, Some(&Recent::default()));
    let numbers: Vec<_> = order.iter().map(|card| card.0.as_u128()).collect();
    // The card of no answer comes as soon as both answers were seen; then the one seen longest ago.
    assert_eq!(numbers, [0, 3, 10, 1, 4, 2, 5]);
    let mut recent = Recent::default();
    recent.note(answer(0));
    assert_eq!(deck.upcoming(1, Quota::NONE, Some(&recent)), [card(3)]);
    assert_eq!(deck.siblings(card(0)), [card(1), card(2)]);
}

#[test]
fn cards_of_one_note_are_siblings_too() {
    let note = Some(Origin::Note(NoteId(uuid::Uuid::from_u128(0))));
    let mut deck = deck(&[]);
    for (n, origin) in [(0, note), (1, note), (2, None)] {
        deck.add(card(n), with(CardState::New, i64::try_from(n).expect("small")), origin);
    }
    assert_eq!(deck.upcoming(9, Quota::NONE, Some(&Recent::default())), [card(0), card(2), card(1)]);
    assert_eq!((deck.siblings(card(0)), deck.siblings(card(2))), (vec![card(1)], vec![]));
    assert_eq!(deck.answer(card(0)), None);
}

#[test]
fn a_scope_has_a_queue_of_its_own_that_follows_every_change() {
    let mut deck = deck(&[(1, with(CardState::New, 1)), (2, with(CardState::New, 2)), (3, with(CardState::New, 3))]);
    deck.study_only(HashSet::from([card(2), card(3)]));
    assert_eq!(order(&deck, Quota::NONE), [card(2), card(3)]);
    deck.set(card(2), Schedule { suspended: true, ..with(CardState::New, 2) });
    assert_eq!((order(&deck, Quota::NONE), deck.queue().ready().new), (vec![card(3)], 2));
    deck.advance(ordering(101), NOW.plus(DAY));
    assert_eq!(order(&deck, Quota::NONE), [card(3)], "a new day keeps the scope");
    deck.study_all();
    assert_eq!(order(&deck, Quota::NONE), [card(1), card(3)]);
}

#[test]
fn every_change_gives_another_revision() {
    let mut deck = deck(&[(1, with(CardState::New, 1))]);
    let revision = |deck: &Deck| deck.placed(card(1)).expect("there").revision;
    let first = revision(&deck);
    deck.set(card(1), with(CardState::Learning, 5));
    deck.set(card(1), with(CardState::New, 1));
    assert_ne!(revision(&deck), first);
    deck.set(card(9), with(CardState::New, 1));
    assert_eq!(deck.len(), 1, "a schedule without a card is not taken in");
}

#[test]
fn pages_go_from_the_newest_to_the_oldest_without_gaps() {
    let cards: Vec<_> = (0..7).map(|n| (n, with(CardState::New, i64::try_from(n).expect("small")))).collect();
    let mut deck = deck(&cards);
    let first = deck.newest(None, 3);
    assert_eq!(first, [card(6), card(5), card(4)]);
    assert_eq!(deck.newest(first.last().copied(), 3), [card(3), card(2), card(1)]);
    assert_eq!(deck.newest(Some(card(0)), 3), []);
    deck.remove(card(4));
    assert_eq!(deck.newest(Some(card(4)), 2), [card(3), card(2)], "a page after a card that was deleted");
}
