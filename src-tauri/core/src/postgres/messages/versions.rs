//! Other versions shown, and a path copied into a conversation of its own.

use std::collections::HashMap;

use super::{GONE, conversation_of, failure, lock, move_head, storable, tree};
use crate::{
    Result,
    ids::{ConversationId, MessageId, UserId},
    postgres::Database,
    time::UnixMillis,
};

/// Shows a message, with what was shown after it last. Returns its conversation.
///
/// # Errors
/// `NotFound`
pub async fn show(db: &Database, user: UserId, id: MessageId) -> Result<ConversationId> {
    let mut tx = db.begin(user).await?;
    let conversation = conversation_of(&mut tx, id).await?;
    let head = lock(&mut tx, conversation).await?;
    let tree = tree(&mut tx, conversation).await?;
    let leaf = tree.get(id).and_then(|node| tree.leaf(Some(node.id))).ok_or(GONE)?;
    if !tree.path(head).contains(&id) {
        move_head(&mut tx, conversation, &tree, head, leaf).await?;
    }
    tx.commit().await.map_err(failure)?;
    Ok(conversation)
}

/// How many answers a conversation has, those of other versions included.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn count_answers(db: &Database, user: UserId, conversation: ConversationId) -> Result<i64> {
    let mut tx = db.begin(user).await?;
    let count = sqlx::query_scalar(
        "SELECT count(*) FROM messages WHERE conversation_id = $1 AND role = 'assistant' AND deleted_at IS NULL",
    )
    .bind(conversation)
    .fetch_one(&mut *tx)
    .await
    .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    Ok(count)
}

/// A new conversation called `title` with copies of what is shown up to `id`, that message included. An answer that is
/// being written is copied as far as it has come.
///
/// # Errors
/// `NotFound`
pub async fn branch(
    db: &Database,
    user: UserId,
    id: MessageId,
    title: impl FnOnce(&str) -> String,
    now: UnixMillis,
) -> Result<ConversationId> {
    let mut tx = db.begin(user).await?;
    let from = conversation_of(&mut tx, id).await?;
    let old = tree(&mut tx, from).await?.up_to(id);
    let copied: HashMap<MessageId, MessageId> = old.iter().map(|&id| (id, MessageId::new(now))).collect();
    let new: Vec<MessageId> = old.iter().map(|id| copied[id]).collect();
    let parents: Vec<Option<MessageId>> = std::iter::once(None).chain(new.iter().copied().map(Some)).collect();
    let called: String = sqlx::query_scalar("SELECT title FROM conversations WHERE id = $1")
        .bind(from)
        .fetch_one(&mut *tx)
        .await
        .map_err(failure)?;
    let to = ConversationId::new(now);
    sqlx::query(
        "INSERT INTO conversations
             (id, user_id, title, model_provider, model_name, thinking, head_id, created_at, updated_at)
         SELECT $2, user_id, $3, model_provider, model_name, thinking, $4, $5, $5 FROM conversations WHERE id = $1",
    )
    .bind(from)
    .bind(to)
    .bind(storable(&title(&called)))
    .bind(new.last())
    .bind(now)
    .execute(&mut *tx)
    .await
    .map_err(failure)?;
    // In the order of the path, which gives them their positions.
    sqlx::query(
        "INSERT INTO messages
             (id, conversation_id, user_id, parent_id, role, content, thoughts, status, model_provider, model_name,
              input_tokens, output_tokens, usage_at_least, cost_usd, problem, problem_kind, problem_retry_at, seen_from, created_at)
         SELECT copy.id, $4, old.user_id, copy.parent, old.role, old.content, old.thoughts,
              CASE WHEN old.status = 'streaming' THEN 'interrupted' ELSE old.status END, old.model_provider,
              old.model_name, old.input_tokens, old.output_tokens, old.usage_at_least, old.cost_usd, old.problem, old.problem_kind,
              old.problem_retry_at, seen.id, old.created_at
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) WITH ORDINALITY AS copy (old, id, parent, place)
         JOIN messages old ON old.id = copy.old
         LEFT JOIN unnest($1::uuid[], $2::uuid[]) AS seen (old, id) ON seen.old = old.seen_from
         ORDER BY copy.place",
    )
    .bind(&old)
    .bind(&new)
    .bind(&parents[..new.len()])
    .bind(to)
    .execute(&mut *tx)
    .await
    .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    Ok(to)
}
