//! The order of study: learning cards whose minutes are up, then reviews with new cards mixed in as far as today's limits
//! allow, then learning cards a little early. Kept in order at all times, so that the next card is found without
//! looking at what is not due.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    CardState, Schedule,
    options::{NewOrder, ReviewOrder},
};
use crate::{
    ids::{CardId, MessageId, NoteId},
    time::UnixMillis,
};

/// A learning card may come this much early when nothing else is left, as in Anki.
pub const LEARN_AHEAD: i64 = 20 * UnixMillis::MINUTE;
/// What cards are siblings by: the answer that they came from, else the note that they were made of. Those of one note
/// that came from an answer came from the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    Answer(MessageId),
    Note(NoteId),
}

impl Origin {
    #[must_use]
    pub fn of(answer: Option<MessageId>, note: Option<NoteId>) -> Option<Self> {
        answer.map(Self::Answer).or(note.map(Self::Note))
    }
}

/// How many cards come between two from the same answer, when there are others.
pub const APART: usize = 4;
/// How far ahead in each order a card is looked for that keeps answers apart.
const WINDOW: usize = 32;

/// A study day: which, and when it begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    pub number: i32,
    pub start: UnixMillis,
}

/// What the orders depend on. When it changes, the queue is built anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ordering {
    pub day: Day,
    pub new: NewOrder,
    pub review: ReviewOrder,
}

/// What is left of today's limits, and what was done of them, which says where new cards are mixed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    pub new_left: u32,
    pub reviews_left: u32,
    pub new_done: u32,
    pub reviews_done: u32,
}

impl Quota {
    /// Without limits.
    pub const NONE: Self = Self { new_left: u32::MAX, reviews_left: u32::MAX, new_done: 0, reviews_done: 0 };
}

/// How many cards are ready, whatever the limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    pub new: usize,
    pub learning: usize,
    pub review: usize,
    pub buried: usize,
}

type Key = (i64, CardId);

/// Cards by when they come. Suspended ones are in no order; buried ones wait apart.
#[derive(Debug, Default)]
pub struct Queue {
    ordering: Ordering,
    /// The latest moment asked about. Time goes forward here; for a clock that was set back the queue is built anew.
    now: UnixMillis,
    new: BTreeSet<Key>,
    /// Due within [`LEARN_AHEAD`] of `now`, by due.
    learning: BTreeSet<Key>,
    /// Due at `now`, in the order of review, with their due.
    review: BTreeMap<Key, UnixMillis>,
    /// Not due at `now`, by due.
    later_learning: BTreeSet<Key>,
    later_review: BTreeMap<Key, Key>,
    /// By when they come back.
    buried: BTreeMap<Key, Schedule>,
}

impl Queue {
    #[must_use]
    pub fn new(ordering: Ordering, now: UnixMillis) -> Self {
        Self { ordering, now, ..Self::default() }
    }

    #[must_use]
    pub fn ordering(&self) -> Ordering {
        self.ordering
    }

    #[must_use]
    pub fn now(&self) -> UnixMillis {
        self.now
    }

    pub fn put(&mut self, card: CardId, schedule: &Schedule) {
        if schedule.suspended {
            return;
        }
        if let Some(until) = schedule.buried_until.filter(|&until| until > self.now) {
            self.buried.insert((until.0, card), *schedule);
            return;
        }
        let due = (schedule.due.0, card);
        match schedule.state {
            CardState::New => drop(self.new.insert(self.new_key(card, schedule))),
            CardState::Learning | CardState::Relearning if schedule.due <= self.now.plus(LEARN_AHEAD) => {
                self.learning.insert(due);
            }
            CardState::Learning | CardState::Relearning => drop(self.later_learning.insert(due)),
            CardState::Review if schedule.due <= self.now => {
                self.review.insert(self.review_key(card, schedule), schedule.due);
            }
            CardState::Review => drop(self.later_review.insert(due, self.review_key(card, schedule))),
        }
    }

    /// Takes out a card that was put in with this schedule.
    pub fn take(&mut self, card: CardId, schedule: &Schedule) {
        if let Some(until) = schedule.buried_until
            && self.buried.remove(&(until.0, card)).is_some()
        {
            return;
        }
        let due = (schedule.due.0, card);
        match schedule.state {
            CardState::New => drop(self.new.remove(&self.new_key(card, schedule))),
            CardState::Learning | CardState::Relearning => {
                self.learning.remove(&due);
                self.later_learning.remove(&due);
            }
            CardState::Review => {
                self.review.remove(&self.review_key(card, schedule));
                self.later_review.remove(&due);
            }
        }
    }

    fn new_key(&self, card: CardId, schedule: &Schedule) -> Key {
        match self.ordering.new {
            NewOrder::Created => (schedule.due.0, card),
            NewOrder::Shuffled => (shuffled(card, self.ordering.day.number), card),
        }
    }

    /// Relative overdueness as in Anki: days overdue by days of interval, the thousandth to tell those due today apart.
    fn review_key(&self, card: CardId, schedule: &Schedule) -> Key {
        match self.ordering.review {
            ReviewOrder::Due => (schedule.due.0, card),
            ReviewOrder::RelativeOverdueness => {
                let overdue = self.ordering.day.start.since(schedule.due).max(0) as f64 / UnixMillis::DAY as f64;
                let relative = (overdue + 0.001) / f64::from(schedule.interval_days.max(1));
                ((-relative * 1e9) as i64, card)
            }
        }
    }

    /// Moves what has become due by `now`. Costs what has become due since it was asked last.
    pub fn advance(&mut self, now: UnixMillis) {
        self.now = now.max(self.now);
        let back = split_through(&mut self.buried, self.now);
        for ((_, card), schedule) in back {
            self.put(card, &schedule);
        }
        let later = self.later_learning.split_off(&after(self.now.plus(LEARN_AHEAD)));
        self.learning.append(&mut std::mem::replace(&mut self.later_learning, later));
        for ((due, _), key) in split_through(&mut self.later_review, self.now) {
            self.review.insert(key, UnixMillis(due));
        }
    }

    #[must_use]
    pub fn ready(&self) -> Ready {
        Ready {
            new: self.new.len(),
            learning: self.learning.len(),
            review: self.review.len(),
            buried: self.buried.len(),
        }
    }

    /// When the next card that is not ready falls due; a learning card that may come early counts by its own time.
    #[must_use]
    pub fn next_due(&self) -> Option<UnixMillis> {
        let first = [
            self.learning.range(after(self.now)..).next(),
            self.later_learning.first(),
            self.later_review.keys().next(),
            self.buried.keys().next(),
        ];
        first.into_iter().flatten().map(|&(due, _)| UnixMillis(due)).min()
    }

    /// How many learning and review cards are due before `end`.
    #[must_use]
    pub fn due_before(&self, end: UnixMillis) -> usize {
        let end = (end.0, CardId::LEAST);
        self.learning.range(..end).count()
            + self.later_learning.range(..end).count()
            + self.review.len()
            + self.later_review.range(..end).count()
    }

    /// The ids of all that is due now, whatever the limits, in order; new cards are not due.
    pub fn due(&self) -> impl Iterator<Item = CardId> {
        self.learning.range(..after(self.now)).chain(self.review.keys()).map(|&(_, card)| card)
    }

    /// Up to `most` cards in the order in which they would be shown if none came back, the first being the next.
    /// `origin` says what a card came from; siblings of the cards in `recent` are put off while there are others.
    #[must_use]
    pub fn upcoming(
        &self,
        most: usize,
        quota: Quota,
        recent: &Recent,
        origin: impl Fn(CardId) -> Option<Origin>,
    ) -> Vec<CardId> {
        let early = after(self.now);
        let mut cards: Vec<_> = self.learning.range(..early).take(most).map(|&(_, card)| card).collect();
        let reviews = self.review.keys().take(left(quota.reviews_left, self.review.len()));
        let new = self.new.iter().take(left(quota.new_left, self.new.len()));
        let mut mix = Mix {
            reviews: Line::new(reviews.map(|&(_, card)| (card, origin(card))), quota.reviews_done),
            new: Line::new(new.map(|&(_, card)| (card, origin(card))), quota.new_done),
            recent: recent.clone(),
        };
        mix.reviews.left = left(quota.reviews_left, self.review.len());
        mix.new.left = left(quota.new_left, self.new.len());
        while cards.len() < most
            && let Some(card) = mix.next()
        {
            cards.push(card);
        }
        let more = most - cards.len();
        cards.extend(self.learning.range(early..).take(more).map(|&(_, card)| card));
        cards
    }
}

/// The least key after all those of a moment.
fn after(at: UnixMillis) -> Key {
    (at.0.saturating_add(1), CardId::LEAST)
}

fn left(quota: u32, there: usize) -> usize {
    usize::try_from(quota).unwrap_or(usize::MAX).min(there)
}

/// Takes out what has a key up to and with `now`.
fn split_through<T>(map: &mut BTreeMap<Key, T>, now: UnixMillis) -> BTreeMap<Key, T> {
    if map.first_key_value().is_none_or(|(&(first, _), _)| first > now.0) {
        return BTreeMap::new();
    }
    let later = map.split_off(&after(now));
    std::mem::replace(map, later)
}

/// One order, of which the first cards are looked at.
struct Line<I> {
    source: I,
    window: VecDeque<(CardId, Option<Origin>)>,
    done: u32,
    /// Cards not given out yet.
    left: usize,
}

impl<I: Iterator<Item = (CardId, Option<Origin>)>> Line<I> {
    fn new(source: I, done: u32) -> Self {
        Self { source, window: VecDeque::new(), done, left: 0 }
    }

    /// The first card of which no sibling was seen lately, else the one whose sibling was seen longest ago.
    fn next(&mut self, recent: &Recent) -> Option<(CardId, Option<Origin>)> {
        let mut best: Option<(usize, usize)> = None;
        for n in 0..WINDOW {
            if n == self.window.len() {
                let Some(card) = self.source.next() else { break };
                self.window.push_back(card);
            }
            match recent.ago(self.window[n].1) {
                None => {
                    best = Some((n, usize::MAX));
                    break;
                }
                Some(ago) if best.is_none_or(|(_, other)| ago > other) => best = Some((n, ago)),
                Some(_) => {}
            }
        }
        let card = self.window.remove(best?.0)?;
        self.done += 1;
        self.left -= 1;
        Some(card)
    }
}

/// Reviews with new cards spread evenly among them over the day.
struct Mix<R, N> {
    reviews: Line<R>,
    new: Line<N>,
    recent: Recent,
}

impl<R, N> Mix<R, N>
where
    R: Iterator<Item = (CardId, Option<Origin>)>,
    N: Iterator<Item = (CardId, Option<Origin>)>,
{
    fn next(&mut self) -> Option<CardId> {
        let card = if self.new_is_next() { self.new.next(&self.recent) } else { self.reviews.next(&self.recent) };
        let (card, origin) = card?;
        self.recent.note(origin);
        Some(card)
    }

    /// Each new card stands in the middle of its share of the reviews: the n-th of N after (n - 1/2) R/N of them.
    fn new_is_next(&self) -> bool {
        if self.new.left == 0 || self.reviews.left == 0 {
            return self.reviews.left == 0;
        }
        let total = |done: u32, left: usize| u128::from(done) + left as u128;
        let (reviews, new) = (total(self.reviews.done, self.reviews.left), total(self.new.done, self.new.left));
        (2 * u128::from(self.new.done) + 1) * reviews <= 2 * u128::from(self.reviews.done) * new
    }
}

/// What the last [`APART`] cards came from.
#[derive(Clone, Debug, Default)]
pub struct Recent(VecDeque<Option<Origin>>);

impl Recent {
    /// Remembers where the card that is shown came from.
    pub fn note(&mut self, origin: Option<Origin>) {
        self.0.push_back(origin);
        if self.0.len() > APART {
            self.0.pop_front();
        }
    }

    /// How many cards ago a sibling was shown; none for a card that has none.
    fn ago(&self, origin: Option<Origin>) -> Option<usize> {
        let origin = origin?;
        self.0.iter().rev().position(|&other| other == Some(origin))
    }
}

/// A place that depends on the card and the day alone (SplitMix64's finaliser; Steele, Lea, Flood 2014).
pub fn shuffled(card: CardId, day: i32) -> i64 {
    let id = card.0.as_u128();
    let mut z = (id as u64) ^ ((id >> 64) as u64).rotate_left(32) ^ (day as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z ^ (z >> 31)) as i64
}
