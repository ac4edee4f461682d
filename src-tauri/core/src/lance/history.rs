//! Reading the review log back: all of it by the columns that statistics and fitting need, or all of one card.

use std::collections::{BTreeSet, HashMap, HashSet};

use arrow_array::{Array, RecordBatch};
use futures::TryStreamExt;
use lancedb::query::{ExecutableQuery, QueryBase, QueryExecutionOptions, Select};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{
    Overlay, Store, index,
    journal::Entry,
    rows::{self, Columns},
    tables::{Tables, lance_error},
};
use crate::{
    error::{Error, Result},
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
        waiting.lay_over(&mut logs);
        logs.retain(|log| !log.undone);
        // Stable: rows of one moment stay in the order in which they were written.
        logs.sort_by_key(|log| log.reviewed_at);
        Ok(logs)
    }
}

/// Rows of the log that had not moved to Lance, as they were then, in the order in which they were written.
#[derive(Default)]
pub(super) struct Waiting {
    rows: Vec<ReviewLog>,
    places: HashMap<ReviewId, usize>,
}

impl Waiting {
    fn holds(&self, id: ReviewId) -> bool {
        self.places.contains_key(&id)
    }

    /// Puts them in the place of what LanceDB has of them.
    pub(super) fn lay_over(self, logs: &mut Vec<ReviewLog>) {
        logs.retain(|log| !self.holds(log.id));
        logs.extend(self.rows);
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
    pub(super) fn log(&self, wanted: impl Fn(&ReviewLog) -> bool) -> Waiting {
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
///
/// A row is told by its id, but ids are as long as all the rest of what is read. So rows of a moment at which one is
/// waiting are left out, and those moments, if there are any, are read again with their ids.
async fn stored(tables: &Tables, waiting: &Waiting) -> Result<Vec<Past>> {
    let mut scan = Scan::new(waiting);
    scan.rows.reserve(tables.review_logs.count_rows(None).await.map_err(lance_error)?);
    let query = tables.review_logs.query().select(Select::columns(&COLUMNS));
    let mut options = QueryExecutionOptions::default();
    options.max_batch_length = ROWS_A_BATCH;
    let mut batches = query.execute_with_options(options).await.map_err(lance_error)?;
    // One thread takes batches apart while another decodes the next.
    let (sender, mut receiver) = mpsc::channel::<RecordBatch>(4);
    let scanning = tokio::task::spawn_blocking(move || {
        while let Some(batch) = receiver.blocking_recv() {
            scan.read(&batch)?;
        }
        Ok::<_, Error>(scan)
    });
    while let Some(batch) = batches.try_next().await.map_err(lance_error)? {
        // It ends early only with an error, which it tells below.
        if sender.send(batch).await.is_err() {
            break;
        }
    }
    drop(sender);
    let Scan { mut rows, left_out, .. } = scanning.await.map_err(Error::internal)??;
    if !left_out.is_empty() {
        let again = index::reviews_at(tables, &left_out).await?;
        rows.extend(again.iter().filter(|log| !log.undone && !waiting.holds(log.id)).map(Past::from));
    }
    Ok(rows)
}

struct Scan {
    rows: Vec<Past>,
    /// When the waiting rows were reviewed, and the first of those moments, which few rows are not before.
    waiting: HashSet<i64>,
    first: i64,
    /// Moments whose rows are to be read again.
    left_out: BTreeSet<UnixMillis>,
}

impl Scan {
    fn new(waiting: &Waiting) -> Self {
        let times: HashSet<i64> = waiting.rows.iter().map(|log| log.reviewed_at.0).collect();
        let first = times.iter().copied().min().unwrap_or(i64::MAX);
        Self { rows: Vec::new(), waiting: times, first, left_out: BTreeSet::new() }
    }

    /// Half a million rows go through here: slices and arithmetic, nothing that is asked for each row.
    fn read(&mut self, batch: &RecordBatch) -> Result<()> {
        let c = Columns(batch);
        let (cards, stabilities, undone) = (c.strings("card")?, c.f32s("before_stability")?, c.flags("undone")?);
        let (times, ratings): (&[i64], &[u8]) = (c.i64s("reviewed_at")?.values(), c.u8s("rating")?.values());
        let (elapsed, durations): (&[u32], &[u32]) =
            (c.u32s("elapsed_days")?.values(), c.u32s("duration_ms")?.values());
        let (states, after): (&[u8], &[u8]) = (c.u8s("before_state")?.values(), c.u8s("after_state")?.values());
        let (intervals, known): (&[u32], &[f32]) = (c.u32s("before_interval_days")?.values(), stabilities.values());
        let (any_undone, unknown) = (undone.true_count() > 0, stabilities.nulls());
        for (i, &at) in times.iter().enumerate() {
            if any_undone && undone.value(i) {
                continue;
            }
            if at >= self.first && self.waiting.contains(&at) {
                self.left_out.insert(UnixMillis(at));
                continue;
            }
            self.rows.push(Past {
                card: card_id(cards.value(i))?,
                at: UnixMillis(at),
                rating: if ratings[i] == 0 { None } else { Some(Rating::try_from(ratings[i])?) },
                elapsed_days: elapsed[i],
                duration_ms: durations[i],
                before_state: CardState::try_from(states[i])?,
                before_interval_days: intervals[i],
                before_stability: if unknown.is_some_and(|nulls| nulls.is_null(i)) { None } else { Some(known[i]) },
                after_state: CardState::try_from(after[i])?,
            });
        }
        Ok(())
    }
}

/// An id as the tables have it, in lower case with hyphens, is read four times as quickly as the general way does it,
/// which takes what is written otherwise.
fn card_id(text: &str) -> Result<CardId> {
    plain_id(text.as_bytes()).map_or_else(|| rows::id(text), |id| Ok(CardId(Uuid::from_u128(id))))
}

#[rustfmt::skip]
fn plain_id(text: &[u8]) -> Option<u128> {
    // Taken apart like this it needs no call in a build that inlines little.
    let &[
        a, b, c, d, e, f, g, h, b'-', i, j, k, l, b'-', m, n, o, p, b'-', q, r, s, t, b'-',
        u, v, w, x, y, z, aa, ab, ac, ad, ae, af,
    ] = text else { return None };
    let first = (hexadecimal([a, b, c, d, e, f, g, h])? << 32) | hexadecimal([i, j, k, l, m, n, o, p])?;
    let last = (hexadecimal([q, r, s, t, u, v, w, x])? << 32) | hexadecimal([y, z, aa, ab, ac, ad, ae, af])?;
    Some((u128::from(first) << 64) | u128::from(last))
}

/// The number that eight lower-case digits stand for, all eight at once.
fn hexadecimal(digits: [u8; 8]) -> Option<u64> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let text = u64::from_be_bytes(digits);
    // Letters, and no digits, have this bit; 'a' ends in 1 and is to be 10.
    let values = (text & (0x0f * ONES)) + ((text >> 6) & ONES) * 9;
    let written = values + 0x30 * ONES + (((values + 6 * ONES) >> 4) & ONES) * 0x27;
    let pairs = (values | (values >> 4)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | (pairs >> 8)) & 0x0000_ffff_0000_ffff;
    // 'g' and on are written as they were read, but are no digits.
    let all_digits = written == text && values & (0xf0 * ONES) == 0;
    if all_digits { Some((fours | (fours >> 16)) & 0xffff_ffff) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_id_is_read_as_it_was_written(id in any::<u128>()) {
            prop_assert_eq!(plain_id(Uuid::from_u128(id).to_string().as_bytes()), Some(id));
        }
    }

    #[test]
    fn what_is_no_id_is_refused_and_what_is_written_otherwise_is_read() {
        let text = "0189abcd-ef01-7234-89ab-cdef01234567";
        for at in 0..text.len() {
            for other in (0..128_u8).map(char::from) {
                let other: String = text.chars().enumerate().map(|(i, c)| if i == at { other } else { c }).collect();
                let expected = Uuid::parse_str(&other).ok();
                assert_eq!(card_id(&other).ok().map(|card| card.0), expected, "{other}");
            }
        }
        assert!(card_id("").is_err() && card_id(&text[1..]).is_err());
        assert!(card_id(&text.replace('-', "")).is_ok());
    }
}
