//! Reviews: schedule and queue (pure), statistics, fitting the scheduler, and what crosses the border while studying.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{
    error::{Error, Result},
    ids::{CardId, ReviewId},
    time::UnixMillis,
};

pub mod day;
pub mod deck;
pub mod history;
pub mod optimise;
pub mod options;
pub mod queue;
pub mod replay;
pub mod schedule;
pub mod simulate;
pub mod statistics;
mod study;

pub use study::{
    CardAction, CardInfo, Edited, Leech, PastReview, Progress, Rebuilt, Scope, SessionSummary, SourcePlace, StudyCard,
    StudyChoice, StudyCounts, StudyStep, StudyUpdate, TagCount, Undoable,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum CardState {
    New,
    Learning,
    Review,
    Relearning,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    Again,
    Hard,
    Good,
    Easy,
}

impl CardState {
    /// As it is stored.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }
}

impl TryFrom<u8> for CardState {
    type Error = Error;
    fn try_from(number: u8) -> Result<Self> {
        [Self::New, Self::Learning, Self::Review, Self::Relearning]
            .into_iter()
            .find(|state| state.number() == number)
            .ok_or_else(|| Error::Internal(format!("{number} is not the state of a card")))
    }
}

impl Rating {
    pub const ALL: [Self; 4] = [Self::Again, Self::Hard, Self::Good, Self::Easy];

    /// 1 (again) to 4 (easy), as every FSRS implementation counts.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8 + 1
    }
}

impl TryFrom<u8> for Rating {
    type Error = Error;
    fn try_from(number: u8) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|rating| rating.number() == number)
            .ok_or_else(|| Error::Internal(format!("{number} is not a rating")))
    }
}

/// What FSRS knows of a card.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// Days after which the probability of recall has fallen to 90 %.
    pub stability: f32,
    /// 1 (easy) to 10 (hard).
    pub difficulty: f32,
}

/// When a card comes next, and all that scheduling it again needs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    pub state: CardState,
    /// Index of the current learning or relearning step.
    pub step: u8,
    /// None until the first rating.
    pub memory: Option<Memory>,
    /// When the card is due; of a new card, its place among the new ones.
    pub due: UnixMillis,
    pub last_review: Option<UnixMillis>,
    /// The interval given last, days; 0 within steps.
    pub interval_days: u32,
    pub reps: u32,
    pub lapses: u32,
    pub suspended: bool,
    pub buried_until: Option<UnixMillis>,
    pub created_at: UnixMillis,
}

impl Schedule {
    /// A card that has never been rated; `place` orders new cards.
    #[must_use]
    pub fn new(created_at: UnixMillis, place: UnixMillis) -> Self {
        Self {
            state: CardState::New,
            step: 0,
            memory: None,
            due: place,
            last_review: None,
            interval_days: 0,
            reps: 0,
            lapses: 0,
            suspended: false,
            buried_until: None,
            created_at,
        }
    }
}

/// One review, with the schedule before and after it, so that every schedule can be rebuilt from the log alone. What else
/// moves a schedule (a reset, rescheduling by new weights) is in the log too, without a rating.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewLog {
    pub id: ReviewId,
    pub card: CardId,
    pub rating: Option<Rating>,
    pub reviewed_at: UnixMillis,
    /// Whole study days since the last review; 0 within a day and for the first.
    pub elapsed_days: u32,
    /// Time from showing the question to the rating, ms.
    pub duration_ms: u32,
    pub before: Schedule,
    pub after: Schedule,
    pub undone: bool,
}

impl ReviewLog {
    /// The card's schedule as this row leaves it.
    #[must_use]
    pub fn result(&self) -> Schedule {
        if self.undone { self.before } else { self.after }
    }
}

/// Milliseconds from now until the card would come again, for each rating.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Intervals {
    #[specta(type = f64)]
    pub again: i64,
    #[specta(type = f64)]
    pub hard: i64,
    #[specta(type = f64)]
    pub good: i64,
    #[specta(type = f64)]
    pub easy: i64,
}

/// What was done since the last rollover (04:00 in the person's zone).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TodayStats {
    pub reviewed: u32,
    pub again: u32,
    pub hard: u32,
    pub good: u32,
    pub easy: u32,
    #[specta(type = f64)]
    pub duration_ms: i64,
    pub added: u32,
}
