//! Keeps an answer in the database as it grows, and goes on trying while the database is away.
//!
//! Saving runs beside the stream, never in its way: a database that restarts costs no piece of the answer.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{
    sync::{Notify, mpsc},
    time::{sleep, timeout},
};

use super::{Asker, Pace, turns::Claim};
use crate::{
    Error, Result,
    ids::{MessageId, UserId},
    postgres::{Database, messages},
};

/// A saving that takes so many times as long as one may is given up: its connection is dead.
const DEAD: u32 = 20;

/// A refusal that is not the database being away may pass too (a full disk is emptied), but not without end.
const MOST_REFUSALS: u32 = 5;

const AWAY: &str = "The database is not answering. The answer goes on and will be stored when it is back.";
const BACK: &str = "The database is back. The answer is stored.";

/// More thoughts than this (bytes) are neither kept nor shown: nobody reads them, and they may not end.
const MOST_THOUGHTS: usize = 256 * 1024;
const AND_SO_ON: &str = "\n\n…";

/// What the model has written.
#[derive(Clone, Default)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) thoughts: String,
}

/// The answer as far as it has come.
pub(super) struct Growing {
    written: Mutex<Written>,
    grown: Notify,
}

impl Growing {
    pub(super) fn from(written: Written) -> Self {
        Self { written: Mutex::new(written), grown: Notify::new() }
    }

    pub(super) fn push(&self, piece: &str) {
        self.written.lock().text.push_str(piece);
        self.grown.notify_one();
    }

    /// Takes a piece of the thoughts, and gives what of it is kept.
    pub(super) fn push_thoughts(&self, piece: String) -> String {
        let thoughts = &mut self.written.lock().thoughts;
        let kept = match MOST_THOUGHTS.checked_sub(thoughts.len()) {
            None => return String::new(),
            Some(room) if piece.len() <= room => piece,
            Some(room) => format!("{}{AND_SO_ON}", &piece[..piece.floor_char_boundary(room)]),
        };
        thoughts.push_str(&kept);
        self.grown.notify_one();
        kept
    }

    pub(super) fn written(&self) -> Written {
        self.written.lock().clone()
    }
}

/// Where the answer is kept.
///
/// Each saving is a task of its own that nothing cuts short, and begins when the one before has ended: what was on its way
/// when the answer ended never comes after the end. Nor does it come into the next turn: each holds the conversation.
pub(super) struct Place {
    db: Database,
    user: UserId,
    message: MessageId,
    pace: Pace,
    notices: mpsc::UnboundedSender<String>,
    /// Whether the person believes the database to be away: one saving may find it gone and another find it back.
    away: AtomicBool,
    one_at_a_time: Arc<tokio::sync::Mutex<()>>,
    claim: Arc<Claim>,
}

impl Place {
    pub(super) fn new(
        asker: &Asker,
        message: MessageId,
        pace: Pace,
        notices: mpsc::UnboundedSender<String>,
        claim: Arc<Claim>,
    ) -> Self {
        let Asker { db, user, .. } = asker.clone();
        Self { db, user, message, pace, notices, away: AtomicBool::default(), one_at_a_time: Arc::default(), claim }
    }

    /// Saves what has come whenever it has grown, with a pause between, so that no more than about a second of it is
    /// ever unsaved. Ends only when saving makes no sense any more.
    pub(super) async fn keep(&self, growing: &Growing) -> Error {
        let mut kept = growing.written().thoughts.len();
        loop {
            growing.grown.notified().await;
            let written = Arc::new(growing.written());
            // They grow first and then no more; the text that follows is not to be stored with them each time.
            let grown = written.thoughts.len() != kept;
            let save = || {
                let (db, user, message, written) = (self.db.clone(), self.user, self.message, Arc::clone(&written));
                async move {
                    let thoughts = grown.then_some(written.thoughts.as_str());
                    messages::save_partial(&db, user, message, &written.text, thoughts).await
                }
            };
            match self.persist(save).await {
                Ok(()) => kept = written.thoughts.len(),
                Err(gone @ (Error::NotFound { .. } | Error::NotSignedIn)) => return gone,
                Err(error) => {
                    tracing::error!(%error, "a partial answer could not be saved");
                    if self.db.is_closed() {
                        // The answer goes on; its end tells that it is not stored.
                        return std::future::pending().await;
                    }
                }
            }
            sleep(self.pace.keep).await;
        }
    }

    /// Does `store` until it is done, telling the person once when the database is away and once when it is back.
    ///
    /// # Errors
    /// When trying again is useless: the message is gone, the database was given up, or it refuses for another reason
    /// several times.
    pub(super) async fn persist<T, F>(&self, store: impl Fn() -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let (mut refusals, mut pause) = (0, self.pace.retry);
        loop {
            let error = match self.save(store()).await {
                Ok(stored) => {
                    if self.away.swap(false, Ordering::Relaxed) {
                        self.notice(BACK);
                    }
                    return Ok(stored);
                }
                Err(error @ (Error::NotFound { .. } | Error::NotSignedIn)) => return Err(error),
                Err(error) if self.db.is_closed() => return Err(error),
                Err(error @ Error::Internal(_)) if refusals >= MOST_REFUSALS => return Err(error),
                Err(error) => error,
            };
            refusals += u32::from(matches!(error, Error::Internal(_)));
            self.not_yet(&error);
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(2));
        }
    }

    /// Does one saving, which goes on when this is dropped.
    async fn save<T: Send + 'static>(&self, store: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
        let (one_at_a_time, claim) = (Arc::clone(&self.one_at_a_time), Arc::clone(&self.claim));
        let dead = self.pace.database * DEAD;
        let mut saving = tokio::spawn(async move {
            let _turn = (claim, one_at_a_time.lock_owned().await);
            timeout(dead, store).await.unwrap_or_else(|_| Err(late()))
        });
        let saved = match timeout(self.pace.database, &mut saving).await {
            Ok(saved) => saved,
            // Not begun a second time beside the first: it may be waiting for a lock, and it holds a connection.
            Err(_) => {
                self.not_yet(&late());
                saving.await
            }
        };
        saved.unwrap_or_else(|error| Err(Error::internal(error)))
    }

    /// Tells the person, once, that the database does not do as it should.
    fn not_yet(&self, error: &Error) {
        tracing::warn!(%error, "an answer could not be stored yet");
        if !self.away.swap(true, Ordering::Relaxed) {
            let text = if let Error::DiskFull { .. } = error { error.to_string() } else { AWAY.to_owned() };
            self.notice(&text);
        }
    }

    fn notice(&self, text: &str) {
        // Nobody listens any more when the turn is over; then there is nobody to tell.
        let _ = self.notices.send(text.to_owned());
    }
}

fn late() -> Error {
    Error::DatabaseUnavailable("it did not answer in time".into())
}
