//! The statistics page: the whole log and all schedules, looked at once.

use std::collections::HashSet;

use super::Learning;
use crate::{
    error::{Error, Result},
    ids::CardId,
    review::{
        Schedule,
        statistics::{Statistics, StatsRange, View, compute},
    },
};

impl Learning {
    /// All figures of the page, of all cards or only of those given. Without a filter the reviews of deleted cards count.
    ///
    /// # Errors
    /// `Internal` when the log cannot be read.
    pub async fn statistics(&self, range: StatsRange, filter: Option<HashSet<CardId>>) -> Result<Statistics> {
        let history = self.store.history().await?;
        let this = self.clone();
        // A tenth of a second of nothing but arithmetic would hold up what else runs on this thread.
        tokio::task::spawn_blocking(move || {
            let schedules: Vec<(CardId, Schedule)> = {
                let state = this.state.lock();
                state.deck.iter().map(|(card, schedule)| (card, *schedule)).collect()
            };
            let options = this.scheduler.options();
            let view = View {
                now: this.clock.now(),
                zone: this.scheduler.days().zone(),
                range,
                filter: filter.as_ref(),
                desired_retention: options.desired_retention,
                decay: decay(&options.weights)?,
            };
            Ok(compute(&history.rows, schedules.iter().map(|(card, schedule)| (*card, schedule)), &view))
        })
        .await
        .map_err(Error::internal)?
    }
}

/// The last of the weights, w20; older versions of FSRS have it fixed.
fn decay(weights: &[f32]) -> Result<f32> {
    let invalid = || Error::InvalidInput("These are not the weights of a known FSRS version.".into());
    let weights = fsrs::check_and_fill_parameters(weights).map_err(|_| invalid())?;
    weights.last().copied().ok_or_else(invalid)
}
