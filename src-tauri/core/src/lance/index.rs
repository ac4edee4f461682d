//! Reading the tables: by id, by text, by meaning; and the indexes that make it quick.

use std::collections::{BTreeSet, HashMap};

use arrow_array::RecordBatch;
use futures::TryStreamExt;
use lancedb::{
    DistanceType, Table,
    index::{
        Index,
        scalar::{BTreeIndexBuilder, BitmapIndexBuilder, FtsIndexBuilder, FullTextSearchQuery},
        vector::IvfFlatIndexBuilder,
    },
    query::{ExecutableQuery, QueryBase, Select},
};

use super::{
    rows::{self, Embedding, FLASHCARDS, MESSAGES, MessageCopy, REVIEW_LOGS, SCHEDULES},
    tables::{Tables, in_list, lance_error},
};
use crate::{
    cards::Card,
    error::{Error, Result},
    ids::{CardId, MessageId},
    review::{ReviewLog, Schedule},
    time::UnixMillis,
};

/// Below this many rows a scan is as quick as an index.
const ROWS_WORTH_AN_INDEX: usize = 1_000;
/// Measured: a flat search over 50,000 vectors takes 76 ms, so an index pays from about here.
const VECTORS_WORTH_AN_INDEX: usize = 10_000;
/// The index is built anew when this share of the vectors came after it.
const STALE_SHARE: f64 = 0.5;

const CARD_COLUMNS: [&str; 12] = [
    "id",
    "question",
    "answer",
    "tags",
    "source_message",
    "source_start",
    "source_end",
    "source_hash",
    "created_at",
    "updated_at",
    "kind",
    "note_id",
];
const MESSAGE_COLUMNS: [&str; 5] = ["id", "conversation_id", "role", "content", "created_at"];

pub(super) async fn rows_of<T>(
    query: impl ExecutableQuery,
    read: impl Fn(&RecordBatch) -> Result<Vec<T>>,
) -> Result<Vec<T>> {
    let batches: Vec<RecordBatch> =
        query.execute().await.map_err(lance_error)?.try_collect().await.map_err(lance_error)?;
    let mut all = Vec::new();
    for batch in &batches {
        all.extend(read(batch)?);
    }
    Ok(all)
}

pub(super) async fn all_schedules(tables: &Tables) -> Result<HashMap<CardId, Schedule>> {
    let rows = rows_of(tables.schedules.query(), rows::read_schedules).await?;
    Ok(rows.into_iter().collect())
}

pub(super) async fn cards_by_id(tables: &Tables, ids: &[CardId]) -> Result<Vec<Card>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = tables.flashcards.query().only_if(in_list("id", ids)).select(Select::columns(&CARD_COLUMNS));
    rows_of(query, rows::read_cards).await
}

pub(super) async fn messages_by_id(tables: &Tables, ids: &[MessageId]) -> Result<Vec<MessageCopy>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = tables.messages.query().only_if(in_list("id", ids)).select(Select::columns(&MESSAGE_COLUMNS));
    rows_of(query, rows::read_messages).await
}

pub(super) async fn reviews_since(tables: &Tables, from: UnixMillis) -> Result<Vec<ReviewLog>> {
    let query = tables.review_logs.query().only_if(format!("reviewed_at >= {}", from.0));
    rows_of(query, rows::read_review_logs).await
}

pub(super) async fn reviews_at(tables: &Tables, times: &BTreeSet<UnixMillis>) -> Result<Vec<ReviewLog>> {
    let times: Vec<_> = times.iter().map(|at| at.0.to_string()).collect();
    let query = tables.review_logs.query().only_if(format!("reviewed_at IN ({})", times.join(",")));
    rows_of(query, rows::read_review_logs).await
}

pub(super) async fn reviews_of(tables: &Tables, card: CardId) -> Result<Vec<ReviewLog>> {
    let query = tables.review_logs.query().only_if(format!("card = '{card}'"));
    rows_of(query, rows::read_review_logs).await
}

pub(super) async fn cards_by_text(tables: &Tables, query: &str, limit: usize) -> Result<Vec<CardId>> {
    let query = FullTextSearchQuery::new(query.to_owned());
    let search = tables.flashcards.query().full_text_search(query).select(Select::columns(&["id"])).limit(limit);
    rows_of(search, |batch| rows::read_ids(batch, "id")).await
}

/// As [`cards_by_text`], with their content.
pub(super) async fn cards_like(tables: &Tables, query: &str, limit: usize) -> Result<Vec<Card>> {
    let query = FullTextSearchQuery::new(query.to_owned());
    let search = tables.flashcards.query().full_text_search(query).select(Select::columns(&CARD_COLUMNS)).limit(limit);
    rows_of(search, rows::read_cards).await
}

pub(super) async fn cards_by_meaning(tables: &Tables, query: &Embedding, limit: usize) -> Result<Vec<(CardId, f32)>> {
    let search = tables
        .flashcards
        .query()
        .only_if(format!("embedding = '{}'", quoted(&query.version)))
        .select(Select::columns(&["id", "_distance"]))
        .limit(limit)
        .nearest_to(query.vector.as_slice())
        .map_err(lance_error)?
        .distance_type(DistanceType::Cosine);
    rows_of(search, |batch| {
        let distances = rows::read_f32s(batch, "_distance")?;
        Ok(rows::read_ids(batch, "id")?.into_iter().zip(distances).collect())
    })
    .await
}

fn without_vector(version: &str) -> String {
    format!("embedding IS NULL OR embedding != '{}'", quoted(version))
}

/// An answer that was stopped before its first word means nothing.
fn messages_without(version: &str) -> String {
    format!("content != '' AND ({})", without_vector(version))
}

fn quoted(text: &str) -> String {
    text.replace('\'', "''")
}

pub(super) async fn cards_without_vector(tables: &Tables, version: &str, limit: usize) -> Result<Vec<Card>> {
    let query = tables.flashcards.query().only_if(without_vector(version)).select(Select::columns(&CARD_COLUMNS));
    rows_of(query.limit(limit), rows::read_cards).await
}

pub(super) async fn messages_without_vector(tables: &Tables, version: &str, limit: usize) -> Result<Vec<MessageCopy>> {
    let query = tables.messages.query().only_if(messages_without(version)).select(Select::columns(&MESSAGE_COLUMNS));
    rows_of(query.limit(limit), rows::read_messages).await
}

pub(super) async fn count_without_vector(tables: &Tables, version: &str) -> Result<usize> {
    let cards = tables.flashcards.count_rows(Some(without_vector(version))).await.map_err(lance_error)?;
    Ok(cards + tables.messages.count_rows(Some(messages_without(version))).await.map_err(lance_error)?)
}

pub(super) async fn count_messages(tables: &Tables) -> Result<usize> {
    tables.messages.count_rows(None).await.map_err(lance_error)
}

/// The text indexes that are missing, as after a crash while the table was made: without them every search fails.
/// Words as they are written in any script, in any case and without accents.
pub(super) async fn create_text_indexes(table: &Table) -> Result<()> {
    let there = table.list_indices().await.map_err(lance_error)?;
    for column in ["question", "answer"].into_iter().filter(|c| !there.iter().any(|index| index.columns == [*c])) {
        let words = FtsIndexBuilder::default()
            .base_tokenizer("icu".into())
            .max_token_length(None)
            .stem(false)
            .remove_stop_words(false)
            .lower_case(true)
            .ascii_folding(true);
        table.create_index(&[column], Index::FTS(words)).execute().await.map_err(lance_error)?;
    }
    Ok(())
}

/// Creates the indexes that a table has grown to deserve.
pub(super) async fn create_missing(tables: &Tables, name: &str) -> Result<()> {
    let table = tables.get(name);
    let indexes = table.list_indices().await.map_err(lance_error)?;
    let indexed = |column: &str| indexes.iter().find(|index| index.columns == [column]);
    let rows = table.count_rows(None).await.map_err(lance_error)?;
    if matches!(name, FLASHCARDS | SCHEDULES | MESSAGES) && rows >= ROWS_WORTH_AN_INDEX && indexed("id").is_none() {
        let by_id = Index::BTree(BTreeIndexBuilder::default());
        table.create_index(&["id"], by_id).execute().await.map_err(lance_error)?;
    }
    if name == REVIEW_LOGS && rows >= ROWS_WORTH_AN_INDEX {
        for column in ["reviewed_at", "card"].into_iter().filter(|column| indexed(column).is_none()) {
            let index = Index::BTree(BTreeIndexBuilder::default());
            table.create_index(&[column], index).execute().await.map_err(lance_error)?;
        }
    }
    if !matches!(name, FLASHCARDS | MESSAGES) || rows < VECTORS_WORTH_AN_INDEX {
        return Ok(());
    }
    let vectors = table.count_rows(Some("vector IS NOT NULL".into())).await.map_err(lance_error)?;
    if vectors < VECTORS_WORTH_AN_INDEX {
        return Ok(());
    }
    let stale = match indexed("vector") {
        None => true,
        Some(index) => {
            let stats = table.index_stats(&index.name).await.map_err(lance_error)?;
            stats.is_some_and(|s| s.num_unindexed_rows as f64 > STALE_SHARE * vectors as f64)
        }
    };
    if indexed("embedding").is_none() {
        // Without it every search by meaning reads the whole column, to compare only vectors of one model.
        let by_model = Index::Bitmap(BitmapIndexBuilder::default());
        table.create_index(&["embedding"], by_model).execute().await.map_err(lance_error)?;
    }
    if stale { create_vector_index(table, vectors).await } else { Ok(()) }
}

/// IVF with whole vectors: exact distances within the partitions that are looked at, quick to build.
async fn create_vector_index(table: &Table, vectors: usize) -> Result<()> {
    let partitions = u32::try_from(vectors.isqrt()).map_err(Error::internal)?;
    let ivf = IvfFlatIndexBuilder::default()
        .distance_type(DistanceType::Cosine)
        .num_partitions(partitions)
        .sample_rate(32)
        .max_iterations(10);
    table.create_index(&["vector"], Index::IvfFlat(ivf)).replace(true).execute().await.map(drop).map_err(lance_error)
}
