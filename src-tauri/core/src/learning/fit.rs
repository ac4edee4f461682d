//! Weights of the person's own: fitting them, putting them to use, taking that back.
//!
//! New weights are durable before anything follows them, with a note that the cards' memory states are behind. A crash in
//! between therefore heals at the next start, which lets them follow.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::{OwnedMutexGuard, oneshot};
use tokio_util::sync::CancellationToken;

use super::{Learning, options::Replaced, reschedule::Replacement};
use crate::{
    error::{Error, Result},
    ids::CardId,
    review::{
        Schedule,
        history::History,
        optimise::{self, Fitted, Meter, OptimiseProgress, OptimiseReport, OptimiseStage, Request},
        options::{FSRS_VERSION, Scheduling, Weights},
        replay::{Event, Replay},
        simulate::Habits,
    },
};

/// Schedules between two tellings of how far it is.
const STEP: usize = 1_000;
/// Looks for cards that were rated while the others followed: each finds fewer.
const MOST_LOOKS: u32 = 10;

/// The work on all schedules at once, of which there is one at a time, and what simulations share.
#[derive(Debug, Default)]
pub(super) struct Work {
    one: Arc<tokio::sync::Mutex<()>>,
    /// Ends all of it, step by step.
    pub over: CancellationToken,
    /// Ends the fitting that runs.
    fitting: Mutex<Option<CancellationToken>>,
    /// Ends the simulation that runs.
    pub simulation: Mutex<CancellationToken>,
    /// As they were on a study day: they change slowly, and a slider asks often.
    pub habits: Mutex<Option<(i32, Habits)>>,
}

impl Learning {
    /// Fits weights to the person's own reviews, beside everything else, and uses them if they predict reviews better
    /// that they were not fitted to. `cancel` ends it, without any change, until they are put to use.
    ///
    /// # Errors
    /// `Busy` while another fitting (or anything else that works on all schedules) runs; `Cancelled`; `Internal`. When
    /// `DiskFull` or `NotWritable` come after the weights are in use, the cards follow them at the next start.
    pub async fn optimise(
        &self,
        tell: impl Fn(OptimiseProgress) + Send + Sync + 'static,
        cancel: CancellationToken,
    ) -> Result<OptimiseReport> {
        let _alone = self.alone()?;
        // Dropped with this future, so that the training does not outlive whoever waits for it.
        let cancel = cancel.child_token();
        let _end = cancel.clone().drop_guard();
        *self.work.fitting.lock() = Some(cancel.clone());
        let report = self.fit_and_use(Meter::new(tell), cancel).await;
        *self.work.fitting.lock() = None;
        report
    }

    /// Ends the fitting that runs, if one does; it is then `Cancelled`.
    pub fn cancel_optimise(&self) {
        if let Some(fitting) = &*self.work.fitting.lock() {
            fitting.cancel();
        }
    }

    /// Brings the weights before the last fitting back, and the memory states with them.
    ///
    /// # Errors
    /// `NothingToUndo`; else as [`Learning::optimise`].
    pub async fn undo_optimise(&self) -> Result<Scheduling> {
        let _alone = self.alone()?;
        if self.options.read().before.is_none() {
            let nothing = "The weights have not been fitted, or that was taken back already.";
            return Err(Error::NothingToUndo(nothing.into()));
        }
        let undo = self.change_stored(|stored| {
            if let Some(replaced) = stored.before.take() {
                stored.weights = replaced.weights;
                stored.memories_behind = true;
            }
        });
        let stored = undo.await?;
        self.let_memories_follow(&mut Meter::new(|_| {})).await?;
        Ok(stored.scheduling())
    }

    /// Finishes what a crash interrupted: the cards' memory states follow the weights in use.
    pub(super) fn heal_memories(&self) {
        if !self.options.read().memories_behind {
            return;
        }
        let Ok(alone) = self.alone() else { return };
        let this = self.clone();
        tokio::spawn(async move {
            let _alone = alone;
            if let Err(error) = this.let_memories_follow(&mut Meter::new(|_| {})).await {
                tracing::error!(%error, "the cards do not follow the weights in use yet; it is tried again at the next start");
            }
        });
    }

    /// The right to work on all schedules at once.
    ///
    /// # Errors
    /// `Busy` when somebody else has it.
    pub(super) fn alone(&self) -> Result<OwnedMutexGuard<()>> {
        let busy = "The schedules are being worked on already. Wait until that is done, or cancel it.";
        self.work.one.clone().try_lock_owned().map_err(|_| Error::Busy(busy.into()))
    }

    async fn fit_and_use(&self, mut meter: Meter, cancel: CancellationToken) -> Result<OptimiseReport> {
        meter.reach(OptimiseStage::Reading, 0, 1);
        let history = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(Error::Cancelled),
            history = self.store.history() => history?,
        };
        meter.reach(OptimiseStage::Reading, 1, 1);
        let stored = self.options.read();
        let request =
            Request { history, weights: stored.weights(), relearning_steps: stored.options.relearning_steps.len() };
        let (fitted, mut meter) = fit_apart(request, meter, cancel.clone()).await?;
        let Some(values) = fitted.weights else { return Ok(fitted.report) };
        let weights = Weights {
            fsrs_version: FSRS_VERSION,
            values,
            fitted_at: self.clock.now(),
            reviews: fitted.report.training_reviews,
        };
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        self.change_stored(|stored| {
            stored.before = Some(Replaced { weights: stored.weights.replace(weights) });
            stored.memories_behind = true;
        })
        .await?;
        self.let_memories_follow(&mut meter).await?;
        Ok(fitted.report)
    }

    /// Gives every card the memory state that its reviews come to under the weights in use, and notes that it is so. A
    /// card that is rated meanwhile is looked at again.
    async fn let_memories_follow(&self, meter: &mut Meter) -> Result<()> {
        for _ in 0..MOST_LOOKS {
            let behind = self.behind().await?;
            let (mut followed, of) = (0, behind.len());
            meter.reach(OptimiseStage::Applying, 0, of);
            for (done, step) in (0..).zip(behind.chunks(STEP)) {
                followed += self.replace_schedules(step.to_vec(), false).await? as usize;
                meter.reach(OptimiseStage::Applying, done * STEP + step.len(), of);
            }
            if followed == of {
                self.change_stored(|stored| stored.memories_behind = false).await?;
                return Ok(());
            }
        }
        Err(Error::Internal("some cards do not follow the new weights yet; they will at the next start".into()))
    }

    /// The cards whose memory state is not what the weights in use make of their reviews.
    async fn behind(&self) -> Result<Vec<Replacement>> {
        let weights = self.options.read().weights();
        // The schedules first: a review that comes between the two is then in the log, and its card is left alone.
        let schedules = self.schedules();
        let history = self.store.history().await?;
        tokio::task::spawn_blocking(move || behind(&schedules, history, &weights)).await.map_err(Error::internal)?
    }

    /// All schedules as they are now.
    pub(super) fn schedules(&self) -> HashMap<CardId, Schedule> {
        self.state.lock().deck.iter().map(|(card, schedule)| (card, *schedule)).collect()
    }
}

fn behind(schedules: &HashMap<CardId, Schedule>, mut history: History, weights: &[f32]) -> Result<Vec<Replacement>> {
    let replay = Replay::new(weights)?;
    history.sort_by_card();
    let mut behind = Vec::new();
    for rows in history.rows.chunk_by(|a, b| a.card == b.card) {
        let card = rows[0].card;
        let Some(&before) = schedules.get(&card) else { continue };
        let memory = replay.memory(rows.iter().map(Event::from), before.memory)?;
        if memory != before.memory {
            behind.push(Replacement { card, before, after: Schedule { memory, ..before } });
        }
    }
    Ok(behind)
}

/// Fits on a thread of its own that makes way for everything else.
async fn fit_apart(request: Request, mut meter: Meter, cancel: CancellationToken) -> Result<(Fitted, Meter)> {
    let (reply, answer) = oneshot::channel();
    let fitting = move || {
        make_way();
        let fitted = optimise::fit(request, &mut meter, &cancel);
        let _ = reply.send(fitted.map(|fitted| (fitted, meter)));
    };
    std::thread::Builder::new().name("fit".into()).spawn(fitting).map_err(Error::internal)?;
    answer.await.map_err(|_| Error::Internal("fitting the weights failed".into()))?
}

/// Lowers the priority of this thread and of those that it starts. Only on Linux do the calls that need no unsafe code mean
/// the thread and not the whole program; elsewhere the system shares its time among threads as it does.
fn make_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, 19) {
        tracing::debug!(%error, "fitting goes on at the usual priority");
    }
}
