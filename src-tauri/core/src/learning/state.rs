//! What is known in memory of one person's learning, and how a journal entry changes it.

use super::{session::Session, undo::History};
use crate::{
    cards::Card,
    ids::CardId,
    lance::journal::Entry,
    review::{
        CardState, ReviewLog, Schedule, StudyCounts,
        day::StudyDays,
        deck::Deck,
        options::ReviewOptions,
        queue::{Day, Ordering, Origin, Queue, Quota},
    },
    time::UnixMillis,
};

use super::options::More;

const DAYS_KEPT: usize = 8;

#[derive(Debug, Default)]
pub struct State {
    pub deck: Deck,
    pub session: Session,
    pub history: History,
    pub today: Today,
    /// Days that the clock has left, in case that it comes back.
    pub left: Vec<Today>,
    /// Beyond the limits.
    pub more: More,
    pub options: ReviewOptions,
}

/// What was done on a study day of what is limited.
#[derive(Clone, Copy, Debug, Default)]
pub struct Today {
    pub day: Day,
    pub end: UnixMillis,
    pub new: u32,
    pub reviews: u32,
}

impl Today {
    fn begin(days: &StudyDays, now: UnixMillis) -> Self {
        let number = days.day(now);
        let (start, end) = (days.start(number), days.start(number.saturating_add(1)));
        Self { day: Day { number, start }, end, new: 0, reviews: 0 }
    }

    fn holds(&self, at: UnixMillis) -> bool {
        self.day.start <= at && at < self.end
    }

    /// Counts a review, or takes it out of the count again.
    fn count(&mut self, log: &ReviewLog) {
        if log.rating.is_none() || !self.holds(log.reviewed_at) {
            return;
        }
        let counter = match log.before.state {
            CardState::New => &mut self.new,
            CardState::Review => &mut self.reviews,
            CardState::Learning | CardState::Relearning => return,
        };
        *counter = if log.undone { counter.saturating_sub(1) } else { counter.saturating_add(1) };
    }
}

impl State {
    /// Brings everything to `now`: the day, the order, what has become due.
    pub fn advance(&mut self, days: &StudyDays, now: UnixMillis) {
        if !self.today.holds(now) {
            let back = self.left.iter().position(|day| day.holds(now)).map(|place| self.left.remove(place));
            let before = std::mem::replace(&mut self.today, back.unwrap_or_else(|| Today::begin(days, now)));
            self.left.push(before);
            if self.left.len() > DAYS_KEPT {
                self.left.remove(0);
            }
        }
        let ordering = Ordering { day: self.today.day, new: self.options.new_order, review: self.options.review_order };
        self.deck.advance(ordering, now);
    }

    /// Begins the day anew with what the log has of it, as after opening and after a journey into another zone.
    pub fn begin_day<'a>(&mut self, days: &StudyDays, now: UnixMillis, logs: impl Iterator<Item = &'a ReviewLog>) {
        self.left.clear();
        self.today = Today::begin(days, now);
        logs.filter(|log| !log.undone).for_each(|log| self.today.count(log));
    }

    #[must_use]
    pub fn quota(&self) -> Quota {
        let more = if self.more.day == self.today.day.number { self.more } else { More::default() };
        let left = |limit: u32, more: u32, done: u32| limit.saturating_add(more).saturating_sub(done);
        Quota {
            new_left: left(self.options.new_per_day, more.new, self.today.new),
            reviews_left: left(self.options.reviews_per_day, more.reviews, self.today.reviews),
            new_done: self.today.new,
            reviews_done: self.today.reviews,
        }
    }

    #[must_use]
    pub fn counts(&self, queue: &Queue) -> StudyCounts {
        let (ready, quota) = (queue.ready(), self.quota());
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (new, review) = (count(ready.new).min(quota.new_left), count(ready.review).min(quota.reviews_left));
        let learning = count(ready.learning);
        StudyCounts { new, learning, review, due: new + learning + review, total: count(self.deck.len()) }
    }

    /// Carries out what the journal has taken.
    pub fn apply(&mut self, entry: &Entry) {
        match entry {
            Entry::AddCard { card, schedule } => self.add(card, *schedule),
            Entry::DeleteCard { id } => self.deck.remove(*id),
            Entry::Rate { log } | Entry::Correct { log } => {
                self.today.count(log);
                self.deck.set(log.card, log.result());
            }
            Entry::SetSchedules { schedules } => {
                schedules.iter().for_each(|&(card, schedule)| self.deck.set(card, schedule));
            }
            Entry::EditCard { .. } | Entry::ForgetConversation { .. } | Entry::ForgetMessages { .. } => {}
        }
    }

    pub fn add(&mut self, card: &Card, schedule: Schedule) {
        let answer = card.source.as_ref().map(|source| source.message_id);
        self.deck.add(card.id, schedule, Origin::of(answer, card.note_id));
    }

    /// Whether the card may be shown: it is there, and neither suspended nor buried.
    #[must_use]
    pub fn may_be_shown(&self, card: CardId, now: UnixMillis) -> bool {
        self.deck.get(card).is_some_and(|schedule| crate::review::deck::is_studied(schedule, now))
    }
}
