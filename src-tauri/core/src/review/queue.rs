//! The state in memory: one record for each card's schedule, ordered by due, so that the next card is found without
//! touching disk and without looking at what is not due.

use std::collections::{BTreeSet, HashMap};

use super::{CardState, Schedule, StudyCounts};
use crate::{ids::CardId, time::UnixMillis};

/// A learning card may come this much early when nothing else is left, as in Anki.
pub const LEARN_AHEAD: i64 = 20 * UnixMillis::MINUTE;

/// All schedules of one person.
#[derive(Debug, Default)]
pub struct Deck {
    schedules: HashMap<CardId, Schedule>,
    new: BTreeSet<(UnixMillis, CardId)>,
    learning: Timed,
    review: Timed,
    by_creation: BTreeSet<(UnixMillis, CardId)>,
    /// When the cards deleted in this run were created: a page may begin after one of them.
    deleted: HashMap<CardId, UnixMillis>,
}

impl Deck {
    #[must_use]
    pub fn get(&self, card: CardId) -> Option<&Schedule> {
        self.schedules.get(&card)
    }

    /// Adds a card's schedule or replaces the one that it had.
    pub fn put(&mut self, card: CardId, schedule: Schedule) {
        self.take(card);
        self.schedules.insert(card, schedule);
        self.by_creation.insert((schedule.created_at, card));
        if !schedule.suspended {
            match schedule.state {
                CardState::New => drop(self.new.insert((schedule.due, card))),
                CardState::Learning | CardState::Relearning => self.learning.insert(schedule.due, card),
                CardState::Review => self.review.insert(schedule.due, card),
            }
        }
    }

    pub fn remove(&mut self, card: CardId) -> Option<Schedule> {
        let old = self.take(card)?;
        self.deleted.insert(card, old.created_at);
        Some(old)
    }

    fn take(&mut self, card: CardId) -> Option<Schedule> {
        let old = self.schedules.remove(&card)?;
        self.by_creation.remove(&(old.created_at, card));
        match old.state {
            CardState::New => drop(self.new.remove(&(old.due, card))),
            CardState::Learning | CardState::Relearning => self.learning.remove(old.due, card),
            CardState::Review => self.review.remove(old.due, card),
        }
        Some(old)
    }

    pub fn iter(&self) -> impl Iterator<Item = (CardId, &Schedule)> {
        self.schedules.iter().map(|(&card, schedule)| (card, schedule))
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.schedules.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.schedules.is_empty()
    }

    /// What can be studied at `now`. Costs what has become due since it was asked last.
    pub fn counts(&mut self, now: UnixMillis) -> StudyCounts {
        self.learning.advance(now.plus(LEARN_AHEAD));
        self.review.advance(now);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (new, learning, review) =
            (count(self.new.len()), count(self.learning.ready.len()), count(self.review.ready.len()));
        StudyCounts { new, learning, review, due: new + learning + review, total: count(self.len()) }
    }

    /// The card to show at `now`: learning cards whose minutes are up, reviews by due, new cards in their order, then
    /// learning cards a little early.
    pub fn next(&mut self, now: UnixMillis) -> Option<CardId> {
        self.upcoming(now).next()
    }

    /// The cards in the order in which they would be shown if none came back, the first being the next.
    pub fn upcoming(&mut self, now: UnixMillis) -> impl Iterator<Item = CardId> {
        self.learning.advance(now.plus(LEARN_AHEAD));
        self.review.advance(now);
        let (early_from, learning) = ((now.plus(1), CardId::LEAST), &self.learning.ready);
        learning
            .range(..early_from)
            .chain(&self.review.ready)
            .chain(&self.new)
            .chain(learning.range(early_from..))
            .map(|&(_, card)| card)
    }

    /// When the next card that is not due at `now` falls due.
    pub fn next_due(&mut self, now: UnixMillis) -> Option<UnixMillis> {
        self.learning.advance(now);
        self.review.advance(now);
        let first = |timed: &Timed| timed.waiting.first().map(|&(due, _)| due);
        [first(&self.learning), first(&self.review)].into_iter().flatten().min()
    }

    /// How many cards fall due before `end`, new ones not counted.
    #[must_use]
    pub fn due_before(&self, end: UnixMillis) -> usize {
        [&self.learning, &self.review]
            .into_iter()
            .flat_map(|timed| [&timed.ready, &timed.waiting])
            .map(|set| set.range(..(end, CardId::LEAST)).count())
            .sum()
    }

    /// How many cards were created at or after `from`; costs their number.
    #[must_use]
    pub fn created_since(&self, from: UnixMillis) -> usize {
        self.by_creation.range((from, CardId::LEAST)..).count()
    }

    /// Up to `limit` cards, newest first, after `after` when it is given, which may be gone meanwhile.
    #[must_use]
    pub fn newest(&self, after: Option<CardId>, limit: usize) -> Vec<CardId> {
        let created = |id| self.schedules.get(&id).map(|s| s.created_at).or_else(|| self.deleted.get(&id).copied());
        let end = after.and_then(|id| Some((created(id)?, id)));
        let older = match end {
            Some(end) => self.by_creation.range(..end),
            None => self.by_creation.range(..),
        };
        older.rev().take(limit).map(|&(_, card)| card).collect()
    }
}

/// Cards by due, split at a moment that moves with the clock: counting what is ready is then free.
#[derive(Debug, Default)]
struct Timed {
    /// Due at or before `until`.
    ready: BTreeSet<(UnixMillis, CardId)>,
    waiting: BTreeSet<(UnixMillis, CardId)>,
    until: UnixMillis,
}

impl Timed {
    fn insert(&mut self, due: UnixMillis, card: CardId) {
        if due <= self.until {
            self.ready.insert((due, card))
        } else {
            self.waiting.insert((due, card))
        };
    }

    fn remove(&mut self, due: UnixMillis, card: CardId) {
        self.ready.remove(&(due, card));
        self.waiting.remove(&(due, card));
    }

    /// Moves the split to `until`, back too when the clock was set back.
    fn advance(&mut self, until: UnixMillis) {
        let border = (until.plus(1), CardId::LEAST);
        if until >= self.until {
            while let Some(&first) = self.waiting.first().filter(|first| **first < border) {
                self.waiting.remove(&first);
                self.ready.insert(first);
            }
        } else {
            let mut early = self.ready.split_off(&border);
            self.waiting.append(&mut early);
        }
        self.until = until;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(n: u128) -> CardId {
        CardId(uuid::Uuid::from_u128(n))
    }

    fn with(state: CardState, due: i64) -> Schedule {
        Schedule { state, due: UnixMillis(due), ..Schedule::new(UnixMillis(due), UnixMillis(due)) }
    }

    #[test]
    fn learning_comes_before_review_before_new_before_learning_ahead() {
        let mut deck = Deck::default();
        deck.put(card(1), with(CardState::New, 0));
        deck.put(card(2), with(CardState::Review, 50));
        deck.put(card(3), with(CardState::Learning, 90));
        deck.put(card(4), with(CardState::Learning, 100 + LEARN_AHEAD));
        deck.put(card(5), with(CardState::Learning, 101 + LEARN_AHEAD));
        deck.put(card(6), with(CardState::Review, 101));
        let order: Vec<_> = deck.upcoming(UnixMillis(100)).collect();
        assert_eq!(order, [card(3), card(2), card(1), card(4)]);
        let counts = deck.counts(UnixMillis(100));
        assert_eq!((counts.new, counts.learning, counts.review, counts.due, counts.total), (1, 2, 1, 4, 6));
    }

    #[test]
    fn a_clock_set_back_takes_cards_out_of_the_queue_again() {
        let mut deck = Deck::default();
        deck.put(card(1), with(CardState::Review, 1_000));
        assert_eq!(deck.next(UnixMillis(1_000)), Some(card(1)));
        assert_eq!(deck.next(UnixMillis(999)), None);
        assert_eq!(deck.next_due(UnixMillis(999)), Some(UnixMillis(1_000)));
        assert_eq!(deck.next(UnixMillis(1_001)), Some(card(1)));
    }

    #[test]
    fn suspended_cards_are_kept_but_not_shown() {
        let mut deck = Deck::default();
        deck.put(card(1), Schedule { suspended: true, ..with(CardState::Review, 0) });
        assert_eq!((deck.next(UnixMillis(10)), deck.len()), (None, 1));
    }

    #[test]
    fn pages_go_from_the_newest_to_the_oldest_without_gaps() {
        let mut deck = Deck::default();
        for n in 0..7 {
            deck.put(card(n), with(CardState::New, i64::try_from(n).expect("small")));
        }
        let first = deck.newest(None, 3);
        assert_eq!(first, [card(6), card(5), card(4)]);
        assert_eq!(deck.newest(first.last().copied(), 3), [card(3), card(2), card(1)]);
        assert_eq!(deck.newest(Some(card(0)), 3), []);
        deck.remove(card(4));
        assert_eq!(deck.newest(Some(card(4)), 2), [card(3), card(2)], "a page after a card that was deleted");
    }
}
