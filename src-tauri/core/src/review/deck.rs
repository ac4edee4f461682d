//! The state in memory: all schedules of one person, where their cards came from, and the queue that they stand in.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{
    CardState, Schedule,
    queue::{Ordering, Origin, Queue, Quota, Recent},
};
use crate::{
    ids::{CardId, MessageId},
    time::UnixMillis,
};

/// A clock that goes back by less is taken for one that stands still.
const SET_BACK: i64 = UnixMillis::MINUTE;

/// One card as the deck holds it.
#[derive(Clone, Copy, Debug)]
pub struct Placed {
    pub schedule: Schedule,
    /// What it has siblings by.
    pub origin: Option<Origin>,
    /// Another one after every change in this run.
    pub revision: u32,
}

/// All cards of one person, without their content.
#[derive(Debug, Default)]
pub struct Deck {
    cards: HashMap<CardId, Placed>,
    queue: Queue,
    by_creation: BTreeSet<(UnixMillis, CardId)>,
    by_origin: HashMap<Origin, Vec<CardId>>,
    /// When the cards deleted in this run were created: a page may begin after one of them.
    deleted: HashMap<CardId, UnixMillis>,
    /// The cards that are studied when not all are, in a queue of their own.
    scope: Option<(HashSet<CardId>, Queue)>,
    revisions: u32,
}

impl Deck {
    #[must_use]
    pub fn get(&self, card: CardId) -> Option<&Schedule> {
        self.cards.get(&card).map(|placed| &placed.schedule)
    }

    #[must_use]
    pub fn placed(&self, card: CardId) -> Option<Placed> {
        self.cards.get(&card).copied()
    }

    #[must_use]
    pub fn origin(&self, card: CardId) -> Option<Origin> {
        self.cards.get(&card)?.origin
    }

    /// The answer that a card came from.
    #[must_use]
    pub fn answer(&self, card: CardId) -> Option<MessageId> {
        match self.origin(card)? {
            Origin::Answer(answer) => Some(answer),
            Origin::Note(_) => None,
        }
    }

    /// The cards that came from an answer, in the order in which they were added.
    #[must_use]
    pub fn cards_of(&self, answer: MessageId) -> &[CardId] {
        self.by_origin.get(&Origin::Answer(answer)).map_or(&[], Vec::as_slice)
    }

    /// Adds a card, or replaces it.
    pub fn add(&mut self, card: CardId, schedule: Schedule, origin: Option<Origin>) {
        self.remove_quietly(card);
        self.by_creation.insert((schedule.created_at, card));
        if let Some(origin) = origin {
            self.by_origin.entry(origin).or_default().push(card);
        }
        self.deleted.remove(&card);
        self.place(card, schedule, origin);
    }

    /// Replaces a card's schedule; does nothing for a card that is not there.
    pub fn set(&mut self, card: CardId, schedule: Schedule) {
        if let Some(old) = self.cards.get(&card).copied() {
            self.unqueue(card, &old.schedule);
            self.place(card, schedule, old.origin);
        }
    }

    fn place(&mut self, card: CardId, schedule: Schedule, origin: Option<Origin>) {
        self.revisions = self.revisions.wrapping_add(1);
        self.cards.insert(card, Placed { schedule, origin, revision: self.revisions });
        self.queue.put(card, &schedule);
        if let Some((_, queue)) = self.scope.as_mut().filter(|(members, _)| members.contains(&card)) {
            queue.put(card, &schedule);
        }
    }

    fn unqueue(&mut self, card: CardId, schedule: &Schedule) {
        self.queue.take(card, schedule);
        if let Some((_, queue)) = &mut self.scope {
            queue.take(card, schedule);
        }
    }

    pub fn remove(&mut self, card: CardId) {
        if let Some(old) = self.remove_quietly(card) {
            self.deleted.insert(card, old.created_at);
        }
    }

    fn remove_quietly(&mut self, card: CardId) -> Option<Schedule> {
        let old = self.cards.remove(&card)?;
        self.unqueue(card, &old.schedule);
        self.by_creation.remove(&(old.schedule.created_at, card));
        if let Some(origin) = old.origin
            && let Some(cards) = self.by_origin.get_mut(&origin)
        {
            cards.retain(|&other| other != card);
            if cards.is_empty() {
                self.by_origin.remove(&origin);
            }
        }
        Some(old.schedule)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.cards.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cards.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (CardId, &Schedule)> {
        self.cards.iter().map(|(&card, placed)| (card, &placed.schedule))
    }

    /// The other cards from the answer that `card` came from, or of its note.
    #[must_use]
    pub fn siblings(&self, card: CardId) -> Vec<CardId> {
        let cards = self.origin(card).and_then(|origin| self.by_origin.get(&origin));
        cards.map(|cards| cards.iter().copied().filter(|&other| other != card).collect()).unwrap_or_default()
    }

    /// Brings the queues to `now`, and into another order when it has changed (a new day, another choice). Costs what has
    /// become due; after a change of order, or when the clock was set back, what there is.
    pub fn advance(&mut self, ordering: Ordering, now: UnixMillis) {
        let set_back = self.queue.now().since(now) > SET_BACK;
        if ordering != self.queue.ordering() || set_back {
            self.queue = Queue::new(ordering, now);
            for (&card, placed) in &self.cards {
                self.queue.put(card, &placed.schedule);
            }
            if let Some((members, _)) = self.scope.take() {
                self.study_only(members);
            }
        }
        self.queue.advance(now);
        if let Some((_, queue)) = &mut self.scope {
            queue.advance(now);
        }
    }

    /// From now on [`Deck::studied`] holds only these cards.
    pub fn study_only(&mut self, members: HashSet<CardId>) {
        let mut queue = Queue::new(self.queue.ordering(), self.queue.now());
        for (card, placed) in members.iter().filter_map(|card| Some((*card, self.cards.get(card)?))) {
            queue.put(card, &placed.schedule);
        }
        self.scope = Some((members, queue));
    }

    /// Lets `others` into the scope if `card` is in it.
    pub fn admit_with(&mut self, card: CardId, others: impl Iterator<Item = CardId>) {
        if let Some((members, _)) = self.scope.as_mut().filter(|(members, _)| members.contains(&card)) {
            members.extend(others);
        }
    }

    /// Grows with every change of a card.
    #[must_use]
    pub fn revisions(&self) -> u32 {
        self.revisions
    }

    pub fn study_all(&mut self) {
        self.scope = None;
    }

    /// Moves every card to the due that it has now, as in another time zone.
    pub fn move_due(&mut self, due: impl Fn(&Schedule) -> UnixMillis) {
        let moved: Vec<_> = self.iter().map(|(card, s)| (card, Schedule { due: due(s), ..*s })).collect();
        for (card, schedule) in moved {
            if self.get(card) != Some(&schedule) {
                self.set(card, schedule);
            }
        }
    }

    /// The queue of all cards.
    #[must_use]
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// The queue of the cards that are studied.
    #[must_use]
    pub fn studied(&self) -> &Queue {
        self.scope.as_ref().map_or(&self.queue, |(_, queue)| queue)
    }

    /// The next cards of those that are studied; with `recent` siblings are kept apart.
    #[must_use]
    pub fn upcoming(&self, most: usize, quota: Quota, recent: Option<&Recent>) -> Vec<CardId> {
        match recent {
            Some(recent) => self.studied().upcoming(most, quota, recent, |card| self.origin(card)),
            None => self.studied().upcoming(most, quota, &Recent::default(), |_| None),
        }
    }

    /// The cards created at or after `from`; costs their number.
    pub fn created_since(&self, from: UnixMillis) -> impl Iterator<Item = CardId> {
        self.by_creation.range((from, CardId::LEAST)..).map(|&(_, card)| card)
    }

    /// Up to `limit` cards, newest first, after `after` when it is given, which may be gone meanwhile.
    #[must_use]
    pub fn newest(&self, after: Option<CardId>, limit: usize) -> Vec<CardId> {
        let created = |id| self.get(id).map(|s| s.created_at).or_else(|| self.deleted.get(&id).copied());
        let end = after.and_then(|id| Some((created(id)?, id)));
        let older = match end {
            Some(end) => self.by_creation.range(..end),
            None => self.by_creation.range(..),
        };
        older.rev().take(limit).map(|&(_, card)| card).collect()
    }
}

/// Whether a schedule would come up by itself: not a card that is suspended or buried.
#[must_use]
pub fn is_studied(schedule: &Schedule, now: UnixMillis) -> bool {
    !schedule.suspended && schedule.buried_until.is_none_or(|until| until <= now)
}

/// Whether a card would come up today: a new one, or one in review that is due.
#[must_use]
pub fn comes_today(schedule: &Schedule, now: UnixMillis, end_of_day: UnixMillis) -> bool {
    let due = match schedule.state {
        CardState::New => true,
        CardState::Review => schedule.due < end_of_day,
        CardState::Learning | CardState::Relearning => false,
    };
    due && is_studied(schedule, now)
}

#[cfg(test)]
#[path = "deck_tests.rs"]
mod tests;
