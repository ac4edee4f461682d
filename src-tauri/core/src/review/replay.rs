//! A card's schedule from the log alone: what was rated when is enough to know what FSRS knows, under any weights. So new
//! weights reach cards that are not due for months, and a damaged schedule can be rebuilt.

use fsrs::{FSRS, FSRSItem, FSRSReview};

use super::{CardState, Memory, Rating, ReviewLog, Schedule, history::Past};
use crate::{
    error::{Error, Result},
    time::UnixMillis,
};

/// What replaying needs of a row of the log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    pub at: UnixMillis,
    /// None for what moved a schedule without a review.
    pub rating: Option<Rating>,
    /// Whole study days since the review before.
    pub elapsed_days: u32,
    pub before: CardState,
    pub after: CardState,
}

impl From<&Past> for Event {
    fn from(past: &Past) -> Self {
        Self {
            at: past.at,
            rating: past.rating,
            elapsed_days: past.elapsed_days,
            before: past.before_state,
            after: past.after_state,
        }
    }
}

impl From<&ReviewLog> for Event {
    fn from(log: &ReviewLog) -> Self {
        Self {
            at: log.reviewed_at,
            rating: log.rating,
            elapsed_days: log.elapsed_days,
            before: log.before.state,
            after: log.after.state,
        }
    }
}

/// The reviews of a card from its being new on, until it was reset or the log ends.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Life {
    /// The first has `delta_t` 0, as fsrs wants it.
    pub reviews: Vec<FSRSReview>,
    /// When each of them was.
    pub at: Vec<UnixMillis>,
    /// Whether the first review is the card's first. If not, what came before it is not in the log, and FSRS cannot say
    /// what is known of the card.
    pub whole: bool,
}

/// The lives of one card; its rows come oldest first, without those that were undone. The last one may have no reviews:
/// the card is new again.
pub fn lives(events: impl IntoIterator<Item = Event>) -> Vec<Life> {
    let mut lives = Vec::new();
    let mut life = Life::default();
    for event in events {
        let Some(rating) = event.rating else {
            if event.after == CardState::New {
                lives.push(std::mem::replace(&mut life, Life { whole: true, ..Life::default() }));
            }
            continue;
        };
        if event.before == CardState::New && !life.reviews.is_empty() {
            lives.push(std::mem::take(&mut life));
        }
        if life.reviews.is_empty() {
            life.whole = event.before == CardState::New;
        }
        let delta_t = if life.reviews.is_empty() { 0 } else { event.elapsed_days };
        life.reviews.push(FSRSReview { rating: u32::from(rating.number()), delta_t });
        life.at.push(event.at);
    }
    lives.push(life);
    lives
}

/// Replays logs under one set of weights.
#[derive(Clone, Debug)]
pub struct Replay {
    fsrs: FSRS,
}

impl Replay {
    /// Empty `weights` are FSRS's defaults.
    ///
    /// # Errors
    /// `InvalidInput` when they are not those of an FSRS version.
    pub fn new(weights: &[f32]) -> Result<Self> {
        let fsrs = FSRS::new(weights)
            .map_err(|_| Error::InvalidInput("These are not the weights of a known FSRS version.".into()))?;
        Ok(Self { fsrs })
    }

    /// What FSRS knows of a card after its last life, to the bit what the scheduler computed from review to review under
    /// the same weights; none for a card that was reset. `unknown` when the beginning is not in the log.
    ///
    /// # Errors
    /// `Internal` when a result is not a number.
    pub fn memory(&self, events: impl IntoIterator<Item = Event>, unknown: Option<Memory>) -> Result<Option<Memory>> {
        let life = lives(events).pop().unwrap_or_default();
        if !life.whole {
            return Ok(unknown);
        }
        if life.reviews.is_empty() {
            return Ok(None);
        }
        let state = self.fsrs.memory_state(FSRSItem { reviews: life.reviews }, None);
        let state = state.map_err(|e| Error::Internal(format!("a card's reviews cannot be replayed: {e}")))?;
        Ok(Some(Memory { stability: state.stability, difficulty: state.difficulty }))
    }

    /// The schedule that the log says a card has; `present` keeps what is not in the log: suspended, buried, created.
    /// Rows are all of the card's, in any order. None without rows.
    ///
    /// # Errors
    /// As [`Replay::memory`].
    pub fn rebuild(&self, rows: &mut [ReviewLog], present: &Schedule) -> Result<Option<Schedule>> {
        // Of rows of one moment, the one that had fewer reviews before it came first.
        rows.sort_by_key(|row| (row.reviewed_at, row.before.reps));
        let counted = rows.iter().filter(|row| !row.undone);
        let Some(last) = counted.clone().next_back() else {
            // All that was ever done to the card was taken back.
            return Ok(rows.first().map(|first| keeping(first.before, present)));
        };
        let memory = self.memory(counted.map(Event::from), last.after.memory)?;
        Ok(Some(keeping(Schedule { memory, ..last.after }, present)))
    }
}

fn keeping(rebuilt: Schedule, present: &Schedule) -> Schedule {
    Schedule {
        suspended: present.suspended,
        buried_until: present.buried_until,
        created_at: present.created_at,
        ..rebuilt
    }
}
