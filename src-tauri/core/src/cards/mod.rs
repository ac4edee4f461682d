//! Flashcards: what one is, drafts from an answer, cards written by hand, the starter deck.

pub mod generate;
mod parts;
pub mod prompt;
mod quote;

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{
    error::{Error, Result},
    ids::{CardId, MessageId},
    time::UnixMillis,
};

pub mod starter;

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
    pub suspended: bool,
    /// Until when, while it is.
    pub buried_until: Option<UnixMillis>,
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

/// Longest question or answer, bytes: far beyond what a card should hold, small enough for every list.
pub const LONGEST_SIDE: usize = 100_000;
/// Longest tag, bytes.
const LONGEST_TAG: usize = 200;

/// A card as it may be stored: sides trimmed and present, tags trimmed, each once.
///
/// # Errors
/// `InvalidInput` that says which side is missing or too long.
pub fn checked(new: NewCard, id: CardId, now: UnixMillis) -> Result<Card> {
    let side = |text: String, name: &str| match text.trim() {
        "" => Err(Error::InvalidInput(format!("A card needs {name}. Write one, or drop the card."))),
        long if long.len() > LONGEST_SIDE => Err(Error::InvalidInput(format!(
            "This card has {name} of {} kB; at most {} kB fit. Split it into several cards.",
            long.len() / 1_000,
            LONGEST_SIDE / 1_000
        ))),
        trimmed => Ok(trimmed.to_owned()),
    };
    let mut tags: Vec<String> =
        new.tags.iter().map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect();
    if tags.iter().any(|tag| tag.len() > LONGEST_TAG) {
        return Err(Error::InvalidInput(format!("A tag may have at most {LONGEST_TAG} letters. Shorten it.")));
    }
    tags.sort_unstable();
    tags.dedup();
    Ok(Card {
        id,
        question: side(new.question, "a question")?,
        answer: side(new.answer, "an answer")?,
        tags,
        source: new.source,
        created_at: now,
        updated_at: now,
    })
}
