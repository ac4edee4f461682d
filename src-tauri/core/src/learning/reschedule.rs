//! Replacing many schedules at once, without standing in the way of reviews.

use super::{Learning, state::State};
use crate::{
    error::{Error, Result},
    ids::{CardId, ReviewId},
    lance::journal::Entry,
    review::{ReviewLog, Schedule},
    time::UnixMillis,
};

/// Schedules in one step: a rating waits for no more than that.
const STEP: usize = 250;

/// A schedule that is to be replaced by another, computed from it.
#[derive(Clone, Copy, Debug)]
pub struct Replacement {
    pub card: CardId,
    pub before: Schedule,
    pub after: Schedule,
}

impl Learning {
    /// Puts other schedules in the place of those that are still as they were when the others were computed; how many.
    /// With `logged` each stands in the review log, without a rating. Durable step by step. What was done before cannot
    /// be undone after it.
    ///
    /// # Errors
    /// `Cancelled` when the store is being closed; `DiskFull`, `NotWritable` or `Internal`. The steps before stay then.
    pub async fn replace_schedules(&self, replacements: Vec<Replacement>, logged: bool) -> Result<u32> {
        let now = self.clock.now();
        let mut replaced = 0;
        for step in replacements.chunks(STEP).map(<[Replacement]>::to_vec) {
            if self.work.over.is_cancelled() {
                return Err(Error::Cancelled);
            }
            replaced += self.change(move |state, this| this.replace(state, step, logged, now)).await?;
        }
        Ok(replaced)
    }

    fn replace(&self, state: &mut State, mut step: Vec<Replacement>, logged: bool, now: UnixMillis) -> Result<u32> {
        step.retain(|r| r.before != r.after && state.deck.get(r.card) == Some(&r.before));
        if step.is_empty() {
            return Ok(0);
        }
        state.history.clear();
        let count = u32::try_from(step.len()).unwrap_or(u32::MAX);
        let entries = if logged {
            step.iter().map(|r| Entry::Rate { log: unrated(r, now) }).collect()
        } else {
            vec![Entry::SetSchedules { schedules: step.iter().map(|r| (r.card, r.after)).collect() }]
        };
        self.carry_out(state, entries)?;
        Ok(count)
    }
}

fn unrated(replacement: &Replacement, now: UnixMillis) -> ReviewLog {
    let &Replacement { card, before, after } = replacement;
    ReviewLog {
        id: ReviewId::new(now),
        card,
        rating: None,
        reviewed_at: before.last_review.map_or(now, |last| now.max(last.plus(1))),
        elapsed_days: 0,
        duration_ms: 0,
        before,
        after,
        undone: false,
    }
}
