//! Keeps an answer in the database as it grows, and goes on trying while the database is away.
//!
//! Saving runs beside the stream, never in its way: a database that restarts costs no piece of the answer.

use std::{
    future::Future,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{
    sync::{Notify, mpsc},
    time::{sleep, timeout},
};

use super::Pace;
use crate::{
    Error, Result,
    ids::{MessageId, UserId},
    postgres::{Database, messages},
};

/// A refusal that is not the database being away may pass too (a full disk is emptied), but not without end.
const MOST_REFUSALS: u32 = 5;

const AWAY: &str = "The database is not answering. The answer goes on and will be stored when it is back.";
const BACK: &str = "The database is back. The answer is stored.";

/// The answer as far as it has come.
#[derive(Default)]
pub(super) struct Growing {
    text: Mutex<String>,
    grown: Notify,
}

impl Growing {
    pub(super) fn push(&self, piece: &str) {
        self.text.lock().push_str(piece);
        self.grown.notify_one();
    }

    pub(super) fn text(&self) -> String {
        self.text.lock().clone()
    }
}

/// Where the answer is kept.
pub(super) struct Place {
    pub(super) db: Database,
    pub(super) user: UserId,
    pub(super) message: MessageId,
    pub(super) pace: Pace,
    pub(super) notices: mpsc::UnboundedSender<String>,
    /// Whether the person believes the database to be away: one saving may find it gone and another find it back.
    pub(super) away: AtomicBool,
}

impl Place {
    /// Saves what has come whenever it has grown, with a pause between, so that no more than about a second of it is
    /// ever unsaved. Ends only when saving makes no sense any more.
    pub(super) async fn keep(&self, growing: &Growing) -> Error {
        loop {
            growing.grown.notified().await;
            let text = growing.text();
            let saved = self.persist(|| messages::save_partial(&self.db, self.user, self.message, &text)).await;
            match saved {
                Ok(()) => {}
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
        F: Future<Output = Result<T>>,
    {
        let (mut refusals, mut pause) = (0, self.pace.retry);
        loop {
            let error = match timeout(self.pace.database, store()).await {
                Ok(Ok(stored)) => {
                    if self.away.swap(false, Ordering::Relaxed) {
                        self.notice(BACK);
                    }
                    return Ok(stored);
                }
                Ok(Err(error @ (Error::NotFound { .. } | Error::NotSignedIn))) => return Err(error),
                Ok(Err(error)) if self.db.is_closed() => return Err(error),
                Ok(Err(error @ Error::Internal(_))) if refusals >= MOST_REFUSALS => return Err(error),
                Ok(Err(error)) => error,
                Err(_) => Error::DatabaseUnavailable("it did not answer in time".into()),
            };
            refusals += u32::from(matches!(error, Error::Internal(_)));
            tracing::warn!(%error, "an answer could not be stored yet");
            if !self.away.swap(true, Ordering::Relaxed) {
                let text = if let Error::DiskFull { .. } = &error { error.to_string() } else { AWAY.to_owned() };
                self.notice(&text);
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(2));
        }
    }

    fn notice(&self, text: &str) {
        // Nobody listens any more when the turn is over; then there is nobody to tell.
        let _ = self.notices.send(text.to_owned());
    }
}
