//! The four tables' schemas, and their rows to and from Arrow.

use std::sync::{Arc, LazyLock};

use arrow_array::{
    Array, ArrayRef, BooleanArray, FixedSizeListArray, Float32Array, Int64Array, ListArray, RecordBatch, StringArray,
    UInt8Array, UInt32Array,
    builder::{ListBuilder, StringBuilder},
    cast::AsArray,
    types::{Float32Type, Int64Type, UInt8Type, UInt32Type},
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use crate::{
    cards::{Card, Source},
    chat::Role,
    error::{Error, Result},
    ids::{CardId, ConversationId, MessageId},
    review::{CardState, Memory, Rating, ReviewLog, Schedule},
    time::UnixMillis,
};

/// Dimensions of a vector, those of nomic-embed-text.
pub const DIMENSIONS: usize = 768;

pub const MESSAGES: &str = "messages";
pub const FLASHCARDS: &str = "flashcards";
pub const SCHEDULES: &str = "schedules";
pub const REVIEW_LOGS: &str = "review_logs";
pub const TABLES: [&str; 4] = [MESSAGES, FLASHCARDS, SCHEDULES, REVIEW_LOGS];

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

/// Reads the columns of one batch by name.
pub(super) struct Columns<'a>(pub(super) &'a RecordBatch);

impl<'a> Columns<'a> {
    fn column(&self, name: &str) -> Result<&'a ArrayRef> {
        self.0.column_by_name(name).ok_or_else(|| Error::Internal(format!("column {name} is missing")))
    }

    pub(super) fn strings(&self, name: &str) -> Result<&'a StringArray> {
        self.column(name)?.as_string_opt().ok_or_else(|| wrong_type(name))
    }

    pub(super) fn i64s(&self, name: &str) -> Result<&'a Int64Array> {
        self.column(name)?.as_primitive_opt::<Int64Type>().ok_or_else(|| wrong_type(name))
    }

    pub(super) fn u32s(&self, name: &str) -> Result<&'a UInt32Array> {
        self.column(name)?.as_primitive_opt::<UInt32Type>().ok_or_else(|| wrong_type(name))
    }

    pub(super) fn u8s(&self, name: &str) -> Result<&'a UInt8Array> {
        self.column(name)?.as_primitive_opt::<UInt8Type>().ok_or_else(|| wrong_type(name))
    }

    pub(super) fn f32s(&self, name: &str) -> Result<&'a Float32Array> {
        self.column(name)?.as_primitive_opt::<Float32Type>().ok_or_else(|| wrong_type(name))
    }

    pub(super) fn flags(&self, name: &str) -> Result<&'a BooleanArray> {
        self.column(name)?.as_boolean_opt().ok_or_else(|| wrong_type(name))
    }

    fn lists(&self, name: &str) -> Result<&'a ListArray> {
        self.column(name)?.as_list_opt().ok_or_else(|| wrong_type(name))
    }

    fn rows<T>(&self, read: impl Fn(usize) -> Result<T>) -> Result<Vec<T>> {
        (0..self.0.num_rows()).map(read).collect()
    }
}

fn wrong_type(name: &str) -> Error {
    Error::Internal(format!("column {name} has another type than it should"))
}

pub(super) fn id<T: std::str::FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::Internal(format!("{text} is not an id")))
}

fn value<A, T>(array: &A, row: usize, get: impl Fn(&A, usize) -> T) -> Option<T>
where
    A: Array,
{
    array.is_valid(row).then(|| get(array, row))
}

/// Ids in the column `name`.
///
/// # Errors
/// `Internal` when the column is missing or holds something else.
pub fn read_ids<T: std::str::FromStr>(batch: &RecordBatch, name: &str) -> Result<Vec<T>> {
    let ids = Columns(batch).strings(name)?;
    ids.iter().flatten().map(id).collect()
}

/// The column `tags`.
///
/// # Errors
/// As [`read_ids`].
pub fn read_tags(batch: &RecordBatch) -> Result<Vec<Vec<String>>> {
    let lists = Columns(batch).lists("tags")?;
    (0..batch.num_rows()).map(|row| tags(&lists.value(row))).collect()
}

fn tags(list: &ArrayRef) -> Result<Vec<String>> {
    let texts = list.as_string_opt::<i32>().ok_or_else(|| wrong_type("tags"))?;
    Ok(texts.iter().flatten().map(str::to_owned).collect())
}

/// Numbers in the column `name`, such as `_score` and `_distance`.
///
/// # Errors
/// As [`read_ids`].
pub fn read_f32s(batch: &RecordBatch, name: &str) -> Result<Vec<f32>> {
    Ok(Columns(batch).f32s(name)?.iter().flatten().collect())
}

/// # Errors
/// As [`read_ids`].
pub fn read_messages(batch: &RecordBatch) -> Result<Vec<MessageCopy>> {
    let c = Columns(batch);
    let (ids, conversations, roles) = (c.strings("id")?, c.strings("conversation_id")?, c.strings("role")?);
    let (contents, created) = (c.strings("content")?, c.i64s("created_at")?);
    c.rows(|i| {
        Ok(MessageCopy {
            id: id(ids.value(i))?,
            conversation_id: id(conversations.value(i))?,
            role: if roles.value(i) == "user" { Role::User } else { Role::Assistant },
            content: contents.value(i).to_owned(),
            created_at: UnixMillis(created.value(i)),
            embedding: None,
        })
    })
}

/// Cards without their vectors.
///
/// # Errors
/// As [`read_ids`].
pub fn read_cards(batch: &RecordBatch) -> Result<Vec<Card>> {
    let c = Columns(batch);
    let (ids, questions, answers, tags) =
        (c.strings("id")?, c.strings("question")?, c.strings("answer")?, c.lists("tags")?);
    let (messages, starts, ends) = (c.strings("source_message")?, c.u32s("source_start")?, c.u32s("source_end")?);
    let (created, updated) = (c.i64s("created_at")?, c.i64s("updated_at")?);
    c.rows(|i| {
        let source = if messages.is_valid(i) {
            Some(Source { message_id: id(messages.value(i))?, start: starts.value(i), end: ends.value(i) })
        } else {
            None
        };
        Ok(Card {
            id: id(ids.value(i))?,
            question: questions.value(i).to_owned(),
            answer: answers.value(i).to_owned(),
            tags: self::tags(&tags.value(i))?,
            source,
            created_at: UnixMillis(created.value(i)),
            updated_at: UnixMillis(updated.value(i)),
        })
    })
}

/// # Errors
/// As [`read_ids`].
pub fn read_schedules(batch: &RecordBatch) -> Result<Vec<(CardId, Schedule)>> {
    let ids = read_ids(batch, "id")?;
    Ok(ids.into_iter().zip(read_schedule_columns(batch, "")?).collect())
}

/// # Errors
/// As [`read_ids`].
pub fn read_review_logs(batch: &RecordBatch) -> Result<Vec<ReviewLog>> {
    let c = Columns(batch);
    let (ids, cards, ratings) = (c.strings("id")?, c.strings("card")?, c.u8s("rating")?);
    let (reviewed, elapsed) = (c.i64s("reviewed_at")?, c.u32s("elapsed_days")?);
    let (durations, undone) = (c.u32s("duration_ms")?, c.flags("undone")?);
    let (before, after) = (read_schedule_columns(batch, "before_")?, read_schedule_columns(batch, "after_")?);
    c.rows(|i| {
        Ok(ReviewLog {
            id: id(ids.value(i))?,
            card: id(cards.value(i))?,
            rating: Some(ratings.value(i)).filter(|&n| n > 0).map(Rating::try_from).transpose()?,
            reviewed_at: UnixMillis(reviewed.value(i)),
            elapsed_days: elapsed.value(i),
            duration_ms: durations.value(i),
            before: before[i],
            after: after[i],
            undone: undone.value(i),
        })
    })
}

fn read_schedule_columns(batch: &RecordBatch, prefix: &str) -> Result<Vec<Schedule>> {
    let c = Columns(batch);
    let name = |column: &str| format!("{prefix}{column}");
    let (states, steps) = (c.u8s(&name("state"))?, c.u8s(&name("step"))?);
    let (stabilities, difficulties) = (c.f32s(&name("stability"))?, c.f32s(&name("difficulty"))?);
    let (due, last, buried) = (c.i64s(&name("due"))?, c.i64s(&name("last_review"))?, c.i64s(&name("buried_until"))?);
    let (intervals, reps, lapses) = (c.u32s(&name("interval_days"))?, c.u32s(&name("reps"))?, c.u32s(&name("lapses"))?);
    let (suspended, created) = (c.flags(&name("suspended"))?, c.i64s(&name("created_at"))?);
    let time = |array: &Int64Array, i| value(array, i, |a, i| UnixMillis(a.value(i)));
    c.rows(|i| {
        Ok(Schedule {
            state: CardState::try_from(states.value(i))?,
            step: steps.value(i),
            memory: value(stabilities, i, |a, i| a.value(i))
                .map(|stability| Memory { stability, difficulty: difficulties.value(i) }),
            due: UnixMillis(due.value(i)),
            last_review: time(last, i),
            interval_days: intervals.value(i),
            reps: reps.value(i),
            lapses: lapses.value(i),
            suspended: suspended.value(i),
            buried_until: time(buried, i),
            created_at: UnixMillis(created.value(i)),
        })
    })
}
