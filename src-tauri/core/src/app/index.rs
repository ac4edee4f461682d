//! The background work of a session: messages are copied from PostgreSQL's outbox to the learning store, then messages
//! and cards are given vectors when Ollama has a model for that. Nobody waits for it; it stops with the session and
//! steps aside while an answer is being written.

use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use super::{App, AppEvent, Session};
use crate::{
    Result,
    cards::{Card, cloze},
    chat::Message,
    lance::{CardVector, Embedding, MessageCopy},
    learning::Learning,
    llm::{Embedder, EmbeddingVersion, LlmError, OllamaEmbedder, Purpose},
    postgres::{Database, messages},
    time::UnixMillis,
};

/// Messages copied at a time.
const COPIED: u32 = 64;
/// Texts looked at for vectors at a time, and sent to the model at a time.
const LOOKED_AT: usize = 128;
const EMBEDDED: usize = 8;
/// Looked again, even if nothing was said to have changed: first soon, then ever more rarely.
const SOON: Duration = Duration::from_secs(15);
const RARELY: Duration = Duration::from_secs(600);
/// How long what was deleted can be restored, ms. Longer than any session shows the button for it: what begins a session
/// here must not take that from one on another machine, nor because a clock was set back.
const RESTORABLE: i64 = 60 * UnixMillis::MINUTE;

/// Drafts that were dealt with a day ago go at this pace, milliseconds.
const TIDIED_EVERY: i64 = 60 * UnixMillis::MINUTE;

/// Works until the session is over.
pub(super) async fn run(app: App, session: Arc<Session>) {
    let mut pause = SOON;
    let mut work = Work { app, session: Arc::clone(&session), passed_over: HashSet::new(), done: 0, tidied: None };
    loop {
        match work.round().await {
            Ok(Outcome::UpToDate) => pause = RARELY,
            Ok(Outcome::Incomplete) => pause = (pause * 2).min(RARELY),
            Err(error) => {
                tracing::warn!(%error, "indexing will be tried again");
                pause = (pause * 2).min(RARELY);
            }
        }
        tokio::select! {
            () = session.over.cancelled() => return,
            () = session.nudge.notified() => pause = SOON,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

enum Outcome {
    UpToDate,
    /// The database or the embedding model was not to be had, or a person is waiting for an answer.
    Incomplete,
}

struct Work {
    app: App,
    session: Arc<Session>,
    /// What the model would not take, by id; not tried again in this session.
    passed_over: HashSet<uuid::Uuid>,
    /// Vectors made since the work last was complete.
    done: u32,
    /// When the tray of drafts was last tidied.
    tidied: Option<UnixMillis>,
}

impl Work {
    async fn round(&mut self) -> Result<Outcome> {
        let session = Arc::clone(&self.session);
        let learning = session.learning().await?;
        let copied = match self.app.database_now(&session) {
            Some(db) => {
                let now = self.app.now();
                if self.tidied.is_none_or(|at| now.since(at) > TIDIED_EVERY) {
                    // What is wrong with the tray keeps nothing else from being done.
                    match self.app.tidy_tray(&session, &db).await {
                        Ok(()) => self.tidied = Some(now),
                        Err(error) => tracing::warn!(%error, "the tray of drafts will be tidied later"),
                    }
                }
                self.derive_flags(&db, learning).await?;
                self.purge(&db, learning).await?;
                self.copy_outbox(&db, learning).await?;
                true
            }
            None => false,
        };
        let embedded = self.embed_all(learning).await?;
        Ok(if copied && embedded { Outcome::UpToDate } else { Outcome::Incomplete })
    }

    fn stops(&self) -> bool {
        self.session.over.is_cancelled()
    }

    /// Notes on messages which cards were made from, where a crash or a stopped database kept that from being noted.
    async fn derive_flags(&self, db: &Database, learning: &Learning) -> Result<()> {
        let Some(begun) = self.session.flags.owed() else { return Ok(()) };
        let mut after = None;
        loop {
            let page = learning.list_cards("", None, after, 500).await?;
            let sources: Vec<_> =
                page.rows.iter().filter_map(|row| Some(row.card.source.as_ref()?.message_id)).collect();
            messages::mark_flashcards(db, self.session.profile.id, &sources).await?;
            after = page.next;
            if after.is_none() {
                self.session.flags.derived(begun);
                return Ok(());
            }
            if self.stops() {
                return Ok(());
            }
        }
    }

    /// Deletes for good what can be restored no more: first the copies, so that none is left when the rows are gone.
    async fn purge(&self, db: &Database, learning: &Learning) -> Result<()> {
        let before = self.app.now().plus(-RESTORABLE);
        let doomed = messages::doomed(db, self.session.profile.id, before).await?;
        for &conversation in &doomed.conversations {
            learning.forget_conversation(conversation).await?;
        }
        if !doomed.messages.is_empty() {
            learning.forget_messages(doomed.messages.clone()).await?;
        }
        messages::purge(db, self.session.profile.id, &doomed).await
    }

    /// The copy is durable before the outbox is told; a crash in between copies again, under the same ids.
    async fn copy_outbox(&self, db: &Database, learning: &Learning) -> Result<()> {
        while !self.stops() {
            let waiting = messages::unindexed(db, self.session.profile.id, COPIED).await?;
            if waiting.is_empty() {
                break;
            }
            let ids: Vec<_> = waiting.iter().map(|message| message.id).collect();
            learning.put_messages(waiting.into_iter().map(copy).collect()).await?;
            messages::mark_indexed(db, self.session.profile.id, &ids, self.app.now()).await?;
        }
        Ok(())
    }

    /// True when everything has a vector, as far as the model takes it.
    async fn embed_all(&mut self, learning: &Learning) -> Result<bool> {
        let embedder = self.app.embedder();
        let Some(version) = self.until_over(embedder.version()).await else { return Ok(false) };
        let Ok(version) = version.inspect_err(|error| tracing::debug!(%error, "no vectors for now")) else {
            return Ok(false);
        };
        self.app.inner.embeds.store(true, Ordering::Relaxed);
        let made = Vectors { embedder, tag: tag(&version), version };
        let complete = self.embed_messages(learning, &made).await? && self.embed_cards(learning, &made).await?;
        if complete {
            self.done = 0;
        }
        Ok(complete)
    }

    async fn embed_messages(&mut self, learning: &Learning, by: &Vectors) -> Result<bool> {
        loop {
            // Those that were passed over may stand in front of all others.
            let limit = LOOKED_AT + self.passed_over.len();
            let mut waiting = learning.messages_without_vector(&by.tag, limit).await?;
            waiting.retain(|message| !self.passed_over.contains(&message.id.0));
            if waiting.is_empty() {
                return Ok(true);
            }
            let (made, whole) =
                self.vectors_of(by, &waiting, |message| message.content.clone(), |message| message.id.0).await;
            let count = made.len();
            let vectors = made.into_iter().map(|(message, vector)| (message.id, by.embedding(vector))).collect();
            learning.set_message_vectors(vectors).await?;
            self.tell(learning, by, count).await?;
            if !whole {
                return Ok(false);
            }
        }
    }

    async fn embed_cards(&mut self, learning: &Learning, by: &Vectors) -> Result<bool> {
        loop {
            let limit = LOOKED_AT + self.passed_over.len();
            let mut waiting = learning.cards_without_vector(&by.tag, limit).await?;
            waiting.retain(|card| !self.passed_over.contains(&card.id.0));
            if waiting.is_empty() {
                return Ok(true);
            }
            let (made, whole) = self.vectors_of(by, &waiting, text, |card| card.id.0).await;
            let count = made.len();
            let vectors = made.into_iter().map(|(card, vector)| CardVector {
                id: card.id,
                updated_at: card.updated_at,
                embedding: by.embedding(vector),
            });
            learning.set_card_vectors(vectors.collect()).await?;
            self.tell(learning, by, count).await?;
            if !whole {
                return Ok(false);
            }
        }
    }

    /// Vectors for `waiting`, asked for a few at a time and given together: each write to the tables costs a commit.
    /// False when it ended early, with what was made until then.
    async fn vectors_of<T: Clone>(
        &mut self,
        by: &Vectors,
        waiting: &[T],
        text: impl Fn(&T) -> String,
        id: impl Fn(&T) -> uuid::Uuid,
    ) -> (Vec<(T, Vec<f32>)>, bool) {
        let mut all = Vec::with_capacity(waiting.len());
        for batch in waiting.chunks(EMBEDDED) {
            let texts: Vec<_> = batch.iter().map(&text).collect();
            let Some(vectors) = self.vectors(by, &texts).await else { return (all, false) };
            all.extend(self.matched(batch, vectors, &id));
        }
        (all, true)
    }

    /// A vector for each text, none where the model takes none; nothing at all when it is time to step aside or the
    /// model is gone.
    async fn vectors(&self, by: &Vectors, texts: &[String]) -> Option<Vec<Option<Vec<f32>>>> {
        // Answering a person and making vectors share one processor.
        if self.app.somebody_waits() {
            return None;
        }
        match self.until_over(by.embedder.embed(Purpose::Document, texts)).await? {
            Ok(made) if made.version == by.version => Some(made.vectors),
            Ok(_) => None,
            // A single text that the model refuses.
            Err(LlmError::Reported { .. } | LlmError::ContextTooLong) if texts.len() == 1 => Some(vec![None]),
            Err(error) => {
                tracing::info!(%error, "vectors will be made later");
                None
            }
        }
    }

    /// The result of `work`, none when the session ended first.
    async fn until_over<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            () = self.session.over.cancelled() => None,
            result = work => Some(result),
        }
    }

    fn matched<T: Clone>(
        &mut self,
        batch: &[T],
        vectors: Vec<Option<Vec<f32>>>,
        id: impl Fn(&T) -> uuid::Uuid,
    ) -> Vec<(T, Vec<f32>)> {
        let mut made = Vec::with_capacity(batch.len());
        for (one, vector) in batch.iter().zip(vectors) {
            match vector {
                Some(vector) => made.push((one.clone(), vector)),
                None => {
                    self.passed_over.insert(id(one));
                }
            }
        }
        made
    }

    async fn tell(&mut self, learning: &Learning, by: &Vectors, made: usize) -> Result<()> {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let left = learning.count_without_vector(&by.tag).await?.saturating_sub(self.passed_over.len());
        self.done = self.done.saturating_add(count(made));
        self.app.tell(AppEvent::EmbeddingProgress { done: self.done, total: self.done.saturating_add(count(left)) });
        Ok(())
    }
}

/// The model that vectors are made with in this round.
struct Vectors {
    embedder: OllamaEmbedder,
    version: EmbeddingVersion,
    tag: String,
}

impl Vectors {
    fn embedding(&self, vector: Vec<f32>) -> Embedding {
        Embedding { version: self.tag.clone(), vector }
    }
}

/// What is stored with a vector; those of two tags are never compared.
pub(super) fn tag(version: &EmbeddingVersion) -> String {
    format!("{}@{}#{}", version.model, version.digest, version.prefixes)
}

fn copy(message: Message) -> MessageCopy {
    MessageCopy {
        id: message.id,
        conversation_id: message.conversation_id,
        role: message.role,
        content: message.content,
        created_at: message.created_at,
        embedding: None,
    }
}

/// What of a card is found by meaning: both sides.
fn text(card: &Card) -> String {
    format!("{}\n{}", cloze::plain(&card.question), card.answer)
}
