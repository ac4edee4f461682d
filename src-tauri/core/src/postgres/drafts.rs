//! The table `drafts`: cards that wait for the person's word, and for a day those that were dealt with.

use serde_json::json;
use sqlx::{FromRow, PgConnection};

use super::{Database, failure, storable};
use crate::{
    Error, Result,
    cards::{Draft, NewCard, NewDraft, NoteKind, Source},
    ids::{CardId, DraftId, MessageId, UserId},
    time::UnixMillis,
};

const GONE: Error = Error::NotFound { what: "This draft" };

const COLUMNS: &str = "id, kind, question, answer, tags, source_message, source_start, source_end, \
                       source_hash, passage, claimed, card_ids, created_at";

/// A draft as it is stored; what an expert would object to is not.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    pub draft: Draft,
    /// The cards that were made of it, or are to be.
    pub card_ids: Vec<CardId>,
}

#[derive(FromRow)]
struct Row {
    id: DraftId,
    kind: String,
    question: String,
    answer: String,
    tags: Vec<String>,
    source_message: Option<MessageId>,
    source_start: Option<i64>,
    source_end: Option<i64>,
    source_hash: Option<String>,
    passage: Option<String>,
    claimed: Option<String>,
    card_ids: Vec<CardId>,
    created_at: UnixMillis,
}

impl TryFrom<Row> for Stored {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let place = |at: i64| u32::try_from(at).unwrap_or(0);
        let source = match (row.source_message, row.source_start, row.source_end) {
            (Some(message_id), Some(start), Some(end)) => {
                Some(Source { message_id, start: place(start), end: place(end), hash: row.source_hash })
            }
            _ => None,
        };
        let card =
            NewCard { kind: kind_of(&row.kind)?, question: row.question, answer: row.answer, tags: row.tags, source };
        let draft = Draft {
            id: row.id,
            card,
            passage: row.passage,
            claimed: row.claimed,
            findings: Vec::new(),
            created_at: row.created_at,
        };
        Ok(Self { draft, card_ids: row.card_ids })
    }
}

/// Puts drafts into the tray behind those that are there, all or none.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn insert(db: &Database, user: UserId, drafts: &[NewDraft], now: UnixMillis) -> Result<Vec<Draft>> {
    let ids: Vec<DraftId> = drafts.iter().map(|_| DraftId::new(now)).collect();
    insert_as(db, user, &ids, drafts, now).await
}

/// [`insert`] under ids that the caller chose, one for each draft: what is there already is left as it is, so that it can
/// be tried again when it is not known whether it was done. Gives those of them that wait.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn insert_as(
    db: &Database,
    user: UserId,
    ids: &[DraftId],
    drafts: &[NewDraft],
    now: UnixMillis,
) -> Result<Vec<Draft>> {
    let mut tx = db.begin(user).await?;
    let stored = insert_all(&mut tx, user, (ids, drafts), None, now).await?;
    tx.commit().await.map_err(failure)?;
    Ok(stored)
}

/// `behind` is the position, and the place before the first; none for behind all others.
async fn insert_all(
    connection: &mut PgConnection,
    user: UserId,
    (ids, drafts): (&[DraftId], &[NewDraft]),
    behind: Option<(i64, i32)>,
    now: UnixMillis,
) -> Result<Vec<Draft>> {
    // Both are named in either query, which therefore has all parameters.
    let (column, position) = if behind.is_some() { (", position", ", $13") } else { ("", "") };
    let query = format!(
        "INSERT INTO drafts (id, user_id, kind, question, answer, tags, source_message, source_start, source_end,
             source_hash, passage, claimed, created_at, changed_at, place{column})
         SELECT new.id, $11, new.kind, new.question, new.answer,
             ARRAY(SELECT tag FROM jsonb_array_elements_text(new.tags::jsonb) WITH ORDINALITY AS all_tags (tag, at)
                   ORDER BY at),
             new.message, new.first, new.last, new.hash, new.passage, new.claimed, $12, $12,
             CASE WHEN $13::bigint IS NULL THEN 0 ELSE $14::integer + new.at::integer END{position}
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::bigint[], $8::bigint[],
                     $9::text[], $10::text[], $15::text[])
             WITH ORDINALITY AS new (id, kind, question, answer, tags, message, first, last, hash, passage, claimed, at)
         ORDER BY new.at
         ON CONFLICT (id) DO NOTHING"
    );
    let cards = || drafts.iter().map(|draft| &draft.card);
    let sources = || cards().map(|card| card.source.as_ref());
    let hashes = || sources().map(|source| source.and_then(|source| source.hash.as_deref()).map(storable));
    sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(ids)
        .bind(cards().map(|card| kind_name(card.kind)).collect::<Vec<_>>())
        .bind(cards().map(|card| storable(&card.question)).collect::<Vec<_>>())
        .bind(cards().map(|card| storable(&card.answer)).collect::<Vec<_>>())
        .bind(cards().map(|card| json!(tags(card)).to_string()).collect::<Vec<_>>())
        .bind(sources().map(|source| source.map(|source| source.message_id)).collect::<Vec<_>>())
        .bind(sources().map(|source| source.map(|source| i64::from(source.start))).collect::<Vec<_>>())
        .bind(sources().map(|source| source.map(|source| i64::from(source.end))).collect::<Vec<_>>())
        .bind(hashes().collect::<Vec<_>>())
        .bind(drafts.iter().map(|draft| draft.passage.as_deref().map(storable)).collect::<Vec<_>>())
        .bind(user)
        .bind(now)
        .bind(behind.map(|(position, _)| position))
        .bind(behind.map(|(_, place)| place))
        .bind(drafts.iter().map(|draft| draft.claimed.as_deref().map(storable)).collect::<Vec<_>>())
        .execute(&mut *connection)
        .await
        .map_err(failure)?;
    let rows = rows(connection, user, "state = 'waiting' AND id = ANY($1)", ids).await?;
    Ok(rows.into_iter().map(|stored| stored.draft).collect())
}

/// What waits in the tray, in order.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn list(db: &Database, user: UserId) -> Result<Vec<Stored>> {
    select(db, user, "state = 'waiting'", &[]).await
}

/// Those of `ids` that wait in the tray, in its order.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn waiting(db: &Database, user: UserId, ids: &[DraftId]) -> Result<Vec<Stored>> {
    select(db, user, "state = 'waiting' AND id = ANY($1)", ids).await
}

/// Those of `ids` that were kept or dropped, in the tray's order.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn dealt_with(db: &Database, user: UserId, ids: &[DraftId]) -> Result<Vec<Stored>> {
    select(db, user, "state <> 'waiting' AND id = ANY($1)", ids).await
}

/// Drafts whose keeping has begun and not ended: by this session at this moment, or when the program crashed.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn unsettled(db: &Database, user: UserId) -> Result<Vec<Stored>> {
    select(db, user, "state = 'waiting' AND card_ids <> '{}'", &[]).await
}

async fn select(db: &Database, user: UserId, which: &str, ids: &[DraftId]) -> Result<Vec<Stored>> {
    let mut tx = db.begin(user).await?;
    let found = rows(&mut tx, user, which, ids).await?;
    tx.commit().await.map_err(failure)?;
    Ok(found)
}

async fn rows(connection: &mut PgConnection, user: UserId, which: &str, ids: &[DraftId]) -> Result<Vec<Stored>> {
    // Named in each query, so that it has the parameter whether or not it uses it.
    let query = format!(
        "SELECT {COLUMNS} FROM drafts WHERE user_id = $2 AND $1::uuid[] IS NOT NULL AND {which} ORDER BY position, place"
    );
    let rows: Vec<Row> =
        sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(ids).bind(user).fetch_all(connection).await.map_err(failure)?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// How many wait in the tray.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn count(db: &Database, user: UserId) -> Result<u32> {
    let mut tx = db.begin(user).await?;
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM drafts WHERE user_id = $1 AND state = 'waiting'")
        .bind(user)
        .fetch_one(&mut *tx)
        .await
        .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Changes what a waiting draft says; of other words it is no matter what the model claimed.
///
/// # Errors
/// `NotFound` when it does not wait any more.
pub async fn update(db: &Database, user: UserId, id: DraftId, card: &NewCard, now: UnixMillis) -> Result<Draft> {
    let mut tx = db.begin(user).await?;
    let source = card.source.as_ref();
    let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "UPDATE drafts SET kind = $2, question = $3, answer = $4, tags = $5, source_message = $6, source_start = $7,
             source_end = $8, source_hash = $9, changed_at = $10,
             claimed = CASE WHEN question = $3 AND answer = $4 THEN claimed END
         WHERE id = $1 AND state = 'waiting' RETURNING {COLUMNS}"
    )))
    .bind(id)
    .bind(kind_name(card.kind))
    .bind(storable(&card.question))
    .bind(storable(&card.answer))
    .bind(tags(card))
    .bind(source.map(|source| source.message_id))
    .bind(source.map(|source| i64::from(source.start)))
    .bind(source.map(|source| i64::from(source.end)))
    .bind(source.and_then(|source| source.hash.as_deref()).map(storable))
    .bind(now)
    .fetch_optional(&mut *tx)
    .await
    .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    Ok(Stored::try_from(row.ok_or(GONE)?)?.draft)
}

/// Puts `new` in the place of a waiting draft, which can be restored for a day as if it had been dropped.
///
/// # Errors
/// `NotFound` when it does not wait any more; nothing has changed then.
pub async fn replace(
    db: &Database,
    user: UserId,
    id: DraftId,
    new: &[NewDraft],
    now: UnixMillis,
) -> Result<Vec<Draft>> {
    let mut tx = db.begin(user).await?;
    let at: Option<(i64, i32)> = sqlx::query_as(
        "UPDATE drafts SET state = 'dropped', changed_at = $2 WHERE id = $1 AND state = 'waiting'
         RETURNING position, place",
    )
    .bind(id)
    .bind(now)
    .fetch_optional(&mut *tx)
    .await
    .map_err(failure)?;
    let (position, place) = at.ok_or(GONE)?;
    let many = i32::try_from(new.len()).unwrap_or(i32::MAX);
    sqlx::query("UPDATE drafts SET place = place + $3 WHERE position = $1 AND place > $2")
        .bind(position)
        .bind(place)
        .bind(many)
        .execute(&mut *tx)
        .await
        .map_err(failure)?;
    let ids: Vec<DraftId> = new.iter().map(|_| DraftId::new(now)).collect();
    let stored = insert_all(&mut tx, user, (&ids, new), Some((position, place)), now).await?;
    tx.commit().await.map_err(failure)?;
    Ok(stored)
}

/// Notes which cards waiting drafts are about to become, at least one each, all or none.
///
/// # Errors
/// `NotFound` when one does not wait any more.
pub async fn begin_keeping(db: &Database, user: UserId, drafts: &[(DraftId, Vec<CardId>)]) -> Result<()> {
    let mut tx = db.begin(user).await?;
    let made = drafts.iter().flat_map(|(draft, cards)| cards.iter().map(move |&card| (*draft, card)));
    let (of, cards): (Vec<DraftId>, Vec<CardId>) = made.unzip();
    let done = sqlx::query(
        "UPDATE drafts SET card_ids = new.cards
         FROM (SELECT draft, array_agg(card ORDER BY at) AS cards
               FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS made (draft, card, at) GROUP BY draft) AS new
         WHERE drafts.id = new.draft AND drafts.state = 'waiting'",
    )
    .bind(of)
    .bind(cards)
    .execute(&mut *tx)
    .await
    .map_err(failure)?;
    if done.rows_affected() < drafts.len() as u64 {
        return Err(GONE);
    }
    tx.commit().await.map_err(failure)
}

/// The cards of these drafts are there (`kept`), or are not and the drafts wait as before.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn end_keeping(db: &Database, user: UserId, ids: &[DraftId], kept: bool, now: UnixMillis) -> Result<()> {
    let set = if kept { "state = 'kept', changed_at = $2" } else { "card_ids = '{}', changed_at = $2" };
    change(db, user, set, "state = 'waiting'", ids, now).await.map(drop)
}

/// Takes waiting drafts out of the tray.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn discard(db: &Database, user: UserId, ids: &[DraftId], now: UnixMillis) -> Result<()> {
    change(db, user, "state = 'dropped', changed_at = $2", "state = 'waiting' AND card_ids = '{}'", ids, now)
        .await
        .map(drop)
}

/// Has kept or dropped drafts wait again. The cards of a kept one stay noted until [`end_keeping`] says that they are
/// gone.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn restore(db: &Database, user: UserId, ids: &[DraftId], now: UnixMillis) -> Result<()> {
    change(db, user, "state = 'waiting', changed_at = $2", "state <> 'waiting'", ids, now).await.map(drop)
}

async fn change(db: &Database, user: UserId, set: &str, which: &str, ids: &[DraftId], now: UnixMillis) -> Result<u64> {
    let mut tx = db.begin(user).await?;
    let done = sqlx::query(sqlx::AssertSqlSafe(format!("UPDATE drafts SET {set} WHERE id = ANY($1) AND {which}")))
        .bind(ids)
        .bind(now)
        .execute(&mut *tx)
        .await
        .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    Ok(done.rows_affected())
}

/// Deletes what was dealt with before `before`.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn purge(db: &Database, user: UserId, before: UnixMillis) -> Result<()> {
    let mut tx = db.begin(user).await?;
    sqlx::query("DELETE FROM drafts WHERE user_id = $1 AND state <> 'waiting' AND changed_at < $2")
        .bind(user)
        .bind(before)
        .execute(&mut *tx)
        .await
        .map_err(failure)?;
    tx.commit().await.map_err(failure)
}

fn tags(card: &NewCard) -> Vec<String> {
    card.tags.iter().map(|tag| storable(tag).into_owned()).collect()
}

fn kind_name(kind: NoteKind) -> &'static str {
    match kind {
        NoteKind::Basic => "basic",
        NoteKind::Reversed => "reversed",
        NoteKind::Cloze => "cloze",
    }
}

fn kind_of(name: &str) -> Result<NoteKind> {
    match name {
        "basic" => Ok(NoteKind::Basic),
        "reversed" => Ok(NoteKind::Reversed),
        "cloze" => Ok(NoteKind::Cloze),
        other => Err(Error::Internal(format!("the database names a kind of note that is not known: {other}"))),
    }
}
