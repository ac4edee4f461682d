//! Flashcards: what one is, drafts from an answer, cards written by hand, the starter deck.

pub mod generate;
mod parts;
pub mod prompt;
mod quote;

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{
    ids::{CardId, MessageId},
    time::UnixMillis,
};

/// Where in an answer a card comes from. The range counts Unicode scalar values (`char`s), end exclusive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    pub message_id: MessageId,
    pub start: u32,
    pub end: u32,
}

/// A flashcard's content. Question and answer are Markdown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    pub id: CardId,
    pub question: String,
    pub answer: String,
    pub tags: Vec<String>,
    pub source: Option<Source>,
    pub created_at: UnixMillis,
    pub updated_at: UnixMillis,
}

/// What a person keeps: a draft as edited, or a card written by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NewCard {
    pub question: String,
    pub answer: String,
    pub tags: Vec<String>,
    pub source: Option<Source>,
}

/// A card that a model proposes. Nothing is saved until the person keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    pub question: String,
    pub answer: String,
    /// The passage it rests on, when it was found in the answer.
    pub source: Option<Source>,
}

/// How far the making of drafts is: parts of the answer done, of how many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DraftProgress {
    pub parts_done: u32,
    pub parts: u32,
    pub drafts: u32,
}

/// A card with the state of its schedule, as the list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CardRow {
    pub card: Card,
    pub state: crate::review::CardState,
    pub due: UnixMillis,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CardPage {
    /// Newest first; with a query, best match first.
    pub rows: Vec<CardRow>,
    /// All cards of the profile, whatever the query.
    pub total: u32,
    /// Pass as `after` to get the next page; none at the end.
    pub next: Option<CardId>,
}
