//! The review log as those read it who read all of it: what statistics and fitting need of each row, and no more.

use super::{CardState, Rating, ReviewLog};
use crate::{ids::CardId, time::UnixMillis};

/// A row of the log that counts (not undone). Rows without a rating are resets and reschedulings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Past {
    pub card: CardId,
    pub at: UnixMillis,
    pub rating: Option<Rating>,
    /// Whole study days since the review before; 0 within a day and for the first.
    pub elapsed_days: u32,
    pub duration_ms: u32,
    pub before_state: CardState,
    /// Days; 0 within steps.
    pub before_interval_days: u32,
    /// Days; none before the first rating.
    pub before_stability: Option<f32>,
    pub after_state: CardState,
}

impl From<&ReviewLog> for Past {
    fn from(log: &ReviewLog) -> Self {
        Self {
            card: log.card,
            at: log.reviewed_at,
            rating: log.rating,
            elapsed_days: log.elapsed_days,
            duration_ms: log.duration_ms,
            before_state: log.before.state,
            before_interval_days: log.before.interval_days,
            before_stability: log.before.memory.map(|memory| memory.stability),
            after_state: log.after.state,
        }
    }
}

/// All rows of one person's log that count, those of deleted cards too, in no order unless sorted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    pub rows: Vec<Past>,
}

impl History {
    /// Puts the rows of a card together, oldest first; rows of one moment stay in the order in which they were written.
    pub fn sort_by_card(&mut self) {
        self.rows.sort_by_key(|row| (row.card, row.at));
    }
}
