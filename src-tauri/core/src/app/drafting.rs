//! Making drafts: what they are made from, by which model, and that a job goes on when its caller goes away; and which
//! jobs run, so that each can be cancelled.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::{App, Session, chats::Waiting};
use crate::{
    Error, Result,
    cards::{
        Draft, DraftEvent, DraftOutcome, DraftRequest, NewDraft,
        generate::{self, Material, Tray},
    },
    chat::{Message, MessageStatus, Role},
    ids::{ConversationId, DraftId, JobId, MessageId, UserId},
    llm::{ModelRef, SharedModel},
    postgres::{Database, conversations, drafts, messages},
    time::UnixMillis,
};

/// More text than this is a book, and cards of it cost a night or a fortune; bytes.
const MOST_TEXT: usize = 2_000_000;
/// How long drafts that a model made wait for a database that restarts.
const DATABASE_PATIENCE: Duration = Duration::from_secs(30);
const DATABASE_RETRY: Duration = Duration::from_millis(300);

/// The makings and repairs of drafts that run now.
#[derive(Default)]
pub(super) struct Jobs {
    running: Arc<Mutex<HashMap<JobId, Job>>>,
}

/// What a job is at.
#[derive(PartialEq)]
pub(super) enum Work {
    Make(DraftRequest),
    Repair(DraftId),
}

struct Job {
    work: Work,
    cancelled: CancellationToken,
}

/// The place of a running job; gives it back however it ends.
pub(super) struct Claim {
    running: Arc<Mutex<HashMap<JobId, Job>>>,
    id: JobId,
    pub cancelled: CancellationToken,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.running.lock().remove(&self.id);
    }
}

impl Jobs {
    /// A making that runs already is `Busy`. A repair that runs already is ended: who asks again may have lost sight of
    /// it, and it would only have proposed something.
    pub(super) fn claim(&self, id: JobId, work: Work, over: &CancellationToken) -> Result<Claim> {
        let mut running = self.running.lock();
        let same: Vec<&Job> = running.values().filter(|job| job.work == work).collect();
        if running.contains_key(&id) || (!same.is_empty() && matches!(work, Work::Make(_))) {
            return Err(Error::Busy("Cards from this are being made already.".into()));
        }
        same.into_iter().for_each(|job| job.cancelled.cancel());
        let cancelled = over.child_token();
        running.insert(id, Job { work, cancelled: cancelled.clone() });
        Ok(Claim { running: Arc::clone(&self.running), id, cancelled })
    }

    fn cancel(&self, id: JobId) {
        if let Some(job) = self.running.lock().get(&id) {
            job.cancelled.cancel();
        }
    }
}

impl App {
    /// Makes drafts and puts them into the tray as they come, by `model` or that of the conversation (for a pasted text,
    /// of the last one). Returns when all parts are done; goes on when the caller goes away.
    ///
    /// # Errors
    /// Only when no draft was made: `Busy` when this is being done already, `Cancelled` when it was before it began,
    /// `NothingToLearn`, `NotFound`, `InvalidInput`, and how a model fails.
    pub async fn generate_drafts(
        &self,
        job: JobId,
        request: DraftRequest,
        model: Option<ModelRef>,
        on_event: impl Fn(DraftEvent) + Send + Sync + 'static,
    ) -> Result<DraftOutcome> {
        let session = self.session()?;
        // Before the database and the keychain are waited for: it can be cancelled from now on.
        let claim = self.inner.jobs.claim(job, Work::Make(request.clone()), &session.over)?;
        let (materials, model) = tokio::select! {
            biased;
            () = session.over.cancelled() => return Err(Error::NotSignedIn),
            () = claim.cancelled.cancelled() => return Err(Error::Cancelled),
            found = self.to_make(&session, request, model) => found?,
        };
        let waiting = Waiting::begin(self, &session);
        let tray = PersonsTray { app: self.clone(), session: Arc::clone(&session), on_event: Box::new(on_event) };
        let work = session.tasks.spawn(async move {
            let made = generate::generate(model.as_ref(), &materials, &claim.cancelled, &tray).await;
            drop((claim, waiting));
            made
        });
        work.await.map_err(Error::internal)?
    }

    /// What to make cards from, and by which model.
    async fn to_make(
        &self,
        session: &Arc<Session>,
        request: DraftRequest,
        model: Option<ModelRef>,
    ) -> Result<(Vec<Material>, SharedModel)> {
        let db = self.database_of(session).await?;
        let (materials, conversation) = self.materials(session, &db, request).await?;
        let model = self.model_for(session, &db, model, conversation).await?;
        Ok((materials, model))
    }

    /// Ends a making of drafts, or a repair; drafts that were made stay. Twice is the same as once.
    ///
    /// # Errors
    /// `NotSignedIn`
    pub async fn cancel_drafts(&self, job: JobId) -> Result<()> {
        self.session()?;
        self.inner.jobs.cancel(job);
        Ok(())
    }

    /// The texts to make cards from, and the conversation that they are of.
    async fn materials(
        &self,
        session: &Session,
        db: &Database,
        request: DraftRequest,
    ) -> Result<(Vec<Material>, Option<ConversationId>)> {
        let user = session.profile.id;
        let chosen = matches!(request, DraftRequest::Passage { .. });
        let (ids, range) = match request {
            DraftRequest::Text { text } => return Ok((vec![pasted(text)?], None)),
            DraftRequest::Answers { message_ids } => (message_ids, None),
            DraftRequest::Passage { message_id, start, end } => (vec![message_id], Some(start as usize..end as usize)),
        };
        let mut answers: Vec<Message> = Vec::with_capacity(ids.len());
        for id in ids {
            if answers.iter().all(|answer| answer.id != id) {
                answers.push(self.finished(db, user, id).await?);
            }
        }
        let Some(conversation) = answers.first().map(|answer| answer.conversation_id) else {
            return Err(Error::InvalidInput("Choose an answer to make cards from.".into()));
        };
        if answers.iter().any(|answer| answer.conversation_id != conversation) {
            return Err(Error::InvalidInput("Choose answers of one conversation at a time.".into()));
        }
        fits(answers.iter().map(|answer| answer.content.len()).sum())?;
        let mut materials = Vec::with_capacity(answers.len());
        for answer in answers {
            let length = answer.content.chars().count();
            let range = range.clone().unwrap_or(0..length);
            if range.start >= range.end || range.end > length {
                return Err(Error::InvalidInput("This passage is not in the answer any more. Select it again.".into()));
            }
            let question = self.question_of(session, db, &answer).await?;
            materials.push(Material { text: answer.content, range, chosen, question, message: Some(answer.id) });
        }
        Ok((materials, Some(conversation)))
    }

    /// An answer that nobody writes any more. One that was left by a turn that broke down is ended by looking at its
    /// conversation.
    async fn finished(&self, db: &Database, user: UserId, id: MessageId) -> Result<Message> {
        let mut answer = messages::get(db, user, id).await?;
        if answer.role != Role::Assistant {
            return Err(Error::InvalidInput("Cards are made from answers. Choose the answer to this question.".into()));
        }
        if answer.status == MessageStatus::Streaming {
            self.open_conversation(answer.conversation_id).await?;
            answer = messages::get(db, user, id).await?;
        }
        if answer.status == MessageStatus::Streaming {
            return Err(Error::Busy("This answer is still being written. Make cards when it is finished.".into()));
        }
        Ok(answer)
    }

    /// What an answer answers.
    async fn question_of(&self, session: &Session, db: &Database, answer: &Message) -> Result<Option<String>> {
        let user = session.profile.id;
        if let Some(parent) = answer.parent_id {
            return match messages::get(db, user, parent).await {
                Ok(question) => Ok(Some(question.content)),
                Err(Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            };
        }
        let all = messages::list(db, user, answer.conversation_id).await?;
        let before = all.into_iter().take_while(|message| message.id != answer.id).last();
        Ok(before.filter(|message| message.role == Role::User).map(|question| question.content))
    }

    /// The model that was asked for, or that of the conversation, or of the last one.
    pub(super) async fn model_for(
        &self,
        session: &Session,
        db: &Database,
        model: Option<ModelRef>,
        conversation: Option<ConversationId>,
    ) -> Result<SharedModel> {
        let user = session.profile.id;
        let model = match (model, conversation) {
            (Some(model), _) => model,
            (None, Some(conversation)) => conversations::get(db, user, conversation).await?.model,
            (None, None) => {
                let last = conversations::list(db, user, 1, None).await?.into_iter().next();
                let none = || Error::InvalidInput("Choose a model that makes the cards.".into());
                last.ok_or_else(none)?.model
            }
        };
        self.model(session, db, &model).await
    }

    /// The conversation that a message is in; none when it is gone.
    pub(super) async fn conversation_of(
        &self,
        session: &Session,
        db: &Database,
        message: Option<MessageId>,
    ) -> Result<Option<ConversationId>> {
        let Some(message) = message else { return Ok(None) };
        match messages::get(db, session.profile.id, message).await {
            Ok(message) => Ok(Some(message.conversation_id)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn pasted(text: String) -> Result<Material> {
    fits(text.len())?;
    let range = 0..text.chars().count();
    Ok(Material { text, range, chosen: true, question: None, message: None })
}

fn fits(bytes: usize) -> Result<()> {
    if bytes > MOST_TEXT {
        let most = MOST_TEXT / 1_000_000;
        return Err(Error::InvalidInput(format!(
            "This is too much text to make cards from at once (more than {most} MB). Take a part of it."
        )));
    }
    Ok(())
}

/// The tray of the person who asked, and the window that listens.
pub(super) struct PersonsTray {
    pub app: App,
    pub session: Arc<Session>,
    pub on_event: Box<dyn Fn(DraftEvent) + Send + Sync>,
}

impl PersonsTray {
    /// Waits for a database that restarts: what a model wrote was paid for.
    async fn store(&self, new: Vec<NewDraft>) -> Result<Vec<Draft>> {
        let end = tokio::time::Instant::now() + DATABASE_PATIENCE;
        // The same in each attempt: one may have been stored and only its acknowledgement lost.
        let now = self.app.now();
        let ids: Vec<DraftId> = new.iter().map(|_| DraftId::new(now)).collect();
        loop {
            let stored = match self.app.database_now(&self.session) {
                Some(db) => drafts::insert_as(&db, self.session.profile.id, &ids, &new, now).await,
                None => Err(Error::DatabaseUnavailable("it is not up".into())),
            };
            match stored {
                Ok(stored) => {
                    self.app.tell_waiting(&self.session).await;
                    return super::drafts::all_linted(stored).await;
                }
                Err(Error::DatabaseUnavailable(_))
                    if tokio::time::Instant::now() < end && !self.session.over.is_cancelled() =>
                {
                    tokio::time::sleep(DATABASE_RETRY).await;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

impl Tray for PersonsTray {
    fn put(&self, new: Vec<NewDraft>) -> BoxFuture<'_, Result<Vec<Draft>>> {
        Box::pin(self.store(new))
    }

    fn tell(&self, event: DraftEvent) {
        (self.on_event)(event);
    }

    fn waiting(&self) -> BoxFuture<'_, Vec<(String, String)>> {
        Box::pin(async move {
            let Some(db) = self.app.database_now(&self.session) else { return Vec::new() };
            let listed = drafts::list(&db, self.session.profile.id).await;
            let listed = listed.inspect_err(|error| tracing::info!(%error, "it is not known what waits in the tray"));
            let sides = |stored: drafts::Stored| (stored.draft.card.question, stored.draft.card.answer);
            listed.unwrap_or_default().into_iter().map(sides).collect()
        })
    }

    fn wait(&self, provider: &'static str, pause: Duration) {
        let millis = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        let until: UnixMillis = self.app.now().plus(millis);
        let message = format!("{provider} has not taken the request yet. MemoryLoop asks again by itself.");
        self.tell(DraftEvent::Waiting { message, until });
    }
}
