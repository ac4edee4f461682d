//! The pool and row-level security; then a file a table.
//!
//! Every statement runs in a transaction that has become the role `memoryloop_app`, which owns nothing, and has said
//! in `app.user_id` who is signed in. Without that no row is visible (migrations/ holds the policies).

use serde::{Deserialize, Serialize};
use specta::Type;
use sqlx::{
    PgConnection, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};

use crate::{Error, Result, ids::UserId};

pub mod conversations;
pub mod drafts;
pub mod messages;
pub(crate) use messages::{provider_name, provider_of};
mod migrate;
pub mod server;

/// What becomes of the database, as the window shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DatabaseState {
    Starting,
    Ready,
    /// It died and is being started again; what was acknowledged is safe.
    Restarting,
    Failed {
        message: String,
    },
}

/// How long a statement waits for a connection. A restart of the server fits in.
const PATIENCE: Duration = Duration::from_secs(10);

/// One person works here: a turn of chat, the outbox and the window at once.
const CONNECTIONS: u32 = 6;

/// The tables, reached as the unprivileged role. Clones share one pool.
#[derive(Clone)]
pub struct Database {
    pool: PgPool,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The pool's options hold a password.
        f.debug_struct("Database").finish_non_exhaustive()
    }
}

impl Database {
    /// Brings the database up to date as `owner`, then opens the pool as `login`, who may be the same.
    ///
    /// # Errors
    /// `DatabaseNewer` when a newer program has migrated it, `DatabaseUnavailable` when it does not answer,
    /// `PostgresMissing` when the server lacks an extension or the permission to make one.
    pub async fn connect(owner: &PgConnectOptions, login: PgConnectOptions) -> Result<Self> {
        migrate::run(owner, &login).await?;
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .idle_timeout(Duration::from_secs(60))
            .connect_with(login)
            .await
            .map_err(failure)?;
        let database = Self { pool };
        database.check_role().await?;
        Ok(database)
    }

    /// A transaction in which `user` sees their own rows and nobody else's.
    ///
    /// # Errors
    /// `DatabaseUnavailable` when no connection is to be had; trying again is right.
    pub async fn begin(&self, user: UserId) -> Result<Begun> {
        self.begin_with("app.user_id", &user.to_string()).await
    }

    /// A transaction in which nothing is visible but what a policy shows for `setting`: signing in finds one row by
    /// its e-mail or token before the person is known.
    pub(crate) async fn begin_with(&self, setting: &'static str, value: &str) -> Result<Begun> {
        let pool = self.pool.clone();
        let mut transaction = Begun(apart(async move { pool.begin().await }).await.map_err(failure)?);
        sqlx::query("SELECT set_config('role', 'memoryloop_app', true), set_config($1, $2, true)")
            .bind(setting)
            .bind(value)
            .execute(&mut *transaction)
            .await
            .map_err(failure)?;
        Ok(transaction)
    }

    /// Whether the server answers now.
    ///
    /// # Errors
    /// `DatabaseUnavailable` when it does not.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.pool).await.map(drop).map_err(failure)
    }

    /// Gives all connections back; later calls fail as `DatabaseUnavailable`.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Whether it was closed for good: nothing can be stored any more, and trying again is of no use.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.pool.is_closed()
    }

    /// The pool itself, as the login role without a person: for tests that try to get past the policies.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Says at once, and not in the first turn of chat, when the login may not become the role.
    async fn check_role(&self) -> Result<()> {
        match self.begin_with("app.user_id", "").await {
            Ok(transaction) => transaction.rollback().await.map_err(failure),
            Err(Error::DatabaseUnavailable(reason)) => Err(Error::DatabaseUnavailable(reason)),
            Err(_) => Err(Error::PostgresMissing(
                "The server's login may not become the role memoryloop_app. Ask its administrator for: \
                 GRANT memoryloop_app TO the login in DATABASE_URL."
                    .into(),
            )),
        }
    }
}

/// A transaction. It is rolled back when it is dropped, wherever that is.
///
/// Its first and its last word are tasks of their own: whoever waits for one may go away (a turn is stopped, a window is
/// closed), and sqlx counts a transaction only when the answer is there (sqlx-postgres 0.9, transaction.rs). A BEGIN that
/// is dropped on the way would give the pool a connection with a transaction in it that nobody knows of.
pub struct Begun(Transaction<'static, Postgres>);

impl Begun {
    /// # Errors
    /// When it could not be committed, or nobody knows whether it was.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        apart(self.0.commit()).await
    }

    /// # Errors
    /// When the connection broke; the transaction is gone all the same.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        apart(self.0.rollback()).await
    }
}

impl Deref for Begun {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.0
    }
}

impl DerefMut for Begun {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}

/// Does `work` to its end, also when whoever waits for it goes away.
async fn apart<T: Send + 'static>(
    work: impl Future<Output = Result<T, sqlx::Error>> + Send + 'static,
) -> Result<T, sqlx::Error> {
    tokio::spawn(work).await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
}

/// What a failed statement means to whoever called. Texts of the server that may hold values are left out.
pub(crate) fn failure(error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Protocol(_) => Error::DatabaseUnavailable(error.to_string()),
        sqlx::Error::Database(reported) => match reported.code().as_deref() {
            Some("53100") => Error::DiskFull { path: "the database".into() },
            // Class 08: the connection broke; 57P0x: the server stops or starts; 53300: too many connections.
            Some(code) if code.starts_with("08") || code.starts_with("57P0") || code == "53300" => {
                Error::DatabaseUnavailable(reported.message().to_owned())
            }
            code => Error::Internal(format!("the database refused ({}): {}", code.unwrap_or("?"), reported.message())),
        },
        _ => Error::internal(error),
    }
}

/// Whether a statement failed because such a row is there already.
pub(crate) fn is_duplicate(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(reported) if reported.is_unique_violation())
}

/// PostgreSQL's text cannot hold U+0000. It becomes U+FFFD, as CommonMark asks of every Markdown reader, so that the
/// message is kept and no character moves (cards name their place by counting characters).
pub(crate) fn storable(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{FFFD}").into() } else { text.into() }
}
