//! The table `messages`: messages as they are read, grow and are finished; what else is done with them has files of
//! its own.

mod deletion;
mod names;
mod outbox;
mod turns;
mod versions;

use sqlx::{FromRow, PgConnection};

pub use deletion::{Doomed, delete, doomed, purge, restore};
use names::{kind_name, kind_of, role_name, role_of, status_name, status_of, tokens};
pub(crate) use names::{provider_name, provider_of};
pub use outbox::{mark_indexed, unindexed};
pub use turns::{Ask, Plan, begin, plan};
pub use versions::{branch, count_answers, show};

use super::{Database, failure, storable};
use crate::{
    Error, Result,
    chat::{
        Message, MessageStatus, Problem, ProblemKind,
        tree::{Node, Tree},
    },
    ids::{ConversationId, MessageId, UserId},
    llm::{ModelRef, Usage},
    time::UnixMillis,
};

/// What became of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Finish {
    /// The whole answer, or as much as came.
    pub content: String,
    pub thoughts: String,
    pub status: MessageStatus,
    pub usage: Option<Usage>,
    /// US dollars.
    pub cost_usd: Option<f64>,
    /// For the person, when it failed or is short.
    pub problem: Option<Problem>,
}

/// The columns of a [`Row`].
macro_rules! columns {
    () => {
        "messages.id, messages.conversation_id, messages.parent_id, messages.role, messages.content, messages.thoughts,
         messages.status, messages.model_provider, messages.model_name, messages.input_tokens, messages.output_tokens,
         messages.usage_at_least, messages.cost_usd, messages.problem, messages.problem_kind, messages.problem_retry_at, messages.seen_from,
         messages.has_flashcards, messages.created_at"
    };
}
use columns;

#[derive(FromRow)]
struct Row {
    id: MessageId,
    conversation_id: ConversationId,
    parent_id: Option<MessageId>,
    role: String,
    content: String,
    thoughts: String,
    status: String,
    model_provider: Option<String>,
    model_name: Option<String>,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    usage_at_least: bool,
    cost_usd: Option<f64>,
    problem: Option<String>,
    problem_kind: Option<String>,
    problem_retry_at: Option<UnixMillis>,
    seen_from: Option<MessageId>,
    has_flashcards: bool,
    created_at: UnixMillis,
}

impl TryFrom<Row> for Message {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let model = match (row.model_provider, row.model_name) {
            (Some(provider), Some(name)) => Some(ModelRef { provider: provider_of(&provider)?, name }),
            _ => None,
        };
        let usage = match (row.input_tokens, row.output_tokens) {
            (Some(input), Some(output)) => Some(Usage {
                input_tokens: tokens(input),
                output_tokens: tokens(output),
                at_least: row.usage_at_least,
                ..Usage::default()
            }),
            _ => None,
        };
        let kind = row.problem_kind.as_deref().map_or(ProblemKind::Unknown, kind_of);
        Ok(Self {
            id: row.id,
            conversation_id: row.conversation_id,
            parent_id: row.parent_id,
            versions: vec![row.id],
            role: role_of(&row.role)?,
            content: row.content,
            thoughts: row.thoughts,
            status: status_of(&row.status)?,
            model,
            usage,
            cost_usd: row.cost_usd,
            problem: row.problem.map(|message| Problem { kind, message, retry_at: row.problem_retry_at }),
            seen_from: row.seen_from,
            has_flashcards: row.has_flashcards,
            created_at: row.created_at,
        })
    }
}

const GONE: Error = Error::NotFound { what: "The message" };

#[derive(FromRow)]
struct Place {
    id: MessageId,
    parent_id: Option<MessageId>,
    role: String,
    last_shown: i64,
    deleted: bool,
}

/// All messages of a conversation without their texts.
async fn tree(connection: &mut PgConnection, conversation: ConversationId) -> Result<Tree> {
    let places: Vec<Place> = sqlx::query_as(
        "SELECT id, parent_id, role, last_shown, deleted_at IS NOT NULL AS deleted
         FROM messages WHERE conversation_id = $1 ORDER BY position",
    )
    .bind(conversation)
    .fetch_all(connection)
    .await
    .map_err(failure)?;
    let node = |place: Place| {
        let Place { id, parent_id: parent, last_shown, deleted, .. } = place;
        Ok(Node { id, parent, role: role_of(&place.role)?, last_shown, deleted })
    };
    Ok(Tree::new(places.into_iter().map(node).collect::<Result<_>>()?))
}

/// These messages in this order; those that are gone are left out.
async fn read(connection: &mut PgConnection, tree: &Tree, ids: &[MessageId]) -> Result<Vec<Message>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted (id, place) JOIN messages ON messages.id = wanted.id
          WHERE messages.deleted_at IS NULL ORDER BY wanted.place"
    ))
    .bind(ids)
    .fetch_all(connection)
    .await
    .map_err(failure)?;
    rows.into_iter().map(|row| Ok(placed(row.try_into()?, tree))).collect()
}

/// Whose row this is to change until the transaction ends, with the head of its shown path.
async fn lock(connection: &mut PgConnection, conversation: ConversationId) -> Result<Option<MessageId>> {
    sqlx::query_scalar("SELECT head_id FROM conversations WHERE id = $1 AND deleted_at IS NULL FOR UPDATE")
        .bind(conversation)
        .fetch_optional(connection)
        .await
        .map_err(failure)?
        .ok_or(Error::NotFound { what: "The conversation" })
}

/// Lets the shown path end at `head`, and notes which end is left so that it can be found again.
async fn move_head(
    connection: &mut PgConnection,
    conversation: ConversationId,
    tree: &Tree,
    left: Option<MessageId>,
    head: MessageId,
) -> Result<()> {
    if left != Some(head) {
        sqlx::query("UPDATE messages SET last_shown = $2 WHERE id = $1")
            .bind(left)
            .bind(tree.next_rank())
            .execute(&mut *connection)
            .await
            .map_err(failure)?;
    }
    sqlx::query("UPDATE conversations SET head_id = $2 WHERE id = $1")
        .bind(conversation)
        .bind(head)
        .execute(connection)
        .await
        .map(drop)
        .map_err(failure)
}

/// A message with its place as it is shown.
fn placed(message: Message, tree: &Tree) -> Message {
    let seen_from = message.seen_from.and_then(|from| tree.shown_from(from, message.id));
    Message { parent_id: tree.before(message.id), versions: tree.versions(message.id).to_vec(), seen_from, ..message }
}

/// Keeps as much of an answer as has come, and its thoughts if they have grown. An answer that is finished already stays
/// as it is: a late call loses.
///
/// # Errors
/// `NotFound` when the message is gone, with its conversation.
pub async fn save_partial(
    db: &Database,
    user: UserId,
    id: MessageId,
    content: &str,
    thoughts: Option<&str>,
) -> Result<()> {
    let mut tx = db.begin(user).await?;
    let found: Option<bool> = sqlx::query_scalar(
        "UPDATE messages SET
             content    = CASE WHEN status = 'streaming' THEN $2 ELSE content END,
             thoughts   = CASE WHEN status = 'streaming' THEN coalesce($3, thoughts) ELSE thoughts END,
             indexed_at = CASE WHEN status = 'streaming' THEN NULL ELSE indexed_at END
         WHERE id = $1 RETURNING true",
    )
    .bind(id)
    .bind(storable(content))
    .bind(thoughts.map(storable))
    .fetch_optional(&mut *tx)
    .await
    .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    found.map(drop).ok_or(GONE)
}

/// Stores what became of an answer; it will be copied to LanceDB (again). Doing it twice is the same as once.
///
/// # Errors
/// `NotFound` when the message is gone, with its conversation.
pub async fn finish(db: &Database, user: UserId, id: MessageId, finish: &Finish, now: UnixMillis) -> Result<Message> {
    let mut tx = db.begin(user).await?;
    // The conversation first, as whatever deletes or shows messages does: in the other order two could wait for each other.
    sqlx::query(
        "UPDATE conversations SET updated_at = greatest(updated_at, $2)
         WHERE id = (SELECT conversation_id FROM messages WHERE id = $1)",
    )
    .bind(id)
    .bind(now)
    .execute(&mut *tx)
    .await
    .map_err(failure)?;
    let row: Option<Row> = sqlx::query_as(concat!(
        "UPDATE messages SET content = $2, thoughts = $3, status = $4, input_tokens = $5, output_tokens = $6,
             cost_usd = $7, problem = $8, problem_kind = $9, problem_retry_at = $10, usage_at_least = $11, indexed_at = NULL
         WHERE id = $1 RETURNING ",
        columns!()
    ))
    .bind(id)
    .bind(storable(&finish.content))
    .bind(storable(&finish.thoughts))
    .bind(status_name(finish.status))
    .bind(finish.usage.map(|usage| i64::from(usage.input_tokens)))
    .bind(finish.usage.map(|usage| i64::from(usage.output_tokens)))
    .bind(finish.cost_usd)
    .bind(finish.problem.as_ref().map(|problem| storable(&problem.message)))
    .bind(finish.problem.as_ref().map(|problem| kind_name(problem.kind)))
    .bind(finish.problem.as_ref().and_then(|problem| problem.retry_at))
    .bind(finish.usage.is_some_and(|usage| usage.at_least))
    .fetch_optional(&mut *tx)
    .await
    .map_err(failure)?;
    let message: Message = row.ok_or(GONE)?.try_into()?;
    let tree = tree(&mut tx, message.conversation_id).await?;
    tx.commit().await.map_err(failure)?;
    Ok(placed(message, &tree))
}

/// The messages that are shown, oldest first: a path through the tree. Nothing, of a conversation that is gone.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn list(db: &Database, user: UserId, conversation: ConversationId) -> Result<Vec<Message>> {
    let mut tx = db.begin(user).await?;
    let head: Option<Option<MessageId>> =
        sqlx::query_scalar("SELECT head_id FROM conversations WHERE id = $1 AND deleted_at IS NULL")
            .bind(conversation)
            .fetch_optional(&mut *tx)
            .await
            .map_err(failure)?;
    let Some(head) = head else { return Ok(Vec::new()) };
    let tree = tree(&mut tx, conversation).await?;
    let shown = read(&mut tx, &tree, &tree.path(head)).await?;
    tx.commit().await.map_err(failure)?;
    Ok(shown)
}

/// # Errors
/// `NotFound`, also of what is deleted.
pub async fn get(db: &Database, user: UserId, id: MessageId) -> Result<Message> {
    let mut tx = db.begin(user).await?;
    let conversation = conversation_of(&mut tx, id).await?;
    let tree = tree(&mut tx, conversation).await?;
    let found = read(&mut tx, &tree, &[id]).await?.pop();
    tx.commit().await.map_err(failure)?;
    found.ok_or(GONE)
}

/// What these messages say, deleted ones too, which can be restored; without those that are gone for good.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn contents(db: &Database, user: UserId, ids: &[MessageId]) -> Result<Vec<(MessageId, String)>> {
    let mut tx = db.begin(user).await?;
    let found = sqlx::query_as("SELECT id, content FROM messages WHERE id = ANY($1) AND user_id = $2")
        .bind(ids)
        .bind(user)
        .fetch_all(&mut *tx)
        .await
        .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    Ok(found)
}

/// The conversation of a message, neither of them deleted.
async fn conversation_of(connection: &mut PgConnection, id: MessageId) -> Result<ConversationId> {
    sqlx::query_scalar(
        "SELECT conversations.id FROM messages JOIN conversations ON conversations.id = messages.conversation_id
         WHERE messages.id = $1 AND messages.deleted_at IS NULL AND conversations.deleted_at IS NULL",
    )
    .bind(id)
    .fetch_optional(connection)
    .await
    .map_err(failure)?
    .ok_or(GONE)
}

/// Answers that a crash left `streaming` become `interrupted`, with what had come. Returns how many.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn interrupt_streaming(db: &Database, user: UserId) -> Result<u64> {
    let mut tx = db.begin(user).await?;
    let done = sqlx::query(
        "UPDATE messages SET status = 'interrupted', indexed_at = NULL WHERE user_id = $1 AND status = 'streaming'",
    )
    .bind(user)
    .execute(&mut *tx)
    .await
    .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    Ok(done.rows_affected())
}

/// Of these answers, those that are `streaming` still become `interrupted`, with what had come.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn interrupt(db: &Database, user: UserId, ids: &[MessageId]) -> Result<()> {
    let mut tx = db.begin(user).await?;
    sqlx::query(
        "UPDATE messages SET status = 'interrupted', indexed_at = NULL WHERE id = ANY($1) AND status = 'streaming'",
    )
    .bind(ids)
    .execute(&mut *tx)
    .await
    .map_err(failure)?;
    tx.commit().await.map_err(failure)
}

/// Notes that cards were made from these messages. Those that are gone are passed over.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn mark_flashcards(db: &Database, user: UserId, ids: &[MessageId]) -> Result<()> {
    let mut tx = db.begin(user).await?;
    sqlx::query("UPDATE messages SET has_flashcards = true WHERE id = ANY($1)")
        .bind(ids)
        .execute(&mut *tx)
        .await
        .map_err(failure)?;
    tx.commit().await.map_err(failure)
}

/// The messages of a conversation that cards were made from.
///
/// # Errors
/// `NotFound` when the conversation is gone.
pub async fn ids_with_flashcards(db: &Database, user: UserId, conversation: ConversationId) -> Result<Vec<MessageId>> {
    let mut tx = db.begin(user).await?;
    let there: Option<bool> = sqlx::query_scalar("SELECT true FROM conversations WHERE id = $1 AND deleted_at IS NULL")
        .bind(conversation)
        .fetch_optional(&mut *tx)
        .await
        .map_err(failure)?;
    there.ok_or(Error::NotFound { what: "The conversation" })?;
    let ids =
        sqlx::query_scalar("SELECT id FROM messages WHERE conversation_id = $1 AND has_flashcards ORDER BY position")
            .bind(conversation)
            .fetch_all(&mut *tx)
            .await
            .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    Ok(ids)
}
