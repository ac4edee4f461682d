//! How reviews are scheduled: options, fitting, simulating, rebuilding. What works on all schedules is carried out as a task
//! of the session: it goes on when the page that asked for it is left, and ends with the session.

use super::{App, session::Session};
use crate::{
    Error, Result,
    learning::Learning,
    review::{
        Progress, Rebuilt,
        optimise::{OptimiseProgress, OptimiseReport, ReschedulePreview, Simulation, SimulationRequest},
        options::{ReviewOptions, Scheduling},
    },
};

impl App {
    /// # Errors
    /// `NotSignedIn`
    pub async fn scheduling(&self) -> Result<Scheduling> {
        Ok(self.session()?.learning().await?.scheduling())
    }

    /// # Errors
    /// `InvalidInput` that says what is out of range; `NotWritable`, `DiskFull`.
    pub async fn set_review_options(&self, options: ReviewOptions) -> Result<Scheduling> {
        let session = self.session()?;
        let scheduling = session.learning().await?.set_review_options(options).await?;
        session.tell_counts();
        Ok(scheduling)
    }

    /// Fits the weights to the person's own reviews. Ends as `Cancelled` with the session.
    ///
    /// # Errors
    /// `NotSignedIn`; else as [`Learning::optimise`].
    pub async fn optimise(&self, tell: impl Fn(OptimiseProgress) + Send + Sync + 'static) -> Result<OptimiseReport> {
        let session = self.session()?;
        let cancel = session.over.child_token();
        carried_out(&session, |learning| async move { learning.optimise(tell, cancel).await }).await
    }

    /// # Errors
    /// `NotSignedIn`
    pub async fn cancel_optimise(&self) -> Result<()> {
        self.session()?.learning().await?.cancel_optimise();
        Ok(())
    }

    /// # Errors
    /// `NotSignedIn`; else as [`Learning::undo_optimise`].
    pub async fn undo_optimise(&self) -> Result<Scheduling> {
        carried_out(&*self.session()?, |learning| async move { learning.undo_optimise().await }).await
    }

    /// # Errors
    /// `NotSignedIn`, `Internal`
    pub async fn preview_reschedule(&self) -> Result<ReschedulePreview> {
        self.session()?.learning().await?.preview_reschedule().await
    }

    /// # Errors
    /// `NotSignedIn`; else as [`Learning::reschedule`].
    pub async fn reschedule(&self) -> Result<u32> {
        let session = self.session()?;
        let changed = carried_out(&session, |learning| async move { learning.reschedule().await }).await?;
        session.tell_counts();
        Ok(changed)
    }

    /// # Errors
    /// `NotSignedIn`; else as [`Learning::simulate`].
    pub async fn simulate(&self, request: SimulationRequest) -> Result<Simulation> {
        self.session()?.learning().await?.simulate(request).await
    }

    /// # Errors
    /// `NotSignedIn`; else as [`Learning::rebuild_schedules`].
    pub async fn rebuild_schedules(&self, tell: impl Fn(Progress) + Send + Sync + 'static) -> Result<Rebuilt> {
        let session = self.session()?;
        let rebuilt = carried_out(&session, |learning| async move { learning.rebuild_schedules(tell).await }).await?;
        session.tell_counts();
        Ok(rebuilt)
    }
}

/// Runs `work` as a task of the session, which waits for it when it ends.
async fn carried_out<T, F>(session: &Session, work: impl FnOnce(Learning) -> F) -> Result<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let learning = session.learning().await?.clone();
    session.tasks.spawn(work(learning)).await.map_err(Error::internal)?
}
