//! A session of study: what was chosen, what was done of it, the card that is shown. It outlives the study page, and its
//! choice outlives the program for the rest of the day.

use std::{collections::VecDeque, path::Path};

use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Result},
    ids::CardId,
    private_file,
    review::{
        CardState, Leech, Rating, ReviewLog, SessionSummary, StudyChoice,
        queue::{Recent, shuffled},
    },
    time::UnixMillis,
};

const FILE: &str = "session.json";
/// A card that was not known while cramming comes back after so many others.
const CRAM_AGAIN_AFTER: usize = 7;

#[derive(Debug, Default)]
pub struct Session {
    pub choice: StudyChoice,
    pub started_at: UnixMillis,
    pub day: i32,
    /// Begun, and not at its end.
    pub open: bool,
    /// It was left in an earlier run: whom its choice means is still to be found.
    pub left: bool,
    pub done: SessionSummary,
    /// The card that is shown.
    pub current: Option<CardId>,
    pub recent: Recent,
    pub cram: Option<Cram>,
    /// The card rated last has become one.
    pub leech: Option<Leech>,
}

/// What is kept of a session for the next run.
#[derive(Serialize, Deserialize)]
struct Kept {
    choice: StudyChoice,
    started_at: UnixMillis,
    day: i32,
}

impl Session {
    #[must_use]
    pub fn begin(choice: StudyChoice, now: UnixMillis, day: i32) -> Self {
        Self { choice, started_at: now, day, open: true, ..Self::default() }
    }

    /// The session that was left on this `day` in an earlier run, with what `logs` (those of the day) say was done in it.
    #[must_use]
    pub fn resume<'a>(directory: &Path, day: i32, logs: impl Iterator<Item = &'a ReviewLog>) -> Self {
        let kept = private_file::read(&directory.join(FILE)).ok().flatten();
        let kept = kept.and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).ok()).filter(|kept| kept.day == day);
        let Some(kept) = kept else { return Self::default() };
        let mut session = Self { left: true, ..Self::begin(kept.choice, kept.started_at, day) };
        if !session.choice.cram {
            let from = session.started_at;
            logs.filter(|log| !log.undone && log.reviewed_at >= from).for_each(|log| session.count_log(log, true));
        }
        session
    }

    /// Blocks for the disk.
    ///
    /// # Errors
    /// `NotWritable`, `DiskFull`
    pub fn keep(directory: &Path, choice: &StudyChoice, started_at: UnixMillis, day: i32) -> Result<()> {
        let kept = Kept { choice: choice.clone(), started_at, day };
        private_file::write(&directory.join(FILE), &serde_json::to_vec(&kept).map_err(Error::internal)?)
    }

    /// # Errors
    /// `NotWritable`
    pub fn forget(directory: &Path) -> Result<()> {
        private_file::remove(&directory.join(FILE))
    }

    /// Counts a review, or takes it out again.
    pub fn count_log(&mut self, log: &ReviewLog, counts: bool) {
        if let Some(rating) = log.rating {
            self.count(rating, log.duration_ms, Some(log.before.state), counts);
        }
    }

    /// `state` is the card's before the rating; none when it was not asked as a review.
    pub fn count(&mut self, rating: Rating, duration_ms: u32, state: Option<CardState>, counts: bool) {
        let step = |n: &mut u32| *n = if counts { n.saturating_add(1) } else { n.saturating_sub(1) };
        let duration = i64::from(duration_ms);
        self.done.duration_ms = (self.done.duration_ms + if counts { duration } else { -duration }).max(0);
        step(&mut self.done.reviewed);
        step(match rating {
            Rating::Again => &mut self.done.again,
            Rating::Hard => &mut self.done.hard,
            Rating::Good => &mut self.done.good,
            Rating::Easy => &mut self.done.easy,
        });
        if state == Some(CardState::Review) {
            step(&mut self.done.recalled_of);
            if rating != Rating::Again {
                step(&mut self.done.recalled);
            }
        }
    }
}

/// Going through cards whatever their schedules say, which are left alone.
#[derive(Debug, Default)]
pub struct Cram {
    waiting: VecDeque<CardId>,
}

/// One answer while cramming, to be taken back.
#[derive(Clone, Copy, Debug)]
pub struct CramMove {
    pub card: CardId,
    pub rating: Rating,
    pub duration_ms: u32,
}

impl Cram {
    #[must_use]
    pub fn of(mut cards: Vec<CardId>, day: i32) -> Self {
        cards.sort_unstable_by_key(|&card| (shuffled(card, day), card));
        Self { waiting: cards.into() }
    }

    #[must_use]
    pub fn next(&self, most: usize) -> Vec<CardId> {
        self.waiting.iter().take(most).copied().collect()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Takes out what stands in front but cannot be shown any more.
    pub fn drop_hidden(&mut self, may_be_shown: impl Fn(CardId) -> bool) {
        while self.waiting.front().is_some_and(|&card| !may_be_shown(card)) {
            self.waiting.pop_front();
        }
    }

    pub fn forget(&mut self, card: CardId) {
        self.waiting.retain(|&other| other != card);
    }

    /// Known cards are done with; others come back.
    pub fn rate(&mut self, card: CardId, rating: Rating) {
        self.forget(card);
        if rating == Rating::Again {
            self.waiting.insert(self.waiting.len().min(CRAM_AGAIN_AFTER), card);
        }
    }

    /// Brings a card back to the front.
    pub fn put_back(&mut self, card: CardId) {
        self.forget(card);
        self.waiting.push_front(card);
    }
}
