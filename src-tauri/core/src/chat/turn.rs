//! One turn: the question stored, the answer streamed and kept as it grows, and what became of it stored.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::AtomicBool},
};

use futures::StreamExt;
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    Asker, ChatEvent, ConversationSummary, Message, MessageStatus, OnEvent, Pace, UNTITLED,
    keep::{Growing, Place},
    title_from,
};
use crate::{
    Error, Result, context,
    ids::ConversationId,
    llm::{AnswerStream, LlmError, SharedModel, StopReason, StreamEvent, Usage},
    postgres::{
        conversations,
        messages::{self, Finish},
    },
    time::SharedClock,
};

pub(super) struct Turn {
    pub(super) asker: Asker,
    pub(super) conversation: ConversationId,
    pub(super) question: String,
    pub(super) model: SharedModel,
    pub(super) on_event: OnEvent,
    pub(super) stop: CancellationToken,
    pub(super) clock: SharedClock,
    pub(super) pace: Pace,
}

/// How the stream ended.
struct Ended {
    status: MessageStatus,
    usage: Option<Usage>,
    problem: Option<String>,
}

impl Turn {
    pub(super) async fn run(self) -> Result<()> {
        let Asker { db, user, over } = &self.asker;
        let conversation = conversations::get(db, *user, self.conversation).await?;
        let history = messages::list(db, *user, self.conversation).await?;
        // Looking a model up may take a while, and nothing is to be stored for somebody who has gone meanwhile.
        let limits = tokio::select! {
            biased;
            () = over.cancelled() => return Err(Error::NotSignedIn),
            limits = self.model.limits() => limits?,
        };
        let request = context::build(&history, &self.question, limits)?;
        let now = self.clock.now();
        let model = self.model.reference();
        let (question, answer) = messages::begin_turn(db, *user, self.conversation, &self.question, model, now).await?;
        let title = self.named(conversation, history.is_empty()).await;
        self.tell(ChatEvent::Started { question, answer: answer.clone() });

        let (notices, mut noticed) = mpsc::unbounded_channel();
        let place = Place {
            db: db.clone(),
            user: *user,
            message: answer.id,
            pace: self.pace,
            notices,
            away: AtomicBool::default(),
        };
        let growing = Arc::new(Growing::default());
        let ended = self.listen(self.model.stream(request), &growing, &place, &mut noticed).await?;
        let answer = self.store(&place, answer, &growing, ended, &mut noticed).await?;
        let title = self.title().await.unwrap_or(title);
        self.tell(ChatEvent::Finished { answer, title });
        Ok(())
    }

    /// The conversation's title; a first turn gives it one from the question, unless the person did before.
    async fn named(&self, conversation: ConversationSummary, first: bool) -> String {
        let given = conversation.title.trim();
        if !first || !(given.is_empty() || given == UNTITLED) {
            return conversation.title;
        }
        let title = title_from(&self.question);
        let Asker { db, user, .. } = &self.asker;
        // Only in place of the name that nobody gave: the person may be renaming it at this moment.
        match conversations::name_if_called(db, *user, self.conversation, UNTITLED, &title).await {
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

    /// Passes the answer on as it comes, until it ends or is stopped. The stream is dropped then, which closes the
    /// connection and so stops the model.
    async fn listen(
        &self,
        mut stream: AnswerStream,
        growing: &Growing,
        place: &Place,
        noticed: &mut mpsc::UnboundedReceiver<String>,
    ) -> Result<Ended> {
        let keep = place.keep(growing);
        tokio::pin!(keep);
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return Ok(Ended { status: MessageStatus::Interrupted, usage: None, problem: None }),
                Some(message) = noticed.recv() => self.tell(ChatEvent::Notice { message }),
                gone = &mut keep => return Err(gone),
                event = stream.next() => match event {
                    Some(Ok(StreamEvent::Text(text))) => {
                        // PostgreSQL cannot store U+0000; the screen and the database must show the same.
                        let text = if text.contains('\0') { text.replace('\0', "\u{FFFD}") } else { text };
                        growing.push(&text);
                        self.tell(ChatEvent::Text { text });
                    }
                    Some(Ok(StreamEvent::Waiting { provider, pause })) => {
                        let seconds = pause.as_secs_f64().ceil();
                        let message = format!("{provider} asked to wait. MemoryLoop tries again in {seconds} s.");
                        self.tell(ChatEvent::Notice { message });
                    }
                    Some(Ok(StreamEvent::Done { stop, usage })) => return Ok(done(stop, usage, growing)),
                    Some(Err(error)) => return Ok(failed(&error)),
                    None => return Ok(failed(&LlmError::ConnectionCut { provider: "the model" })),
                },
            }
        }
    }

    /// Stores what became of the answer, however long the database is away; notices go on meanwhile. Once the turn is
    /// stopped, the database has the time of one saving to do it.
    async fn store(
        &self,
        place: &Place,
        answer: Message,
        growing: &Growing,
        ended: Ended,
        noticed: &mut mpsc::UnboundedReceiver<String>,
    ) -> Result<Message> {
        let finish =
            Finish { content: growing.text(), status: ended.status, usage: ended.usage, problem: ended.problem };
        let store =
            place.persist(|| messages::finish(&self.asker.db, self.asker.user, answer.id, &finish, self.clock.now()));
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
                content: growing.text(),
                status: MessageStatus::Failed,
                usage: finish.usage,
                problem: Some(self.not_stored(&error)),
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
    fn tell(&self, event: ChatEvent) {
        if catch_unwind(AssertUnwindSafe(|| (self.on_event)(event))).is_err() {
            tracing::warn!("what listens to a turn failed; the turn goes on");
        }
    }
}

fn done(stop: StopReason, usage: Option<Usage>, growing: &Growing) -> Ended {
    let empty = growing.text().trim().is_empty();
    let (status, problem) = match stop {
        StopReason::Refused => (MessageStatus::Failed, Some(LlmError::Refused.to_string())),
        _ if empty => (
            MessageStatus::Failed,
            Some("The model sent an empty answer. Ask again, in other words, or choose another model.".to_owned()),
        ),
        StopReason::Complete => (MessageStatus::Complete, None),
        StopReason::Length => (
            MessageStatus::Complete,
            Some("The answer reached the longest length that the model may write. Ask it to go on.".to_owned()),
        ),
        StopReason::WindowFull => (
            MessageStatus::Complete,
            Some("The conversation filled all that the model can read. Start a new one to go on.".to_owned()),
        ),
    };
    Ended { status, usage, problem }
}

fn failed(error: &LlmError) -> Ended {
    Ended { status: MessageStatus::Failed, usage: None, problem: Some(error.to_string()) }
}
