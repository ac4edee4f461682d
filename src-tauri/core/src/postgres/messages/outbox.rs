//! The outbox to LanceDB: messages that are not copied there yet (`indexed_at IS NULL`).

use super::{Row, columns};
use crate::{
    Result,
    chat::Message,
    ids::{MessageId, UserId},
    postgres::{Database, failure},
    time::UnixMillis,
};

/// Finished messages that LanceDB does not have yet, oldest first.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn unindexed(db: &Database, user: UserId, limit: u32) -> Result<Vec<Message>> {
    let mut tx = db.begin(user).await?;
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM messages JOIN conversations ON conversations.id = messages.conversation_id
          WHERE messages.user_id = $1 AND messages.indexed_at IS NULL AND messages.status <> 'streaming'
              AND messages.deleted_at IS NULL AND conversations.deleted_at IS NULL
          ORDER BY messages.position LIMIT $2"
    ))
    .bind(user)
    .bind(i64::from(limit))
    .fetch_all(&mut *tx)
    .await
    .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Notes that LanceDB has these messages. Call it when the copy is durable.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn mark_indexed(db: &Database, user: UserId, ids: &[MessageId], now: UnixMillis) -> Result<()> {
    let mut tx = db.begin(user).await?;
    sqlx::query("UPDATE messages SET indexed_at = $2 WHERE id = ANY($1) AND status <> 'streaming'")
        .bind(ids)
        .bind(now)
        .execute(&mut *tx)
        .await
        .map_err(failure)?;
    tx.commit().await.map_err(failure)
}
