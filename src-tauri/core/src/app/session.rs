//! Somebody signed in: who, their learning store, and the work that goes on in the background for them.

use std::{path::PathBuf, sync::Arc, time::Duration};

use parking_lot::Mutex;
use secrecy::SecretString;
use tokio::sync::{Notify, OnceCell};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{App, AppEvent, Events, flags::Flags};
use crate::{
    Error, Result,
    accounts::{self, Profile, RememberedSession},
    learning::{Learning, LearningOptions},
    postgres::{Database, messages},
    review::StudyCounts,
    time::SharedClock,
};

/// How often it is looked whether cards have fallen due. Counting touches no disk.
const LOOK_AT_DUE: Duration = Duration::from_secs(20);
/// How long a step of the background work may take when the session ends.
const LAST_STEP: Duration = Duration::from_secs(3);

pub(super) struct Session {
    pub profile: Profile,
    pub token: SecretString,
    /// A remembered token is checked with the database, one that was just given is not.
    fresh: bool,
    /// Set when the database knows the session and has cleared up what a crash left.
    prepared: OnceCell<()>,
    /// Opened in the background as soon as the session begins; whoever needs it waits for it.
    learning: OnceCell<Learning>,
    learning_dir: PathBuf,
    pub flags: Flags,
    clock: SharedClock,
    events: Events,
    /// What the window was told last, so that it hears only of changes.
    told: Mutex<Option<StudyCounts>>,
    /// Held while drafts are kept, restored or changed, so that what a crash left is told from what is being done.
    pub tray: tokio::sync::Mutex<()>,
    /// Work for the index: a message was finished, cards were saved.
    pub nudge: Notify,
    /// Ends the background work of this session.
    pub over: CancellationToken,
    pub tasks: TaskTracker,
}

impl Session {
    pub fn new(who: RememberedSession, fresh: bool, app: &App) -> Arc<Self> {
        let learning_dir = app.data_dir().join("learning").join(who.profile.id.to_string());
        Arc::new(Self {
            profile: who.profile,
            token: who.token,
            fresh,
            prepared: OnceCell::new(),
            learning: OnceCell::new(),
            flags: Flags::new(&learning_dir),
            learning_dir,
            clock: app.inner.clock.clone(),
            events: app.inner.events.clone(),
            told: Mutex::default(),
            tray: tokio::sync::Mutex::default(),
            nudge: Notify::new(),
            over: CancellationToken::new(),
            tasks: TaskTracker::new(),
        })
    }

    /// Has the database check the session and mark what a crash left unfinished: once, before anything else of the
    /// session is done with it, so that no answer that is being written now is taken for a left one.
    ///
    /// # Errors
    /// `NotSignedIn` when the session is over, `DatabaseUnavailable`.
    pub async fn prepare(&self, db: &Database) -> Result<()> {
        let prepare = || async {
            if !self.fresh {
                let known = accounts::resume(db, &self.token, self.clock.now()).await?;
                // The file with the token may have been written by hand: the database says whose it is.
                if known != self.profile {
                    return Err(Error::NotSignedIn);
                }
            }
            let left = messages::interrupt_streaming(db, self.profile.id).await?;
            if left > 0 {
                tracing::info!(left, "answers were cut short when the program last ended");
            }
            Ok(())
        };
        self.prepared.get_or_try_init(prepare).await.copied()
    }

    pub fn is_prepared(&self) -> bool {
        self.prepared.initialized()
    }

    /// The person's cards and reviews. Opens them when this is the first need of them, and again after a failure: a
    /// full disk may have been cleared.
    ///
    /// # Errors
    /// As [`Learning::open`].
    pub async fn learning(&self) -> Result<&Learning> {
        self.learning.get_or_try_init(|| self.open_learning()).await
    }

    /// A command of the session before may hold the store for a moment yet.
    async fn open_learning(&self) -> Result<Learning> {
        let mut attempts = 20;
        loop {
            match Learning::open(&self.learning_dir, LearningOptions::default(), self.clock.clone()).await {
                Err(Error::DataDirInUse { .. }) if attempts > 0 => attempts -= 1,
                result => return result,
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Opens the cards, and tells the window as they fall due.
    pub async fn watch_counts(self: Arc<Self>) {
        if let Err(error) = self.learning().await {
            tracing::error!(%error, "the cards could not be opened");
        }
        loop {
            self.tell_counts();
            tokio::select! {
                () = self.over.cancelled() => return,
                () = tokio::time::sleep(LOOK_AT_DUE) => {}
            }
        }
    }

    /// Tells the window the counts when they are not what it was told last.
    pub fn tell_counts(&self) {
        let Some(learning) = self.learning.get() else { return };
        let counts = learning.counts();
        if self.told.lock().replace(counts) != Some(counts) {
            (self.events)(AppEvent::StudyCountsChanged(counts));
        }
    }

    /// Ends the background work. It looks up between its steps; a step that hangs is left behind.
    pub async fn end_work(&self) {
        self.over.cancel();
        self.tasks.close();
        if tokio::time::timeout(LAST_STEP, self.tasks.wait()).await.is_err() {
            tracing::warn!("the index did not stop in time");
        }
    }

    /// Writes out what the store of cards holds back, and closes it.
    pub async fn close_store(&self) {
        if let Some(learning) = self.learning.get()
            && let Err(error) = learning.close().await
        {
            // The journal still has it; the next start moves it on.
            tracing::error!(%error, "the learning store did not close cleanly");
        }
    }
}
