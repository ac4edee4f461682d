//! Rows of the four tables from Arrow.

use arrow_array::{
    Array, ArrayRef, BooleanArray, Float32Array, Int64Array, ListArray, RecordBatch, StringArray, UInt8Array,
    UInt32Array,
    cast::AsArray,
    types::{Float32Type, Int64Type, UInt8Type, UInt32Type},
};

use super::{CLOZE, MessageCopy};
use crate::{
    cards::{Card, CardKind, Source},
    chat::Role,
    error::{Error, Result},
    ids::CardId,
    review::{CardState, Memory, Rating, ReviewLog, Schedule, queue::Origin},
    time::UnixMillis,
};

/// Reads the columns of one batch by name.
pub(in crate::lance) struct Columns<'a>(pub(in crate::lance) &'a RecordBatch);

impl<'a> Columns<'a> {
    fn column(&self, name: &str) -> Result<&'a ArrayRef> {
        self.0.column_by_name(name).ok_or_else(|| Error::Internal(format!("column {name} is missing")))
    }

    pub(in crate::lance) fn strings(&self, name: &str) -> Result<&'a StringArray> {
        self.column(name)?.as_string_opt().ok_or_else(|| wrong_type(name))
    }

    pub(in crate::lance) fn i64s(&self, name: &str) -> Result<&'a Int64Array> {
        self.column(name)?.as_primitive_opt::<Int64Type>().ok_or_else(|| wrong_type(name))
    }

    pub(in crate::lance) fn u32s(&self, name: &str) -> Result<&'a UInt32Array> {
        self.column(name)?.as_primitive_opt::<UInt32Type>().ok_or_else(|| wrong_type(name))
    }

    pub(in crate::lance) fn u8s(&self, name: &str) -> Result<&'a UInt8Array> {
        self.column(name)?.as_primitive_opt::<UInt8Type>().ok_or_else(|| wrong_type(name))
    }

    pub(in crate::lance) fn f32s(&self, name: &str) -> Result<&'a Float32Array> {
        self.column(name)?.as_primitive_opt::<Float32Type>().ok_or_else(|| wrong_type(name))
    }

    pub(in crate::lance) fn flags(&self, name: &str) -> Result<&'a BooleanArray> {
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

pub(in crate::lance) fn id<T: std::str::FromStr>(text: &str) -> Result<T> {
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
    let (kinds, notes, hashes) = (c.strings("kind")?, c.strings("note_id")?, c.strings("source_hash")?);
    c.rows(|i| {
        let source = if messages.is_valid(i) {
            let hash = value(hashes, i, |hashes, i| hashes.value(i).to_owned());
            Some(Source { message_id: id(messages.value(i))?, start: starts.value(i), end: ends.value(i), hash })
        } else {
            None
        };
        Ok(Card {
            id: id(ids.value(i))?,
            kind: if kinds.is_valid(i) && kinds.value(i) == CLOZE { CardKind::Cloze } else { CardKind::Basic },
            note_id: value(notes, i, |notes, i| id(notes.value(i))).transpose()?,
            question: questions.value(i).to_owned(),
            answer: answers.value(i).to_owned(),
            tags: self::tags(&tags.value(i))?,
            source,
            created_at: UnixMillis(created.value(i)),
            updated_at: UnixMillis(updated.value(i)),
        })
    })
}

/// What cards have siblings by; those that have none are left out.
///
/// # Errors
/// As [`read_ids`].
pub fn read_origins(batch: &RecordBatch) -> Result<Vec<(CardId, Origin)>> {
    let c = Columns(batch);
    let (ids, messages, notes) = (c.strings("id")?, c.strings("source_message")?, c.strings("note_id")?);
    let origins = c.rows(|i| {
        let answer = value(messages, i, |messages, i| id(messages.value(i))).transpose()?;
        let note = value(notes, i, |notes, i| id(notes.value(i))).transpose()?;
        Ok((id(ids.value(i))?, Origin::of(answer, note)))
    })?;
    Ok(origins.into_iter().filter_map(|(card, origin)| Some((card, origin?))).collect())
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
                .map(|stability| Memory { stability, difficulty: difficulties.value(i) })
                // What is no number would stop every session that comes to the card; without it the card can be rebuilt.
                .filter(|memory| memory.stability.is_finite() && memory.difficulty.is_finite()),
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
