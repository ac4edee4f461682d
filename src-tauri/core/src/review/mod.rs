//! Reviews: schedule (pure), queue, rate.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{cards::Card, time::UnixMillis};

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

/// What can be studied now. `due` is what the sidebar shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct StudyCounts {
    pub new: u32,
    pub learning: u32,
    pub review: u32,
    /// new + learning + review
    pub due: u32,
    /// All cards of the profile.
    pub total: u32,
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

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct StudyCard {
    pub card: Card,
    pub state: CardState,
    /// Sent back with the rating; a rating for an older revision is refused as `stale_card`.
    pub revision: u32,
    pub intervals: Intervals,
    /// "Card `position` of `of`" in this session.
    pub position: u32,
    pub of: u32,
}

/// What the study page shows next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StudyStep {
    Card { card: Box<StudyCard> },
    Finished { summary: SessionSummary },
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SessionSummary {
    pub reviewed: u32,
    pub again: u32,
    pub hard: u32,
    pub good: u32,
    pub easy: u32,
    /// Time spent on the cards, ms.
    #[specta(type = f64)]
    pub duration_ms: i64,
    /// When the next card comes, if there is any.
    pub next_due: Option<UnixMillis>,
    /// Cards that fall due before the end of tomorrow.
    pub due_tomorrow: u32,
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
