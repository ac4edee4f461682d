//! The four tables' schemas, and their rows to Arrow; `read` is the way back.

use std::sync::{Arc, LazyLock};

use arrow_array::{
    ArrayRef, BooleanArray, FixedSizeListArray, Float32Array, Int64Array, RecordBatch, StringArray, UInt8Array,
    UInt32Array,
    builder::{ListBuilder, StringBuilder},
    types::Float32Type,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use crate::{
    cards::{Card, CardKind, Source},
    chat::Role,
    error::{Error, Result},
    ids::{CardId, ConversationId, MessageId},
    review::{Memory, Rating, ReviewLog, Schedule},
    time::UnixMillis,
};

mod read;

pub(super) use read::{Columns, id};
pub use read::{
    read_cards, read_f32s, read_ids, read_messages, read_origins, read_review_logs, read_schedules, read_tags,
};

/// Dimensions of a vector, those of nomic-embed-text.
pub const DIMENSIONS: usize = 768;

pub const MESSAGES: &str = "messages";
pub const FLASHCARDS: &str = "flashcards";
pub const SCHEDULES: &str = "schedules";
pub const REVIEW_LOGS: &str = "review_logs";
pub const TABLES: [&str; 4] = [MESSAGES, FLASHCARDS, SCHEDULES, REVIEW_LOGS];

/// Columns of the cards that tables made before them lack: they are added when such a table is opened, and stand last
/// for that.
pub const ADDED_TO_CARDS: [&str; 3] = ["kind", "note_id", "source_hash"];
/// The kind of a cloze card; any other is a basic one, and so is a card from before there were kinds.
const CLOZE: &str = "cloze";

/// A vector with the model, digest and prefix version that made it; vectors of two of those are never compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding {
    pub version: String,
    /// [`DIMENSIONS`] long, L2-normalised.
    pub vector: Vec<f32>,
}

/// A copy of a message, to be found by meaning.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageCopy {
    pub id: MessageId,
    pub conversation_id: ConversationId,
    pub role: Role,
    pub content: String,
    pub created_at: UnixMillis,
    pub embedding: Option<Embedding>,
}

fn required(name: &str, kind: DataType) -> Field {
    Field::new(name, kind, false)
}

fn optional(name: &str, kind: DataType) -> Field {
    Field::new(name, kind, true)
}

fn vector_fields() -> [Field; 2] {
    let item = Arc::new(Field::new("item", DataType::Float32, true));
    let length = i32::try_from(DIMENSIONS).unwrap_or(i32::MAX);
    [optional("embedding", DataType::Utf8), optional("vector", DataType::FixedSizeList(item, length))]
}

/// The columns of a [`Schedule`], once for the table and twice, prefixed, for the log.
fn schedule_fields(prefix: &str) -> Vec<Field> {
    let name = |column: &str| format!("{prefix}{column}");
    vec![
        required(&name("state"), DataType::UInt8),
        required(&name("step"), DataType::UInt8),
        optional(&name("stability"), DataType::Float32),
        optional(&name("difficulty"), DataType::Float32),
        required(&name("due"), DataType::Int64),
        optional(&name("last_review"), DataType::Int64),
        required(&name("interval_days"), DataType::UInt32),
        required(&name("reps"), DataType::UInt32),
        required(&name("lapses"), DataType::UInt32),
        required(&name("suspended"), DataType::Boolean),
        optional(&name("buried_until"), DataType::Int64),
        required(&name("created_at"), DataType::Int64),
    ]
}

static MESSAGES_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let mut fields = vec![
        required("id", DataType::Utf8),
        required("conversation_id", DataType::Utf8),
        required("role", DataType::Utf8),
        required("content", DataType::Utf8),
        required("created_at", DataType::Int64),
    ];
    fields.extend(vector_fields());
    Arc::new(Schema::new(fields))
});

static FLASHCARDS_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let tag = Arc::new(Field::new("item", DataType::Utf8, true));
    let mut fields = vec![
        required("id", DataType::Utf8),
        required("question", DataType::Utf8),
        required("answer", DataType::Utf8),
        required("tags", DataType::List(tag)),
        optional("source_message", DataType::Utf8),
        optional("source_start", DataType::UInt32),
        optional("source_end", DataType::UInt32),
        required("created_at", DataType::Int64),
        required("updated_at", DataType::Int64),
    ];
    fields.extend(vector_fields());
    fields.extend(ADDED_TO_CARDS.map(|name| optional(name, DataType::Utf8)));
    Arc::new(Schema::new(fields))
});

static SCHEDULES_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let mut fields = vec![required("id", DataType::Utf8)];
    fields.extend(schedule_fields(""));
    Arc::new(Schema::new(fields))
});

static REVIEW_LOGS_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let mut fields = vec![
        required("id", DataType::Utf8),
        required("card", DataType::Utf8),
        required("rating", DataType::UInt8),
        required("reviewed_at", DataType::Int64),
        required("elapsed_days", DataType::UInt32),
        required("duration_ms", DataType::UInt32),
        required("undone", DataType::Boolean),
    ];
    fields.extend(schedule_fields("before_"));
    fields.extend(schedule_fields("after_"));
    Arc::new(Schema::new(fields))
});

/// The schema of one of [`TABLES`].
#[must_use]
pub fn schema(table: &str) -> SchemaRef {
    match table {
        MESSAGES => MESSAGES_SCHEMA.clone(),
        FLASHCARDS => FLASHCARDS_SCHEMA.clone(),
        SCHEDULES => SCHEDULES_SCHEMA.clone(),
        _ => REVIEW_LOGS_SCHEMA.clone(),
    }
}

fn batch(table: &str, columns: Vec<ArrayRef>) -> Result<RecordBatch> {
    RecordBatch::try_new(schema(table), columns).map_err(Error::internal)
}

fn strings<T: ToString>(values: impl Iterator<Item = T>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values.map(|v| v.to_string())))
}

fn millis(values: impl Iterator<Item = UnixMillis>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values.map(|v| v.0)))
}

fn embeddings<'a>(rows: impl Iterator<Item = Option<&'a Embedding>> + Clone) -> [ArrayRef; 2] {
    let versions = StringArray::from_iter(rows.clone().map(|e| e.map(|e| e.version.as_str())));
    let vectors = FixedSizeListArray::from_iter_primitive::<Float32Type, _, _>(
        rows.map(|e| e.map(|e| e.vector.iter().copied().map(Some).collect::<Vec<_>>())),
        i32::try_from(DIMENSIONS).unwrap_or(i32::MAX),
    );
    [Arc::new(versions), Arc::new(vectors)]
}

/// # Errors
/// `Internal` when a vector has not [`DIMENSIONS`] dimensions.
pub fn messages(rows: &[MessageCopy]) -> Result<RecordBatch> {
    let mut columns = vec![
        strings(rows.iter().map(|m| m.id)),
        strings(rows.iter().map(|m| m.conversation_id)),
        strings(rows.iter().map(|m| if m.role == Role::User { "user" } else { "assistant" })),
        strings(rows.iter().map(|m| &m.content)),
        millis(rows.iter().map(|m| m.created_at)),
    ];
    columns.extend(embeddings(rows.iter().map(|m| m.embedding.as_ref())));
    batch(MESSAGES, columns)
}

/// # Errors
/// As [`messages`].
pub fn cards(rows: &[(Card, Option<Embedding>)]) -> Result<RecordBatch> {
    let source = |of: fn(&Source) -> u32| -> ArrayRef {
        Arc::new(UInt32Array::from_iter(rows.iter().map(|(c, _)| c.source.as_ref().map(of))))
    };
    let mut tags = ListBuilder::new(StringBuilder::new());
    for (card, _) in rows {
        card.tags.iter().for_each(|tag| tags.values().append_value(tag));
        tags.append(true);
    }
    let messages =
        StringArray::from_iter(rows.iter().map(|(c, _)| c.source.as_ref().map(|s| s.message_id.to_string())));
    let mut columns = vec![
        strings(rows.iter().map(|(c, _)| c.id)),
        strings(rows.iter().map(|(c, _)| &c.question)),
        strings(rows.iter().map(|(c, _)| &c.answer)),
        Arc::new(tags.finish()),
        Arc::new(messages),
        source(|s| s.start),
        source(|s| s.end),
        millis(rows.iter().map(|(c, _)| c.created_at)),
        millis(rows.iter().map(|(c, _)| c.updated_at)),
    ];
    columns.extend(embeddings(rows.iter().map(|(_, e)| e.as_ref())));
    let kind = |kind| (kind == CardKind::Cloze).then_some(CLOZE);
    columns.push(Arc::new(StringArray::from_iter(rows.iter().map(|(c, _)| kind(c.kind)))));
    columns.push(Arc::new(StringArray::from_iter(rows.iter().map(|(c, _)| c.note_id.map(|id| id.to_string())))));
    let hash = |source: &Option<Source>| source.as_ref().and_then(|source| source.hash.clone());
    columns.push(Arc::new(StringArray::from_iter(rows.iter().map(|(c, _)| hash(&c.source)))));
    batch(FLASHCARDS, columns)
}

/// # Errors
/// `Internal` when Arrow refuses the batch.
pub fn schedules(rows: &[(CardId, Schedule)]) -> Result<RecordBatch> {
    let mut columns = vec![strings(rows.iter().map(|(id, _)| id))];
    columns.extend(schedule_columns(rows.iter().map(|(_, s)| s)));
    batch(SCHEDULES, columns)
}

/// # Errors
/// As [`schedules`].
pub fn review_logs(rows: &[ReviewLog]) -> Result<RecordBatch> {
    let mut columns: Vec<ArrayRef> = vec![
        strings(rows.iter().map(|l| l.id)),
        strings(rows.iter().map(|l| l.card)),
        // 0 is no rating, as in Anki's log.
        Arc::new(UInt8Array::from_iter_values(rows.iter().map(|l| l.rating.map_or(0, Rating::number)))),
        millis(rows.iter().map(|l| l.reviewed_at)),
        Arc::new(UInt32Array::from_iter_values(rows.iter().map(|l| l.elapsed_days))),
        Arc::new(UInt32Array::from_iter_values(rows.iter().map(|l| l.duration_ms))),
        Arc::new(BooleanArray::from_iter(rows.iter().map(|l| Some(l.undone)))),
    ];
    columns.extend(schedule_columns(rows.iter().map(|l| &l.before)));
    columns.extend(schedule_columns(rows.iter().map(|l| &l.after)));
    batch(REVIEW_LOGS, columns)
}

fn schedule_columns<'a>(rows: impl Iterator<Item = &'a Schedule> + Clone) -> Vec<ArrayRef> {
    let bytes = |of: fn(&Schedule) -> u8| -> ArrayRef { Arc::new(UInt8Array::from_iter_values(rows.clone().map(of))) };
    let counts =
        |of: fn(&Schedule) -> u32| -> ArrayRef { Arc::new(UInt32Array::from_iter_values(rows.clone().map(of))) };
    let memory = |of: fn(&Memory) -> f32| -> ArrayRef {
        Arc::new(Float32Array::from_iter(rows.clone().map(|s| s.memory.as_ref().map(of))))
    };
    let times = |of: fn(&Schedule) -> Option<UnixMillis>| -> ArrayRef {
        Arc::new(Int64Array::from_iter(rows.clone().map(|s| of(s).map(|t| t.0))))
    };
    vec![
        bytes(|s| s.state.number()),
        bytes(|s| s.step),
        memory(|m| m.stability),
        memory(|m| m.difficulty),
        times(|s| Some(s.due)),
        times(|s| s.last_review),
        counts(|s| s.interval_days),
        counts(|s| s.reps),
        counts(|s| s.lapses),
        Arc::new(BooleanArray::from_iter(rows.clone().map(|s| Some(s.suspended)))),
        times(|s| s.buried_until),
        times(|s| Some(s.created_at)),
    ]
}
