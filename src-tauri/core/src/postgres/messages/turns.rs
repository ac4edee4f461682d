//! The beginning of a turn: what it asks is looked up among what is stored, then stored in one step.

use sqlx::PgConnection;

use super::{GONE, failure, lock, move_head, provider_name, read, role_name, status_name, storable, tree};
use crate::{
    Error, Result,
    chat::{
        Message, MessageStatus, Role, Seen, TurnRequest,
        tree::{Node, Tree},
    },
    ids::{ConversationId, MessageId, UserId},
    llm::ModelRef,
    postgres::Database,
    time::UnixMillis,
};

/// What a turn does to the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A question after a message, deleted or not, or the first.
    Question { after: Option<MessageId> },
    /// A question in other words.
    Wording { of: MessageId },
    /// Another answer to a question.
    Answer { to: MessageId },
    /// The same answer from its beginning: nothing came of it.
    Again { answer: MessageId },
    /// The rest of an answer.
    Rest { answer: MessageId },
}

/// A turn that may begin.
#[derive(Clone, Debug)]
pub struct Plan {
    pub conversation: ConversationId,
    pub ask: Ask,
    pub question: String,
    /// The path to the question, oldest first.
    pub history: Vec<Message>,
    /// The answer that is to be continued.
    pub so_far: Option<Message>,
    /// Of a question in other words: the words before.
    pub reworded: Option<String>,
}

/// Looks up what `request` asks of `conversation`. Stores nothing.
///
/// # Errors
/// `NotFound` when the conversation is gone, or a message of the request, or is in another one; `InvalidInput` when
/// this cannot be asked of it.
pub async fn plan(db: &Database, user: UserId, conversation: ConversationId, request: &TurnRequest) -> Result<Plan> {
    let mut tx = db.begin(user).await?;
    let head = lock(&mut tx, conversation).await?;
    let tree = tree(&mut tx, conversation).await?;
    let planning = Planning { conversation, tree: &tree, head };
    let plan = match request {
        TurnRequest::Send { content } => planning.question(&mut tx, content).await,
        TurnRequest::Edit { message_id, content } => planning.wording(&mut tx, *message_id, content).await,
        TurnRequest::Regenerate { message_id } => planning.answer(&mut tx, *message_id).await,
        TurnRequest::Continue { message_id } => planning.rest(&mut tx, *message_id).await,
    }?;
    tx.commit().await.map_err(failure)?;
    Ok(plan)
}

struct Planning<'a> {
    conversation: ConversationId,
    tree: &'a Tree,
    head: Option<MessageId>,
}

impl Planning<'_> {
    async fn question(&self, connection: &mut PgConnection, content: &str) -> Result<Plan> {
        let path = self.tree.path(self.head);
        let history = read(connection, self.tree, &path).await?;
        Ok(self.plan(Ask::Question { after: self.tree.end(self.head) }, worded(content)?, history))
    }

    async fn wording(&self, connection: &mut PgConnection, id: MessageId, content: &str) -> Result<Plan> {
        if self.node(id)?.role != Role::User {
            return Err(Error::InvalidInput("Only a question can be edited, not an answer.".into()));
        }
        let (history, before) = self.with_history(connection, id).await?;
        Ok(Plan { reworded: Some(before.content), ..self.plan(Ask::Wording { of: id }, worded(content)?, history) })
    }

    async fn answer(&self, connection: &mut PgConnection, id: MessageId) -> Result<Plan> {
        let (question, answer) = match self.node(id)?.role {
            Role::User => (id, self.answer_shown(id)),
            Role::Assistant => (self.question_of(id)?, Some(id)),
        };
        let (history, asked) = self.with_history(connection, question).await?;
        let answer = match answer {
            Some(answer) => read(connection, self.tree, &[answer]).await?.pop(),
            None => None,
        };
        let ask = match answer {
            Some(answer) => self.answer_again(&answer, question),
            None => Ask::Answer { to: question },
        };
        Ok(self.plan(ask, asked.content, history))
    }

    async fn rest(&self, connection: &mut PgConnection, id: MessageId) -> Result<Plan> {
        if self.node(id)?.role != Role::Assistant {
            return Err(Error::InvalidInput("Only an answer can go on. Choose the answer to this question.".into()));
        }
        let question = self.question_of(id)?;
        let (history, asked) = self.with_history(connection, question).await?;
        let so_far = read(connection, self.tree, &[id]).await?.pop().ok_or(GONE)?;
        if so_far.content.trim().is_empty() {
            return Ok(self.plan(self.answer_again(&so_far, question), asked.content, history));
        }
        if so_far.status == MessageStatus::Complete && so_far.problem.is_none() {
            return Err(Error::InvalidInput("This answer is complete. Ask a question to hear more.".into()));
        }
        if !self.tree.after(Some(id)).is_empty() {
            return Err(Error::InvalidInput(
                "The conversation has gone on since this answer. Ask for the rest in a new question.".into(),
            ));
        }
        let plan = self.plan(Ask::Rest { answer: id }, asked.content, history);
        Ok(Plan { so_far: Some(so_far), ..plan })
    }

    fn plan(&self, ask: Ask, question: String, history: Vec<Message>) -> Plan {
        Plan { conversation: self.conversation, ask, question, history, so_far: None, reworded: None }
    }

    fn node(&self, id: MessageId) -> Result<&Node> {
        self.tree.get(id).ok_or(GONE)
    }

    fn question_of(&self, answer: MessageId) -> Result<MessageId> {
        let before = self.tree.before(answer).and_then(|id| self.tree.get(id));
        before.filter(|node| node.role == Role::User).map(|node| node.id).ok_or(GONE)
    }

    /// The answer that is shown to a question, or else the last.
    fn answer_shown(&self, question: MessageId) -> Option<MessageId> {
        let answers: Vec<MessageId> = self.tree.after(Some(question)).to_vec();
        let answers: Vec<MessageId> = answers.into_iter().filter(|&id| self.is_answer(id)).collect();
        let path = self.tree.path(self.head);
        path.into_iter().find(|id| answers.contains(id)).or_else(|| answers.last().copied())
    }

    fn is_answer(&self, id: MessageId) -> bool {
        self.tree.get(id).is_some_and(|node| node.role == Role::Assistant)
    }

    /// One that holds nothing is no version that anybody wants to see again, unless something was said after it.
    fn answer_again(&self, answer: &Message, question: MessageId) -> Ask {
        let is_empty = answer.content.trim().is_empty() && answer.thoughts.trim().is_empty();
        let came_to_nothing = is_empty && self.tree.after(Some(answer.id)).is_empty();
        if came_to_nothing { Ask::Again { answer: answer.id } } else { Ask::Answer { to: question } }
    }

    /// What was said before a question, and the question.
    async fn with_history(
        &self,
        connection: &mut PgConnection,
        question: MessageId,
    ) -> Result<(Vec<Message>, Message)> {
        let mut path = read(connection, self.tree, &self.tree.up_to(question)).await?;
        let asked = path.pop().ok_or(GONE)?;
        Ok((path, asked))
    }
}

fn worded(content: &str) -> Result<String> {
    if content.trim().is_empty() {
        return Err(Error::InvalidInput("There is nothing to send yet. Write your question first.".into()));
    }
    Ok(storable(content).into_owned())
}

/// Stores the beginning of a turn, all or nothing: question and answer, the answer empty or as far as it was, to be
/// written by `model`.
///
/// # Errors
/// `NotFound` when what the plan names has gone since.
pub async fn begin(
    db: &Database,
    user: UserId,
    plan: &Plan,
    model: &ModelRef,
    seen: Seen,
    now: UnixMillis,
) -> Result<(Message, Message)> {
    let mut tx = db.begin(user).await?;
    let head = lock(&mut tx, plan.conversation).await?;
    let before = tree(&mut tx, plan.conversation).await?;
    let beginning = Beginning { user, plan, model, now };
    let (question, answer) = beginning.store(&mut tx, &before, head).await?;
    let seen_from = match seen {
        Seen::All => None,
        Seen::From(id) => Some(id),
        Seen::Question => Some(question),
    };
    sqlx::query("UPDATE messages SET seen_from = $2 WHERE id = $1")
        .bind(answer)
        .bind(seen_from)
        .execute(&mut *tx)
        .await
        .map_err(failure)?;
    // A clock that jumped back does not move the conversation down.
    sqlx::query("UPDATE conversations SET updated_at = greatest(updated_at, $2) WHERE id = $1")
        .bind(plan.conversation)
        .bind(now)
        .execute(&mut *tx)
        .await
        .map_err(failure)?;
    move_head(&mut tx, plan.conversation, &before, head, answer).await?;
    let after = tree(&mut tx, plan.conversation).await?;
    let mut stored = read(&mut tx, &after, &[question, answer]).await?;
    tx.commit().await.map_err(failure)?;
    match (stored.pop(), stored.pop()) {
        (Some(answer), Some(question)) => Ok((question, answer)),
        _ => Err(GONE),
    }
}

struct Beginning<'a> {
    user: UserId,
    plan: &'a Plan,
    model: &'a ModelRef,
    now: UnixMillis,
}

impl Beginning<'_> {
    async fn store(
        &self,
        connection: &mut PgConnection,
        tree: &Tree,
        head: Option<MessageId>,
    ) -> Result<(MessageId, MessageId)> {
        let there = |id: MessageId| tree.get(id).copied().ok_or(GONE);
        match self.plan.ask {
            Ask::Question { after } => {
                // Deleted a moment ago, it still has its place; gone for good, it leaves the end of what is shown.
                let after = after.filter(|&id| tree.any(id).is_some()).or_else(|| tree.end(head));
                self.insert_both(connection, after).await
            }
            // Beside the other wording, even where what both follow is deleted: it may be restored.
            Ask::Wording { of } => self.insert_both(connection, there(of)?.parent).await,
            Ask::Answer { to } => {
                let answer = self.insert(connection, Some(there(to)?.id), Role::Assistant).await?;
                Ok((to, answer))
            }
            Ask::Again { answer } => {
                let question = there(answer)?.parent.ok_or(GONE)?;
                self.reopen(
                    connection,
                    answer,
                    // What the attempts took stays with it: the end of this one adds to that.
                    "UPDATE messages SET content = '', thoughts = '', status = 'streaming', problem = NULL,
                         problem_kind = NULL, problem_retry_at = NULL, model_provider = $2, model_name = $3,
                         indexed_at = NULL
                     WHERE id = $1",
                )
                .await?;
                Ok((question, answer))
            }
            Ask::Rest { answer } => {
                let question = there(answer)?.parent.ok_or(GONE)?;
                self.reopen(
                    connection,
                    answer,
                    "UPDATE messages SET status = 'streaming', problem = NULL, problem_kind = NULL,
                         problem_retry_at = NULL, model_provider = $2, model_name = $3, indexed_at = NULL
                     WHERE id = $1",
                )
                .await?;
                Ok((question, answer))
            }
        }
    }

    async fn insert_both(
        &self,
        connection: &mut PgConnection,
        parent: Option<MessageId>,
    ) -> Result<(MessageId, MessageId)> {
        let question = self.insert(connection, parent, Role::User).await?;
        Ok((question, self.insert(connection, Some(question), Role::Assistant).await?))
    }

    async fn insert(&self, connection: &mut PgConnection, parent: Option<MessageId>, role: Role) -> Result<MessageId> {
        let id = MessageId::new(self.now);
        let (content, status, model) = match role {
            Role::User => (self.plan.question.as_str(), MessageStatus::Complete, None),
            Role::Assistant => ("", MessageStatus::Streaming, Some(self.model)),
        };
        sqlx::query(
            "INSERT INTO messages
                 (id, conversation_id, user_id, parent_id, role, content, status, model_provider, model_name, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(id)
        .bind(self.plan.conversation)
        .bind(self.user)
        .bind(parent)
        .bind(role_name(role))
        .bind(content)
        .bind(status_name(status))
        .bind(model.map(|model| provider_name(model.provider)))
        .bind(model.map(|model| storable(&model.name)))
        .bind(self.now)
        .execute(connection)
        .await
        .map_err(failure)?;
        Ok(id)
    }

    async fn reopen(&self, connection: &mut PgConnection, answer: MessageId, update: &'static str) -> Result<()> {
        sqlx::query(update)
            .bind(answer)
            .bind(provider_name(self.model.provider))
            .bind(storable(&self.model.name))
            .execute(connection)
            .await
            .map(drop)
            .map_err(failure)
    }
}
