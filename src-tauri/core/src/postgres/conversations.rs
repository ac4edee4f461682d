//! The table `conversations`.

use sqlx::{FromRow, Postgres, postgres::PgArguments, query::Query};

use super::{Database, failure, provider_name, provider_of, storable};
use crate::{
    Error, Result,
    chat::ConversationSummary,
    ids::{ConversationId, UserId},
    llm::ModelRef,
    time::UnixMillis,
};

#[derive(FromRow)]
struct Row {
    id: ConversationId,
    title: String,
    model_provider: String,
    model_name: String,
    thinking: bool,
    created_at: UnixMillis,
    updated_at: UnixMillis,
}

impl TryFrom<Row> for ConversationSummary {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            title: row.title,
            model: ModelRef { provider: provider_of(&row.model_provider)?, name: row.model_name },
            thinking: row.thinking,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

const GONE: Error = Error::NotFound { what: "The conversation" };

/// A new conversation without messages.
///
/// # Errors
/// `NotSignedIn` when there is no such person.
pub async fn create(
    db: &Database,
    user: UserId,
    title: &str,
    model: &ModelRef,
    now: UnixMillis,
) -> Result<ConversationSummary> {
    let id = ConversationId::new(now);
    let mut tx = db.begin(user).await?;
    let row: Row = sqlx::query_as(
        "INSERT INTO conversations (id, user_id, title, model_provider, model_name, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6)
         RETURNING id, title, model_provider, model_name, thinking, created_at, updated_at",
    )
    .bind(id)
    .bind(user)
    .bind(storable(title))
    .bind(provider_name(model.provider))
    .bind(storable(&model.name))
    .bind(now)
    .fetch_one(&mut *tx)
    .await
    .map_err(no_such_user)?;
    tx.commit().await.map_err(failure)?;
    row.try_into()
}

/// A profile that was deleted elsewhere is signed out.
fn no_such_user(error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::Database(reported) if reported.is_foreign_key_violation() => Error::NotSignedIn,
        _ => failure(error),
    }
}

/// The newest change first; with `before`, those that changed earlier than it. Conversations that changed in the same
/// millisecond as the last one come too, over `limit`, so that paging by time leaves none out.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn list(
    db: &Database,
    user: UserId,
    limit: u32,
    before: Option<UnixMillis>,
) -> Result<Vec<ConversationSummary>> {
    let mut tx = db.begin(user).await?;
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM (
             SELECT id, title, model_provider, model_name, thinking, created_at, updated_at FROM conversations
             WHERE user_id = $1 AND deleted_at IS NULL AND ($2::bigint IS NULL OR updated_at < $2)
             ORDER BY updated_at DESC FETCH FIRST ($3) ROWS WITH TIES
         ) AS page ORDER BY updated_at DESC, id DESC",
    )
    .bind(user)
    .bind(before)
    .bind(i64::from(limit))
    .fetch_all(&mut *tx)
    .await
    .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// # Errors
/// `NotFound`
pub async fn get(db: &Database, user: UserId, id: ConversationId) -> Result<ConversationSummary> {
    let mut tx = db.begin(user).await?;
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, title, model_provider, model_name, thinking, created_at, updated_at FROM conversations
         WHERE id = $1 AND deleted_at IS NULL",
    )
    .bind(id)
    .fetch_optional(&mut *tx)
    .await
    .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    row.ok_or(GONE)?.try_into()
}

/// Gives it another name; its place in the list stays.
///
/// # Errors
/// `NotFound`
pub async fn rename(db: &Database, user: UserId, id: ConversationId, title: &str) -> Result<()> {
    let mut tx = db.begin(user).await?;
    let done = sqlx::query("UPDATE conversations SET title = $2 WHERE id = $1 AND deleted_at IS NULL")
        .bind(id)
        .bind(storable(title))
        .execute(&mut *tx)
        .await
        .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    if done.rows_affected() == 0 { Err(GONE) } else { Ok(()) }
}

/// Gives it a name in place of `given` (or of none), and returns the name that it has. A name that the person chose
/// meanwhile stays.
///
/// # Errors
/// `NotFound`
pub async fn rename_if_called(
    db: &Database,
    user: UserId,
    id: ConversationId,
    given: &str,
    title: &str,
) -> Result<String> {
    let mut tx = db.begin(user).await?;
    let title: Option<String> = sqlx::query_scalar(
        "UPDATE conversations SET title = CASE WHEN btrim(title) IN ('', $2) THEN $3 ELSE title END
         WHERE id = $1 AND deleted_at IS NULL RETURNING title",
    )
    .bind(id)
    .bind(storable(given))
    .bind(storable(title))
    .fetch_optional(&mut *tx)
    .await
    .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    title.ok_or(GONE)
}

/// The model that the next turn asks; its place in the list stays.
///
/// # Errors
/// `NotFound`
pub async fn set_model(db: &Database, user: UserId, id: ConversationId, model: &ModelRef) -> Result<()> {
    let set = sqlx::query(
        "UPDATE conversations SET model_provider = $2, model_name = $3 WHERE id = $1 AND deleted_at IS NULL",
    );
    change(db, user, set.bind(id).bind(provider_name(model.provider)).bind(storable(&model.name))).await
}

/// Whether a model that can think first is asked to.
///
/// # Errors
/// `NotFound`
pub async fn set_thinking(db: &Database, user: UserId, id: ConversationId, thinking: bool) -> Result<()> {
    let set = sqlx::query("UPDATE conversations SET thinking = $2 WHERE id = $1 AND deleted_at IS NULL");
    change(db, user, set.bind(id).bind(thinking)).await
}

/// Takes it with its messages out of sight; `messages::purge` deletes it for good.
///
/// # Errors
/// `NotFound`
pub async fn delete(db: &Database, user: UserId, id: ConversationId, now: UnixMillis) -> Result<()> {
    let set = sqlx::query("UPDATE conversations SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL");
    change(db, user, set.bind(id).bind(now)).await
}

/// A change of one conversation that is there.
async fn change(db: &Database, user: UserId, change: Query<'_, Postgres, PgArguments>) -> Result<()> {
    let mut tx = db.begin(user).await?;
    let done = change.execute(&mut *tx).await.map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    if done.rows_affected() == 0 { Err(GONE) } else { Ok(()) }
}

/// Takes [`delete`] back. Twice is the same as once.
///
/// # Errors
/// `NotFound` when it is gone for good.
pub async fn restore(db: &Database, user: UserId, id: ConversationId) -> Result<ConversationSummary> {
    let mut tx = db.begin(user).await?;
    let row: Option<Row> = sqlx::query_as(
        "UPDATE conversations SET deleted_at = NULL WHERE id = $1
         RETURNING id, title, model_provider, model_name, thinking, created_at, updated_at",
    )
    .bind(id)
    .fetch_optional(&mut *tx)
    .await
    .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    row.ok_or(GONE)?.try_into()
}
