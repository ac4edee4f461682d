//! Reading the review log back: all of it by the columns that statistics and fitting need, or all of one card.

use std::collections::HashMap;

use arrow_array::{Array, RecordBatch};
use futures::TryStreamExt;
use lancedb::query::{ExecutableQuery, QueryBase, QueryExecutionOptions, Select};

use super::{
    Overlay, Store, index,
    journal::Entry,
    rows::{self, Columns},
    tables::{Tables, lance_error},
};
use crate::{
    error::Result,
    ids::{CardId, ReviewId},
    review::{
        CardState, Rating, ReviewLog,
        history::{History, Past},
    },
    time::UnixMillis,
};

/// What [`Past`] is made of.
const COLUMNS: [&str; 10] = [
    "card",
    "rating",
    "reviewed_at",
    "elapsed_days",
    "duration_ms",
    "undone",
    "before_state",
    "before_interval_days",
    "before_stability",
    "after_state",
];
/// Lance's default of 1,024 spends more on the batches than on the rows.
const ROWS_A_BATCH: u32 = 16_384;

impl Store {
    /// All rows of the log that are not undone, each once, in no order.
    ///
    /// # Errors
    /// As [`Store::cards`].
    pub async fn history(&self) -> Result<History> {
        // The overlay first: what a flush moves meanwhile is then in both, never in neither.
        let waiting = self.overlay.lock().log(|_| true);
        let mut rows = stored(&self.tables, &waiting).await?;
        rows.extend(waiting.rows.iter().filter(|log| !log.undone).map(Past::from));
        Ok(History { rows })
    }

    /// All rows of one card that are not undone, oldest first.
    ///
    /// # Errors
    /// As [`Store::cards`].
    pub async fn reviews_of(&self, card: CardId) -> Result<Vec<ReviewLog>> {
        let waiting = self.overlay.lock().log(|log| log.card == card);
        let mut logs = index::reviews_of(&self.tables, card).await?;
        logs.retain(|log| !waiting.holds(log.id));
        logs.extend(waiting.rows);
        logs.retain(|log| !log.undone);
        // Stable: rows of one moment stay in the order in which they were written.
        logs.sort_by_key(|log| log.reviewed_at);
        Ok(logs)
    }
}

/// Rows of the log that had not moved to Lance, as they were then, in the order in which they were written.
#[derive(Default)]
struct Waiting {
    rows: Vec<ReviewLog>,
    places: HashMap<ReviewId, usize>,
}

impl Waiting {
    fn holds(&self, id: ReviewId) -> bool {
        self.places.contains_key(&id)
    }

    fn put(&mut self, log: &ReviewLog) {
        match self.places.get(&log.id) {
            Some(&place) => self.rows[place] = log.clone(),
            None => {
                self.places.insert(log.id, self.rows.len());
                self.rows.push(log.clone());
            }
        }
    }
}

impl Overlay {
    fn log(&self, wanted: impl Fn(&ReviewLog) -> bool) -> Waiting {
        let mut waiting = Waiting::default();
        for entry in self.entries.values() {
            match entry {
                Entry::Rate { log } | Entry::Correct { log } if wanted(log) => waiting.put(log),
                _ => {}
            }
        }
        waiting
    }
}

/// What Lance holds, without the rows that are `waiting`: those may be there as they were.
async fn stored(tables: &Tables, waiting: &Waiting) -> Result<Vec<Past>> {
    let mut columns = COLUMNS.to_vec();
    // An id is as long as all the rest of a row, and most of the time nothing is waiting.
    if !waiting.rows.is_empty() {
        columns.push("id");
    }
    let mut all = Vec::with_capacity(tables.review_logs.count_rows(None).await.map_err(lance_error)?);
    let query = tables.review_logs.query().select(Select::columns(&columns));
    let mut options = QueryExecutionOptions::default();
    options.max_batch_length = ROWS_A_BATCH;
    let mut batches = query.execute_with_options(options).await.map_err(lance_error)?;
    while let Some(batch) = batches.try_next().await.map_err(lance_error)? {
        read(&batch, waiting, &mut all)?;
    }
    Ok(all)
}

fn read(batch: &RecordBatch, waiting: &Waiting, all: &mut Vec<Past>) -> Result<()> {
    let c = Columns(batch);
    let ids = if waiting.rows.is_empty() { None } else { Some(c.strings("id")?) };
    let (cards, ratings, times) = (c.strings("card")?, c.u8s("rating")?, c.i64s("reviewed_at")?);
    let (elapsed, durations, undone) = (c.u32s("elapsed_days")?, c.u32s("duration_ms")?, c.flags("undone")?);
    let (states, intervals) = (c.u8s("before_state")?, c.u32s("before_interval_days")?);
    let (stabilities, after) = (c.f32s("before_stability")?, c.u8s("after_state")?);
    for i in 0..batch.num_rows() {
        if undone.value(i) {
            continue;
        }
        if let Some(ids) = ids
            && waiting.holds(rows::id(ids.value(i))?)
        {
            continue;
        }
        all.push(Past {
            card: rows::id(cards.value(i))?,
            at: UnixMillis(times.value(i)),
            rating: Some(ratings.value(i)).filter(|&n| n > 0).map(Rating::try_from).transpose()?,
            elapsed_days: elapsed.value(i),
            duration_ms: durations.value(i),
            before_state: CardState::try_from(states.value(i))?,
            before_interval_days: intervals.value(i),
            before_stability: stabilities.is_valid(i).then(|| stabilities.value(i)),
            after_state: CardState::try_from(after.value(i))?,
        });
    }
    Ok(())
}
