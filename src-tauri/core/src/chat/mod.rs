//! Conversations, and a turn of one: store the question, stream the answer, keep it as it grows.

mod keep;
mod title;
mod turn;
mod turns;

use serde::{Deserialize, Serialize};
use specta::Type;

pub use title::{UNTITLED, title_from};
pub use turns::{Asker, OnEvent, Pace, Turns};

use crate::{
    ids::{ConversationId, MessageId},
    llm::{ModelRef, Usage},
    time::UnixMillis,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ConversationSummary {
    pub id: ConversationId,
    pub title: String,
    pub model: ModelRef,
    pub created_at: UnixMillis,
    pub updated_at: UnixMillis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    User,
    Assistant,
}

/// How far an answer got. A question is always `Complete`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    /// The model is still writing.
    Streaming,
    Complete,
    /// Stopped by the person, by closing the program or by a crash; what was shown is kept.
    Interrupted,
    /// The model failed; what was shown is kept and `problem` says what happened.
    Failed,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    pub id: MessageId,
    pub conversation_id: ConversationId,
    pub role: Role,
    /// Markdown.
    pub content: String,
    pub status: MessageStatus,
    /// The model that wrote an answer.
    pub model: Option<ModelRef>,
    pub usage: Option<Usage>,
    /// Why an answer failed or is short, in a sentence for the person.
    pub problem: Option<String>,
    pub has_flashcards: bool,
    pub created_at: UnixMillis,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    pub summary: ConversationSummary,
    /// Oldest first.
    pub messages: Vec<Message>,
}

/// What happens during a turn, in order: `Started`, any number of `Text` and `Notice`, `Finished`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ChatEvent {
    /// Both messages are stored; the answer is still empty.
    Started { question: Message, answer: Message },
    /// The next piece of the answer, to be appended.
    Text { text: String },
    /// Something the person should see while it goes on: waiting as the model's server asked, the database restarting.
    Notice { message: String },
    /// The answer as it is stored now, whatever became of it. `title` is the conversation's, which a first turn names.
    Finished { answer: Message, title: String },
}
