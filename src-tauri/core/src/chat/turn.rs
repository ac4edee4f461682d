//! One turn: the question stored, the answer streamed and kept as it grows, and what became of it stored.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    Asker, ChatEvent, ConversationSummary, Message, MessageStatus, OnEvent, Pace, ProblemKind, TurnRequest, UNTITLED,
    keep::{Growing, Place, Written},
    listen::{Coming, Ended},
    problem::{Given, problem},
    seam::Seam,
    title_from,
    turns::Claim,
};
use crate::{
    Error, Result,
    context::{self, Built},
    ids::ConversationId,
    llm::{ChatRequest, SharedModel, Usage, prices::cost_usd},
    postgres::{
        conversations,
        messages::{self, Finish, Plan},
    },
    time::SharedClock,
};

pub(super) struct Turn {
    pub(super) asker: Asker,
    pub(super) conversation: ConversationId,
    pub(super) request: TurnRequest,
    pub(super) model: SharedModel,
    pub(super) on_event: OnEvent,
    pub(super) stop: CancellationToken,
    pub(super) clock: SharedClock,
    pub(super) pace: Pace,
    /// Holds the conversation for this turn.
    pub(super) claim: Arc<Claim>,
}

impl Turn {
    pub(super) async fn run(self) -> Result<()> {
        let Asker { db, user, over } = &self.asker;
        let conversation = conversations::get(db, *user, self.conversation).await?;
        let plan = messages::plan(db, *user, self.conversation, &self.request).await?;
        // Looking a model up may take a while, and nothing is to be stored for somebody who has gone meanwhile.
        let limits = tokio::select! {
            biased;
            () = over.cancelled() => return Err(Error::NotSignedIn),
            () = self.stop.cancelled() => return Err(Error::Cancelled),
            limits = self.model.limits() => limits?,
        };
        let thinks = self.model.thinks(conversation.thinking).await;
        let so_far = plan.so_far.as_ref().map(|answer| answer.content.as_str());
        let Built { mut request, seen } =
            context::build_to_think(&plan.history, &plan.question, so_far, limits, thinks)?;
        request.think = conversation.thinking;
        // A model that has a larger window keeps it, and its answer has what is more.
        let window = self.model.window(request.window);
        request.max_answer = request.max_answer.saturating_add(window.saturating_sub(request.window));
        request.window = window;
        let (now, model) = (self.clock.now(), self.model.reference());
        let (question, answer) = messages::begin(db, *user, &plan, model, seen, now).await?;
        let title = self.named(conversation, &plan).await;
        self.tell(ChatEvent::Started { question, answer: answer.clone() });
        let answer = self.answered(answer, request).await?;
        let title = self.title().await.unwrap_or(title);
        self.tell(ChatEvent::Finished { answer, title });
        Ok(())
    }

    /// Asks, and gives the answer as it is stored at its end.
    async fn answered(&self, answer: Message, request: ChatRequest) -> Result<Message> {
        let (notices, mut noticed) = mpsc::unbounded_channel();
        let place = Place::new(&self.asker, answer.id, self.pace, notices, Arc::clone(&self.claim));
        let before = Written { text: answer.content.clone(), thoughts: answer.thoughts.clone() };
        let growing = Growing::from(before);
        let coming = Coming {
            turn: self,
            growing: &growing,
            seam: Seam::after(&answer.content),
            given: Given::of(self.model.reference().provider, &request),
            thought_before: !answer.thoughts.is_empty(),
            told: None,
        };
        let ended = coming.listen(self.model.stream(request), &place, &mut noticed).await?;
        self.store(&place, answer, &growing, ended, &mut noticed).await
    }

    /// The conversation's title; a first question gives it one, in place of what the program gave it before.
    async fn named(&self, conversation: ConversationSummary, plan: &Plan) -> String {
        let before = plan.reworded.as_deref().map_or_else(|| UNTITLED.to_owned(), title_from);
        let given = conversation.title.trim();
        if !plan.history.is_empty() || !(given.is_empty() || given == before || given == UNTITLED) {
            return conversation.title;
        }
        let title = title_from(&plan.question);
        let Asker { db, user, .. } = &self.asker;
        // Only in place of the name that nobody gave: the person may be renaming it at this moment.
        match conversations::rename_if_called(db, *user, self.conversation, given, &title).await {
            Ok(title) => title,
            Err(error) => {
                tracing::warn!(%error, "a conversation could not be named");
                conversation.title
            }
        }
    }

    /// What the conversation is called now, which the person may have changed while the answer came.
    async fn title(&self) -> Option<String> {
        let asked = conversations::get(&self.asker.db, self.asker.user, self.conversation);
        Some(timeout(self.pace.database, asked).await.ok()?.ok()?.title)
    }

    /// Stores what became of the answer, however long the database is away; notices go on meanwhile. Once the turn is
    /// stopped, it waits for the time of one saving; what is on its way then is stored all the same if that can be.
    async fn store(
        &self,
        place: &Place,
        answer: Message,
        growing: &Growing,
        ended: Ended,
        noticed: &mut mpsc::UnboundedReceiver<String>,
    ) -> Result<Message> {
        let (finish, id) = (Arc::new(finish(&answer, growing.written(), ended)), answer.id);
        let store = place.persist(|| {
            let (db, user, finish, now) =
                (self.asker.db.clone(), self.asker.user, Arc::clone(&finish), self.clock.now());
            async move { messages::finish(&db, user, id, &finish, now).await }
        });
        let given_up = async {
            self.stop.cancelled().await;
            sleep(self.pace.database).await;
        };
        tokio::pin!(store, given_up);
        let stored = loop {
            tokio::select! {
                biased;
                Some(message) = noticed.recv() => self.tell(ChatEvent::Notice { message }),
                stored = &mut store => break stored,
                () = &mut given_up => break Err(Error::DatabaseUnavailable("it did not answer in time".into())),
            }
        };
        while let Ok(message) = noticed.try_recv() {
            self.tell(ChatEvent::Notice { message });
        }
        match stored {
            Ok(message) => Ok(message),
            Err(gone @ (Error::NotFound { .. } | Error::NotSignedIn)) => Err(gone),
            // The text is on the screen and mostly in the database: show it, and say that its end is not stored.
            Err(error) => Ok(Message {
                content: finish.content.clone(),
                thoughts: finish.thoughts.clone(),
                status: MessageStatus::Failed,
                usage: finish.usage,
                cost_usd: finish.cost_usd,
                problem: Some(problem(ProblemKind::NotStored, self.not_stored(&error))),
                ..answer
            }),
        }
    }

    fn not_stored(&self, error: &Error) -> String {
        let why = match error {
            _ if self.asker.db.is_closed() => "The database has stopped for good. Start MemoryLoop again.".to_owned(),
            Error::DatabaseUnavailable(_) => "The database is not answering.".to_owned(),
            other => other.to_string(),
        };
        format!("The end of this answer could not be stored. {why}")
    }

    /// A listener that fails is the listener's trouble; the turn goes on.
    pub(super) fn tell(&self, event: ChatEvent) {
        if catch_unwind(AssertUnwindSafe(|| (self.on_event)(event))).is_err() {
            tracing::warn!("what listens to a turn failed; the turn goes on");
        }
    }
}

/// What is stored of an answer: all that came of it, and what it took in all.
fn finish(before: &Message, written: Written, ended: Ended) -> Finish {
    let Ended { status, usage, problem } = ended;
    let cost = usage.and_then(|usage| before.model.as_ref().and_then(|model| cost_usd(model, usage)));
    let length = |text: &str, thoughts: &str| text.len() + thoughts.len();
    let (old, new) = (length(&before.content, &before.thoughts), length(&written.text, &written.thoughts));
    // A part that came to something and was not counted (it was stopped or cut): the other's figures are the least.
    let uncounted = (old > 0 && before.usage.is_none()) || (new > old && usage.is_none());
    let sum = both(before.usage, usage, |a, b| Usage {
        input_tokens: a.input_tokens.saturating_add(b.input_tokens),
        output_tokens: a.output_tokens.saturating_add(b.output_tokens),
        at_least: a.at_least || b.at_least,
        ..b
    });
    let usage = sum.map(|sum| Usage { at_least: sum.at_least || uncounted, ..sum });
    Finish {
        content: written.text,
        thoughts: written.thoughts,
        status,
        usage,
        cost_usd: both(before.cost_usd, cost, |a, b| a + b),
        problem,
    }
}

/// An answer that was asked for in parts took what they took; one that came to nothing may have taken nothing.
fn both<T>(before: Option<T>, now: Option<T>, sum: impl FnOnce(T, T) -> T) -> Option<T> {
    match (before, now) {
        (Some(before), Some(now)) => Some(sum(before, now)),
        (before, now) => before.or(now),
    }
}
