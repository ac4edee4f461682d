//! Brings a database to the schema that this program knows, or says clearly why not.

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection,
    migrate::{MigrateError, Migrator},
    postgres::PgConnectOptions,
};

use super::failure;
use crate::{Error, Result};

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// The login of the embedded server's pool; it owns nothing and inherits nothing.
pub(super) const LOGIN: &str = "memoryloop_login";

/// Migrates as `owner`; where `login` is the embedded server's own, lets it become the unprivileged role.
pub(super) async fn run(owner: &PgConnectOptions, login: &PgConnectOptions) -> Result<()> {
    let mut connection = owner.connect().await.map_err(failure)?;
    // A failed run leaves its advisory lock behind, which closing the connection takes away.
    let migrated = match check_version(&mut connection).await {
        Ok(()) => MIGRATIONS.run_direct(None, &mut connection, false).await.map_err(explain),
        Err(error) => Err(error),
    };
    let admitted = match migrated {
        Ok(()) if login.get_username() == LOGIN => admit(&mut connection).await,
        other => other,
    };
    if let Err(error) = connection.close().await {
        tracing::debug!(%error, "the migrating connection did not close cleanly");
    }
    admitted
}

/// PostgreSQL 15 is the oldest that the migrations are written for.
async fn check_version(connection: &mut PgConnection) -> Result<()> {
    let version: i32 = sqlx::query_scalar("SELECT current_setting('server_version_num')::int")
        .fetch_one(&mut *connection)
        .await
        .map_err(failure)?;
    if version < 150_000 {
        return Err(Error::PostgresMissing(format!(
            "The server is PostgreSQL {}; MemoryLoop needs version 15 or later.",
            version / 10_000
        )));
    }
    Ok(())
}

/// The pool's login exists since the cluster was made; the role it may become, since the migrations.
async fn admit(connection: &mut PgConnection) -> Result<()> {
    let member: bool = sqlx::query_scalar("SELECT pg_has_role($1, 'memoryloop_app', 'MEMBER')")
        .bind(LOGIN)
        .fetch_one(&mut *connection)
        .await
        .map_err(failure)?;
    if !member {
        sqlx::query(AssertSqlSafe(format!("GRANT memoryloop_app TO {LOGIN}")))
            .execute(connection)
            .await
            .map_err(failure)?;
    }
    Ok(())
}

fn explain(error: MigrateError) -> Error {
    let newest = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
    match error {
        MigrateError::VersionMissing(version) => {
            Error::DatabaseNewer(format!("its database has step {version}, this program knows steps up to {newest}"))
        }
        MigrateError::VersionMismatch(version) => Error::Internal(format!(
            "step {version} of the database was made by another build of MemoryLoop and is not the same here; \
             open it with the version that made it"
        )),
        MigrateError::Execute(error) => failure(error),
        MigrateError::ExecuteMigration(error, version) => explain_statement(error, version),
        other => Error::internal(other),
    }
}

/// A server that is not ours may lack an extension, or the right to make it.
fn explain_statement(error: sqlx::Error, version: i64) -> Error {
    let sqlx::Error::Database(reported) = &error else { return failure(error) };
    let what_to_do = match reported.code().as_deref() {
        Some("42501") => "Its administrator has to allow this, or to run the migrations",
        // Extension control files that are not there: undefined_file, feature_not_supported.
        Some("58P01" | "0A000") => "Its administrator has to install the extension pgcrypto",
        _ => return failure(error),
    };
    Error::PostgresMissing(format!(
        "The server cannot be set up for MemoryLoop (step {version}): {}. {what_to_do}.",
        reported.message()
    ))
}
