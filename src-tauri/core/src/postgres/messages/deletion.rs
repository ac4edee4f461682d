//! Messages deleted, restored, and at last gone for good.

use std::collections::HashSet;

use sqlx::PgConnection;

use super::{GONE, conversation_of, failure, lock, move_head, tree};
use crate::{
    Result,
    chat::{Role, tree::Tree},
    ids::{ConversationId, MessageId, UserId},
    postgres::Database,
    time::UnixMillis,
};

/// What is to go for good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doomed {
    pub conversations: Vec<ConversationId>,
    /// Of conversations that stay.
    pub messages: Vec<MessageId>,
}

/// Deletes a question with all its answers, whichever of them `id` is; what was said after stays. Returns its
/// conversation.
///
/// # Errors
/// `NotFound`
pub async fn delete(db: &Database, user: UserId, id: MessageId, now: UnixMillis) -> Result<ConversationId> {
    let mut tx = db.begin(user).await?;
    let conversation = conversation_of(&mut tx, id).await?;
    lock(&mut tx, conversation).await?;
    let tree = tree(&mut tx, conversation).await?;
    sqlx::query("UPDATE messages SET deleted_at = $2 WHERE id = ANY($1) AND deleted_at IS NULL")
        .bind(exchange(&tree, id))
        .bind(now)
        .execute(&mut *tx)
        .await
        .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    Ok(conversation)
}

/// Takes [`delete`] back, and shows the exchange again. Twice is the same as once. Returns its conversation.
///
/// # Errors
/// `NotFound` when it is gone for good.
pub async fn restore(db: &Database, user: UserId, id: MessageId) -> Result<ConversationId> {
    let mut tx = db.begin(user).await?;
    let conversation: Option<ConversationId> = sqlx::query_scalar("SELECT conversation_id FROM messages WHERE id = $1")
        .bind(id)
        .fetch_optional(&mut *tx)
        .await
        .map_err(failure)?;
    let conversation = conversation.ok_or(GONE)?;
    let head = lock(&mut tx, conversation).await?;
    let deleted = tree(&mut tx, conversation).await?;
    sqlx::query("UPDATE messages SET deleted_at = NULL WHERE id = ANY($1)")
        .bind(exchange(&deleted, id))
        .execute(&mut *tx)
        .await
        .map_err(failure)?;
    let tree = tree(&mut tx, conversation).await?;
    if !tree.path(head).contains(&id) {
        let leaf = tree.leaf(Some(id)).ok_or(GONE)?;
        move_head(&mut tx, conversation, &tree, head, leaf).await?;
    }
    tx.commit().await.map_err(failure)?;
    Ok(conversation)
}

/// A question and all its answers.
fn exchange(tree: &Tree, id: MessageId) -> Vec<MessageId> {
    let is_question = |id: &MessageId| tree.any(*id).is_some_and(|node| node.role == Role::User);
    let question =
        if is_question(&id) { Some(id) } else { tree.any(id).and_then(|node| node.parent).filter(is_question) };
    let Some(question) = question else { return vec![id] };
    let answers = tree.nodes().iter().filter(|node| node.parent == Some(question) && node.role == Role::Assistant);
    std::iter::once(question).chain(answers.map(|node| node.id)).collect()
}

/// What was deleted before `before` and is there still.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn doomed(db: &Database, user: UserId, before: UnixMillis) -> Result<Doomed> {
    let mut tx = db.begin(user).await?;
    let conversations = sqlx::query_scalar("SELECT id FROM conversations WHERE user_id = $1 AND deleted_at < $2")
        .bind(user)
        .bind(before)
        .fetch_all(&mut *tx)
        .await
        .map_err(failure)?;
    let messages = sqlx::query_scalar(
        "SELECT messages.id FROM messages JOIN conversations ON conversations.id = messages.conversation_id
         WHERE messages.user_id = $1 AND messages.deleted_at < $2
             AND (conversations.deleted_at IS NULL OR conversations.deleted_at >= $2)",
    )
    .bind(user)
    .bind(before)
    .fetch_all(&mut *tx)
    .await
    .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    Ok(Doomed { conversations, messages })
}

/// Deletes for good what is deleted still. What followed a message then follows the one before it.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn purge(db: &Database, user: UserId, doomed: &Doomed) -> Result<()> {
    let mut tx = db.begin(user).await?;
    sqlx::query("DELETE FROM conversations WHERE id = ANY($1) AND deleted_at IS NOT NULL")
        .bind(&doomed.conversations)
        .execute(&mut *tx)
        .await
        .map_err(failure)?;
    let touched: Vec<ConversationId> =
        sqlx::query_scalar("SELECT DISTINCT conversation_id FROM messages WHERE id = ANY($1) ORDER BY 1")
            .bind(&doomed.messages)
            .fetch_all(&mut *tx)
            .await
            .map_err(failure)?;
    for conversation in touched {
        purge_from(&mut tx, conversation, &doomed.messages).await?;
    }
    tx.commit().await.map_err(failure)
}

async fn purge_from(connection: &mut PgConnection, conversation: ConversationId, doomed: &[MessageId]) -> Result<()> {
    let head: Option<Option<MessageId>> =
        sqlx::query_scalar("SELECT head_id FROM conversations WHERE id = $1 FOR UPDATE")
            .bind(conversation)
            .fetch_optional(&mut *connection)
            .await
            .map_err(failure)?;
    let Some(head) = head else { return Ok(()) };
    let tree = tree(&mut *connection, conversation).await?;
    let deleted = |id: &&MessageId| tree.any(**id).is_some_and(|node| node.deleted);
    let going: HashSet<MessageId> = doomed.iter().filter(deleted).copied().collect();
    let (orphans, parents): (Vec<MessageId>, Vec<Option<MessageId>>) = tree
        .nodes()
        .iter()
        .filter(|node| !going.contains(&node.id) && node.parent.is_some_and(|parent| going.contains(&parent)))
        .map(|node| (node.id, staying(&tree, node.parent, &going)))
        .unzip();
    sqlx::query(
        "UPDATE messages SET parent_id = moved.parent FROM unnest($1::uuid[], $2::uuid[]) AS moved (id, parent)
         WHERE messages.id = moved.id",
    )
    .bind(orphans)
    .bind(parents)
    .execute(&mut *connection)
    .await
    .map_err(failure)?;
    if head.is_some_and(|head| going.contains(&head)) {
        sqlx::query("UPDATE conversations SET head_id = $2 WHERE id = $1")
            .bind(conversation)
            .bind(staying(&tree, head, &going))
            .execute(&mut *connection)
            .await
            .map_err(failure)?;
    }
    let going: Vec<MessageId> = going.into_iter().collect();
    see_from_what_stays(&mut *connection, &tree, &going).await?;
    sqlx::query("DELETE FROM messages WHERE id = ANY($1)")
        .bind(going)
        .execute(connection)
        .await
        .map(drop)
        .map_err(failure)
}

/// What a model saw began at a message that goes: it is said to begin at the next, where it has been shown to since that
/// was deleted.
async fn see_from_what_stays(connection: &mut PgConnection, tree: &Tree, going: &[MessageId]) -> Result<()> {
    let saw: Vec<(MessageId, MessageId)> =
        sqlx::query_as("SELECT id, seen_from FROM messages WHERE seen_from = ANY($1) AND NOT id = ANY($1)")
            .bind(going)
            .fetch_all(&mut *connection)
            .await
            .map_err(failure)?;
    let (ids, froms): (Vec<MessageId>, Vec<Option<MessageId>>) =
        saw.into_iter().map(|(id, from)| (id, tree.shown_from(from, id))).unzip();
    sqlx::query(
        "UPDATE messages SET seen_from = moved.seen_from FROM unnest($1::uuid[], $2::uuid[]) AS moved (id, seen_from)
         WHERE messages.id = moved.id",
    )
    .bind(ids)
    .bind(froms)
    .execute(connection)
    .await
    .map(drop)
    .map_err(failure)
}

/// The nearest message from `at` back that stays.
fn staying(tree: &Tree, mut at: Option<MessageId>, going: &HashSet<MessageId>) -> Option<MessageId> {
    while let Some(id) = at.filter(|id| going.contains(id)) {
        at = tree.any(id).and_then(|node| node.parent);
    }
    at
}
