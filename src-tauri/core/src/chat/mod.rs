//! Conversations, and a turn of one: store the question, stream the answer, keep it as it grows.

mod export;
mod keep;
mod listen;
mod naming;
mod problem;
pub(crate) mod seam;
mod title;
pub(crate) mod tree;
mod turn;
mod turns;

use serde::{Deserialize, Serialize};
use specta::Type;

pub use export::{file_name, markdown};
pub use naming::short_title;
pub use title::{UNTITLED, branch_title, title_from};
pub use turns::{Asker, Claim, OnEvent, Pace, Turns};

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
    /// Whether a model that can think first is asked to.
    pub thinking: bool,
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
    /// What it follows; none for a first question.
    pub parent_id: Option<MessageId>,
    /// All messages that follow the same one, oldest first, this one included: the wordings of an edited question, the
    /// answers of a regenerated one. Deleted ones are left out.
    pub versions: Vec<MessageId>,
    pub role: Role,
    /// Markdown.
    pub content: String,
    /// What the model thought before it answered, Markdown; empty when it did not or kept it.
    pub thoughts: String,
    pub status: MessageStatus,
    /// The model that wrote an answer.
    pub model: Option<ModelRef>,
    pub usage: Option<Usage>,
    /// What the answer cost, US dollars, where the price was known when it was given; of a `usage` that is not all, the
    /// least.
    pub cost_usd: Option<f64>,
    /// Why an answer failed or is short.
    pub problem: Option<Problem>,
    /// Of an answer: the oldest message that the model was given, when earlier ones no longer fitted its window.
    pub seen_from: Option<MessageId>,
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

/// Why an answer failed or is short: a sentence for the person, and its kind for the way out that is offered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    pub kind: ProblemKind,
    pub message: String,
    /// When to try again, where the provider said so.
    pub retry_at: Option<UnixMillis>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// The network is away, or the provider cannot be found on it.
    Unreachable,
    OllamaNotRunning,
    /// Ollama can pull it; of Claude's another is to be chosen.
    ModelNotFound,
    KeyMissing,
    KeyInvalid,
    NoCredit,
    Refused,
    Overloaded,
    RateLimited,
    /// What is asked does not fit the model's window.
    ContextTooLong,
    /// The model wrote as much as it may: it can go on.
    CutAtLimit,
    /// What it read and wrote filled its window.
    WindowFull,
    /// The connection broke, or an error came, after a part of the answer.
    ConnectionCut,
    Silent,
    /// It sent an answer without a word.
    Empty,
    /// What it thought took all the room that there was for its answer.
    ThoughtTooLong,
    /// What answered speaks another protocol: nonsense, a proxy's page, another program on the port.
    NotTheProtocol,
    /// An error that the provider put into words.
    Reported,
    /// The end of the answer could not be stored.
    NotStored,
    /// Of an answer from before kinds were kept.
    Unknown,
}

/// What a turn asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum TurnRequest {
    /// A question after the last message that is shown.
    Send { content: String },
    /// The question in other words: a new version of it, with an answer of its own.
    Edit { message_id: MessageId, content: String },
    /// Another answer to the question of this answer (or to this question); the earlier one stays a version.
    Regenerate { message_id: MessageId },
    /// The rest of an answer that was cut, interrupted or broken off, appended to it.
    Continue { message_id: MessageId },
}

impl TurnRequest {
    /// A question after the last message that is shown.
    pub fn question(content: impl Into<String>) -> Self {
        Self::Send { content: content.into() }
    }
}

/// How much of what was said a model is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    All,
    /// This message and what follows it.
    From(MessageId),
    /// Nothing from before the question.
    Question,
}

/// What happens during a turn, in order: `Started`, any number of `Thoughts`, `Text`, `Waiting` and `Notice`, `Finished`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "one at a time, twice a turn")]
pub enum ChatEvent {
    /// Both messages are stored; the answer is still empty, or holds what is to be continued. What was shown after the
    /// question's parent, and is neither of the two, is shown no more.
    Started { question: Message, answer: Message },
    /// The next piece of what the model thinks, to be appended.
    Thoughts { text: String },
    /// The next piece of the answer, to be appended.
    Text { text: String },
    /// The provider asked to wait; it is asked again by itself then, unless the turn is stopped.
    Waiting { message: String, until: UnixMillis },
    /// Something the person should see while it goes on, such as the database restarting.
    Notice { message: String },
    /// The answer as it is stored now, whatever became of it. `title` is the conversation's, which a first turn names.
    Finished { answer: Message, title: String },
}
