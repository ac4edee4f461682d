//! Flashcards: what one is, drafts from an answer, cards written by hand, the starter deck.

mod asking;
pub mod cloze;
pub mod duplicates;
mod fence;
pub mod generate;
pub mod lint;
pub mod note;
mod parts;
pub mod paste;
pub mod prompt;
mod quote;
pub mod read;
pub mod repair;
mod script;
pub mod source;
pub mod starter;
mod surroundings;

pub use note::LONGEST_SIDE;

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{
    ids::{CardId, DraftId, MessageId, NoteId},
    time::UnixMillis,
};

/// Where in an answer a card comes from. The range counts Unicode scalar values (`char`s), end exclusive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    pub message_id: MessageId,
    pub start: u32,
    pub end: u32,
    /// SHA-256 of the passage in UTF-8, in hexadecimal; none for cards from before it was kept.
    #[serde(default)]
    pub hash: Option<String>,
}

/// How a card asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum CardKind {
    /// Its question, for its answer.
    #[default]
    Basic,
    /// Its question is a text with one deletion, `{{c1::hidden}}` or `{{c1::hidden::hint}}` as in Anki, which is asked
    /// for; its answer, which may be empty, is shown with the whole text.
    Cloze,
}

/// How a card is written; one of the last two becomes as many cards as it asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    #[default]
    Basic,
    /// Two cards, the second asking the other way round.
    Reversed,
    /// A card for each number of its deletions; deletions of one number are asked for together.
    Cloze,
}

/// A flashcard's content. Question and answer are Markdown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    pub id: CardId,
    #[serde(default)]
    pub kind: CardKind,
    /// The note that it was made of with others; none for a card that stands alone.
    #[serde(default)]
    pub note_id: Option<NoteId>,
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
    #[serde(default)]
    pub kind: NoteKind,
    pub question: String,
    pub answer: String,
    pub tags: Vec<String>,
    pub source: Option<Source>,
}

/// A card that waits in the tray, proposed by a model or pasted. Nothing is scheduled until the person keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    pub id: DraftId,
    pub card: NewCard,
    /// The words it rests on, as the model quoted them or as they stand in the source; none when written by hand.
    pub passage: Option<String>,
    /// What the model said it quotes, when the text does not hold it (empty when it quoted nothing). `passage` is the
    /// part of the text then that it was given to read.
    #[serde(skip)]
    pub claimed: Option<String>,
    /// What an expert would object to, worst first.
    pub findings: Vec<Finding>,
    pub created_at: UnixMillis,
}

/// Something that makes a card hard to learn or wrong, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    pub rule: Rule,
    /// For the person: what it is in this card, and why it matters.
    pub message: String,
}

/// The rules of `lint`, in the order in which findings are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    BrokenCloze,
    BrokenCode,
    BrokenLatex,
    /// A number or name in the answer that the passage does not hold.
    Ungrounded,
    TwoQuestions,
    LongList,
    OpenPrompt,
    DanglingPronoun,
    YesNo,
    GivesAwayAnswer,
    LongAnswer,
    LongPrompt,
}

/// What to make cards from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum DraftRequest {
    /// Whole answers, one or several of one conversation.
    Answers { message_ids: Vec<MessageId> },
    /// A selected passage of an answer; `char`s, end exclusive.
    Passage { message_id: MessageId, start: u32, end: u32 },
    /// A text that the person pasted.
    Text { text: String },
}

/// What happens while drafts are made, in order: `Progress` before each part, `Drafts` after one that gave any. Drafts
/// are in the tray by then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum DraftEvent {
    Progress {
        parts_done: u32,
        parts: u32,
    },
    Drafts {
        drafts: Vec<Draft>,
    },
    /// The provider asked to wait.
    Waiting {
        message: String,
        until: UnixMillis,
    },
}

/// What became of a making of drafts. Those that were made are in the tray, whatever became of the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DraftOutcome {
    /// How many were made.
    pub drafts: u32,
    /// How many more would have been, that wait in the tray already.
    pub repeated: u32,
    pub parts: u32,
    /// Parts that gave none, or not all that there was, each to be asked for again.
    pub failed: Vec<FailedPart>,
    /// Ended by the person before all parts were done.
    pub cancelled: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FailedPart {
    /// What to ask for again.
    pub request: DraftRequest,
    /// Its first words.
    pub begins: String,
    pub message: String,
}

/// A draft that asks what a card or another draft asks already.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Duplicate {
    pub draft_id: DraftId,
    pub of: DuplicateOf,
    pub by: Likeness,
    /// From 0 to 1: of words in common, or the cosine of meanings.
    pub similarity: f32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum DuplicateOf {
    Card { card: Card },
    Draft { draft_id: DraftId },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// The same but for case, marks and white space.
    SameText,
    SimilarText,
    SameMeaning,
}

/// What became of drafts that were to be kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    pub cards: Vec<Card>,
    /// Drafts that stayed in the tray because they are likely duplicates, with what they double.
    pub duplicates: Vec<Duplicate>,
    /// Drafts that stayed because they cannot be cards as they are.
    pub unfit: Vec<UnfitDraft>,
}

/// A draft that cannot be a card as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct UnfitDraft {
    pub draft_id: DraftId,
    /// Why, and what to do.
    pub message: String,
}

/// Cards read from a pasted text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Pasted {
    pub cards: Vec<NewCard>,
    pub problems: Vec<PasteProblem>,
}

/// What of a pasted text is no card, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PasteProblem {
    /// From 1.
    pub line: u32,
    pub message: String,
}

/// A passage of a conversation that has cards, with what is known of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PassageMark {
    pub source: Source,
    pub card_id: CardId,
    pub question: String,
    pub state: crate::review::CardState,
    /// The chance of recalling it now, from 0 to 1; none for a new card.
    pub retrievability: Option<f32>,
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

/// A draft before it is in the tray.
#[derive(Clone, Debug, PartialEq)]
pub struct NewDraft {
    pub card: NewCard,
    /// As [`Draft::passage`].
    pub passage: Option<String>,
    /// As [`Draft::claimed`].
    pub claimed: Option<String>,
}
