//! The table `messages`: a turn as it is stored, and the outbox to LanceDB (`indexed_at IS NULL`).

use sqlx::{FromRow, PgConnection};

use super::{Database, failure, storable};
use crate::{
    Error, Result,
    chat::{Message, MessageStatus, Role},
    ids::{ConversationId, MessageId, UserId},
    llm::{ModelRef, Provider, Usage},
    time::UnixMillis,
};

/// What became of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Finish {
    /// The whole answer, or as much as came.
    pub content: String,
    pub status: MessageStatus,
    pub usage: Option<Usage>,
    /// For the person, when it failed or is short.
    pub problem: Option<String>,
}

#[derive(FromRow)]
struct Row {
    id: MessageId,
    conversation_id: ConversationId,
    role: String,
    content: String,
    status: String,
    model_provider: Option<String>,
    model_name: Option<String>,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    problem: Option<String>,
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
            (Some(input), Some(output)) => Some(Usage { input_tokens: tokens(input), output_tokens: tokens(output) }),
            _ => None,
        };
        Ok(Self {
            id: row.id,
            conversation_id: row.conversation_id,
            role: role_of(&row.role)?,
            content: row.content,
            status: status_of(&row.status)?,
            model,
            usage,
            problem: row.problem,
            has_flashcards: row.has_flashcards,
            created_at: row.created_at,
        })
    }
}

const GONE: Error = Error::NotFound { what: "The message" };

/// Stores a question and the empty answer that `model` is about to write, both or neither.
///
/// # Errors
/// `NotFound` when the conversation is gone.
pub async fn begin_turn(
    db: &Database,
    user: UserId,
    conversation: ConversationId,
    question: &str,
    model: &ModelRef,
    now: UnixMillis,
) -> Result<(Message, Message)> {
    let mut tx = db.begin(user).await?;
    // A clock that jumped back does not move the conversation down.
    let touched = sqlx::query("UPDATE conversations SET updated_at = greatest(updated_at, $2) WHERE id = $1")
        .bind(conversation)
        .bind(now)
        .execute(&mut *tx)
        .await
        .map_err(failure)?;
    if touched.rows_affected() == 0 {
        return Err(Error::NotFound { what: "The conversation" });
    }
    let asked = Message {
        id: MessageId::new(now),
        conversation_id: conversation,
        role: Role::User,
        content: storable(question).into_owned(),
        status: MessageStatus::Complete,
        model: None,
        usage: None,
        problem: None,
        has_flashcards: false,
        created_at: now,
    };
    let answer = Message {
        id: MessageId::new(now),
        role: Role::Assistant,
        content: String::new(),
        status: MessageStatus::Streaming,
        model: Some(model.clone()),
        ..asked.clone()
    };
    insert(&mut tx, user, &asked).await?;
    insert(&mut tx, user, &answer).await?;
    tx.commit().await.map_err(failure)?;
    Ok((asked, answer))
}

async fn insert(connection: &mut PgConnection, user: UserId, message: &Message) -> Result<()> {
    sqlx::query(
        "INSERT INTO messages (id, conversation_id, user_id, role, content, status, model_provider, model_name, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(message.id)
    .bind(message.conversation_id)
    .bind(user)
    .bind(role_name(message.role))
    .bind(&message.content)
    .bind(status_name(message.status))
    .bind(message.model.as_ref().map(|model| provider_name(model.provider)))
    .bind(message.model.as_ref().map(|model| storable(&model.name)))
    .bind(message.created_at)
    .execute(connection)
    .await
    .map(drop)
    .map_err(failure)
}

/// Keeps as much of an answer as has come. An answer that is finished already stays as it is: a late call loses.
///
/// # Errors
/// `NotFound` when the message is gone, with its conversation.
pub async fn save_partial(db: &Database, user: UserId, id: MessageId, content: &str) -> Result<()> {
    let mut tx = db.begin(user).await?;
    let found: Option<bool> = sqlx::query_scalar(
        "UPDATE messages SET
             content    = CASE WHEN status = 'streaming' THEN $2 ELSE content END,
             indexed_at = CASE WHEN status = 'streaming' THEN NULL ELSE indexed_at END
         WHERE id = $1 RETURNING true",
    )
    .bind(id)
    .bind(storable(content))
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
    let row: Option<Row> = sqlx::query_as(
        "UPDATE messages SET content = $2, status = $3, input_tokens = $4, output_tokens = $5, problem = $6,
             indexed_at = NULL
         WHERE id = $1
         RETURNING id, conversation_id, role, content, status, model_provider, model_name, input_tokens,
             output_tokens, problem, has_flashcards, created_at",
    )
    .bind(id)
    .bind(storable(&finish.content))
    .bind(status_name(finish.status))
    .bind(finish.usage.map(|usage| i64::from(usage.input_tokens)))
    .bind(finish.usage.map(|usage| i64::from(usage.output_tokens)))
    .bind(finish.problem.as_deref().map(storable))
    .fetch_optional(&mut *tx)
    .await
    .map_err(failure)?;
    let message: Message = row.ok_or(GONE)?.try_into()?;
    sqlx::query("UPDATE conversations SET updated_at = greatest(updated_at, $2) WHERE id = $1")
        .bind(message.conversation_id)
        .bind(now)
        .execute(&mut *tx)
        .await
        .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    Ok(message)
}

/// All messages of a conversation, oldest first.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn list(db: &Database, user: UserId, conversation: ConversationId) -> Result<Vec<Message>> {
    let mut tx = db.begin(user).await?;
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, conversation_id, role, content, status, model_provider, model_name, input_tokens, output_tokens,
             problem, has_flashcards, created_at
         FROM messages WHERE conversation_id = $1 ORDER BY position",
    )
    .bind(conversation)
    .fetch_all(&mut *tx)
    .await
    .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// # Errors
/// `NotFound`
pub async fn get(db: &Database, user: UserId, id: MessageId) -> Result<Message> {
    let mut tx = db.begin(user).await?;
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, conversation_id, role, content, status, model_provider, model_name, input_tokens, output_tokens,
             problem, has_flashcards, created_at
         FROM messages WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(&mut *tx)
    .await
    .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    row.ok_or(GONE)?.try_into()
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

/// Finished messages that LanceDB does not have yet, oldest first.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn unindexed(db: &Database, user: UserId, limit: u32) -> Result<Vec<Message>> {
    let mut tx = db.begin(user).await?;
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, conversation_id, role, content, status, model_provider, model_name, input_tokens, output_tokens,
             problem, has_flashcards, created_at
         FROM messages WHERE user_id = $1 AND indexed_at IS NULL AND status <> 'streaming' ORDER BY position LIMIT $2",
    )
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

fn tokens(stored: i64) -> u32 {
    u32::try_from(stored).unwrap_or(u32::MAX)
}

pub(crate) fn provider_name(provider: Provider) -> &'static str {
    match provider {
        Provider::Ollama => "ollama",
        Provider::Claude => "claude",
    }
}

pub(crate) fn provider_of(name: &str) -> Result<Provider> {
    match name {
        "ollama" => Ok(Provider::Ollama),
        "claude" => Ok(Provider::Claude),
        other => Err(Error::Internal(format!("the database names a provider that is not known: {other}"))),
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

fn role_of(name: &str) -> Result<Role> {
    match name {
        "user" => Ok(Role::User),
        "assistant" => Ok(Role::Assistant),
        other => Err(Error::Internal(format!("the database names a role that is not known: {other}"))),
    }
}

fn status_name(status: MessageStatus) -> &'static str {
    match status {
        MessageStatus::Streaming => "streaming",
        MessageStatus::Complete => "complete",
        MessageStatus::Interrupted => "interrupted",
        MessageStatus::Failed => "failed",
    }
}

fn status_of(name: &str) -> Result<MessageStatus> {
    match name {
        "streaming" => Ok(MessageStatus::Streaming),
        "complete" => Ok(MessageStatus::Complete),
        "interrupted" => Ok(MessageStatus::Interrupted),
        "failed" => Ok(MessageStatus::Failed),
        other => Err(Error::Internal(format!("the database names a status that is not known: {other}"))),
    }
}
