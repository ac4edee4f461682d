//! Turns as they are stored, without a model.

use memoryloop_core::{
    Result,
    chat::{Message, MessageStatus, Seen, TurnRequest},
    ids::{ConversationId, UserId},
    llm::ModelRef,
    postgres::{
        Database,
        messages::{self, Finish},
    },
    time::UnixMillis,
};

/// Begins a turn as the program does.
///
/// # Errors
/// As [`messages::plan`] and [`messages::begin`].
pub async fn begin(
    db: &Database,
    user: UserId,
    conversation: ConversationId,
    request: &TurnRequest,
    model: &ModelRef,
    now: UnixMillis,
) -> Result<(Message, Message)> {
    let plan = messages::plan(db, user, conversation, request).await?;
    messages::begin(db, user, &plan, model, Seen::All, now).await
}

/// An answer that came to its end.
#[must_use]
pub fn complete(content: &str) -> Finish {
    Finish {
        content: content.to_owned(),
        thoughts: String::new(),
        status: MessageStatus::Complete,
        usage: None,
        cost_usd: None,
        problem: None,
    }
}
