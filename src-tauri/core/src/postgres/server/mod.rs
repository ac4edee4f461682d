//! The database as a running thing: the embedded server from its installation to its end, or a server elsewhere.
//!
//! Starting it delays nobody: `Server::start` returns at once, and what becomes of it is told in `DatabaseState`.

use std::{path::PathBuf, sync::Arc};

use parking_lot::Mutex;
use secrecy::SecretString;
use sqlx::postgres::PgConnectOptions;
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{Database, DatabaseState};
use crate::{Error, Result};

mod cluster;
mod locate;
mod orphan;
mod process;
mod remote;
mod socket;
mod supervise;
mod unprivileged;

/// Where the tables are.
pub enum Source {
    /// A cluster of our own in the data directory.
    Embedded(Embedded),
    /// `DATABASE_URL`: somebody's server.
    Url(SecretString),
}

#[derive(Clone, Debug)]
pub struct Embedded {
    /// The program's data directory, which the caller holds for itself (`instance`).
    pub data_dir: PathBuf,
    /// `MEMORYLOOP_POSTGRES_DIR`: this installation or none.
    pub postgres_dir: Option<PathBuf>,
    /// What came with the program.
    pub bundled_dir: Option<PathBuf>,
}

/// The running database. `stop` it; dropped, the server is told to stop and nobody waits for it.
pub struct Server {
    shared: Arc<Shared>,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// What the task that runs the server tells, and is told.
struct Shared {
    state: watch::Sender<DatabaseState>,
    /// Set once it has been ready; the pool outlives restarts.
    database: Mutex<Option<Reached>>,
    /// Why it is `Failed`.
    failure: Mutex<Option<Error>>,
    stop: CancellationToken,
}

#[derive(Clone)]
struct Reached {
    database: Database,
    owner: PgConnectOptions,
}

impl Server {
    /// Begins to start it, in a task of the present runtime.
    #[must_use]
    pub fn start(source: Source) -> Self {
        let shared = Arc::new(Shared {
            state: watch::Sender::new(DatabaseState::Starting),
            database: Mutex::new(None),
            failure: Mutex::new(None),
            stop: CancellationToken::new(),
        });
        let worker = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            let ended = match source {
                Source::Embedded(embedded) => supervise::run(&worker, &embedded).await,
                Source::Url(url) => remote::run(&worker, url).await,
            };
            if let Err(error) = ended {
                worker.give_up(error);
            }
        });
        Self { shared, task: Mutex::new(Some(task)) }
    }

    /// What becomes of it, now and later.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<DatabaseState> {
        self.shared.state.subscribe()
    }

    /// The tables, as soon as they can be reached. During a restart the same pool, whose statements wait a while.
    ///
    /// # Errors
    /// Why it failed: `PostgresMissing`, `NotWritable`, `DiskFull`, `DatabaseNewer`, …; `DatabaseUnavailable` when it
    /// was stopped.
    pub async fn database(&self) -> Result<Database> {
        Ok(self.reached().await?.database)
    }

    /// The tables if they can be reached now.
    ///
    /// # Errors
    /// As `database`, and `DatabaseUnavailable` while it is starting.
    pub fn database_now(&self) -> Result<Database> {
        if let Some(error) = self.shared.failure.lock().as_ref() {
            return Err(repeat(error));
        }
        let reached = self.shared.database.lock().clone();
        reached.map(|reached| reached.database).ok_or_else(|| Error::DatabaseUnavailable("it is starting".into()))
    }

    /// How the owner of the tables connects, for a backup or a test. Row-level security does not bind it.
    ///
    /// # Errors
    /// As `database`.
    pub async fn owner(&self) -> Result<PgConnectOptions> {
        Ok(self.reached().await?.owner)
    }

    async fn reached(&self) -> Result<Reached> {
        let mut state = self.shared.state.subscribe();
        loop {
            // Seen before it is looked at, so that no change is missed.
            state.borrow_and_update();
            if let Some(error) = self.shared.failure.lock().as_ref() {
                return Err(repeat(error));
            }
            if let Some(reached) = self.shared.database.lock().clone() {
                return Ok(reached);
            }
            let stopped = || Error::DatabaseUnavailable("it was stopped".into());
            tokio::select! {
                changed = state.changed() => changed.map_err(|_| stopped())?,
                () = self.shared.stop.cancelled() => return Err(stopped()),
            }
        }
    }

    /// Stops it, also in the middle of starting, and returns when the process has ended.
    pub async fn stop(&self) {
        self.shared.stop.cancel();
        let task = self.task.lock().take();
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the task that runs the database did not end well");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

impl Shared {
    fn publish(&self, state: DatabaseState) {
        tracing::info!(?state, "database");
        self.state.send_replace(state);
    }

    fn reach(&self, database: Database, owner: PgConnectOptions) {
        *self.database.lock() = Some(Reached { database, owner });
        self.ready();
    }

    fn ready(&self) {
        *self.failure.lock() = None;
        self.publish(DatabaseState::Ready);
    }

    /// For now: it is tried again.
    fn fail(&self, error: Error) {
        let message = error.to_string();
        self.failed(error, message);
    }

    /// For good: the sentence must not promise another attempt in this run.
    fn give_up(&self, error: Error) {
        let message = match &error {
            Error::DatabaseUnavailable(reason) => {
                format!("The database cannot be started: {reason}. Start MemoryLoop again to try once more.")
            }
            other => format!("{other} When that is mended, start MemoryLoop again."),
        };
        self.failed(error, message);
    }

    fn failed(&self, error: Error, message: String) {
        *self.failure.lock() = Some(error);
        self.publish(DatabaseState::Failed { message });
    }

    fn reached(&self) -> Option<Database> {
        self.database.lock().as_ref().map(|reached| reached.database.clone())
    }
}

/// The same failure for everyone who asks. Errors are not `Clone`, since most of them have one reader.
fn repeat(error: &Error) -> Error {
    match error {
        Error::PostgresMissing(text) => Error::PostgresMissing(text.clone()),
        Error::DatabaseNewer(text) => Error::DatabaseNewer(text.clone()),
        Error::DatabaseUnavailable(text) => Error::DatabaseUnavailable(text.clone()),
        Error::InvalidInput(text) => Error::InvalidInput(text.clone()),
        Error::NotWritable { path, reason } => Error::NotWritable { path: path.clone(), reason: reason.clone() },
        Error::DiskFull { path } => Error::DiskFull { path: path.clone() },
        Error::Internal(text) => Error::Internal(text.clone()),
        other => Error::internal(other),
    }
}
