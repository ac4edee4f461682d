//! What crosses the border while a person studies: what to study, the step that is shown, what can be undone, and all that
//! is known of one card.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{CardState, Intervals, Rating};
use crate::{
    cards::{Card, Source},
    ids::{CardId, ConversationId},
    time::UnixMillis,
};

/// Which cards to study.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Scope {
    #[default]
    All,
    Tag {
        tag: String,
    },
    /// Cards that came from its answers.
    Conversation {
        id: ConversationId,
    },
    /// Cards that were forgotten again and again.
    Failing,
    AddedThisWeek,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct StudyChoice {
    pub scope: Scope,
    /// All cards of the scope, due or not, without touching their schedules or the log.
    pub cram: bool,
}

/// What can be studied now. `due` is what the sidebar shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct StudyCounts {
    /// Within today's limit.
    pub new: u32,
    pub learning: u32,
    /// Within today's limit.
    pub review: u32,
    /// new + learning + review
    pub due: u32,
    /// All cards of the profile.
    pub total: u32,
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
    pub lapses: u32,
    /// Tagged "marked", as Anki does it.
    pub marked: bool,
}

/// What the study page shows next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StudyStep {
    Card { card: Box<StudyCard> },
    Finished { summary: SessionSummary },
}

/// Something that was done and can be taken back, or done again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Undoable {
    /// To take back just this one, while nothing later has touched its card.
    pub id: u32,
    /// "rating Good", "deleting the card": completes "Undo …".
    pub what: String,
}

/// A card with its new words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Edited {
    pub card: Card,
    /// Takes the edit back.
    pub undo: Option<Undoable>,
}

/// A card that keeps being forgotten: at 8 lapses and every 4 after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Leech {
    pub card_id: CardId,
    pub lapses: u32,
}

/// The answer to everything that is done while studying.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct StudyUpdate {
    pub choice: StudyChoice,
    pub step: StudyStep,
    /// Of the cards that are studied.
    pub counts: StudyCounts,
    /// What `undo` would take back.
    pub undo: Option<Undoable>,
    /// What `redo` would do again.
    pub redo: Option<Undoable>,
    /// The card just rated has become a leech.
    pub leech: Option<Leech>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SessionSummary {
    pub reviewed: u32,
    pub again: u32,
    pub hard: u32,
    pub good: u32,
    pub easy: u32,
    /// Cards in review (not new ones, not in steps) that were rated.
    pub recalled_of: u32,
    /// Those of them that were remembered (Hard, Good or Easy).
    pub recalled: u32,
    /// Time spent on the cards, ms.
    #[specta(type = f64)]
    pub duration_ms: i64,
    /// When the next card comes, if there is any.
    pub next_due: Option<UnixMillis>,
    /// Learning and review cards that fall due before the end of tomorrow.
    pub due_tomorrow: u32,
    /// New cards that today's limit holds back.
    pub new_held_back: u32,
    /// Due reviews that today's limit holds back.
    pub reviews_held_back: u32,
    /// Cards buried until tomorrow.
    pub buried: u32,
}

/// What can be done to a card beside rating and editing it. Each can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum CardAction {
    Suspend,
    Unsuspend,
    /// Until the next study day.
    Bury,
    Unbury,
    /// Adds the tag "marked".
    Mark,
    Unmark,
    /// Makes it a new card; its reviews stay in the log.
    Reset,
    Delete,
}

/// One line of a card's history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PastReview {
    pub at: UnixMillis,
    /// None when it was no review but a reset or a rescheduling.
    pub rating: Option<Rating>,
    /// Of the card before.
    pub state: CardState,
    /// From this review to when it was due next, ms.
    #[specta(type = f64)]
    pub interval_ms: i64,
    /// After it.
    pub stability: Option<f32>,
    pub difficulty: Option<f32>,
    /// Probability of recall when it came, 0 to 1; none for the first.
    pub retrievability: Option<f32>,
    pub duration_ms: u32,
}

/// All that is known of one card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CardInfo {
    pub card: Card,
    pub state: CardState,
    /// None for a new card.
    pub due: Option<UnixMillis>,
    pub suspended: bool,
    pub buried: bool,
    pub interval_days: u32,
    pub reps: u32,
    pub lapses: u32,
    /// Days.
    pub stability: Option<f32>,
    /// 1 to 10.
    pub difficulty: Option<f32>,
    /// Probability of recall now, 0 to 1.
    pub retrievability: Option<f32>,
    pub first_review: Option<UnixMillis>,
    pub last_review: Option<UnixMillis>,
    #[specta(type = f64)]
    pub total_ms: i64,
    pub is_leech: bool,
    /// Newest first; undone reviews are not in it.
    pub history: Vec<PastReview>,
}

/// Where a card came from, for going there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SourcePlace {
    pub conversation_id: ConversationId,
    pub source: Source,
    /// The passage itself, as the answer has it.
    pub passage: String,
    /// Whether the answer has other words there than when the card was made; the source is then where the passage was
    /// found again, or where it was.
    pub changed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TagCount {
    pub tag: String,
    pub cards: u32,
}

/// How far a long work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    pub done: u32,
    pub of: u32,
}

/// What rebuilding the schedules from the log found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Rebuilt {
    /// Cards with reviews.
    pub cards: u32,
    /// Those of them whose schedule was not what the log says, and is now.
    pub changed: u32,
}
