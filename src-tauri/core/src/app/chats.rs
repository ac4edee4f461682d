//! Conversations and turns.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use super::{App, AppEvent, Session};
use crate::{
    Error, Result,
    chat::{Asker, ChatEvent, Conversation, ConversationSummary, Message, MessageStatus, TurnRequest, UNTITLED},
    ids::{ConversationId, MessageId},
    lance::Embedding,
    llm::{Embedder, ModelRef, OllamaEmbedder, Provider, Purpose, SharedModel},
    postgres::{Database, conversations, messages},
    time::UnixMillis,
};

/// More conversations than this at once are not shown by any list.
const LONGEST_LIST: u32 = 500;
/// A title is one line in a narrow list.
const LONGEST_TITLE: usize = 200;
/// Storing what came of the turns when they are stopped for the program to close.
const TURNS_END: Duration = Duration::from_secs(4);
/// A search by words goes out without a vector sooner than it keeps a person waiting.
const QUERY_PATIENCE: Duration = Duration::from_millis(400);

impl App {
    /// # Errors
    /// `NotSignedIn`, `DatabaseUnavailable`
    pub async fn list_conversations(&self, limit: u32, before: Option<UnixMillis>) -> Result<Vec<ConversationSummary>> {
        let (session, db) = self.signed_in().await?;
        conversations::list(&db, session.profile.id, limit.clamp(1, LONGEST_LIST), before).await
    }

    /// # Errors
    /// `NotSignedIn`, `DatabaseUnavailable`
    pub async fn create_conversation(&self, model: ModelRef) -> Result<ConversationSummary> {
        let (session, db) = self.signed_in().await?;
        let made = conversations::create(&db, session.profile.id, UNTITLED, &model, self.now()).await?;
        self.tell(AppEvent::ConversationsChanged);
        Ok(made)
    }

    /// # Errors
    /// `NotFound`
    pub async fn open_conversation(&self, id: ConversationId) -> Result<Conversation> {
        let (session, db) = self.signed_in().await?;
        let user = session.profile.id;
        let (summary, messages) = tokio::try_join!(conversations::get(&db, user, id), messages::list(&db, user, id))?;
        let messages = self.with_left_answers_ended(&session, &db, id, messages).await?;
        Ok(Conversation { summary, messages })
    }

    /// An answer that is called streaming and that no turn writes was left by one that broke down, or by a database
    /// that stored its beginning and could not say so. It is stored as what it is, so that nobody waits for its end.
    async fn with_left_answers_ended(
        &self,
        session: &Session,
        db: &Database,
        conversation: ConversationId,
        messages: Vec<Message>,
    ) -> Result<Vec<Message>> {
        let streaming = messages.iter().filter(|message| message.status == MessageStatus::Streaming);
        let left: Vec<MessageId> = streaming.map(|message| message.id).collect();
        // Asked after they were read: a turn stores the end of its answer before it ends itself.
        if left.is_empty() || self.inner.turns.is_running(conversation) {
            return Ok(messages);
        }
        messages::interrupt(db, session.profile.id, &left).await?;
        session.nudge.notify_one();
        messages::list(db, session.profile.id, conversation).await
    }

    /// # Errors
    /// `NotFound`; `InvalidInput` for an empty or endless title
    pub async fn rename_conversation(&self, id: ConversationId, title: &str) -> Result<()> {
        let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
        if title.is_empty() {
            return Err(Error::InvalidInput("A conversation needs a name. Write one, or leave it as it was.".into()));
        }
        if title.chars().count() > LONGEST_TITLE {
            return Err(Error::InvalidInput(format!("That name is too long. Use at most {LONGEST_TITLE} characters.")));
        }
        let (session, db) = self.signed_in().await?;
        conversations::rename(&db, session.profile.id, id, &title).await?;
        self.tell(AppEvent::ConversationsChanged);
        Ok(())
    }

    /// Deletes it with its messages; cards made from them stay. A turn that runs in it is stopped. Can be undone until
    /// the program ends, for an hour at least.
    ///
    /// # Errors
    /// `NotFound`
    pub async fn delete_conversation(&self, id: ConversationId) -> Result<()> {
        let (session, db) = self.signed_in().await?;
        conversations::get(&db, session.profile.id, id).await?;
        self.inner.turns.stop_and_wait(id, TURNS_END).await;
        conversations::delete(&db, session.profile.id, id, self.now()).await?;
        self.tell(AppEvent::ConversationsChanged);
        Ok(())
    }

    /// The model that the next question goes to.
    ///
    /// # Errors
    /// `NotFound`
    pub async fn set_conversation_model(&self, id: ConversationId, model: ModelRef) -> Result<()> {
        let (session, db) = self.signed_in().await?;
        conversations::set_model(&db, session.profile.id, id, &model).await?;
        self.tell(AppEvent::ConversationsChanged);
        Ok(())
    }

    /// Asks, and returns when the turn has ended.
    ///
    /// # Errors
    /// Only when nothing was started (`Cancelled` when it was stopped before); what fails later is told in the answer that
    /// `Finished` brings.
    pub async fn send_message(
        &self,
        conversation: ConversationId,
        request: TurnRequest,
        on_event: impl Fn(ChatEvent) + Send + Sync + 'static,
    ) -> Result<()> {
        let session = self.session()?;
        // Before the database and the keychain are waited for: that may take long, and the person may stop it.
        let claim = self.inner.turns.claim(conversation, &session.over)?;
        let stopped = claim.stopped();
        let (db, model) = tokio::select! {
            biased;
            () = session.over.cancelled() => return Err(Error::NotSignedIn),
            () = stopped.cancelled() => return Err(Error::Cancelled),
            found = self.model_of(&session, conversation) => found?,
        };
        let _waiting = Waiting::begin(self, &session);
        let (app, known) = (self.clone(), Arc::clone(&session));
        let tell = move |event: ChatEvent| {
            // The list is in order of change and shows titles; both change when a turn begins and when it ends.
            let listed = matches!(event, ChatEvent::Started { .. } | ChatEvent::Finished { .. });
            let complete =
                matches!(&event, ChatEvent::Finished { answer, .. } if answer.status == MessageStatus::Complete);
            on_event(event);
            if listed {
                app.tell(AppEvent::ConversationsChanged);
            }
            if complete {
                known.tasks.spawn(app.clone().name_by_model(Arc::clone(&known), conversation));
            }
        };
        let asker = Asker { db, user: session.profile.id, over: session.over.clone() };
        self.inner.turns.send(claim, &asker, request, model, Box::new(tell)).await
    }

    /// The model that a conversation's next question goes to, and the database when it is up.
    async fn model_of(&self, session: &Arc<Session>, conversation: ConversationId) -> Result<(Database, SharedModel)> {
        let db = self.database_of(session).await?;
        let summary = conversations::get(&db, session.profile.id, conversation).await?;
        let model = self.model(session, &db, &summary.model).await?;
        Ok((db, model))
    }

    /// Stops the turn of a conversation; what came is kept. Twice is the same as once.
    ///
    /// # Errors
    /// `NotSignedIn`
    pub async fn stop_answer(&self, conversation: ConversationId) -> Result<()> {
        self.session()?;
        self.inner.turns.stop(conversation);
        Ok(())
    }

    pub(super) async fn stop_all_turns(&self) {
        if !self.inner.turns.stop_all(TURNS_END).await {
            tracing::warn!("an answer's last words may not be stored");
        }
    }

    /// Whether a person waits for a model now.
    pub(super) fn somebody_waits(&self) -> bool {
        self.inner.waiting.load(Ordering::Relaxed) > 0
    }

    pub(super) fn embedder(&self) -> OllamaEmbedder {
        self.inner.providers.embedder()
    }

    /// A vector for what a person looks for, when there is one soon.
    pub(super) async fn query_vector(&self, query: &str) -> Option<Embedding> {
        // Where the index found no embedding model, asking for one would only cost time.
        if !self.inner.embeds.load(Ordering::Relaxed) {
            return None;
        }
        let embedder = self.embedder();
        let texts = [query.to_owned()];
        let made = tokio::time::timeout(QUERY_PATIENCE, embedder.embed(Purpose::Query, &texts)).await.ok()?.ok()?;
        let vector = made.vectors.into_iter().next().flatten()?;
        Some(Embedding { version: super::index::tag(&made.version), vector })
    }

    /// The model to ask, with this person's key where it needs one.
    pub(super) async fn model(&self, session: &Session, db: &Database, model: &ModelRef) -> Result<SharedModel> {
        let key = match model.provider {
            Provider::Ollama => None,
            Provider::Claude => self.key(session, db, Provider::Claude).await?,
        };
        Ok(self.inner.providers.model(model, key)?)
    }
}

/// Somebody waits for a model for as long as this lives; then the index has its turn.
pub(super) struct Waiting {
    app: App,
    session: Arc<Session>,
}

impl Waiting {
    pub(super) fn begin(app: &App, session: &Arc<Session>) -> Self {
        app.inner.waiting.fetch_add(1, Ordering::Relaxed);
        Self { app: app.clone(), session: Arc::clone(session) }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.app.inner.waiting.fetch_sub(1, Ordering::Relaxed);
        self.session.nudge.notify_one();
    }
}
