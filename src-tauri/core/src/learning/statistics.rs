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
            let scheduler = this.scheduler();
            let view = View {
                now: this.clock.now(),
                days: scheduler.days(),
                range,
                filter: filter.as_ref(),
                desired_retention: this.options.read().options.desired_retention,
                decay: this.decay(),
            };
            Ok(compute(&history.rows, schedules.iter().map(|(card, schedule)| (*card, schedule)), &view))
        })
        .await
        .map_err(Error::internal)?
    }
}
