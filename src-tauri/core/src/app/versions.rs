//! What else is done with conversations: versions shown, branches made, messages deleted and restored, titles and
//! documents made of them.

use std::{sync::Arc, time::Duration};

use jiff::tz::TimeZone;

use super::{App, AppEvent, Session, chats::Waiting};
use crate::{
    Error, Result,
    chat::{
        Conversation, ConversationSummary, Message, MessageStatus, branch_title, file_name, markdown, short_title,
        title_from,
    },
    context,
    ids::{ConversationId, MessageId, UserId},
    postgres::{Database, conversations, messages},
};

/// A model that takes longer than this to name a conversation has other things to do.
const NAMING: Duration = Duration::from_secs(60);
/// A conversation with more answers than this keeps the name that it has: naming was tried after each of them, and gave
/// way to the next question or came to nothing.
const NAMED_WITHIN: i64 = 3;
/// What a stopped answer has to be stored in before it is deleted.
const STOPPED: Duration = Duration::from_secs(4);

impl App {
    /// Whether a model that can think first is asked to, from the next question on.
    ///
    /// # Errors
    /// `NotFound`
    pub async fn set_conversation_thinking(&self, id: ConversationId, thinking: bool) -> Result<()> {
        let (session, db) = self.signed_in().await?;
        conversations::set_thinking(&db, session.profile.id, id, thinking).await?;
        self.tell(AppEvent::ConversationsChanged);
        Ok(())
    }

    /// Shows another version of a message, with what was said after it last.
    ///
    /// # Errors
    /// `NotFound`; `Busy` while an answer is written in the conversation: whoever follows it would lose sight of it.
    pub async fn show_version(&self, message: MessageId) -> Result<Conversation> {
        let (session, db) = self.signed_in().await?;
        let user = session.profile.id;
        let conversation = messages::get(&db, user, message).await?.conversation_id;
        if self.inner.turns.is_running(conversation) {
            return Err(Error::Busy(
                "An answer is being written in this conversation. Wait for it, or stop it, then look at the other version."
                    .into(),
            ));
        }
        messages::show(&db, user, message).await?;
        self.open_conversation(conversation).await
    }

    /// A new conversation that begins as this one does, up to `message` and with it.
    ///
    /// # Errors
    /// `NotFound`
    pub async fn branch_conversation(&self, message: MessageId) -> Result<ConversationSummary> {
        let (session, db) = self.signed_in().await?;
        let user = session.profile.id;
        let branch = messages::branch(&db, user, message, branch_title, self.now()).await?;
        session.nudge.notify_one();
        self.tell(AppEvent::ConversationsChanged);
        conversations::get(&db, user, branch).await
    }

    /// Deletes a question with its answers, whichever of them is given; what was said later stays. Can be undone until
    /// the program ends, for an hour at least.
    ///
    /// # Errors
    /// `NotFound`
    pub async fn delete_message(&self, message: MessageId) -> Result<Conversation> {
        let (session, db) = self.signed_in().await?;
        let user = session.profile.id;
        let found = messages::get(&db, user, message).await?;
        if self.inner.turns.is_running(found.conversation_id) && is_streaming(&db, user, &found).await? {
            self.inner.turns.stop_and_wait(found.conversation_id, STOPPED).await;
        }
        let conversation = messages::delete(&db, user, message, self.now()).await?;
        self.open_conversation(conversation).await
    }

    /// Takes [`App::delete_message`] back.
    ///
    /// # Errors
    /// `NotFound` when it is too late.
    pub async fn restore_message(&self, message: MessageId) -> Result<Conversation> {
        let (session, db) = self.signed_in().await?;
        let conversation = messages::restore(&db, session.profile.id, message).await?;
        session.nudge.notify_one();
        self.open_conversation(conversation).await
    }

    /// Takes [`App::delete_conversation`] back.
    ///
    /// # Errors
    /// `NotFound` when it is too late.
    pub async fn restore_conversation(&self, id: ConversationId) -> Result<ConversationSummary> {
        let (session, db) = self.signed_in().await?;
        let restored = conversations::restore(&db, session.profile.id, id).await?;
        session.nudge.notify_one();
        self.tell(AppEvent::ConversationsChanged);
        Ok(restored)
    }

    /// The conversation as it is shown, as a Markdown document, with a name for its file (without a folder).
    ///
    /// # Errors
    /// `NotFound`
    pub async fn conversation_markdown(&self, id: ConversationId) -> Result<(String, String)> {
        let conversation = self.open_conversation(id).await?;
        Ok((file_name(&conversation.summary.title), markdown(&conversation, &TimeZone::system())))
    }

    /// After one of the first exchanges, asks the model for a short title in place of the question's beginning. Whatever
    /// fails, the conversation keeps the name that it has.
    pub(super) async fn name_by_model(self, session: Arc<Session>, id: ConversationId) {
        let named = tokio::time::timeout(NAMING, self.named_by_model(&session, id));
        let named = tokio::select! {
            () = session.over.cancelled() => return,
            // Whoever asks is not to wait behind a title: a local model answers one at a time.
            () = self.inner.turns.next_begins() => return,
            named = named => named,
        };
        match named {
            Ok(Ok(true)) => self.tell(AppEvent::ConversationsChanged),
            Ok(Ok(false)) => {}
            Ok(Err(error)) => tracing::debug!(%error, "a conversation keeps its first name"),
            Err(_) => tracing::debug!("the model took too long to name a conversation"),
        }
    }

    async fn named_by_model(&self, session: &Arc<Session>, id: ConversationId) -> Result<bool> {
        let user = session.profile.id;
        let db = self.inner.server.database().await?;
        let summary = conversations::get(&db, user, id).await?;
        // Known without the texts, which may be many: a name that the program gave is no longer than it makes them.
        if messages::count_answers(&db, user, id).await? > NAMED_WITHIN {
            return Ok(false);
        }
        let shown = messages::list(&db, user, id).await?;
        let Some((turn, question, answer)) = first_exchange(&shown) else { return Ok(false) };
        let given = title_from(&question.content);
        if summary.title != given {
            return Ok(false);
        }
        let model = self.model(session, &db, answer.model.as_ref().unwrap_or(&summary.model)).await?;
        let limits = model.limits().await?;
        let window = context::build(&shown[..turn], &question.content, None, limits)?.request.window;
        let _waiting = Waiting::begin(self, session);
        let title = short_title(model.as_ref(), &question.content, &answer.content, window).await;
        let Some(title) = title else { return Ok(false) };
        // Only in place of the name that the program gave.
        Ok(conversations::rename_if_called(&db, user, id, &given, &title).await? == title)
    }
}

/// Whether the message is written now, or its answer is.
async fn is_streaming(db: &Database, user: UserId, message: &Message) -> Result<bool> {
    let written = |one: &Message| one.status == MessageStatus::Streaming;
    let shown = messages::list(db, user, message.conversation_id).await?;
    Ok(written(message) || shown.iter().any(|one| one.parent_id == Some(message.id) && written(one)))
}

/// The first exchange that came to its end, and its place.
fn first_exchange(shown: &[Message]) -> Option<(usize, &Message, &Message)> {
    let complete = |message: &Message| message.status == MessageStatus::Complete && message.model.is_some();
    let (at, answer) = shown.iter().enumerate().find(|(_, message)| complete(message))?;
    let turn = at.checked_sub(1)?;
    Some((turn, &shown[turn], answer))
}
